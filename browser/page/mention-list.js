// While a member writes `@` and the beginning of a name, a list of members to choose from: with the keyboard, with the
// pointer, and said to a screen reader. Without it one writes the handle as it is.

import { announce } from "./announce.js";
import { call } from "./http.js";
import { face } from "./markup.js";

/** @typedef {import("../live/frames.js").User} User */

/** The beginning of a mention just before the caret. */
const BEGUN = /(?:^|[^\p{Alphabetic}\p{N}_/@])@([a-zA-Z0-9_]{1,30})$/u;
/** It is asked for once nobody has typed for so long. */
const REST = 120;

const list = document.createElement("ul");
list.id = "mention-list";
list.className = "mention-list";
list.setAttribute("role", "listbox");
list.setAttribute("aria-label", "Members to mention");
list.hidden = true;

/** Where it is written. @type {HTMLTextAreaElement | null} */ let box = null;
let chosen = -1;
let asked = 0;
/** @type {any} */ let timer = null;

/** Watches from now on. */
export function watchMentions() {
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
    if (option) choose(option);
  });
}

/** @param {HTMLTextAreaElement} target */
async function look(target) {
  const begun = BEGUN.exec(target.value.slice(0, target.selectionStart));
  if (!begun?.[1] || document.activeElement !== target) return close();
  const mine = ++asked;
  const items = await call("GET", `/users?prefix=${begun[1]}`).then((answer) => answer.items, () => []);
  // Somebody may have typed on, or left.
  if (mine !== asked || document.activeElement !== target) return;
  if (!items.length) return close();
  open(target, items);
}

/** @param {HTMLTextAreaElement} target @param {User[]} users */
function open(target, users) {
  box = target;
  list.replaceChildren(...users.map(option));
  (target.closest(".comment-field, .composer, form") ?? target).append(list);
  list.hidden = false;
  for (const [name, value] of [["aria-autocomplete", "list"], ["aria-haspopup", "listbox"], ["aria-controls", list.id]]) {
    target.setAttribute(name ?? "", value ?? "");
  }
  mark(0);
  announce(`${users.length} member${users.length === 1 ? "" : "s"} to choose from with the arrow keys`);
}

/** @param {User} user @param {number} at */
function option(user, at) {
  const li = document.createElement("li");
  li.id = `mention-${at}`;
  li.setAttribute("role", "option");
  li.dataset["handle"] = user.handle ?? "";
  const img = Object.assign(document.createElement("img"), { className: "avatar", src: face(user), alt: "" });
  const name = Object.assign(document.createElement("bdi"), { className: "name", textContent: user.name });
  const handle = Object.assign(document.createElement("bdi"), { className: "handle", textContent: `@${user.handle}` });
  li.append(img, name, " ", handle);
  return li;
}

/** @param {number} at */
function mark(at) {
  const options = [...list.children];
  chosen = (at + options.length) % options.length;
  options.forEach((option, number) => option.setAttribute("aria-selected", `${number === chosen}`));
  options[chosen]?.scrollIntoView({ block: "nearest" });
  box?.setAttribute("aria-activedescendant", `mention-${chosen}`);
}

/** @param {KeyboardEvent} event */
function keyed(event) {
  const { key, isComposing } = event;
  if (list.hidden || event.target !== box || isComposing) return;
  const option = list.children[chosen];
  if (key === "ArrowDown") mark(chosen + 1);
  else if (key === "ArrowUp") mark(chosen - 1);
  else if (key === "Escape") close();
  else if ((key === "Enter" || key === "Tab") && option) choose(option);
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** @param {Element} option */
function choose(option) {
  const target = box;
  if (!target) return;
  const upto = target.selectionStart;
  const before = target.value.slice(0, upto).replace(/@[a-zA-Z0-9_]*$/, `@${/** @type {HTMLElement} */ (option).dataset["handle"]} `);
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
