// Where somebody is in a conversation: at its end or not, how far it was read, and where the unread begins. Driven by
// <plaudit-direct>.

import { live } from "../page/live.js";
import { one } from "../page/one.js";

/** How far from the end of the page one still is at the end, in pixels. */
const NEAR = 48;

export class ReadingPlace {
  /** @type {import("./direct.js").PlauditDirect} */ #element;
  #list;
  #topic;
  /** How far the reader has read, as far as the server knows. */ #read;
  /** How far that is on its way to the server. */ #told;
  /** Who is on the other side. */ #other;
  /** What has come below, and was not on the screen. @type {HTMLElement[]} */ #below = [];
  /** Whether a line stands where the unread begins that has not been read yet. */ #isUnread = false;
  #frame = 0;

  /**
   * @param {import("./direct.js").PlauditDirect} element @param {HTMLElement} list
   * @param {{topic: string, read: number, other: number}} of
   */
  constructor(element, list, { topic, read, other }) {
    this.#element = element;
    this.#list = list;
    this.#topic = topic;
    this.#read = this.#told = read;
    this.#other = other;
  }

  /** Begins where the unread does, else at the end. */
  begin() {
    const line = this.#list.querySelector(".unread-line");
    this.#isUnread = !!line;
    for (const type of ["scroll", "focus"]) this.#element.listen(window, type, () => this.#soon());
    this.#element.listen(document, "visibilitychange", () => this.#soon());
    // The script reads, in place of the button.
    this.#element.querySelector(".mark-read")?.remove();
    const [arrival] = performance.getEntriesByType?.("navigation") ?? [];
    const isKept = arrival instanceof PerformanceNavigationTiming && arrival.type !== "navigate";
    if (line) line.scrollIntoView({ block: "center", behavior: "instant" });
    else if (!isKept && !/^#message-/.test(location.hash)) this.toEnd();
    this.look();
  }

  /** Whether the reader is at the end. */
  get isAtEnd() {
    const { scrollHeight } = document.documentElement;
    return scrollY + innerHeight >= scrollHeight - NEAR;
  }

  toEnd() {
    scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
    this.look();
  }

  /** A message of the other side stands there now. @param {HTMLElement} li */
  arrived(li) {
    this.#below.push(li);
    if (this.#isUnread || this.#isLooking) return;
    // Whoever comes back finds where the unread begins.
    this.#isUnread = true;
    this.#list.querySelector(".unread-line")?.remove();
    const line = document.createElement("li");
    line.className = "unread-line";
    line.append(Object.assign(document.createElement("span"), { textContent: "New" }));
    li.before(line);
  }

  /** @param {boolean} follow whether the end is followed */
  settle(follow) {
    if (follow) this.toEnd();
    else this.look();
  }

  get #isLooking() {
    return !document.hidden && document.hasFocus();
  }

  #soon() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.look();
    });
  }

  /** Sees what is on the screen: the pill counts what is not, and the server hears what is, if somebody looks. */
  look() {
    if (!this.#element.isConnected) return;
    const bottom = one(this.#element, ".end").getBoundingClientRect().top;
    const edge = Math.min(innerHeight, bottom);
    const isOn = (/** @type {Element} */ li) => li.getBoundingClientRect().top < edge - 8;
    this.#below = this.#below.filter((li) => li.isConnected && li.querySelector(".said") && !isOn(li));
    const pill = this.#element.querySelector(".newer");
    if (pill instanceof HTMLElement) {
      pill.hidden = !this.#below.length;
      pill.textContent = `${this.#below.length} new`;
    }
    if (!this.#isLooking) return;
    const messages = /** @type {NodeListOf<HTMLElement>} */ (this.#list.querySelectorAll(`[data-by="${this.#other}"]`));
    const last = [...messages].filter(isOn).at(-1);
    const seq = Number(last?.dataset["seq"] ?? 0);
    if (seq > this.#told) this.#tell(seq);
  }

  /** @param {number} seq */
  async #tell(seq) {
    if (live.state !== "online") return;
    this.#told = seq;
    try {
      await live.ask({ type: "read", topic: this.#topic, read: seq });
      this.#read = Math.max(this.#read, seq);
      // The line stays where it is; what comes next begins another.
      this.#isUnread = false;
    } catch {
      // With the next connection, or the next look.
      this.#told = this.#read;
    }
  }
}
