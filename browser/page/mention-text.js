// Where a text mentions somebody. As `src/domain/rich.rs`.

/** What may be a mention: nothing that joins stands before it, and no longer word is cut. */
const MENTION = /(?<![\p{Alphabetic}\p{N}_/@])(@[a-zA-Z0-9_]{2,30})(?![a-zA-Z0-9_])/u;

/** A text without addresses in pieces: odd ones are mentions. @param {string} text */
export const cut = (text) => text.split(MENTION);
