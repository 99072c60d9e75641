// Messages in every state that people meet: nothing for axe to find, no sideways scrolling, and a picture of each, narrow
// and wide, light and dark, in test-results/pages/.

import { expect, open, photograph, signUp, test } from "./support.js";

/** @typedef {import("./support.js").Page} Page */
/** @typedef {import("./support.js").Context} Context */
/** @typedef {{page: Page, me: any, ben: Context, other: any, person: (options?: object) => Promise<Context>}} Scene */
/** @typedef {{name: string, go: (scene: Scene) => Promise<unknown>}} Look */

const LONG = "Rinderkennzeichnungsfleischetikettierungsüberwachungsaufgabenübertragungsgesetz";
let key = 0;

/** Writes a message; gives its conversation. @param {Context} who @param {string} to @param {string} text */
async function write(who, to, text) {
  const answer = await who.request.post("/api/conversations", { data: { to, text, key: `k${key++}` } });
  expect(answer.status()).toBe(201);
  return (await answer.json()).conversation.id;
}

/** Two who know each other, and a third. @param {Scene} scene */
async function talk({ page, me, ben, other, person }) {
  const id = await write(ben, me.handle, "Do you sing on Tuesday? The organ is being tuned, see https://example.org/organ.");
  await write(page.context(), other.handle, "I do.");
  await write(page.context(), other.handle, `${LONG} is the first word of the programme, and nobody could say it twice.`);
  await write(ben, me.handle, "Then I bring the scores.\nAll of them.");
  const eve = await person();
  await signUp(eve, "نور الهدى");
  await write(eve, me.handle, "مرحبا");
  await write(page.context(), other.handle, "Good.");
  await write(ben, me.handle, "And the tuning fork.");
  return id;
}

/** @type {Look[]} */
const looks = [
  { name: "empty", go: ({ page }) => open(page, "/messages") },
  { name: "requests-empty", go: ({ page }) => open(page, "/messages?requests=1") },
  { name: "list", go: async (scene) => (await talk(scene), open(scene.page, "/messages")) },
  { name: "talk", go: async (scene) => open(scene.page, `/messages/${await talk(scene)}`) },
  { name: "request", go: async ({ page, me, ben }) => open(page, `/messages/${await write(ben, me.handle, "Are you the Max who sang in Weimar?")}`) },
  { name: "first", go: ({ page, other }) => page.goto(`/messages/new?to=${other.handle}`) },
  { name: "profile", go: ({ page, other }) => page.goto(`/@${other.handle}`) },
  { name: "menu", go: menu },
  { name: "edit", go: edit },
  { name: "not-sent", go: notSent },
  { name: "blocked", go: blocked },
];

test.use({ reducedMotion: "reduce" });
// Axe reads every page four times.
test.setTimeout(90_000);

for (const look of looks) {
  test(`messages look right: ${look.name}`, async ({ page, person }) => {
    const ben = await person();
    const other = await signUp(ben, "Ben Ólafsson");
    const me = await signUp(page.context(), "Maximiliane von und zu Hohenstaufen-Wittelsbach");
    await look.go({ page, me, ben, other, person });
    await photograph(page, `messages-${look.name}`);
  });
}

/** @param {Scene} scene */
async function menu(scene) {
  const { page } = scene;
  await open(page, `/messages/${await talk(scene)}`);
  await page.locator(".message.own").last().getByLabel("More").click();
  await expect(page.getByRole("link", { name: "Edit" })).toBeVisible();
}

/** @param {Scene} scene */
async function edit(scene) {
  const { page } = scene;
  await menu(scene);
  await page.getByRole("link", { name: "Edit" }).click();
  await expect(page.getByText("Editing your message")).toBeVisible();
}

/** @param {Scene} scene */
async function notSent(scene) {
  const { page, me, ben, other } = scene;
  const id = await write(ben, me.handle, "Hello?");
  await write(page.context(), other.handle, "Hello!");
  await open(page, `/messages/${id}`);
  await ben.request.put(`/api/users/${me.handle}/block`);
  await page.getByLabel("Write a message").fill("Are you still there?");
  await page.getByRole("button", { name: "Send" }).click();
  await expect(page.getByText("You can't write to this member.")).toBeVisible();
}

/** @param {Scene} scene */
async function blocked(scene) {
  const { page, other } = scene;
  const id = await talk(scene);
  await page.request.put(`/api/users/${other.handle}/block`);
  await open(page, `/messages/${id}`);
}
