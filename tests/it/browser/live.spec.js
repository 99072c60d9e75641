// Likes on open pages: shown everywhere at once, counted once, right again after everything that goes wrong.

import { expect, like, newPost, open, record, shows, signUp, test, write } from "./support.js";

test("two browsers see one like within a second", async ({ person }) => {
  const post = await newPost(person);
  const [ana, bo] = await Promise.all([person(), person()]);
  const [mine, other] = await Promise.all([ana.newPage(), bo.newPage()]);
  await Promise.all([open(mine, `/posts/${post.id}`), open(other, "/")]);
  // Both clocks are the machine's, and both are read where it happens: the test's own way takes its time.
  await mine.evaluate(() => document.addEventListener(
    "click", () => (/** @type {any} */ (window).clicked = performance.timeOrigin + performance.now()), true,
  ));
  await other.evaluate((id) => {
    const count = document.querySelector(`#post-${id} .count`);
    new MutationObserver(() => (/** @type {any} */ (window).seen ??= performance.timeOrigin + performance.now()))
      .observe(/** @type {Node} */ (count), { childList: true });
  }, post.id);
  await like(mine, post.id).click();
  await shows(other, post.id, 1, false);
  const [clicked, seen] = [await mine.evaluate("clicked"), await other.evaluate("seen")];
  expect(Number(seen) - Number(clicked)).toBeLessThan(1000);
  await shows(mine, post.id, 1, true);
});

test("a double click is one like, and two quick ones never show more than one", async ({ person }) => {
  const post = await newPost(person);
  const page = await (await person()).newPage();
  await open(page, `/posts/${post.id}`);
  const counts = await record(page, post.id);
  await like(page, post.id).dblclick();
  await shows(page, post.id, 1, true);
  for (let click = 0; click < 5; click++) await like(page, post.id).click();
  await shows(page, post.id, 0, false);
  await expect.poll(async () => (await (await page.request.get(`/api/posts/${post.id}`)).json()).post.likes).toBe(0);
  expect(Math.max(...(await counts()))).toBe(1);
  expect(Math.min(...(await counts()))).toBe(0);
});

test("two tabs of one member agree at once", async ({ person }) => {
  const post = await newPost(person);
  const ana = await person();
  await signUp(ana);
  const [one, two] = await Promise.all([ana.newPage(), ana.newPage()]);
  await Promise.all([open(one, "/"), open(two, `/posts/${post.id}`)]);
  const counts = await record(two, post.id);
  await like(one, post.id).click();
  await shows(two, post.id, 1, true);
  await like(two, post.id).click();
  await shows(one, post.id, 0, false);
  await Promise.all([like(one, post.id).click(), like(two, post.id).click()]);
  await expect.poll(async () => (await counts()).length).toBeGreaterThan(2);
  expect(Math.max(...(await counts()))).toBe(1);
});

test("two tabs of a visitor without a session become the same guest", async ({ person }) => {
  const post = await newPost(person);
  const visitor = await person();
  const [one, two] = await Promise.all([visitor.newPage(), visitor.newPage()]);
  await Promise.all([open(one, "/"), open(two, "/")]);
  const counts = await record(two, post.id);
  await like(one, post.id).click();
  await shows(two, post.id, 1, true);
  await like(two, post.id).click();
  await shows(one, post.id, 0, false);
  expect(Math.max(...(await counts()))).toBe(1);
});

