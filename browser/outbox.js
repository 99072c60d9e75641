// What was written here and is not known to be saved. It outlives reloads and is sent with one key for ever, so that it
// is never lost and never said twice. No DOM.

import { Refusal } from "./client.js";

/** @typedef {import("./frames.js").Comment} Comment */
/** @typedef {{key: string, text: string, parent: number | null}} Letter */
/** @typedef {{getItem: (name: string) => string | null, setItem: (name: string, value: string) => void}} Shelf */
/**
 * @typedef {object} Post
 * @property {(letter: Letter) => Promise<Comment>} send
 * @property {(letter: Letter) => void} sending it is on its way
 * @property {(letter: Letter, comment: Comment | null) => void} done it is saved; null: and removed since
 * @property {(letter: Letter, why: string) => void} failed it waits here for somebody to try again
 */

export class Outbox {
  /** And why each of them waits, if it does. @type {Map<Letter, Refusal | null>} */ #letters = new Map();
  #name;
  #shelf;
  #post;

  /** @param {string} name @param {Shelf} shelf @param {Post} post */
  constructor(name, shelf, post) {
    this.#name = name;
    this.#shelf = shelf;
    this.#post = post;
    for (const letter of JSON.parse(shelf.getItem(name) ?? "[]")) this.send(letter);
  }

  /** @param {string} text @param {number | null} parent */
  write(text, parent) {
    this.send({ key: freshKey(), text, parent });
  }

  /** Sends it, for the first time or again. @param {Letter} letter */
  async send(letter) {
    // It may be on its way already.
    if (this.#letters.get(letter) === null) return;
    this.#letters.set(letter, null);
    this.#keep();
    this.#post.sending(letter);
    try {
      const comment = await this.#post.send(letter);
      this.drop(letter);
      this.#post.done(letter, comment);
    } catch (error) {
      const why = error instanceof Refusal ? error : new Refusal("unknown", `${error}`);
      if (why.code === "gone") {
        this.drop(letter);
        return this.#post.done(letter, null);
      }
      this.#letters.set(letter, why);
      this.#post.failed(letter, why.message.replace(/^text: /, ""));
    }
  }

  /** The connection is back: what only failed for want of it goes out again. */
  retry() {
    for (const [letter, why] of this.#letters) if (why?.code === "network") this.send(letter);
  }

  /** Forgets it. @param {Letter} letter */
  drop(letter) {
    this.#letters.delete(letter);
    this.#keep();
  }

  #keep() {
    this.#shelf.setItem(this.#name, JSON.stringify([...this.#letters.keys()]));
  }
}

function freshKey() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
