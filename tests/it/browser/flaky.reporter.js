// Writes down which browser tests passed only at their second try. Playwright drives it; bin/test says them at its end.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";

const list = "test-results/flaky.txt";

/** @typedef {import("@playwright/test/reporter").Reporter} Reporter */
/** @typedef {import("@playwright/test/reporter").Suite} Suite */

/** @implements {Reporter} */
export default class FlakyReporter {
  /** @type {Suite | undefined} */ #suite;

  /** @param {unknown} _config @param {Suite} suite */
  onBegin(_config, suite) {
    this.#suite = suite;
    rmSync(list, { force: true });
  }

  onEnd() {
    const flaky = this.#suite?.allTests().filter((test) => test.outcome() === "flaky") ?? [];
    if (flaky.length === 0) return;
    mkdirSync(dirname(list), { recursive: true });
    const lines = flaky.map(({ location, title }) =>
      `${relative(process.cwd(), location.file)}:${location.line} ${title}`);
    writeFileSync(list, `${lines.join("\n")}\n`);
  }
}