test("a like that the server pushes before it answers shows once", async ({ person }) => {
  const post = await newPost(person);
  const visitor = await person();
  const page = await visitor.newPage();
  // The first like goes by HTTP. Its answer is held until the push of the same like has come.
  let answer = () => {};
  const held = new Promise((done) => (answer = () => done(undefined)));
  await page.route("**/api/posts/*/like", async (route) => {
    const response = await route.fetch();
    await held;
    await route.fulfill({ response });
  });
  await open(page, `/posts/${post.id}`);
  const counts = await record(page, post.id);
  const pushed = page.waitForEvent("console", { predicate: (message) => message.text() === "pushed" });
  await page.evaluate((id) => {
    const element = document.querySelector(`#post-${id} plaudit-like`);
    // The name of the button changes with every count that comes.
    new MutationObserver(() => console.log("pushed")).observe(/** @type {Node} */ (element), { subtree: true, attributes: true });
  }, post.id);
  await like(page, post.id).click();
  await pushed;
  const other = await (await person()).newPage();
  await open(other, `/posts/${post.id}`);
  await shows(other, post.id, 1);
  await like(other, post.id).click();
  await shows(page, post.id, 2, true);
  answer();
  await shows(other, post.id, 2, true);
  await shows(page, post.id, 2, true);
  expect(Math.max(...(await counts()))).toBe(2);
});

test("a guest's like survives signing up", async ({ person }) => {
  const post = await newPost(person);
  const page = await (await person()).newPage();
  await open(page, `/posts/${post.id}`);
  const made = page.waitForResponse((answer) => answer.url().endsWith("/like"));
  await like(page, post.id).click();
  await shows(page, post.id, 1, true);
  await made;
  await page.reload();
  await shows(page, post.id, 1, true);
  await page.getByRole("link", { name: "Sign up" }).click();
  await page.getByLabel("Handle").fill(`guest_${post.id}_${Date.now() % 100_000}`);
  await page.getByLabel("Password").fill("three quiet words");
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByRole("button", { name: "Log out" })).toBeVisible();
  await page.goto(`/posts/${post.id}`);
  await shows(page, post.id, 1, true);
});

