// A member's own switch for signals: one for all tabs, off at first, and silent while one looks at the site.

import { expect, newPost, open, signUp, test } from "./support.js";

/** @typedef {import("./support.js").Page} Page */
/** @typedef {import("./support.js").Context} Context */

const number = (/** @type {Page} */ page) => page.locator(".viewer [data-unread=notifications]");

/** What the pages of a browser signalled, from whichever tab. @typedef {{ sounds: number, notices: string[], asked: number }} Heard */

/**
 * Notes what is signalled, and lets a test say which pages are looked at: all pages of this Chromium have the focus.
 * @param {Context} who
 */
async function listen(who) {
  /** @type {Heard} */ const heard = { sounds: 0, notices: [], asked: 0 };
  await who.exposeFunction("sounded", () => void heard.sounds++);
  await who.exposeFunction("noticed", (/** @type {string} */ text) => void heard.notices.push(text));
  await who.exposeFunction("asked", () => void heard.asked++);
  await who.addInitScript(() => {
    const page = /** @type {any} */ (globalThis);
    document.hasFocus = () => !page.away;
    page.AudioContext = class extends AudioContext {
      constructor() {
        super();
        page.sounded();
      }
    };
    page.Notification = class extends Notification {
      /** @param {string} title @param {NotificationOptions} [options] */
      constructor(title, options) {
        super(title, options);
        page.noticed(options?.body);
      }
      /** @override */
      static requestPermission() {
        page.asked();
        return super.requestPermission();
      }
    };
  });
  return heard;
}

/** Nobody looks at these pages any more, and has not for a while. What came before is decided first. @param {Page[]} pages */
async function leave(...pages) {
  for (const page of pages) {
    await page.evaluate(() => navigator.locks.request("plaudit-signal", () => {
      /** @type {any} */ (globalThis).away = true;
      localStorage.removeItem("plaudit-signal-looked");
    }));
  }
}

/** @param {any} person */
async function reader(person) {
  const post = await newPost(person, "A post");
  const ben = await person();
  await signUp(ben, "Ben");
  let said = 0;
  /** Ben comments, and all of these pages show it. @param {Page[]} pages */
  const comment = async (...pages) => {
    const answer = await ben.request.post(`/api/posts/${post.id}/comments`, { data: { text: `Number ${++said}` } });
    expect(answer.status()).toBe(201);
    for (const page of pages) await expect(number(page)).toHaveText("1");
    // By the API: the next comment is a notification of its own.
    await post.by.request.put("/api/notifications/read", { data: { read: 9_000_000 } });
    for (const page of pages) await expect(number(page)).toBeHidden();
  };
  const { user } = await (await post.by.request.get("/api/me")).json();
  const message = async () => {
    const answer = await ben.request.post("/api/conversations", { data: { to: user.handle, text: "Hello", key: "hello" } });
    expect(answer.status()).toBe(201);
  };
  return { ana: post.by, comment, message };
}

test("signals are off at first; one switch speaks for all tabs, and only one of them is heard", async ({ person }) => {
  const { ana, comment } = await reader(person);
  await ana.grantPermissions(["notifications"]);
  const heard = await listen(ana);
  const [page, other] = [await ana.newPage(), await ana.newPage()];
  await open(page, "/settings");
  await open(other, "/");
  await leave(page, other);
  await comment(page);
  await page.getByLabel("Play a sound").check();
  await expect.poll(() => heard.sounds).toBe(1);
  await page.getByLabel("Show it on the desktop").check();
  await leave(page, other);
  await comment(page);
  await expect.poll(() => heard).toEqual({ sounds: 2, notices: ["You have a new notification."], asked: 1 });

  await page.getByLabel("Play a sound").uncheck();
  await leave(page, other);
  await comment(other);
  await expect.poll(() => heard.notices.length).toBe(2);
  expect(heard.sounds, "one switch for all tabs").toBe(2);
});

test("who looks at one page of the site hears nothing from the others", async ({ person }) => {
  const { ana, comment, message } = await reader(person);
  await ana.grantPermissions(["notifications"]);
  const heard = await listen(ana);
  const [page, other] = [await ana.newPage(), await ana.newPage()];
  await open(page, "/settings");
  await page.getByLabel("Show it on the desktop").check();
  await open(other, "/");
  await leave(other);
  await comment(page, other);
  // What comes later is heard, and only that.
  await leave(page, other);
  await message();
  await expect.poll(() => heard.notices).toEqual(["You have a new message."]);
});

test("the browser is asked only after a click, and a refusal is explained", async ({ person }) => {
  const { ana, comment } = await reader(person);
  const heard = await listen(ana);
  const page = await ana.newPage();
  await open(page, "/settings");
  await leave(page);
  await comment(page);
  expect(heard).toEqual({ sounds: 0, notices: [], asked: 0 });
  await page.getByLabel("Show it on the desktop").click();
  await expect(page.locator("plaudit-signals .error")).toHaveText(/does not let this site show notices/);
  await expect(page.getByLabel("Show it on the desktop")).not.toBeChecked();
  expect(heard.asked).toBe(1);
});
