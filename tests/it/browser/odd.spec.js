// Browsers that keep nothing, clocks that are wrong, addresses that are not the site's, servers that were updated.

import { Server } from "./server.js";
import { expect, like, newPost, open, shows, signUp, test } from "./support.js";

/** @typedef {import("./support.js").Page} Page */

/** How many like a post, as the server has it. @param {Page} page @param {number} post */
const likes = async (page, post) => (await (await page.request.get(`/api/posts/${post}`)).json()).post.likes;

test("a browser that throws the site's cookie away likes at most once, and is told why", async ({ person }) => {
  const post = await newPost(person);
  const context = await person();
  const page = await context.newPage();
  // The browser forgets every cookie at once.
  await page.route("**/api/**", async (route) => {
    const response = await route.fetch({ headers: { ...(await route.request().allHeaders()), cookie: "" } });
    const headers = response.headers();
    delete headers["set-cookie"];
    await route.fulfill({ response, headers });
    await context.clearCookies();
  });
  await open(page, `/posts/${post.id}`);
  for (let press = 0; press < 4; press++) {
    await like(page, post.id).click();
    await expect(page.locator(".refusal")).toContainText("does not keep this site's cookie");
    await shows(page, post.id, 1, false);
  }
  expect(await likes(page, post.id)).toBe(1);
});

test("a browser that says that it keeps no cookies likes nothing, and is told why", async ({ person }) => {
  const post = await newPost(person);
  const page = await (await person()).newPage();
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "cookieEnabled", { get: () => false }));
  await open(page, `/posts/${post.id}`);
  await like(page, post.id).click();
  await expect(page.locator(".refusal")).toContainText("does not keep this site's cookie");
  await shows(page, post.id, 0, false);
  expect(await likes(page, post.id)).toBe(0);
});

test("without storage and newer functions of browsers the pages are live all the same", async ({ person }) => {
  const post = await newPost(person);
  const ana = await person();
  await signUp(ana, "Ana");
  const page = await ana.newPage();
  await page.addInitScript(() => {
    for (const name of ["sessionStorage", "localStorage"]) {
      Object.defineProperty(window, name, { get: () => { throw new DOMException("no", "SecurityError"); } });
    }
    const none = /** @type {any} */ (window);
    none.BroadcastChannel = class { constructor() { throw new DOMException("no", "SecurityError"); } };
    delete none.AbortSignal.timeout;
    delete none.AbortSignal.any;
    delete none.String.prototype.isWellFormed;
    delete none.Performance.prototype.getEntriesByType;
  });
  await open(page, `/posts/${post.id}`);
  await like(page, post.id).click();
  await shows(page, post.id, 1, true);
  await page.getByLabel("Write a comment").fill("Said without storage");
  await page.keyboard.press("Control+Enter");
  await expect(page.locator("#comments .said")).toContainText("Said without storage");
  await expect(page.locator(".unsent")).toHaveCount(0);
  await open(page, "/");
  await page.getByLabel("What deserves applause?").fill("Posted without storage");
  await page.keyboard.press("Control+Enter");
  await expect(page.locator(".posts .post").first()).toContainText("Posted without storage");
});

test("a comment that does not fit into the storage is sent all the same", async ({ person }) => {
  const post = await newPost(person);
  const ana = await person();
  await signUp(ana, "Ana");
  const page = await ana.newPage();
  await page.addInitScript(() => {
    Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
  });
  await open(page, `/posts/${post.id}`);
  await page.getByLabel("Write a comment").fill("Too much for the storage");
  await page.keyboard.press("Control+Enter");
  await expect(page.locator("#comments .said")).toContainText("Too much for the storage");
  await expect.poll(async () => (await (await page.request.get(`/api/posts/${post.id}/comments`)).json()).items.length).toBe(1);
});

