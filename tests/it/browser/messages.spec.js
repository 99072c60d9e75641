// Two people write to each other: live on every page of both, never lost, never twice, and nothing moves.

import { expect, open, signUp, test } from "./support.js";

/** @typedef {import("./support.js").Page} Page */
/** @typedef {import("./support.js").Context} Context */

const box = (/** @type {Page} */ page) => page.getByLabel("Write a message");
const texts = (/** @type {Page} */ page) => page.locator(".message:not(.unsent-one) .text");
const number = (/** @type {Page} */ page) => page.locator(".viewer [data-unread=conversations]");
let key = 0;

/** Writes a message without a page; gives its conversation. @param {Context} who @param {string} to @param {string} text */
async function write(who, to, text) {
  const answer = await who.request.post("/api/conversations", { data: { to, text, key: `k${key++}` } });
  expect(answer.status()).toBe(201);
  return (await answer.json()).conversation.id;
}

/** Two who have answered each other. @param {(options?: object) => Promise<Context>} person */
async function acquainted(person, options = {}) {
  const [ana, ben] = [await person(options), await person()];
  const [anaUser, benUser] = [await signUp(ana, "Ana"), await signUp(ben, "Ben")];
  const id = await write(ana, benUser.handle, "Hello");
  await write(ben, anaUser.handle, "Hi");
  const read = { data: { read: 2 } };
  for (const who of [ana, ben]) expect((await who.request.put(`/api/conversations/${id}/read`, read)).status()).toBe(204);
  return { ana, ben, id, anaHandle: anaUser.handle, benHandle: benUser.handle };
}

/** Writes as one does with a keyboard, once the script of writing is there. @param {Page} page @param {string} text */
async function say(page, text) {
  await box(page).fill(text);
  await page.waitForFunction(() => customElements.get("plaudit-message-form"));
  await box(page).press("Enter");
  await expect(box(page)).toHaveValue("");
}

