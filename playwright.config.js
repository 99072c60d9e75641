// The browser tests: Debian's Chromium against the real binary. Nothing is downloaded.

import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "tests/it/browser",
  outputDir: "test-results",
  workers: 2,
  // A test that passes only at its second try is a defect, but of the test: it is named at the end (bin/test).
  retries: 1,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  forbidOnly: !!process.env["CI"],
  reporter: [["list"], ["./tests/it/browser/flaky.reporter.js"]],
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 900 },
    launchOptions: {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
      ],
    },
  },
});
