// <plaudit-composer>: counts characters, sends without leaving the page, and never loses or doubles a text.

import { Refusal } from "../client.js";
import { call, user } from "../live.js";
import { PlauditFeed } from "./feed.js";

/** A post has at most this many Unicode scalars. */
const LIMIT = 500;
/** From this many left on, the number is shown. */
const NEAR = 100;
/** Where a text outlives a reload of its tab. */
const KEPT = "plaudit-draft";

export class PlauditComposer extends HTMLElement {
  /** The key belongs to the text that it was sent with. */ #sent = "";

  connectedCallback() {
    const { form, text, key } = this.#parts;
    const [draft, draftKey, author] = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
    // What the server gave back goes before what was kept here.
    if (draft && author === user && !text.value.trim()) {
      text.value = this.#sent = draft;
      key.value = draftKey;
    }
    text.addEventListener("input", () => this.#changed());
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    form.addEventListener("submit", (event) => {
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
    if (text.value.trim()) sessionStorage.setItem(KEPT, JSON.stringify([text.value, key.value, user]));
    else sessionStorage.removeItem(KEPT);
  }

  async #send() {
    const { text, key, button } = this.#parts;
    const value = text.value;
    if (button.disabled) return;
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

function freshKey() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