test("two people write to each other in two browsers, from the first word on", async ({ person }) => {
  const [ana, ben] = [await person(), await person()];
  await signUp(ana, "Ana");
  const { handle } = await signUp(ben, "Ben");
  const [page, other] = [await ana.newPage(), await ben.newPage()];
  await open(other, "/messages");
  await expect(other.getByText("No messages yet")).toBeVisible();

  await page.goto(`/@${handle}`);
  await page.getByRole("link", { name: "Message", exact: true }).click();
  await page.getByLabel("Write a message").fill("Do you sing?");
  await page.getByRole("button", { name: "Send" }).click();
  await expect(page).toHaveURL(/\/messages\/\d+#message-\d+$/);
  await expect(texts(page)).toHaveText(["Do you sing?"]);

  // For Ben it is a request, and counts as nothing else.
  const requests = other.getByRole("link", { name: "Requests" });
  await expect(requests).toContainText("1");
  await expect(number(other)).toBeHidden();
  await requests.click();
  await other.getByRole("link", { name: /Ana/ }).click();
  await expect(other.getByText("Ana writes to you for the first time")).toBeVisible();
  await say(other, "Every Tuesday");
  await expect(other.locator(".request")).toHaveCount(0);
  await expect(texts(page)).toHaveText(["Do you sing?", "Every Tuesday"]);
  await expect(page.locator(".message.own .stamp")).toContainText("Seen");

  await box(page).pressSequentially("Me");
  await expect(other.getByText("Ana writes…")).toBeVisible();
  await box(page).press("Enter");
  await expect(texts(other)).toHaveText(["Do you sing?", "Every Tuesday", "Me"]);
  await expect(other.getByText("Ana writes…")).toBeHidden();
  await expect(page.locator(".message.unsent-one")).toHaveCount(0);
});

test("three tabs of one member agree on what is unread, in the header and in the title", async ({ person }) => {
  const { ana, ben, id, anaHandle } = await acquainted(person);
  const tabs = [await ana.newPage(), await ana.newPage(), await ana.newPage()];
  for (const tab of tabs) await open(tab, "/");
  await write(ben, anaHandle, "News");
  for (const tab of tabs) {
    await expect(number(tab)).toHaveText("1");
    await expect(tab).toHaveTitle(/^\(1\) /);
  }
  const [reading, ...others] = tabs;
  await reading?.bringToFront();
  await reading?.goto(`/messages/${id}`);
  for (const tab of [...others, reading]) {
    if (!tab) continue;
    await expect(number(tab)).toBeHidden();
    await expect(tab).not.toHaveTitle(/^\(/);
  }
});

test("what was unread and is removed counts no more, on every page", async ({ person }) => {
  const { ana, ben, id, anaHandle } = await acquainted(person);
  const page = await ana.newPage();
  await open(page, "/messages");
  await write(ben, anaHandle, "A slip");
  await expect(number(page)).toHaveText("1");
  const { items } = await (await ben.request.get(`/api/conversations/${id}/messages?order=newest`)).json();
  await ben.request.delete(`/api/messages/${items[0].id}`);
  await expect(number(page)).toBeHidden();
  await expect(page.locator(".row .last")).toHaveText("Hi");
});

test("the server dies under an open conversation: nothing is lost and nothing is said twice", async ({ browser, server, complaints }) => {
  const [ana, ben] = [await browser.newContext({ baseURL: server.url }), await browser.newContext({ baseURL: server.url })];
  await signUp(ana, "Ana");
  const { handle } = await signUp(ben, "Ben");
  const id = await write(ana, handle, "Hello");
  await ben.request.put(`/api/conversations/${id}/accept`);
  const [page, other] = [await ana.newPage(), await ben.newPage()];
  await open(page, `/messages/${id}`);
  await open(other, `/messages/${id}`);
  await say(page, "one");
  await expect(texts(other)).toHaveText(["Hello", "one"]);

  await server.kill();
  for (const text of ["two", "three", "four"]) await say(page, text);
  await expect(page.locator(".message .text")).toHaveText(["Hello", "one", "two", "three", "four"]);
  await server.start();
  await expect(texts(other)).toHaveText(["Hello", "one", "two", "three", "four"], { timeout: 20_000 });
  await expect(texts(page)).toHaveText(["Hello", "one", "two", "three", "four"], { timeout: 20_000 });
  await expect(page.locator(".unsent-one")).toHaveCount(0);
  await Promise.all([ana.close(), ben.close()]);
  expect(complaints).toEqual([]);
});

test("without a script it is all there, and a form that is sent twice sends once", async ({ person }) => {
  const ben = await person();
  const { handle } = await signUp(ben, "Ben");
  const ana = await person({ javaScriptEnabled: false });
  const { handle: anaHandle } = await signUp(ana, "Ana");
  const page = await ana.newPage();
  await page.goto(`/@${handle}`);
  await page.getByRole("link", { name: "Message", exact: true }).click();
  await box(page).fill("Do you sing?");
  await page.getByRole("button", { name: "Send" }).click();
  await expect(page).toHaveURL(/#message-\d+$/);
  // Back to the form as it was sent, and sent once more.
  await page.goBack();
  await box(page).fill("Do you sing?");
  await page.getByRole("button", { name: "Send" }).click();
  await expect(texts(page)).toHaveText(["Do you sing?"]);

  await write(ben, anaHandle, "I do");
  await page.goto("/");
  await expect(number(page)).toHaveText("1");
  await expect(page).toHaveTitle(/^\(1\) /);
  await page.getByRole("link", { name: "Messages" }).click();
  await page.getByRole("link", { name: /Ben/ }).click();
  await expect(page.locator(".unread-line")).toBeVisible();
  await expect(number(page)).toHaveText("1");
  await page.getByRole("button", { name: "Mark as read" }).click();
  await expect(number(page)).toBeHidden();

  await page.locator(".message.own").getByLabel("More").click();
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("Your message").fill("Do you sing on Tuesday?");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(texts(page).first()).toHaveText("Do you sing on Tuesday?");
  await expect(page.locator(".message.own .edited")).toBeVisible();
  await page.locator(".message.own").getByLabel("More").click();
  await page.getByRole("button", { name: "Remove" }).click();
  await expect(texts(page)).toHaveText(["I do"]);

  await page.getByLabel("More about this conversation").click();
  await page.getByRole("button", { name: "Block" }).click();
  await expect(page.getByText("neither of you can write")).toBeVisible();
  await page.getByLabel("More about Ben").click();
  await page.getByRole("button", { name: "Unblock" }).click();
  await expect(page.getByRole("link", { name: "Message", exact: true })).toBeVisible();
});

test("what is typed outlives a reload, for each conversation, and a log-out erases it in every tab", async ({ person }) => {
  const { ana, id } = await acquainted(person);
  const page = await ana.newPage();
  await open(page, `/messages/${id}`);
  await box(page).fill("Half a thou");
  const kept = () => page.evaluate(() => Object.keys(sessionStorage).filter((name) => name.startsWith("plaudit-message")).length);
  await expect.poll(kept).toBe(1);
  await page.reload();
  await expect(box(page)).toHaveValue("Half a thou");
  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page.getByRole("link", { name: "Log in" })).toBeVisible();
  expect(await kept()).toBe(0);
});

test("the end is followed by who is there, and who reads above is told how many are new", async ({ person }) => {
  const { ana, ben, id, anaHandle } = await acquainted(person);
  for (let line = 0; line < 30; line++) await write(ben, anaHandle, `Line ${line}`);
  await ana.request.put(`/api/conversations/${id}/read`, { data: { read: 32 } });
  const page = await ana.newPage();
  await open(page, `/messages/${id}`);
  await write(ben, anaHandle, "At the end");
  await expect(page.getByText("At the end", { exact: true }).last()).toBeInViewport();
  await expect(page.locator(".newer")).toBeHidden();

  await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
  const first = page.locator(".message .text").filter({ hasText: /^Line 1$/ });
  const top = (await first.boundingBox())?.y;
  for (const text of ["a", "b", "c"]) await write(ben, anaHandle, text);
  await expect(page.locator(".newer")).toHaveText("3 new");
  expect((await first.boundingBox())?.y).toBe(top);
  await page.locator(".newer").click();
  await expect(texts(page).last()).toBeInViewport();
  await expect(page.locator(".newer")).toBeHidden();
});

test("older messages load without a jump", async ({ person }) => {
  const { ana, ben, id, anaHandle } = await acquainted(person);
  for (let line = 0; line < 70; line++) await write(ben, anaHandle, `Line ${line}`);
  await ana.request.put(`/api/conversations/${id}/read`, { data: { read: 72 } });
  const page = await ana.newPage();
  await open(page, `/messages/${id}`);
  await expect(texts(page)).toHaveCount(50);
  const oldest = texts(page).first();
  await expect(oldest).toHaveText("Line 20");
  const place = await page.evaluate(async () => {
    const said = /** @type {HTMLElement} */ (document.querySelector(".message .said"));
    scrollTo({ top: 0, behavior: "instant" });
    const before = said.getBoundingClientRect().top;
    const many = () => document.querySelectorAll(".message").length > 50;
    await new Promise((done) => {
      const observer = new MutationObserver(() => many() && (observer.disconnect(), done(null)));
      observer.observe(/** @type {Node} */ (document.querySelector(".messages")), { childList: true });
    });
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return said.getBoundingClientRect().top - before;
  });
  expect(Math.abs(place)).toBeLessThanOrEqual(1);
  await expect(texts(page).first()).toHaveText("Hello");
  await expect(page.locator(".earlier")).toBeHidden();
});

test("Enter sends with a mouse, makes a line on a touch screen, and is the input method's while it composes", async ({ person }) => {
  const { ana, id } = await acquainted(person);
  const page = await ana.newPage();
  await open(page, `/messages/${id}`);
  await box(page).focus();
  await box(page).pressSequentially("a");
  await page.keyboard.press("Shift+Enter");
  await box(page).pressSequentially("b");
  await box(page).dispatchEvent("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true });
  await box(page).dispatchEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true });
  await expect(box(page)).toHaveValue("a\nb");
  await page.keyboard.press("Enter");
  await expect(texts(page).last()).toHaveText("a\nb");

  const touch = await person({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 800 } });
  await touch.addCookies((await ana.cookies()));
  const phone = await touch.newPage();
  await open(phone, `/messages/${id}`);
  await box(phone).focus();
  await box(phone).pressSequentially("c");
  await phone.keyboard.press("Enter");
  await expect(box(phone)).toHaveValue("c\n");
  await phone.getByRole("button", { name: "Send" }).click();
  await expect(texts(page).last()).toHaveText("c");
});

