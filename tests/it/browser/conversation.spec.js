// The conversation under a post, between people with browsers of their own: live, in order, nothing lost, nothing said
// twice, and nothing moves that somebody reads.

import { Server } from "./server.js";
import { expect, newPost, open, PASSWORD, signUp, test } from "./support.js";

/** @typedef {import("./support.js").Page} Page */
/** @typedef {import("./support.js").Context} Context */
/** @typedef {import("@playwright/test").WebSocketRoute} Socket */

const box = (/** @type {Page} */ page) => page.getByLabel("Write a comment");
const comments = (/** @type {Page} */ page) => page.locator("#comments .comment");
const comment = (/** @type {Page} */ page, /** @type {string} */ text) =>
  page.locator("#comments .said").filter({ hasText: text });
/** The texts of a conversation, in the order of reading. @param {Page} page */
const texts = (page) => page.locator("#comments :is(.text, .said-gone)").allTextContents();

/** Says something by the form. @param {Page} page @param {string} text */
async function say(page, text) {
  await box(page).fill(text);
  await box(page).press("Control+Enter");
}

/** Says something without a page. @param {Context} who @param {number} post @param {string} text @param {number} [parent] */
async function write(who, post, text, parent) {
  const answer = await who.request.post(`/api/posts/${post}/comments`, { data: { text, ...(parent ? { parent } : {}) } });
  expect(answer.status()).toBe(201);
  return (await answer.json()).comment;
}

/** A choice of a comment's menu. @param {Page} page @param {string} text @param {string} choice */
async function choose(page, text, choice) {
  await comment(page, text).getByLabel("More").click();
  await comment(page, text).getByText(choice, { exact: true }).click();
}

/** High enough that a reader who did not scroll is at the end of a short conversation. */
const HIGH = { viewport: { width: 900, height: 2000 } };

/** Browsers scroll by whole pixels. @param {any} place */
const near = (place) => ({ ...place, y: expect.closeTo(place.y, 0), height: expect.closeTo(place.height, 0) });

/** Two members look at a post. @param {any} person @param {object} [options] */
async function two(person, options = HIGH) {
  const post = await newPost(person);
  const [ana, ben] = await Promise.all([person(options), person(options)]);
  await Promise.all([signUp(ana, "Ana"), signUp(ben, "Ben")]);
  const [mine, other] = await Promise.all([ana.newPage(), ben.newPage()]);
  await Promise.all([open(mine, `/posts/${post.id}`), open(other, `/posts/${post.id}`)]);
  return { post, ana, ben, mine, other };
}

test("two members and a guest converse live", async ({ person }) => {
  const server = await new Server({ PLAUDIT_LIMITS: "off", PLAUDIT_GUESTS: "comment" }).start();
  try {
    const people = await Promise.all([1, 2, 3].map(() => person({ ...HIGH, baseURL: server.url })));
    const [ana, ben, guest] = /** @type {[Context, Context, Context]} */ (people);
    await signUp(ana, "Ana");
    await signUp(ben, "Ben");
    await guest.request.put("/api/posts/1/like");
    const pages = /** @type {[Page, Page, Page]} */ (await Promise.all(people.map((who) => who.newPage())));
    await Promise.all(pages.map((page) => open(page, "/posts/1")));
    const [one, two, three] = pages;
    await say(one, "Were you there?");
    await expect(comment(three, "Were you there?")).toBeVisible();
    await say(three, "In the third row.");
    await expect(comment(two, "In the third row.")).toContainText("Guest");
    await comment(two, "Were you there?").getByRole("link", { name: "Answer" }).click();
    await two.getByLabel("Write an answer").fill("On the stage!");
    await two.getByRole("button", { name: "Answer" }).click();
    for (const page of pages) {
      await expect.poll(() => texts(page)).toEqual(["Were you there?", "On the stage!", "In the third row."]);
      await expect(page.locator(".tally")).toHaveText("3");
      await expect(page.locator("#comments .answers").first()).toContainText("On the stage!");
    }
    // And it is what the server renders.
    for (const page of pages) {
      const before = await shape(page);
      await page.reload();
      expect(await shape(page)).toEqual(before);
    }
  } finally {
    await server.remove();
  }
});

