// What is known of a list of comments or messages. Whatever comes twice, late, in pages or as pushes, it ends the same. No
// DOM.

/** @typedef {{id: number, seq: number, edited_at: string | null}} Entry a comment or a message */
/** @typedef {{seq: number, edited: string, gone: boolean}} Known */

/** @template {Entry} T */
export class Entries {
  /** @type {Map<number, Known>} */ #known = new Map();
  /** Parts that were read whole: what is not known of them was removed. @type {[number, number][]} */ #read = [];
  /** Everything from this place on is known; what is older has not been read. */ from;

  /** @param {number} from @param {number} upto what the page was rendered with */
  constructor(from, upto) {
    this.from = from;
    this.#read.push([from, upto]);
  }

  /** How many entries it remembers, with those that were removed. */
  get size() {
    return this.#known.size;
  }

  /** The page shows it already. @param {number} id @param {number} seq @param {string} [edited] */
  hold(id, seq, edited = "") {
    this.#known.set(id, { seq, edited, gone: false });
  }

  /**
   * Takes an entry in, from wherever: what it is to the reader; null: nothing new. Removed is removed, and an older
   * text never comes back.
   * @param {T} entry
   * @returns {"added" | "edited" | null}
   */
  take({ id, seq, edited_at }) {
    const known = this.#known.get(id);
    const edited = edited_at ?? "";
    if (!known) {
      if (seq < this.from || this.#read.some(([from, upto]) => seq >= from && seq <= upto)) return null;
      this.hold(id, seq, edited);
      return "added";
    }
    if (known.gone || edited <= known.edited) return null;
    known.edited = edited;
    return "edited";
  }

  /** @param {number} id */
  remove(id) {
    this.#known.set(id, { seq: this.#known.get(id)?.seq ?? 0, edited: "", gone: true });
  }

  /**
   * Takes a whole page in, which holds all that stands from its oldest entry up to a place. Gives
   * where it begins, what of it is new, and what was known of this part and no longer stands.
   * @param {T[]} page @param {boolean} more whether there is anything older @param {number} upto
   */
  page(page, more, upto) {
    const from = more ? Math.min(...page.map(({ seq }) => seq)) : 0;
    const there = new Set(page.map(({ id }) => id));
    const gone = [...this.#known].flatMap(([id, known]) =>
      !known.gone && known.seq >= from && known.seq <= upto && !there.has(id) ? [id] : [],
    );
    this.from = Math.min(this.from, from);
    const news = page.flatMap((entry) => {
      const what = this.take(entry);
      return what ? [{ what, entry }] : [];
    });
    this.#read.push([from, upto]);
    return { from, gone, news };
  }
}
