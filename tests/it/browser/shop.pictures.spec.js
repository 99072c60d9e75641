// From a telephone to the agents' page and back, with the sandbox in the provider's place; and the README's picture of it.
// It is drawn anew with UPDATE_PICTURES=1, and otherwise only tried.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Sandbox } from "./sandbox.js";
import { Server } from "./server.js";
import { expect, open, PASSWORD, photograph, test } from "./support.js";

test.use({ deviceScaleFactor: 1.5 });

test("a text message arrives in the inbox, and the answer on the telephone", async ({ page, person }) => {
  test.slow();
  const folder = mkdtempSync(join(tmpdir(), "plaudit-shop-"));
  /** @type {Record<string, string>} */ const environment = { PLAUDIT_LIMITS: "off" };
  const server = await new Server(environment).start();
  const sandbox = new Sandbox();
  try {
    const options = { baseURL: server.url, viewport: { width: 860, height: 800 }, deviceScaleFactor: 1.5 };
    const ana = await person({ ...options, colorScheme: "light" });
    await ana.request.post("/api/users", { data: { handle: "ana", name: "Ana", password: PASSWORD } });
    await server.order("inbox", "create", "shop", "--name", "Corner Shop", "--agent", "ana");
    await sandbox.start(`${server.url}/hooks/sms/shop`);
    environment["PLAUDIT_CONFIG"] = join(folder, "sms.toml");
    writeFileSync(environment["PLAUDIT_CONFIG"], `public-url = "${server.url}"

[[sms]]
inbox = "shop"
provider = "twilio"
number = "+15550100"
account = "ACsandbox"
secret-file = "${sandbox.secretFile}"
api = "${sandbox.url}"
`);
    // With the number, on the port that it had.
    await server.kill();
    await server.start();

    const anas = await ana.newPage();
    await open(anas, "/inboxes/shop");
    const telephones = await (await person({ viewport: { width: 400, height: 800 }, deviceScaleFactor: 1.5, colorScheme: "light" })).newPage();
    await telephones.goto(sandbox.url);
    const telephone = telephones.locator("article, section, li").filter({ has: telephones.getByRole("textbox") }).first();
    await telephone.getByRole("textbox").fill("Hello! Is the brass lamp in the window still for sale?");
    await telephone.getByRole("button", { name: "Send" }).click();
    await expect(anas.locator(".case-row .last")).toContainText("brass lamp");
    await anas.locator(".case-row a").click();
    await expect(anas.locator(".message .text")).toContainText("brass lamp");
    await anas.locator(".note-box summary").click();
    await anas.locator("#note-text").fill("The last one. Ben keeps it behind the counter.");
    await anas.locator(".note-form button").click();
    await expect(anas.locator(".remark.written")).toBeVisible();
    const answer = anas.locator("#message-text");
    await answer.fill("It is! Shall we keep it for you until six?");
    await expect(anas.locator("#message-left")).toContainText("1 text message");
    await answer.press("Enter");
    await expect(telephone).toContainText("Shall we keep it for you until six?");
    await expect(anas.locator(".delivery")).toHaveText("Delivered");
    await telephone.getByRole("textbox").fill("Yes please, I am on my way!");
    await telephone.getByRole("button", { name: "Send" }).click();
    await expect(anas.locator(".message .text").last()).toContainText("on my way");

    const shots = [];
    for (const window of [telephones, anas]) {
      await window.mouse.move(0, 0);
      await window.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
      shots.push((await window.screenshot({ animations: "disabled" })).toString("base64"));
    }
    // What an inbox with a number has beyond others.
    const other = await ana.newPage();
    await open(other, new URL(anas.url()).pathname);
    await photograph(other, "inbox-phone");
    await other.goto("/inboxes/shop/new");
    await photograph(other, "inbox-new");
    await other.setViewportSize({ width: 860, height: 800 });
    await other.getByLabel("Number").fill("12");
    await other.getByLabel("Text").fill("Your lamp is ready.");
    await other.getByRole("button", { name: "Send" }).click();
    await expect(other.locator("#case-error")).not.toBeEmpty();
    await expect(other.getByLabel("Text")).toHaveValue("Your lamp is ready.");
    await other.getByLabel("Number").fill("+1 202 555 0101");
    await other.getByRole("button", { name: "Send" }).click();
    await expect(other.locator(".delivery")).toHaveText("Delivered");
    await other.close();

    // STOP is kept to, and said.
    await telephone.getByRole("textbox").fill("STOP");
    await telephone.getByRole("button", { name: "Send" }).click();
    await expect(anas.locator(".opted-out")).toBeVisible();
    await expect(answer).toBeHidden();

    await page.setViewportSize({ width: 1400, height: 920 });
    await page.setContent(`<!doctype html><style>
      body { display: flex; gap: 36px; justify-content: center; align-items: center; height: 100vh; margin: 0; background: #f2b79c; }
      figure { margin: 0; overflow: hidden; border-radius: 14px; box-shadow: 0 30px 60px -20px #2a141c99, 0 0 0 1px #2a141c33; }
      figure::before { display: block; padding: 11px 14px; background: #2a141c; color: #e9c9b8; content: "● ● ●"; font: 11px/1 sans-serif; letter-spacing: 2px; }
      img { display: block; height: 800px; }
    </style>${shots.map((shot) => `<figure><img src="data:image/png;base64,${shot}"></figure>`).join("")}`);
    await expect(page.locator("img")).toHaveCount(2);
    const path = process.env["UPDATE_PICTURES"] ? "docs/images/shop.png" : "test-results/shop.png";
    mkdirSync("docs/images", { recursive: true });
    await page.screenshot({ path });
  } finally {
    await sandbox.remove();
    await server.remove();
    rmSync(folder, { recursive: true, force: true });
  }
});
