// While somebody writes the beginning of something that has a name, a list to choose from: with the keyboard, with the
// pointer, and said to a screen reader. Without it one writes the whole of it.

import { announce } from "./announce.js";

/**
 * @typedef {{parts: (Node | string)[], insert: (before: string) => string}} Option how it shows, and what becomes of the text before the caret
 * @typedef {object} Choice
 * @property {RegExp} begun what stands just before the caret; its group is the beginning of the name
 * @property {string} label
 * @property {[string, string]} what one of them, and several
 * @property {(box: HTMLTextAreaElement) => boolean} fits where they are offered
 * @property {(prefix: string) => Promise<Option[]>} find
 */

/** It is asked for once nobody has typed for so long. */
const REST = 120;

/** @type {Choice[]} */
const choices = [];
/** What is offered now. @type {Option[]} */ let options = [];
const list = document.createElement("ul");
list.id = "choice-list";
list.className = "choice-list";
list.setAttribute("role", "listbox");
list.hidden = true;
/** Where it is written. @type {HTMLTextAreaElement | null} */ let box = null;
let chosen = -1;
let asked = 0;
/** @type {any} */ let timer = null;

/** Offers this too, from now on. @param {Choice} choice */
export function offer(choice) {
  if (!choices.push(choice) || choices.length > 1) return;
  document.addEventListener("input", ({ target }) => {
    if (!(target instanceof HTMLTextAreaElement) || target.name !== "text") return;
    clearTimeout(timer);
    timer = setTimeout(() => look(target), REST);
  });
  // Before the form hears the key: Enter chooses, and does not send.
  document.addEventListener("keydown", keyed, true);
  document.addEventListener("focusout", () => close());
  list.addEventListener("pointerdown", (event) => {
    // The box keeps the focus.
    event.preventDefault();
    const option = /** @type {Element} */ (event.target).closest("li");
    if (option) choose([...list.children].indexOf(option));
  });
}

/** @param {HTMLTextAreaElement} target */
async function look(target) {
  const before = target.value.slice(0, target.selectionStart);
  const choice = choices.find(({ begun, fits }) => fits(target) && begun.test(before));
  if (!choice || document.activeElement !== target) return close();
  const mine = ++asked;
  const found = await choice.find(choice.begun.exec(before)?.[1] ?? "");
  // Somebody may have typed on, or left.
  if (mine !== asked || document.activeElement !== target) return;
  if (!found.length) return close();
  open(target, choice, found);
}

/** @param {HTMLTextAreaElement} target @param {Choice} choice @param {Option[]} found */
function open(target, { label, what }, found) {
  box = target;
  options = found;
  list.replaceChildren(...found.map(show));
  list.setAttribute("aria-label", label);
  (target.closest(".comment-field, .composer, form") ?? target).append(list);
  list.hidden = false;
  for (const [name, value] of [["aria-autocomplete", "list"], ["aria-haspopup", "listbox"], ["aria-controls", list.id]]) {
    target.setAttribute(name ?? "", value ?? "");
  }
  mark(0);
  announce(`${found.length} ${what[found.length === 1 ? 0 : 1]} to choose from with the arrow keys`);
}

/** @param {Option} option @param {number} at */
function show({ parts }, at) {
  const li = document.createElement("li");
  li.id = `choice-${at}`;
  li.setAttribute("role", "option");
  li.append(...parts);
  return li;
}

/** @param {number} at */
function mark(at) {
  const shown = [...list.children];
  chosen = (at + shown.length) % shown.length;
  shown.forEach((option, number) => option.setAttribute("aria-selected", `${number === chosen}`));
  shown[chosen]?.scrollIntoView({ block: "nearest" });
  box?.setAttribute("aria-activedescendant", `choice-${chosen}`);
}

/** @param {KeyboardEvent} event */
function keyed(event) {
  const { key, isComposing } = event;
  if (list.hidden || event.target !== box || isComposing) return;
  if (key === "ArrowDown") mark(chosen + 1);
  else if (key === "ArrowUp") mark(chosen - 1);
  else if (key === "Escape") close();
  else if (key === "Enter" || key === "Tab") choose(chosen);
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** @param {number} at */
function choose(at) {
  const target = box;
  const option = options[at];
  if (!target || !option) return;
  const upto = target.selectionStart;
  const before = option.insert(target.value.slice(0, upto));
  target.value = before + target.value.slice(upto);
  target.setSelectionRange(before.length, before.length);
  close();
  target.dispatchEvent(new Event("input", { bubbles: true }));
}

function close() {
  asked += 1;
  list.hidden = true;
  box?.removeAttribute("aria-activedescendant");
  box?.removeAttribute("aria-controls");
  box = null;
}
