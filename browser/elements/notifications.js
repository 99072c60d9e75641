// <plaudit-notifications>: the list of a member's notifications, live, newest first. What is on the screen of somebody who
// looks is read; it stays marked as new until the page is left.

import { Position } from "../live/position.js";
import { announce } from "../page/announce.js";
import { live } from "../page/live.js";
import { face } from "../page/markup.js";
import { one } from "../page/one.js";
import { PlauditElement } from "./element.js";

/** @typedef {import("../live/frames.js").Notification} Notification */
/** @typedef {import("../live/frames.js").News} News */

/** So many people are named, as in `src/web/pages/notifications.rs`. */
const NAMED = 2;
/** A list that has grown to so many loses its oldest. */
const LONGEST = 200;

const DEEDS = {
  like: "liked your post", comment: "commented on your post", answer: "answered your comment",
  mention: "mentioned you in a post", removal: "A moderator removed a post of yours.",
};
const IN_COMMENT = { mention: "mentioned you in a comment", removal: "A moderator removed a comment of yours." };

export class PlauditNotifications extends PlauditElement {
  #read = 0;
  /** How far it is on its way to the server. */ #told = 0;
  #frame = 0;

  /** @override */
  begin() {
    // A later part of the list is a list of what was.
    if (this.hasAttribute("older")) return;
    this.#read = this.#told = Number(this.getAttribute("read"));
    this.ends(live.subscribe("notifications", (news) => this.#hear(news), new Position(Number(this.getAttribute("seq")))));
    this.listen(live, "change", () => live.state === "online" && this.#look());
    for (const type of ["scroll", "focus"]) this.listen(window, type, () => this.#soon());
    this.listen(document, "visibilitychange", () => this.#soon());
    // The script reads, in place of the button.
    document.querySelector(".mark-read")?.remove();
    this.#look();
  }

  get #list() {
    return one(this, ".rows");
  }

  /** @param {News} news */
  #hear(news) {
    if (news.type === "snapshot" && "changes" in news.entry) {
      if (news.entry.reset) this.#list.replaceChildren();
      for (const change of news.entry.changes) this.#change(/** @type {News} */ (change), false);
    } else this.#change(news, true);
    one(this, ".empty").hidden = !!this.querySelector(".row");
    this.#look();
  }

  /** @param {News} change @param {boolean} isNew whether it happened just now */
  #change(change, isNew) {
    if (change.type === "notification.removed") document.getElementById(`notification-${change.id}`)?.remove();
    if (change.type === "read") this.#read = Math.max(this.#read, change.read);
    if (change.type === "notification.changed") this.#show(change.notification, isNew && change.notification.seq === change.seq);
  }

  /** @param {Notification} notification @param {boolean} isNew */
  #show(notification, isNew) {
    const { id, seq } = notification;
    const known = document.getElementById(`notification-${id}`);
    const row = known ?? one(/** @type {DocumentFragment} */ (this.#template.content.cloneNode(true)), ".row");
    fill(row, notification, seq > this.#read);
    const next = [...this.#list.children].find((other) => other !== row && seqOf(other) < seq) ?? null;
    if (!known || row.nextElementSibling !== next) this.#list.insertBefore(row, next);
    if (this.#list.children.length > LONGEST) this.#list.lastElementChild?.remove();
    if (isNew) announce(one(row, ".notice-text").textContent ?? "");
  }

  /** @type {HTMLTemplateElement} */
  get #template() {
    return one(this, ":scope > template");
  }

  #soon() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#look();
    });
  }

  /** What is on the screen of somebody who looks is read. */
  async #look() {
    if (document.hidden || !document.hasFocus() || live.state !== "online") return;
    const onScreen = [...this.#list.children].filter((row) => row.getBoundingClientRect().top < innerHeight);
    const seq = Math.max(0, ...onScreen.map(seqOf));
    if (seq <= this.#told) return;
    this.#told = seq;
    try {
      await live.ask({ type: "read", topic: "notifications", read: seq });
    } catch {
      this.#told = this.#read;
    }
  }
}

/** @param {Element} row */
const seqOf = (row) => Number(/** @type {HTMLElement} */ (row).dataset["seq"]);

/** @param {HTMLElement} row @param {Notification} notification @param {boolean} isUnread */
function fill(row, { id, kind, post, comment, actors, count, at, seq }, isUnread) {
  row.id = `notification-${id}`;
  row.dataset["seq"] = `${seq}`;
  row.classList.toggle("new", isUnread);
  one(row, ".unread-word").hidden = !isUnread;
  one(row, ".avatar").setAttribute("src", actors[0] ? face(actors[0]) : "/avatars/guest.svg");
  one(row, ".actors").replaceChildren(...names(actors.slice(0, NAMED), count));
  one(row, ".deed").textContent = comment && kind in IN_COMMENT ? IN_COMMENT[/** @type {"mention"} */ (kind)] : DEEDS[kind];
  const quoted = one(row, ".quoted");
  quoted.textContent = (comment ?? post)?.text ?? "";
  quoted.hidden = !quoted.textContent;
  one(row, "time").setAttribute("datetime", at);
  /** @type {any} */ (one(row, "plaudit-time")).show?.();
  const link = one(row, "a");
  if (post && kind !== "removal") link.setAttribute("href", `/posts/${post.id}${comment ? `/comments/${comment.id}` : ""}`);
  else link.removeAttribute("href");
}

/** @param {import("../live/frames.js").User[]} actors @param {number} count */
function names(actors, count) {
  const others = count - actors.length;
  const all = actors.flatMap(({ name }, at) => {
    const bdi = document.createElement("bdi");
    bdi.className = "name";
    bdi.textContent = name;
    const before = !at ? "" : at === actors.length - 1 && !others ? " and " : ", ";
    return [before, bdi];
  });
  return others > 0 ? [...all, ` and ${others} other${others > 1 ? "s" : ""}`] : all;
}
