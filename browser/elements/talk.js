// <plaudit-talk>: the number of a post's comments on its card, kept true while the card can be seen.

import { PlauditElement } from "./element.js";
import { talk } from "../page/text.js";
import { countsOf } from "../live/like-state.js";
import { follow } from "../page/visible.js";

export class PlauditTalk extends PlauditElement {
  #version = 0;

  /** @override */
  begin() {
    this.#version = Number(this.getAttribute("version"));
    this.ends(follow(this, `post:${this.getAttribute("post")}`, (news) => this.#hear(news)));
  }

  /** @param {import("../live/frames.js").News} news */
  #hear(news) {
    const counts = countsOf(news);
    const fresh = news.type === "snapshot" && news.fresh;
    if (!counts || (counts.version < this.#version && !fresh)) return;
    this.#version = counts.version;
    const link = this.firstElementChild;
    if (link) link.textContent = talk(counts.comments);
  }
}
