// <plaudit-direct>: a conversation of two, live. New messages stand at its end, which is followed only by a reader who is
// there; edits and removals happen in place; nothing moves that somebody reads.

import { Entries } from "../live/entries.js";
import { Position } from "../live/position.js";
import { keep } from "../page/anchor.js";
import { announce } from "../page/announce.js";
import { call } from "../page/http.js";
import { live } from "../page/live.js";
import { shut } from "../page/menus.js";
import { one } from "../page/one.js";
import { viewer } from "../page/session.js";
import { tab } from "../page/storage.js";
import { sentence } from "./comment.js";
import { PlauditElement } from "./element.js";
import { ageMessage, clearMessage, clockOf, markDays, renderMessage, writeMessage } from "./message.js";
import { draftOf, findMessage, messageId, outboxOf } from "./message.js";
import { ReadingPlace } from "./reading-place.js";

/** @typedef {import("../live/frames.js").Message} Message */
/** @typedef {import("../live/frames.js").News} News */
/** @typedef {import("./correspondence.js").Correspondence} Correspondence */
/** @typedef {import("./message-form.js").PlauditMessageForm} PlauditMessageForm */

/** A list that has grown to so many messages begins anew with its newest page. */
const LONGEST = 500;

export class PlauditDirect extends PlauditElement {
  #id = 0;
  /** @type {Entries<Message>} */ #entries = new Entries(0, 0);
  /** The cursor of older messages. @type {string | null} */ #next = null;
  #isLoading = false;
  /** Whether the newest page has been asked for, to replace what stands here. */ #renews = false;
  /** @type {ReadingPlace} */ #reading = /** @type {any} */ (null);
  /** Once somebody has begun to write here. @type {Correspondence | null} */ #writes = null;

