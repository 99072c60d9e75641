// Whose page it is: what a page does is done for the user that it was made for, and what is private stays so.

import { PASSWORD, expect, handle, like, newPost, open, shows, signUp, test } from "./support.js";

/** @typedef {import("./support.js").Page} Page */

const gone = (/** @type {Page} */ page) => page.getByText("this page is for another account");
const box = (/** @type {Page} */ page) => page.getByLabel("Write a comment");

/** The comments of a post, as the server has them. @param {Page} page @param {number} post */
const comments = async (page, post) => (await (await page.request.get(`/api/posts/${post}/comments`)).json()).items;

test("another tab logs in as somebody else: an open page does nothing as them, and keeps what was written", async ({ person }) => {
  const post = await newPost(person);
  const browser = await person();
  await signUp(browser, "Ana");
  const page = await browser.newPage();
  await open(page, `/posts/${post.id}`);
  await box(page).fill("Written as Ana");
  // The other tab is out of sight of this one: only the server can tell.
  const ben = await signUp(await person(), "Ben");
  const login = await browser.request.post("/api/session", { data: { handle: ben.handle, password: PASSWORD } });
  expect(login.status()).toBe(200);
  const refused = page.waitForResponse((answer) => answer.status() === 409);
  // By HTTP, as where a socket is blocked.
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide")));
  await page.keyboard.press("Control+Enter");
  await refused;
  await expect(gone(page)).toBeVisible();
  await expect(page.locator(".unsent")).toContainText("Not sent.");
  await expect(page.locator("#comments .text")).toHaveText("Written as Ana");
  await like(page, post.id).click();
  await expect(page.locator(`#post-${post.id} .refusal`)).not.toBeEmpty();
  expect(await comments(page, post.id)).toEqual([]);
  // Ben's page says nothing of it; Ana's has it again.
  await page.getByRole("link", { name: "Reload" }).click();
  await expect(page.getByRole("link", { name: "Ben" }).first()).toBeVisible();
  await expect(page.locator(".unsent")).toHaveCount(0);
  expect(await comments(page, post.id)).toEqual([]);
});

test("a tab that logs in or out is heard in the others", async ({ person }) => {
  const browser = await person();
  await signUp(browser, "Ana");
  const [settings, feed] = await Promise.all([browser.newPage(), browser.newPage()]);
  await Promise.all([open(settings, "/settings"), open(feed, "/")]);
  await settings.getByLabel("Name").fill("Ana Half-Written");
  await feed.getByRole("button", { name: "Log out" }).click();
  await expect(feed.getByRole("link", { name: "Log in" })).toBeVisible();
  await expect(gone(settings)).toBeVisible();
  await expect(settings.getByRole("heading", { name: "Settings" })).toBeHidden();
});

test("going back after logging out shows nothing that is private", async ({ person }) => {
  const browser = await person();
  const ana = await signUp(browser, "Ana");
  const page = await browser.newPage();
  await open(page, "/settings");
  await expect(page.getByLabel("Name")).toHaveValue("Ana");
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByRole("link", { name: "Log in" })).toBeVisible();
  await page.goBack();
  await expect(page.getByLabel("Name")).toBeHidden();
  await expect(page.getByText(`@${ana.handle}`)).toBeHidden();
  await expect(page.getByRole("button", { name: "Log in" })).toBeVisible();
});

test("a page that the browser kept is asked whose it is before it shows what is private", async ({ person }) => {
  const browser = await person();
  await signUp(browser, "Ana");
  const page = await browser.newPage();
  await open(page, "/settings");
  await browser.request.delete("/api/session");
  const loaded = page.waitForEvent("load");
  const isShown = await page.evaluate(() => {
    dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    return document.querySelector("main")?.checkVisibility();
  });
  expect(isShown).toBe(false);
  await loaded;
  await expect(page.getByRole("button", { name: "Log in" })).toBeVisible();
});

test("a page that was frozen finds out that somebody else is here", async ({ person }) => {
  const browser = await person();
  await signUp(browser, "Ana");
  const page = await browser.newPage();
  await open(page, "/");
  await page.evaluate(() => document.dispatchEvent(new Event("freeze")));
  await browser.request.post("/api/users", { data: { handle: handle("ben"), password: PASSWORD } });
  await page.evaluate(() => document.dispatchEvent(new Event("resume")));
  await expect(gone(page)).toBeVisible();
});

test("quick first likes of a visitor are one guest's, and the page is that guest's from then on", async ({ person }) => {
  const [one, two] = [await newPost(person), await newPost(person)];
  const page = await (await person()).newPage();
  await open(page, "/");
  await page.evaluate((ids) => {
    for (const id of ids) /** @type {HTMLElement} */ (document.querySelector(`#post-${id} button.like`)).click();
  }, [one.id, two.id]);
  for (const { id } of [one, two]) await shows(page, id, 1, true);
  const likers = await Promise.all([one, two].map(async ({ id }) => {
    await expect.poll(async () => (await (await page.request.get(`/api/posts/${id}/likes`)).json()).items.length).toBe(1);
    return (await (await page.request.get(`/api/posts/${id}/likes`)).json()).items[0].user.id;
  }));
  expect(likers[0]).toBe(likers[1]);
  await expect(page.locator("html")).toHaveAttribute("data-user", `${likers[0]}`);
});
