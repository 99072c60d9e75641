// What every browser test stands on: a site, people, and an eye on everything that the browser complains about.

import { test as base, expect } from "@playwright/test";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Server } from "./server.js";

export { expect };

/** @typedef {import("@playwright/test").Page} Page */
/** @typedef {import("@playwright/test").BrowserContext} Context */

export const PASSWORD = "three quiet words";

/**
 * @type {import("@playwright/test").TestType<
 *   import("@playwright/test").PlaywrightTestArgs & import("@playwright/test").PlaywrightTestOptions
 *     & {complaints: string[], person: (options?: import("@playwright/test").BrowserContextOptions) => Promise<Context>,
 *        server: Server},
 *   import("@playwright/test").PlaywrightWorkerArgs & import("@playwright/test").PlaywrightWorkerOptions
 *     & {site: Server}>}
 */
export const test = /** @type {any} */ (base).extend({
  /** One site for all tests of a worker, without limits: its tests share an address. */
  site: [
    async (/** @type {{}} */ {}, /** @type {(site: Server) => Promise<void>} */ use) => {
      const site = await new Server({ PLAUDIT_LIMITS: "off" }).start();
      await use(site);
      await site.remove();
    },
    { scope: "worker" },
  ],
  /** A site of one test's own, to be killed or to run into limits. */
  server: async (/** @type {{}} */ {}, /** @type {(site: Server) => Promise<void>} */ use) => {
    const server = await new Server({}).start();
    await use(server);
    await server.remove();
  },
  baseURL: async (/** @type {{site: Server}} */ { site }, /** @type {(url: string) => Promise<void>} */ use) =>
    use(site.url),
  /** What browsers said about broken policies and scripts. Must be empty at the end of every test. */
  complaints: [
    async (/** @type {{}} */ {}, /** @type {(complaints: string[]) => Promise<void>} */ use) => {
      /** @type {string[]} */ const complaints = [];
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
  context: async (/** @type {any} */ { context, complaints }, /** @type {(context: Context) => Promise<void>} */ use) => {
    watch(context, complaints);
    await use(context);
  },
  /** Somebody with a browser of their own. */
  person: async (/** @type {any} */ { browser, baseURL, complaints }, /** @type {(make: any) => Promise<void>} */ use) => {
    /** @type {Context[]} */ const contexts = [];
    await use(async (/** @type {object} */ options) => {
      const context = await browser.newContext({ baseURL, ...options });
      watch(context, complaints);
      contexts.push(context);
      return context;
    });
    for (const context of contexts) await context.close();
  },
});

/** @param {Context} context @param {string[]} complaints */
function watch(context, complaints) {
  context.on("console", (message) => {
    if (/content security policy|trusted ?type/i.test(message.text())) complaints.push(message.text());
  });
  context.on("weberror", (error) => complaints.push(error.error().message));
}

/** A handle that nobody else has. */
export const handle = (start = "ana") => `${start}_${randomBytes(4).toString("hex")}`;

/** Makes a member whose browser this is. @param {Context} context @param {string} [name] */
export async function signUp(context, name) {
  const data = { handle: handle(), password: PASSWORD, ...(name ? { name } : {}) };
  const answer = await context.request.post("/api/users", { data });
  expect(answer.status()).toBe(201);
  return (await answer.json()).user;
}

/** Writes a post as the member whose browser this is. @param {Context} context @param {string} text */
export async function write(context, text) {
  const answer = await context.request.post("/api/posts", { data: { text } });
  expect(answer.status()).toBe(201);
  return (await answer.json()).post;
}

/** A post by somebody else. @param {(options?: object) => Promise<Context>} person @param {string} [text] */
export async function newPost(person, text = "Something worth a clap") {
  const author = await person();
  await signUp(author, "Ada Author");
  return { ...(await write(author, text)), by: author };
}

/** The like button of a post on a page. @param {Page} page @param {number} post */
export const like = (page, post) => page.locator(`#post-${post} button.like`);

/** Waits until a page is live: its first snapshots are there. @param {Page} page @param {string} [path] */
export async function open(page, path) {
  const heard = page.waitForEvent("websocket").then((socket) =>
    socket.waitForEvent("framereceived", { predicate: ({ payload }) => `${payload}`.includes('"snapshot"') }),
  );
  if (path) await page.goto(path);
  await heard;
}

/**
 * Waits until a button shows this many likes, and whether they are the visitor's too.
 * @param {Page} page @param {number} post @param {number} likes @param {boolean} [mine]
 */
export async function shows(page, post, likes, mine) {
  await expect(like(page, post).locator(".count")).toHaveText(`${likes}`);
  if (mine !== undefined) await expect(like(page, post)).toHaveAttribute("aria-pressed", `${mine}`);
}

/**
 * Notes every count that a button ever shows, from now on.
 * @param {Page} page @param {number} post
 */
export async function record(page, post) {
  await page.evaluate((id) => {
    const count = document.querySelector(`#post-${id} .count`);
    const counts = /** @type {any} */ (window).counts = [Number(count?.textContent)];
    new MutationObserver(() => counts.push(Number(count?.textContent))).observe(/** @type {Node} */ (count), {
      childList: true, characterData: true, subtree: true,
    });
  }, post);
  return () => page.evaluate(() => /** @type {any} */ (window).counts);
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * Looks at a page narrow and wide, light and dark: it must not scroll sideways, axe must find nothing, and the pictures
 * stand in test-results/pages/.
 * @param {Page} page @param {string} name
 */
export async function photograph(page, name) {
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
      // Colours that are on their way from light to dark are neither.
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.screenshot({ path: `test-results/pages/${name}-${width}-${colorScheme}.png`, fullPage: true });
      await page.evaluate(axe);
      const found = await page.evaluate(async () => {
        const { violations } = await /** @type {any} */ (window).axe.run();
        return violations.map((/** @type {any} */ rule) => [
          rule.id, ...rule.nodes.map((/** @type {any} */ node) => node.failureSummary + node.html),
        ]);
      });
      expect(found, `${name}, ${width} px, ${colorScheme}`).toEqual([]);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${name}, ${width} px`).toBeLessThanOrEqual(width);
  }
}

/**
 * Says something in the conversation of a page. Its form has its script only once it has had the focus.
 * @param {Page} page @param {string} text
 */
export async function say(page, text) {
  const box = page.locator("#message-text");
  await box.focus();
  await page.waitForFunction(() => customElements.get("plaudit-message-form"));
  await box.fill(text);
  await box.press("Enter");
}
