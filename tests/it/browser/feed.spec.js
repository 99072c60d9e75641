// The feed while one scrolls: what can be seen is live, older posts come by themselves, and coming back finds the place.

import { chromium } from "@playwright/test";
import { expect, handle, like, newPost, open, PASSWORD, shows, signUp, test, write } from "./support.js";

/** @typedef {import("./support.js").Page} Page */

// A scroll is over at once, so that a place is a place.
test.use({ reducedMotion: "reduce" });

/** Somebody with this many posts; gives their ids, oldest first. @param {any} person @param {number} number */
async function manyPosts(person, number) {
  const author = await person();
  const user = await signUp(author, "Ada Author");
  /** @type {number[]} */ const ids = [];
  for (let post = 0; post < number; post++) ids.push((await write(author, `Post ${post} of many`)).id);
  return { author, handle: user.handle, ids };
}

/** Everything that a page sends and hears on its socket, from now on. @param {Page} page */
function tap(page) {
  /** @type {any[]} */ const sent = [];
  /** @type {any[]} */ const heard = [];
  page.on("websocket", (socket) => {
    socket.on("framesent", ({ payload }) => sent.push(JSON.parse(`${payload}`)));
    socket.on("framereceived", ({ payload }) => heard.push(JSON.parse(`${payload}`)));
  });
  /** The posts that are subscribed to now. */
  const followed = () => {
    /** @type {Set<string>} */ const topics = new Set();
    for (const { type, topics: names } of sent) {
      if (type === "subscribe") for (const { topic } of names) topics.add(topic);
      if (type === "unsubscribe") for (const topic of names) topics.delete(topic);
    }
    return [...topics].filter((topic) => topic.startsWith("post:")).map((topic) => Number(topic.slice(5)));
  };
  return { sent, heard, followed };
}

test("cards are followed while they are near the window, in few commands, and are right when they come back", async ({ page, person }) => {
  const { ids, author, handle } = await manyPosts(person, 20);
  const [oldest = 0, newest = 0] = [ids[0], ids.at(-1)];
  const { sent, heard, followed } = tap(page);
  await open(page, `/@${handle}`);
  await expect.poll(followed).toContain(newest);
  expect(followed()).not.toContain(oldest);
  expect(followed().length).toBeLessThan(12);
  expect(sent.filter(({ type }) => type === "subscribe").length).toBeLessThanOrEqual(2);

  sent.length = 0;
  await like(page, oldest).scrollIntoViewIfNeeded();
  await page.keyboard.press("End");
  await expect.poll(followed).toContain(oldest);
  await expect.poll(() => sent.some(({ type, topics }) => type === "unsubscribe" && topics.includes(`post:${newest}`))).toBe(true);
  expect(sent.length, "few commands, whatever came and went").toBeLessThan(12);

  // What is out of sight costs nothing, and is right again as soon as it is seen.
  heard.length = 0;
  await author.request.put(`/api/posts/${newest}/like`);
  await author.request.put(`/api/posts/${oldest}/like`);
  await shows(page, oldest, 1, false);
  expect(heard.filter(({ type }) => type === "counts").map(({ topic }) => topic)).toEqual([`post:${oldest}`]);
  await shows(page, newest, 0);
  await page.keyboard.press("Home");
  await shows(page, newest, 1, false);
});

test("comments are counted on the card as they come, beside the likes", async ({ page, person }) => {
  const { ids: [post = 0], author, handle } = await manyPosts(person, 1);
  const { followed } = tap(page);
  await open(page, `/@${handle}`);
  await expect.poll(followed).toContain(post);
  const talk = page.locator(`#post-${post} plaudit-talk a`);
  await expect(talk).toHaveText("No comments");
  const { comment } = await (await author.request.post(`/api/posts/${post}/comments`, { data: { text: "First" } })).json();
  await expect(talk).toHaveText("1 comment");
  await author.request.post(`/api/posts/${post}/comments`, { data: { text: "Second" } });
  await expect(talk).toHaveText("2 comments");
  await author.request.delete(`/api/comments/${comment.id}`);
  await expect(talk).toHaveText("1 comment");
  await page.reload();
  await expect(talk).toHaveText("1 comment");
  await talk.click();
  await expect(page).toHaveURL(new RegExp(`/posts/${post}#comments$`));
});

