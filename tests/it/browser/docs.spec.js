// The page of the API: its parts fold, its contents stay, and a link opens what it leads to.

import { expect, test } from "./support.js";

/** @typedef {import("./support.js").Page} Page */

/** @param {Page} page */
const titles = (page) => page.locator(".part > summary h2").allTextContents();

test("the contents name every part, and stay in view", async ({ page }) => {
  await page.goto("/docs");
  const height = () => page.evaluate(() => document.documentElement.scrollHeight);
  expect(await height()).toBeLessThan(2000);
  const contents = page.locator(".contents.beside");
  expect(await contents.getByRole("link").allTextContents()).toEqual(await titles(page));
  await page.getByRole("button", { name: "Open all parts" }).click();
  await expect(page.locator(".parts details:not([open])")).toHaveCount(0);
  expect(await height()).toBeGreaterThan(20_000);
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2));
  for (const link of await contents.getByRole("link").all()) await expect(link).toBeInViewport();
  await page.getByRole("button", { name: "Fold all parts" }).click();
  await expect(page.locator(".parts details[open]")).toHaveCount(0);
});

test("on a phone the contents fold above the text, and fold again once they are used", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto("/docs#post-posts");
  await expect(page.locator("#post-posts")).toBeInViewport();
  const contents = page.locator(".contents.above");
  await expect(contents.locator("summary")).toBeInViewport();
  await contents.locator("summary").click();
  expect(await contents.getByRole("link").allTextContents()).toEqual(await titles(page));
  await contents.getByRole("link", { name: "Live" }).click();
  await expect(contents.locator("details")).not.toHaveAttribute("open");
  await expect(page.locator("#live")).toBeInViewport();
  await expect(page.getByRole("heading", { name: "Live" })).toBeInViewport();
});

for (const javaScriptEnabled of [true, false]) {
  test(`a link opens what it leads to, ${javaScriptEnabled ? "with" : "without"} a script`, async ({ person }) => {
    const page = await (await person({ javaScriptEnabled })).newPage();
    await page.goto("/docs#get-posts-id");
    await expect(page.locator("#get-posts-id").getByText("curl")).toBeVisible();
    await page.locator("#get-posts-id").getByRole("link", { name: "PostAnswer" }).click();
    await expect(page.locator("#shape-PostAnswer")).toBeInViewport();
    await expect(page.locator("#people")).toBeHidden();
    await page.locator(".contents.beside").getByRole("link", { name: "People", exact: true }).click();
    await expect(page.locator("#people")).toBeInViewport();
  });
}