for (const width of [320, 375, 768, 1280]) {
  test(`the pill stands below the header, ${width} px`, async ({ person }) => {
    const { by } = await newPost(person);
    const page = await (await person({ viewport: { width, height: 640 } })).newPage();
    await open(page, "/");
    await write(by, "Another one");
    const pill = page.getByRole("button", { name: "1 new post" });
    await expect(pill).toBeVisible();
    const box = async (/** @type {import("@playwright/test").Locator} */ at) => (await at.boundingBox()) ?? { y: NaN, height: 0 };
    // At the top of the list, and where it sticks.
    for (const scrolls of [false, true]) {
      if (scrolls) await page.evaluate(() => scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" }));
      const header = await box(page.getByRole("banner"));
      expect((await box(pill)).y).toBeGreaterThanOrEqual(header.y + header.height);
    }
  });
}

test("new posts wait behind a pill, and nothing moves until it is asked for", async ({ person }) => {
  const post = await newPost(person);
  const page = await (await person()).newPage();
  await open(page, "/");
  const place = await like(page, post.id).boundingBox();
  const texts = ["A first <b>one</b> with https://example.org/a.", "A second one\nof two lines", "A third"];
  /** @type {any[]} */ const written = [];
  for (const text of texts) written.push(await write(post.by, text));
  const pill = page.getByRole("button", { name: "3 new posts" });
  await expect(pill).toBeVisible();
  expect(await like(page, post.id).boundingBox()).toEqual(place);
  await expect(page.locator("#announcer")).toContainText("new post");
  await pill.click();
  await expect(pill).toBeHidden();
  const cards = page.locator(".posts > .post");
  await expect(cards.first()).toHaveAttribute("id", `post-${written[2].id}`);
  // A card that came live is the same as the one that the server renders.
  const plain = (/** @type {number} */ id) => page.locator(`#post-${id}`).evaluate((card) => {
    const copy = /** @type {HTMLElement} */ (card.cloneNode(true));
    copy.querySelectorAll("time").forEach((time) => time.removeAttribute("title"));
    copy.querySelectorAll("input, .count").forEach((changed) => changed.replaceChildren(changed.textContent ?? ""));
    return copy.outerHTML.replace(/>\s+</g, "><");
  });
  const live = await Promise.all(written.map(({ id }) => plain(id)));
  await page.reload();
  await expect(page.locator(`#post-${written[0].id} a[href="https://example.org/a"]`)).toBeVisible();
  await expect(page.locator("time").first()).toHaveText("just now");
  expect(await Promise.all(written.map(({ id }) => plain(id)))).toEqual(live);
  // And it is live.
  await like(page, written[2].id).click();
  await shows(page, written[2].id, 1, true);
});

test("a short text is set large, unless it has a link, on cards of either making", async ({ page, person }) => {
  const author = await person();
  await signUp(author);
  await open(page, "/");
  const short = await write(author, "Encore!");
  const link = await write(author, "Encore: https://example.org/encore");
  await page.getByRole("button", { name: "2 new posts" }).click();
  for (const reload of [true, false]) {
    await expect(page.locator(`#post-${short.id} .text`)).toHaveClass("text large");
    await expect(page.locator(`#post-${link.id} .text`)).toHaveClass("text");
    if (reload) await page.reload();
  }
});

test("a post that is removed says so in its place", async ({ person }) => {
  const post = await newPost(person, "Soon gone");
  const below = await (await person()).newPage();
  const other = await (await person()).newPage();
  await Promise.all([open(below, "/"), open(other, `/posts/${post.id}`)]);
  const size = await below.locator(`#post-${post.id}`).boundingBox();
  const author = await post.by.newPage();
  await author.goto(`/posts/${post.id}`);
  await author.getByLabel("More").click();
  await author.getByText("Remove…").click();
  await author.getByRole("button", { name: "Remove this post" }).click();
  await expect(author).toHaveURL(/\/$/);
  for (const page of [below, other]) {
    await expect(page.locator(`#post-${post.id}`)).toHaveText("This post was removed.");
  }
  expect(await below.locator(`#post-${post.id}`).boundingBox()).toEqual(size);
});

test("a refused like goes back and says why", async ({ person, server }) => {
  const baseURL = server.url;
  const page = await (await person({ baseURL })).newPage();
  await open(page, "/");
  const post = Number((await page.locator(".post").first().getAttribute("id"))?.slice(5));
  await server.kill();
  await like(page, post).click();
  await shows(page, post, 0, false);
  await expect(page.locator(`#post-${post} .refusal`)).toContainText("can't be reached");
});

test("after a kill and a restart both pages are right again without a reload", async ({ person, server }) => {
  const baseURL = server.url;
  const [ana, bo] = await Promise.all([person({ baseURL }), person({ baseURL })]);
  const [mine, other] = await Promise.all([ana.newPage(), bo.newPage()]);
  await Promise.all([open(mine, "/"), open(other, "/")]);
  const post = Number((await mine.locator(".post").first().getAttribute("id"))?.slice(5));
  // The answer brings the guest's cookie: without it nobody could know whose like it was.
  const answered = mine.waitForResponse("**/like");
  await like(mine, post).click();
  await answered;
  await shows(other, post, 1, false);
  for (const page of [mine, other]) await page.evaluate(() => (/** @type {any} */ (window).kept = true));

  await server.kill();
  for (const page of [mine, other]) await expect(page.getByText("Reconnecting…")).toBeVisible();
  await server.start();
  // Somebody acts while the pages are still away.
  const third = await person({ baseURL });
  await third.request.put(`/api/posts/${post}/like`);
  for (const page of [mine, other]) {
    await expect(page.getByText("Reconnecting…")).toBeHidden();
    await shows(page, post, 2);
  }
  await shows(mine, post, 2, true);
  await like(other, post).click();
  await shows(mine, post, 3, true);
  for (const page of [mine, other]) expect(await page.evaluate(() => /** @type {any} */ (window).kept)).toBe(true);
});

test("a page that comes back from the browser's cache is live and right", async ({ person }) => {
  const post = await newPost(person);
  const page = await (await person()).newPage();
  await open(page, "/");
  await page.goto(`/posts/${post.id}/likes`);
  const other = await person();
  await other.request.put(`/api/posts/${post.id}/like`);
  await page.goBack();
  await shows(page, post.id, 1, false);
  await other.request.delete(`/api/posts/${post.id}/like`);
  await shows(page, post.id, 0, false);
});
