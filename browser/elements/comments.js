// <plaudit-comments>: the conversation under a post, live. New comments come in where the reader is at the end, and
// otherwise wait behind a pill; edits and removals happen in place; nothing moves that somebody reads.

import { Backlog } from "../live/backlog.js";
import { Entries } from "../live/entries.js";
import { Refusal } from "../live/refusal.js";
import { countsOf } from "../live/like-state.js";
import { Position } from "../live/position.js";
import { keep } from "../page/anchor.js";
import { announce } from "../page/announce.js";
import { call } from "../page/http.js";
import { live } from "../page/live.js";
import { shut } from "../page/menus.js";
import { viewer } from "../page/session.js";
import { tab } from "../page/storage.js";
import { compact } from "../page/text.js";
import { CommentList } from "./comment-list.js";
import { one } from "../page/one.js";
import { draftsOf, find, numberOf, outboxOf, sentence, write } from "./comment.js";
import { PlauditElement } from "./element.js";

/** @typedef {import("./comment-form.js").PlauditCommentForm} PlauditCommentForm */
/** @typedef {import("./writing.js").Writing} Writing */
/** @typedef {import("../live/frames.js").Comment} Comment */
/** @typedef {import("../live/frames.js").News} News */

/** Whoever has missed more pages of a conversation than this gets its newest page only. */
const MANY = 10;
/** A conversation that has grown to so many comments begins anew with its newest page. */
const LONGEST = 500;
/** What could not be read is asked for again after this long. */
const AGAIN = 5000;

export class PlauditComments extends PlauditElement {
  #post = 0;
  #version = 0;
  /** @type {Entries<Comment>} */ #conversation = new Entries(0, 0);
  /** The cursor of older comments. @type {string | null} */ #next = null;
  /** Behind the pill. @type {Backlog<Comment>} */ #waiting = new Backlog();
  /** Whether the reader was at the end when the latest news came, or there was nothing to read. */ #atEnd = true;
  /** Whether the newest page has been asked for, to replace what stands here. */ #renews = false;
  /** @type {CommentList} */ #list = /** @type {any} */ (null);
  /** Once somebody has begun to write here. @type {Writing | null} */ #writing = null;
  #again = this.timer();

