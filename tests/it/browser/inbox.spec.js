// The agents' pages: a customer writes, two agents see it at once, and neither disturbs the other.

import { expect, handle, open, photograph, say as send, signUp, test } from "./support.js";

/** @typedef {import("@playwright/test").Page} Page */

/**
 * An inbox with two agents and a customer who has written.
 * @param {{site: import("./server.js").Server, person: (options?: object) => Promise<import("@playwright/test").BrowserContext>}} stage
 * @param {object} [options] of the first agent's browser
 */
async function shop({ site, person }, options) {
  const [ana, ben, eva] = [await person(options), await person(), await person()];
  const agents = [(await signUp(ana, "Ana")).handle, (await signUp(ben, "Ben")).handle];
  await signUp(eva, "Eva Customer");
  const inbox = handle("shop");
  await site.order("inbox", "create", inbox, "--name", "Corner Shop", "--agent", agents[0]);
  await site.order("inbox", "agent", "add", inbox, agents[1]);
  const say = async (/** @type {string} */ text) => {
    const data = { to: inbox, text, key: handle("k") };
    const answer = await eva.request.post("/api/conversations", { data });
    expect(answer.status()).toBeLessThan(300);
    return (await answer.json()).conversation.id;
  };
  const id = await say("Is the shop open on Sunday?");
  return { ana, ben, eva, agents, inbox, id, say, list: `/inboxes/${inbox}`, address: `/inboxes/${inbox}/${id}` };
}

/** @param {import("@playwright/test").BrowserContext} who @param {string} path */
async function at(who, path) {
  const page = await who.newPage();
  await open(page, path);
  // What agents do with a case comes with a script of its own, after the page. It shows this button.
  await expect(page.locator(".show-keys[hidden]")).toHaveCount(0);
  return page;
}

const answer = (/** @type {Page} */ page) => page.locator("#message-text");
const messages = (/** @type {Page} */ page) => page.locator(".message:not(.unsent-one)");

test("a customer's message is seen by every agent at once, and their answer by all", async ({ site, person }) => {
  const { ana, ben, eva, list, address, id, say } = await shop({ site, person });
  const [anas, bens] = [await at(ana, list), await at(ben, address)];
  await expect(anas.locator(".case-row .last")).toHaveText("Is the shop open on Sunday?");
  await expect(anas).toHaveTitle(/^\(1\) /);
  const customers = await at(eva, `/messages/${id}`);
  await say("And on Monday?");
  await expect(anas.locator(".case-row .last")).toHaveText("And on Monday?");
  await expect(messages(bens)).toHaveCount(2);
  await send(bens, "Both days, from ten.");
  await expect(messages(customers).last()).toContainText("Both days, from ten.");
  await expect(bens.locator(".assignee")).toHaveText("Yours");
  await expect(bens.locator(".message.own .by")).toHaveText("You:");
  // Nobody waits any more: the number and the row go, unless somebody points at it.
  await expect(anas).not.toHaveTitle(/^\(/);
  await expect(anas.locator(".case-row")).toHaveCount(0);
  await expect(anas.locator(".empty h2")).toHaveText("Nobody waits");
  await anas.goto(address);
  await expect(anas.locator(".message.own .by")).toHaveText("Ben:");
});

test("a note stands among the messages for agents, and reaches no customer", async ({ site, person }) => {
  const { ana, ben, eva, address, id } = await shop({ site, person });
  const customers = await eva.newPage();
  /** @type {string[]} */ const heard = [];
  customers.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => heard.push(`${payload}`)));
  await open(customers, `/messages/${id}`);
  const [anas, bens] = [await at(ana, address), await at(ben, address)];
  await anas.locator(".note-box summary").click();
  await anas.locator("#note-text").fill("She is the baker's sister.");
  await anas.locator(".note-form button").click();
  await expect(anas.locator(".remark.written .text")).toHaveText("She is the baker's sister.");
  await expect(bens.locator(".remark.written")).toContainText("Ana");
  await expect(bens.locator(".remark.written .text")).toHaveText("She is the baker's sister.");
  await anas.locator(".take button").click();
  await expect(bens.locator(".remark").last()).toContainText("Ana took this");
  await expect(bens.locator(".assignee")).toHaveText("Ana’s");
  await send(anas, "Yes, we are.");
  await expect(messages(customers)).toHaveCount(2);
  const order = bens.locator(".message .text, .remark .text, .remark-said bdi");
  await expect(order).toHaveText(["Is the shop open on Sunday?", "She is the baker's sister.", "Ana took this", "Yes, we are."]);
  await bens.reload();
  await expect(order).toHaveText(["Is the shop open on Sunday?", "She is the baker's sister.", "Ana took this", "Yes, we are."]);
  expect(await customers.content()).not.toContain("baker");
  expect(heard.join("\n")).not.toContain("baker");
});

