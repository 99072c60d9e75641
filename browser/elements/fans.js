// <plaudit-fans>: the latest likes of a post, live.

import { keep } from "../page/anchor.js";
import { live } from "../page/live.js";
import { sign } from "../page/markup.js";
import { PlauditElement } from "./element.js";

/** @typedef {import("../live/frames.js").LikerList["likers"][number]} Liker */

/** The topic tells of so many of the latest likes; with fewer, there are no others. */
const TOLD = 8;

/** Tells of the newest like. */
export const news = new EventTarget();

export class PlauditFans extends PlauditElement {
  /** @override */
  begin() {
    const post = this.getAttribute("post");
    if (!post) return;
    this.ends(live.subscribe(`post:${post}/likes`, (news) => {
      const told = news.type === "snapshot" ? news.entry : news;
      if ("likers" in told) this.#show(told.likers);
    }));
  }

  /** @param {Liker[]} likers newest first */
  #show(likers) {
    const list = this.querySelector("ul");
    const template = this.querySelector("template");
    if (!list || !template) return;
    const shown = new Map([...list.children].map((li) => [nameOf(li), li]));
    // A list that is longer than what is told keeps what is older.
    const limit = Number(this.getAttribute("limit"));
    const oldest = likers.length < TOLD || limit < TOLD ? "" : likers.at(-1)?.at ?? "";
    const wanted = likers.slice(0, limit).map((liker) => row(template, liker));
    const names = wanted.map(nameOf);
    const [first] = names;
    if (first && likers[0] && !shown.has(first)) news.dispatchEvent(new CustomEvent("like", { detail: likers[0].user.name }));
    keep(() => {
      for (const [name, li] of shown) if (name >= oldest && !names.includes(name)) li.remove();
      let next = list.firstElementChild;
      for (const li of wanted) {
        const there = shown.get(nameOf(li));
        if (there) next = there.nextElementSibling;
        else list.insertBefore(li, next);
      }
      this.querySelector(".nobody")?.toggleAttribute("hidden", likers.length > 0);
    });
  }
}

/** When and who: what tells likes apart. @param {Element} li */
const nameOf = (li) => `${li.querySelector("time")?.dateTime} ${li.querySelector("a")?.getAttribute("href")}`;

/** @param {HTMLTemplateElement} template @param {Liker} liker */
function row(template, { user, at }) {
  const li = /** @type {Element} */ (/** @type {Element} */ (template.content.firstElementChild).cloneNode(true));
  sign(li, user);
  li.querySelector("time")?.setAttribute("datetime", at);
  return li;
}
