// Keys for agents, outside of fields: to the next and the previous case, answer, note, take, close, snooze. They can be
// switched off, since a key may mean something else to whoever speaks to the computer (WCAG 2.1.4).

import { everyTab } from "./storage.js";

const OFF = "plaudit-keys-off";

/** @param {string} selector */
const find = (selector) => /** @type {HTMLElement | null} */ (document.querySelector(selector));

/** Watches from now on. */
export function watchKeys() {
  document.addEventListener("keydown", (event) => {
    const { key, target, ctrlKey, metaKey, altKey, isComposing } = event;
    const isField = target instanceof Element && target.closest("input, textarea, select, [contenteditable]");
    if (isField || ctrlKey || metaKey || altKey || isComposing || find("dialog[open]")) return;
    if (key === "?") return help(event);
    if (everyTab.get(OFF)) return;
    const act = ACTS[key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  const button = find(".show-keys");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", (event) => help(event));
}

/** @type {Record<string, () => void>} */
const ACTS = {
  j: () => step(1),
  k: () => step(-1),
  r: () => find("plaudit-message-form textarea")?.focus(),
  n: () => {
    const box = /** @type {HTMLDetailsElement | null} */ (find(".note-box"));
    if (box?.open) find(".note-box textarea")?.focus();
    else if (box) box.open = true;
  },
  a: () => press(".take"),
  e: () => press(".set-closed"),
  z: () => find(".case-acts .menu > summary")?.click(),
};

/** @param {string} form */
function press(form) {
  const button = find(`${form}:not([hidden]) [type=submit]`);
  button?.click();
}

/** To the next row of the list, from the one that has the focus or that is open. @param {1 | -1} by */
function step(by) {
  const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("plaudit-cases .row a")]);
  const at = rows.findIndex((row) => row === document.activeElement);
  const from = at < 0 ? rows.findIndex((row) => row.hasAttribute("aria-current")) : at;
  const next = rows[from < 0 ? 0 : Math.min(Math.max(from + by, 0), rows.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

/** Shows what the keys are, and the switch. @param {Event} event */
function help(event) {
  const dialog = /** @type {HTMLDialogElement | null} */ (find("dialog.keys"));
  const box = /** @type {HTMLInputElement | null} */ (find("#keys-on"));
  if (!dialog || !box) return;
  event.preventDefault();
  box.checked = !everyTab.get(OFF);
  box.onchange = () => (box.checked ? everyTab.remove(OFF) : everyTab.set(OFF, "1"));
  dialog.showModal();
}
