// <plaudit-feed>: gathers new posts behind a pill and lets removed ones say so. Nothing moves unless asked to.

import { Backlog } from "../live/backlog.js";
import { Position } from "../live/position.js";
import { announce } from "../page/announce.js";
import { card, tell } from "../page/card.js";
import { endless } from "../page/endless.js";
import { live } from "../page/live.js";
import { clear } from "../page/markup.js";
import { PlauditElement } from "./element.js";

/** @typedef {import("../live/frames.js").Post} Post */

/** A list that would grow beyond this is better replaced by a fresh page. */
const LONGEST = 300;

export class PlauditFeed extends PlauditElement {
  /** Behind the pill. Too long also where posts are missing below it. @type {Backlog<Post>} */ #waiting = new Backlog();

  /** @override */
  begin() {
    this.ends(endless(this));
    if (!this.hasAttribute("live")) return;
    const position = new Position(Number(this.getAttribute("seq")));
    this.ends(live.subscribe("feed:latest", (news) => this.#hear(news), position));
    this.listen(this.#pill, "click", () => this.reveal()?.querySelector("a")?.focus());
  }

  get #pill() {
    return /** @type {HTMLButtonElement} */ (this.querySelector(".pill"));
  }

  /** Shows a post that was written here, with all that wait. @param {Post} post */
  show(post) {
    this.#add(post);
    return this.reveal();
  }

  /** Puts what waits on top of the list; gives the newest card. */
  reveal() {
    const template = this.querySelector("template");
    const list = this.querySelector(".posts");
    if (!template || !list) return;
    const { isTooLong, length } = this.#waiting;
    if (isTooLong || list.children.length + length > LONGEST) return void location.assign("/");
    this.querySelectorAll(".gone").forEach((gone) => gone.remove());
    for (const post of this.#waiting.take()) list.prepend(card(template, post));
    this.querySelector(".empty")?.toggleAttribute("hidden", list.children.length > 0);
    this.#count();
    scrollTo({ top: 0 });
    return list.firstElementChild;
  }

  /** @param {import("../live/frames.js").News} news */
  #hear(news) {
    const before = this.#waiting.length;
    if (news.type === "snapshot" && "changes" in news.entry) {
      const { reset, changes, next } = news.entry;
      if (reset) this.#reset(changes, next !== null);
      for (const change of changes) this.#change(change);
    } else {
      this.#change(news);
    }
    this.#count();
    if (this.#waiting.length > before) announce(this.#pill.textContent ?? "");
  }

  /** @param {import("../live/frames.js").News} change */
  #change(change) {
    if (change.type === "post.added") this.#add(change.post);
    if (change.type === "post.edited") this.#edit(change.post);
    if (change.type === "post.removed") this.#remove(change.id ?? 0);
  }

  /** @param {Post} post */
  #add(post) {
    if (!this.querySelector(`#post-${post.id}`) && !this.#waiting.has(post.id)) this.#waiting.add(post);
  }

  /** @param {Post} post */
  #edit(post) {
    this.#waiting.replace(post);
    const article = this.querySelector(`#post-${post.id}`);
    if (article) tell(article, post);
  }

  /** @param {number} id */
  #remove(id) {
    this.#waiting.remove(id);
    clear(this.querySelector(`#post-${id}`));
  }

  /**
   * A fresh page of the feed: what it should hold and does not is gone.
   * @param {import("../live/frames.js").StreamSnapshot["changes"]} changes
   * @param {boolean} more whether there are older posts, which the page says nothing about
   */
  #reset(changes, more) {
    const there = changes.flatMap((change) => (change.type === "post.added" ? [change.post.id] : []));
    const oldest = more ? Math.min(...there) : 0;
    if (more && !there.some((id) => this.querySelector(`#post-${id}`))) this.#waiting.overflow();
    for (const { id } of this.querySelectorAll(".posts > .post")) {
      const number = Number(id.slice(5));
      if (number >= oldest && !there.includes(number)) this.#remove(number);
    }
    this.#waiting.keep(({ id }) => id < oldest || there.includes(id));
  }

  #count() {
    this.#pill.hidden = !this.#waiting.length && !this.#waiting.isTooLong;
    this.#pill.textContent = this.#waiting.say("post");
  }
}
