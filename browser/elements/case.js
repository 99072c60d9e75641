// <plaudit-case>: an inbox's conversation as its agents see it: the messages, and among them what the agents note and do;
// who else is here; and what becomes of the case.

import { Position } from "../live/position.js";
import { announce } from "../page/announce.js";
import { live } from "../page/live.js";
import { shut } from "../page/menus.js";
import { one } from "../page/one.js";
import { viewer } from "../page/session.js";
import { PlauditDirect } from "./direct.js";
import { inOrder } from "./in-order.js";
import { clockOf, findMessage } from "./message.js";

/** @typedef {import("../live/frames.js").Case} Case */
/** @typedef {import("../live/frames.js").Note} Note */
/** @typedef {import("../live/frames.js").News} News */

export class PlauditCase extends PlauditDirect {
  /** Who wrote which message, where the inbox shows as its author. @type {Map<number, string>} */ #writers = new Map();
  /** The head of the messages when the draft was begun; null: there is none. @type {number | null} */ #began = null;
  /** Notes from this place on are known. */ #from = 0;
  /** Those that stand here, or stood here before the list began anew. @type {Map<string, HTMLElement>} */ #remarks = new Map();

  /** @override */
  begin() {
    super.begin();
    this.#from = Number(this.getAttribute("notes-from"));
    for (const remark of /** @type {NodeListOf<HTMLElement>} */ (this.list.querySelectorAll(".remark"))) {
      clockOf(remark);
      this.#remarks.set(remark.id, remark);
    }
    this.arrange();
    if (this.hasAttribute("earlier")) return;
    const topic = `conversation:${this.getAttribute("conversation")}`;
    const notes = new Position(Number(this.getAttribute("notes")));
    this.ends(live.subscribe(`${topic}/notes`, (news) => this.#hear(news), notes));
    this.ends(live.subscribe(`${topic}/agents`, (news) => this.#meet(news)));
    this.listen(document, "case", ({ detail }) => this.#show(detail));
    this.listen(this, "submit", (event) => this.#act(event));
    this.listen(this, "input", ({ target }) => this.#typed(target));
    // Behind the listener that sends it.
    this.listen(this, "say", () => this.#said());
    this.listen(this, "toggle", ({ target }) => target.matches(".note-box") && this.#opened(target), true);
    this.listen(this, "focusin", ({ target }) => target.closest(".note-box") && this.writing().catch(() => {}));
    if (this.querySelector(".note-box[open]")) this.writing().catch(() => {});
  }

  /** @override */
  get address() {
    return this.getAttribute("address") ?? "";
  }

  /** All agents are one side. @override @param {import("../live/frames.js").User} author */
  isOwn(author) {
    return author.id !== this.other;
  }

  /** @override */
  writing() {
    return import("../write-case.js");
  }

  /** @override */
  get seen() {
    return this.#began ?? this.head;
  }

  /** @override @param {import("../live/frames.js").Message} message */
  render(message) {
    const li = super.render(message);
    if (!this.isOwn(message.author)) return li;
    const by = one(li, ".by");
    by.classList.remove("visually-hidden");
    const mine = message.id < 0 || message.author.id === viewer.id;
    this.#sign(li, mine ? "You" : this.#writers.get(message.id) ?? message.author.name);
    return li;
  }

  /** Says which agent wrote a message: who did not can't change it. @param {HTMLElement} li @param {string} who */
  #sign(li, who) {
    one(li, ".by").textContent = `${who}:`;
    for (const part of /** @type {NodeListOf<HTMLElement>} */ (li.querySelectorAll(".edit, .menu form"))) part.hidden = who !== "You";
    const menu = /** @type {HTMLElement | null} */ (li.querySelector(".menu"));
    if (menu) menu.hidden = who !== "You";
  }

  /** @override */
  arrange() {
    // A list that begins anew has none of them; those that are older than its messages wait.
    const oldest = this.#oldest;
    for (const remark of this.#remarks.values()) {
      if (!remark.isConnected && (remark.dataset["at"] ?? "") >= oldest) this.list.append(remark);
    }
    inOrder(this.list);
    super.arrange();
  }

  /** When the first message was written that stands here. */
  get #oldest() {
    return /** @type {HTMLElement | null} */ (this.list.querySelector(".message"))?.dataset["at"] ?? "";
  }

  /** The notes of their time come with earlier messages. @override @param {boolean} more */
  async wentBack(more) {
    const { before } = await import("../desk.js");
    const { notes, from } = await before(this.getAttribute("conversation") ?? "", this.#from, more ? this.#oldest : "");
    this.#from = from;
    for (const note of notes) await this.#add(note, false);
  }

  /** @override @param {number} id @param {import("../live/frames.js").Delivery} delivery */
  async delivered(id, delivery) {
    const { deliver } = await import("../desk.js");
    deliver(findMessage(id), delivery);
  }

  /** A colleague has answered while something else is being written. @override @param {import("../live/frames.js").Message} message */
  noticed(message) {
    if (message.author.id === this.other || message.author.id === viewer.id || this.#began === null) return;
    this.#say("A colleague has answered meanwhile: read that first. What you wrote stays.");
  }

  /** @param {News} news */
  #hear(news) {
    if (news.type === "note.added") this.#add(news.note, true);
    if (news.type === "snapshot" && "changes" in news.entry) {
      for (const change of news.entry.changes) if (change.type === "note.added") this.#add(change.note, !news.entry.reset);
    }
  }

  /** @param {Note} note @param {boolean} isNew */
  async #add(note, isNew) {
    if (note.kind === "sent") {
      if (!note.message || !note.author) return;
      const who = note.author.id === viewer.id ? "You" : note.author.name;
      this.#writers.set(note.message, who);
      const li = findMessage(note.message);
      if (li?.querySelector(".said")) this.#sign(li, who);
      return;
    }
    const { renderRemark } = await import("../desk.js");
    if (this.#remarks.has(`note-${note.id}`)) return;
    const template = /** @type {HTMLTemplateElement} */ (this.querySelectorAll(":scope > template")[1]);
    const remark = renderRemark(template, note);
    this.#remarks.set(remark.id, remark);
    this.settle();
    if (isNew && note.author?.id !== viewer.id && note.kind === "note") announce(`Note of ${note.author?.name}: ${note.text}`);
  }

  /** Who else is here, and what they do. @param {News} news */
  async #meet(news) {
    const agents = news.type === "snapshot" ? news.entry : news;
    if (!("viewers" in agents)) return;
    const { company } = await import("../desk.js");
    one(this, ".company").textContent = company(/** @type {import("../live/frames.js").Agents} */ (agents));
  }

  /** The draft begins with what is known now. @param {HTMLElement} target */
  #typed(target) {
    if (!(target instanceof HTMLTextAreaElement) || !target.closest("plaudit-message-form")) return;
    if (!target.value.trim()) this.#began = null;
    else this.#began ??= this.head;
  }

  /** The draft was sent: the next one is another. */
  #said() {
    this.#began = null;
    this.#say("");
  }

  /** A case has changed. @param {Case} changed */
  async #show(changed) {
    if (`${changed.id}` !== this.getAttribute("conversation")) return;
    const { dress } = await import("../desk.js");
    dress(this, changed);
  }

  /** What an agent does with the case. @param {SubmitEvent} event */
  async #act(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.closest(".case-acts")) return;
    event.preventDefault();
    const { submitter } = event;
    shut(null);
    try {
      const { act } = await import("../desk.js");
      this.#say(await act(form, submitter, this.getAttribute("conversation") ?? ""));
    } catch {
      form.submit();
    }
  }

  /** @param {string} text */
  #say(text) {
    one(this, ".case-error").textContent = text;
  }

  /** @param {HTMLDetailsElement} box */
  async #opened(box) {
    if (!box.open) return;
    await this.writing().catch(() => {});
    one(box, "textarea").focus();
  }
}
