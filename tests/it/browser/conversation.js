// What the tests of a conversation do over and over: say something, read what stands there, look with two at one post.

import { expect, newPost, open, signUp } from "./support.js";

/** @typedef {import("./support.js").Page} Page */
/** @typedef {import("./support.js").Context} Context */

export const box = (/** @type {Page} */ page) => page.getByLabel("Write a comment");
export const comment = (/** @type {Page} */ page, /** @type {string} */ text) =>
  page.locator("#comments .said").filter({ hasText: text });
/** The texts of a conversation, in the order of reading. @param {Page} page */
export const texts = (page) => page.locator("#comments :is(.text, .said-gone)").allTextContents();

/** Waits until nothing scrolls any more: ten frames in the same place. @param {Page} page */
export const still = (page) => page.evaluate(() => new Promise((done) => {
  let [place, frames] = [scrollY, 0];
  const look = () => {
    frames = scrollY === place ? frames + 1 : 0;
    place = scrollY;
    if (frames === 10) done(null);
    else requestAnimationFrame(look);
  };
  look();
}));

/** Says something by the form. @param {Page} page @param {string} text */
export async function say(page, text) {
  await box(page).fill(text);
  await box(page).press("Control+Enter");
}

/** Says something without a page. @param {Context} who @param {number} post @param {string} text @param {number} [parent] */
export async function write(who, post, text, parent) {
  const answer = await who.request.post(`/api/posts/${post}/comments`, { data: { text, ...(parent ? { parent } : {}) } });
  expect(answer.status()).toBe(201);
  return (await answer.json()).comment;
}

/** A choice of a comment's menu. @param {Page} page @param {string} text @param {string} choice */
export async function choose(page, text, choice) {
  await comment(page, text).getByLabel("More").click();
  await comment(page, text).getByText(choice, { exact: true }).click();
}

/** High enough that a reader who did not scroll is at the end of a short conversation. */
export const HIGH = { viewport: { width: 900, height: 2000 } };

/** Two members look at a post. @param {any} person @param {object} [options] */
export async function two(person, options = HIGH) {
  const post = await newPost(person);
  const [ana, ben] = await Promise.all([person(options), person(options)]);
  await Promise.all([signUp(ana, "Ana"), signUp(ben, "Ben")]);
  const [mine, other] = await Promise.all([ana.newPage(), ben.newPage()]);
  await Promise.all([open(mine, `/posts/${post.id}`), open(other, `/posts/${post.id}`)]);
  return { post, ana, ben, mine, other };
}
