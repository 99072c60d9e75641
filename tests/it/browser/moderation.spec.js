// The moderators' queue: what takes something away asks once more, states follow what was decided, here and elsewhere.

import { expect, signUp, test, write } from "./support.js";

/** @typedef {import("./support.js").Page} Page */
/** @typedef {import("./support.js").Context} Context */

/** A moderator, and Ben with two posts that Ana has reported. @param {any} person @param {any} site @param {object} [options] */
async function scene(person, site, options = {}) {
  const [ana, ben, moderator] = await Promise.all([person(), person(), person(options)]);
  await signUp(ana, "Ana");
  const { handle } = await signUp(ben, "Ben");
  const me = await signUp(moderator, "Mo");
  await site.order("user", "promote", me.handle);
  /** @type {number[]} */ const posts = [];
  for (const text of ["Rude", "Ruder"]) {
    const { id } = await write(ben, text);
    posts.push(id);
    await report(ana, id, `Why ${text}`);
  }
  const [first = 0, second = 0] = posts;
  return { ana, ben, moderator, handle, first, second, page: await moderator.newPage() };
}

/** @param {Context} by @param {number} post @param {string} reason */
const report = (by, post, reason) => by.request.post("/api/reports", { data: { post, reason } });

/** @param {Page} page @param {number} post */
const of = (page, post) => page.locator(`#post-${post}`);

/** Lets the page look, as it does every few seconds. @param {Page} page */
const look = (page) => page.evaluate(() => /** @type {any} */ (document.querySelector("plaudit-queue")).look());

for (const javaScriptEnabled of [true, false]) {
  test(`a moderator decides in two steps, ${javaScriptEnabled ? "with" : "without"} a script`, async ({ person, site }) => {
    const { page, first, second, handle } = await scene(person, site, { javaScriptEnabled });
    await page.goto("/moderation");
    const remove = of(page, first).getByRole("button", { name: "Remove the post now" });
    await expect(remove).toBeHidden();
    await of(page, second).getByText("Suspend…").click();
    await of(page, second).getByRole("button", { name: `Suspend @${handle} now` }).click();
    await expect(page.getByText("Suspended. What they wrote is still there")).toBeFocused();
    for (const post of [first, second]) {
      await expect(of(page, post).getByText("Suspend…")).toHaveCount(0);
      await expect(of(page, post).getByText("The author is suspended.")).toBeVisible();
    }
    await of(page, second).getByRole("button", { name: "Let back in" }).click();
    await expect(of(page, first).getByText("Suspend…")).toBeVisible();
    await of(page, first).getByText("Remove…").click();
    await remove.click();
    await expect(page.getByText("Removed, for everybody.")).toBeFocused();
    await expect(of(page, first)).toHaveCount(0);
    await of(page, second).getByRole("button", { name: "Let it stay" }).click();
    await expect(of(page, second)).toHaveCount(0);
  });
}

test("an open queue follows what others decide and report, but for what somebody is at", async ({ person, site }) => {
  const { page, moderator, ana, handle, first, second } = await scene(person, site);
  await page.goto("/moderation");
  await of(page, first).getByText("Remove…").click();
  await moderator.request.put(`/api/users/${handle}/suspension`);
  await look(page);
  await expect(of(page, second).getByText("The author is suspended.")).toBeVisible();
  await expect(of(page, first).getByRole("button", { name: "Remove the post now" })).toBeVisible();
  await moderator.request.delete(`/api/posts/${second}/reports`);
  await look(page);
  await expect(of(page, second)).toHaveText("Decided, or gone.");
  const news = page.getByRole("link", { name: "Show new reports" });
  await expect(news).toBeHidden();
  const other = await person();
  await signUp(other, "Eve");
  const { id } = await write(other, "Rudest");
  await report(ana, id, "Again");
  await look(page);
  await news.click();
  await expect(of(page, id)).toContainText("Again");
  await expect(news).toBeHidden();
});
