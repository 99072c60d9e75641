// <plaudit-time>: makes the <time> in it relative, and lets it age.

import { PlauditElement } from "./element.js";
import { now } from "../page/clock.js";
import { ago } from "../page/text.js";

/** @type {Set<PlauditTime>} */ const shown = new Set();
setInterval(() => shown.forEach((element) => element.show()), 20_000);

export class PlauditTime extends PlauditElement {
  /** @override */
  begin() {
    shown.add(this);
    this.ends(() => shown.delete(this));
    this.show();
  }

  show() {
    const time = this.querySelector("time");
    const at = Date.parse(time?.dateTime ?? "");
    if (!time || Number.isNaN(at)) return;
    const date = new Date(at);
    time.textContent =
      ago((now() - at) / 1000) ?? date.toLocaleDateString("en", { day: "numeric", month: "short", year: "numeric" });
    time.title = date.toLocaleString("en", { dateStyle: "long", timeStyle: "short" });
  }
}
