// <plaudit-fans>: the latest likes of a post, live.

import { countsOf } from "../live/like-state.js";
import { keep } from "../page/anchor.js";
import { sign } from "../page/markup.js";
import { call } from "../page/http.js";
import { live } from "../page/live.js";
import { PlauditElement } from "./element.js";
import { crowd } from "./viewers.js";

/** @typedef {{user: import("../live/frames.js").User, at: string}} Like */

/** The list is read at most once in so many milliseconds, */
const OFTEN = 1000;
/** and by everybody together at most about 200 times a second: so many milliseconds for each who is here. */
const EACH = 5;
/** A list that could not be read is asked for again after so many times that. */
const AGAIN = 5;
/** From so many on, nobody asks in step with the others. */
const CROWD = 100;

export class PlauditFans extends PlauditElement {
  #version = 0;
  #comments = -1;
  #timer = this.timer();
  #asked = -Infinity;
  /** When it asks next. */ #asks = Infinity;

  /** @override */
  begin() {
    const post = this.getAttribute("post");
    if (!post) return;
    this.#version = Number(this.getAttribute("version"));
    this.#asks = Infinity;
    this.ends(live.subscribe(`post:${post}`, (news) => {
      const counts = countsOf(news);
      // A hidden page catches up with the snapshot that it gets when it is seen.
      if (!counts || counts.version === this.#version || document.hidden) return;
      // A version that moved with the comments says nothing of likes.
      const quiet = news.type === "counts" && counts.version === this.#version + 1 && counts.comments !== this.#comments && this.#comments >= 0;
      this.#version = counts.version;
      this.#comments = counts.comments;
      if (quiet) return;
      this.#soon();
    }));
  }

  #soon(times = 1) {
    const rest = times * Math.max(OFTEN, crowd.viewers * EACH) * (crowd.viewers < CROWD ? 1 : 0.5 + Math.random());
    if (this.#asked + rest >= this.#asks) return;
    this.#asks = this.#asked + rest;
    this.#timer(this.#asks - performance.now(), () => this.#ask());
  }

  async #ask() {
    this.#asks = Infinity;
    this.#asked = performance.now();
    const path = `/posts/${this.getAttribute("post")}/likes?limit=${this.getAttribute("limit")}`;
    const { items, isFinal } = await call("GET", path).catch((refusal) => refusal);
    if (items) return this.#show(items);
    // Again with what comes next, and a snapshot comes to a page that is seen again; or later, for perhaps it is a long
    // time until somebody else likes this. A post that is gone stays gone.
    this.#version = -1;
    if (this.isConnected && !document.hidden && !isFinal) this.#soon(AGAIN);
  }

  /** @param {Like[]} likes newest first */
  #show(likes) {
    const list = this.querySelector("ul");
    const template = this.querySelector("template");
    if (!list || !template) return;
    const shown = new Map([...list.children].map((li) => [nameOf(li), li]));
    const oldest = likes.length < Number(this.getAttribute("limit")) ? "" : likes.at(-1)?.at ?? "";
    const wanted = likes.map((like) => row(template, like));
    const names = wanted.map(nameOf);
    const [first] = names;
    if (first && likes[0] && !shown.has(first)) news.dispatchEvent(new CustomEvent("like", { detail: likes[0].user.name }));
    keep(() => {
      for (const [name, li] of shown) if (name >= oldest && !names.includes(name)) li.remove();
      let next = list.firstElementChild;
      for (const li of wanted) {
        const there = shown.get(nameOf(li));
        if (there) next = there.nextElementSibling;
        else list.insertBefore(li, next);
      }
      this.querySelector(".nobody")?.toggleAttribute("hidden", likes.length > 0);
    });
  }
}

/** Tells of the newest like. */
export const news = new EventTarget();

/** When and who: what tells likes apart. @param {Element} li */
const nameOf = (li) => `${li.querySelector("time")?.dateTime} ${li.querySelector("a")?.getAttribute("href")}`;

/** @param {HTMLTemplateElement} template @param {Like} like */
function row(template, { user, at }) {
  const li = /** @type {Element} */ (/** @type {Element} */ (template.content.firstElementChild).cloneNode(true));
  sign(li, user);
  li.querySelector("time")?.setAttribute("datetime", at);
  return li;
}
