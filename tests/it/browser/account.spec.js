// Passwords as they are typed: shown when asked, refused where everybody has them, and never promised back.

import { expect, handle, signUp, test } from "./support.js";

test("what is typed can be shown and hidden, and is sent as a password", async ({ page }) => {
  await page.goto("/sign-up");
  await expect(page.getByText("a lost password cannot be sent to you")).toBeVisible();
  const password = page.getByLabel("Password");
  await password.fill("three quiet words");
  await expect(password).toHaveAttribute("type", "password");
  const button = page.getByRole("button", { name: "Show what is typed" });
  await expect(button).toHaveAttribute("aria-pressed", "false");
  await button.focus();
  await page.keyboard.press("Space");
  await expect(button).toHaveAttribute("aria-pressed", "true");
  await expect(password).toHaveAttribute("type", "text");
  await expect(password).toHaveValue("three quiet words");
  await page.getByLabel("Handle").fill(handle());
  await page.evaluate(() => document.querySelector("form.fields")?.addEventListener("submit", (event) => event.preventDefault()));
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(password).toHaveAttribute("type", "password");
});

test("each password of the settings has a button of its own", async ({ page }) => {
  await signUp(page.context());
  await page.goto("/settings");
  await page.locator(".field", { hasText: "New password" }).getByRole("button").click();
  await expect(page.getByLabel("New password", { exact: true })).toHaveAttribute("type", "text");
  await expect(page.getByLabel("Current password", { exact: true })).toHaveAttribute("type", "password");
});

test("a password that everybody has is refused beside its field", async ({ page }) => {
  await page.goto("/sign-up");
  await page.getByLabel("Handle").fill(handle());
  await page.getByLabel("Password").fill("Password123");
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.locator("#password-error")).toContainText("commonest");
  await expect(page.getByLabel("Password")).toBeFocused();
});

test("without a script there is no button, and signing up works", async ({ person }) => {
  const page = await (await person({ javaScriptEnabled: false })).newPage();
  await page.goto("/sign-up");
  await expect(page.locator("button.reveal")).toBeHidden();
  await page.getByLabel("Handle").fill(handle());
  await page.getByLabel("Password").fill("three quiet words");
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page).toHaveURL(/\/$/);
});
