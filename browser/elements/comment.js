// One comment on a page: made from the page's template, changed and emptied in place.

import { fill, sign, stamp } from "../page/markup.js";
import { one } from "../page/one.js";
import { viewer } from "../page/session.js";

/** @typedef {import("../live/frames.js").Comment} Comment */

/** The comment's id. @param {Element} li */
export const numberOf = (li) => Number(li.id.slice(8));

/** Where comments on a post are kept that are not known to be saved. @param {number} post */
export const outboxOf = (post) => `plaudit-outbox-${viewer.id}-${post}`;

/** How the names begin under which texts are kept that were begun there. @param {number} post */
export const draftsOf = (post) => `plaudit-draft-${viewer.id}-${post}-`;

/** What is said of something that was refused. @param {unknown} why */
export const sentence = (why) => (why instanceof Error ? why.message.replace(/^text: /, "") : "That did not work.");

/** @param {number | null} id */
export const find = (id) => document.getElementById(`comment-${id}`);

/**
 * A comment as this visitor sees it, made from the page's template.
 * @param {HTMLTemplateElement} template
 * @param {Comment} comment
 * @param {Element} conversation what says what the visitor may do: `own` and `others`
 */
export function render(template, comment, conversation) {
  const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const { id, seq, author, parent, created_at } = comment;
  const may = (conversation.getAttribute(author.id === viewer.id ? "own" : "others") ?? "").split(" ");
  stamp(copy, id);
  sign(copy, author);
  const time = one(copy, "time");
  time.setAttribute("datetime", created_at);
  const li = /** @type {HTMLElement} */ (copy.firstElementChild);
  if (!may.includes("edit")) {
    one(copy, ".edit").remove();
    delete li.dataset["text"];
  }
  if (!may.includes("report")) one(copy, ".report").remove();
  if (!may.includes("remove")) one(copy, ".menu form").remove();
  if (!one(copy, ".menu-list").children.length) one(copy, ".menu").remove();
  if (!may.includes("answer") || parent || id < 0) one(copy, ".answer").remove();
  if (parent) one(copy, ".answers").remove();
  if (author.id !== Number(conversation.getAttribute("author"))) one(copy, ".by-author").remove();
  if (!author.moderator) one(copy, ".by-moderator").remove();
  // What has not been sent yet has a number below 0.
  one(copy, id < 0 ? ".menu" : ".unsent")?.remove();
  li.dataset["seq"] = `${seq}`;
  li.dataset["by"] = `${author.id}`;
  write(li, comment);
  return li;
}

/** Gives a comment its text, the first or another. @param {HTMLElement} li @param {Comment} comment */
export function write(li, { text, edited_at }) {
  fill(li, text);
  // What the reader may edit is kept as it is: a page may be translated, and its emoji be pictures.
  if (li.dataset["text"] !== undefined) li.dataset["text"] = text;
  one(li, ".edited").hidden = !edited_at;
  if (edited_at) li.dataset["edited"] = edited_at;
}

/** The comment is gone. Its place stays, with the answers to it. @param {HTMLElement | null} li */
export function clear(li) {
  const said = li?.firstElementChild;
  if (!said) return;
  const focused = said.contains(document.activeElement);
  const gone = note();
  gone.style.minHeight = `${said.getBoundingClientRect().height}px`;
  said.replaceWith(gone);
  if (focused) gone.focus({ preventScroll: true });
}

/** What stands in the place of a comment that is not there. @param {string} [text] */
export function note(text = "This comment was removed.") {
  const p = document.createElement("p");
  p.className = "said-gone";
  p.tabIndex = -1;
  p.textContent = text;
  return p;
}
