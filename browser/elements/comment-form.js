// <plaudit-comment-form>: where a comment is written, an answer, or an edit. <plaudit-comments> takes what is said.

import { keep } from "../page/anchor.js";
import { one } from "../page/one.js";
import { viewer } from "../page/session.js";
import { tab } from "../page/storage.js";
import { draftsOf } from "./comment.js";
import { TextForm } from "./text-form.js";

export class PlauditCommentForm extends TextForm {
  /** @override */ limit = 1000;
  #isReady = false;

  /** @override */
  begin() {
    const { text } = this;
    // An element that only moves on the page keeps what stands in it.
    // Who types while this script is on its way is writing too.
    const isTyped = !this.#isReady && text.matches(":focus") && text.value;
    if (!this.#isReady) this.#fill(text);
    this.#isReady = true;
    this.listen(this, "input", () => this.typed());
    this.listen(this, "keydown", ({ key }) => key === "Escape" && !text.value.trim() && this.close());
    this.listen(one(this, ".cancel"), "click", () => this.close());
    if (isTyped) this.typed();
    else this.changed();
  }

  /** @param {HTMLTextAreaElement} text */
  #fill(text) {
    const kept = tab.get(this.kept);
    if (this.answers || this.edits) this.#dress(text);
    // What the server gave back goes before what was kept here.
    if (kept && !text.value.trim()) text.value = kept;
  }

  /** The comment that it answers, if it does. */
  get answers() {
    return Number(this.getAttribute("answers")) || null;
  }

  /** The comment that it changes, if it does. */
  get edits() {
    return Number(this.getAttribute("edits")) || null;
  }

  /** @override */
  get kept() {
    const { edits, answers } = this;
    return draftsOf(Number(this.getAttribute("post"))) + (edits ? `e${edits}` : (answers ?? ""));
  }

  /** @override */
  get company() {
    return viewer.isMember && !this.edits ? `post:${this.getAttribute("post")}/presence` : "";
  }

  /** A copy of the page's form becomes one to answer or to edit. @param {HTMLTextAreaElement} text */
  #dress(text) {
    const { edits } = this;
    for (const element of this.querySelectorAll("[id]")) {
      const id = `${this.getAttribute("answers")}-${this.getAttribute("edits")}-${element.id}`;
      for (const name of ["for", "aria-describedby"]) {
        for (const other of this.querySelectorAll(`[${name}~="${element.id}"]`)) {
          other.setAttribute(name, (other.getAttribute(name) ?? "").replace(element.id, id));
        }
      }
      element.id = id;
    }
    // The key belongs to the page's own form.
    text.removeAttribute("accesskey");
    text.rows = 2;
    text.value = this.getAttribute("text") ?? "";
    one(this, "label").textContent = text.placeholder = edits ? "Your comment" : "Write an answer";
    one(this, "[type=submit]").textContent = edits ? "Save" : "Answer";
    one(this, ".cancel").hidden = false;
  }

  /** @override */
  begun() {
    this.text.focus({ preventScroll: true });
    this.scrollIntoView({ block: "nearest" });
  }

  /** What was typed has been said, or is not wanted any more: empty again, or away. */
  close() {
    this.text.value = "";
    this.changed();
    if (!this.answers && !this.edits) return this.text.focus();
    const said = this.closest(".comment")?.firstElementChild;
    keep(() => this.remove());
    if (said) (one(said, this.edits ? "summary" : ".answer") ?? said).focus({ preventScroll: true });
  }
}
