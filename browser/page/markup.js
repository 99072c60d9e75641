// Parts of posts and comments that arrive live: whose they are, their texts with links, and that they are gone.

import { parts } from "./text.js";

/** The address of somebody's avatar. @param {import("../live/frames.js").User} user */
export const face = ({ handle }) => `/avatars/${handle ?? "guest"}.svg`;

/** Gives a copy of a template, which speaks of number 0, its own number. @param {ParentNode} copy @param {number} id */
export function stamp(copy, id) {
  for (const element of copy.querySelectorAll("*")) {
    for (const name of ["id", "href", "action", "aria-labelledby", "aria-describedby"]) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.replace(/\b0\b/, `${id}`));
    }
  }
}

/** Says whose a copy of a template is. @param {ParentNode} copy @param {import("../live/frames.js").User} author */
export function sign(copy, author) {
  const { handle, name } = author;
  copy.querySelector(".avatar")?.setAttribute("src", face(author));
  /** @param {string} selector */
  const one = (selector) => /** @type {HTMLElement} */ (copy.querySelector(selector));
  one(".name").textContent = name;
  one(".handle").textContent = handle && `@${handle}`;
  if (handle) one(".author").setAttribute("href", `/@${handle}`);
  else one(".author").removeAttribute("href");
}

/**
 * Gives a post or a comment its text with its links; of a long one a part is shown, as in `src/web/pages/words.rs`.
 * @param {Element} within @param {string} text
 */
export function fill(within, text) {
  /** @param {string} selector */
  const one = (selector) => /** @type {HTMLElement} */ (within.querySelector(selector));
  fillText(one(".text"), text);
  one(".more").hidden = [...text].length + 60 * text.split("\n").length <= 960;
}

/** Gives an element a text with its links. @param {Element} within @param {string} text */
export function fillText(within, text) {
  within.replaceChildren(...parts(text).map((part, at) => (at % 2 ? link(part) : part)));
  // Few texts mention somebody.
  if (text.includes("@")) import("./mentions.js").then((it) => it.link(within)).catch(() => {});
}

/** @param {string} address */
function link(address) {
  const a = document.createElement("a");
  a.href = address;
  a.dir = "auto";
  a.rel = "nofollow ugc noopener noreferrer";
  a.textContent = address;
  return a;
}

/**
 * The post is gone. Its card says so and keeps its place, so that nothing moves under a pointer.
 * @param {Element | null} post
 */
export function clear(post) {
  if (!(post instanceof HTMLElement) || post.classList.contains("gone")) return;
  post.style.minHeight = `${post.getBoundingClientRect().height}px`;
  post.classList.add("gone");
  const said = document.createElement("p");
  said.textContent = "This post was removed.";
  post.replaceChildren(said);
}
