// A post's page in every state that people meet: nothing for axe to find, no sideways scrolling, and a picture of each,
// narrow and wide, light and dark, in test-results/pages/.

import { expect, newPost, open, photograph, signUp, test } from "./support.js";

/** @typedef {import("./support.js").Page} Page */
/** @typedef {import("./support.js").Context} Context */
/** @typedef {(options?: object) => Promise<Context>} Person */
/** @typedef {{page: Page, post: any, ben: Context, person: Person, say: (text: string, who?: Context, parent?: number) => Promise<number>}} Scene */
/** @typedef {{name: string, visitor?: boolean, author?: boolean, go: (scene: Scene) => Promise<unknown>}} Look */

const LONG = "Rinderkennzeichnungsfleischetikettierungsüberwachungsaufgabenübertragungsgesetz";
const box = (/** @type {Page} */ page) => page.getByLabel("Write a comment");
const path = (/** @type {Scene} */ { post }) => `/posts/${post.id}`;

/** @type {Look[]} */
const looks = [
  { name: "empty", go: ({ page, post }) => open(page, `/posts/${post.id}`) },
  { name: "empty-visitor", visitor: true, go: ({ page, post }) => open(page, `/posts/${post.id}`) },
  { name: "one", go: async (scene) => (await scene.say("A single voice."), open(scene.page, path(scene))) },
  { name: "many", author: true, go: many },
  { name: "many-visitor", visitor: true, go: many },
  { name: "menu", go: menu },
  { name: "answering", go: answering },
  { name: "editing", go: editing },
  { name: "removed", go: removed },
  { name: "long-and-earlier", go: earlier },
  { name: "pill", go: pill },
  { name: "too-long", go: tooLong },
  { name: "sending", go: (scene) => unanswered(scene, false) },
  { name: "not-sent", go: (scene) => unanswered(scene, true) },
  { name: "away", go: away },
  { name: "company", author: true, go: company },
  { name: "earlier-page", visitor: true, go: earlierPage },
  { name: "answer-page", go: answerPage },
];

test.use({ reducedMotion: "reduce" });
// Axe reads every comment four times.
test.setTimeout(90_000);

for (const look of looks) {
  test(`a post's page looks right: ${look.name}`, async ({ person }) => {
    const post = await newPost(person, "The choir learned a song in one evening. Nobody filmed it.");
    const ben = await person();
    await signUp(ben, "Ben Ólafsson");
    const me = look.author ? post.by : await person({ reducedMotion: "reduce" });
    if (!look.visitor && !look.author) await signUp(me, "Maximiliane von und zu Hohenstaufen-Wittelsbach");
    const page = await me.newPage();
    /** @type {Scene["say"]} */
    const say = async (text, who = ben, parent) => {
      const data = { text, ...(parent ? { parent } : {}) };
      const answer = await who.request.post(`/api/posts/${post.id}/comments`, { data });
      return (await answer.json()).comment.id;
    };
    await look.go({ page, post, ben, person, say });
    await photograph(page, `talk-${look.name}`);
  });
}

/** @param {Scene} scene */
async function many(scene) {
  const { page, post, ben, person, say } = scene;
  const [max, noa] = await Promise.all([person(), person()]);
  await signUp(max, "Maximiliane von und zu Hohenstaufen-Wittelsbach");
  await signUp(noa, "נועה");
  for (const fan of [ben, max, noa]) await fan.request.put(`/api/posts/${post.id}/like`);
  const first = await say("I was there, third row. The basses came in early and nobody minded.");
  await say(`${LONG} ${LONG}`, max, first);
  await say("You heard that? See https://example.org/a/very/long/address?with=parameters&and=more#fragment", post.by, first);
  await say("איזה ערב נפלא! תודה לכולם.\nשורה שנייה", noa);
  await say("One line\n\n\tand a tab, and 👏🏽👏🏽👏🏽", noa, first);
  const edited = await say("Encore tomorow?", post.by);
  await post.by.request.patch(`/api/comments/${edited}`, { data: { text: "Encore tomorrow?\nSame place, 8 pm." } });
  await open(page, path(scene));
}

/** @param {Scene} scene */
async function menu(scene) {
  await open(scene.page, path(scene));
  await box(scene.page).fill("Mine");
  await box(scene.page).press("Control+Enter");
  await scene.say("And below it another");
  await scene.page.locator(".said").filter({ hasText: "Mine" }).getByLabel("More").click();
}

/** @param {Scene} scene */
async function answering(scene) {
  const id = await scene.say("Who was there?");
  await scene.say("I was.", scene.post.by, id);
  await scene.say("And what did they sing?");
  await open(scene.page, path(scene));
  await scene.page.getByRole("link", { name: "Answer" }).first().click();
  await scene.page.getByLabel("Write an answer").fill("Me too, in the third row.");
}

/** @param {Scene} scene */
async function editing(scene) {
  await menu(scene);
  await scene.page.getByRole("link", { name: "Edit" }).click();
}

