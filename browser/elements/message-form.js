// <plaudit-message-form>: keeps what is typed, counts it, tells that somebody writes. What is said goes to
// <plaudit-direct>, as the event `say`. In front of a first message it is a form as any other, which keeps its text.

import { freshKey } from "../live/key.js";
import { mistake } from "../live/writable.js";
import { live } from "../page/live.js";
import { one } from "../page/one.js";
import { tab } from "../page/storage.js";
import { PlauditElement } from "./element.js";
import { draftOf } from "./message.js";

/** A message has at most this many Unicode scalars. */
const LIMIT = 2000;
/** From this many left on, the number is shown. */
const NEAR = 200;
/** The other side is told that somebody writes once in so many milliseconds. */
const TYPING = 2000;

/** Whether Enter sends: with a keyboard it does, on a touch screen it makes a line. */
const enterSends = () => matchMedia("(pointer: fine)").matches;

export class PlauditMessageForm extends PlauditElement {
  #told = -TYPING;
  /** The message whose text is edited here. */ edits = 0;

  /** @override */
  begin() {
    const { text } = this;
    // Who types while this script is on its way is writing too.
    const isTyped = text.matches(":focus") && text.value;
    const kept = tab.get(this.#kept);
    // What the server gave back goes before what was kept here.
    if (kept && !text.value.trim()) text.value = kept;
    this.listen(this, "input", () => this.#typed());
    this.listen(this, "keydown", (event) => this.#keyed(event));
    this.listen(this, "submit", (event) => this.#submitted(event));
    this.listen(one(this, ".cancel"), "click", () => this.close());
    if (isTyped) this.#typed();
    else this.#changed();
  }

  /** The conversation, or whom a first message goes to. */
  get #to() {
    return this.getAttribute("conversation") ?? `to-${this.getAttribute("to")}`;
  }

  get #isFirst() {
    return !this.hasAttribute("conversation");
  }

  /** Where a text outlives a reload of its tab. */
  get #kept() {
    return draftOf(this.#to);
  }

  /** @returns {HTMLTextAreaElement} */
  get text() {
    return one(this, "textarea");
  }

  #typed() {
    this.#changed();
    const isTold = performance.now() - this.#told < TYPING;
    if (this.#isFirst || this.edits || !this.text.value.trim() || isTold) return;
    // What could not be told is told with the next letter.
    if (live.typing(`conversation:${this.#to}/presence`)) this.#told = performance.now();
  }

  #changed() {
    const text = this.text.value.trim();
    const left = one(this, ".left");
    const rest = LIMIT - [...text].length;
    left.textContent = rest > NEAR ? "" : rest < 0 ? `${-rest} too many` : `${rest} left`;
    left.classList.toggle("over", rest < 0);
    if (this.edits) return;
    if (text) tab.set(this.#kept, this.text.value);
    else tab.remove(this.#kept);
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    const { key, shiftKey, ctrlKey, metaKey, altKey, isComposing, keyCode } = event;
    if (key === "Escape" && this.edits) return this.close();
    // An input method takes Enter for itself; some browsers only say so by this old number.
    if (key !== "Enter" || isComposing || keyCode === 229) return;
    if (ctrlKey || metaKey || (enterSends() && !shiftKey && !altKey)) {
      event.preventDefault();
      one(this, "form").dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
    }
  }

  /** @param {Event} event */
  #submitted(event) {
    const text = this.text.value.trim();
    const wrong = mistake(text, LIMIT);
    this.fail(wrong);
    if (this.#isFirst && text && !wrong) {
      // What was sent is not offered again. If it is refused, the page brings it back.
      tab.remove(this.#kept);
      if (!event.isTrusted) /** @type {HTMLFormElement} */ (event.target).submit();
      return;
    }
    event.preventDefault();
    if (text && !wrong) this.dispatchEvent(new CustomEvent("say", { bubbles: true, detail: text }));
    else this.text.focus();
  }

  /** Edits a message in the place where the next one is written, which waits. @param {number} id @param {string} text */
  edit(id, text) {
    this.edits = id;
    this.text.value = text;
    this.#dress();
    this.text.focus();
  }

  #dress() {
    const { edits } = this;
    one(this, ".editing").hidden = one(this, ".cancel").hidden = !edits;
    one(this, "[type=submit]").textContent = edits ? "Save" : "Send";
    this.#changed();
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
    this.text.focus();
  }

  /** What was typed has been said, or the edit is over: empty again, or as before the edit. */
  close() {
    const wasEdit = this.edits;
    this.edits = 0;
    this.text.value = (wasEdit && tab.get(this.#kept)) || "";
    // The form's own key has not been used: the script sends with another.
    one(this, "[name=key]").setAttribute("value", freshKey());
    this.fail("");
    this.#dress();
    this.text.focus();
  }
}
