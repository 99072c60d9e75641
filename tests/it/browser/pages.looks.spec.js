// Profiles, settings, reports, moderation and the API's page in every state: nothing for axe to find, no sideways
// scrolling, and a picture of each, narrow and wide, light and dark, in test-results/pages/.

import { expect, handle, open, PASSWORD, photograph, signUp, test, write } from "./support.js";

/** @typedef {import("./support.js").Page} Page */
/** @typedef {import("./support.js").Context} Context */
/**
 * @typedef {object} Scene
 * @property {Page} page of the one who looks
 * @property {any} me a member, who looks
 * @property {Context} ben somebody else's browser
 * @property {any} other that somebody
 * @property {number} post of that somebody
 * @property {(options?: object) => Promise<Context>} person
 */
/** @typedef {{name: string, moderator?: boolean, go: (scene: Scene) => Promise<unknown>}} Look */

const LONG = "Rinderkennzeichnungsfleischetikettierungsüberwach";

/** @type {Look[]} */
const looks = [
  { name: "profile-own-empty", go: ({ page, me }) => page.goto(`/@${me.handle}`) },
  { name: "profile-many", go: many },
  { name: "profile-long", go: longNames },
  { name: "profile-right-to-left", go: rightToLeft },
  { name: "profile-likes", go: async (scene) => (await many(scene), scene.page.goto(`/@${scene.other.handle}/likes`)) },
  { name: "profile-likes-empty", go: ({ page, other }) => page.goto(`/@${other.handle}/likes`) },
  { name: "profile-no-more", go: ({ page, other }) => page.goto(`/@${other.handle}?after=1`) },
  { name: "profile-nobody", go: ({ page }) => page.goto("/@nobody_of_this_name") },
  { name: "profile-moderator", moderator: true, go: ({ page, other }) => suspend(page, other.handle, false) },
  { name: "profile-suspended", moderator: true, go: ({ page, other }) => suspend(page, other.handle, true) },
  { name: "settings", go: ({ page }) => page.goto("/settings") },
  { name: "settings-saved", go: ({ page }) => saved(page) },
  { name: "settings-refused", go: ({ page }) => refused(page) },
  { name: "settings-delete", go: ({ page }) => deletion(page) },
  { name: "farewell", go: ({ page }) => page.goto("/farewell") },
  { name: "report", go: ({ page, post }) => page.goto(`/report?post=${post}`) },
  { name: "report-refused", go: reportTooLong },
  { name: "report-thanks", go: ({ page, post }) => page.goto(`/report/thanks?post=${post}`) },
  { name: "reports-empty", moderator: true, go: ({ page }) => page.goto("/moderation?after=1") },
  { name: "reports-many", moderator: true, go: reports },
  { name: "reports-suspended", moderator: true, go: async (scene) => (await reports(scene), suspendNow(scene)) },
  { name: "reports-forbidden", go: ({ page }) => page.goto("/moderation") },
  { name: "front-moderator", moderator: true, go: ({ page }) => open(page, "/") },
  { name: "docs", go: ({ page }) => page.goto("/docs") },
];

test.use({ reducedMotion: "reduce" });
// Axe reads every page four times.
test.setTimeout(120_000);

for (const look of looks) {
  test(`${look.name} looks right`, async ({ page, person, site }) => {
    const ben = await person();
    const other = await signUp(ben, "Ben Ólafsson");
    const { id: post } = await write(ben, "The choir learned a song in one evening. Nobody filmed it.");
    const me = await signUp(page.context(), "Maximiliane von und zu Hohenstaufen-Wittelsbach");
    if (look.moderator) await site.order("user", "promote", me.handle);
    await look.go({ page, me, ben, other, post, person });
    await photograph(page, look.name);
  });
}

/** @param {Scene} scene */
async function many({ page, ben, other, post }) {
  await ben.request.patch("/api/me", { data: { bio: "Tenor, third row.\nSings at https://example.org/choir every Tuesday." } });
  await write(ben, "A longer thought that needs more than one hundred and twenty characters, so that it is set smaller and reads as a paragraph.");
  await ben.request.put(`/api/posts/${post}/like`);
  await ben.request.post(`/api/posts/${post}/comments`, { data: { text: "Encore!" } });
  await open(page, `/@${other.handle}`);
}