test("a message that cannot be sent says why, can be tried again or taken back, and outlives a reload", async ({ person }) => {
  const { ana, ben, id, anaHandle } = await acquainted(person);
  const page = await ana.newPage();
  await open(page, `/messages/${id}`);
  await ben.request.put(`/api/users/${anaHandle}/block`);
  await say(page, "Still there?");
  await expect(page.getByText("Not sent. You can't write to this member.")).toBeVisible();
  await page.reload();
  await expect(page.getByText("Not sent. You can't write to this member.")).toBeVisible();
  await ben.request.delete(`/api/users/${anaHandle}/block`);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(texts(page)).toHaveText(["Hello", "Hi", "Still there?"]);

  await ben.request.put(`/api/users/${anaHandle}/block`);
  await say(page, "And now?");
  await page.getByRole("button", { name: "Take back" }).click();
  await expect(box(page)).toHaveValue("And now?");
  await expect(page.locator(".unsent-one")).toHaveCount(0);
});

test("an edit and a removal show on both sides, in place", async ({ person }) => {
  const { ana, ben, id } = await acquainted(person);
  const [page, other] = [await ana.newPage(), await ben.newPage()];
  await open(page, `/messages/${id}`);
  await open(other, `/messages/${id}`);
  await page.locator(".message.own").getByLabel("More").click();
  await page.getByRole("link", { name: "Edit" }).click();
  await expect(box(page)).toHaveValue("Hello");
  await box(page).fill("Hello there");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(texts(other).first()).toHaveText("Hello there");
  await expect(other.locator(".edited").first()).toBeVisible();
  await page.locator(".message.own").getByLabel("More").click();
  await page.getByRole("button", { name: "Remove" }).click();
  await expect(other.getByText("This message was removed.")).toBeVisible();
  await expect(page.getByText("This message was removed.")).toBeVisible();
});