for (const [days, what] of /** @type {const} */ ([[1, "ahead"], [-1, "behind"]])) {
  test(`a reader whose clock is a day ${what} sees the server's times, and may edit`, async ({ person }) => {
    const post = await newPost(person);
    const ana = await person();
    await signUp(ana, "Ana");
    const answer = await ana.request.post(`/api/posts/${post.id}/comments`, { data: { text: "Just said" } });
    expect(answer.status()).toBe(201);
    const page = await ana.newPage();
    await page.addInitScript((ms) => {
      const real = Date.now;
      Date.now = () => real() + ms;
      const origin = performance.timeOrigin + ms;
      Object.defineProperty(Performance.prototype, "timeOrigin", { get: () => origin });
    }, days * 86_400_000);
    await open(page, `/posts/${post.id}`);
    await expect(page.locator("#comments time")).toHaveText("just now");
    await page.locator("#comments").getByLabel("More").click();
    await expect(page.getByRole("link", { name: "Edit" })).toBeVisible();
  });
}

test("a page under an address that is not the site's says why it is not live", async ({ person }) => {
  const server = await new Server({ PLAUDIT_PUBLIC_URL: "https://plaudit.example" }).start();
  try {
    const page = await (await person({ baseURL: server.url })).newPage();
    await page.goto("/posts/1");
    await expect(page.locator("plaudit-connection")).toContainText("The site's own address is https://plaudit.example");
  } finally {
    await server.remove();
  }
});

test("a page that was open before an update says so, and is live meanwhile", async ({ person, server }) => {
  const page = await (await person({ baseURL: server.url })).newPage();
  await page.addInitScript(() => (Math.random = () => 0));
  await page.route("**/assets/build", (route) => route.fulfill({ body: "/assets/0123456789ab" }));
  await open(page, "/posts/1");
  await expect(page.locator("plaudit-connection p")).toBeHidden();
  await server.kill();
  await server.start();
  await expect(page.locator("plaudit-connection")).toContainText("Plaudit was updated. Reload");
  await like(page, 1).click();
  await shows(page, 1, 1, true);
});

test("a page that asks for the files of an older build is styled and live", async ({ person }) => {
  const page = await (await person()).newPage();
  const post = await newPost(person);
  /** @type {string[]} */ const asked = [];
  await page.route("**/assets/*/{post.js,css/site.css}", (route) => {
    const url = route.request().url().replace(/\/assets\/[0-9a-f]{12}\//, "/assets/0123456789ab/");
    asked.push(url);
    return route.continue({ url });
  });
  await open(page, `/posts/${post.id}`);
  expect(asked).toHaveLength(2);
  await like(page, post.id).click();
  await shows(page, post.id, 1, true);
  expect(await page.locator("body").evaluate((body) => getComputedStyle(body).marginTop)).toBe("0px");
});

test("a form whose button is pressed twice is sent once", async ({ person }) => {
  const page = await (await person()).newPage();
  await page.goto("/sign-up");
  await page.getByLabel("Handle").fill(`twice_${Date.now() % 1_000_000}`);
  await page.getByLabel("Password").fill("three quiet words");
  // Both clicks are in the page, since a test's own click waits for the navigation. The first request is held back until
  // the second click is done, and the second click waits until the first request is on its way.
  /** @type {import("@playwright/test").Route[]} */ const posts = [];
  let pressed = () => {};
  const both = new Promise((resolve) => (pressed = () => resolve(undefined)));
  let left = () => {};
  const first = new Promise((resolve) => (left = () => resolve(undefined)));
  await page.route("**/sign-up", async (route) => {
    if (route.request().method() === "POST") {
      posts.push(route);
      left();
      await both;
    }
    await route.continue().catch(() => {});
  });
  await page.route("**/sent", (route) => first.then(() => route.fulfill({ status: 204 })));
  await page.route("**/pressed", (route) => route.fulfill({ status: 204 }).then(pressed));
  const clicks = page.getByRole("button", { name: "Sign up" }).evaluate(async (button) => {
    /** @type {HTMLElement} */ (button).click();
    await fetch("/sent");
    /** @type {HTMLElement} */ (button).click();
    await fetch("/pressed");
  });
  // The page that they are in goes away.
  await Promise.all([clicks.catch(() => {}), expect(page.getByRole("button", { name: "Log out" })).toBeVisible()]);
  expect(posts).toHaveLength(1);
});