/** The conversation's markup, but for what differs in time. @param {Page} page */
const shape = (page) => page.locator("#comments .comments").evaluate((list) => {
  const copy = /** @type {HTMLElement} */ (list.cloneNode(true));
  copy.querySelectorAll("time").forEach((time) => (time.removeAttribute("title"), time.replaceChildren()));
  // Somebody without a profile is a link to nowhere here, and no link there.
  copy.querySelectorAll("a.author:not([href])").forEach((a) => {
    const span = document.createElement("span");
    span.className = "author";
    span.append(...[...a.children].filter((child) => child.textContent));
    a.replaceWith(span);
  });
  return copy.innerHTML.replace(/>\s+/g, ">").replace(/\s+</g, "<").replace(/ data-edited="[^"]*"/g, "");
});

test("an edit and a removal happen in their place, everywhere", async ({ person }) => {
  const { mine, other, post, ben } = await two(person);
  await say(mine, "Helo");
  await say(other, "Below");
  await expect(comment(mine, "Below")).toBeVisible();
  await choose(mine, "Helo", "Edit");
  const field = mine.getByLabel("Your comment");
  await expect(field).toBeFocused();
  await expect(field).toHaveValue("Helo");
  await field.fill("Hello, see https://example.org/a.");
  await mine.getByRole("button", { name: "Save" }).click();
  await expect(comment(other, "Hello")).toContainText("edited");
  await expect(other.locator('a[href="https://example.org/a"]')).toBeVisible();
  await expect(comment(mine, "Hello").getByLabel("More")).toBeFocused();
  expect(await texts(other)).toEqual(["Hello, see https://example.org/a.", "Below"]);

  // An answer stays when what it answers goes, and the place stays as high as it was.
  const id = Number((await comments(mine).first().getAttribute("id"))?.slice(8));
  await write(ben, post.id, "An answer", id);
  await expect(comment(other, "An answer")).toBeVisible();
  const place = await comment(other, "Below").boundingBox();
  await choose(mine, "Hello", "Remove");
  await expect(other.getByText("This comment was removed.")).toBeVisible();
  expect(await texts(other)).toEqual(["This comment was removed.", "An answer", "Below"]);
  expect(await comment(other, "Below").boundingBox()).toEqual(near(place));
  await expect(mine.locator(".said-gone")).toBeFocused();
  await expect(mine.locator(".tally")).toHaveText("2");
});

test("a post's author and a moderator may remove what others wrote, and nobody else is offered to", async ({ person }) => {
  const { mine, other, post } = await two(person);
  const author = await post.by.newPage();
  await open(author, `/posts/${post.id}`);
  await say(mine, "Not here, please");
  await comment(other, "Not here").getByLabel("More").click();
  await expect(comment(other, "Not here").getByText("Report")).toBeVisible();
  await expect(comment(other, "Not here").getByText("Remove")).toHaveCount(0);
  await expect(comment(other, "Not here").getByRole("link", { name: "Edit" })).toHaveCount(0);
  await other.keyboard.press("Escape");
  await expect(comment(other, "Not here").getByText("Report")).toBeHidden();
  await choose(author, "Not here", "Remove");
  await expect(mine.getByText("This comment was removed.")).toBeVisible();
});

test("new comments wait behind a pill while somebody reads, and nothing moves", async ({ person }) => {
  const { post } = await two(person);
  for (let number = 1; number <= 12; number++) await write(post.by, post.id, `Comment ${number}\nof two lines`);
  const page = await (await person()).newPage();
  await open(page, `/posts/${post.id}`);
  const fifth = comment(page, "Comment 5");
  await fifth.scrollIntoViewIfNeeded();
  await page.mouse.wheel(0, 200);
  await page.evaluate(() => new Promise((done) => setTimeout(done, 300)));
  const place = await fifth.boundingBox();
  const first = Number((await comments(page).first().getAttribute("id"))?.slice(8));
  await write(post.by, post.id, "An answer far above", first);
  await write(post.by, post.id, "Number thirteen");
  const pill = page.getByRole("button", { name: "2 new comments" });
  await expect(pill).toBeVisible();
  await expect(page.locator("#announcer")).toContainText("new comment");
  await expect(page.getByText("Number thirteen")).toHaveCount(0);
  expect(await fifth.boundingBox()).toEqual(near(place));
  // What changes above keeps the place as well.
  await post.by.request.delete(`/api/comments/${first}`);
  await expect(page.getByText("This comment was removed.")).toHaveCount(1);
  expect(await fifth.boundingBox()).toEqual(near(place));
  await pill.click();
  await expect(pill).toBeHidden();
  await expect(comment(page, "An answer far above")).toBeInViewport();
  await expect(comment(page, "Number thirteen")).toHaveCount(1);
});

