// <plaudit-connection>: a quiet line while the server is away, gone by itself when it is back.

import { live } from "../live.js";

/** A short absence is nobody's business. */
const PATIENCE = 1500;

export class PlauditConnection extends HTMLElement {
  /** @type {any} */ #timer = null;

  connectedCallback() {
    live.addEventListener("change", this.#changed);
    this.#changed();
  }

  disconnectedCallback() {
    live.removeEventListener("change", this.#changed);
  }

  #changed = () => {
    if (live.state === "online" || live.state === "off") {
      clearTimeout(this.#timer);
      this.#timer = null;
      this.hidden = true;
    } else if (live.state === "ended") {
      this.#show("You logged in or out elsewhere.", true);
    } else {
      this.#timer ??= setTimeout(() => this.#show("Reconnecting…", false), PATIENCE);
    }
  };

  /** @param {string} text @param {boolean} reload whether only a reload helps */
  #show(text, reload) {
    const line = this.querySelector("p");
    if (!line) return;
    line.textContent = text;
    this.hidden = false;
    if (!reload) return;
    const link = document.createElement("a");
    link.href = location.href.split("#")[0] ?? "";
    link.textContent = "Reload";
    line.append(" ", link);
  }
}
