// <plaudit-composer>: counts characters, sends without leaving the page, and never loses or doubles a text.

import { freshKey } from "../live/key.js";
import { Refusal } from "../live/refusal.js";
import { mistake } from "../live/writable.js";
import { call } from "../page/http.js";
import { viewer } from "../page/session.js";
import { tab } from "../page/storage.js";
import { PlauditElement } from "./element.js";
import { PlauditFeed } from "./feed.js";

/** A post has at most this many Unicode scalars. */
const LIMIT = 500;
/** From this many left on, the number is shown. */
const NEAR = 100;
/** Where a text outlives a reload of its tab. */
const KEPT = "plaudit-draft";

export class PlauditComposer extends PlauditElement {
  /** The key belongs to the text that it was sent with. */ #sent = "";

  /** @override */
  begin() {
    const { form, text, key } = this.#parts;
    const [draft, draftKey, author] = kept();
    // What the server gave back goes before what was kept here.
    if (draft && author === viewer.id && !text.value.trim()) {
      text.value = this.#sent = draft;
      key.value = draftKey;
    }
    this.listen(text, "input", () => this.#changed());
    this.listen(text, "keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    this.listen(form, "submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#changed();
  }

  get #parts() {
    const form = /** @type {HTMLFormElement} */ (this.querySelector("form"));
    /** @template {Element} T @param {string} selector @returns {T} */
    const one = (selector) => /** @type {any} */ (form.querySelector(selector));
    return {
      form,
      text: /** @type {HTMLTextAreaElement} */ (one("textarea")),
      key: /** @type {HTMLInputElement} */ (one("[name=key]")),
      button: /** @type {HTMLButtonElement} */ (one("button")),
      left: /** @type {HTMLElement} */ (one(".left")),
      error: /** @type {HTMLElement} */ (one(".error")),
    };
  }

  #changed() {
    const { text, key, left } = this.#parts;
    const rest = LIMIT - [...text.value.trim()].length;
    left.textContent = rest > NEAR ? "" : rest < 0 ? `${-rest} too many` : `${rest} left`;
    left.classList.toggle("over", rest < 0);
    if (text.value.trim()) tab.set(KEPT, JSON.stringify([text.value, key.value, viewer.id]));
    else tab.remove(KEPT);
  }

  async #send() {
    const { text, key, button } = this.#parts;
    const value = text.value;
    if (button.disabled) return;
    const wrong = mistake(value, LIMIT);
    if (wrong) return this.#fail(wrong);
    // A retry of the same text keeps its key, so that it can't post twice; another text needs another key.
    if (!key.value || (this.#sent && this.#sent !== value)) key.value = freshKey();
    this.#sent = value;
    this.#changed();
    this.#fail("");
    button.disabled = true;
    try {
      const { post } = await call("POST", "/posts", { text: value, key: key.value });
      if (text.value === value) text.value = "";
      key.value = freshKey();
      this.#sent = "";
      this.#changed();
      const feed = document.querySelector("plaudit-feed");
      if (feed instanceof PlauditFeed) feed.show(post);
    } catch (why) {
      if (why instanceof Refusal && ["key_reused", "gone"].includes(why.code)) key.value = freshKey();
      this.#fail(why instanceof Error ? why.message.replace(/^text: /, "") : "Not posted.");
    }
    button.disabled = false;
    text.focus();
  }

  /** @param {string} why */
  #fail(why) {
    const { text, error } = this.#parts;
    error.textContent = why;
    text.setAttribute("aria-invalid", `${why !== ""}`);
  }
}

/** What was kept, if it can be read: a text, its key and whose they are. */
function kept() {
  try {
    const all = JSON.parse(tab.get(KEPT) ?? "[]");
    return Array.isArray(all) ? all : [];
  } catch {
    return [];
  }
}
