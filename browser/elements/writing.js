// Writing in a conversation: the forms to comment, to answer and to edit, what was written and is not known to be saved,
// and taking comments away. Loaded when somebody begins. Driven by <plaudit-comments>.

import { keep } from "../page/anchor.js";
import { now } from "../page/clock.js";
import { Refusal } from "../live/refusal.js";
import { call } from "../page/http.js";
import { live } from "../page/live.js";
import { tab } from "../page/storage.js";
import { one } from "../page/one.js";
import { draftsOf, find, note, numberOf, outboxOf, sentence } from "./comment.js";
import { PendingList } from "./pending.js";

/** @typedef {import("../live/frames.js").Comment} Comment */
/** @typedef {import("./comment-form.js").PlauditCommentForm} PlauditCommentForm */
/**
 * @typedef {object} Host the conversation
 * @property {number} post
 * @property {import("../live/frames.js").User} author whoever writes here
 * @property {PlauditCommentForm | null} form to comment on the post; null: the reader does not write here
 * @property {(comment: Comment) => HTMLElement} render
 * @property {(li: HTMLElement, parent: number | null) => void} place
 * @property {(comment: Comment) => void} take
 * @property {(id: number) => void} remove
 */

export class Writing {
  /** @type {PendingList<Comment>} */ #pending;
  #host;

  /** @param {Host} host */
  constructor(host) {
    this.#host = host;
    const { post, author, render, place, take } = host;
    this.#pending = new PendingList({
      what: "comment",
      kept: outboxOf(post),
      send: async ({ key, text, parent }) => {
        const draft = { key, text, parent };
        const byHttp = () => call("POST", `/posts/${post}/comments`, draft);
        return (await live.write({ type: "comment", post, ...draft }, byHttp)).comment;
      },
      render: ({ text, parent }, id) => {
        const created_at = new Date(now()).toISOString();
        return render({ id, post, parent, author, text, created_at, edited_at: null, seq: Infinity });
      },
      place,
      take,
    });
    this.#reopen();
  }

  /** How the names begin under which texts that were begun are kept. */
  get #drafts() {
    return draftsOf(this.#host.post);
  }

  /** Shows what was begun and what is on its way, on a list that is new. */
  show() {
    this.#pending.show();
    this.#reopen();
  }

  /** Opens the answers that were begun. */
  #reopen() {
    for (const name of tab.names(this.#drafts)) this.open(find(Number(name.slice(this.#drafts.length))), "answers");
  }

  /** A menu offers to edit only while that is possible. @param {Element} said */
  age(said) {
    const written = Date.parse(one(said, "time").getAttribute("datetime") ?? "");
    const seconds = Number(said.closest("plaudit-comments")?.getAttribute("edits-for"));
    if (now() - written > seconds * 1000) one(said, ".edit")?.remove();
  }

  /** The connection is back. */
  retry() {
    this.#pending.retry();
  }

  /** Where a comment of the reader's shows that is on its way. @param {Comment} comment */
  find(comment) {
    return this.#pending.find(comment);
  }

  /** Sends once more what shows there. @param {HTMLElement} li */
  again(li) {
    one(li, ".said").focus();
    this.#pending.again(li);
  }

  /** Takes back what could not be sent, to be said in another way. @param {HTMLElement} li */
  back(li) {
    const back = this.#pending.back(li);
    (back?.parent ? this.open(find(back.parent), "answers") : this.#host.form)?.take(back?.text ?? "");
  }

  /** Says what a form holds. @param {PlauditCommentForm} form @param {string} text */
  async say(form, text) {
    const { answers, edits } = form;
    if (!edits) {
      form.close();
      return this.#pending.write(text, answers);
    }
    // It may have been edited meanwhile, on the author's phone perhaps: that text now stands above this one.
    const edited = find(edits)?.dataset["edited"] ?? "";
    if (edited !== form.dataset["edited"]) {
      form.dataset["edited"] = edited;
      return form.fail("You edited this elsewhere meanwhile: see above. Save again to replace that.");
    }
    try {
      // The server refuses it where another edit has come that this page has not heard of yet.
      const { comment } = await call("PATCH", `/comments/${edits}`, { text, edited_at: edited || null });
      form.close();
      this.#host.take(comment);
    } catch (why) {
      form.fail(sentence(why));
    }
  }

  /**
   * Opens the form to answer or to edit a comment, or finds it open.
   * @param {HTMLElement | null} li @param {"answers" | "edits"} what
   */
  open(li, what) {
    const place = what === "edits" ? li?.querySelector(".bubble") : li;
    if (!li || !place || !this.#host.form) return null;
    const open = place.querySelector(`:scope > [${what}]`);
    if (open) return /** @type {PlauditCommentForm} */ (open);
    const form = /** @type {PlauditCommentForm} */ (this.#host.form.cloneNode(true));
    form.setAttribute(what, `${numberOf(li)}`);
    if (what === "edits") {
      form.setAttribute("text", li.dataset["text"] ?? "");
      form.dataset["edited"] = li.dataset["edited"] ?? "";
    }
    keep(() => place.append(form));
    return form;
  }

  /** Removes a comment, for everybody. @param {HTMLFormElement} form in its menu */
  async remove(form) {
    const li = form.closest(".comment");
    if (!li) return;
    const id = numberOf(li);
    try {
      await call("DELETE", `/comments/${id}`);
    } catch (why) {
      if (!(why instanceof Refusal && why.code === "not_found")) {
        const error = note(sentence(why));
        error.className = "error";
        return form.replaceWith(error);
      }
    }
    this.#host.remove(id);
  }
}
