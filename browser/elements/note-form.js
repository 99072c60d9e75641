// <plaudit-note-form>: where an agent writes a note. It has a text, a key and an address of its own: nothing that is
// written here can become an answer.

import { freshKey } from "../live/key.js";
import { announce } from "../page/announce.js";
import { call } from "../page/http.js";
import { one } from "../page/one.js";
import { tab } from "../page/storage.js";
import { sentence } from "./comment.js";
import { draftOf } from "./message.js";
import { TextForm } from "./text-form.js";

export class PlauditNoteForm extends TextForm {
  /** @override */ limit = 2000;
  #isSending = false;

  /** @override */
  begin() {
    if (!this.text.value.trim()) this.text.value = tab.get(this.kept) ?? "";
    this.listen(this, "input", () => this.typed());
    this.listen(this, "submit", (event) => (event.preventDefault(), this.#send()));
    this.listen(this, "keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.#send();
    });
    this.changed();
  }

  get #conversation() {
    return this.getAttribute("conversation") ?? "";
  }

  /** @override */
  get kept() {
    return draftOf(`note-${this.#conversation}`);
  }

  /** @override */
  get company() {
    return `conversation:${this.#conversation}/agents`;
  }

  /** @override */
  get mode() {
    return /** @type {const} */ ("note");
  }

  async #send() {
    if (this.#isSending || !this.check()) return;
    this.#isSending = true;
    const text = this.text.value.trim();
    const key = /** @type {HTMLInputElement} */ (one(this, "[name=key]"));
    try {
      // The same key as long as it is not known to be kept: a second try adds no second note.
      await call("POST", `/conversations/${this.#conversation}/notes`, { text, key: key.value });
      key.value = freshKey();
      this.text.value = "";
      this.changed();
      announce("Your note stands there");
      const box = this.closest("details");
      if (box) box.open = false;
      box?.querySelector("summary")?.focus({ preventScroll: true });
    } catch (why) {
      this.fail(sentence(why));
    }
    this.#isSending = false;
    if (this.text.value) this.text.focus();
  }
}
