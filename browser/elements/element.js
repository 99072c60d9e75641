// What every element of ours has in common: what it began ends when it leaves the page.

export class PlauditElement extends HTMLElement {
  /** @type {(() => void)[]} */ #ends = [];
  /** @type {((ms: null) => void)[]} */ #timers = [];

  connectedCallback() {
    this.begin();
  }

  disconnectedCallback() {
    for (const end of this.#ends.splice(0)) end();
    for (const stop of this.#timers) stop(null);
  }

  /** The element is on the page, for the first time or again. */
  begin() {}

  /** Called when the element leaves the page. @param {() => void} end */
  ends(end) {
    this.#ends.push(end);
  }

  /**
   * Listens as long as the element is on the page.
   * @param {EventTarget} target @param {string} type @param {(event: any) => void} listener @param {boolean} [capture]
   */
  listen(target, type, listener, capture = false) {
    target.addEventListener(type, listener, capture);
    this.ends(() => target.removeEventListener(type, listener, capture));
  }

  /** A timer that stops with the element. Setting it again starts it anew; null stops it. */
  timer() {
    /** @type {any} */ let timer = null;
    const set = (/** @type {number | null} */ ms, /** @type {() => void} */ run = () => {}) => {
      clearTimeout(timer);
      timer = ms === null ? null : setTimeout(run, ms);
    };
    this.#timers.push(set);
    return set;
  }
}
