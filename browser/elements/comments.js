// <plaudit-comments>: the conversation under a post, live. New comments come in where the reader is at the end, and
// otherwise wait behind a pill; edits and removals happen in place; nothing moves that somebody reads.

import { keep } from "../anchor.js";
import { Refusal } from "../client.js";
import { Conversation } from "../conversation.js";
import { call, live, user } from "../live.js";
import { compact } from "../text.js";
import { Place, countsOf } from "../topic.js";
import { announce } from "./announce.js";
import { PlauditCommentForm } from "./comment-form.js";
import { age, clear, find, note, one, render, write } from "./comment.js";
import { Unsent } from "./unsent.js";

/** @typedef {import("../frames.js").Comment} Comment */
/** @typedef {import("../frames.js").News} News */

/** Whoever has missed more pages of a conversation than this gets a fresh one. */
const MANY = 10;
/** What could not be read is asked for again after this long. */
const AGAIN = 5000;

export class PlauditComments extends HTMLElement {
  #post = 0;
  #version = 0;
  #conversation = new Conversation(0, 0);
  /** The cursor of older comments. @type {string | null} */ #next = null;
  /** Behind the pill. @type {Comment[]} */ #waiting = [];
  /** Whether the reader was at the end when the latest news came, or there was nothing to read. */ #atEnd = true;
  /** @type {Unsent | null} */ #unsent = null;

  connectedCallback() {
    const post = (this.#post = Number(this.getAttribute("post")));
    this.#next = this.getAttribute("next");
    const seq = Number(this.getAttribute("seq"));
    const shown = /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("li[data-by]"));
    const from = this.#next ? Math.min(...[...shown].map((li) => Number(li.dataset["seq"]))) : 0;
    this.#conversation = new Conversation(from, seq);
    for (const li of shown) this.#conversation.hold(numberOf(li), Number(li.dataset["seq"]), li.dataset["edited"]);
    live.subscribe(`post:${post}/comments`, (news) => this.#hear(news), new Place(seq));
    live.subscribe(`post:${post}`, (news) => this.#count(news));
    this.addEventListener("click", (event) => this.#clicked(event));
    this.addEventListener("submit", (event) => this.#removed(event));
    this.addEventListener("say", (event) => this.#say(/** @type {CustomEvent} */ (event)));
    this.addEventListener("keydown", ({ key }) => key === "Escape" && this.#shut(null));
    this.addEventListener("toggle", ({ target }) => age(/** @type {Element} */ (/** @type {Element} */ (target).closest(".said"))), true);
    document.addEventListener("click", ({ target }) => this.#shut(/** @type {Node} */ (target)));
    new IntersectionObserver(([end]) => end?.isIntersecting && this.#reveal()).observe(one(this, ".end"));
    this.#unsent = new Unsent({
      post,
      author: {
        id: Number(user), handle: this.getAttribute("handle"), name: this.getAttribute("name") ?? "", bio: "", kind: "member",
      },
      render: (comment) => this.#render(comment),
      place: (li, parent) => this.#place(li, parent),
      take: (comment) => this.#take(comment, true),
    });
    // Answers that were begun before a reload go on.
    const drafts = `plaudit-draft-${user}-${post}-`;
    for (const name of Object.keys(sessionStorage)) {
      if (name.startsWith(drafts)) this.#open(find(Number(name.slice(drafts.length))), "answers");
    }
  }

  get #list() {
    return one(this, ".comments");
  }

  /** @type {PlauditCommentForm | null} */
  get #form() {
    return one(this, ".end ~ plaudit-comment-form");
  }

  /** @param {News} news */
  #hear(news) {
    const before = this.#waiting.length;
    // Once for all that comes together: the first of many must not hide the rest.
    this.#atEnd = one(this, ".end").getBoundingClientRect().top < innerHeight || !this.#list.children.length;
    if (news.type === "gone" || news.type === "post.removed") this.hidden = true;
    else if (news.type !== "snapshot") this.#change(news);
    else if ("changes" in news.entry) {
      if (news.entry.reset) this.#reset(news.entry, news.fresh);
      else news.entry.changes.forEach((change) => this.#change(change));
    }
    this.#tell();
    if (this.#waiting.length > before) announce(one(this, ".newer").textContent ?? "");
  }

  /** @param {News} change */
  #change(change) {
    if (change.type === "comment.removed") this.#remove(change.id);
    if (change.type === "comment.added" || change.type === "comment.edited") this.#take(change.comment);
  }

  /**
   * The newest page of the conversation, after a long absence: what it should hold and does not is gone, and what lies
   * between it and what is shown has to be read.
   * @param {import("../frames.js").StreamSnapshot} entry @param {boolean} fresh of another database
   */
  #reset({ changes, next, seq }, fresh) {
    const page = changes.flatMap((change) => (change.type === "comment.added" ? [change.comment] : []));
    if (fresh) {
      this.#conversation = new Conversation(Infinity, -1);
      this.#list.replaceChildren();
      this.#waiting = [];
    }
    const from = this.#merge(page, next, seq, fresh);
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
      for (const { what, comment } of news) this.#news(what, comment, now);
    }, at);
    return from;
  }

  /** @param {string | null} next the cursor of what is older */
  #older(next) {
    this.#next = next;
    const earlier = one(this, ".earlier");
    earlier.hidden = !next;
    one(earlier, "a").setAttribute("href", `/posts/${this.#post}/comments?before=${next}`);
    if (!next) this.querySelectorAll(".earlier-one").forEach((li) => clear(/** @type {HTMLElement} */ (li)));
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
      for (let pages = 0; cursor && upto >= this.#conversation.from; pages++) {
        if (pages > MANY) return location.reload();
        const { from, next } = await this.#read(cursor, upto);
        [cursor, upto] = [next, from - 1];
      }
    } catch {
      setTimeout(() => this.#fill(cursor, upto), AGAIN);
    }
  }

