// While a member writes `@` and the beginning of a name: members to choose from.

import { offer } from "./choices.js";
import { call } from "./http.js";
import { face } from "./markup.js";

/** @typedef {import("../live/frames.js").User} User */

/** Offers them from now on. */
export function watchMentions() {
  offer({
    begun: /(?:^|[^\p{Alphabetic}\p{N}_/@])@([a-zA-Z0-9_]{1,30})$/u,
    label: "Members to mention",
    what: ["member", "members"],
    fits: () => true,
    find: (prefix) => call("GET", `/users?prefix=${prefix}`).then(({ items }) => items.map(option), () => []),
  });
}

/** @param {User} user */
function option(user) {
  const img = Object.assign(document.createElement("img"), { className: "avatar", src: face(user), alt: "" });
  const name = Object.assign(document.createElement("bdi"), { className: "name", textContent: user.name });
  const handle = Object.assign(document.createElement("bdi"), { className: "handle", textContent: `@${user.handle}` });
  const insert = (/** @type {string} */ before) => before.replace(/@[a-zA-Z0-9_]*$/, `@${user.handle} `);
  return { parts: [img, name, " ", handle], insert };
}
