// A post's card: filled from the page's template for a post that arrives live.

import { fill, sign, stamp } from "./markup.js";
import { viewer } from "./session.js";
import { compact, exact, talk } from "./text.js";

/** Texts up to this long, on at most two lines and without a link, are set large; as in `src/web/pages/view.rs`. */
const LARGE = 120;

/**
 * @param {HTMLTemplateElement} template
 * @param {import("../live/frames.js").Post} post
 */
export function card(template, post) {
  const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  /** @param {string} selector */
  const one = (selector) => /** @type {HTMLElement} */ (copy.querySelector(selector));
  const article = one(".post");

  stamp(copy, post.id);
  const { author } = post;
  sign(copy, author);
  if (author.id === viewer.id) {
    one(".remove").hidden = one(".edit").hidden = false;
    copy.querySelector(".report")?.remove();
  }
  one("time").setAttribute("datetime", post.created_at);
  one("time").title = new Date(post.created_at).toUTCString();

  tell(article, post);

  for (const live of copy.querySelectorAll("[post]")) {
    live.setAttribute("post", `${post.id}`);
    for (const name of /** @type {const} */ (["version", "likes", "comments"])) {
      if (live.hasAttribute(name)) live.setAttribute(name, `${post[name]}`);
    }
  }
  one("plaudit-talk a").textContent = talk(post.comments);
  one(".count").textContent = compact(post.likes);
  one("button.like").title = exact(post.likes);
  return article;
}

/** Shows a post's text as it is now. @param {Element} article @param {import("../live/frames.js").Post} post */
export function tell(article, post) {
  const text = article.querySelector(".text");
  if (!text) return;
  fill(article, post.text);
  text.classList.toggle("large", [...post.text].length <= LARGE && post.text.split("\n").length <= 2 && !text.querySelector("a"));
  article.querySelector(".edited")?.toggleAttribute("hidden", !post.edited_at);
}
