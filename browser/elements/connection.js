// <plaudit-connection>: a quiet line while the server is away, gone by itself when it is back.

import { PlauditElement } from "./element.js";
import { live } from "../page/live.js";

/** A short absence is nobody's business. */
const PATIENCE = 1500;
/** The close code for a session that is over. */
const SESSION_ENDED = 4004;

export class PlauditConnection extends PlauditElement {
  #isAway = false;
  #timer = this.timer();

  /** @override */
  begin() {
    this.listen(live, "change", () => this.#changed());
    this.#changed();
  }

  /** The element itself is the live region: it always stands there, so that its line is heard when it comes. */
  get #line() {
    return /** @type {HTMLElement} */ (this.querySelector("p"));
  }

  #changed() {
    const isAway = live.state === "connecting" || live.state === "waiting";
    if (isAway && this.#isAway) return;
    this.#isAway = isAway;
    if (isAway) return this.#timer(PATIENCE, () => this.#show("Reconnecting…", false));
    this.#timer(null);
    this.#line.hidden = true;
    if (live.state !== "ended") return;
    this.#show(live.code === SESSION_ENDED ? "You logged in or out elsewhere." : "Live updates have stopped.", true);
  }

  /** @param {string} text @param {boolean} reload whether only a reload helps */
  #show(text, reload) {
    const line = this.#line;
    line.textContent = text;
    line.hidden = false;
    if (!reload) return;
    const link = document.createElement("a");
    link.href = location.href.split("#")[0] ?? "";
    link.textContent = "Reload";
    line.append(" ", link);
  }
}
