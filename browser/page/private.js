// Texts of messages that were begun and not sent: for nobody's eyes but their author's, so a log-out erases them.

import { session } from "./session.js";
import { tab } from "./storage.js";

/** How all names begin under which such texts are kept. */
export const PRIVATE = "plaudit-message";

/** The forms that end a session, and the account. */
const ENDS = ["/log-out", "/settings/log-out", "/settings/delete"];

const erase = () => tab.names(PRIVATE).forEach((name) => tab.remove(name));

/** Watches from now on. */
export function watchPrivate() {
  addEventListener("submit", ({ target }) => {
    if (ENDS.includes(/** @type {Element} */ (target).getAttribute("action") ?? "")) erase();
  });
  // Another tab has logged out.
  session.addEventListener("gone", erase);
}
