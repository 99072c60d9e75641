// One message on a page: made from the page's template, changed and emptied in place; and the days between messages.

import { now } from "../page/clock.js";
import { fill, stamp } from "../page/markup.js";
import { one } from "../page/one.js";
import { PRIVATE } from "../page/private.js";
import { viewer } from "../page/session.js";
import { note } from "./comment.js";

/** @typedef {import("../live/frames.js").Message} Message */

/** @param {Element} li */
export const messageId = (li) => Number(li.id.slice(8));

/** @param {number} id */
export const findMessage = (id) => document.getElementById(`message-${id}`);

/** Where a text is kept that was begun in a conversation. @param {number | string} conversation */
export const draftOf = (conversation) => `${PRIVATE}-draft-${viewer.id}-${conversation}`;
/** Where messages are kept that are not known to be saved. @param {number} conversation */
export const outboxOf = (conversation) => `${PRIVATE}-outbox-${viewer.id}-${conversation}`;

/**
 * A message as this visitor sees it, made from the page's template.
 * @param {HTMLTemplateElement} template @param {Message} message @param {boolean} own whether it is of the visitor's side
 */
export function renderMessage(template, message, own) {
  const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const { id, seq, author, created_at } = message;
  stamp(copy, id);
  const li = /** @type {HTMLElement} */ (copy.querySelector(".message"));
  li.classList.toggle("own", own);
  one(li, ".by").textContent = `${own ? "You" : author.name}:`;
  one(li, "time").setAttribute("datetime", created_at);
  // What has not been sent yet has a number below 0.
  if (id < 0) one(li, ".menu").remove();
  else one(li, own ? ".report" : ".menu form").remove();
  if (!own) one(li, ".edit").remove();
  // A guest reports nothing: nothing is left in the menu.
  if (!own && !viewer.isMember) one(li, ".menu").hidden = true;
  if (id > 0) one(li, ".unsent").remove();
  if (!own) delete li.dataset["text"];
  Object.assign(li.dataset, { seq: `${seq}`, by: `${author.id}`, at: created_at });
  writeMessage(li, message);
  clockOf(li);
  return li;
}

/** Gives a message its text, the first or another. @param {HTMLElement} li @param {Message} message */
export function writeMessage(li, { text, edited_at }) {
  fill(li, text);
  if (li.dataset["text"] !== undefined) li.dataset["text"] = text;
  one(li, ".edited").hidden = !edited_at;
  if (edited_at) li.dataset["edited"] = edited_at;
}

/** The message is gone. Its place stays, so that nothing moves. @param {HTMLElement | null} li */
export function clearMessage(li) {
  const said = li?.querySelector(".said");
  if (!li || !said) return;
  const focused = said.contains(document.activeElement);
  const gone = note("This message was removed.");
  gone.style.minHeight = `${said.getBoundingClientRect().height}px`;
  said.replaceWith(gone);
  if (focused) gone.focus({ preventScroll: true });
}

/** A menu offers to edit only while that is possible. @param {Element} li @param {number} seconds */
export function ageMessage(li, seconds) {
  const at = Date.parse(/** @type {HTMLElement} */ (li).dataset["at"] ?? "");
  if (now() - at > seconds * 1000) li.querySelector(".edit")?.remove();
}

/** Shows the time of day as this reader's clock has it. @param {Element} li */
export function clockOf(li) {
  const time = /** @type {HTMLTimeElement | null} */ (li.querySelector("time"));
  const at = new Date(time?.dateTime ?? "");
  if (!time || Number.isNaN(at.getTime())) return;
  time.textContent = at.toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  time.title = at.toLocaleString("en", { dateStyle: "long", timeStyle: "short" });
}

/** Puts a line between the days of a list's messages, by this reader's clock. @param {HTMLElement} list */
export function markDays(list) {
  list.querySelectorAll(".day").forEach((day) => day.remove());
  let before = "";
  const today = name(new Date(now()));
  for (const li of /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll(".message"))) {
    const day = name(new Date(li.dataset["at"] ?? ""));
    if (day !== before) {
      const line = document.createElement("li");
      line.className = "day";
      line.textContent = day === today ? "Today" : day;
      const above = li.previousElementSibling;
      (above?.matches(".unread-line") ? above : li).before(line);
    }
    before = day;
  }
}

/** @param {Date} date */
const name = (date) => date.toLocaleDateString("en", { day: "numeric", month: "short", year: "numeric" });
