// The README's picture: two windows with one post, its likes, its comments and who is there. It is drawn anew with
// UPDATE_PICTURES=1, and otherwise only tried.

import { mkdirSync } from "node:fs";
import { Server } from "./server.js";
import { expect, like, open, PASSWORD, shows, test } from "./support.js";

/** @typedef {import("./support.js").Context} Context */

test.use({ deviceScaleFactor: 1.5 });

test("two windows show one post, its likes, its comments and who is there", async ({ page, person }) => {
  const server = await new Server({ PLAUDIT_LIMITS: "off" }).start();
  const options = { baseURL: server.url, viewport: { width: 500, height: 860 }, deviceScaleFactor: 1.5 };
  try {
    const texts = [
      ["june", "June Park", "The choir learned a song in one evening. Nobody filmed it."],
      ["ivo", "Ivo Marin", "First time on stage in nine years."],
    ];
    for (const [handle, name, text] of texts) {
      const author = await person(options);
      await author.request.post("/api/users", { data: { handle, name, password: PASSWORD } });
      await author.request.post("/api/posts", { data: { text } });
    }
    /** @param {string} handle @param {string} name @param {object} [more] */
    const member = async (handle, name, more) => {
      const context = await person({ ...options, reducedMotion: "no-preference", ...more });
      await context.request.post("/api/users", { data: { handle, name, password: PASSWORD } });
      return context;
    };
    const say = (/** @type {Context} */ who, /** @type {string} */ text) =>
      who.request.post("/api/posts/3/comments", { data: { text } });
    const ana = await member("ana", "Ana", { colorScheme: "light" });
    const bo = await member("bo", "Bo Lindqvist", { colorScheme: "dark" });
    const [noor, theo] = await Promise.all([member("noor", "Noor"), member("theo", "Theo")]);
    for (let guest = 0; guest < 6; guest++) await (await person(options)).request.put("/api/posts/3/like");
    for (const name of ["Aki", "Mara", "Ezra"]) {
      await (await member(name.toLowerCase(), name)).request.put("/api/posts/3/like");
    }
    for (const fan of [noor, theo]) await fan.request.put("/api/posts/3/like");
    await say(noor, "I was in the third row and had no idea. Play again?");
    await say(theo, "Nine years well spent.");
    const [mine, other, audience] = await Promise.all([ana.newPage(), bo.newPage(), noor.newPage()]);
    await Promise.all([open(mine, "/posts/3"), open(other, "/posts/3"), open(audience, "/posts/3")]);
    await like(mine, 3).click();
    await shows(other, 3, 12, false);
    await shows(mine, 3, 12, true);
    await mine.getByLabel("Write a comment").fill("You two should do a duet.");
    await mine.getByLabel("Write a comment").press("Control+Enter");
    await mine.locator("body").click({ position: { x: 1, y: 1 } });
    for (const window of [mine, other]) {
      await expect(window.locator(".comment")).toHaveCount(3);
      await expect(window.locator(".conversation-top plaudit-viewers")).toContainText("3");
      await expect(window.locator(".typing")).toBeEmpty();
      await expect.poll(() => window.evaluate(() => (scrollTo({ top: 0, behavior: "instant" }), scrollY))).toBe(0);
    }
    for (const window of [mine, other]) {
      await window.mouse.move(0, 0);
      await window.locator(".count span").last().evaluate((digit) => Promise.all(digit.getAnimations({ subtree: true }).map(({ finished }) => finished)));
    }
    const shots = [];
    for (const window of [mine, other]) shots.push((await window.screenshot({ animations: "disabled" })).toString("base64"));

    await page.setViewportSize({ width: 1140, height: 1000 });
    await page.setContent(`<!doctype html><style>
      body { display: flex; gap: 40px; justify-content: center; align-items: center; height: 100vh; margin: 0;
        background: #f2b79c; }
      figure { margin: 0; overflow: hidden; border-radius: 14px; box-shadow: 0 30px 60px -20px #2a141c99, 0 0 0 1px #2a141c33; }
      figure::before { display: block; padding: 11px 14px; background: #2a141c; color: #e9c9b8; content: "● ● ●"; font: 11px/1 sans-serif; letter-spacing: 2px; }
      img { display: block; width: 500px; height: 860px; }
    </style>${shots.map((shot) => `<figure><img src="data:image/png;base64,${shot}"></figure>`).join("")}`);
    await expect(page.locator("img")).toHaveCount(2);
    const path = process.env["UPDATE_PICTURES"] ? "docs/images/two-windows.png" : "test-results/two-windows.png";
    mkdirSync("docs/images", { recursive: true });
    await page.screenshot({ path });
  } finally {
    await server.remove();
  }
});
