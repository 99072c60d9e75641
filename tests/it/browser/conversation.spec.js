// The conversation under a post, between people with browsers of their own: live, in order, and nothing moves that
// somebody reads.

import { HIGH, box, choose, comment, say, still, texts, two, write } from "./conversation.js";
import { Server } from "./server.js";
import { expect, open, signUp, test } from "./support.js";

/** @typedef {import("./support.js").Page} Page */
/** @typedef {import("./support.js").Context} Context */
/** @typedef {import("@playwright/test").WebSocketRoute} Socket */

const comments = (/** @type {Page} */ page) => page.locator("#comments .comment");

/** Browsers scroll by whole pixels. @param {any} place */
const near = (place) => ({ ...place, y: expect.closeTo(place.y, 0), height: expect.closeTo(place.height, 0) });

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
  const before = await page.evaluate(() => scrollY);
  await page.mouse.wheel(0, 200);
  await expect.poll(() => page.evaluate(() => scrollY)).not.toBe(before);
  await still(page);
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
  for (let number = 0; number < 120; number++) {
    written.push(await write(post.by, post.id, `Comment ${number}.`));
    if (number === 40) await write(post.by, post.id, "An answer", written[5].id);
  }
  await write(post.by, post.id, "A late answer", written[3].id);
  const page = await (await person()).newPage();
  await open(page, `/posts/${post.id}`);
  // What is answered stands above its answers, though it be from an earlier page.
  expect((await texts(page)).slice(0, 3)).toEqual(["Comment 3.", "A late answer", "Comment 71."]);
  const earlier = page.getByRole("link", { name: "Earlier comments" });
  const oldest = comment(page, "Comment 71.");
  for (const from of [22, 0]) {
    await earlier.scrollIntoViewIfNeeded();
    await still(page);
    const place = await oldest.boundingBox();
    await earlier.click();
    await expect(comment(page, `Comment ${from}.`)).toHaveCount(1);
    if (from) expect(await oldest.boundingBox()).toEqual(near(place));
  }
  await expect(earlier).toBeHidden();
  const all = written.map((_, number) => `Comment ${number}.`);
  all.splice(6, 0, "An answer");
  all.splice(4, 0, "A late answer");
  expect(await texts(page)).toEqual(all);
  // What is answered on a page that is loaded comes in its place, with all between.
  await page.reload();
  await earlier.click();
  await page.getByRole("link", { name: "An earlier comment" }).click();
  await expect(comment(page, "Comment 5.")).toBeFocused();
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
    await page.routeWebSocket("**/live*", (/** @type {Socket} */ socket) => {
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
  await mine.routeWebSocket("**/live*", (/** @type {Socket} */ socket) => {
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
