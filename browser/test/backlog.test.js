// What waits behind a pill: everything of little, nothing of too much.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Backlog } from "../live/backlog.js";

test("what waits comes out in order and once, and what was removed does not", () => {
  /** @type {Backlog<{id: number, text: string}>} */ const waiting = new Backlog();
  for (const id of [1, 2, 3]) waiting.add({ id, text: `${id}` });
  waiting.remove(2);
  waiting.replace({ id: 3, text: "edited" });
  assert.deepEqual([waiting.has(1), waiting.has(2), waiting.say("post")], [true, false, "2 new posts"]);
  assert.deepEqual(waiting.take(), [{ id: 1, text: "1" }, { id: 3, text: "edited" }]);
  assert.deepEqual([waiting.length, waiting.say("post")], [0, "0 new posts"]);
  waiting.add({ id: 4, text: "" });
  assert.equal(waiting.say("comment"), "1 new comment");
});

test("however much comes, little is kept, and that something is missing is known until it is taken", () => {
  const waiting = new Backlog();
  for (let id = 1; id <= 50_000; id++) {
    waiting.add({ id });
    assert.ok(waiting.length <= 100);
  }
  assert.deepEqual([waiting.isTooLong, waiting.length, waiting.say("post")], [true, 0, "Many new posts"]);
  assert.deepEqual([waiting.take(), waiting.isTooLong], [[], false]);
});
