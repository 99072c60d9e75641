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

/** What ends an address, and how it goes on over brackets of its own: as in `src/web/pages/rich.rs`. */
const END = String.raw`\x00- ()<>\[\]"\x60{}|\\^\x7f-\xa0\xab\xbb\u2000-\u206f\u3000-\u3003\u3008-\u3011\uff00-\uff0f\ufeff`;
const PAIR = String.raw`\([^${END}]*\)|\[[^${END}]*\]`;
const ADDRESS = RegExp(String.raw`\b(https?://(?:[^${END}]|${PAIR})*(?:[^${END}.,;:!?'*_~]|${PAIR}))`, "i");

/**
 * A text in parts: odd ones are http or https addresses.
 * @param {string} text
 */
export const parts = (text) => text.split(ADDRESS);