/** @param {Scene} scene */
async function removed(scene) {
  const id = await scene.say("Something that should not stand here\nand is two lines long");
  await scene.say("An answer to it", scene.post.by, id);
  await open(scene.page, path(scene));
  await scene.ben.request.delete(`/api/comments/${id}`);
  await expect(scene.page.getByText("This comment was removed.")).toBeVisible();
}

/** @param {Scene} scene */
async function earlier(scene) {
  /** @type {number[]} */ const ids = [];
  for (let number = 1; number <= 55; number++) ids.push(await scene.say(`Comment ${number}`));
  await scene.say("A late answer to an early comment", scene.ben, ids[1]);
  await open(scene.page, path(scene));
  await scene.page.locator("#comments").scrollIntoViewIfNeeded();
}

/** @param {Scene} scene */
async function pill(scene) {
  for (let number = 1; number <= 12; number++) await scene.say(`Comment ${number}`);
  await open(scene.page, path(scene));
  await scene.say("One more");
  await scene.say("And one more");
  await expect(scene.page.getByRole("button", { name: "2 new comments" })).toBeVisible();
}

/** @param {Scene} scene */
async function tooLong(scene) {
  await open(scene.page, path(scene));
  await box(scene.page).fill("Too much of it. ".repeat(63));
  await box(scene.page).press("Control+Enter");
  await expect(scene.page.getByRole("alert")).not.toBeEmpty();
}

/** @param {Scene} scene @param {boolean} refused */
async function unanswered(scene, refused) {
  await scene.say("Were you there?");
  // Nobody gives up while the pictures are taken.
  await scene.page.addInitScript(() => {
    const later = setTimeout;
    window.setTimeout = /** @type {any} */ ((/** @type {() => void} */ run, /** @type {number} */ ms) => (ms === 10_000 ? 0 : later(run, ms)));
  });
  await scene.page.routeWebSocket("**/live*", (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((message) => {
      const { type, ref } = JSON.parse(`${message}`);
      if (type !== "comment") return server.send(message);
      const why = "At most 20 comments a minute: try again in 3 s.";
      if (refused) socket.send(JSON.stringify({ type: "error", ref, code: "rate_limited", message: why, retry_after_ms: 3000 }));
    });
  });
  await open(scene.page, path(scene));
  await box(scene.page).fill("I was, in the third row.");
  await box(scene.page).press("Control+Enter");
  await expect(scene.page.locator(".unsent")).toContainText(refused ? "Not sent" : "Sending…");
}

/** @param {Scene} scene */
async function away(scene) {
  await scene.say("Were you there?");
  await scene.page.routeWebSocket("**/live*", (socket) => socket.close());
  await scene.page.route("**/api/**", (route) => route.abort());
  await scene.page.goto(path(scene));
  await box(scene.page).fill("I was, in the third row.");
  await box(scene.page).press("Control+Enter");
  await expect(scene.page.getByText("Reconnecting…")).toBeVisible();
  await expect(scene.page.locator(".unsent")).toContainText("Not sent", { timeout: 15_000 });
}

/** @param {Scene} scene */
async function company(scene) {
  const { page, post, person, ben } = scene;
  await scene.say("Were you there?");
  await open(page, path(scene));
  const others = await ben.newPage();
  await open(others, path(scene));
  for (const name of ["Maximiliane von und zu Hohenstaufen-Wittelsbach", "נועה", "Ivo", "June Park"]) {
    const who = await person();
    await signUp(who, name);
    await open(await who.newPage(), path(scene));
  }
  await open(await (await person()).newPage(), path(scene));
  await expect(page.locator(".number")).toHaveText("7 people are here");
  await ben.request.put(`/api/posts/${post.id}/like`);
  await expect(page.locator("plaudit-activity")).toContainText("Ben Ólafsson liked");
  // Typing is shown for five seconds: on a busy machine somebody goes on typing until the page shows it.
  await expect(async () => {
    await others.getByLabel("Write a comment").pressSequentially("I was, and ");
    await expect(page.locator(".typing")).toContainText("is writing", { timeout: 3000 });
  }).toPass();
}

/** @param {Scene} scene */
async function earlierPage(scene) {
  for (let number = 1; number <= 55; number++) await scene.say(`Comment ${number}`);
  await scene.page.goto(path(scene));
  const href = await scene.page.getByRole("link", { name: "Earlier comments" }).getAttribute("href");
  await scene.page.goto(`${href}`);
}

/** @param {Scene} scene */
async function answerPage(scene) {
  const id = await scene.say("Who was there?");
  await scene.page.goto(`/comments/${id}/answer`);
  await scene.page.getByLabel("Write an answer").fill("x".repeat(1001));
  await scene.page.getByRole("button", { name: "Answer" }).click();
  await expect(scene.page.getByRole("alert")).not.toBeEmpty();
}
