// What concerns a member reaches every open page; it leads to where it happened; and mentions.

import { expect, newPost, open, photograph, signUp, test, write } from "./support.js";

/** @typedef {import("./support.js").Page} Page */
/** @typedef {import("./support.js").Context} Context */

const number = (/** @type {Page} */ page) => page.locator(".viewer [data-unread=notifications]");
const rows = (/** @type {Page} */ page) => page.locator(".notice");

/** @param {Context} who @param {number} post @param {string} text @param {number} [parent] */
async function comment(who, post, text, parent) {
  const answer = await who.request.post(`/api/posts/${post}/comments`, { data: { text, ...(parent ? { parent } : {}) } });
  expect(answer.status()).toBe(201);
  return (await answer.json()).comment.id;
}

test("a like, a comment, an answer and a mention reach any open page, and lead to where they happened", async ({ person }) => {
  const [ana, ben] = [await person(), await person()];
  const { handle } = await signUp(ana, "Ana");
  await signUp(ben, "Ben");
  const { id } = await write(ana, "The choir learned a song.");
  const page = await ana.newPage();
  await open(page, "/settings");
  await ben.request.put(`/api/posts/${id}/like`);
  await expect(number(page)).toHaveText("1");
  const said = await comment(ben, id, "Bravo!");
  await expect(number(page)).toHaveText("2");
  await expect(page).toHaveTitle(/^\(2\) /);

  await page.getByRole("link", { name: "Notifications" }).click();
  await expect(rows(page)).toHaveText([/Ben commented on your post.*Bravo!/s, /Ben liked your post/]);
  await expect(number(page)).toBeHidden();
  const { id: other } = await write(ben, `Who sings? @${handle.toUpperCase()}, and @nobody_here.`);
  await expect(rows(page).first()).toHaveText(/New: Ben mentioned you in a post/);
  await expect(rows(page)).toHaveCount(3);

  await rows(page).nth(1).getByRole("link").click();
  await expect(page.locator(`#comment-${said}`)).toBeInViewport();
  await expect(page).toHaveURL(new RegExp(`/posts/${id}#comment-${said}$`));
  await page.goto(`/posts/${other}`);
  await expect(page.locator(".mention")).toHaveText([`@${handle.toUpperCase()}`]);
  await page.locator(".mention").click();
  await expect(page).toHaveURL(new RegExp(`/@${handle}$`));
});

test("three tabs agree on what is read, and a group that was read does not grow", async ({ person }) => {
  const [ana, ben, cem] = [await person(), await person(), await person()];
  await signUp(ana, "Ana");
  await signUp(ben, "Ben");
  await signUp(cem, "Cem");
  const { id } = await write(ana, "A post");
  const tabs = [await ana.newPage(), await ana.newPage(), await ana.newPage()];
  for (const tab of tabs) await open(tab, "/");
  await comment(ben, id, "One");
  await comment(cem, id, "Two");
  for (const tab of tabs) await expect(number(tab)).toHaveText("1");
  const [first, ...others] = tabs;
  if (!first) return;
  await first.bringToFront();
  await first.goto("/notifications");
  await expect(rows(first)).toHaveText([/Cem and Ben commented on your post.*Two/s]);
  for (const tab of others) await expect(number(tab)).toBeHidden();
  await comment(ben, id, "Three");
  await expect(rows(first)).toHaveText([/Ben commented.*Three/s, /Cem and Ben commented.*Two/s]);
});

test("what is undone before it was read is gone from every page", async ({ person }) => {
  const post = await newPost(person, "A post");
  const ben = await person();
  await signUp(ben, "Ben");
  const page = await post.by.newPage();
  await open(page, "/");
  const said = await comment(ben, post.id, "A slip");
  await expect(number(page)).toHaveText("1");
  await ben.request.delete(`/api/comments/${said}`);
  await expect(number(page)).toBeHidden();
});

test("without a script the list is there, leads on, and is read with a button", async ({ person }) => {
  const ana = await person({ javaScriptEnabled: false });
  await signUp(ana, "Ana");
  const ben = await person();
  await signUp(ben, "Ben");
  const { id } = await write(ana, "A post");
  const said = await comment(ben, id, "Bravo!");
  const page = await ana.newPage();
  await page.goto("/");
  await expect(number(page)).toHaveText("1");
  await page.getByRole("link", { name: "Notifications" }).click();
  await expect(rows(page)).toHaveText([/New: Ben commented on your post.*Bravo!/s]);
  await page.getByRole("button", { name: "Mark all as read" }).click();
  await expect(number(page)).toBeHidden();
  await expect(page.getByRole("button", { name: "Mark all as read" })).toHaveCount(0);
  await rows(page).getByRole("link").click();
  await expect(page).toHaveURL(new RegExp(`#comment-${said}$`));
});

