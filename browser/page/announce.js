// What a screen reader says of things that happen by themselves: politely, and at most once in five seconds.

const EVERY = 5000;
/** @type {string | null} */ let next = null;
let busy = false;

/** Says the latest text; what came between is left out. @param {string} text */
export function announce(text) {
  next = text;
  if (!busy) say();
}

function say() {
  busy = next !== null;
  const region = document.getElementById("announcer");
  if (region) region.textContent = next;
  next = null;
  if (busy) setTimeout(say, EVERY);
}
