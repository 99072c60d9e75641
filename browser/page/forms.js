// Forms that no element sends: each is sent once, though its button is pressed twice.

/** After so many milliseconds without a new page it may be sent again. */
const AGAIN = 10_000;

/** When each was sent. @type {WeakMap<EventTarget, number>} */ const sent = new WeakMap();

/** Guards every form of the page from now on. */
export function guardForms() {
  addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form) return;
    if (performance.now() - (sent.get(form) ?? -AGAIN) < AGAIN) return event.preventDefault();
    sent.set(form, performance.now());
  });
  // A page that is shown again has not been sent.
  addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => sent.delete(form)));
}
