// The server's time. A reader's clock may be wrong by hours.

/** By how many milliseconds the server's clock is ahead of this one. */
let ahead = 0;
/** A difference below this is the way of the answer, and a `Date` header knows no parts of a second. */
const NOTHING = 2000;

/** The server said so just now. @param {number} time in milliseconds; NaN: it did not */
export function setClock(time) {
  const difference = time - Date.now();
  if (Number.isNaN(difference)) return;
  ahead = Math.abs(difference) < NOTHING ? 0 : difference;
}

/** What time it is for the server. */
export const now = () => Date.now() + ahead;

const { now: made } = document.documentElement.dataset;
const [arrival] = performance.getEntriesByType?.("navigation") ?? [];
// The page says when it was made: just before its first byte came. One from a cache says nothing of now.
if (arrival instanceof PerformanceNavigationTiming && arrival.type !== "back_forward" && made) {
  ahead = Number(made) - (performance.timeOrigin + arrival.responseStart);
  if (Math.abs(ahead) < NOTHING) ahead = 0;
}
