// Who is here: how many look at a post, their faces, who writes, who liked; and nothing of those who do not want it.

import { expect, like, newPost, open, signUp, test } from "./support.js";

/** @typedef {import("./support.js").Page} Page */
/** @typedef {import("./support.js").Context} Context */

const number = (/** @type {Page} */ page) => page.locator(".conversation-top .number");
/** Whose faces a page shows. @param {Page} page */
const faces = (page) => page.locator(".faces img").evaluateAll((all) => all.map((img) => img.getAttribute("alt")).sort());
const typing = (/** @type {Page} */ page) => page.locator(".typing");

/** Somebody who looks at a post. @param {any} person @param {number} post @param {string} [name] none: a visitor */
async function look(person, post, name) {
  const context = /** @type {Context} */ (await person());
  if (name) await signUp(context, name);
  const page = await context.newPage();
  await open(page, `/posts/${post}`);
  return page;
}

/** As if somebody looked at another tab. @param {Page} page @param {boolean} hidden */
const hide = (page, hidden) => page.evaluate((hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}, hidden);

test("two tabs are one person, a guest counts and is not named", async ({ person }) => {
  const post = await newPost(person);
  const ana = await look(person, post.id, "Ana");
  await expect(number(ana)).toHaveText("Only you are here");
  const second = await ana.context().newPage();
  await open(second, `/posts/${post.id}`);
  const ben = await look(person, post.id, "Ben");
  for (const page of [ana, second, ben]) await expect(number(page)).toHaveText("2 people are here");
  const guest = await look(person, post.id);
  await like(guest, post.id).click();
  const visitor = await look(person, post.id);
  for (const page of [ana, guest, visitor]) {
    await expect(number(page)).toHaveText("4 people are here");
    await expect.poll(() => faces(page)).toEqual(["Ana", "Ben"]);
  }
});

test("whoever leaves is gone after a moment, and a reload is not leaving", async ({ person }) => {
  const post = await newPost(person);
  const ana = await look(person, post.id, "Ana");
  const ben = await look(person, post.id, "Ben");
  await expect(number(ana)).toHaveText("2 people are here");
  await ana.evaluate(() => {
    const place = /** @type {Node} */ (document.querySelector(".number"));
    /** @type {(string | null)[]} */ const all = (/** @type {any} */ (window).numbers = []);
    new MutationObserver(() => all.push(place.textContent)).observe(place, { childList: true });
  });
  await ben.reload();
  await expect(number(ben)).toHaveText("2 people are here");
  await ben.close();
  await expect(number(ana)).toHaveText("Only you are here", { timeout: 15_000 });
  const numbers = await ana.evaluate(() => /** @type {any} */ (window).numbers);
  expect(numbers.filter((/** @type {string} */ text) => text === "Only you are here")).toHaveLength(1);
});

test("a hidden tab looks at nothing, and looks again when it is seen", async ({ person }) => {
  const post = await newPost(person);
  const ana = await look(person, post.id, "Ana");
  const ben = await look(person, post.id, "Ben");
  await expect(number(ana)).toHaveText("2 people are here");
  await hide(ben, true);
  await expect(number(ana)).toHaveText("Only you are here", { timeout: 15_000 });
  expect(await faces(ana)).toEqual(["Ana"]);
  // The conversation goes on all the same.
  await ana.getByLabel("Write a comment").fill("Where are you?");
  await ana.keyboard.press("Control+Enter");
  await expect(ben.locator(".said")).toContainText("Where are you?");
  await hide(ben, false);
  for (const page of [ana, ben]) await expect(number(page)).toHaveText("2 people are here");
});

test("whoever does not want to be seen is not, from that moment on", async ({ person }) => {
  const post = await newPost(person);
  const ana = await look(person, post.id, "Ana");
  const ben = await look(person, post.id, "Ben");
  await expect.poll(() => faces(ana)).toEqual(["Ana", "Ben"]);
  const answer = await ben.request.patch("/api/me/settings", { data: { show_viewing: false } });
  expect(answer.status()).toBe(200);
  await expect.poll(() => faces(ana)).toEqual(["Ana"]);
  await expect(number(ana)).toHaveText("2 people are here");
  await ben.getByLabel("Write a comment").pressSequentially("Nobody sees me write");
  await ana.getByLabel("Write a comment").pressSequentially("Everybody sees me write");
  await expect(typing(ben)).toHaveText("Ana is writing…");
  await expect(typing(ana)).toHaveText("");
});

test("while the server is away who is here is unknown, and the author reads the number once", async ({ person, server }) => {
  const baseURL = server.url;
  const page = await (await person({ baseURL })).newPage();
  await open(page, "/posts/1");
  await expect(number(page)).toHaveText("Only you are here");
  await expect(page.getByText("Only you are here")).toHaveCount(1);
  await server.kill();
  await expect(number(page)).toHaveText("Not connected");
  expect(await faces(page)).toEqual([]);
  await server.start();
  await expect(number(page)).toHaveText("Only you are here");
});

test("one sees who else writes, and no longer when they stopped", async ({ person }) => {
  const post = await newPost(person);
  const ana = await look(person, post.id, "Ana");
  const ben = await look(person, post.id, "Ben");
  await expect(number(ana)).toHaveText("2 people are here");
  await ben.evaluate(() => {
    const place = /** @type {Node} */ (document.querySelector(".typing"));
    new MutationObserver(() => (/** @type {any} */ (window).told ??= place.textContent || undefined)).observe(place, { childList: true });
  });
  await ben.getByLabel("Write a comment").pressSequentially("Let me think about it", { delay: 20 });
  await expect(typing(ana)).toHaveText("Ben is writing…");
  await expect(typing(ana)).toHaveText("", { timeout: 15_000 });
  expect(await ben.evaluate(() => /** @type {any} */ (window).told)).toBeUndefined();
});

