// <plaudit-queue>: keeps the moderators' queue true while somebody looks at it, as others decide and report. It reads the
// page again every little while, and when the page is shown again.

import { announce } from "../page/announce.js";
import { read } from "../page/read.js";
import { PlauditElement } from "./element.js";

/** How often it looks, in milliseconds. */
const AGAIN = 15_000;

export class PlauditQueue extends PlauditElement {
  #next = this.timer();

  /** @override */
  begin() {
    this.listen(document, "visibilitychange", () => document.hidden || this.look());
    this.#wait();
  }

  #wait() {
    this.#next(AGAIN, () => document.hidden || this.look());
  }

  /** Compares the cases with those of the server. */
  async look() {
    this.#next(null);
    try {
      const fresh = (await read(location.href)).querySelector("plaudit-queue");
      if (fresh && this.isConnected) this.#show(fresh);
    } catch (status) {
      // Who may not see it any more may not the next time.
      if (Number(status) >= 400 && Number(status) < 500) return;
    }
    if (this.isConnected) this.#wait();
  }

  /** @param {Element} fresh */
  #show(fresh) {
    const last = this.querySelector(".cases > li:last-child");
    for (const li of this.querySelectorAll(".cases > li:not(.decided)")) {
      const now = fresh.querySelector(`#${li.id}`);
      if (now?.getAttribute("data-state") === li.getAttribute("data-state")) continue;
      // What somebody is at stays as it is: the decision itself hears what has changed.
      if (li.contains(document.activeElement) || li.querySelector("details[open]")) continue;
      // A page holds so many: what the others push off its end has not been decided.
      if (now) li.replaceWith(document.adoptNode(now));
      else if (li !== last || !fresh.querySelector("a[rel=next]")) clear(li);
    }
    const more = [...fresh.querySelectorAll(".cases > li")].filter(({ id }) => !document.getElementById(id));
    const pill = /** @type {HTMLElement} */ (this.querySelector(".newer-cases"));
    if (pill.hidden && more.length) announce(pill.textContent ?? "");
    pill.hidden = !more.length;
  }
}

/** Somebody else has decided. @param {Element} li */
function clear(li) {
  const said = document.createElement("p");
  said.textContent = "Decided, or gone.";
  li.classList.add("decided");
  li.replaceChildren(said);
}
