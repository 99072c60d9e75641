// For people who use a keyboard, a screen reader, less motion, or a network that comes and goes.

import { expect, like, newPost, open, shows, signUp, test, write } from "./support.js";

test("everything can be done with the keyboard", async ({ page, person }) => {
  await signUp(page.context());
  await open(page, "/");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  const text = page.getByLabel("What deserves applause?");
  await expect(text).toBeFocused();
  await page.keyboard.type("Typed, not clicked");
  await page.keyboard.press("Control+Enter");
  const card = page.locator(".post").first();
  await expect(card).toContainText("Typed, not clicked");
  await expect(text).toHaveValue("");
  const own = Number((await card.getAttribute("id"))?.slice(5));
  await like(page, own).focus();
  const outline = await like(page, own).evaluate((button) => getComputedStyle(button).outlineStyle);
  expect(outline).not.toBe("none");
  await page.keyboard.press("Space");
  await shows(page, own, 1, true);
  await page.keyboard.press("Enter");
  await shows(page, own, 0, false);
  await expect(like(page, own)).toBeFocused();

  const other = await newPost(person);
  const pill = page.getByRole("button", { name: "1 new post" });
  await expect(pill).toBeVisible();
  await pill.focus();
  await page.keyboard.press("Enter");
  await expect(page.locator(`#post-${other.id} a`).first()).toBeFocused();
});

test("a screen reader hears what the button is, and counts that change, but not each", async ({ page, person }) => {
  const post = await newPost(person);
  await open(page, `/posts/${post.id}`);
  await expect(page.getByRole("button", { name: "Like, 0 likes", pressed: false })).toBeVisible();
  const said = page.locator("#announcer");
  await said.evaluate((region) => {
    /** @type {(string | null)[]} */ const all = (/** @type {any} */ (window).said = []);
    new MutationObserver(() => all.push(region.textContent)).observe(region, { childList: true });
  });
  for (let guest = 1; guest <= 4; guest++) await (await person()).request.put(`/api/posts/${post.id}/like`);
  await expect(page.getByRole("button", { name: "Like, 4 likes", pressed: false })).toBeVisible();
  await expect(said).toHaveText("4 likes");
  expect((await page.evaluate(() => /** @type {any} */ (window).said)).length).toBeLessThanOrEqual(2);
});

test("the count rolls, and does not for those who asked for less motion", async ({ person }) => {
  const post = await newPost(person);
  for (const [reducedMotion, moves] of /** @type {const} */ ([["no-preference", true], ["reduce", false]])) {
    const page = await (await person({ reducedMotion })).newPage();
    await open(page, `/posts/${post.id}`);
    await page.evaluate(() => document.addEventListener("animationstart", () => (/** @type {any} */ (window).moved = true)));
    await like(page, post.id).click();
    await expect(like(page, post.id)).toHaveAttribute("aria-pressed", "true");
    await expect(page.locator(".count .up")).toBeVisible();
    const animations = await page.locator(".count .up").evaluate((digit) => getComputedStyle(digit).animationName);
    expect(animations !== "none").toBe(moves);
  }
});

test("a text that was not sent outlives a reload, and a retry does not post it twice", async ({ page }) => {
  await signUp(page.context());
  await open(page, "/");
  const text = page.getByLabel("What deserves applause?");
  await text.fill("Half a thought");
  await page.reload();
  await expect(text).toHaveValue("Half a thought");

  // The post is written, and its answer is lost.
  /** @type {string[]} */ const keys = [];
  await page.route("**/api/posts", async (route) => {
    keys.push(route.request().postDataJSON().key);
    const response = await route.fetch();
    if (keys.length === 1) await route.abort();
    else await route.fulfill({ response });
  });
  await page.getByRole("button", { name: "Post" }).click();
  await expect(page.getByRole("alert")).toContainText("can't be reached");
  await page.reload();
  await page.getByRole("button", { name: "Post" }).click();
  await expect(text).toHaveValue("");
  await expect(page.locator(".post").filter({ hasText: "Half a thought" })).toHaveCount(1);
  expect(keys[1]).toBe(keys[0]);
  await page.reload();
  await expect(page.locator(".post").filter({ hasText: "Half a thought" })).toHaveCount(1);
  await expect(text).toHaveValue("");
});

test("a page whose session ended elsewhere says so", async ({ person }) => {
  const ana = await person();
  await signUp(ana);
  const [one, two] = await Promise.all([ana.newPage(), ana.newPage()]);
  await Promise.all([open(one, "/"), open(two, "/")]);
  await one.getByRole("button", { name: "Log out" }).click();
  await expect(two.getByText("You logged in or out elsewhere")).toBeVisible();
  await two.getByRole("link", { name: "Reload" }).click();
  await expect(two.getByRole("link", { name: "Log in" })).toBeVisible();
});

test("a page that was away resumes where it was as soon as the network is back", async ({ page, person }) => {
  const post = await newPost(person);
  let reachable = true;
  /** @type {import("@playwright/test").WebSocketRoute | null} */ let last = null;
  /** @type {string[]} */ const commands = [];
  await page.routeWebSocket("**/live*", (socket) => {
    last = socket;
    if (!reachable) return socket.close({ code: 4100 });
    const server = socket.connectToServer();
    socket.onMessage((command) => {
      commands.push(`${command}`);
      server.send(command);
    });
  });
  await page.goto("/");
  await expect.poll(() => commands.length).toBeGreaterThan(0);
  const seq = await page.locator("plaudit-feed").getAttribute("seq");
  reachable = false;
  await /** @type {any} */ (last).close({ code: 4100 });
  await write(post.by, "Written while you were away");
  await expect(page.getByText("Reconnecting…")).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: "Reconnecting…" })).toBeVisible();
  reachable = true;
  commands.length = 0;
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await expect(page.getByText("Reconnecting…")).toBeHidden();
  await expect(page.getByRole("button", { name: /new post/ })).toBeVisible();
  const since = JSON.parse(commands[0] ?? "{}").topics.find((/** @type {any} */ { topic }) => topic === "feed:latest").since;
  expect(since).toBeGreaterThanOrEqual(Number(seq));
});
