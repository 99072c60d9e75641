// Mentions in texts that arrive live: `@handle` of somebody who is there leads to them.

import { call } from "./http.js";
import { cut } from "./mention-text.js";

/** Whether somebody has a handle, as far as it was asked. @type {Map<string, Promise<boolean>>} */
const known = new Map();

/** @param {string} handle */
function isSomebody(handle) {
  const asked = known.get(handle) ?? call("GET", `/users/${handle}`).then(() => true, () => false);
  known.set(handle, asked);
  return asked;
}

/** Makes links of the mentions in a text that stands on the page. @param {Element} text */
export function link(text) {
  for (const node of [...text.childNodes]) {
    const pieces = node.nodeType === Node.TEXT_NODE ? cut(node.textContent ?? "") : [];
    if (pieces.length < 2) continue;
    const made = pieces.map((piece, at) => (at % 2 ? mention(piece) : piece));
    /** @type {ChildNode} */ (node).replaceWith(...made);
  }
}

/** @param {string} text */
function mention(text) {
  const place = document.createElement("span");
  place.textContent = text;
  const handle = text.slice(1).toLowerCase();
  isSomebody(handle).then((is) => {
    const a = Object.assign(document.createElement("a"), { className: "mention", href: `/@${handle}`, textContent: text });
    if (is && place.isConnected) place.replaceWith(a);
  });
  return place;
}