test("whoever is at the end sees them come, and whoever writes there keeps the form in its place", async ({ person }) => {
  const { post, mine, ben } = await two(person, {});
  await box(mine).pressSequentially("I am wri");
  const place = await box(mine).boundingBox();
  for (const text of ["One\ntwo\nthree", "Four", "Five\nsix"]) {
    await write(ben, post.id, text);
    await expect(comment(mine, text)).toBeVisible();
    expect(await box(mine).boundingBox()).toEqual(near(place));
  }
  await expect(mine.locator(".newer")).toBeHidden();
  await expect(box(mine)).toHaveValue("I am wri");
  await expect(box(mine)).toBeFocused();
});

test("the first comment of all shows at once, though its place is out of sight", async ({ person }) => {
  const { post, ben, other } = await two(person, { viewport: { width: 900, height: 400 } });
  await write(ben, post.id, "First!");
  await expect(comment(other, "First!")).toHaveCount(1);
  await expect(other.locator(".newer")).toBeHidden();
  await expect(other.getByText("Nobody has said anything yet.")).toBeHidden();
  // From now on there is something to read.
  await write(ben, post.id, "Second!");
  await expect(other.getByRole("button", { name: "1 new comment" })).toBeVisible();
});

test("what waits is shown when the reader comes to the end", async ({ person }) => {
  const { post } = await two(person);
  for (let number = 1; number <= 12; number++) await write(post.by, post.id, `Comment ${number}`);
  const page = await (await person()).newPage();
  await open(page, `/posts/${post.id}`);
  await write(post.by, post.id, "Number thirteen");
  await expect(page.getByRole("button", { name: "1 new comment" })).toBeVisible();
  await page.locator(".invite").scrollIntoViewIfNeeded();
  await expect(comment(page, "Number thirteen")).toBeVisible();
  await expect(page.locator(".newer")).toBeHidden();
});

test("a long conversation loads in pages, and keeps the reader's place", async ({ person }) => {
  const { post } = await two(person);
  /** @type {any[]} */ const written = [];
  for (let number = 0; number < 120; number++) written.push(await write(post.by, post.id, `Comment ${number}.`));
  await write(post.by, post.id, "A late answer", written[3].id);
  const page = await (await person()).newPage();
  await open(page, `/posts/${post.id}`);
  await expect(page.locator(".earlier-one")).toContainText("An earlier comment");
  const earlier = page.getByRole("link", { name: "Earlier comments" });
  const oldest = comment(page, "Comment 71.");
  for (const from of [21, 0]) {
    await earlier.scrollIntoViewIfNeeded();
    await page.evaluate(() => new Promise((done) => setTimeout(done, 300)));
    const place = await oldest.boundingBox();
    await earlier.click();
    await expect(comment(page, `Comment ${from}.`)).toHaveCount(1);
    if (from) expect(await oldest.boundingBox()).toEqual(near(place));
  }
  await expect(earlier).toBeHidden();
  const all = written.map((_, number) => `Comment ${number}.`);
  all.splice(4, 0, "A late answer");
  expect(await texts(page)).toEqual(all);
  // A comment's own address finds it, however old.
  await page.goto(`/posts/${post.id}/comments/${written[10].id}`);
  await expect(comment(page, "Comment 10.")).toBeInViewport();
});

test("whoever comes back to the end finds there all that was missed, and elsewhere behind the pill", async ({ person }) => {
  const { post, ben } = await two(person);
  for (let number = 1; number <= 9; number++) await write(ben, post.id, `Comment ${number}`);
  const pages = await Promise.all([HIGH, {}].map(async (options) => (await person(options)).newPage()));
  for (const page of pages) {
    /** @type {Socket[]} */ const sockets = [];
    let reachable = true;
    await page.routeWebSocket("**/live", (/** @type {Socket} */ socket) => {
      if (!reachable) return socket.close({ code: 4100 });
      sockets.push(socket);
      socket.connectToServer();
    });
    await open(page, `/posts/${post.id}`);
    reachable = false;
    await sockets[0]?.close({ code: 4100 });
    for (let number = 1; number <= 8; number++) await write(ben, post.id, `Missed ${number}`);
    reachable = true;
    await page.evaluate(() => dispatchEvent(new Event("online")));
    const pill = page.getByRole("button", { name: "8 new comments" });
    if (page === pages[0]) await expect(comment(page, "Missed 8")).toBeVisible();
    else await expect(pill).toBeVisible();
    await expect(pill).toHaveCount(page === pages[0] ? 0 : 1);
  }
});