  /** @param {Comment} comment @param {boolean} [now] whether it is shown wherever the reader is */
  #take(comment, now = false) {
    this.#news(this.#conversation.take(comment), comment, now);
  }

  /** @param {ReturnType<Conversation["take"]>} what @param {Comment} comment @param {boolean} now */
  #news(what, comment, now) {
    const { id, author } = comment;
    if (what === "edited") {
      const li = find(id);
      if (li) keep(() => write(li, comment));
      this.#waiting = this.#waiting.map((other) => (other.id === id ? comment : other));
    }
    if (what !== "added") return;
    const own = this.#unsent?.find(comment);
    if (!now && !own && !this.#atEnd) return void this.#waiting.push(comment);
    keep(() => {
      own?.remove();
      this.#show(comment);
    });
    if (!now && !own) announce(`${author.name} commented`);
  }

  /** @param {Comment} comment */
  #render(comment) {
    return render(one(this, ":scope > template"), comment, { writes: !!this.#form, rules: this.hasAttribute("rules") });
  }

  /** @param {Comment} comment */
  #show(comment) {
    const li = this.#render(comment);
    const stub = find(comment.id);
    if (stub) one(li, ".answers").append(...one(stub, ".answers").children);
    stub?.remove();
    this.#place(li, comment.parent);
  }

  /** Puts a comment where it belongs. @param {HTMLElement} li @param {number | null} parent */
  #place(li, parent) {
    const list = parent ? one(find(parent) ?? this.#stub(parent), ".answers") : this.#list;
    let next = null;
    for (let other = list.lastElementChild; other && isLater(other, li); other = other.previousElementSibling) next = other;
    list.insertBefore(li, next);
    one(this, ".silence").hidden = true;
  }

  /** The place of a comment that is answered here and has not been read. @param {number} id */
  #stub(id) {
    const li = document.createElement("li");
    const answers = document.createElement("ol");
    li.id = `comment-${id}`;
    li.dataset["seq"] = "0";
    li.className = "comment earlier-one";
    answers.className = "answers";
    li.append(note(this.#next ? "An earlier comment" : "This comment was removed."), answers);
    this.#place(li, null);
    return li;
  }

  /** @param {number} id */
  #remove(id) {
    this.#conversation.remove(id);
    this.#waiting = this.#waiting.filter((comment) => comment.id !== id);
    keep(() => clear(find(id)));
  }

  /** Shows what waits. */
  #reveal() {
    const waiting = this.#waiting.sort((a, b) => a.seq - b.seq);
    this.#waiting = [];
    if (waiting.length) keep(() => waiting.forEach((comment) => this.#show(comment)));
    this.#tell();
    return waiting[0];
  }

  #tell() {
    const pill = one(this, ".newer");
    const { length } = this.#waiting;
    pill.hidden = !length;
    pill.textContent = `${length} new ${length === 1 ? "comment" : "comments"}`;
  }

  /** @param {News} news */
  #count(news) {
    const counts = countsOf(news);
    const fresh = news.type === "snapshot" && news.fresh;
    if (!counts || (counts.version < this.#version && !fresh)) return;
    this.#version = counts.version;
    one(this, ".tally").textContent = compact(counts.comments);
  }

  /** @param {CustomEvent} event */
  async #say({ target, detail: text }) {
    const form = /** @type {PlauditCommentForm} */ (target);
    const { answers, edits } = form;
    if (!edits) {
      form.close();
      return this.#unsent?.write(text, answers);
    }
    try {
      const { comment } = await call("PATCH", `/comments/${edits}`, { text });
      form.close();
      this.#take(comment);
    } catch (why) {
      form.fail(sentence(why));
    }
  }

  /** @param {MouseEvent} event */
  async #clicked(event) {
    const at = /** @type {Element} */ (event.target).closest(".answer, .edit, .earlier a, .again, .back, .newer");
    if (!at || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const li = /** @type {HTMLElement | null} */ (at.closest(".comment"));
    if (at.matches(".answer")) return this.#open(li, "answers")?.begin();
    if (at.matches(".edit")) return this.#open(li, "edits")?.begin();
    if (at.matches(".newer")) return this.#go(this.#reveal()?.id ?? 0);
    if (at.matches(".earlier a")) return this.#earlier();
    if (!li) return;
    if (at.matches(".again")) {
      one(li, ".said").focus();
      return this.#unsent?.again(li);
    }
    const letter = this.#unsent?.back(li);
    (letter?.parent ? this.#open(find(letter.parent), "answers") : this.#form)?.take(letter?.text ?? "");
  }

  async #earlier() {
    const oldest = one(this.#list, ":scope > [data-by] > .said");
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

  /**
   * Opens the form to answer or to edit a comment, or finds it open.
   * @param {HTMLElement | null} li @param {"answers" | "edits"} what
   */
  #open(li, what) {
    const place = what === "edits" ? li?.querySelector(".bubble") : li;
    if (!li || !place || !this.#form) return null;
    this.#shut(null);
    const open = place.querySelector(`:scope > [${what}]`);
    if (open) return /** @type {PlauditCommentForm} */ (open);
    const form = /** @type {PlauditCommentForm} */ (this.#form.cloneNode(true));
    form.setAttribute(what, `${numberOf(li)}`);
    form.setAttribute("text", (what === "edits" && one(li, ".text").textContent) || "");
    keep(() => place.append(form));
    return form;
  }

  /** @param {SubmitEvent} event */
  async #removed(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const li = form.closest(".comment");
    if (!form.matches(".menu form") || !li) return;
    event.preventDefault();
    const id = numberOf(li);
    try {
      await call("DELETE", `/comments/${id}`);
    } catch (why) {
      if (!(why instanceof Refusal && why.code === "not_found")) {
        const error = note(sentence(why));
        error.className = "error";
        return form.replaceWith(error);
      }
    }
    this.#remove(id);
  }

  /** Closes the menus that something is not in. @param {Node | null} target */
  #shut(target) {
    for (const menu of this.querySelectorAll("details[open]")) {
      if (target && menu.contains(target)) continue;
      if (menu.contains(document.activeElement)) one(menu, "summary").focus();
      menu.removeAttribute("open");
    }
  }
}

/** The comment's id. @param {Element} li */
const numberOf = (li) => Number(li.id.slice(8));

/** @param {unknown} why */
const sentence = (why) => (why instanceof Error ? why.message.replace(/^text: /, "") : "That did not work.");

/** Whether a comment stands after another: by the place of its creation, or where that is not known by its number. */
function isLater(/** @type {Element} */ one, /** @type {HTMLElement} */ other) {
  const [a = 0, b = 0] = [one, other].map((li) => Number(/** @type {HTMLElement} */ (li).dataset["seq"]));
  return a && b ? a > b : numberOf(one) > numberOf(other);
}