test("a list of members to mention is there while one writes, with the keyboard and for a screen reader", async ({ person }) => {
  const post = await newPost(person, "A post");
  const ben = await person();
  const { handle } = await signUp(ben, "Benedikt Zwölf");
  const ana = await person();
  await signUp(ana, "Ana");
  const page = await ana.newPage();
  await open(page, `/posts/${post.id}`);
  const box = page.getByLabel("Write a comment");
  await box.pressSequentially(`Hello @${handle.slice(0, 8)}`);
  const option = page.getByRole("option", { name: `@${handle}` });
  await expect(option).toHaveAttribute("aria-selected", "true");
  await expect(box).toHaveAttribute("aria-activedescendant", /choice-0/);
  await expect(page.locator("#announcer")).toHaveText(/to choose from with the arrow keys/);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Escape");
  await expect(option).toBeHidden();
  await box.pressSequentially(handle.slice(8, 10));
  await expect(option).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(box).toHaveValue(`Hello @${handle} `);
  await box.pressSequentially("and welcome");
  await page.keyboard.press("Control+Enter");
  // What comes live leads to whom it names, as what the server renders.
  await expect(page.locator(".comment .mention")).toHaveText([`@${handle}`]);
  await expect(page.locator(".comment .text")).toHaveText([`Hello @${handle} and welcome`]);
  const { items } = await (await ben.request.get("/api/notifications")).json();
  expect(items.map((/** @type {any} */ { kind, actors }) => [kind, actors[0].name])).toEqual([["mention", "Ana"]]);
});

test("who wants to hear of no likes hears of none, and who was blocked is let in again in the settings", async ({ person }) => {
  const [ana, ben] = [await person(), await person()];
  await signUp(ana, "Ana");
  const { handle } = await signUp(ben, "Ben");
  await ana.request.put(`/api/users/${handle}/block`);
  const page = await ana.newPage();
  await page.goto("/settings");
  await page.getByLabel("Likes of my posts").uncheck();
  await page.getByRole("region", { name: "What you hear of" }).getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("It holds from now on.")).toBeFocused();
  await expect(page.getByLabel("Likes of my posts")).not.toBeChecked();
  await page.getByLabel("Show how far I have read").uncheck();
  await page.getByRole("region", { name: "Messages" }).getByRole("button", { name: "Save" }).click();
  await expect(page.getByLabel("Show how far I have read")).not.toBeChecked();
  const { settings } = await (await ana.request.get("/api/me/settings")).json();
  expect([settings.notify, settings.receipts]).toEqual([{ like: false, comment: true, answer: true, mention: true }, false]);
  await page.getByRole("button", { name: "Unblock" }).click();
  await page.goto("/settings");
  await expect(page.getByText("Members you block")).toHaveCount(0);
});

for (const look of ["empty", "many"]) {
  test(`notifications look right: ${look}`, async ({ page, person }) => {
    test.setTimeout(90_000);
    const me = await signUp(page.context(), "Maximiliane von und zu Hohenstaufen-Wittelsbach");
    if (look === "many") {
      const { id } = await write(page.context(), "The choir learned a song in one evening. Nobody filmed it, and nobody could say why.");
      for (const name of ["Ben Ólafsson", "نور الهدى", "Maximiliane von und zu Hohenstaufen-Wittelsbach"]) {
        const someone = await person();
        await signUp(someone, name);
        await comment(someone, id, "Rinderkennzeichnungsfleischetikettierungsüberwachungsaufgabenübertragungsgesetz");
        await someone.request.put(`/api/posts/${id}/like`);
        await write(someone, `Hello @${me.handle}`);
      }
      await page.goto("/");
      await expect(number(page)).toHaveText("5");
      await page.evaluate(() => (document.hasFocus = () => false));
    }
    await page.addInitScript(() => (document.hasFocus = () => false));
    await open(page, "/notifications");
    await photograph(page, `notifications-${look}`);
  });
}
