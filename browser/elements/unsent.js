// What was said here and is on its way, or could not be sent: shown where it will stand, with what can be done about it.

import { keep } from "../anchor.js";
import { live, user } from "../live.js";
import { Outbox } from "../outbox.js";
import { announce } from "./announce.js";
import { one } from "./comment.js";

/** @typedef {import("../frames.js").Comment} Comment */
/** @typedef {import("../outbox.js").Letter} Letter */
/**
 * @typedef {object} Host the conversation
 * @property {number} post
 * @property {import("../frames.js").User} author whoever writes here
 * @property {(comment: Comment) => HTMLElement} render
 * @property {(li: HTMLElement, parent: number | null) => void} place
 * @property {(comment: Comment) => void} take
 */

export class Unsent {
  /** Where each letter shows. @type {Map<Letter, HTMLElement>} */ #letters = new Map();
  /** @type {Outbox | null} */ #outbox = null;
  /** Counts down: what has not been sent has a number below 0. */ #number = 0;
  #host;

  /** @param {Host} host */
  constructor(host) {
    this.#host = host;
    const { post } = host;
    this.#outbox = new Outbox(`plaudit-outbox-${user}-${post}`, sessionStorage, {
      send: (letter) => live.comment({ post, ...letter }),
      sending: (letter) => this.#sending(letter),
      done: (letter, comment) => this.#done(letter, comment),
      failed: (letter, why) => this.#failed(letter, why),
    });
    live.addEventListener("change", () => live.state === "online" && this.#outbox?.retry());
  }

  /** @param {string} text @param {number | null} parent */
  write(text, parent) {
    this.#outbox?.write(text, parent);
  }

  /**
   * A comment may be one of these, which has come another way than its answer: gives where that shows.
   * @param {Comment} comment
   */
  find({ author, text, parent }) {
    const isIt = (/** @type {Letter} */ letter) => letter.text === text && letter.parent === parent;
    if (`${author.id}` !== user) return null;
    return [...this.#letters].find(([letter, li]) => isIt(letter) && li.isConnected)?.[1] ?? null;
  }

  /** Sends once more what shows there. @param {HTMLElement} li */
  again(li) {
    const letter = this.#letterOf(li);
    if (letter) this.#outbox?.send(letter);
  }

  /** Forgets what shows there, and gives it to be said in another way. @param {HTMLElement} li */
  back(li) {
    const letter = this.#letterOf(li);
    if (letter) this.#outbox?.drop(letter);
    this.#forget(letter);
    return letter;
  }

  /** @param {HTMLElement} li */
  #letterOf(li) {
    return [...this.#letters].find(([, shown]) => shown === li)?.[0];
  }

  /** @param {Letter | undefined} letter */
  #forget(letter) {
    if (!letter) return;
    this.#letters.get(letter)?.remove();
    this.#letters.delete(letter);
  }

  /** @param {Letter} letter */
  #sending(letter) {
    const known = this.#letters.get(letter);
    const li = known ?? this.#render(letter);
    // What is sent again after a reload may stand here already.
    const there = [...document.querySelectorAll(`.comment[data-by="${user}"] .text`)];
    const isThere = !this.#outbox && there.some(({ textContent }) => textContent === letter.text);
    if (!known && !isThere) keep(() => this.#host.place(li, letter.parent));
    this.#letters.set(letter, li);
    li.classList.remove("failed");
    one(li, ".unsent p").textContent = "Sending…";
  }

  /** @param {Letter} letter */
  #render({ text, parent }) {
    const { post, author, render } = this.#host;
    const created_at = new Date().toISOString();
    const id = --this.#number;
    const li = render({ id, post, parent, author, text, created_at, edited_at: null, seq: Infinity });
    li.classList.add("unsent-one");
    return li;
  }

  /** @param {Letter} letter @param {Comment | null} comment none: it was removed since */
  #done(letter, comment) {
    keep(() => {
      this.#forget(letter);
      if (comment) this.#host.take(comment);
    });
    announce("Your comment was sent");
  }

  /** @param {Letter} letter @param {string} why */
  #failed(letter, why) {
    const li = this.#letters.get(letter);
    if (!li) return;
    if (!li.isConnected) keep(() => this.#host.place(li, letter.parent));
    li.classList.add("failed");
    one(li, ".unsent p").textContent = `Not sent. ${why}`;
    announce("Your comment was not sent");
  }
}
