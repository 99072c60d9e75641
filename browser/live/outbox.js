// What was written here and is not known to be saved. It outlives reloads and is sent with one key for ever, so that it
// is never lost and never said twice. No DOM.

import { freshKey } from "./key.js";
import { Refusal } from "./refusal.js";

/**
 * A comment or a message that is not known to be saved; `refused`: why the server will not take it as it is.
 * @typedef {{key: string, text: string, parent: number | null, refused?: string}} Pending
 */
/** @typedef {{get: (name: string) => string | null, set: (name: string, value: string) => void, remove: (name: string) => void}} Storage */
/**
 * @template T what was written, as it is saved
 * @typedef {object} Delivery
 * @property {(pending: Pending) => Promise<T>} send
 * @property {(pending: Pending) => void} sending it is on its way
 * @property {(pending: Pending, item: T | null) => void} done it is saved; null: and removed since
 * @property {(pending: Pending, why: string) => void} failed it waits here for somebody to try again
 */

/** @template T */
export class Outbox {
  /** And why each of them waits, if it does. @type {Map<Pending, Refusal | null>} */ #pending = new Map();
  #name;
  #storage;
  #delivery;

  /** @param {string} name @param {Storage} storage @param {Delivery<T>} delivery */
  constructor(name, storage, delivery) {
    this.#name = name;
    this.#storage = storage;
    this.#delivery = delivery;
    for (const pending of stored(storage.get(name))) {
      if (pending.refused) this.#fail(pending, new Refusal("refused", pending.refused));
      else this.send(pending);
    }
  }

  /** @param {string} text @param {number | null} parent */
  write(text, parent) {
    this.send({ key: freshKey(), text, parent });
  }

  /** Sends it, for the first time or again. @param {Pending} pending */
  async send(pending) {
    // It may be on its way already.
    if (this.#pending.get(pending) === null) return;
    this.#pending.set(pending, null);
    delete pending.refused;
    this.#keep();
    this.#delivery.sending(pending);
    try {
      const item = await this.#delivery.send(pending);
      this.drop(pending);
      this.#delivery.done(pending, item);
    } catch (error) {
      const why = error instanceof Refusal ? error : new Refusal("unknown", `${error}`);
      if (why.code === "gone") {
        this.drop(pending);
        return this.#delivery.done(pending, null);
      }
      // What was refused for good is not sent again when the page is loaded again.
      if (why.isFinal) pending.refused = why.message;
      this.#fail(pending, why);
      this.#keep();
    }
  }

  /** @param {Pending} pending @param {Refusal} why */
  #fail(pending, why) {
    this.#pending.set(pending, why);
    this.#delivery.failed(pending, why.message.replace(/^text: /, ""));
  }

  /** The connection is back: what only failed for want of it goes out again. */
  retry() {
    for (const [pending, why] of this.#pending) if (why?.code === "network") this.send(pending);
  }

  /** Forgets it. @param {Pending} pending */
  drop(pending) {
    this.#pending.delete(pending);
    this.#keep();
  }

  #keep() {
    if (this.#pending.size) this.#storage.set(this.#name, JSON.stringify([...this.#pending.keys()]));
    else this.#storage.remove(this.#name);
  }
}

/** What was kept, if it can be read. @param {string | null} text @returns {Pending[]} */
function stored(text) {
  try {
    const all = JSON.parse(text ?? "[]");
    return Array.isArray(all) ? all : [];
  } catch {
    return [];
  }
}
