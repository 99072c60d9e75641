// What the forms for comments and for messages share: what is typed outlives a reload, is counted, and is told to those
// who look. What is said goes to the element around the form, as the event `say`.

import { mistake } from "../live/writable.js";
import { live } from "../page/live.js";
import { one } from "../page/one.js";
import { tab } from "../page/storage.js";
import { PlauditElement } from "./element.js";

/** Others are told that somebody writes once in so many milliseconds. */
const TYPING = 2000;

export class TextForm extends PlauditElement {
  #told = -TYPING;
  /** A text has at most this many Unicode scalars; from a tenth of it left on, the number is shown. */ limit = 0;

  /** Where a text outlives a reload of its tab; empty: it does not. */
  get kept() {
    return "";
  }

  /** The topic whose subscribers are told that somebody writes; empty: nobody is. */
  get company() {
    return "";
  }

  /** What is written, where that is told too. @type {"reply" | "note" | undefined} */
  get mode() {
    return undefined;
  }

  /** @returns {HTMLTextAreaElement} */
  get text() {
    return one(this, "textarea");
  }

  /** Something was typed. */
  typed() {
    this.changed();
    const isTold = performance.now() - this.#told < TYPING;
    if (!this.company || !this.text.value.trim() || isTold) return;
    // What could not be told is told with the next letter.
    if (live.typing(this.company, this.mode)) this.#told = performance.now();
  }

  /** Another text stands here. */
  changed() {
    const { kept, limit } = this;
    const text = this.text.value.trim();
    const left = one(this, ".left");
    left.textContent = this.rest(text);
    left.classList.toggle("over", [...text].length > limit);
    if (kept && text) tab.set(kept, this.text.value);
    else if (kept) tab.remove(kept);
  }

  /** What is said of the room that is left. @param {string} text */
  rest(text) {
    const rest = this.limit - [...text].length;
    return rest > this.limit / 10 ? "" : rest < 0 ? `${-rest} too many` : `${rest} left`;
  }

  /** Whether what stands here can be said; where it can't, this says why. */
  check() {
    const text = this.text.value.trim();
    const wrong = mistake(text, this.limit);
    this.fail(wrong);
    return text !== "" && !wrong;
  }

  /** Says what stands here, if it can be said. */
  send() {
    if (this.check()) this.dispatchEvent(new CustomEvent("say", { bubbles: true, detail: this.text.value.trim() }));
    else this.text.focus();
  }

  /** Says what is wrong, or nothing. @param {string} why */
  fail(why) {
    one(this, ".error").textContent = why;
    this.text.setAttribute("aria-invalid", `${why !== ""}`);
  }

  /** Somebody wants to write here. */
  begun() {
    this.text.focus();
  }

  /** Takes a text that was not sent after all. @param {string} text */
  take(text) {
    this.text.value = [text, this.text.value].filter(Boolean).join("\n");
    this.changed();
    this.begun();
  }
}
