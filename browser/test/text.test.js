// Words and numbers of a page, as the browser makes them; the server makes the same.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { cut } from "../page/mention-text.js";
import { ago, compact, exact, parts, talk } from "../page/text.js";

test("a text has the links and mentions that the server finds too", () => {
  /** @type {[string, string[]][]} */
  const cases = JSON.parse(readFileSync(new URL("../../tests/it/links.json", import.meta.url), "utf8"));
  for (const [text, links] of cases) {
    const all = parts(text).flatMap((part, at) => (at % 2 ? [["", part]] : [cut(part)])).flat();
    assert.equal(all.join(""), text);
    const found = parts(text).flatMap((part, at) => (at % 2 ? [part] : cut(part).filter((_, at) => at % 2)));
    assert.deepEqual(found, links, text);
  }
});

test("numbers are short on the button and whole in words", () => {
  assert.deepEqual([0, 999, 1234, 10_500, 999_500].map(compact), ["0", "999", "1.2K", "11K", "1M"]);
  assert.deepEqual([0, 1, 1234].map(exact), ["0 likes", "1 like", "1,234 likes"]);
});

test("comments are counted in words", () => {
  assert.deepEqual([0, 1, 2, 1234].map(talk), ["No comments", "1 comment", "2 comments", "1.2K comments"]);
});

test("times age from seconds to days and then are dates", () => {
  assert.deepEqual([-5, 0, 60, 3500, 3600, 7200, 90_000, 8 * 86_400].map(ago), [
    "just now", "just now", "1m ago", "58m ago", "1h ago", "2h ago", "1d ago", null,
  ]);
});
