// Names as people choose them: beside their handles, marked where it matters, and never turning around what is near.

import { expect, open, signUp, test, write } from "./support.js";

/** @typedef {import("./support.js").Page} Page */

/** Whether nothing else stands between the parts of an element, on any of its lines. @param {HTMLElement} element */
function holds(element) {
  const range = document.createRange();
  const boxes = (/** @type {Node} */ node) => (range.selectNodeContents(node), [...range.getClientRects()]);
  const own = boxes(element);
  const lines = own.map(({ top }) => {
    const line = own.filter((box) => Math.abs(box.top - top) < 8);
    return { top, left: Math.min(...line.map(({ left }) => left)), right: Math.max(...line.map(({ right }) => right)) };
  });
  const others = [...(element.parentElement?.childNodes ?? [])].filter((node) => node !== element).flatMap(boxes);
  return !others.some((other) => lines.some(({ top, left, right }) =>
    Math.abs(other.top - top) < 8 && other.right > left + 1 && other.left < right - 1));
}

const comment = (/** @type {Page} */ page, /** @type {string} */ text) => page.locator(".said", { hasText: text });

test("whoever comments is told apart: by the handle, and the post's author and moderators by marks", async ({ page, person, site }) => {
  const [author, ben, mia] = [await person(), await person(), await person()];
  const ana = await signUp(author, "Ana Lima");
  const other = await signUp(ben, "Ana Lima");
  const { handle } = await signUp(mia, "Mia");
  await site.order("user", "promote", handle);
  const post = await write(author, "Who is who?");
  /** @param {import("./support.js").Context} context @param {string} text */
  const say = (context, text) => context.request.post(`/api/posts/${post.id}/comments`, { data: { text } });
  await say(author, "early author");
  await say(ben, "early other");
  await say(mia, "early moderator");
  // High enough to show what comes.
  await page.setViewportSize({ width: 1280, height: 2000 });
  await open(page, `/posts/${post.id}`);
  await say(author, "live author");
  await say(ben, "live other");
  await say(mia, "live moderator");
  for (const when of ["early", "live"]) {
    await expect(comment(page, `${when} author`).locator(".badge")).toHaveText(["Author"]);
    await expect(comment(page, `${when} other`).locator(".badge")).toHaveCount(0);
    await expect(comment(page, `${when} moderator`).locator(".badge")).toHaveText(["Moderator"]);
  }
  for (const width of [1280, 700, 320]) {
    await page.setViewportSize({ width, height: 2000 });
    for (const [text, user] of /** @type {const} */ ([["live author", ana], ["early author", ana], ["live other", other]])) {
      await expect(comment(page, text).locator(".handle")).toBeInViewport({ ratio: 0.99 });
      await expect(comment(page, text).locator(".handle")).toHaveText(`@${user.handle}`);
    }
  }
  // A screen reader hears the mark with the name.
  await expect(page.getByRole("article", { name: `Ana Lima @${ana.handle} Author` }).first()).toBeVisible();
});

test("the longest name leaves room for the longest handle", async ({ page, person }) => {
  const ada = await person();
  const data = { handle: `w${Date.now()}`.padEnd(30, "w"), password: "three quiet words", name: "W".repeat(50) };
  await ada.request.post("/api/users", { data });
  const post = await write(ada, "Wide");
  await ada.request.post(`/api/posts/${post.id}/comments`, { data: { text: "Wider" } });
  for (const path of [`/posts/${post.id}`, "/", `/@${data.handle}`]) {
    await page.goto(path);
    for (const width of [1280, 740, 600, 320]) {
      await page.setViewportSize({ width, height: 900 });
      const cut = await page.locator(".post .handle, .said .handle").evaluateAll((handles) => handles.filter((handle) => {
        const box = handle.getBoundingClientRect();
        for (let parent = handle.parentElement; parent && parent.tagName !== "ARTICLE"; parent = parent.parentElement) {
          const outer = parent.getBoundingClientRect();
          if (getComputedStyle(parent).overflowX !== "visible" && box.right > outer.right + 1) return true;
        }
        return !box.width || handle.scrollWidth > handle.clientWidth + 1 && getComputedStyle(handle).overflowX !== "visible";
      }).length);
      expect(cut, `${path}, ${width} px`).toBe(0);
    }
  }
});

test("a link and a name hold together whatever direction they and their sentence have", async ({ page, person }) => {
  const [author, noa] = [await person(), await person()];
  const user = await signUp(author, "(2) דנה!");
  await signUp(noa, "(3) نور?");
  const texts = [
    "See https://example.org/مقالة שלום to all",
    "ראו https://example.org/a/مقالة?b=2 כאן",
  ];
  const [one, two] = [await write(author, texts[0] ?? ""), await write(author, texts[1] ?? "")];
  await open(page, `/@${user.handle}`);
  await page.setViewportSize({ width: 1280, height: 900 });
  for (const { id } of [one, two]) {
    expect(await page.locator(`#post-${id} .text a`).evaluate(holds)).toBe(true);
  }
  expect(await page.title()).toBe(`\u2068(2) דנה!\u2069 (@${user.handle}) · Plaudit`);
  // What is live is made by the browser.
  await open(page, `/posts/${one.id}`);
  await noa.request.post(`/api/posts/${one.id}/comments`, { data: { text: texts[0] } });
  const said = comment(page, "to all");
  expect(await said.locator(".text a").evaluate(holds)).toBe(true);
  const writer = await noa.newPage();
  await open(writer, `/posts/${one.id}`);
  const reader = await author.newPage();
  await open(reader, `/posts/${one.id}`);
  await writer.getByLabel("Write a comment").pressSequentially("Shalom");
  const line = reader.locator(".typing");
  await expect(line).toHaveText("(3) نور? is writing…");
  for (const name of [line.locator("bdi"), said.locator(".name"), said.locator(".handle"), page.locator(".single .name")]) {
    await expect(name).toHaveJSProperty("tagName", "BDI");
    expect(await name.evaluate(holds)).toBe(true);
  }
});