/** Scrolls to the end until this many cards are there. @param {Page} page @param {number} number */
async function reach(page, number) {
  await expect(async () => {
    await page.evaluate(() => scrollTo({ top: document.body.scrollHeight, behavior: "instant" }));
    expect(await page.locator(".posts > .post").count()).toBeGreaterThanOrEqual(number);
  }).toPass();
}

/** Where a card stands in the window. @param {Page} page @param {number} post */
const place = (page, post) => page.locator(`#post-${post}`).evaluate((card) => card.getBoundingClientRect().top);
/** Cards have parts of a pixel, a window scrolls by whole ones: a place is the same within 1.5 pixels. */
const SAME = -0.5;

test("older posts come as one scrolls, all of them once, and live", async ({ page, person }) => {
  const { ids, author, handle } = await manyPosts(person, 65);
  const { followed } = tap(page);
  await open(page, `/@${handle}`);
  await expect(page.locator(".posts > .post")).toHaveCount(20);
  await reach(page, 65);
  const shown = await page.locator(".posts > .post").evaluateAll((cards) => cards.map(({ id }) => Number(id.slice(5))));
  expect(shown).toEqual([...ids].reverse());
  await expect(page.getByRole("link", { name: "Older posts" })).toHaveCount(0);
  const oldest = ids[0] ?? 0;
  await page.keyboard.press("End");
  await expect.poll(followed).toContain(oldest);
  expect(followed().length).toBeLessThan(20);
  await author.request.put(`/api/posts/${oldest}/like`);
  await shows(page, oldest, 1, false);
  await like(page, oldest).click();
  await shows(page, oldest, 2, true);
});

test("the link to older posts stays where nothing can be loaded, and works once it can", async ({ page, person }) => {
  const { handle } = await manyPosts(person, 25);
  await page.route(/after=/, (route) => (route.request().resourceType() === "xhr" ? route.abort() : route.continue()));
  await open(page, `/@${handle}`);
  await page.keyboard.press("End");
  await expect(page.getByRole("link", { name: "Older posts" })).toBeVisible();
  await expect(page.locator(".posts > .post")).toHaveCount(20);
  await page.getByRole("link", { name: "Older posts" }).click();
  await expect(page.locator(".posts > .post")).toHaveCount(5);
});

