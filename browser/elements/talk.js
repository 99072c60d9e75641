// <plaudit-talk>: the number of a post's comments on its card, kept true while the card can be seen.

import { talk } from "../text.js";
import { countsOf } from "../topic.js";
import { follow } from "../visible.js";

export class PlauditTalk extends HTMLElement {
  #version = 0;
  /** @type {() => void} */ #leave = () => {};

  connectedCallback() {
    this.#version = Number(this.getAttribute("version"));
    this.#leave = follow(this, `post:${this.getAttribute("post")}`, (news) => this.#hear(news));
  }

  disconnectedCallback() {
    this.#leave();
  }

  /** @param {import("../frames.js").News} news */
  #hear(news) {
    const counts = countsOf(news);
    const fresh = news.type === "snapshot" && news.fresh;
    if (!counts || (counts.version < this.#version && !fresh)) return;
    this.#version = counts.version;
    const link = this.firstElementChild;
    if (link) link.textContent = talk(counts.comments);
  }
}
