// What is known of a conversation: by example, and under every order in which chance lets things arrive.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Entries } from "../live/entries.js";
import { chance } from "./fake.js";

/** @typedef {import("../live/frames.js").Comment} Comment */

/** @param {number} id @param {number} seq @param {string | null} [edited_at] @returns {Comment} */
const said = (id, seq, edited_at = null) => ({
  id, seq, edited_at, post: 42, parent: null, text: "", created_at: "",
  author: { id: 7, handle: "ana", name: "Ana", bio: "", kind: "member" },
});

test("a comment is new once, from wherever it comes", () => {
  const it = new Entries(0, 0);
  it.hold(1, 1);
  assert.equal(it.take(said(1, 1)), null);
  assert.equal(it.take(said(2, 3)), "added");
  assert.equal(it.take(said(2, 3)), null);
});

test("an edit is taken once, and an older text never comes back", () => {
  const it = new Entries(0, 0);
  it.hold(1, 1, "2026-11-23T10:00:00.000Z");
  assert.equal(it.take(said(1, 1, "2026-11-23T10:00:01.000Z")), "edited");
  assert.equal(it.take(said(1, 1, "2026-11-23T10:00:00.000Z")), null);
  assert.equal(it.take(said(1, 1)), null);
});

test("what was removed stays removed, even if it is heard of before it is known", () => {
  const it = new Entries(0, 0);
  it.remove(5);
  assert.equal(it.take(said(5, 5)), null);
  it.hold(6, 6);
  it.remove(6);
  assert.equal(it.take(said(6, 6, "2026-11-23T10:00:00.000Z")), null);
});

test("what is older than what has been read is left for later", () => {
  const it = new Entries(50, 60);
  assert.equal(it.take(said(3, 12, "2026-11-23T10:00:00.000Z")), null);
  const { news } = it.page([said(3, 12, "2026-11-23T10:00:00.000Z")], false, 49);
  assert.deepEqual(news.map(({ what, entry }) => [what, entry.id]), [["added", 3]]);
  assert.equal(it.from, 0);
});

test("a page is the whole truth of its part, and says nothing of the rest", () => {
  const seen = (/** @type {ReturnType<Entries<Comment>["page"]>} */ { from, gone, news }) => [from, gone, news.length];
  const known = () => {
    const it = /** @type {Entries<Comment>} */ (new Entries(0, 0));
    for (const seq of [1, 5, 6, 7, 9]) it.hold(seq, seq);
    return it;
  };
  assert.deepEqual(seen(known().page([said(5, 5), said(7, 7)], true, 8)), [5, [6], 0]);
  assert.deepEqual(seen(known().page([said(5, 5), said(7, 7)], false, 8)), [0, [1, 6], 0]);
  assert.deepEqual(seen(known().page([], false, 9)), [0, [1, 5, 6, 7, 9], 0]);
  assert.deepEqual(seen(known().page([said(6, 6), said(8, 8)], true, 8)), [6, [7], 1]);
});

test("what a page that was read whole did not hold is never shown later", () => {
  const it = new Entries(0, 4);
  assert.equal(it.take(said(3, 3)), null, "it was removed before the page was rendered");
  it.page([said(9, 9)], true, 12);
  assert.equal(it.take(said(11, 11)), null, "an answer that was long on its way");
  assert.equal(it.take(said(13, 13)), "added");
  assert.equal(it.take(said(8, 8)), "added");
});

/** A post whose comments are written, edited and removed, and a page that sees it. */
class World {
  seq = 0;
  /** @type {Map<number, Comment>} */ comments = new Map();
  /** @type {{seq: number, id: number, what: string}[]} */ log = [];
  /** What the page shows. @type {Map<number, string | null>} */ shown = new Map();
  conversation = new Entries(0, 0);
  place = 0;
  /** Answers that are on their way. @type {(() => void)[]} */ late = [];

  /** @param {() => number} random */
  constructor(random) {
    this.random = random;
  }

  write() {
    const seq = ++this.seq;
    this.comments.set(seq, said(seq, seq));
    this.log.push({ seq, id: seq, what: "added" });
    // The writer's own answer may overtake or follow everything else.
    const { ...comment } = said(seq, seq);
    if (this.random() < 0.3) this.late.push(() => this.take(comment));
  }

  change() {
    const ids = [...this.comments.keys()];
    const id = ids[Math.floor(this.random() * ids.length)];
    if (id === undefined) return;
    const seq = ++this.seq;
    if (this.random() < 0.4) {
      this.comments.delete(id);
      this.log.push({ seq, id, what: "removed" });
      return;
    }
    const comment = said(id, id, `${1e6 + seq}`);
    this.comments.set(id, comment);
    this.log.push({ seq, id, what: "edited" });
    if (this.random() < 0.3) this.late.push(() => this.take(comment));
  }

  /** @param {Comment} comment */
  take(comment) {
    if (this.conversation.take(comment)) this.shown.set(comment.id, comment.edited_at);
  }

  /** @param {number} id */
  remove(id) {
    this.conversation.remove(id);
    this.shown.delete(id);
  }

  /** A push, or what a resumed snapshot says of it: as it stands now. */
  push() {
    const next = this.log.find(({ seq }) => seq > this.place);
    if (!next) return;
    this.place = next.seq;
    const comment = this.comments.get(next.id);
    if (next.what === "removed") this.remove(next.id);
    else if (comment) this.take(comment);
  }

  /** A list as the API reads it, newest first; it arrives some time later. @param {number} below @param {number} upto */
  read(below, upto) {
    const all = [...this.comments.values()].filter(({ seq }) => seq < below).sort((a, b) => b.seq - a.seq);
    const page = all.slice(0, 5).map((comment) => ({ ...comment }));
    this.late.push(() => this.merge(page, all.length > 5, upto));
  }

  /** @param {Comment[]} page @param {boolean} more @param {number} upto */
  merge(page, more, upto) {
    const { from, gone, news } = this.conversation.page(page, more, upto);
    for (const id of gone) this.remove(id);
    for (const { entry } of news) this.shown.set(entry.id, entry.edited_at);
    // As <plaudit-comments> does: what lies between this page and what is known is read next.
    if (from > this.conversation.from) this.read(from, from - 1);
  }

  /** The connection was away for too long: the newest page, whole. */
  reset() {
    const all = [...this.comments.values()].sort((a, b) => b.seq - a.seq);
    const page = all.slice(0, 5).map((comment) => ({ ...comment }));
    this.place = this.seq;
    this.merge(page, all.length > 5, this.seq);
  }
}

test("in whatever order things arrive, the page ends as the store", () => {
  for (let seed = 1; seed <= 3000; seed++) {
    const random = chance(seed * 2654435761);
    const it = new World(random);
    for (let step = 0; step < 60; step++) {
      const what = random();
      if (what < 0.35) it.write();
      else if (what < 0.5) it.change();
      else if (what < 0.75) it.push();
      else if (what < 0.8) it.reset();
      else it.late.splice(Math.floor(random() * it.late.length), 1)[0]?.();
    }
    while (it.place < it.seq) it.push();
    while (it.late.length) it.late.splice(Math.floor(random() * it.late.length), 1)[0]?.();
    const wanted = [...it.comments.values()].map(({ id, edited_at }) => [id, edited_at]).sort();
    assert.deepEqual([...it.shown].sort(), wanted, `seed ${seed}`);
  }
});
