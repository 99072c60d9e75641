// The beginning of a text, where a list has one line for it.

/** So much of the newest message stands in a list. */
const BEGINNING = 100;

/** One line, as `src/web/pages/words.rs` cuts it. @param {string} text */
export function beginning(text) {
  const line = text.split(/\s+/).filter(Boolean).join(" ");
  if ([...line].length <= BEGINNING) return line;
  const cut = [...line].slice(0, BEGINNING - 1).join("");
  return `${cut.slice(0, cut.lastIndexOf(" ") > 0 ? cut.lastIndexOf(" ") : undefined)}…`;
}