test("a line stands where the unread begins, and a page that nobody looks at reads nothing", async ({ person }) => {
  const { ana, ben, id, anaHandle } = await acquainted(person);
  const page = await ana.newPage();
  await open(page, `/messages/${id}`);
  // Somebody does something else: the page has no focus.
  await page.evaluate(() => {
    document.hasFocus = () => false;
  });
  await write(ben, anaHandle, "First");
  await write(ben, anaHandle, "Second");
  await expect(number(page)).toHaveText("1");
  await expect(page.locator(".unread-line + .message .text")).toHaveText("First");
  await page.evaluate(() => {
    document.hasFocus = () => true;
    dispatchEvent(new Event("focus"));
  });
  await expect(number(page)).toBeHidden();
  await expect(page.locator(".unread-line + .message .text")).toHaveText("First");
});

test("a screen reader hears what the other side says, and nothing of one's own", async ({ person }) => {
  const { ana, ben, id, anaHandle } = await acquainted(person);
  const page = await ana.newPage();
  await open(page, `/messages/${id}`);
  await page.evaluate(() => {
    const said = /** @type {any} */ (window).said = /** @type {string[]} */ ([]);
    const region = /** @type {Node} */ (document.getElementById("announcer"));
    new MutationObserver(() => region.textContent && said.push(region.textContent)).observe(region, { childList: true });
  });
  await write(ben, anaHandle, "Listen");
  await expect.poll(() => page.evaluate(() => /** @type {any} */ (window).said)).toEqual(["Ben: Listen"]);
});
