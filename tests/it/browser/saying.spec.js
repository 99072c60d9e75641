// What somebody says under a post: it is neither lost nor said twice, whatever the network does, and can be said with
// the keyboard, without a script and from two tabs.

import { HIGH, box, choose, comment, say, texts, two, write } from "./conversation.js";
import { expect, like, newPost, open, PASSWORD, shows, signUp, test } from "./support.js";

/** @typedef {import("./support.js").Page} Page */
/** @typedef {import("@playwright/test").WebSocketRoute} Socket */

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
  await mine.routeWebSocket("**/live*", (/** @type {Socket} */ socket) => {
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
  await mine.routeWebSocket("**/live*", (/** @type {Socket} */ socket) => {
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
  await expect(comment(mine, "Edited by hand").getByLabel("More")).toBeFocused();
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
  await expect(mine.locator(".unsent")).toHaveCount(0);
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

test("a guest is offered both ways in, in the header and under the comments", async ({ person }) => {
  const post = await newPost(person);
  const page = await (await person()).newPage();
  await open(page, `/posts/${post.id}`);
  await like(page, post.id).click();
  await shows(page, post.id, 1, true);
  await page.reload();
  for (const place of [page.getByRole("banner"), page.locator(".invite")]) {
    await expect(place.getByRole("link", { name: "log in" })).toBeVisible();
    await expect(place.getByRole("link", { name: /sign up|create an account/i })).toBeVisible();
  }
  await expect(page.locator(".invite")).toContainText("Your likes stay yours.");
});

test("an editor holds what was written, whatever the browser made of the page, and another edit is not lost", async ({ person }) => {
  const { ana, mine, other } = await two(person);
  await say(mine, "Bravo 👏 to all");
  await expect(comment(other, "Bravo 👏 to all")).toBeVisible();
  for (const reload of [false, true]) {
    if (reload) await mine.reload();
    // A translator's work, and an emoji that is a picture.
    await mine.locator("#comments .said .text").evaluate((/** @type {any} */ text) => {
      text.replaceChildren("Bravo ", Object.assign(new Image(), { alt: "👏" }), " für alle");
    });
    await choose(mine, "für alle", "Edit");
    await expect(mine.getByLabel("Your comment")).toHaveValue("Bravo 👏 to all");
    if (!reload) await mine.getByRole("button", { name: "Cancel" }).first().click();
  }
  await mine.getByLabel("Your comment").fill("Bravo 👏 to everybody");
  // From the phone meanwhile.
  const id = (await mine.locator("#comments .comment").getAttribute("id"))?.slice(8);
  await ana.request.patch(`/api/comments/${id}`, { data: { text: "From the phone" } });
  await expect(mine.locator("#comments .said .text")).toHaveText("From the phone");
  await mine.getByRole("button", { name: "Save" }).click();
  await expect(mine.getByRole("alert").filter({ hasText: "edited this elsewhere" })).toBeVisible();
  await expect(other.locator("#comments .said .text")).toHaveText("From the phone");
  await expect(mine.getByLabel("Your comment")).toHaveValue("Bravo 👏 to everybody");
  await mine.getByRole("button", { name: "Save" }).click();
  await expect(other.locator("#comments .said .text")).toHaveText("Bravo 👏 to everybody");
});

test("half of a character is named in a sentence and never sent", async ({ person }) => {
  const { mine } = await two(person);
  await box(mine).evaluate((/** @type {any} */ text) => {
    text.value = "Bravo \ud83d";
    text.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await box(mine).press("Control+Enter");
  await expect(mine.getByRole("alert").filter({ hasText: "Half of a character" })).toBeVisible();
  await expect(mine.locator(".unsent")).toHaveCount(0);
});