test("an answer that a colleague's has overtaken is kept until its author has read that", async ({ site, person }) => {
  const { ana, ben, address } = await shop({ site, person });
  const [anas, bens] = [await at(ana, address), await at(ben, address)];
  await answer(anas).fill("At ten, I think");
  await send(bens, "At nine.");
  await expect(messages(anas)).toHaveCount(2);
  await expect(anas.locator(".case-error")).toContainText("A colleague has answered meanwhile");
  await expect(answer(anas)).toHaveValue("At ten, I think");
  await answer(anas).press("Enter");
  const unsent = anas.locator(".unsent-one");
  await expect(unsent.locator(".unsent p")).toContainText("Another agent has answered meanwhile");
  await expect(messages(bens)).toHaveCount(2);
  await unsent.locator(".again").click();
  await expect(messages(bens)).toHaveCount(3);
  await expect(unsent).toHaveCount(0);
});

test("agents see who else is at a case, and what they write there", async ({ site, person }) => {
  const { ana, ben, eva, address, id } = await shop({ site, person });
  const anas = await at(ana, address);
  await expect(anas.locator(".company")).toHaveText("");
  const [bens, customers] = [await at(ben, address), await at(eva, `/messages/${id}`)];
  await expect(anas.locator(".company")).toHaveText("Ben is looking at this too");
  await answer(bens).pressSequentially("Yes");
  await expect(anas.locator(".company")).toHaveText("Ben is answering…");
  await expect(customers.locator(".typing")).toHaveText("Corner Shop writes…");
  await answer(bens).press("Enter");
  await expect(anas.locator(".company")).toHaveText("Ben is looking at this too");
  await expect(customers.locator(".typing")).toBeHidden();
  await bens.locator(".note-box summary").click();
  await bens.locator("#note-text").pressSequentially("Her");
  await expect(anas.locator(".company")).toHaveText("Ben writes a note…");
  await expect(customers.locator(".typing")).toBeHidden();
  await bens.close();
  await expect(anas.locator(".company")).toHaveText("");
});

test("two who take a case at once: one has it, and the other is told who", async ({ site, person }) => {
  const { ana, ben, agents, address } = await shop({ site, person });
  // His page hears of nothing.
  const bens = await ben.newPage();
  await bens.routeWebSocket(/\/live/, () => {});
  await bens.goto(address);
  const anas = await at(ana, address);
  await anas.locator(".take button").click();
  await expect(anas.locator(".assignee")).toHaveText("Yours");
  await bens.locator(".take button").click();
  await expect(bens.locator(".case-error")).toContainText(`${agents[0]}`);
});

test("a case is handed over, snoozed, closed and opened from its menu", async ({ site, person }) => {
  const { ana, ben, agents, list, address } = await shop({ site, person });
  const [anas, bens] = [await at(ana, address), await at(ben, `${list}?show=mine`)];
  await expect(bens.locator(".empty h2")).toHaveText("Nothing is yours");
  await anas.locator(".case-acts .menu > summary").click();
  await anas.locator("#hand-to").selectOption(agents[1] ?? "");
  await anas.locator(".hand-over button").click();
  await expect(anas.locator(".assignee")).toHaveText("Ben’s");
  await expect(bens.locator(".case-row")).toHaveCount(1);
  await anas.locator(".case-acts .menu > summary").click();
  await anas.locator(".set-snoozed button").first().click();
  await expect(anas.locator(".state dd")).toContainText("Snoozed until");
  await expect(bens.locator(".case-row")).toHaveCount(0);
  await anas.locator(".set-open button").click();
  await expect(anas.locator(".state dd")).toContainText("Open");
  await expect(bens.locator(".case-row")).toHaveCount(1);
  await anas.locator(".set-closed button").click();
  await expect(anas.locator(".state dd")).toHaveText("Closed");
  await expect(anas.locator(".remark").last()).toContainText("Ana closed this");
});

