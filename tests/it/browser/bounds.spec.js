// Pages that stay open: what they keep has a bound, what was refused for good is not asked for again, and elements that
// leave the page end what they began.

import { comment, texts, write } from "./conversation.js";
import { expect, newPost, open, signUp, test } from "./support.js";

/** @typedef {import("./support.js").Page} Page */

const AUTHOR = { id: 9, handle: "ana", name: "Ana", bio: "", kind: "member" };
const AT = "2026-11-23T10:00:00.000Z";

/**
 * The page's own socket, and with it pushes that the server did not send: `push` hands over frames, `sent` gives all
 * commands so far.
 * @param {Page} page
 */
async function intercept(page) {
  await page.addInitScript(() => {
    const all = /** @type {any} */ (window);
    all.sent = [];
    window.WebSocket = class extends WebSocket {
      /** @param {string | URL} url @param {string | string[]} [protocols] */
      constructor(url, protocols) {
        super(url, protocols);
        all.socket = this;
      }

      /** @override @param {any} data */
      send(data) {
        all.sent.push(JSON.parse(data));
        super.send(data);
      }
    };
  });
  return {
    sent: () => /** @type {Promise<any[]>} */ (page.evaluate(() => /** @type {any} */ (window).sent)),
    /** @param {unknown[]} frames */
    push: (...frames) => page.evaluate((frames) => {
      for (const frame of frames) /** @type {any} */ (window).socket.onmessage({ data: JSON.stringify(frame) });
    }, frames),
  };
}

/** Waits until the page has subscribed and been answered. @param {Page} page @param {string} path */
async function openWith(page, path) {
  await open(page, path);
  // The snapshot has come to the page, not only to the test.
  await page.evaluate(() => new Promise((done) => setTimeout(done)));
}

/** What a page holds, after it has thrown away what it can: bytes of its heap, and nodes. @param {Page} page */
async function held(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  const { nodes } = await devtools.send("Memory.getDOMCounters");
  await devtools.detach();
  return { usedSize, nodes };
}

test("a feed that is open while 50,000 posts come stays small, and one press shows the latest", async ({ person }) => {
  const newest = await newPost(person, "The newest of all");
  const page = await (await person()).newPage();
  const { push } = await intercept(page);
  await openWith(page, "/");
  const seq = Number(await page.locator("plaudit-feed").getAttribute("seq"));
  const before = await held(page);
  for (let batch = 0; batch < 50; batch++) {
    await page.evaluate(({ from, author, at }) => {
      for (let seq = from + 1; seq <= from + 1000; seq++) {
        const post = {
          id: 1_000_000 + seq, author, text: `${seq} `.repeat(80), created_at: at, likes: 0, comments: 0, version: 0, seq,
          comments_seq: 0, liked: false,
        };
        const frame = { type: "post.added", topic: "feed:latest", seq, post };
        /** @type {any} */ (window).socket.onmessage({ data: JSON.stringify(frame) });
      }
    }, { from: seq + batch * 1000, author: AUTHOR, at: AT });
  }
  await expect(page.locator(".pill")).toHaveText("Many new posts");
  const after = await held(page);
  expect(after.usedSize - before.usedSize).toBeLessThan(3_000_000);
  expect(after.nodes - before.nodes).toBeLessThan(500);
  await push({ type: "post.removed", topic: "feed:latest", seq: seq + 50_001, id: newest.id });
  await expect(page.locator(`#post-${newest.id}`)).toHaveText("This post was removed.");
  await page.locator(".pill").click();
  await expect(page.locator(`#post-${newest.id}`)).toContainText("The newest of all");
});