test("whoever was away for long is right again, wherever they had read to", async ({ person }) => {
  const { post, ben, mine } = await two(person);
  const kept = await write(ben, post.id, "Still here");
  const gone = await write(ben, post.id, "Soon gone");
  await expect(comment(mine, "Soon gone")).toBeVisible();
  let reachable = true;
  /** @type {Socket | null} */ let last = null;
  await mine.routeWebSocket("**/live", (/** @type {Socket} */ socket) => {
    last = socket;
    if (!reachable) return socket.close({ code: 4200 });
    socket.connectToServer();
  });
  await mine.reload();
  await expect(comment(mine, "Soon gone")).toBeVisible();
  await expect.poll(() => !!last).toBe(true);
  reachable = false;
  await /** @type {any} */ (last).close({ code: 4200 });
  // More than a snapshot tells: the page gets the newest comments, and has to read what lies between.
  await ben.request.delete(`/api/comments/${gone.id}`);
  await ben.request.patch(`/api/comments/${kept.id}`, { data: { text: "Still here, and edited" } });
  for (let number = 0; number < 230; number++) await write(ben, post.id, `Missed ${number}.`);
  reachable = true;
  await mine.evaluate(() => dispatchEvent(new Event("online")));
  const all = ["Still here, and edited", "This comment was removed.", ...Array.from({ length: 230 }, (_, at) => `Missed ${at}.`)];
  await expect.poll(() => texts(mine)).toEqual(all);
});

test("a comment while the server restarts is neither lost nor said twice", async ({ person, server }) => {
  const baseURL = server.url;
  const [ana, ben] = await Promise.all([person({ ...HIGH, baseURL }), person({ ...HIGH, baseURL })]);
  await Promise.all([signUp(ana, "Ana"), signUp(ben, "Ben")]);
  const [mine, other] = await Promise.all([ana.newPage(), ben.newPage()]);
  await Promise.all([open(mine, "/posts/1"), open(other, "/posts/1")]);
  await say(mine, "Before");
  await expect(comment(other, "Before")).toBeVisible();
  await server.kill();
  await say(mine, "During");
  await expect(mine.locator(".unsent-one")).toContainText("During");
  await expect(mine.locator(".unsent")).toContainText("Sending…");
  await server.start();
  await expect(mine.locator(".unsent")).toHaveCount(0, { timeout: 20_000 });
  await say(mine, "After");
  for (const page of [mine, other]) await expect.poll(() => texts(page)).toEqual(["Before", "During", "After"]);
  await mine.reload();
  expect(await texts(mine)).toEqual(["Before", "During", "After"]);
});

test("an answer that is lost is asked for again, and the comment is said once", async ({ person }) => {
  const { mine, other } = await two(person);
  // The socket takes the comment, and dies before it says so.
  let lose = true;
  await mine.routeWebSocket("**/live", (/** @type {Socket} */ socket) => {
    const server = socket.connectToServer();
    server.onMessage((/** @type {string | Buffer} */ message) => {
      if (lose && `${message}`.includes('"ok"')) {
        lose = false;
        return socket.close({ code: 4200 });
      }
      socket.send(message);
    });
  });
  await open(mine, mine.url());
  await mine.evaluate(() => {
    const list = /** @type {Element} */ (document.querySelector(".comments"));
    const most = () => Math.max(list.querySelectorAll(".text").length, /** @type {any} */ (window).most ?? 0);
    new MutationObserver(() => (/** @type {any} */ (window).most = most())).observe(list, { childList: true, subtree: true });
  });
  await say(mine, "Only once");
  await expect(comment(other, "Only once")).toBeVisible();
  await expect(mine.locator(".unsent")).toHaveCount(0);
  expect(lose).toBe(false);
  expect(await mine.evaluate(() => /** @type {any} */ (window).most)).toBe(1);
  expect(await texts(mine)).toEqual(["Only once"]);
  await mine.reload();
  expect(await texts(mine)).toEqual(["Only once"]);
});

