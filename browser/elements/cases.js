// <plaudit-cases>: an inbox's cases, live. What has changed is shown at once where it stands. Rows come, go and change
// their places only while nobody points at the list or is in it.

import { Position } from "../live/position.js";
import { beginning } from "../page/beginning.js";
import { live } from "../page/live.js";
import { face, stamp } from "../page/markup.js";
import { one } from "../page/one.js";
import { viewer } from "../page/session.js";
import { compact } from "../page/text.js";
import { showWaiting } from "../page/unread.js";
import { PlauditElement } from "./element.js";

/** @typedef {import("../live/frames.js").Case} Case */
/** @typedef {import("../live/frames.js").News} News */

/** What each filter shows. As `src/web/pages/inboxes/filter.rs`. @type {Record<string, (changed: Case) => boolean>} */
const FILTERS = {
  waiting: ({ status, waiting }) => status === "open" && waiting,
  mine: ({ status, assignee }) => status === "open" && assignee?.id === viewer.id,
  unassigned: ({ status, assignee }) => status === "open" && !assignee,
  snoozed: ({ status }) => status === "snoozed",
  closed: ({ status }) => status === "closed",
  all: () => true,
};

export class PlauditCases extends PlauditElement {
  /** What waits to be shown in its place until nobody is at the list. @type {Map<number, Case>} */ #late = new Map();
  #version = -1;
  #isBegun = false;
  #soon = this.timer();

  /** @override */
  begin() {
    const inbox = `inbox:${this.getAttribute("inbox")}`;
    this.ends(live.subscribe(inbox, (news) => this.#hear(news), new Position(null)));
    this.ends(live.subscribe(`${inbox}/waiting`, (news) => this.#count(news)));
    this.listen(this.#list, "pointerleave", () => this.#settle());
    // The focus goes to its next place behind this event.
    this.listen(this.#list, "focusout", () => this.#soon(0, () => this.#settle()));
    this.listen(one(this, ".fresh-cases"), "click", () => this.#arrange());
  }

  get #list() {
    return one(this, ".rows");
  }

  get #shows() {
    return this.getAttribute("show") ?? "waiting";
  }

  /** Whether somebody points at a row, or is in one. */
  get #isWatched() {
    return this.#list.matches(":hover") || this.#list.contains(document.activeElement);
  }

  /** @param {News} news */
  #hear(news) {
    if (news.type === "case.changed") this.#take(news.case);
    if (news.type !== "snapshot" || !("changes" in news.entry)) return;
    const { reset, changes } = news.entry;
    for (const change of changes) if (change.type === "case.changed") this.#take(change.case);
    // After a long absence more may have changed than is told.
    if (reset && this.#isBegun) this.#renew();
    this.#isBegun = true;
  }

  /** @param {Case} changed */
  #take(changed) {
    document.dispatchEvent(new CustomEvent("case", { detail: changed }));
    // A later part of the list is a list of what was.
    if (this.hasAttribute("older")) return;
    const row = find(changed.id);
    const fits = !!FILTERS[this.#shows]?.(changed);
    if (row) this.#fill(row, changed);
    if (row) row.classList.toggle("settled", !fits);
    if (!row && !fits) return void this.#late.delete(changed.id);
    this.#late.set(changed.id, changed);
    this.#settle();
  }

  /** Gives every row its place, unless somebody is at the list. */
  #settle() {
    if (!this.#isWatched) return this.#arrange();
    const fresh = [...this.#late.values()].filter(({ id }) => !find(id)).length;
    const pill = one(this, ".fresh-cases");
    pill.hidden = !fresh;
    pill.textContent = `${fresh} new`;
  }

  #arrange() {
    one(this, ".fresh-cases").hidden = true;
    for (const changed of this.#late.values()) this.#place(changed);
    this.#late.clear();
    one(this, ".empty").hidden = !!this.querySelector(".row");
  }

  /** @param {Case} changed */
  #place(changed) {
    const known = find(changed.id);
    if (!FILTERS[this.#shows]?.(changed)) return known?.remove();
    const row = known ?? this.#render(changed);
    const focused = row.contains(document.activeElement) ? document.activeElement : null;
    const isLater = (/** @type {HTMLElement} */ other) => other !== row && this.#order(row, other) <= 0;
    const next = /** @type {HTMLElement[]} */ ([...this.#list.children]).find(isLater) ?? null;
    if (row.nextElementSibling !== next || !known) this.#list.insertBefore(row, next);
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  }

  /** Who waits longest is first; elsewhere, where something was said last. @param {HTMLElement} a @param {HTMLElement} b */
  #order(a, b) {
    const time = (/** @type {string | undefined} */ at) => Date.parse(at ?? "") || 0;
    if (this.#shows === "waiting") return time(a.dataset["since"]) - time(b.dataset["since"]);
    return time(b.dataset["at"]) - time(a.dataset["at"]);
  }

  /** @param {Case} changed */
  #render(changed) {
    const template = /** @type {HTMLTemplateElement} */ (one(this, ":scope > template"));
    const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    stamp(copy, changed.id);
    const row = one(copy, ".row");
    if (this.getAttribute("open") === `${changed.id}`) one(row, "a").setAttribute("aria-current", "page");
    this.#fill(row, changed);
    return row;
  }

  /** @param {HTMLElement} row @param {Case} changed */
  #fill(row, { customer, last, updated_at, waiting_since, status, assignee }) {
    const since = status === "open" && waiting_since ? waiting_since : "";
    Object.assign(row.dataset, { at: updated_at, since });
    one(row, ".avatar").setAttribute("src", face(customer.user));
    one(row, ".name").textContent = customer.user.name;
    show(one(row, ".when"), updated_at);
    one(row, ".own").hidden = !last || last.author.id === customer.user.id;
    one(row, ".last").textContent = beginning(last?.text ?? "");
    one(row, ".waits").hidden = !since;
    show(one(row, ".waits"), since);
    one(row, ".mark-of").hidden = status === "open";
    one(row, ".mark-of").textContent = status === "closed" ? "Closed" : "Snoozed";
    one(row, ".whose").hidden = !assignee;
    one(row, ".whose").textContent = assignee?.name ?? "";
  }

  /** @param {News} news */
  #count(news) {
    const numbers = news.type === "snapshot" ? news.entry : news;
    const fresh = news.type === "snapshot" && news.fresh;
    if (!("unassigned" in numbers) || (!fresh && numbers.version < this.#version)) return;
    this.#version = numbers.version;
    for (const tally of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-count]"))) {
      const number = numbers[/** @type {"waiting" | "unassigned"} */ (tally.dataset["count"])];
      tally.hidden = !number;
      tally.textContent = compact(number);
    }
    showWaiting(numbers.waiting, numbers.version, location.pathname);
  }

  /** Reads the list again. */
  async #renew() {
    const { rowsNow } = await import("../desk.js");
    const fresh = await rowsNow();
    if (!fresh || !this.isConnected || this.#isWatched) return;
    this.#list.replaceChildren(...document.adoptNode(fresh).childNodes);
    one(this, ".empty").hidden = !!this.querySelector(".row");
  }
}

/** @param {number} id */
const find = (id) => document.getElementById(`case-${id}`);

/** @param {HTMLElement} within @param {string} at */
function show(within, at) {
  one(within, "time").setAttribute("datetime", at);
  /** @type {any} */ (one(within, "plaudit-time")).show?.();
}
