// When the client comes back after a lost connection.

import assert from "node:assert/strict";
import { test } from "node:test";
import { afterClose, wait } from "../live/retry.js";

test("the first try comes within a second, later ones within a window that doubles up to 30 s", () => {
  const windows = [0, 1, 2, 3, 4, 5, 6, 50].map((attempt) => wait(attempt, () => 1));
  assert.deepEqual(windows, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test("the jitter is full: any moment of the window, the first included", () => {
  assert.equal(wait(7, () => 0), 0);
  assert.equal(wait(1, () => 0.25), 500);
});

test("close codes are read by their range, so that codes of later versions work", () => {
  for (const code of [4000, 4003, 4004, 4005, 4006, 4099]) assert.equal(afterClose(code), "stay", `${code}`);
  for (const code of [4100, 4101, 4102, 4199, 1000, 1001, 1006, 1009, 4300]) {
    assert.equal(afterClose(code), "later", `${code}`);
  }
  for (const code of [4200, 4201, 4299]) assert.equal(afterClose(code), "soon", `${code}`);
});
