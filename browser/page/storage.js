// What the browser keeps for this site. Storage may be forbidden, or full: then things are kept as long as the page is
// open, and no longer.

/** Reads, writes and forgets texts by name. Never throws. */
class Kept {
  /** What could not be stored. @type {Map<string, string>} */ #here = new Map();
  #storage;

  /** @param {() => Storage} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  /** @param {string} name */
  get(name) {
    const here = this.#here.get(name);
    return here ?? this.#try((storage) => storage.getItem(name)) ?? null;
  }

  /** Gives whether it outlives the page. @param {string} name @param {string} value */
  set(name, value) {
    const stored = this.#try((storage) => (storage.setItem(name, value), true)) ?? false;
    if (stored) this.#here.delete(name);
    else this.#here.set(name, value);
    return stored;
  }

  /** @param {string} name */
  remove(name) {
    this.#here.delete(name);
    this.#try((storage) => storage.removeItem(name));
  }

  /** The names that begin like this. @param {string} start */
  names(start) {
    const stored = this.#try((storage) => Object.keys(storage)) ?? [];
    return [...new Set([...stored, ...this.#here.keys()])].filter((name) => name.startsWith(start));
  }

  /** @template T @param {(storage: Storage) => T} act @returns {T | undefined} */
  #try(act) {
    try {
      return act(this.#storage());
    } catch {
      return undefined;
    }
  }
}

/** As long as this tab is open. */
export const tab = new Kept(() => sessionStorage);
/** In every tab. */
export const everyTab = new Kept(() => localStorage);
