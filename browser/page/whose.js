// Whose session this browser holds, compared with whose page this is: when another tab logs in or out, and when the page
// comes back from the browser's cache. What is private is not shown to anybody else.

import { call } from "./http.js";
import { live } from "./live.js";
import { becomeGuest, session, viewer } from "./session.js";
import { everyTab } from "./storage.js";

/** Under this name every page notes its user, like `17 guest`, for the other tabs. */
const NOTE = "plaudit-user";
const note = () => `${viewer.id} ${viewer.isMember ? "member" : viewer.id ? "guest" : "nobody"}`;

/** What is only for the page's user to see. */
const secret = () => /** @type {HTMLElement | null} */ (document.querySelector("[data-private]")?.closest("main") ?? null);

/** Watches from now on. */
export function watch() {
  const [arrival] = performance.getEntriesByType?.("navigation") ?? [];
  // A page that one goes back to may be as old as the session before.
  if (arrival instanceof PerformanceNavigationTiming && arrival.type === "back_forward") comeBack();
  else everyTab.set(NOTE, note());
  addEventListener("pageshow", (event) => event.persisted && comeBack());
  document.addEventListener("resume", () => check());
  addEventListener("storage", ({ key, newValue }) => key === NOTE && newValue && hear(newValue));
  session.addEventListener("guest", () => everyTab.set(NOTE, note()));
  session.addEventListener("gone", () => {
    const main = secret();
    if (main) main.hidden = true;
  });
}

/** Another tab has noted its user. @param {string} other */
function hear(other) {
  if (other === note()) return;
  const [id, kind] = other.split(" ");
  if (!viewer.id && kind === "guest") becomeGuest(Number(id));
  // What another tab notes may be old: the server knows.
  else check();
}

/** Asks the server. Gives whether the page's user is still here; null: not known. */
async function check() {
  try {
    const { user } = await call("GET", "/me");
    if (user?.kind === "guest") becomeGuest(user.id);
    return true;
  } catch {
    return viewer.isGone ? false : null;
  }
}

/** The page is shown again, as it was when it was left. */
async function comeBack() {
  const main = secret();
  const other = everyTab.get(NOTE);
  const root = document.documentElement;
  // Nobody sees it until it is known whose it is, if it is private or somebody else was here meanwhile.
  if (main) main.hidden = true;
  if (viewer.isGone || (other && other !== note())) root.hidden = true;
  const isHere = await check();
  if (isHere === false) return location.reload();
  root.hidden = false;
  if (isHere && main) main.hidden = false;
  // Without an answer what is private waits until the server is back.
  if (isHere === null && main) live.addEventListener("change", () => live.state === "online" && comeBack(), { once: true });
  if (isHere) everyTab.set(NOTE, note());
}
