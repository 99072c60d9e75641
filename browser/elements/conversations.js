// <plaudit-conversations>: the list of a member's conversations, live: the one in which something was said last is first.

import { Position } from "../live/position.js";
import { beginning } from "../page/beginning.js";
import { live } from "../page/live.js";
import { face, stamp } from "../page/markup.js";
import { one } from "../page/one.js";
import { viewer } from "../page/session.js";
import { compact } from "../page/text.js";
import { PlauditElement } from "./element.js";

/** @typedef {import("../live/frames.js").Direct} Direct */
/** @typedef {import("../live/frames.js").News} News */

export class PlauditConversations extends PlauditElement {
  /** @override */
  begin() {
    // A later part of the list is a list of what was.
    if (this.hasAttribute("older")) return;
    this.ends(live.subscribe("conversations", (news) => this.#hear(news), new Position(null)));
  }

  /** @param {News} news */
  #hear(news) {
    if (news.type === "snapshot" && "changes" in news.entry) {
      const { reset, changes } = news.entry;
      if (reset && news.fresh) one(this, ".rows").replaceChildren();
      for (const change of changes) this.#change(/** @type {News} */ (change));
    } else this.#change(news);
    one(this, ".empty").hidden = !!this.querySelector(".row");
  }

  /** @param {News} change */
  #change(change) {
    if (change.type === "conversation.removed") this.#find(change.id)?.remove();
    if (change.type === "conversation.changed") this.#show(change.conversation);
  }

  /** @param {number} id */
  #find(id) {
    return document.getElementById(`conversation-${id}`);
  }

  /** @param {Direct} conversation */
  #show(conversation) {
    const { id, request, updated_at } = conversation;
    const known = this.#find(id);
    // An accepted request belongs to the other list.
    if (request !== this.hasAttribute("requests")) return known?.remove();
    const row = known ?? this.#render(id);
    const focused = row.contains(document.activeElement) ? document.activeElement : null;
    this.#fill(row, conversation);
    const list = one(this, ".rows");
    const isOlder = (/** @type {Element} */ other) => other !== row && timeOf(other) <= Date.parse(updated_at);
    const next = [...list.children].find(isOlder) ?? null;
    if (row.nextElementSibling !== next || !known) list.insertBefore(row, next);
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  }

  /** @param {number} id */
  #render(id) {
    const template = /** @type {HTMLTemplateElement} */ (one(this, ":scope > template"));
    const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    stamp(copy, id);
    const row = one(copy, ".row");
    if (this.getAttribute("open") === `${id}`) one(row, "a").setAttribute("aria-current", "page");
    return row;
  }

  /** @param {HTMLElement} row @param {Direct} conversation */
  #fill(row, { with: other, last, unread, updated_at }) {
    one(row, ".avatar").setAttribute("src", face(other));
    one(row, ".name").textContent = other.name;
    one(row, "time").setAttribute("datetime", updated_at);
    /** @type {any} */ (one(row, "plaudit-time")).show?.();
    one(row, ".own").hidden = last?.author.id !== viewer.id;
    one(row, ".last").textContent = beginning(last?.text ?? "");
    const number = one(row, ".unread");
    number.hidden = !unread;
    one(number, "span").textContent = compact(unread);
  }
}

/** When something was last said there. @param {Element} row */
const timeOf = (row) => Date.parse(row.querySelector("time")?.dateTime ?? "");
