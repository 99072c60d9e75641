// A server without a network: sockets that a test opens, feeds and closes, and time that a test turns.

/** A WebSocket as far as the client uses it. */
export class FakeSocket {
  /** @type {(() => void) | null} */ onopen = null;
  /** @type {((event: {data: string}) => void) | null} */ onmessage = null;
  /** @type {((event: {code: number}) => void) | null} */ onclose = null;
  /** What the client sent. @type {any[]} */ sent = [];
  closed = false;

  /** @param {string} text */
  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.closed = true;
  }

  /** The server accepts. */
  open() {
    this.onopen?.();
  }

  /** The server sends a frame. @param {unknown} frame */
  say(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  /** The connection ends with a code. @param {number} code */
  end(code) {
    this.onclose?.({ code });
  }
}

/** Timers that run when the test says so. */
export class FakeTime {
  now = 0;
  /** @type {{at: number, run: () => void}[]} */ #timers = [];

  later = (/** @type {() => void} */ run, /** @type {number} */ ms) => {
    const timer = { at: this.now + ms, run };
    this.#timers.push(timer);
    return timer;
  };

  never = (/** @type {any} */ timer) => {
    this.#timers = this.#timers.filter((other) => other !== timer);
  };

  /** Lets time pass, timer by timer. @param {number} ms */
  pass(ms) {
    const end = this.now + ms;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.never(next);
      this.now = next.at;
      next.run();
    }
    this.now = end;
  }
}

/** Random numbers that are the same in every run. @param {number} seed */
export function chance(seed) {
  let state = seed >>> 0 || 1;
  return () => {
    // xorshift32, by Marsaglia (2003).
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}
