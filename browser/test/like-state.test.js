// The model of a like and the place in a stream: by example, and under every interleaving that chance finds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LikeState } from "../live/like-state.js";
import { Position } from "../live/position.js";
import { chance } from "./fake.js";

const fresh = () => new LikeState({ version: 812, likes: 41, liked: false });

test("a tap shows at once and its answer changes nothing more", () => {
  const state = fresh();
  assert.equal(state.press(), true);
  assert.deepEqual(state.shown, { liked: true, likes: 42 });
  state.ok({ version: 813, likes: 42, liked: true, changed: true });
  assert.deepEqual(state.shown, { liked: true, likes: 42 });
  state.press();
  assert.deepEqual(state.shown, { liked: false, likes: 41 });
});

test("a push that overtakes the answer does not count twice", () => {
  const state = fresh();
  state.press();
  state.counts({ version: 813, likes: 42 });
  assert.deepEqual(state.shown, { liked: true, likes: 42 });
  state.ok({ version: 813, likes: 42, liked: true, changed: true });
  assert.deepEqual(state.shown, { liked: true, likes: 42 });
});

test("a snapshot between tap and answer does not count twice", () => {
  const state = fresh();
  state.press();
  state.snapshot({ version: 813, likes: 42, liked: true }, false);
  assert.deepEqual(state.shown, { liked: true, likes: 42 });
  state.ok({ version: 813, likes: 42, liked: true, changed: true });
  assert.deepEqual(state.shown, { liked: true, likes: 42 });
});

test("a like from another tab, counted before its news came, does not count twice", () => {
  const state = fresh();
  state.counts({ version: 813, likes: 42 });
  state.press();
  assert.deepEqual(state.shown, { liked: true, likes: 42 });
  state.ok({ version: 813, likes: 42, liked: true, changed: false });
  assert.deepEqual(state.shown, { liked: true, likes: 42 });
});

test("what is older than what is shown changes nothing", () => {
  const state = fresh();
  state.counts({ version: 900, likes: 50 });
  state.counts({ version: 899, likes: 49 });
  state.snapshot({ version: 812, likes: 41, liked: true }, false);
  state.ok({ version: 813, likes: 42, liked: false, changed: true });
  assert.deepEqual(state.shown, { liked: false, likes: 50 });
  state.me({ liked: true, version: 880 });
  state.me({ liked: false, version: 870 });
  assert.deepEqual(state.shown, { liked: true, likes: 50 });
});

test("after a restore of the database lower versions are the truth", () => {
  const state = fresh();
  state.snapshot({ version: 3, likes: 2, liked: true }, true);
  assert.deepEqual(state.shown, { liked: true, likes: 2 });
});

test("a refusal takes the tap back", () => {
  const state = fresh();
  state.press();
  state.refused();
  assert.deepEqual(state.shown, { liked: false, likes: 41 });
});

test("a wish that changes while it is on its way ends as the last one", () => {
  const state = fresh();
  state.press();
  state.press();
  assert.deepEqual(state.shown, { liked: false, likes: 41 });
  state.ok({ version: 813, likes: 42, liked: true, changed: true });
  assert.equal(state.wish, false);
  assert.deepEqual(state.shown, { liked: false, likes: 41 });
  state.ok({ version: 814, likes: 41, liked: false, changed: true });
  assert.equal(state.wish, null);
  assert.deepEqual(state.shown, { liked: false, likes: 41 });
});

test("a position takes the next, ignores the old and notices a gap", () => {
  const position = new Position(16);
  assert.equal(position.take(17), "next");
  assert.equal(position.take(17), "stale");
  assert.equal(position.take(19), "gap");
  assert.equal(position.seq, 17);
  assert.equal(new Position(null).take(1), "stale", "a snapshot comes first");
});

/**
 * A post on a server that commits in batches, and one person's tabs that see it. Every tab's socket keeps its own
 * order (answers before the pushes of their batch); HTTP answers and sockets overtake each other freely.
 */
