// Changing a page without moving what somebody reads, points at or writes in.

/** How much of the window's top the header covers. */
const HEADER = 64;

/** What a reader can be at. */
const PLACES = ".comment-form, .said, .said-gone, .fan";

/** What the reader is at: the form that is written in, what the pointer is on, else the first that is in view. */
function place() {
  const active = document.activeElement?.closest(".comment-form");
  const pointed = document.querySelector(`:is(${PLACES}):hover`);
  const inView = (/** @type {Element} */ element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return bottom > HEADER && top < innerHeight;
  };
  return [active, pointed, ...document.querySelectorAll(PLACES)].find((element) => element && inView(element)) ?? null;
}

let keeping = false;

/**
 * Makes a change, and scrolls by as much as it has moved what the reader is at.
 * @param {() => void} change @param {Element | null} [at]
 */
export function keep(change, at) {
  // A change that is part of another one is kept with it.
  if (keeping) return change();
  at ??= place();
  const before = at?.getBoundingClientRect().top ?? 0;
  keeping = true;
  try {
    change();
  } finally {
    keeping = false;
  }
  if (!at?.isConnected) return;
  const moved = at.getBoundingClientRect().top - before;
  const root = document.documentElement;
  const missing = moved - (root.scrollHeight - innerHeight - scrollY);
  // A page that is too short to scroll that far becomes longer.
  if (moved > 0 && missing > 0) root.style.paddingBottom = `${parseFloat(getComputedStyle(root).paddingBottom) + missing}px`;
  // Scrolling by nothing would stop what scrolls smoothly.
  if (moved) scrollBy({ top: moved, behavior: "instant" });
}