/** @param {Scene} scene */
async function longNames({ page, person }) {
  const someone = await person();
  const data = { handle: `${handle("long_long_long_long")}`.padEnd(30, "w"), password: PASSWORD, name: LONG };
  expect((await someone.request.post("/api/users", { data })).status()).toBe(201);
  await someone.request.patch("/api/me", { data: { bio: "W".repeat(200) } });
  await write(someone, `${LONG} `.repeat(9));
  await open(page, `/@${data.handle}`);
}

/** @param {Scene} scene */
async function rightToLeft({ page, person }) {
  const someone = await person();
  const user = await signUp(someone, "نور الهدى");
  await someone.request.patch("/api/me", { data: { bio: "أغني في الصف الثالث (third row)." } });
  await write(someone, "مرحبا بالعالم، هذا نص من اليمين إلى اليسار https://example.org/a");
  await open(page, `/@${user.handle}`);
}

/** @param {Page} page @param {string} handle @param {boolean} now */
async function suspend(page, handle, now) {
  await page.goto(`/@${handle}`);
  await page.getByText("Suspend…").click();
  if (!now) return;
  await page.getByRole("button", { name: /^Suspend @/ }).click();
  await expect(page.getByRole("button", { name: "Let back in" })).toBeVisible();
}

/** @param {Page} page */
async function saved(page) {
  await page.goto("/settings");
  await page.getByLabel("Show when I am viewing").uncheck();
  await page.getByRole("region", { name: "Who sees you" }).getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("It holds at once")).toBeFocused();
  await expect(page.getByLabel("Show when I am viewing")).not.toBeChecked();
}

/** @param {Page} page */
async function refused(page) {
  await page.goto("/settings");
  await page.getByLabel("Bio").fill(`${LONG} `.repeat(5));
  await page.getByRole("region", { name: "How you are shown" }).getByRole("button", { name: "Save" }).click();
  await expect(page.getByLabel("Bio")).toBeFocused();
  await expect(page.getByLabel("Bio")).toHaveAccessibleDescription(/0 to 200 characters, this has 249/);
  await expect(page.getByLabel("Bio")).toHaveValue(/^Rinder/);
}

/** @param {Page} page */
async function deletion(page) {
  await page.goto("/settings");
  await page.getByText("Delete my account…").click();
  await page.getByLabel("Your password").fill("not this one");
  await page.getByRole("button", { name: "Delete everything now" }).click();
  await expect(page.getByLabel("Your password")).toBeFocused();
  await expect(page.getByLabel("Your password")).toHaveAccessibleDescription("This is not your password.");
}

/** @param {Scene} scene */
async function reportTooLong({ page, post }) {
  await page.goto(`/report?post=${post}`);
  await page.getByLabel("What is wrong with it?").fill("It is too long. ".repeat(40));
  await page.getByRole("button", { name: "Report" }).click();
  await expect(page.getByLabel("What is wrong with it?")).toBeFocused();
}

/** @param {Scene} scene */
async function reports({ page, ben, post, person }) {
  const max = await person();
  await signUp(max, "Maximiliane von und zu Hohenstaufen-Wittelsbach");
  const { comment } = await (await max.request.post(`/api/posts/${post}/comments`, { data: { text: `${LONG} `.repeat(8) } })).json();
  await max.request.post("/api/reports", { data: { post } });
  await page.request.post("/api/reports", { data: { post, reason: "It insults the choir.\nTwice, and see https://example.org." } });
  for (const reason of ["Rude", "", "Rude again", `${LONG} `.repeat(4)]) {
    const someone = await person();
    await signUp(someone, "Somebody");
    await someone.request.post("/api/reports", { data: { post, reason } });
  }
  await ben.request.post("/api/reports", { data: { comment: comment.id } });
  await page.goto("/moderation?done=keep");
  const mine = page.locator(`#post-${post}`);
  await mine.getByText("3 more").click();
  for (const what of ["Suspend…", "Remove…"]) await mine.getByText(what).click();
}

/** @param {Scene} scene */
async function suspendNow({ page, other }) {
  await page.getByRole("button", { name: `Suspend @${other.handle} now` }).click();
  await expect(page.getByText("The author is suspended.").first()).toBeVisible();
}
