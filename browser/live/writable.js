// What can't be said, before it is sent.

/** Half of a pair that makes one character: no text can hold it. */
const HALF = /\p{Surrogate}/u;

/** What is wrong with a text, in a sentence; empty: nothing. @param {string} text @param {number} limit */
export function mistake(text, limit) {
  const { length } = [...text.trim()];
  if (HALF.test(text)) return "Half of a character stands in this text, perhaps of an emoji. Delete it, and send it again.";
  return length > limit ? `1 to ${limit.toLocaleString("en")} characters, this has ${length}.` : "";
}
