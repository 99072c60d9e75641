// <plaudit-comment-form>: keeps what is typed, counts it, tells that somebody writes. What is said goes to
// <plaudit-comments>, as the event `say`.

import { mistake } from "../live/writable.js";
import { keep } from "../page/anchor.js";
import { live } from "../page/live.js";
import { viewer } from "../page/session.js";
import { tab } from "../page/storage.js";
import { one } from "../page/one.js";
import { draftsOf } from "./comment.js";
import { PlauditElement } from "./element.js";

/** A comment has at most this many Unicode scalars. */
const LIMIT = 1000;
/** From this many left on, the number is shown. */
const NEAR = 100;
/** Others are told that somebody writes once in so many milliseconds. */
const TYPING = 2000;

export class PlauditCommentForm extends PlauditElement {
  #told = -TYPING;
  #isReady = false;

  /** @override */
  begin() {
    const { text } = this;
    // An element that only moves on the page keeps what stands in it.
    // Who types while this script is on its way is writing too.
    const isTyped = !this.#isReady && text.matches(":focus") && text.value;
    if (!this.#isReady) this.#fill(text);
    this.#isReady = true;
    this.listen(this, "input", () => this.#typed());
    this.listen(this, "keydown", ({ key }) => key === "Escape" && !text.value.trim() && this.close());
    this.listen(one(this, ".cancel"), "click", () => this.close());
    if (isTyped) this.#typed();
    else this.#changed();
  }

  /** Tells others that somebody writes, now and then. */
  #typed() {
    this.#changed();
    const isTold = performance.now() - this.#told < TYPING;
    if (!viewer.isMember || this.edits || !this.text.value.trim() || isTold) return;
    // What could not be told is told with the next letter.
    if (live.typing(`post:${this.getAttribute("post")}/presence`)) this.#told = performance.now();
  }

  /** @param {HTMLTextAreaElement} text */
  #fill(text) {
    const kept = tab.get(this.#kept);
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

  /** @returns {HTMLTextAreaElement} */
  get text() {
    return one(this, "textarea");
  }

  /** Where a text outlives a reload of its tab. */
  get #kept() {
    const { edits, answers } = this;
    return draftsOf(Number(this.getAttribute("post"))) + (edits ? `e${edits}` : (answers ?? ""));
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

  #changed() {
    const text = this.text.value.trim();
    const left = one(this, ".left");
    const rest = LIMIT - [...text].length;
    left.textContent = rest > NEAR ? "" : rest < 0 ? `${-rest} too many` : `${rest} left`;
    left.classList.toggle("over", rest < 0);
    if (text) tab.set(this.#kept, this.text.value);
    else tab.remove(this.#kept);
  }

  /** Says what stands here, if it can be said. */
  send() {
    const text = this.text.value.trim();
    const wrong = mistake(text, LIMIT);
    this.fail(wrong);
    if (text && !wrong) this.dispatchEvent(new CustomEvent("say", { bubbles: true, detail: text }));
    else this.text.focus();
  }

  /** Somebody wants to write here. */
  begun() {
    this.text.focus({ preventScroll: true });
    this.scrollIntoView({ block: "nearest" });
  }

  /** Says what is wrong, or nothing. @param {string} why */
  fail(why) {
    one(this, ".error").textContent = why;
    this.text.setAttribute("aria-invalid", `${why !== ""}`);
  }

  /** Takes a text that was not sent after all. @param {string} text */
  take(text) {
    this.text.value = [text, this.text.value].filter(Boolean).join("\n");
    this.#changed();
    this.begun();
  }

  /** What was typed has been said, or is not wanted any more: empty again, or away. */
  close() {
    this.text.value = "";
    this.#changed();
    if (!this.answers && !this.edits) return this.text.focus();
    const said = this.closest(".comment")?.firstElementChild;
    keep(() => this.remove());
    if (said) (one(said, this.edits ? "summary" : ".answer") ?? said).focus({ preventScroll: true });
  }
}
