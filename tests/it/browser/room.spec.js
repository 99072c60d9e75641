// The room that one text takes among others: bounded, whatever somebody writes.

import { expect, open, signUp, test, write } from "./support.js";

/** @typedef {import("./support.js").Page} Page */

const LINES = Array.from({ length: 240 }, (_, line) => line % 10).join("\n");
const height = (/** @type {Page} */ page, /** @type {string} */ what) =>
  page.locator(what).evaluate((element) => element.getBoundingClientRect().height);

for (const javaScriptEnabled of [true, false]) {
  test(`a part of a long text is shown until somebody asks for the rest, script: ${javaScriptEnabled}`, async ({ person, site }) => {
    const author = await person({ javaScriptEnabled });
    const { handle } = await signUp(author, "Ada");
    const post = await write(author, LINES);
    const short = await write(author, "Short");
    const answer = await author.request.post(`/api/posts/${short.id}/comments`, { data: { text: LINES } });
    const { comment } = await answer.json();
    const page = await author.newPage();
    await page.setViewportSize({ width: 320, height: 700 });
    await page.goto("/");
    await expect(page.locator(`#post-${short.id} .more`)).toBeHidden();
    expect(await height(page, `#post-${post.id} .text`)).toBeLessThan(400);
    await page.locator(`#post-${post.id} .more summary`).focus();
    await page.keyboard.press("Enter");
    expect(await height(page, `#post-${post.id} .text`)).toBeGreaterThan(2000);
    await page.locator(`#post-${post.id}`).getByText("Show less").click();
    expect(await height(page, `#post-${post.id} .text`)).toBeLessThan(400);
    // On its own page all of it stands there, and so does a comment that a link leads to.
    await page.goto(`/posts/${post.id}`);
    expect(await height(page, ".single .text")).toBeGreaterThan(2000);
    await page.goto(`/posts/${short.id}`);
    expect(await height(page, `#comment-${comment.id} .text`)).toBeLessThan(400);
    await page.goto(`/posts/${short.id}#comment-${comment.id}`);
    expect(await height(page, `#comment-${comment.id} .text`)).toBeGreaterThan(2000);
    // The moderators' page is bounded as well.
    const reporter = await person();
    await signUp(reporter);
    await reporter.request.post("/api/reports", { data: { post: post.id, reason: LINES } });
    await site.order("user", "promote", handle);
    await page.goto("/moderation");
    const mine = page.locator(`.cases > li#post-${post.id}`);
    expect(await mine.evaluate((li) => li.getBoundingClientRect().height)).toBeLessThan(1500);
  });
}

test("a long text that comes live or by an edit is shown in part, too", async ({ page, person }) => {
  const author = await person();
  await signUp(author, "Ada");
  await open(page, "/");
  const post = await write(author, "Short");
  await page.locator(".pill").click();
  await expect(page.locator(`#post-${post.id} .more`)).toBeHidden();
  await author.request.patch(`/api/posts/${post.id}`, { data: { text: LINES } });
  await expect(page.locator(`#post-${post.id} .more`)).toBeVisible();
  expect(await height(page, `#post-${post.id} .text`)).toBeLessThan(400);
  await open(page, `/posts/${post.id}`);
  await author.request.post(`/api/posts/${post.id}/comments`, { data: { text: LINES } });
  await expect(page.locator(".said .more")).toBeVisible();
  expect(await height(page, ".said .text")).toBeLessThan(400);
});

test("marks that are piled upon a letter do not paint over what stands above or below", async ({ person }) => {
  // Without a script nothing else on the page changes meanwhile.
  const author = await person({ javaScriptEnabled: false, reducedMotion: "reduce" });
  const page = await author.newPage();
  await signUp(author, `Z${"\u0301".repeat(45)}`);
  const post = await write(author, `a${"\u0301\u0323".repeat(60)}`);
  await author.request.post(`/api/posts/${post.id}/comments`, { data: { text: "A comment" } });
  await page.goto(`/posts/${post.id}`);
  for (const place of [".single .text", ".single .who", ".said .text", ".said .name"]) {
    const here = page.locator(place);
    const box = await here.boundingBox();
    if (!box) throw new Error(`${place} is not there`);
    // Away from the letters themselves.
    const look = () => Promise.all([box.y - 60, box.y + box.height + 10].map((y) =>
      page.screenshot({ clip: { x: box.x, y, width: 60, height: 50 }, mask: [page.locator("time")] })));
    const before = await look();
    // Ink in both directions, as some fonts draw such marks: those of this machine may not.
    await here.evaluate((element) => {
      const ink = document.createElement("span");
      Object.assign(ink.style, { position: "relative", boxShadow: "0 -60px red, 0 60px red" });
      ink.textContent = "x";
      (element.querySelector(".name") ?? element).prepend(ink);
    });
    expect(await here.boundingBox(), place).toMatchObject({ y: box.y, height: box.height });
    const after = await look();
    expect(before.map((picture, at) => Buffer.compare(picture, after[at] ?? picture)), place).toEqual([0, 0]);
  }
});
