// Why something was not done: a code for programs, a sentence for people.

/** What another try may get past. Everything else is refused as often as it is asked. */
const PASSING = ["network", "overloaded", "storage", "rate_limited", "internal"];

export class Refusal extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }

  /** Whether the same would be refused again. */
  get isFinal() {
    return !PASSING.includes(this.code);
  }
}
