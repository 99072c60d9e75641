// The customer's side of an inbox: a visitor without an account writes to it, sees the answer, and takes the conversation
// along when it signs up.

import { expect, handle, open, photograph, say, signUp, test } from "./support.js";
import { Server } from "./server.js";

/** @typedef {import("@playwright/test").BrowserContext} Context */

/**
 * A site on which visitors may write, with an inbox that Ana answers.
 * @param {(options?: object) => Promise<Context>} person
 */
async function shop(person) {
  const server = await new Server({ PLAUDIT_LIMITS: "off", PLAUDIT_GUESTS: "message" }).start();
  const ana = await person({ baseURL: server.url });
  const agent = (await signUp(ana, "Ana")).handle;
  const inbox = handle("shop");
  await server.order("inbox", "create", inbox, "--name", "Corner Shop", "--agent", agent);
  const data = { greeting: "We answer within the hour." };
  expect((await ana.request.patch(`/api/inboxes/${inbox}`, { data })).status()).toBe(200);
  return { server, ana, inbox };
}

test("a visitor without an account writes, sees the answer, and signs up with it", async ({ person }) => {
  test.slow();
  const { server, ana, inbox } = await shop(person);
  try {
    const visitor = await person({ baseURL: server.url });
    const page = await visitor.newPage();
    await page.goto(`/@${inbox}`);
    await expect(page.locator("h1")).toHaveText("Corner Shop");
    await expect(page.locator(".bio")).toHaveText("We answer within the hour.");
    await page.locator("textarea").fill("Do you repair lamps?");
    await page.locator(".message-form button[type=submit]").click();
    await page.waitForURL(/\/messages\/\d+/);
    await expect(page.locator(".message .text")).toHaveText("Do you repair lamps?");
    const anas = await ana.newPage();
    await open(anas, `/inboxes/${inbox}`);
    await anas.locator(".case-row a").click();
    await expect(anas.locator(".case-side")).toContainText("a visitor without an account");
    await say(anas, "We do, bring it along.");
    await expect(page.locator(".message .text").last()).toHaveText("We do, bring it along.");
    // Later, from the inbox's page.
    await page.goto(`/@${inbox}`);
    await page.getByRole("link", { name: "Open your conversation" }).click();
    await expect(page.locator(".message")).toHaveCount(2);
    await say(page, "Tomorrow then.");
    await expect(anas.locator(".message .text").last()).toHaveText("Tomorrow then.");
    await signUp(visitor, "Vera Visitor");
    await page.goto("/messages");
    await page.locator(".row a").click();
    await expect(page.locator(".message")).toHaveCount(3);
  } finally {
    await server.remove();
  }
});

test("an inbox's page works without a script, and looks as it should", async ({ person }) => {
  test.slow();
  const { server, inbox } = await shop(person);
  try {
    const page = await (await person({ baseURL: server.url })).newPage();
    await page.goto(`/@${inbox}`);
    await photograph(page, "shop");
    const plain = await (await person({ baseURL: server.url, javaScriptEnabled: false })).newPage();
    await plain.goto(`/@${inbox}`);
    await plain.locator("textarea").fill("Are you there?");
    await plain.locator(".message-form button[type=submit]").click();
    await expect(plain.locator(".message .text")).toHaveText("Are you there?");
    await plain.goto("/messages");
    await expect(plain.locator(".row .last")).toHaveText("Are you there?");
  } finally {
    await server.remove();
  }
});
