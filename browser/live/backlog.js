// What has come and waits until the reader asks for it. Bounded: whoever is too far behind gets a fresh page instead.

/** So many wait at most. */
const MOST = 100;

/** @template {{id: number}} T */
export class Backlog {
  /** Oldest first. @type {T[]} */ #items = [];
  /** Whether more came than is kept. Nothing is kept from then on: only a fresh page shows all of it. */ isTooLong = false;

  get length() {
    return this.#items.length;
  }

  /** What a pill says of it. @param {string} what `post` or `comment` */
  say(what) {
    const { length } = this;
    return this.isTooLong ? `Many new ${what}s` : `${length} new ${what}${length === 1 ? "" : "s"}`;
  }

  /** @param {number} id */
  has(id) {
    return this.#items.some((item) => item.id === id);
  }

  /** Keeps one more, the newest. @param {T} item */
  add(item) {
    if (this.isTooLong) return;
    if (this.length < MOST) this.#items.push(item);
    else this.overflow();
  }

  /** Gives up: something is missing, or it is too much. */
  overflow() {
    this.#items = [];
    this.isTooLong = true;
  }

  /** Puts a newer form of one in its place, if it waits. @param {T} item */
  replace(item) {
    this.#items = this.#items.map((other) => (other.id === item.id ? item : other));
  }

  /** @param {number} id */
  remove(id) {
    this.#items = this.#items.filter((item) => item.id !== id);
  }

  /** @param {(item: T) => boolean} isKept */
  keep(isKept) {
    this.#items = this.#items.filter(isKept);
  }

  /** Gives all that waits, oldest first, and is empty. */
  take() {
    const items = this.#items;
    this.#items = [];
    this.isTooLong = false;
    return items;
  }
}
