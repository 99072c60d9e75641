// <plaudit-like>: upgrades the form in it. The tap shows at once; a refusal takes it back and says why.

import { PlauditElement } from "./element.js";
import { clear } from "../page/markup.js";
import { live } from "../page/live.js";
import { compact, exact } from "../page/text.js";
import { LikeState } from "../live/like-state.js";
import { follow } from "../page/visible.js";
import { announce } from "../page/announce.js";

/** After this long without news, count and like belong together; more than any push waits behind another. */
const SETTLED = 1000;
/** How long a refusal stays. */
const READABLE = 8000;

export class PlauditLike extends PlauditElement {
  /** @type {LikeState} */ #state = new LikeState({ version: 0, likes: 0, liked: false });
  #post = 0;
  #sending = false;
  #settle = this.timer();
  #unsay = this.timer();
  /** What stands there now. */ #shown = -1;

  /** @override */
  begin() {
    /** @param {string} name */
    const number = (name) => Number(this.getAttribute(name));
    this.#post = number("post");
    const first = { version: number("version"), likes: number("likes"), liked: this.hasAttribute("liked") };
    this.#state = new LikeState(first);
    this.#shown = first.likes;
    this.listen(this.#button, "click", (event) => this.#pressed(event));
    this.ends(follow(this, `post:${this.#post}`, (news) => this.#hear(news)));
  }

  get #button() {
    return /** @type {HTMLButtonElement} */ (this.querySelector("button.like"));
  }

  /** @param {MouseEvent} event */
  #pressed(event) {
    event.preventDefault();
    // The second click of a double click means the same like.
    if (event.detail > 1) return;
    this.#say("");
    this.#state.press();
    this.#button.classList.add("tapped");
    this.#show();
    this.#send();
  }

  /** Sends what is wished for until the server has it; one at a time. */
  async #send() {
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#state.wish !== null) this.#state.ok(await live.like(this.#post, this.#state.wish));
    } catch (why) {
      this.#state.refused();
      this.#say(why instanceof Error ? why.message : "Not saved.");
    } finally {
      this.#sending = false;
      this.#show();
    }
  }

  /** @param {import("../live/frames.js").News} news */
  #hear(news) {
    if (news.type === "gone" || news.type === "post.removed") return clear(this.closest(".post"));
    if (news.type === "counts") this.#state.counts(news);
    if (news.type === "liked") this.#state.me(news);
    if (news.type === "snapshot" && "likes" in news.entry) this.#state.snapshot(news.entry, news.fresh);
    this.#show();
  }

  #show() {
    const { liked, likes } = this.#state.shown;
    const button = this.#button;
    if (!this.#state.certain) this.#settle(SETTLED, () => this.#state.settle());
    const word = liked ? "Liked" : "Like";
    button.setAttribute("aria-pressed", `${liked}`);
    button.setAttribute("aria-label", `${word}, ${exact(likes)}`);
    /** @type {HTMLElement} */ (button.querySelector(".word")).textContent = word;
    const field = this.querySelector("[name=on]");
    if (field instanceof HTMLInputElement) field.value = liked ? "0" : "1";
    if (likes === this.#shown) return;
    roll(/** @type {HTMLElement} */ (this.querySelector(".count")), compact(likes), likes > this.#shown);
    this.#shown = likes;
    button.title = exact(likes);
    if (this.closest(".single") || this.contains(document.activeElement)) announce(exact(likes));
  }

  /** @param {string} text */
  #say(text) {
    const place = this.querySelector(".refusal");
    if (place) place.textContent = text;
    this.#unsay(text ? READABLE : null, () => this.#say(""));
  }
}

/**
 * Lets the digits that change roll to their new value; css/motion.css moves them.
 * @param {HTMLElement} count @param {string} text @param {boolean} up
 */
function roll(count, text, up) {
  const before = count.textContent?.padStart(text.length) ?? "";
  const digits = [...text].map((digit, at) => {
    const span = document.createElement("span");
    span.textContent = digit;
    const old = before[before.length - text.length + at] ?? " ";
    if (old !== digit) {
      span.className = up ? "up" : "down";
      span.dataset["old"] = old;
    }
    return span;
  });
  count.replaceChildren(...digits);
}
