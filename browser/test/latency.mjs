// Measures, by hand: from a click in one browser to the changed count, and to the comment, in another; and what a first
// visit weighs.
//   PLAUDIT_BIN=target/release/plaudit node browser/test/latency.mjs

import { chromium } from "@playwright/test";
import { Server } from "../../tests/it/browser/server.js";

const CLICKS = 200;

const server = await new Server({ PLAUDIT_LIMITS: "off" }).start();
const browsers = await Promise.all([1, 2].map(() => chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic"],
})));
try {
  const pages = await Promise.all(browsers.map(async (browser) => (await browser.newContext({ baseURL: server.url })).newPage()));
  const [mine, other] = /** @type {[import("@playwright/test").Page, import("@playwright/test").Page]} */ (pages);

  const wire = await mine.context().newCDPSession(mine);
  await wire.send("Network.enable");
  /** @type {Map<string, string>} */ const kinds = new Map();
  /** @type {Record<string, number>} */ const bytes = {};
  wire.on("Network.responseReceived", ({ requestId, type }) => void kinds.set(requestId, type));
  wire.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId) ?? "Other";
    bytes[kind] = (bytes[kind] ?? 0) + encodedDataLength;
  });

  for (const page of pages) await visit(page);
  await mine.waitForLoadState("networkidle");
  const total = Object.values(bytes).reduce((sum, part) => sum + part, 0);
  console.log("first visit, bytes on the wire with headers:", { ...bytes, total });

  for (const pause of [150, 0]) console.log("like:", await measure(pause, ".count", () => mine.locator("button.like").click()));

  const account = { handle: "ana", password: "three quiet words" };
  await mine.request.post("/api/users", { data: account });
  await visit(mine);
  for (const pause of [150, 0]) console.log("comment:", await measure(pause, ".comments", async () => {
    // Who is not at the end sees a pill.
    await other.evaluate(() => scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" }));
    await mine.getByLabel("Write a comment").fill("Bravo!");
    await mine.getByRole("button", { name: "Comment", exact: true }).click();
  }));

  /** Opens the post, and waits until it is live. @param {import("@playwright/test").Page} page */
  async function visit(page) {
    const live = page.waitForEvent("websocket").then((socket) => socket.waitForEvent("framereceived"));
    await page.goto("/posts/1");
    await live;
    // Both clocks are the machine's.
    await page.evaluate(() => document.addEventListener(
      "click", () => (/** @type {any} */ (window).clicked = performance.timeOrigin + performance.now()), true,
    ));
  }

  /**
   * @param {number} pause between clicks: longer than a tick, and the post is quiet at every click
   * @param {string} place what changes in the other browser
   * @param {() => Promise<void>} act ends with a click
   */
  async function measure(pause, place, act) {
    /** @type {number[]} */ const times = [];
    for (let click = 0; click < CLICKS; click++) {
      const seen = other.evaluate((place) => new Promise((done) => {
        const observer = new MutationObserver(() => {
          observer.disconnect();
          done(performance.timeOrigin + performance.now());
        });
        observer.observe(/** @type {Node} */ (document.querySelector(place)), { childList: true });
      }), place);
      // The observer stands once another evaluation has gone the same way.
      await other.evaluate(() => {});
      await act();
      const arrived = Number(await seen);
      times.push(arrived - (await mine.evaluate(() => /** @type {any} */ (window).clicked)));
      await new Promise((done) => setTimeout(done, pause));
    }
    return figures(times, pause);
  }
} finally {
  for (const browser of browsers) await browser.close();
  await server.remove();
}

/** @param {number[]} times @param {number} pause */
function figures(times, pause) {
  times.sort((a, b) => a - b);
  const at = (/** @type {number} */ part) => times[Math.ceil(CLICKS * part) - 1]?.toFixed(1);
  const said = `median ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`;
  return `click to the other browser, ${CLICKS} clicks, ${pause} ms between them: ${said}`;
}