  /** @override */
  begin() {
    this.#id = Number(this.getAttribute("conversation"));
    this.#next = this.getAttribute("next");
    const seq = Number(this.getAttribute("seq"));
    this.#entries = new Entries(Number(this.#next), seq);
    for (const li of this.#shown) {
      this.#entries.hold(messageId(li), Number(li.dataset["seq"]), li.dataset["edited"]);
      clockOf(li);
    }
    this.arrange();
    // A part from the middle stands still.
    if (this.hasAttribute("earlier")) return;
    this.#reading = new ReadingPlace(this, this.list, {
      topic: this.#topic, read: Number(this.getAttribute("read")), other: this.other,
    });
    this.ends(live.subscribe(this.#topic, (news) => this.#hear(news), new Position(seq)));
    this.ends(live.subscribe(`${this.#topic}/presence`, (news) => this.#company(news)));
    this.listen(live, "change", () => live.state === "online" && (this.#writes?.retry(), this.#reading.look()));
    this.listen(this, "click", (event) => this.#clicked(event));
    this.listen(this, "submit", (event) => this.#submitted(event));
    this.listen(this, "say", ({ detail: text }) => this.#say(text));
    this.listen(this, "focusin", ({ target }) => target.closest("plaudit-message-form") && this.#write(() => {}, () => {}));
    this.listen(this, "toggle", ({ target }) => this.#opened(target), true);
    const older = new IntersectionObserver(([link]) => link?.isIntersecting && this.#earlier(), { rootMargin: "300px 0px 0px" });
    older.observe(one(this, ".earlier"));
    this.ends(() => older.disconnect());
    this.#reading.begin();
    // What was begun or sent before a reload goes on.
    const isBegun = this.#form?.querySelector("textarea")?.value || tab.get(draftOf(this.#id)) || tab.get(outboxOf(this.#id));
    // Whoever was there before this script writes already.
    if (isBegun || this.#form?.contains(document.activeElement)) this.#write(() => {}, () => {});
  }

  /** Where the reader writes; null: nobody writes here. @type {PlauditMessageForm | null} */
  get #form() {
    return one(this, "plaudit-message-form");
  }

  /**
   * Does something of writing, whose script is loaded once. Where it can't be loaded, links and forms work as they are.
   * @param {(writes: Correspondence) => void} act @param {() => void} plainly
   */
  async #write(act, plainly) {
    const form = this.#form;
    // Whoever types on must find the form at once.
    if (this.#writes || !form) return this.#writes && act(this.#writes);
    try {
      const { Writes } = await this.writing();
      this.#writes ??= new Writes(this.#id, form, {
        render: (message) => this.render(message),
        place: (li) => this.#place(li),
        take: (message) => this.#own(message),
        isOwn: (author) => this.isOwn(author),
        seen: () => this.seen,
      });
    } catch {
      return plainly();
    }
    act(this.#writes);
  }

  get #topic() {
    return `conversation:${this.#id}`;
  }

  /** @type {HTMLElement} */
  get list() {
    return one(this, ".messages");
  }

  /** Where this conversation is. */
  get address() {
    return `/messages/${this.#id}`;
  }

  /** The other side's id. */
  get other() {
    return Number(this.getAttribute("with"));
  }

  /** The place of the newest message that is known. */
  get head() {
    return Math.max(0, ...[...this.#shown].map((li) => Number(li.dataset["seq"])));
  }

  /** Whether a message of this author is of this side. @param {import("../live/frames.js").User} author */
  isOwn(author) {
    return author.id === viewer.id;
  }

  /** A message as it stands on this page. @param {Message} message */
  render(message) {
    return renderMessage(one(this, ":scope > template"), message, this.isOwn(message.author));
  }

  /** What has changed stands in its order; the end is followed where the reader is there. */
  settle() {
    const { isAtEnd } = this.#reading;
    if (isAtEnd) this.#settle(true);
    else keep(() => this.arrange());
  }

  /** Puts what stands in the list in its order. */
  arrange() {
    markDays(this.list);
  }

  /** The script of writing. @returns {Promise<{Writes: typeof import("./correspondence.js").Correspondence}>} */
  writing() {
    return import("../write-message.js");
  }

  /** The place of what an answer was written against; null: it does not matter. @returns {number | null} */
  get seen() {
    return null;
  }

  /** A text to a telephone has come further. @param {number} _id @param {import("../live/frames.js").Delivery} _delivery */
  delivered(_id, _delivery) {}

  /** Earlier messages stand here now. @param {boolean} _ whether there are still earlier ones */
  wentBack(_) {}

  /** Something new of the other side, or of a colleague. @param {Message} _ */
  noticed(_) {}

  /** @type {NodeListOf<HTMLElement>} */
  get #shown() {
    return this.querySelectorAll(".message:not(.unsent-one)");
  }

  /** @param {News} news */
  #hear(news) {
    const { isAtEnd } = this.#reading;
    if (news.type === "gone") this.hidden = true;
    else if (news.type !== "snapshot") this.#change(news, true);
    else if ("changes" in news.entry) {
      if (news.entry.reset) this.#reset(news.entry, news.fresh);
      else news.entry.changes.forEach((change) => this.#change(change, true));
    }
    this.#settle(isAtEnd);
    if (isAtEnd && this.#shown.length > LONGEST && !this.list.contains(document.activeElement)) this.#renew();
  }

  /** @param {News} change @param {boolean} isNew whether it happened just now */
  #change(change, isNew) {
    if (change.type === "message.removed") this.#remove(change.id);
    if (change.type === "message.delivery") this.delivered(change.id, change.delivery);
    if (change.type === "message.added" || change.type === "message.edited") this.#take(change.message, isNew);
  }

  /** @param {Message} message @param {boolean} isNew */
  #take(message, isNew) {
    const what = this.#entries.take(message);
    const li = findMessage(message.id);
    if (what === "edited" && li) keep(() => writeMessage(li, message), this.#anchor);
    if (what === "added") this.#show(message, isNew);
    if (message.delivery) this.delivered(message.id, message.delivery);
  }

  /** @param {Message} message @param {boolean} isNew */
  #show(message, isNew) {
    const { author, text } = message;
    this.#writes?.find(message)?.remove();
    const li = this.render(message);
    this.#place(li);
    if (isNew) this.noticed(message);
    if (this.isOwn(author) || !isNew) return;
    this.#reading.arrived(li);
    announce(`${author.name}: ${text}`);
  }

  /** Puts a message where it belongs: by its `seq`, and what is not sent yet behind all. @param {HTMLElement} li */
  #place(li) {
    const seq = Number(li.dataset["seq"]);
    const later = [...this.list.querySelectorAll(".message")].find((other) => Number(/** @type {HTMLElement} */ (other).dataset["seq"]) > seq);
    this.list.insertBefore(li, later ?? null);
    one(this, ".silence").hidden = true;
  }

  /** @param {number} id */
  #remove(id) {
    this.#entries.remove(id);
    keep(() => clearMessage(findMessage(id)), this.#anchor);
  }

  /** A message of one's own is saved: whoever sends is at the end. @param {Message} message */
  #own(message) {
    this.#take(message, false);
    this.#settle(true);
    this.querySelector(".request")?.remove();
  }

  /** What has come stands in its order, under its day. @param {boolean} follow whether the end is followed */
  #settle(follow) {
    this.arrange();
    this.#reading.settle(follow);
  }

  /** What the reader is at: the first message in view. */
  get #anchor() {
    return [...this.list.querySelectorAll(".said, .said-gone")].find((said) => said.getBoundingClientRect().bottom > 120) ?? null;
  }

  /**
   * The newest page, after a long absence. Where it does not reach what stands here, it takes its place.
   * @param {import("../live/frames.js").StreamSnapshot} entry @param {boolean} fresh of another database
   */
  #reset({ changes, next, seq }, fresh) {
    const page = changes.flatMap((change) => (change.type === "message.added" ? [change.message] : []));
    const reaches = !next || page.some((message) => message.seq <= this.head);
    if (fresh || this.#renews || !reaches) {
      this.#renews = false;
      this.#entries = new Entries(Infinity, -1);
      this.list.replaceChildren();
      this.#merge(page, next, seq, false);
      this.#writes?.show();
      return this.#reading.toEnd();
    }
    this.#merge(page, next, seq, true);
  }

  /** @param {Message[]} page @param {string | null} next @param {number} upto @param {boolean} isNew @param {Element | null} [at] */
  #merge(page, next, upto, isNew, at = this.#anchor) {
    const { from, gone, news } = this.#entries.page(page, next !== null, upto);
    keep(() => {
      if (from === this.#entries.from) this.#older(next);
      for (const id of gone) this.#remove(id);
      for (const { what, entry } of news) {
        const li = findMessage(entry.id);
        if (what === "edited" && li) writeMessage(li, entry);
        if (what === "added") this.#show(entry, isNew);
      }
      this.arrange();
    }, at);
  }

  /** @param {string | null} next the cursor of what is older */
  #older(next) {
    this.#next = next;
    const earlier = one(this, ".earlier");
    earlier.hidden = !next;
    one(earlier, "a").setAttribute("href", `${this.address}?before=${next}`);
  }

  async #earlier() {
    if (this.#isLoading || !this.#next) return;
    this.#isLoading = true;
    const oldest = one(this, ".message .said");
    const focused = one(this, ".earlier").contains(document.activeElement);
    try {
      const upto = this.#entries.from - 1;
      const { items, next } = await call("GET", `/conversations/${this.#id}/messages?order=newest&limit=50&cursor=${this.#next}`);
      this.#merge(items, next, upto, false, oldest);
      this.wentBack(next !== null);
      // The link has had the focus, and is gone.
      if (focused && !this.#next) oldest?.focus({ preventScroll: true });
    } catch (why) {
      announce(sentence(why));
    }
    this.#isLoading = false;
  }

  /** Asks for the newest page, to put it in the place of what stands here. */
  #renew() {
    this.#renews = true;
    live.refresh(this.#topic);
  }

  /** Who writes, and how far the other side has read. @param {News} news */
  #company(news) {
    const talk = news.type === "snapshot" ? news.entry : news;
    if (!("seen" in talk)) return;
    const { isAtEnd } = this.#reading;
    const other = talk.typing.find(({ id }) => id === this.other);
    const typing = one(this, ".typing");
    typing.textContent = other ? `${other.name} writes…` : "";
    typing.hidden = !other;
    const read = talk.seen.find(({ user }) => user === this.other)?.read ?? 0;
    this.querySelector(".seen")?.remove();
    const seen = [...this.#shown].filter((li) => li.matches(".own") && Number(li.dataset["seq"]) <= read).at(-1);
    const stamp = seen?.querySelector(".stamp");
    stamp?.append(Object.assign(document.createElement("span"), { className: "seen", textContent: " · Seen" }));
    if (isAtEnd) this.#reading.settle(true);
  }

  /** @param {string} text */
  async #say(text) {
    const { isAtEnd } = this.#reading;
    await this.#writes?.say(text, (message) => this.#take(message, false));
    this.#settle(isAtEnd || !!text);
  }

  /** @param {Element} menu */
  #opened(menu) {
    const li = menu.closest(".message");
    if (li) ageMessage(li, Number(this.getAttribute("edits-for")));
  }

  /** @param {SubmitEvent} event */
  #submitted(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const li = form.closest(".message");
    if (!li || !form.matches(".menu form")) return;
    event.preventDefault();
    this.#write(async (writes) => {
      const why = await writes.remove(messageId(li));
      if (why) announce(why);
      else this.#remove(messageId(li));
    }, () => form.submit());
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const at = /** @type {Element} */ (event.target).closest(".edit, .earlier a, .again, .back, .newer");
    if (!at || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const li = /** @type {HTMLElement | null} */ (at.closest(".message"));
    if (at.matches(".newer")) return this.#reading.toEnd();
    if (at.matches(".earlier a")) return void this.#earlier();
    if (!li) return;
    shut(null);
    const edit = /** @type {HTMLAnchorElement} */ (at);
    if (at.matches(".edit")) this.#write((writes) => writes.edit(li), () => location.assign(edit.href));
    else if (at.matches(".again")) this.#writes?.again(li);
    else this.#writes?.back(li);
  }
}
