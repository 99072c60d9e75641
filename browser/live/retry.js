// When to come back after a connection is lost. Pure: the random number comes from outside.

/** The longest wait, in milliseconds. */
const LONGEST = 30_000;

/**
 * How long to wait before try number `attempt` (0 is the first): full jitter over a window that doubles, so that
 * ten thousand pages that lose one server do not come back in step.
 * @param {number} attempt
 * @param {() => number} random from 0 to 1
 */
export const wait = (attempt, random) => random() * Math.min(LONGEST, 1000 * 2 ** attempt);

/**
 * What a close code asks for, by its range, so that codes of later versions work as well.
 * `stay`: unchanged it would be refused again. `soon`: the server is fine or will be. `later`: with backoff.
 * @param {number} code
 * @returns {"stay" | "soon" | "later"}
 */
export function afterClose(code) {
  if (code >= 4000 && code < 4100) return "stay";
  if (code >= 4200 && code < 4300) return "soon";
  return "later";
}
