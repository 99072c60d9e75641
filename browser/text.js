// Numbers, times, names and links as a page writes them. `src/web/pages/view.rs` does the same on the server.

const compactNumber = new Intl.NumberFormat("en", { notation: "compact" });
const exactNumber = new Intl.NumberFormat("en");
const relative = new Intl.RelativeTimeFormat("en", { style: "narrow", numeric: "always" });

/** `41`, `1.2K`. @param {number} number */
export const compact = (number) => compactNumber.format(number);

/** `1 like`, `1,234 likes`. @param {number} likes */
export const exact = (likes) => `${exactNumber.format(likes)} ${likes === 1 ? "like" : "likes"}`;

/** `No comments`, `1 comment`, `1.2K comments`. @param {number} comments */
export const talk = (comments) =>
  comments === 1 ? "1 comment" : `${comments ? compact(comments) : "No"} comments`;

/**
 * How long ago a moment is; null where its date says more.
 * @param {number} seconds
 */
export function ago(seconds) {
  if (seconds < 45) return "just now";
  if (seconds < 3570) return relative.format(-Math.max(1, Math.round(seconds / 60)), "minute");
  if (seconds < 84_600) return relative.format(-Math.max(1, Math.round(seconds / 3600)), "hour");
  if (seconds < 7 * 86_400) return relative.format(-Math.max(1, Math.round(seconds / 86_400)), "day");
  return null;
}

/** What can be the last character of an address in a sentence. */
const AFTER = /[.,;:!?'"*_~]$/;

/**
 * A text in parts: odd ones are http or https addresses.
 * @param {string} text
 */
export function parts(text) {
  /** @type {string[]} */ const found = [];
  let from = 0;
  for (const match of text.matchAll(/\bhttps?:\/\/[^\s<>"\x60{}|\\^\p{C}]+/giu)) {
    let link = match[0];
    for (;;) {
      if (AFTER.test(link) || (link.endsWith(")") && !link.includes("("))) link = link.slice(0, -1);
      else break;
    }
    if (!URL.canParse(link)) continue;
    found.push(text.slice(from, match.index), link);
    from = match.index + link.length;
  }
  return [...found, text.slice(from)];
}