test("what could not be sent stays, can be tried again or taken back, and outlives a reload", async ({ person }) => {
  const { mine, other } = await two(person);
  /** @type {string[]} */ const keys = [];
  let refuse = true;
  await mine.routeWebSocket("**/live", (/** @type {Socket} */ socket) => {
    const server = socket.connectToServer();
    socket.onMessage((/** @type {string | Buffer} */ message) => {
      const command = JSON.parse(`${message}`);
      if (command.type !== "comment") return server.send(message);
      keys.push(command.key);
      if (!refuse) return server.send(message);
      const why = "At most 20 comments a minute: try again in 3 s.";
      socket.send(JSON.stringify({ type: "error", ref: command.ref, code: "rate_limited", message: why, retry_after_ms: 3000 }));
    });
  });
  await mine.route("**/api/posts/*/comments", (/** @type {any} */ route) => (refuse ? route.abort() : route.continue()));
  await open(mine, mine.url());
  await say(mine, "Patience");
  const failed = mine.locator(".failed");
  await expect(failed).toContainText("Not sent. At most 20 comments a minute");
  await expect(mine.locator("#announcer")).toHaveText("Your comment was not sent");
  await mine.reload();
  await expect(failed).toContainText("Patience", { timeout: 20_000 });
  refuse = false;
  await mine.getByRole("button", { name: "Try again" }).click();
  await expect(failed).toHaveCount(0);
  await expect(comment(other, "Patience")).toBeVisible();
  expect(new Set(keys).size).toBe(1);
  expect(await texts(mine)).toEqual(["Patience"]);

  refuse = true;
  await say(mine, "Second thougths");
  await mine.getByRole("button", { name: "Take back" }).click();
  await expect(box(mine)).toHaveValue("Second thougths");
  await expect(box(mine)).toBeFocused();
  await expect(failed).toHaveCount(0);
  await mine.reload();
  await expect(box(mine)).toHaveValue("Second thougths");
  await expect(failed).toHaveCount(0);
});

test("what is typed outlives reloads, for the post and for each answer", async ({ person }) => {
  const { post, mine } = await two(person);
  await write(post.by, post.id, "A question");
  await box(mine).fill("Half a thought");
  await comment(mine, "A question").getByRole("link", { name: "Answer" }).click();
  await mine.getByLabel("Write an answer").fill("Half an answer");
  await mine.reload();
  await expect(box(mine)).toHaveValue("Half a thought");
  await expect(mine.getByLabel("Write an answer")).toHaveValue("Half an answer");
  // Another post has other drafts, and nobody else has any.
  await mine.goto("/posts/1");
  await expect(box(mine)).toHaveValue("");
  await mine.goto(`/posts/${post.id}`);
  await mine.getByRole("button", { name: "Cancel" }).click();
  await say(mine, "A whole thought");
  await expect(comment(mine, "A whole thought")).toBeVisible();
  await mine.reload();
  await expect(box(mine)).toHaveValue("");
  await expect(mine.getByLabel("Write an answer")).toHaveCount(0);
});

test("a text that is too long is counted and stays", async ({ person }) => {
  const { mine, other } = await two(person);
  await box(mine).fill("ß👏".repeat(451));
  await expect(mine.getByText("98 left")).toBeVisible();
  await say(mine, "ß👏".repeat(501));
  await expect(mine.getByText("2 too many")).toBeVisible();
  await expect(mine.getByRole("alert").filter({ hasText: "1 to 1,000 characters, this has 1002." })).toBeVisible();
  await expect(box(mine)).toHaveAttribute("aria-invalid", "true");
  await say(mine, "ß👏".repeat(500));
  await expect(comment(other, "ß👏")).toBeVisible();
});

