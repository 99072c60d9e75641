// <plaudit-message-form>: where a message is written or edited. <plaudit-direct> takes what is said. In front of a first
// message it is a form as any other, which keeps its text.

import { freshKey } from "../live/key.js";
import { one } from "../page/one.js";
import { tab } from "../page/storage.js";
import { draftOf } from "./message.js";
import { TextForm } from "./text-form.js";

/** Whether Enter sends: with a keyboard it does, on a touch screen it makes a line. */
const enterSends = () => matchMedia("(pointer: fine)").matches;

export class PlauditMessageForm extends TextForm {
  /** @override */ limit = 2000;
  /** The message whose text is edited here. */ edits = 0;

  /** @override */
  begin() {
    const { text } = this;
    // Who types while this script is on its way is writing too.
    const isTyped = text.matches(":focus") && text.value;
    const kept = tab.get(this.#draft);
    // What the server gave back goes before what was kept here.
    if (kept && !text.value.trim()) text.value = kept;
    this.listen(this, "input", () => this.typed());
    this.listen(this, "keydown", (event) => this.#keyed(event));
    this.listen(this, "submit", (event) => this.#submitted(event));
    this.listen(one(this, ".cancel"), "click", () => this.close());
    if (isTyped) this.typed();
    else this.changed();
  }

  /** The conversation, or whom a first message goes to. */
  get #to() {
    return this.getAttribute("conversation") ?? `to-${this.getAttribute("to")}`;
  }

  get #isFirst() {
    return !this.hasAttribute("conversation");
  }

  get #draft() {
    return draftOf(this.#to);
  }

  /** What an edit replaces waits where it is kept. @override */
  get kept() {
    return this.edits ? "" : this.#draft;
  }

  /** @override */
  get company() {
    return this.#isFirst || this.edits ? "" : `conversation:${this.#to}/${this.getAttribute("company") ?? "presence"}`;
  }

  /** @override */
  get mode() {
    return this.hasAttribute("company") ? /** @type {const} */ ("reply") : undefined;
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
    if (this.#isFirst && this.check()) {
      // What was sent is not offered again. If it is refused, the page brings it back.
      tab.remove(this.#draft);
      if (!event.isTrusted) /** @type {HTMLFormElement} */ (event.target).submit();
      return;
    }
    event.preventDefault();
    this.send();
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
    this.changed();
  }

  /** What was typed has been said, or the edit is over: empty again, or as before the edit. */
  close() {
    const wasEdit = this.edits;
    this.edits = 0;
    this.text.value = (wasEdit && tab.get(this.#draft)) || "";
    // The form's own key has not been used: the script sends with another.
    one(this, "[name=key]").setAttribute("value", freshKey());
    this.fail("");
    this.#dress();
    this.text.focus();
  }
}
