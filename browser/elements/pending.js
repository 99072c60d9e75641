// What was written here and is on its way, or could not be sent: shown where it will stand, with what can be done about it.

import { keep } from "../page/anchor.js";
import { Outbox } from "../live/outbox.js";
import { announce } from "../page/announce.js";
import { viewer } from "../page/session.js";
import { tab } from "../page/storage.js";
import { one } from "../page/one.js";

/** @typedef {import("../live/outbox.js").Pending} Pending */
/**
 * @template T a comment or a message
 * @typedef {object} Host the list
 * @property {"comment" | "message"} what
 * @property {string} kept the name under which it outlives a reload
 * @property {(pending: Pending) => Promise<T>} send
 * @property {(pending: Pending, id: number) => HTMLElement} render `id` is below 0
 * @property {(li: HTMLElement, parent: number | null) => void} place
 * @property {(item: T) => void} take
 * @property {(author: import("../live/frames.js").User) => boolean} [isOwn] whose items may be these; the viewer's
 */

/** @template {{author: import("../live/frames.js").User, text: string, parent?: number | null}} T */
export class PendingList {
  /** Where each of them shows. @type {Map<Pending, HTMLElement>} */ #pending = new Map();
  /** @type {Outbox<T> | null} */ #outbox = null;
  /** Counts down: what has not been sent has a number below 0. */ #number = 0;
  #host;

  /** @param {Host<T>} host */
  constructor(host) {
    this.#host = host;
    this.#outbox = new Outbox(host.kept, tab, {
      send: host.send,
      sending: (pending) => this.#sending(pending),
      done: (pending, item) => this.#done(pending, item),
      failed: (pending, why) => this.#failed(pending, why),
    });
  }

  /** Shows all of them, on a list that was emptied. */
  show() {
    for (const [{ parent }, li] of this.#pending) if (!li.isConnected) this.#host.place(li, parent);
  }

  /** The connection is back. */
  retry() {
    this.#outbox?.retry();
  }

  /** @param {string} text @param {number | null} parent */
  write(text, parent) {
    this.#outbox?.write(text, parent);
  }

  /**
   * An item may be one of these, which has come another way than its answer: gives where that shows.
   * @param {T} item
   */
  find({ author, text, parent = null }) {
    const isIt = (/** @type {Pending} */ pending) => pending.text === text && pending.parent === parent;
    if (!(this.#host.isOwn?.(author) ?? author.id === viewer.id)) return null;
    return [...this.#pending].find(([pending, li]) => isIt(pending) && li.isConnected)?.[1] ?? null;
  }

  /** Sends once more what shows there. @param {HTMLElement} li */
  again(li) {
    const pending = this.#pendingOf(li);
    if (pending) this.#outbox?.send(pending);
  }

  /** Forgets what shows there, and gives it to be said in another way. @param {HTMLElement} li */
  back(li) {
    const pending = this.#pendingOf(li);
    if (pending) this.#outbox?.drop(pending);
    this.#forget(pending);
    return pending;
  }

  /** @param {HTMLElement} li */
  #pendingOf(li) {
    return [...this.#pending].find(([, shown]) => shown === li)?.[0];
  }

  /** @param {Pending | undefined} pending */
  #forget(pending) {
    if (!pending) return;
    this.#pending.get(pending)?.remove();
    this.#pending.delete(pending);
  }

  /** @param {Pending} pending */
  #sending(pending) {
    const known = this.#pending.get(pending);
    const li = known ?? this.#render(pending);
    // What is sent again after a reload may stand here already.
    const there = [...document.querySelectorAll(`[data-by="${viewer.id}"] .text`)];
    const isThere = !this.#outbox && there.some(({ textContent }) => textContent === pending.text);
    if (!known && !isThere) keep(() => this.#host.place(li, pending.parent));
    this.#pending.set(pending, li);
    li.classList.remove("failed");
    one(li, ".unsent p").textContent = "Sending…";
  }

  /** @param {Pending} pending */
  #render(pending) {
    const li = this.#host.render(pending, --this.#number);
    li.classList.add("unsent-one");
    return li;
  }

  /** @param {Pending} pending @param {T | null} item none: it was removed since */
  #done(pending, item) {
    keep(() => {
      this.#forget(pending);
      if (item) this.#host.take(item);
    });
    announce(`Your ${this.#host.what} was sent`);
  }

  /** @param {Pending} pending @param {string} why */
  #failed(pending, why) {
    const li = this.#pending.get(pending) ?? this.#render(pending);
    this.#pending.set(pending, li);
    if (!li.isConnected) keep(() => this.#host.place(li, pending.parent));
    li.classList.add("failed");
    one(li, ".unsent p").textContent = `Not sent. ${why}`;
    announce(`Your ${this.#host.what} was not sent`);
  }
}
