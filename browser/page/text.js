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
const END = String.raw`\x00- ()<>\[\]"\x60{}|\\^\x7f-\xa0\xab\xbb\u2000-\u206f\u3000-\u3003\u3008-\u3011\uff00-\uff0f\uff1a\uff1b\uff1f\uff5b-\uff65\ufeff` +
  // What ends a sentence, or a part of one, in other scripts.
  String.raw`\u0589\u05c3\u060c\u061b\u061d-\u061f\u06d4\u0700-\u070a\u07f8\u07f9\u0837\u0839\u083d\u083e\u0964\u0965\u104a\u104b\u1362-\u1368\u166e\u1735\u1736\u17d4-\u17d6\u1803\u1809\u1944\u1945\u2e2e\u2e3c\ua4ff\ua60e\ua60f\ua6f3-\ua6f7\ua876\ua877\ua8ce\ua8cf\uaa5d-\uaa5f\uabeb\ufe10-\ufe19\ufe50-\ufe57`;
const PAIR = String.raw`\([^${END}]*\)|\[[^${END}]*\]`;
const ADDRESS = RegExp(String.raw`\b(https?://(?:[^${END}]|${PAIR})*(?:[^${END}.,;:!?'*_~]|${PAIR}))`, "i");

/**
 * A text in parts: odd ones are http or https addresses.
 * @param {string} text
 */
export const parts = (text) => text.split(ADDRESS);
