// What a post's menu does with a script: it copies the link, opens the system's share sheet, and edits in place. Loaded
// when such a menu is first opened.

import { mistake } from "./live/writable.js";
import { announce } from "./page/announce.js";
import { tell } from "./page/card.js";
import { now } from "./page/clock.js";
import { call } from "./page/http.js";
import { shut } from "./page/menus.js";
import { read } from "./page/read.js";

/** A post has at most this many Unicode scalars. */
const LIMIT = 500;
/** How long "Copied" stands there. */
const READABLE = 2000;

/** @template {Element} [T=HTMLElement] @param {ParentNode} within @param {string} selector @returns {T} */
const one = (within, selector) => /** @type {any} */ (within.querySelector(selector));

/** The menus that have been dressed. @type {WeakSet<HTMLElement>} */ const dressed = new WeakSet();

/** Gives an open menu what the browser can do. @param {HTMLElement} menu */
export function dress(menu) {
  const post = /** @type {HTMLElement} */ (menu.closest(".post"));
  const edit = one(menu, ".edit");
  const written = Date.parse(one(post, "time").getAttribute("datetime") ?? "");
  if (now() - written > Number(edit.dataset["seconds"]) * 1000) edit.hidden = true;
  if (dressed.has(menu)) return;
  dressed.add(menu);
  /** @type {HTMLAnchorElement} */ const link = one(menu, ".link");
  if (navigator.clipboard) {
    link.textContent = "Copy link";
    press(link, () => copy(link));
  }
  const share = one(menu, ".share");
  share.hidden = !navigator.share;
  share.addEventListener("click", () => {
    shut(null);
    // Whoever closes the sheet has changed their mind.
    navigator.share({ url: link.href, title: `${one(post, ".name").textContent} on Plaudit` }).catch(() => {});
  });
  press(edit, () => open(post, /** @type {HTMLAnchorElement} */ (edit).href));
}

/** What a link does instead of leading somewhere. @param {HTMLElement} link @param {() => unknown} act */
function press(link, act) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    act();
  });
}

/** @param {HTMLAnchorElement} link */
async function copy(link) {
  try {
    await navigator.clipboard.writeText(link.href);
  } catch {
    return location.assign(link.href);
  }
  link.textContent = "Copied";
  announce("The link was copied");
  setTimeout(() => (link.textContent = "Copy link"), READABLE);
}

/**
 * Opens the editor in a post's card: the form of its own page, so it holds what the server has.
 * @param {HTMLElement} post @param {string} address
 */
async function open(post, address) {
  shut(null);
  /** @type {HTMLFormElement | null} */ let form = one(post, ".edit-form");
  if (!form) {
    try {
      form = document.adoptNode(one(await read(address), ".edit-form"));
    } catch {
      // The page says what is wrong.
      return location.assign(address);
    }
    one(post, ".text").after(form);
    listen(post, form);
  }
  /** @type {HTMLTextAreaElement} */ const text = one(form, "textarea");
  text.focus();
  text.setSelectionRange(text.value.length, text.value.length);
}

/** @param {HTMLElement} post @param {HTMLFormElement} form */
function listen(post, form) {
  const close = () => {
    form.remove();
    one(post, ".menu summary").focus();
  };
  press(one(form, ".cancel"), close);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await save(post, form)) close();
  });
}

/** Saves what stands in the form; gives whether it is saved. @param {HTMLElement} post @param {HTMLFormElement} form */
async function save(post, form) {
  /** @type {HTMLTextAreaElement} */ const field = one(form, "textarea");
  /** @type {HTMLButtonElement} */ const button = one(form, "[type=submit]");
  const text = field.value;
  const wrong = mistake(text, LIMIT);
  fail(form, wrong);
  if (button.disabled || wrong) return false;
  button.disabled = true;
  try {
    /** @type {HTMLInputElement} */ const base = one(form, "[name=edited_at]");
    const answer = await call("PATCH", `/posts/${post.id.slice(5)}`, { text, edited_at: base.value || null });
    tell(post, answer.post);
    announce("Your post was changed");
    return true;
  } catch (why) {
    // Another edit has come first: the page shows both texts.
    if (/** @type {any} */ (why).code === "superseded") form.submit();
    fail(form, why instanceof Error ? why.message.replace(/^text: /, "") : "Not saved.");
    return false;
  } finally {
    button.disabled = false;
  }
}

/** Says what is wrong, or nothing. @param {HTMLFormElement} form @param {string} why */
function fail(form, why) {
  one(form, ".error").textContent = why;
  one(form, "textarea").setAttribute("aria-invalid", `${why !== ""}`);
}