class Server {
  others = 41;
  version = 812;
  mine = false;
  /** @type {{tab: Tab, on: boolean, http: boolean}[]} */ batch = [];
  /** @type {Tab[]} */ tabs = [];

  get likes() {
    return this.others + Number(this.mine);
  }

  /** @param {boolean} more whether somebody else likes the post in the same batch */
  commit(more) {
    const before = this.version;
    if (more) (this.others += 1), (this.version += 1);
    const acts = this.batch.map((act) => {
      const changed = this.mine !== act.on;
      this.mine = act.on;
      this.version += Number(changed);
      return { ...act, changed };
    });
    this.batch = [];
    const { version, likes } = this;
    for (const { tab, on, http, changed } of acts) {
      const run = () => tab.answered({ version, likes, liked: on, changed });
      (http ? tab.http : tab.socket).push(run);
    }
    for (const tab of this.tabs) {
      const news = acts.filter(({ changed }) => changed).map(({ on }) => () => tab.state.me({ liked: on, version }));
      const counts = version > before ? [() => tab.state.counts({ version, likes })] : [];
      // The two topics are different slots: either may come first.
      tab.socket.push(...(version % 2 ? [...counts, ...news] : [...news, ...counts]));
    }
  }

  /** @param {Tab} tab */
  subscribe(tab) {
    const entry = { version: this.version, likes: this.likes, liked: this.mine };
    tab.socket.push(() => tab.state.snapshot(entry, false));
  }
}

class Tab {
  state;
  sending = false;
  /** @type {(() => void)[]} */ socket = [];
  /** @type {(() => void)[]} */ http = [];

  /** @param {Server} server @param {() => number} random */
  constructor(server, random) {
    this.server = server;
    this.random = random;
    this.state = new LikeState({ version: server.version, likes: server.likes, liked: server.mine });
  }

  press() {
    this.state.press();
    if (!this.sending) this.send();
  }

  send() {
    this.sending = this.state.wish !== null;
    if (this.state.wish === null) return;
    this.server.batch.push({ tab: this, on: this.state.wish, http: this.random() < 0.5 });
  }

  /** @param {Parameters<LikeState["ok"]>[0]} ok */
  answered(ok) {
    this.state.ok(ok);
    this.send();
  }
}

test("no interleaving of two tabs ever shows a like twice, and all end right", () => {
  for (let seed = 1; seed <= 20_000; seed++) {
    const random = chance(seed * 2654435761);
    const server = new Server();
    const tabs = [new Tab(server, random), new Tab(server, random)];
    server.tabs = tabs;
    const pick = () => /** @type {Tab} */ (tabs[Math.floor(random() * 2)]);
    const deliver = (/** @type {Tab} */ tab) => (random() < 0.5 ? tab.socket : tab.http).shift()?.();
    const check = (/** @type {string} */ when) => {
      for (const { state } of tabs) {
        const { likes } = state.shown;
        assert.ok(likes <= server.others + 1, `seed ${seed}, ${when}: ${likes} shown of ${server.others} others`);
      }
    };
    for (let step = 0; step < 30; step++) {
      const what = random();
      if (what < 0.25) pick().press();
      else if (what < 0.45) server.commit(random() < 0.2);
      else if (what < 0.5) server.subscribe(pick());
      else if (what < 0.95) deliver(pick());
      // The timer: nothing has come for longer than anything waits.
      else for (const tab of tabs) if (!tab.socket.length && !tab.http.length) tab.state.settle();
      check(`step ${step}`);
    }
    for (let round = 0; round < 20; round++) {
      server.commit(false);
      for (const tab of tabs) while (tab.socket.length || tab.http.length) deliver(tab), check("end");
    }
    for (const { state } of tabs) {
      assert.deepEqual(state.shown, { liked: server.mine, likes: server.likes }, `seed ${seed}`);
    }
  }
});