  /** @override */
  begin() {
    const post = (this.#post = Number(this.getAttribute("post")));
    const list = one(this, ".comments");
    this.#list = new CommentList(list, one(this, ":scope > template"), this);
    this.#next = this.getAttribute("next");
    const seq = Number(this.getAttribute("seq"));
    const shown = /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("li[data-by]"));
    // The page begins at its cursor; of what is earlier stands here only what is answered.
    this.#conversation = new Entries(Number(this.#next), seq);
    for (const li of shown) this.#conversation.hold(numberOf(li), Number(li.dataset["seq"]), li.dataset["edited"]);
    this.ends(live.subscribe(this.#topic, (news) => this.#hear(news), new Position(seq)));
    this.ends(live.subscribe(`post:${post}`, (news) => this.#count(news)));
    this.listen(live, "change", () => live.state === "online" && this.#writing?.retry());
    this.listen(this, "click", (event) => this.#clicked(event));
    this.listen(this, "submit", (event) => this.#submitted(event));
    this.listen(this, "say", ({ target, detail: text }) => this.#writing?.say(target, text));
    this.listen(this, "focusin", ({ target }) => formOf(target) && this.#write(() => {}, () => {}));
    this.listen(this, "keydown", (event) => this.#keyed(event));
    this.listen(this, "toggle", ({ target }) => this.#write((writing) => writing.age(target.closest(".said")), () => {}), true);
    const end = new IntersectionObserver(([end]) => end?.isIntersecting && this.#reveal());
    end.observe(one(this, ".end"));
    this.ends(() => end.disconnect());
    // What was begun or sent before a reload goes on.
    const isBegun = this.#form?.querySelector("textarea")?.value || tab.names(draftsOf(post)).length || tab.get(outboxOf(post));
    if (this.#form && isBegun) this.#write(() => {}, () => {});
  }

  /**
   * Does something of writing, whose script is loaded once. Where it can't be loaded, links and forms work as they are.
   * @param {(writing: Writing) => void} act @param {() => void} plainly
   */
  async #write(act, plainly) {
    // Whoever types on must find the form at once.
    if (this.#writing) return act(this.#writing);
    try {
      const { Writes } = await import("../write.js");
      this.#writing ??= new Writes({
        post: this.#post,
        author: {
          id: viewer.id, handle: this.getAttribute("handle"), name: this.getAttribute("name") ?? "", bio: "", kind: "member",
        },
        form: this.#form,
        render: (comment) => this.#list.render(comment),
        place: (li, parent) => this.#place(li, parent),
        take: (comment) => this.#take(comment, true),
        remove: (id) => this.#remove(id),
      });
    } catch {
      return plainly();
    }
    act(this.#writing);
  }

  get #topic() {
    return `post:${this.#post}/comments`;
  }

  /** @type {PlauditCommentForm | null} */
  get #form() {
    return one(this, ".end ~ plaudit-comment-form");
  }

  /** @param {News} news */
  #hear(news) {
    const before = this.#waiting.length;
    // Once for all that comes together: the first of many must not hide the rest.
    const { length, isInUse } = this.#list;
    this.#atEnd = !length || (length < LONGEST && one(this, ".end").getBoundingClientRect().top < innerHeight);
    if (news.type === "gone" || news.type === "post.removed") this.hidden = true;
    else if (news.type !== "snapshot") this.#change(news);
    else if ("changes" in news.entry) {
      if (news.entry.reset) this.#reset(news.entry, news.fresh);
      else news.entry.changes.forEach((change) => this.#change(change));
    }
    this.#tell();
    if (this.#waiting.length > before) announce(one(this, ".newer").textContent ?? "");
    // Whoever only follows along sees the end of it anyway.
    if (length >= LONGEST && !isInUse && one(this, ".end").getBoundingClientRect().top < innerHeight) this.#renew();
  }

  /** @param {News} change */
  #change(change) {
    if (change.type === "comment.removed") this.#remove(change.id);
    if (change.type !== "comment.added" && change.type !== "comment.edited") return;
    // Too much has come to keep it: what is asked for then holds this too.
    if (!this.#waiting.isTooLong || find(change.comment.id)) this.#take(change.comment);
    if (this.#conversation.size > 2 * LONGEST) this.#waiting.overflow();
  }

  /** Asks for the newest page, to put it in the place of what stands here. */
  #renew() {
    if (this.#renews) return;
    this.#renews = true;
    live.refresh(this.#topic);
  }

  /**
   * The newest page of the conversation, after a long absence: what it should hold and does not is gone, and what lies
   * between it and what is shown has to be read.
   * @param {import("../live/frames.js").StreamSnapshot} entry @param {boolean} fresh of another database
   */
  #reset({ changes, next, seq }, fresh) {
    const page = changes.flatMap((change) => (change.type === "comment.added" ? [change.comment] : []));
    const isNew = fresh || this.#renews;
    if (isNew) {
      this.#renews = false;
      this.#conversation = new Entries(Infinity, -1);
      this.#waiting.take();
      this.#list.empty();
    }
    const from = this.#merge(page, next, seq, isNew);
    if (isNew) {
      this.#writing?.show();
      one(this, ".end").scrollIntoView({ block: "nearest", behavior: "instant" });
    }
    if (from > this.#conversation.from) this.#fill(next, from - 1);
  }

  /**
   * Takes a whole page in; gives where it begins.
   * @param {Comment[]} page @param {string | null} next @param {number} upto
   * @param {boolean} now whether what is new is shown wherever the reader is
   * @param {Element} [at] what keeps its place
   */
  #merge(page, next, upto, now, at) {
    const { from, gone, news } = this.#conversation.page(page, next !== null, upto);
    if (from === this.#conversation.from) this.#older(next);
    keep(() => {
      for (const id of gone) this.#remove(id);
      for (const { what, entry } of news) this.#news(what, entry, now);
    }, at);
    return from;
  }

  /** @param {string | null} next the cursor of what is older */
  #older(next) {
    this.#next = next;
    const earlier = one(this, ".earlier");
    earlier.hidden = !next;
    one(earlier, "a").setAttribute("href", `/posts/${this.#post}/comments?before=${next}`);
    if (!next) this.#list.clearStubs();
  }

  /**
   * Reads a page of what is older, and shows it.
   * @param {string | null} cursor @param {number} upto @param {Element} [at] what keeps its place
   */
  async #read(cursor, upto, at) {
    const path = `/posts/${this.#post}/comments?order=newest&limit=50&cursor=${cursor}`;
    const { items, next } = await call("GET", path);
    return { from: this.#merge(items, next, upto, true, at), next };
  }

  /** Reads what lies between a page and what is shown already. @param {string | null} cursor @param {number} upto */
  async #fill(cursor, upto) {
    try {
      for (let pages = 0; cursor && upto >= this.#conversation.from && this.isConnected; pages++) {
        if (pages > MANY) return this.#renew();
        const { from, next } = await this.#read(cursor, upto);
        [cursor, upto] = [next, from - 1];
      }
    } catch (why) {
      if (this.isConnected && !(why instanceof Refusal && why.isFinal)) this.#again(AGAIN, () => this.#fill(cursor, upto));
    }
  }

  /** @param {Comment} comment @param {boolean} [now] whether it is shown wherever the reader is */
  #take(comment, now = false) {
    this.#news(this.#conversation.take(comment), comment, now);
  }

  /** @param {ReturnType<Entries<Comment>["take"]>} what @param {Comment} comment @param {boolean} now */
  #news(what, comment, now) {
    const { id, author } = comment;
    if (what === "edited") {
      const li = find(id);
      if (li) keep(() => write(li, comment));
      this.#waiting.replace(comment);
    }
    if (what !== "added") return;
    const own = this.#writing?.find(comment);
    if (!now && !own && !this.#atEnd) return this.#waiting.add(comment);
    keep(() => {
      own?.remove();
      this.#show(comment);
    });
    if (!now && !own) announce(`${author.name} commented`);
  }

  /** @param {Comment} comment */
  #show(comment) {
    this.#list.show(comment, !!this.#next);
    one(this, ".silence").hidden = true;
  }

  /** @param {HTMLElement} li @param {number | null} parent */
  #place(li, parent) {
    this.#list.place(li, parent, !!this.#next);
    one(this, ".silence").hidden = true;
  }

  /** @param {number} id */
  #remove(id) {
    this.#conversation.remove(id);
    this.#waiting.remove(id);
    this.#list.remove(id);
  }

  /** Shows what waits. */
  #reveal() {
    if (this.#waiting.isTooLong || (this.#waiting.length && this.#list.length >= LONGEST)) return void this.#renew();
    const waiting = this.#waiting.take().sort((a, b) => a.seq - b.seq);
    if (waiting.length) keep(() => waiting.forEach((comment) => this.#show(comment)));
    this.#tell();
    return waiting[0];
  }

  #tell() {
    const pill = one(this, ".newer");
    pill.hidden = !this.#waiting.length && !this.#waiting.isTooLong;
    pill.textContent = this.#waiting.say("comment");
  }

  /** @param {News} news */
  #count(news) {
    const counts = countsOf(news);
    const fresh = news.type === "snapshot" && news.fresh;
    if (!counts || (counts.version < this.#version && !fresh)) return;
    this.#version = counts.version;
    one(this, ".tally").textContent = compact(counts.comments);
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    const { key, ctrlKey, metaKey, target } = event;
    const form = formOf(target);
    if (form && key === "Enter" && (ctrlKey || metaKey)) this.#send(form);
  }

  /** @param {PlauditCommentForm} form */
  #send(form) {
    return this.#write(() => form.send(), () => form.querySelector("form")?.submit());
  }

  /** @param {SubmitEvent} event */
  #submitted(event) {
    const form = formOf(event.target);
    const remove = /** @type {HTMLFormElement} */ (event.target);
    if (!form && !remove.matches(".menu form")) return;
    event.preventDefault();
    return form ? this.#send(form) : this.#write((writing) => writing.remove(remove), () => remove.submit());
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const at = /** @type {Element} */ (event.target).closest(".answer, .edit, .earlier a, .said-gone a, .again, .back, .newer");
    if (!at || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const li = /** @type {HTMLElement | null} */ (at.closest(".comment"));
    if (at.matches(".answer, .edit")) {
      shut(null);
      const what = at.matches(".edit") ? "edits" : "answers";
      return this.#write((writing) => writing.open(li, what)?.begun(), () => location.assign(/** @type {HTMLAnchorElement} */ (at).href));
    }
    if (at.matches(".newer")) return this.#go(this.#reveal()?.id ?? 0);
    if (at.matches(".earlier a")) return this.#earlier();
    if (!li) return;
    if (at.matches(".said-gone a")) return this.#seek(numberOf(li), /** @type {HTMLAnchorElement} */ (at).href);
    if (at.matches(".again")) this.#writing?.again(li);
    else this.#writing?.back(li);
  }

  /** Reads what is earlier until a comment is there, and goes to it. @param {number} id @param {string} address its own */
  async #seek(id, address) {
    try {
      for (let pages = 0; this.#next && find(id)?.matches(".earlier-one"); pages++) {
        if (pages > MANY) return location.assign(address);
        await this.#read(this.#next, this.#conversation.from - 1);
      }
      this.#go(id);
    } catch {
      location.assign(address);
    }
  }

  async #earlier() {
    const oldest = one(this, ".comments > [data-by]:not([data-earlier]) > .said");
    try {
      await this.#read(this.#next, this.#conversation.from - 1, oldest);
      // The link has had the focus, and is gone.
      if (!this.#next) oldest.focus({ preventScroll: true });
    } catch (why) {
      announce(sentence(why));
    }
  }

  /** @param {number} id */
  #go(id) {
    const said = find(id)?.firstElementChild;
    if (!(said instanceof HTMLElement)) return;
    said.focus({ preventScroll: true });
    said.scrollIntoView({ block: "center" });
  }
}

/** The form that something is in. @param {any} target @returns {PlauditCommentForm | null} */
const formOf = (target) => target.closest("plaudit-comment-form");