test("a conversation that is followed for long begins anew with its newest page, and stays small", async ({ person }) => {
  const post = await newPost(person);
  for (const text of ["First", "Second"]) await write(post.by, post.id, text);
  const page = await (await person()).newPage();
  const { push, sent } = await intercept(page);
  await openWith(page, `/posts/${post.id}`);
  const topic = `post:${post.id}/comments`;
  const from = Number(await page.locator("plaudit-comments").getAttribute("seq"));
  const isFresh = async () => (await sent()).some(({ topics = [] }) => topics.some((/** @type {any} */ asked) => asked.topic === topic && !("since" in asked)));
  const made = (/** @type {number} */ at) => ({
    type: "comment.added", topic, seq: from + at,
    comment: { id: 1_000_000 + at, post: post.id, parent: null, author: AUTHOR, text: `Made up ${at}`, created_at: AT, edited_at: null, seq: from + at },
  });
  // A reader who follows along: at the end whenever something comes.
  for (let at = 1; at <= 600 && !(await isFresh()); at += 25) {
    await page.evaluate(() => scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" }));
    for (let more = 0; more < 25; more++) await push(made(at + more));
    await page.evaluate(() => scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" }));
  }
  await expect.poll(isFresh).toBe(true);
  // What the server says stands there, and nothing of what it never said.
  await expect.poll(() => texts(page)).toEqual(["First", "Second"]);
  await write(post.by, post.id, "Third");
  await expect(comment(page, "Third")).toBeVisible();
});

test("a page of a conversation that is refused for good is not asked for again", async ({ person }) => {
  const post = await newPost(person);
  for (let number = 1; number <= 3; number++) await write(post.by, post.id, `Early ${number}`);
  const page = await (await person()).newPage();
  const { push } = await intercept(page);
  await openWith(page, `/posts/${post.id}`);
  await page.evaluate(() => {
    // What would be asked for again after five seconds is asked for at once.
    const later = setTimeout;
    window.setTimeout = /** @type {any} */ ((/** @type {() => void} */ run, /** @type {number} */ ms) => later(run, ms === 5000 ? 0 : ms));
  });
  let asked = 0;
  await page.route("**/api/posts/*/comments?*", (route) => {
    asked++;
    const refused = { code: asked === 1 ? "storage" : "not_found", detail: "No." };
    return route.fulfill({ status: asked === 1 ? 503 : 404, contentType: "application/problem+json", body: JSON.stringify(refused) });
  });
  // As after a long absence: the newest page, and a hole below it. What may pass is asked for again, once.
  const far = { id: 1_000_000, post: post.id, parent: null, author: AUTHOR, text: "Far away", created_at: AT, edited_at: null, seq: 500 };
  const refused = page.waitForResponse((answer) => answer.status() === 404);
  const epoch = await page.locator("html").getAttribute("data-epoch");
  await push({
    type: "snapshot", ref: 99, epoch,
    topics: [{ topic: `post:${post.id}/comments`, seq: 500, reset: true, changes: [{ type: "comment.added", seq: 500, comment: far }], next: "500" }],
  });
  await refused;
  // Time for many more.
  for (let turn = 0; turn < 20; turn++) await page.evaluate(() => fetch("/healthz").then(() => new Promise((done) => setTimeout(done))));
  expect(asked).toBe(2);
});

test("elements that leave the page end what they began, and go on when they are back", async ({ person }) => {
  const post = await newPost(person);
  const ana = await person();
  await signUp(ana, "Ana");
  const page = await ana.newPage();
  const { sent } = await intercept(page);
  await openWith(page, `/posts/${post.id}`);
  const followed = async () => {
    /** @type {Set<string>} */ const topics = new Set();
    for (const command of await sent()) {
      for (const topic of command.topics ?? []) {
        if (command.type === "subscribe") topics.add(topic.topic);
        else topics.delete(topic);
      }
    }
    return [...topics].sort();
  };
  const all = await followed();
  expect(all).toContain(`post:${post.id}/comments`);
  await page.evaluate(() => {
    const main = /** @type {HTMLElement} */ (document.querySelector("main"));
    /** @type {any} */ (window).taken = [...main.childNodes];
    main.replaceChildren();
  });
  await expect.poll(followed).toEqual(["me", "unread"]);
  await page.evaluate(() => document.querySelector("main")?.append(.../** @type {any} */ (window).taken));
  await expect.poll(followed).toEqual(all);
  await write(ana, post.id, "And it is live");
  await expect(comment(page, "And it is live")).toHaveCount(1);
});
