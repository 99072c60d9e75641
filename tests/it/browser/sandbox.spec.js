// The page with telephones of `plaudit sms-sandbox`: anybody can text from it, and sees what came back.

import { expect, photograph, test as base } from "./support.js";
import { Listener, Sandbox } from "./sandbox.js";

/** @typedef {import("./support.js").Page} Page */

/** @type {import("@playwright/test").TestType<any, any>} */
const test = /** @type {any} */ (base).extend({
  listener: async (/** @type {{}} */ {}, /** @type {(listener: Listener) => Promise<void>} */ use) => {
    const listener = await new Listener().start();
    await use(listener);
    listener.stop();
  },
  sandbox: async (/** @type {{listener: Listener}} */ { listener }, /** @type {(sandbox: Sandbox) => Promise<void>} */ use) => {
    const sandbox = await new Sandbox().start(listener.hook);
    await use(sandbox);
    await sandbox.remove();
  },
});

/** @param {Page} page @param {string} number */
const phone = (page, number) => page.getByRole("region", { name: `Telephone ${number}` });
const FIRST = "+1 202 555 0100";
const SECOND = "+1 202 555 0101";

test("a text goes from a telephone to the site, once and in order, and an answer comes back", async ({ page, sandbox, listener }) => {
  await page.goto(sandbox.url);
  const first = phone(page, FIRST);
  await expect(first.getByText("No messages yet")).toBeVisible();
  const text = first.getByRole("textbox");
  for (const words of ["Is it open?", "It's 9 + 1 & raining 😀", "line one"]) {
    await text.fill(words);
    await text.press("Enter");
  }
  await expect(first.getByRole("listitem")).toHaveCount(3);
  await expect(first.getByText("The site has it.")).toHaveCount(3);
  expect(listener.texts).toEqual(["Is it open?", "It's 9 + 1 & raining 😀", "line one"]);
  await expect(text).toHaveValue("");
  await expect(text).toBeFocused();
  await expect(first.getByText("No messages yet")).toBeHidden();
  expect((await sandbox.send("+12025550100", "Yes, until six.")).status).toBe(201);
  await expect(first.getByText("Yes, until six.")).toBeVisible();
  await expect(first.getByText("The provider says: delivered")).toBeVisible();
  await expect(page.getByRole("log")).toContainText("+1 202 555 0100 got: Yes, until six.");
  await expect(phone(page, SECOND).getByRole("listitem")).toHaveCount(0);
});

test("two windows show the same, live, and markup is text", async ({ page, context, sandbox }) => {
  await page.goto(sandbox.url);
  const other = await context.newPage();
  await other.goto(sandbox.url);
  const text = phone(page, FIRST).getByRole("textbox");
  await text.fill("<img src=x onerror=alert(1)> & <b>bold</b>");
  await phone(page, FIRST).getByRole("button", { name: "Send" }).click();
  await expect(phone(other, FIRST).getByText("<img src=x onerror=alert(1)> & <b>bold</b>")).toBeVisible();
  await phone(page, SECOND).getByRole("button", { name: "Remove" }).click();
  await expect(phone(other, SECOND)).toHaveCount(0);
  await phone(page, FIRST).getByRole("button", { name: "Remove" }).click();
  await expect(other.getByText("There is no telephone.")).toBeVisible();
  await other.getByRole("button", { name: "Add" }).click();
  await expect(phone(page, FIRST)).toBeVisible();
  await expect(phone(page, FIRST).getByRole("listitem"), "its messages are those of its number").toHaveCount(1);
});

test("a telephone that is off gets nothing, a new number is added or refused, and STOP is kept to", async ({ page, sandbox }) => {
  await page.goto(sandbox.url);
  await phone(page, FIRST).getByRole("switch").uncheck();
  await sandbox.send("+12025550100", "Hello?");
  await expect(phone(page, FIRST).getByText("Not delivered: this telephone is off")).toBeVisible();
  const number = page.getByLabel("Another telephone");
  await number.fill("12345");
  await number.press("Enter");
  await expect(page.getByText("A number is + and 2 to 15 digits")).toBeVisible();
  await number.fill("+49 151 12345678");
  await number.press("Enter");
  const german = phone(page, "+4915112345678");
  await expect(german).toBeVisible();
  await german.getByRole("textbox").fill("Stop");
  await german.getByRole("textbox").press("Enter");
  await expect(german.getByText("You will get no more messages from this number.")).toBeVisible();
  const refused = await sandbox.send("+4915112345678", "Once more!");
  expect([refused.status, (await refused.json()).code]).toEqual([400, 21610]);
  await sandbox.send("+33612345678", "Bonjour");
  await expect(phone(page, "+33612345678").getByText("Bonjour"), "whoever is written to has a telephone").toBeVisible();
});

test("what a text costs is said while it is written", async ({ page, sandbox }) => {
  await page.goto(sandbox.url);
  const first = phone(page, FIRST);
  await first.getByRole("textbox").fill("a".repeat(161));
  await expect(first.getByText("2 messages, 145 left")).toBeVisible();
  await first.getByRole("textbox").fill("жж");
  await expect(first.getByText("1 message, 68 left, with characters that take more room")).toBeVisible();
});

test("a site that refuses and a sandbox that is gone are said to be so; then it goes on", async ({ page, sandbox, listener }) => {
  await page.goto(sandbox.url);
  listener.status = 403;
  const text = phone(page, FIRST).getByRole("textbox");
  await text.fill("Hello");
  await text.press("Enter");
  await expect(page.getByText("The site answered 403.")).toBeVisible();
  const { host } = new URL(sandbox.url);
  await sandbox.stop();
  await expect(page.getByText("The sandbox can't be reached. This page goes on")).toBeVisible();
  await text.fill("Not lost");
  await text.press("Enter");
  await expect(page.getByRole("alert").getByText("The sandbox can't be reached: is it still running?")).toBeVisible();
  await expect(text).toHaveValue("Not lost");
  await sandbox.start(listener.hook, ["--chaos"], host);
  await expect(page.getByText("Chaos: calls to the site are doubled")).toBeVisible();
  await expect(page.getByText("The sandbox can't be reached. This page goes on")).toBeHidden();
  await expect(phone(page, FIRST).getByRole("listitem")).toHaveCount(0);
  await expect(phone(page, FIRST).getByText("No messages yet")).toBeVisible();
  await expect(text).toHaveValue("Not lost");
});

test("telephones look right, wide and narrow, light and dark, empty and full", async ({ page, sandbox }) => {
  await page.goto(sandbox.url);
  await expect(phone(page, SECOND)).toBeVisible();
  await photograph(page, "sandbox-empty");
  const text = phone(page, FIRST).getByRole("textbox");
  await text.fill("Hello! Do you have the brass lamp from the window?");
  await text.press("Enter");
  await expect(page.getByText("The site has it.")).toBeVisible();
  await sandbox.send("+12025550100", "Yes, one is left. Shall we keep it for you until Saturday?");
  await phone(page, SECOND).getByRole("switch").uncheck();
  await sandbox.send("+12025550101", "Your order is ready. ".repeat(30));
  await expect(page.getByText("Not delivered")).toBeVisible();
  await expect(page.getByText("The provider says: delivered")).toBeVisible();
  await photograph(page, "sandbox-full");
});

test("a page of another site can't text from a telephone", async ({ page, sandbox, listener }) => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded"]) {
    const answer = await page.request.post(`${sandbox.url}/phones/%2B12025550100/messages`, {
      headers: { "content-type": type }, data: '{"text":"forged"}',
    });
    expect(answer.status()).toBe(415);
  }
  expect(listener.texts).toEqual([]);
});