test("coming back finds the place again, far down", async ({ page, person }) => {
  const { ids, author, handle } = await manyPosts(person, 90);
  await open(page, `/@${handle}`);
  await reach(page, 80);
  const post = ids.at(-70) ?? 0;
  await page.locator(`#post-${post}`).evaluate((card) => card.scrollIntoView({ block: "center", behavior: "instant" }));
  const before = await place(page, post);
  await page.locator(`#post-${post} a.when`).click();
  await expect(page).toHaveURL(/\/posts\//);
  // While one is away, new posts move everything down.
  for (let number = 0; number < 3; number++) await write(author, "Meanwhile");
  await page.goBack();
  await expect(page.locator(`#post-${post}`)).toBeInViewport();
  await expect.poll(() => place(page, post)).toBeCloseTo(before, SAME);
  await page.goForward();
  await expect(page).toHaveURL(/\/posts\//);
  await page.goBack();
  await expect.poll(() => place(page, post)).toBeCloseTo(before, SAME);
  await page.reload();
  await expect.poll(() => place(page, post)).toBeCloseTo(before, SAME);
});

test("a place is found again although older posts came after the last scroll", async ({ page, person }) => {
  const { ids, handle } = await manyPosts(person, 45);
  /** @type {() => void} */ let release = () => {};
  const released = new Promise((done) => (release = () => done(null)));
  await page.route(/after=/, async (route) => (await released, route.continue()));
  await page.clock.install();
  await open(page, `/@${handle}`);
  const asked = page.waitForRequest(/after=/);
  await page.evaluate(() => new Promise((done) => {
    addEventListener("scroll", done, { once: true });
    scrollTo({ top: document.body.scrollHeight, behavior: "instant" });
  }));
  await asked;
  await page.clock.fastForward("00:01");
  release();
  const posts = page.locator(".posts > .post");
  await expect.poll(() => posts.count()).toBeGreaterThan(20);
  const post = ids.at(-20) ?? 0;
  const before = await place(page, post);
  await page.reload();
  await expect.poll(() => place(page, post)).toBeCloseTo(before, SAME);
});

test("a page that the browser kept comes back as it was, and live", async ({ site, person }) => {
  const { ids, author, handle } = await manyPosts(person, 45);
  // Playwright turns the browser's cache of pages off; here it is wanted.
  const browser = await chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  });
  try {
    const page = await (await browser.newContext({ baseURL: site.url, reducedMotion: "reduce" })).newPage();
    const post = ids[3] ?? 0;
    let before = 0;
    // Now and then a browser does not keep a page, for reasons of its own. What was loaded anew instead stands where
    // endless.js found it again: a new try begins from the start.
    await expect(async () => {
      await page.goto(`/@${handle}`);
      await reach(page, 45);
      before = await place(page, post);
      await page.evaluate(() => (/** @type {any} */ (window).kept = true));
      await page.goto(`/posts/${post}`);
      // A page that was kept is not loaded again, which is what goBack() waits for.
      await page.evaluate(() => history.back());
      await page.waitForURL(/@/, { waitUntil: "commit" });
      expect(await page.evaluate(() => /** @type {any} */ (window).kept)).toBe(true);
    }).toPass();
    expect(await place(page, post)).toBeCloseTo(before, SAME);
    await author.request.put(`/api/posts/${post}/like`);
    await shows(page, post, 1, false);
  } finally {
    await browser.close();
  }
});

test("times age while one looks", async ({ page, person }) => {
  const post = await newPost(person);
  await page.clock.install();
  await page.goto("/");
  const time = page.locator(`#post-${post.id} time`);
  await expect(time).toHaveText("just now");
  await page.clock.fastForward("03:00");
  await expect(time).toHaveText("3m ago");
  await page.clock.fastForward("02:00:00");
  await expect(time).toHaveText("2h ago");
  await expect(time).toHaveAttribute("datetime", post.created_at);
});

test("more new posts than a page can put on top without a hole are a fresh page", async ({ page, person }) => {
  const { author } = await manyPosts(person, 3);
  await open(page, "/");
  await page.evaluate(() => dispatchEvent(new Event("pagehide")));
  for (let post = 0; post < 205; post++) await write(author, `Meanwhile ${post}`);
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
  await page.getByRole("button", { name: "Many new posts" }).click();
  await expect(page.locator(".posts > .post").first()).toContainText("Meanwhile 204");
  await expect(page.locator(".posts > .post")).toHaveCount(20);
});

test("a profile says who it is, and its tabs lead to posts and likes", async ({ page, person }) => {
  const { ids: [post = 0], handle: theirs } = await manyPosts(person, 1);
  const mine = handle("zoe");
  await page.request.post("/api/users", { data: { handle: mine, name: "Zoë", password: PASSWORD } });
  await page.request.put(`/api/posts/${post}/like`);
  await open(page, `/posts/${post}`);
  await page.locator(`#post-${post} .author`).click();
  await expect(page).toHaveURL(new RegExp(`/@${theirs}$`));
  await expect(page.getByRole("heading", { level: 1, name: "Ada Author" })).toBeVisible();
  await page.getByRole("link", { name: "Zoë" }).click();
  await expect(page.getByText("No posts yet")).toBeVisible();
  await page.getByRole("navigation", { name: "Profile" }).getByRole("link", { name: "Likes" }).click();
  await expect(page.locator(".post")).toHaveCount(1);
  await expect(page.getByRole("link", { name: "Likes", exact: true })).toHaveAttribute("aria-current", "page");
});