test("rows come and go only while nobody points at the list", async ({ site, person }) => {
  const { ana, list, say, inbox } = await shop({ site, person });
  const anas = await at(ana, list);
  const first = anas.locator(".case-row").first();
  await first.hover();
  const eve = await person();
  await signUp(eve, "Eve Second");
  const data = { to: inbox, text: "Do you have bread?", key: handle("k") };
  expect((await eve.request.post("/api/conversations", { data })).status()).toBe(201);
  await expect(anas.locator(".fresh-cases")).toHaveText("1 new");
  await say("Hello?");
  await expect(first.locator(".last")).toHaveText("Hello?");
  await expect(anas.locator(".case-row")).toHaveCount(1);
  await anas.mouse.move(900, 700);
  await expect(anas.locator(".case-row .name")).toHaveText(["Eva Customer", "Eve Second"]);
  await expect(anas.locator(".fresh-cases")).toBeHidden();
});

test("keys do what their list says, never in a field, and can be switched off", async ({ site, person }) => {
  const { ana, list, address } = await shop({ site, person });
  const anas = await at(ana, list);
  await anas.keyboard.press("j");
  await expect(anas.locator(".case-row a")).toBeFocused();
  await anas.keyboard.press("Enter");
  await anas.waitForURL(`**${address}*`);
  await expect(anas.locator(".show-keys")).not.toHaveAttribute("hidden");
  await anas.keyboard.press("r");
  await expect(answer(anas)).toBeFocused();
  await anas.keyboard.type("are nice");
  await expect(answer(anas)).toHaveValue("are nice");
  await answer(anas).fill("");
  await answer(anas).blur();
  await anas.keyboard.press("n");
  await expect(anas.locator("#note-text")).toBeFocused();
  await anas.locator("#note-text").blur();
  await anas.keyboard.press("a");
  await expect(anas.locator(".assignee")).toHaveText("Yours");
  await anas.keyboard.press("e");
  await expect(anas.locator(".state dd")).toHaveText("Closed");
  await anas.keyboard.press("?");
  const dialog = anas.locator("dialog.keys");
  await expect(dialog).toBeVisible();
  await dialog.locator("#keys-on").uncheck();
  await dialog.locator("button").click();
  await expect(dialog).toBeHidden();
  await anas.locator(".set-open button").click();
  await expect(anas.locator(".state dd")).toContainText("Open");
  await anas.locator(".set-closed button").blur();
  await anas.keyboard.press("e");
  await anas.keyboard.press("?");
  await expect(dialog).toBeVisible();
  await expect(anas.locator(".state dd")).toContainText("Open");
});

test("a reply that is ready comes with a slash", async ({ site, person }) => {
  const { ana, inbox, address, eva, id } = await shop({ site, person });
  const data = { shortcut: "hours", text: "We are open from ten to four." };
  expect((await ana.request.post(`/api/inboxes/${inbox}/replies`, { data })).status()).toBe(201);
  const [anas, customers] = [await at(ana, address), await at(eva, `/messages/${id}`)];
  await answer(anas).focus();
  await answer(anas).pressSequentially("/ho");
  await expect(anas.locator(".choice-list [role=option]")).toHaveText(/\/hours We are open/);
  await answer(anas).press("Enter");
  await expect(answer(anas)).toHaveValue("We are open from ten to four.");
  await answer(anas).press("Enter");
  await expect(messages(customers).last()).toContainText("from ten to four");
});