test("who writes while the script for it is on its way is seen too", async ({ person }) => {
  const post = await newPost(person);
  const ana = await look(person, post.id, "Ana");
  const context = await person();
  await signUp(context, "Ben");
  const ben = await context.newPage();
  let release = () => {};
  const released = new Promise((resolve) => (release = () => resolve(undefined)));
  await ben.route("**/write.js", async (route) => (await released, route.continue()));
  await open(ben, `/posts/${post.id}`);
  const asked = ben.waitForRequest("**/write.js");
  await ben.getByLabel("Write a comment").pressSequentially("Quick");
  await asked;
  release();
  await expect(typing(ana)).toHaveText("Ben is writing…");
  await expect(ben.getByLabel("Write a comment")).toHaveValue("Quick");
});

test("typing is told at most every two seconds", async ({ person }) => {
  const post = await newPost(person);
  const ana = await (await person()).newPage();
  await signUp(ana.context(), "Ana");
  /** @type {number[]} */ const told = [];
  ana.on("websocket", (socket) =>
    socket.on("framesent", ({ payload }) => {
      if (`${payload}`.includes('"typing"')) told.push(Date.now());
    }),
  );
  await open(ana, `/posts/${post.id}`);
  const from = Date.now();
  await ana.getByLabel("Write a comment").pressSequentially("A long thought, slowly typed", { delay: 120 });
  expect(told.length).toBeGreaterThan(0);
  expect(told.length).toBeLessThanOrEqual(1 + Math.floor((Date.now() - from) / 2000));
});

test("a post's author sees what happens to it, and nobody else does", async ({ person }) => {
  const post = await newPost(person);
  const author = await post.by.newPage();
  await open(author, `/posts/${post.id}`);
  const line = author.locator("plaudit-activity");
  await expect(number(author)).toHaveText("Only you are here");
  const ben = await look(person, post.id, "Ben");
  await expect(number(author)).toHaveText("2 people are here");
  await expect(line).toHaveText("");
  await like(ben, post.id).click();
  await expect(line).toHaveText("Ben liked");
  await ben.getByLabel("Write a comment").pressSequentially("Well said");
  // Ben goes on writing.
  await ben.getByLabel("Write a comment").evaluate((text) => {
    setInterval(() => text.dispatchEvent(new Event("input", { bubbles: true })), 500);
  });
  await expect(typing(author)).toHaveText("Ben is writing…");
  await expect(line).toHaveText("Ben liked");
  // Told once: where the note under the conversation is out of sight, and no longer when it comes into view.
  await author.setViewportSize({ width: 1280, height: 300 });
  await expect(line).toHaveText("Ben liked · Ben is writing");
  await typing(author).scrollIntoViewIfNeeded();
  await expect(line).toHaveText("Ben liked");
  await expect(typing(author)).toHaveText("Ben is writing…");
  await expect(ben.locator("plaudit-activity")).toHaveCount(0);
});

test("the latest likes are live, newest first, on the post and in the list of them", async ({ person }) => {
  const post = await newPost(person);
  const visitor = await look(person, post.id);
  const list = await (await person()).newPage();
  await open(list, `/posts/${post.id}/likes`);
  const names = (/** @type {Page} */ page) => page.locator("plaudit-fans .fan .name").allTextContents();
  await expect(visitor.getByText("None yet.")).toBeVisible();
  const ana = await look(person, post.id, "Ana");
  const ben = await look(person, post.id, "Ben");
  await like(ana, post.id).click();
  for (const page of [visitor, list]) await expect.poll(() => names(page)).toEqual(["Ana"]);
  await expect(visitor.getByText("None yet.")).toBeHidden();
  await like(ben, post.id).click();
  for (const page of [visitor, list, ben]) await expect.poll(() => names(page)).toEqual(["Ben", "Ana"]);
  await like(ana, post.id).click();
  for (const page of [visitor, list]) await expect.poll(() => names(page)).toEqual(["Ben"]);
  // Where one of the six goes, the next older one stands at the end.
  /** @type {Context[]} */ const fans = [];
  for (let number = 1; number <= 7; number++) {
    const fan = await person();
    await signUp(fan, `Fan ${number}`);
    await fan.request.put(`/api/posts/${post.id}/like`);
    fans.push(fan);
  }
  await visitor.reload();
  await expect.poll(() => names(visitor)).toEqual(["Fan 7", "Fan 6", "Fan 5", "Fan 4", "Fan 3", "Fan 2"]);
  await open(visitor, visitor.url());
  await fans[5]?.request.delete(`/api/posts/${post.id}/like`);
  await expect.poll(() => names(visitor)).toEqual(["Fan 7", "Fan 5", "Fan 4", "Fan 3", "Fan 2", "Fan 1"]);
  // Likes are told at most once a second: it may still be on its way there.
  await expect.poll(() => names(list)).toEqual(["Fan 7", "Fan 5", "Fan 4", "Fan 3", "Fan 2", "Fan 1", "Ben"]);
  const row = list.locator(".fan").first();
  const live = await row.evaluate((li) => li.outerHTML.replace(/ title="[^"]*"/g, "").replace(/>[^<]*<\/time>/, ">"));
  await list.reload();
  expect(await row.evaluate((li) => li.outerHTML.replace(/ title="[^"]*"/g, "").replace(/>[^<]*<\/time>/, ">"))).toBe(live);
});
