// A post's menu: its author gives it another text, in place and without a script; anybody copies or shares its link.

import { expect, handle, newPost, open, photograph, signUp, test, write } from "./support.js";

/** @typedef {import("./support.js").Page} Page */
/** @typedef {import("./support.js").Context} Context */

/** Opens a post's menu. @param {Page} page @param {number} post */
async function menu(page, post) {
  await page.locator(`#post-${post}`).getByLabel("More").click();
  return page.locator(`#post-${post} .menu-list`);
}

const text = (/** @type {Page} */ page, /** @type {number} */ post) => page.locator(`#post-${post} > .text`);

/** Ana with a post and a page at it; somebody else at the front page. @param {any} person */
async function two(person) {
  const [ana, ben] = await Promise.all([person(), person()]);
  await Promise.all([signUp(ana, "Ana"), signUp(ben, "Ben")]);
  const post = await write(ana, "Bravo 👏 to all");
  const [mine, other] = await Promise.all([ana.newPage(), ben.newPage()]);
  await Promise.all([open(mine, `/posts/${post.id}`), open(other, "/")]);
  return { ana, mine, other, post: post.id };
}

test("an author edits a post in its card, and every open feed shows it", async ({ person }) => {
  const { mine, other, post } = await two(person);
  // A translator's work, and an emoji that is a picture.
  await text(mine, post).evaluate((/** @type {any} */ text) => text.replaceChildren("Bravo für alle", new Image()));
  await (await menu(mine, post)).getByRole("link", { name: "Edit" }).click();
  const field = mine.getByLabel("Your post");
  await expect(field).toBeFocused();
  await expect(field).toHaveValue("Bravo 👏 to all");
  await expect(text(mine, post)).toBeHidden();
  await field.fill("x".repeat(501));
  await field.press("Control+Enter");
  await expect(mine.getByRole("alert").filter({ hasText: "1 to 500 characters, this has 501." })).toBeVisible();
  await field.fill("Bravo 👏 to everybody");
  await mine.getByRole("button", { name: "Save" }).click();
  await expect(text(mine, post)).toHaveText("Bravo 👏 to everybody");
  await expect(mine.locator(`#post-${post}`).getByLabel("More")).toBeFocused();
  await expect(text(other, post)).toHaveText("Bravo 👏 to everybody");
  for (const page of [mine, other]) await expect(page.locator(`#post-${post} .when`)).toContainText("edited");
  await expect((await menu(other, post)).getByText("Edit")).toBeHidden();
});

test("an edit is given up with Cancel and Escape, and what is not the reader's any more leads to its page", async ({ person }) => {
  const { ana, mine, post } = await two(person);
  for (const leave of [() => mine.getByRole("link", { name: "Cancel" }).click(), () => mine.keyboard.press("Escape")]) {
    await (await menu(mine, post)).getByRole("link", { name: "Edit" }).click();
    await mine.getByLabel("Your post").fill("Not this");
    await leave();
    await expect(mine.getByLabel("Your post")).toHaveCount(0);
    await expect(text(mine, post)).toHaveText("Bravo 👏 to all");
  }
  await ana.request.delete(`/api/posts/${post}`);
  await mine.goto(`/posts/${post}/edit`);
  await expect(mine.getByRole("heading", { name: "The stage is empty" })).toBeVisible();
});

for (const javaScriptEnabled of [true, false]) {
  test(`a newer edit is not lost, ${javaScriptEnabled ? "in the card" : "without a script"}`, async ({ person }) => {
    const ana = await person({ javaScriptEnabled });
    await signUp(ana, "Ana");
    const { id } = await write(ana, "First");
    const page = await ana.newPage();
    await page.goto(`/posts/${id}`);
    await (await menu(page, id)).getByRole("link", { name: "Edit" }).click();
    await page.getByLabel("Your post").fill("From the desk");
    await ana.request.patch(`/api/posts/${id}`, { data: { text: "From the phone" } });
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("alert")).toContainText("edited in another place");
    await expect(page.locator(".quote .text")).toHaveText("From the phone");
    await expect(page.getByLabel("Your post")).toHaveValue("From the desk");
    expect((await (await ana.request.get(`/api/posts/${id}`)).json()).post.text).toBe("From the phone");
    if (javaScriptEnabled) await photograph(page, "edit-superseded");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(text(page, id)).toHaveText("From the desk");
    await expect(page).toHaveURL(new RegExp(`/posts/${id}$`));
  });
}

