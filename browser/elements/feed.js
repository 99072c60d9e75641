// <plaudit-feed>: gathers new posts behind a pill and lets removed ones say so. Nothing moves unless asked to.

import { card, clear } from "../card.js";
import { endless } from "../endless.js";
import { live } from "../live.js";
import { Place } from "../topic.js";
import { announce } from "./announce.js";

/** @typedef {import("../frames.js").Post} Post */

/** With more new posts than this a fresh page is the better answer. */
const MANY = 100;

export class PlauditFeed extends HTMLElement {
  /** Behind the pill, oldest first. @type {Post[]} */ #waiting = [];
  /** Whether posts are missing between those that wait and those that are shown. */ #hole = false;
  /** @type {() => void} */ #leave = () => {};
  /** @type {() => void} */ #stop = () => {};

  connectedCallback() {
    this.#stop = endless(this);
    if (!this.hasAttribute("live")) return;
    const place = new Place(Number(this.getAttribute("seq")));
    this.#leave = live.subscribe("feed:latest", (news) => this.#hear(news), place);
    this.#pill.onclick = () => this.reveal()?.querySelector("a")?.focus();
  }

  disconnectedCallback() {
    this.#stop();
    this.#leave();
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
    if (this.#hole || this.#waiting.length > MANY) return void location.assign("/");
    this.querySelectorAll(".gone").forEach((gone) => gone.remove());
    for (const post of this.#waiting) list.prepend(card(template, post));
    this.#waiting = [];
    this.querySelector(".empty")?.toggleAttribute("hidden", list.children.length > 0);
    this.#count();
    scrollTo({ top: 0 });
    return list.firstElementChild;
  }

  /** @param {import("../frames.js").News} news */
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

  /** @param {import("../frames.js").News} change */
  #change(change) {
    if (change.type === "post.added") this.#add(change.post);
    if (change.type === "post.removed") this.#remove(change.id ?? 0);
  }

  /** @param {Post} post */
  #add(post) {
    const known = this.querySelector(`#post-${post.id}`) || this.#waiting.some(({ id }) => id === post.id);
    if (!known) this.#waiting.push(post);
  }

  /** @param {number} id */
  #remove(id) {
    this.#waiting = this.#waiting.filter((post) => post.id !== id);
    clear(this.querySelector(`#post-${id}`));
  }

  /**
   * A fresh page of the feed: what it should hold and does not is gone.
   * @param {import("../frames.js").StreamSnapshot["changes"]} changes
   * @param {boolean} more whether there are older posts, which the page says nothing about
   */
  #reset(changes, more) {
    const there = changes.flatMap((change) => (change.type === "post.added" ? [change.post.id] : []));
    const oldest = more ? Math.min(...there) : 0;
    this.#hole ||= more && !there.some((id) => this.querySelector(`#post-${id}`));
    const held = [...this.querySelectorAll(".posts > .post")].map((post) => Number(post.id.slice(5)));
    const waiting = this.#waiting.map(({ id }) => id);
    for (const id of [...held, ...waiting]) if (id >= oldest && !there.includes(id)) this.#remove(id);
  }

  #count() {
    const number = this.#waiting.length;
    this.#pill.hidden = !number;
    this.#pill.textContent = number === 1 ? "1 new post" : `${number} new posts`;
  }
}
