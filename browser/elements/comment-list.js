// The list of a post's comments: each at its place, answers under what they answer. Driven by <plaudit-comments>.

import { keep } from "../page/anchor.js";
import { one } from "../page/one.js";
import { clear, find, note, numberOf, render } from "./comment.js";

/** @typedef {import("../live/frames.js").Comment} Comment */

export class CommentList {
  #list;
  #template;
  #conversation;

  /** @param {HTMLElement} list @param {HTMLTemplateElement} template @param {Element} conversation whose list it is */
  constructor(list, template, conversation) {
    this.#list = list;
    this.#template = template;
    this.#conversation = conversation;
  }

  /** How many stand here. */
  get length() {
    return this.#list.querySelectorAll(".comment").length;
  }

  /** Whether somebody writes or is at something in it, so that it must not be replaced. */
  get isInUse() {
    return this.#list.contains(document.activeElement) || !!this.#list.querySelector("plaudit-comment-form");
  }

  /** @param {Comment} comment */
  render(comment) {
    return render(this.#template, comment, this.#conversation);
  }

  /** @param {Comment} comment @param {boolean} more whether there are older comments that have not been read */
  show(comment, more) {
    const li = this.render(comment);
    const stub = find(comment.id);
    if (stub) one(li, ".answers").append(...one(stub, ".answers").children);
    stub?.remove();
    this.place(li, comment.parent, more);
  }

  /** Puts a comment where it belongs. @param {HTMLElement} li @param {number | null} parent @param {boolean} more */
  place(li, parent, more) {
    const list = parent ? one(find(parent) ?? this.#stub(parent, more), ".answers") : this.#list;
    let next = null;
    for (let other = list.lastElementChild; other && isLater(other, li); other = other.previousElementSibling) next = other;
    list.insertBefore(li, next);
  }

  /** The place of a comment that is answered here and has not been read. @param {number} id @param {boolean} more */
  #stub(id, more) {
    const li = document.createElement("li");
    const answers = document.createElement("ol");
    li.id = `comment-${id}`;
    li.dataset["seq"] = "0";
    li.className = "comment earlier-one";
    answers.className = "answers";
    const said = note(more ? "" : undefined);
    const href = `/posts/${this.#conversation.getAttribute("post")}/comments/${id}`;
    const link = { className: "quiet", href, textContent: "An earlier comment" };
    if (more) said.append(Object.assign(document.createElement("a"), link));
    li.append(said, answers);
    this.place(li, null, more);
    return li;
  }

  /** Everything has been read: what is not there was removed. */
  clearStubs() {
    this.#list.querySelectorAll(".earlier-one").forEach((li) => clear(/** @type {HTMLElement} */ (li)));
  }

  /** @param {number} id */
  remove(id) {
    keep(() => clear(find(id)));
  }

  /** Takes everything away. */
  empty() {
    this.#list.replaceChildren();
  }
}

/** Whether a comment stands after another: by the position of its creation, or where that is not known by its number. */
function isLater(/** @type {Element} */ one, /** @type {HTMLElement} */ other) {
  const [a = 0, b = 0] = [one, other].map((li) => Number(/** @type {HTMLElement} */ (li).dataset["seq"]));
  return a && b ? a > b : numberOf(one) > numberOf(other);
}
