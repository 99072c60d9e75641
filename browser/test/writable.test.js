// What can't be said, in a sentence for people.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mistake } from "../live/writable.js";

test("half of a character is named before anything is sent, and whole ones are fine", () => {
  for (const text of ["\ud83d", "a\udc4f", "\udc4f\ud83d", "👏\ud83d"]) assert.match(mistake(text, 10), /^Half of a character/);
  for (const text of ["", "👏", "👏🏽 ana", "e\u0301", "نرگس\u200cها"]) assert.equal(mistake(text, 20), "");
});

test("a text is counted in characters, without the blanks around it", () => {
  assert.equal(mistake(`  ${"👏".repeat(1000)}\n`, 1000), "");
  assert.equal(mistake("👏".repeat(1001), 1000), "1 to 1,000 characters, this has 1001.");
});