test("the link to a post is copied, and shared where the system can", async ({ person }) => {
  const post = await newPost(person);
  const reader = await person();
  await reader.grantPermissions(["clipboard-read", "clipboard-write"]);
  await reader.addInitScript(() => {
    Object.assign(navigator, { share: async (/** @type {any} */ what) => void ((/** @type {any} */ (window)).shared = what) });
  });
  const page = await reader.newPage();
  await open(page, "/");
  const list = await menu(page, post.id);
  await list.getByRole("link", { name: "Copy link" }).click();
  await expect(list.getByText("Copied")).toBeVisible();
  await expect(page.locator("#announcer")).toHaveText("The link was copied");
  const address = `${new URL(page.url()).origin}/posts/${post.id}`;
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(address);
  await list.getByRole("button", { name: "Share…" }).click();
  await expect(list).toBeHidden();
  expect(await page.evaluate(() => /** @type {any} */ (window).shared)).toEqual({ url: address, title: "Ada Author on Plaudit" });
  await menu(page, post.id);
  await page.keyboard.press("Escape");
  await expect(list).toBeHidden();
  await menu(page, post.id);
  await page.locator("footer.foot").click();
  await expect(list).toBeHidden();
});

test("without a script the menu leads to the post, and its author removes it in two steps", async ({ person }) => {
  const plain = await person({ javaScriptEnabled: false });
  await signUp(plain, "Zoë");
  const { id } = await write(plain, "Plain");
  const page = await plain.newPage();
  await page.goto("/");
  const list = await menu(page, id);
  await expect(list.getByRole("button", { name: "Share…" })).toBeHidden();
  await list.getByRole("link", { name: "Link to this post" }).click();
  await expect(page).toHaveURL(new RegExp(`/posts/${id}$`));
  await (await menu(page, id)).getByText("Remove…").click();
  await page.getByRole("button", { name: "Remove this post" }).click();
  await page.goto(`/posts/${id}`);
  await expect(page.getByRole("heading", { name: "The stage is empty" })).toBeVisible();
});

/** @type {[string, (page: Page, post: number) => Promise<unknown>][]} */
const looks = [
  ["edit", (page, post) => page.goto(`/posts/${post}/edit`)],
  ["edit-refused", async (page, post) => {
    await page.goto(`/posts/${post}/edit`);
    await page.getByLabel("Your post").fill("Too long. ".repeat(60));
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("alert")).toBeVisible();
  }],
  ["edit-in-place", async (page, post) => {
    await open(page, `/posts/${post}`);
    await (await menu(page, post)).getByRole("link", { name: "Edit" }).click();
    await expect(page.getByLabel("Your post")).toBeFocused();
  }],
  ["post-menu", async (page, post) => {
    await open(page, "/");
    await (await menu(page, post)).getByText("Remove…").click();
  }],
];

for (const [name, go] of looks) {
  test(`${name} looks right`, async ({ page }) => {
    test.setTimeout(120_000);
    const data = { handle: `${handle("long_long")}`.padEnd(30, "w"), password: "three quiet words", name: "Maximiliane von und zu Hohenstaufen" };
    expect((await page.request.post("/api/users", { data })).status()).toBe(201);
    const { id } = await write(page.context(), "The choir learned a song in one evening. Nobody filmed it.");
    await go(page, id);
    await photograph(page, name);
  });
}