test("a draft outlives a reload, and what colleagues do leaves it alone", async ({ site, person }) => {
  const { ana, ben, address, say } = await shop({ site, person });
  const [anas, bens] = [await at(ana, address), await at(ben, address)];
  await answer(anas).fill("I will look");
  await anas.locator(".note-box summary").click();
  await anas.locator("#note-text").fill("Ask Ben");
  await bens.locator(".take button").click();
  await bens.locator(".set-closed button").click();
  await expect(anas.locator(".state dd")).toHaveText("Closed");
  await say("Are you there?");
  await expect(messages(anas)).toHaveCount(2);
  await expect(anas.locator(".state dd")).toContainText("Open");
  await expect(answer(anas)).toHaveValue("I will look");
  await anas.reload();
  await expect(answer(anas)).toHaveValue("I will look");
  await anas.locator(".note-box summary").click();
  await expect(anas.locator("#note-text")).toHaveValue("Ask Ben");
});

test("notes of long ago come with the messages of their time", async ({ site, person }) => {
  const { ana, address, id, say } = await shop({ site, person });
  for (let number = 0; number < 60; number += 1) {
    const data = { text: `Note ${number}.`, key: handle("k") };
    expect((await ana.request.post(`/api/conversations/${id}/notes`, { data })).status()).toBe(201);
    await say(`Say ${number}.`);
  }
  const anas = await at(ana, address);
  const shown = anas.locator(".message .text, .remark .text");
  await expect(messages(anas)).toHaveCount(50);
  await expect(shown.last()).toHaveText("Say 59.");
  await anas.evaluate(() => scrollTo(0, 0));
  await expect(messages(anas)).toHaveCount(61);
  const all = ["Is the shop open on Sunday?"];
  for (let number = 0; number < 60; number += 1) all.push(`Note ${number}.`, `Say ${number}.`);
  await expect(shown).toHaveText(all);
});

test("all of it works without a script", async ({ site, person }) => {
  const { ana, list, eva, id } = await shop({ site, person }, { javaScriptEnabled: false });
  const anas = await ana.newPage();
  await anas.goto(list);
  await anas.locator(".case-row a").click();
  await anas.locator(".note-box summary").click();
  await anas.locator("#note-text").fill("Ask the baker");
  await anas.locator(".note-form button").click();
  await expect(anas.locator(".remark.written .text")).toHaveText("Ask the baker");
  await answer(anas).fill("We are open");
  await anas.locator(".message-form button[type=submit]").click();
  await expect(messages(anas).last()).toContainText("We are open");
  await expect(anas.locator(".assignee")).toHaveText("Yours");
  await anas.locator(".set-closed button").click();
  await expect(anas.locator(".state dd")).toHaveText("Closed");
  const customers = await at(eva, `/messages/${id}`);
  await expect(messages(customers).last()).toContainText("We are open");
});

test("the pages look as they should", async ({ site, person }) => {
  test.slow();
  const { ana, ben, inbox, list, address } = await shop({ site, person });
  const anas = await at(ana, list);
  await photograph(anas, "inbox-list");
  await anas.goto(`${list}?show=closed`);
  await photograph(anas, "inbox-empty");
  const bens = await at(ben, address);
  await bens.locator(".note-box summary").click();
  await bens.locator("#note-text").fill("She is the baker's sister, and Rinderkennzeichnungsfleischetikettierungsüberwachungsaufgabenübertragungsgesetz.");
  await bens.locator(".note-form button").click();
  await expect(bens.locator(".remark.written")).toBeVisible();
  await bens.locator(".take button").click();
  await send(bens, "We are open on Sunday.");
  await expect(messages(bens)).toHaveCount(2);
  await bens.locator(".note-box summary").click();
  await photograph(bens, "inbox-case");
  await bens.setViewportSize({ width: 1280, height: 800 });
  await bens.locator(".case-acts .menu > summary").click();
  await photograph(bens, "inbox-menu");
  await bens.goto(`${list}/replies`);
  const data = { shortcut: "hours", text: "We are open from ten to four." };
  expect((await ben.request.post(`/api/inboxes/${inbox}/replies`, { data })).status()).toBe(201);
  await bens.reload();
  await photograph(bens, "inbox-replies");
});
