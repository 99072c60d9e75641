// <plaudit-message-form> for agents: an answer to a telephone has its own length, and is counted in text messages.

import { segments } from "../page/segments.js";
import { PlauditMessageForm } from "./message-form.js";

export class CaseMessageForm extends PlauditMessageForm {
  /** @override */
  begin() {
    if (this.#isText) this.limit = 1600;
    super.begin();
  }

  get #isText() {
    return this.hasAttribute("phone");
  }

  /** @override @param {string} text */
  rest(text) {
    const said = super.rest(text);
    if (!this.#isText || !text || said.endsWith("too many")) return said;
    const { count, left } = segments(text);
    return `${count} text message${count === 1 ? "" : "s"} · ${left} left in ${count === 1 ? "it" : "the last"}`;
  }
}
