// <plaudit-connection>: a quiet line while the server is away, gone by itself when it is back.

import { PlauditElement } from "./element.js";
import { live } from "../page/live.js";
import { session, viewer } from "../page/session.js";

/** A short absence is nobody's business. */
const PATIENCE = 1500;
/** Pages that come back together do not ask together: each waits up to so many milliseconds. */
const SPREAD = 10_000;
const GONE = "You logged in or out elsewhere: this page is for another account. What you wrote here is not lost.";
/** The close code for a session that is over. */
const SESSION_ENDED = 4004;

export class PlauditConnection extends PlauditElement {
  #isAway = false;
  #timer = this.timer();
  /** Whether a connection was lost since the server was last asked for its build. */ #wasLost = false;
  /** Whether the server is a newer one than the page, which goes on as it is. */ #isOld = false;
  #compare = this.timer();

  /** @override */
  begin() {
    this.listen(live, "change", () => this.#changed());
    this.listen(session, "gone", () => this.#changed());
    this.#changed();
  }

  /** The element itself is the live region: it always stands there, so that its line is heard when it comes. */
  get #line() {
    return /** @type {HTMLElement} */ (this.querySelector("p"));
  }

  /** Whether an update was the reason that the connection was lost. */
  async #findOld() {
    const { isOld } = await import("../page/build.js");
    this.#isOld ||= await isOld();
    this.#changed();
  }

  #changed() {
    if (live.state === "waiting") this.#wasLost = true;
    if (live.state === "online" && this.#wasLost) {
      this.#wasLost = false;
      this.#compare(Math.random() * SPREAD, () => this.#findOld().catch(() => {}));
    }
    const isAway = live.state === "connecting" || live.state === "waiting";
    if (viewer.isGone) return this.#show(GONE, true);
    if (isAway && live.why) return this.#show(`No live updates. ${live.why.message}`, false);
    if (isAway && this.#isAway) return;
    this.#isAway = isAway;
    if (isAway) return this.#timer(PATIENCE, () => this.#show("Reconnecting…", false));
    this.#timer(null);
    if (live.state !== "ended" && this.#isOld) return this.#show("Plaudit was updated.", true);
    this.#line.hidden = true;
    if (live.state !== "ended") return;
    this.#show(live.code === SESSION_ENDED ? "You logged in or out elsewhere." : "Live updates have stopped.", true);
  }

  /** @param {string} text @param {boolean} reload whether only a reload helps */
  #show(text, reload) {
    const line = this.#line;
    this.#timer(null);
    // What is said already is not said again.
    if (!line.hidden && line.firstChild?.textContent === text) return;
    line.textContent = text;
    line.hidden = false;
    if (!reload) return;
    const link = document.createElement("a");
    link.href = location.href.split("#")[0] ?? "";
    link.textContent = "Reload";
    line.append(" ", link);
  }
}
