// A position in a stream: what is the next entry, what is old, and what shows that something is missing. Pure.

/** A position in a stream, whose pushes are numbered without a gap. */
export class Position {
  /** The last `seq` that has been taken in; null: a snapshot comes first. @type {number | null} */ seq;

  /** @param {number | null} seq */
  constructor(seq) {
    this.seq = seq;
  }

  /**
   * Whether a push is the next one, an old one, or shows that something is missing.
   * @param {number} seq
   * @returns {"next" | "stale" | "gap"}
   */
  take(seq) {
    if (this.seq === null || seq <= this.seq) return "stale";
    if (seq > this.seq + 1) return "gap";
    this.seq = seq;
    return "next";
  }
}