test("everything in a conversation can be done with the keyboard", async ({ person }) => {
  const { mine, other } = await two(person);
  await box(mine).focus();
  await mine.keyboard.type("Typed");
  await mine.keyboard.press("Enter");
  await mine.keyboard.type("on two lines");
  await mine.keyboard.press("Control+Enter");
  await expect(comment(other, "Typed")).toBeVisible();
  await expect(box(mine)).toBeFocused();
  await expect(box(mine)).toHaveValue("");

  await comment(other, "Typed").getByRole("link", { name: "Answer" }).focus();
  await other.keyboard.press("Enter");
  await expect(other.getByLabel("Write an answer")).toBeFocused();
  await other.keyboard.press("Escape");
  await expect(comment(other, "Typed").getByRole("link", { name: "Answer" })).toBeFocused();
  await other.keyboard.press("Enter");
  await other.keyboard.type("Answered");
  await other.keyboard.press("Tab");
  await expect(other.getByRole("button", { name: "Cancel" })).toBeFocused();
  await other.keyboard.press("Tab");
  await other.keyboard.press("Enter");
  await expect(comment(mine, "Answered")).toBeVisible();
  await expect(comment(other, "Typed").getByRole("link", { name: "Answer" })).toBeFocused();

  const menu = comment(mine, "Typed").getByLabel("More");
  await menu.focus();
  await mine.keyboard.press("Enter");
  await mine.keyboard.press("Escape");
  await expect(menu).toBeFocused();
  await mine.keyboard.press("Enter");
  await mine.keyboard.press("Tab");
  await mine.keyboard.press("Enter");
  await expect(mine.getByLabel("Your comment")).toBeFocused();
  await mine.getByLabel("Your comment").fill("Edited by hand");
  await mine.keyboard.press("Control+Enter");
  await expect(comment(other, "Edited by hand")).toBeVisible();
  await menu.first().waitFor({ state: "detached" }).catch(() => {});
  await mine.keyboard.press("Enter");
  await mine.keyboard.press("Tab");
  await mine.keyboard.press("Tab");
  await mine.keyboard.press("Enter");
  await expect(other.getByText("This comment was removed.")).toBeVisible();
  await expect(mine.locator(".said-gone")).toBeFocused();
});

test("two tabs of one member show a comment once each", async ({ person }) => {
  const { ana, mine, post } = await two(person);
  const second = await ana.newPage();
  await open(second, `/posts/${post.id}`);
  await say(mine, "From the first");
  await expect(comment(second, "From the first")).toBeVisible();
  await say(second, "From the second");
  for (const page of [mine, second]) await expect.poll(() => texts(page)).toEqual(["From the first", "From the second"]);
});

test("a post that is removed takes its conversation along", async ({ person }) => {
  const { post, mine } = await two(person);
  await say(mine, "Last words");
  await post.by.request.delete(`/api/posts/${post.id}`);
  await expect(mine.getByText("This post was removed.")).toBeVisible();
  await expect(mine.locator("#comments")).toBeHidden();
});

test("without a script it is the same conversation", async ({ person }) => {
  const { post, mine } = await two(person);
  const plain = await person({ javaScriptEnabled: false });
  await signUp(plain, "Zoë");
  const page = await plain.newPage();
  await page.goto(`/posts/${post.id}`);
  await box(page).fill("Written without <b>a script</b>");
  await page.getByRole("button", { name: "Comment", exact: true }).click();
  await expect(comment(page, "Written without <b>a script</b>")).toBeVisible();
  await expect(comment(mine, "Written without <b>a script</b>")).toBeVisible();
  await say(mine, "And with one");
  await expect(comment(mine, "And with one")).toBeVisible();
  await page.reload();
  await comment(page, "And with one").getByRole("link", { name: "Answer" }).click();
  await page.getByLabel("Write an answer").fill("x".repeat(1001));
  await page.getByRole("button", { name: "Answer" }).click();
  await expect(page.getByRole("alert")).toContainText("1 to 1000 characters, this has 1001.");
  await page.getByLabel("Write an answer").fill("Answered");
  await page.getByRole("button", { name: "Answer" }).click();
  await expect(page.locator("#comments .answers").last()).toContainText("Answered");
  await expect(comment(mine, "Answered")).toBeVisible();
  await choose(page, "Written without", "Edit");
  await page.getByLabel("Your comment").fill("Rewritten");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(comment(page, "Rewritten")).toContainText("edited");
  await choose(page, "Rewritten", "Remove");
  await expect(comment(page, "Rewritten")).toHaveCount(0);
  await expect(mine.getByText("This comment was removed.")).toBeVisible();
});

test("who has no account is invited, and comes back to the conversation", async ({ person }) => {
  const post = await newPost(person);
  const page = await (await person()).newPage();
  await page.goto(`/posts/${post.id}`);
  await page.getByRole("link", { name: "create an account" }).click();
  await page.getByLabel("Handle").fill(`late_${post.id}_${Date.now() % 100_000}`);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page).toHaveURL(new RegExp(`/posts/${post.id}$`));
  await expect(box(page)).toBeVisible();
});
