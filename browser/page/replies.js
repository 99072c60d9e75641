// Replies that are ready: while an agent answers, `/` and the beginning of a shortcut offer them.

import { offer } from "./choices.js";
import { call } from "./http.js";

/** @typedef {import("../live/frames.js").Reply} Reply */

/** Asked for once a page. @type {Promise<Reply[]> | null} */
let kept = null;

/** Offers them from now on. */
export function offerReplies() {
  const handle = /** @type {HTMLElement | null} */ (document.querySelector(".desk"))?.dataset["handle"];
  offer({
    begun: /(?:^|\s)\/([a-z0-9_-]{0,30})$/,
    label: "Replies",
    what: ["reply", "replies"],
    fits: (box) => !!box.closest("plaudit-message-form"),
    find: async (prefix) => {
      kept ??= call("GET", `/inboxes/${handle}/replies`).then(({ items }) => items);
      const all = await kept.catch(() => (kept = null, []));
      return (all ?? []).filter(({ shortcut }) => shortcut.startsWith(prefix)).slice(0, 8).map(({ shortcut, text }) => ({
        parts: [part("name", `/${shortcut}`), " ", part("handle", text.slice(0, 60))],
        insert: (before) => before.replace(/\/[a-z0-9_-]*$/, text),
      }));
    },
  });
}

/** @param {string} className @param {string} textContent */
const part = (className, textContent) => Object.assign(document.createElement("bdi"), { className, textContent });
