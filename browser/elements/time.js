// <plaudit-time>: makes the <time> in it relative, and lets it age.

import { ago } from "../text.js";

/** @type {Set<PlauditTime>} */ const shown = new Set();
setInterval(() => shown.forEach((element) => element.show()), 20_000);

export class PlauditTime extends HTMLElement {
  connectedCallback() {
    shown.add(this);
    this.show();
  }

  disconnectedCallback() {
    shown.delete(this);
  }

  show() {
    const time = this.querySelector("time");
    const at = Date.parse(time?.dateTime ?? "");
    if (!time || Number.isNaN(at)) return;
    const date = new Date(at);
    time.textContent =
      ago((Date.now() - at) / 1000) ?? date.toLocaleDateString("en", { day: "numeric", month: "short", year: "numeric" });
    time.title = date.toLocaleString("en", { dateStyle: "long", timeStyle: "short" });
  }
}
