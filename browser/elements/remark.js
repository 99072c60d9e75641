// A note, or what was done with a case, as it stands among the messages.

import { call } from "../page/http.js";
import { fillText, stamp } from "../page/markup.js";
import { one } from "../page/one.js";
import { clockOf } from "./message.js";

/** @typedef {import("../live/frames.js").Note} Note */

/**
 * The notes before a place, as far back as a time, and the place where they begin.
 * @param {string} conversation @param {number} from @param {string} oldest
 */
export async function notesBefore(conversation, from, oldest) {
  /** @type {Note[]} */ const notes = [];
  while (from > 1) {
    const path = `/conversations/${conversation}/notes?order=newest&limit=50&cursor=${from}`;
    const { items } = await call("GET", path).catch(() => ({ items: [] }));
    const fits = items.filter((/** @type {Note} */ note) => note.at >= oldest);
    notes.push(...fits);
    from = fits.at(-1)?.seq ?? from;
    if (!items.length || fits.length < items.length) break;
  }
  return { notes, from };
}

/** Made from the page's template. @param {HTMLTemplateElement} template @param {Note} note */
export function remarkOf(template, note) {
  const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  stamp(copy, note.id);
  const li = one(copy, ".remark");
  li.dataset["at"] = note.at;
  const time = one(li, "time");
  time.setAttribute("datetime", note.at);
  clockOf(li);
  if (note.kind === "note") {
    one(li, "bdi").textContent = note.author?.name ?? "";
    fillText(one(li, ".text"), note.text);
    return li;
  }
  li.classList.remove("written");
  const said = document.createElement("p");
  said.className = "remark-said";
  said.append(Object.assign(document.createElement("bdi"), { textContent: sentence(note) }), " ", time);
  li.replaceChildren(said);
  return li;
}

/** What was done, in words. As `sentence` in `src/web/pages/inboxes/entry.rs`. @param {Note} note */
export function sentence({ kind, author, to }) {
  const who = author?.name ?? "";
  if (kind === "assigned") {
    if (!to) return who ? `${who} put this down: nobody has it` : "Nobody has this now";
    if (!who) return `This is @${to}’s`;
    return author?.handle === to ? `${who} took this` : `${who} gave this to @${to}`;
  }
  if (who && to === "snoozed") return `${who} snoozed this`;
  if (who && to === "closed") return `${who} closed this`;
  return who ? `${who} opened this again` : "This was opened again";
}
