// How many text messages a text is: the same cases as the server's.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { segments } from "../page/segments.js";

test("a text is as many messages as the network makes of it", () => {
  /** @type {{text: [string, number][], encoding: string, count: number}[]} */
  const cases = JSON.parse(readFileSync(new URL("segments.json", import.meta.url), "utf8"));
  for (const { text, encoding, count } of cases) {
    const whole = text.map(([part, times]) => part.repeat(times)).join("");
    const counted = segments(whole);
    assert.deepEqual([counted.encoding, counted.count], [encoding, count], JSON.stringify(text));
  }
});

test("what still fits into the last message is said", () => {
  assert.equal(segments("").left, 160);
  assert.equal(segments("a".repeat(158)).left, 2);
  assert.equal(segments("a".repeat(161)).left, 145);
  assert.equal(segments("😀").left, 68);
});
