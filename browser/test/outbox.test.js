// What was written and is not known to be saved: never lost, never said twice, whatever fails and reloads.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "../live/refusal.js";
import { Outbox } from "../live/outbox.js";
import { settled } from "./world.js";

/** A server that keeps comments by their key, and a tab that outlives its pages. */
function world() {
  /** @type {Map<string, any>} */ const saved = new Map();
  /** @type {Map<string, string>} */ const items = new Map();
  const storage = {
    get: (/** @type {string} */ name) => items.get(name) ?? null,
    set: (/** @type {string} */ name, /** @type {string} */ value) => void items.set(name, value),
    remove: (/** @type {string} */ name) => void items.delete(name),
  };
  /** @type {string[]} */ const told = [];
  const it = {
    told,
    saved,
    /** @type {"fine" | "lost" | "away" | "refused" | "broken" | "gone" | "silent"} */ network: "fine",
    kept: () => JSON.parse(items.get("box") ?? "[]"),
    open: () =>
      new Outbox("box", storage, {
        send: async (pending) => {
          if (it.network === "silent") return new Promise(() => {});
          if (it.network === "away") throw new Refusal("network", "Away.");
          if (it.network === "refused") throw new Refusal("rate_limited", "Slowly.");
          if (it.network === "broken") throw new Refusal("bad_request", "Half of a character.");
          if (it.network === "gone") throw new Refusal("gone", "Removed.");
          if (!saved.has(pending.key)) saved.set(pending.key, { id: saved.size + 1, text: pending.text });
          if (it.network === "lost") throw new Refusal("network", "Lost.");
          return saved.get(pending.key);
        },
        sending: ({ text }) => void told.push(`sending ${text}`),
        done: ({ text }, comment) => void told.push(`done ${text} ${comment?.id ?? "gone"}`),
        failed: ({ text }, why) => void told.push(`failed ${text} ${why}`),
      }),
  };
  return it;
}

test("what is written is kept until it is saved", async () => {
  const it = world();
  const box = it.open();
  box.write("Bravo", 12);
  const [pending] = it.kept();
  assert.match(pending.key, /^[A-Za-z0-9_-]{1,64}$/);
  assert.deepEqual([pending.text, pending.parent], ["Bravo", 12]);
  await settled();
  assert.deepEqual(it.told, ["sending Bravo", "done Bravo 1"]);
  assert.deepEqual(it.kept(), []);
});

test("a lost answer is asked for again when the connection is back, with the same key", async () => {
  const it = world();
  it.network = "lost";
  const box = it.open();
  box.write("Bravo", null);
  await settled();
  it.network = "fine";
  box.retry();
  await settled();
  assert.deepEqual(it.told, ["sending Bravo", "failed Bravo Lost.", "sending Bravo", "done Bravo 1"]);
  assert.equal(it.saved.size, 1);
});

test("a reload sends what was not known to be saved, once", async () => {
  const it = world();
  it.network = "lost";
  it.open().write("Bravo", null);
  await settled();
  it.network = "fine";
  it.open();
  await settled();
  assert.deepEqual(it.told.slice(2), ["sending Bravo", "done Bravo 1"]);
  assert.equal(it.saved.size, 1);
  assert.deepEqual(it.kept(), []);
});

test("what was refused waits for somebody, not for the connection", async () => {
  const it = world();
  it.network = "refused";
  const box = it.open();
  box.write("Bravo", null);
  await settled();
  it.network = "fine";
  box.retry();
  await settled();
  assert.deepEqual(it.told, ["sending Bravo", "failed Bravo Slowly."]);
  assert.equal(it.kept().length, 1);
});

test("what is on its way is not sent a second time", async () => {
  /** @type {any} */ let pending;
  let sent = 0;
  const box = new Outbox("box", { get: () => null, set: () => {}, remove: () => {} }, {
    send: () => (sent++, sent === 1 ? Promise.reject(new Refusal("network", "Away.")) : new Promise(() => {})),
    sending: (what) => (pending = what),
    done: () => assert.fail("nothing was answered"),
    failed: () => {},
  });
  box.write("Bravo", null);
  box.retry();
  await settled();
  assert.equal(sent, 1);
  // A double click on "Try again", while the connection comes back.
  box.send(pending);
  box.send(pending);
  box.retry();
  assert.equal(sent, 2);
});

test("what was said and removed since is done with, and what is taken back is forgotten", async () => {
  const it = world();
  it.network = "gone";
  const box = it.open();
  box.write("Bravo", null);
  await settled();
  assert.deepEqual(it.told, ["sending Bravo", "done Bravo gone"]);
  it.network = "refused";
  /** @type {any} */ let pending;
  const other = new Outbox("other", { get: () => null, set: () => {}, remove: () => {} }, {
    send: async () => Promise.reject(new Refusal("rate_limited", "Slowly.")),
    sending: (sent) => (pending = sent),
    done: () => assert.fail("it was refused"),
    failed: () => {},
  });
  other.write("Encore", null);
  await settled();
  other.drop(pending);
  other.retry();
});

test("what was refused for good is not sent again by a reload, and stands there with the reason until somebody tries", async () => {
  const it = world();
  it.network = "broken";
  it.open().write("Bravo", null);
  await settled();
  it.told.length = 0;
  it.network = "fine";
  const box = it.open();
  box.retry();
  await settled();
  assert.deepEqual([it.told, it.saved.size], [["failed Bravo Half of a character."], 0]);
  const [pending] = it.kept();
  assert.equal(pending.refused, "Half of a character.");
});

test("a storage that holds nonsense is an empty outbox", () => {
  for (const text of ["{", "7", "null", '"x"', ""]) {
    new Outbox("box", { get: () => text, set: () => {}, remove: () => {} }, {
      send: () => assert.fail(), sending: () => assert.fail(), done: () => assert.fail(), failed: () => assert.fail(),
    });
  }
});
