// Every page and state as people meet it: nothing for axe to find, no sideways scrolling, no broken policy; and a
// picture of each, narrow and wide, light and dark, in test-results/pages/.

import { expect, handle, newPost, open, PASSWORD, photograph, signUp, test, write } from "./support.js";

/** @typedef {import("./support.js").Page} Page */
/** @typedef {{name: string, member?: boolean, go: (page: Page, post: number) => Promise<unknown>}} Look */

/** @type {Look[]} */
const looks = [
  { name: "front", go: (page) => open(page, "/") },
  { name: "front-guest", go: async (page, post) => (await page.request.put(`/api/posts/${post}/like`), open(page, "/")) },
  { name: "front-member", member: true, go: (page) => open(page, "/") },
  { name: "older", go: (page, post) => page.goto(`/?after=${post}`) },
  { name: "no-more", go: (page) => page.goto("/?after=1") },
  { name: "post", go: (page, post) => page.goto(`/posts/${post}`) },
  { name: "post-own", member: true, go: ownPost },
  { name: "likes", go: (page, post) => page.goto(`/posts/${post}/likes`) },
  { name: "nobody-likes", member: true, go: async (page) => page.goto(`/posts/${(await write(page.context(), "Hm")).id}/likes`) },
  { name: "sign-up", go: (page) => page.goto("/sign-up") },
  { name: "sign-up-refused", go: (page) => refused(page, "/sign-up", "Sign up", "no good!") },
  { name: "log-in", go: (page) => page.goto("/log-in") },
  { name: "log-in-refused", go: (page) => refused(page, "/log-in", "Log in", handle()) },
  { name: "not-found", go: (page) => page.goto("/nowhere") },
  { name: "members-only", go: (page) => membersOnly(page) },
  { name: "nobody-known", go: nobodyKnown },
  { name: "too-long", member: true, go: tooLong },
  { name: "pill", go: pill },
  { name: "removed", go: removed },
  { name: "like-refused", go: likeRefused },
  { name: "reconnecting", go: reconnecting },
];

// Axe reads every card four times.
test.setTimeout(90_000);
test.use({ reducedMotion: "reduce" });

for (const look of looks) {
  test(`${look.name} looks right, narrow and wide, light and dark`, async ({ page, person }) => {
    const post = await newPost(person, "A post for the gallery, see https://example.org/gallery?of=applause.");
    authors.set(page, post.by);
    await post.by.request.put(`/api/posts/${post.id}/like`);
    if (look.member) await signUp(page.context(), "Maximiliane von und zu Hohenstaufen-Wittelsbach");
    await look.go(page, post.id);
    await photograph(page, look.name);
  });
}

/** Who wrote the post of a page's test. @type {WeakMap<Page, import("./support.js").Context>} */
const authors = new WeakMap();
const authorOf = (/** @type {Page} */ page) => /** @type {import("./support.js").Context} */ (authors.get(page));

/** @param {Page} page */
async function ownPost(page) {
  const post = await write(page.context(), "Rinderkennzeichnungsfleischetikettierungsüberwachungsaufgabenübertragungsgesetz ".repeat(3));
  await page.goto(`/posts/${post.id}`);
  await page.locator(".single").getByLabel("More").click();
  await page.getByText("Remove…").click();
}

/** @param {Page} page @param {string} path @param {string} button @param {string} name */
async function refused(page, path, button, name) {
  await page.goto(path);
  await page.getByLabel("Handle").fill(name);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: button }).click();
  await expect(page.getByRole("alert")).toBeVisible();
}

/** @param {Page} page */
async function membersOnly(page) {
  await page.goto("/");
  await page.evaluate(() => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = "/posts";
    const text = document.createElement("input");
    text.name = "text";
    text.value = "Let me in";
    form.append(text);
    document.body.append(form);
    form.submit();
  });
  await expect(page.getByRole("heading", { name: "Members only" })).toBeVisible();
}

/** A page where nobody can be looked up. @param {Page} page */
async function nobodyKnown(page) {
  await page.context().setExtraHTTPHeaders({ Authorization: "Bearer nobody" });
  expect((await page.goto("/"))?.status()).toBe(401);
}

/** @param {Page} page */
async function tooLong(page) {
  await open(page, "/");
  await page.getByLabel("What deserves applause?").fill("ß👏".repeat(251));
  await expect(page.getByText("2 too many")).toBeVisible();
  await page.getByRole("button", { name: "Post" }).click();
  await expect(page.getByRole("alert")).toHaveText("1 to 500 characters, this has 502.");
}

/** @param {Page} page */
async function pill(page) {
  await open(page, "/");
  for (let post = 0; post < 3; post++) await write(authorOf(page), `Behind the pill, ${post}`);
  await expect(page.getByRole("button", { name: "3 new posts" })).toBeVisible();
}

/** @param {Page} page @param {number} post */
async function removed(page, post) {
  await open(page, "/");
  await authorOf(page).request.delete(`/api/posts/${post}`);
  await expect(page.getByText("This post was removed.").first()).toBeVisible();
}

/** @param {Page} page @param {number} post */
async function likeRefused(page, post) {
  await page.route("**/api/posts/*/like", (route) =>
    route.fulfill({
      status: 429,
      contentType: "application/problem+json",
      body: JSON.stringify({ code: "rate_limited", detail: "30 new guests an hour from one address: try again in 99 s." }),
    }),
  );
  await open(page, `/posts/${post}`);
  await page.locator("button.like").click();
  await expect(page.getByText("try again in 99 s")).toBeVisible();
  await expect(page.locator("button.like")).toHaveAttribute("aria-pressed", "false");
}

/** @param {Page} page */
async function reconnecting(page) {
  await page.routeWebSocket("**/live*", (socket) => socket.close());
  await page.goto("/");
  await expect(page.getByText("Reconnecting…")).toBeVisible();
}
