// The client against a server that a test plays: subscribing, resuming, coming back, liking.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "../live/refusal.js";
import { Position } from "../live/position.js";
import { settled, world } from "./world.js";

const ok = (/** @type {number} */ ref) => ({
  type: "ok", ref, post: 42, liked: true, changed: true, likes: 42, version: 813,
});

test("everything that a page follows goes in few commands, streams with their place", () => {
  const it = world();
  for (let post = 1; post <= 60; post++) it.client.subscribe(`post:${post}`, () => {});
  it.client.subscribe("feed:latest", () => {}, new Position(16));
  it.begin();
  const commands = it.socket.sent;
  assert.deepEqual(commands.map(({ topics }) => topics.length), [50, 12]);
  assert.deepEqual(commands[1].topics.at(-1), { topic: "feed:latest", since: 16 });
  assert.equal(commands[1].epoch, "e1");
  assert.equal(commands[0].epoch, undefined);
});

test("topics that are added together while online share a command, and leave with the last listener", async () => {
  const it = world().begin();
  const sent = it.socket.sent;
  sent.length = 0;
  const leave = [it.client.subscribe("post:1", () => {}), it.client.subscribe("post:1", () => {})];
  for (const topic of ["post:2", "post:3"]) leave.push(it.client.subscribe(topic, () => {}));
  await settled();
  assert.deepEqual(sent.map(({ topics }) => topics), [[{ topic: "post:1" }, { topic: "post:2" }, { topic: "post:3" }]]);
  leave[0]?.();
  await settled();
  assert.equal(sent.length, 1);
  leave[1]?.();
  leave[2]?.();
  leave[3]?.();
  it.client.subscribe("post:3", () => {});
  await settled();
  assert.deepEqual(sent[1], { type: "unsubscribe", ref: 3, topics: ["post:1", "post:2"] });
  assert.deepEqual(sent[2].topics, [{ topic: "post:3" }]);
  assert.equal(sent.length, 3);
});

test("a stream resumes after the last push that was taken in", () => {
  const it = world();
  /** @type {string[]} */ const heard = [];
  it.client.subscribe("feed:latest", ({ type }) => heard.push(type), new Position(16));
  it.begin();
  const removed = { type: "post.removed", topic: "feed:latest", seq: 17, id: 3 };
  it.socket.say(removed);
  it.socket.say(removed);
  assert.deepEqual(heard, ["post.removed"]);
  it.socket.end(1006);
  it.time.pass(500);
  it.socket.open();
  assert.deepEqual(it.socket.sent[0].topics.at(-1), { topic: "feed:latest", since: 17 });
});

test("a gap in a stream, and a resync, ask again from the last place", async () => {
  for (const push of [
    { type: "post.removed", topic: "feed:latest", seq: 19, id: 3 },
    { type: "resync", topic: "feed:latest" },
  ]) {
    const it = world();
    it.client.subscribe("feed:latest", () => assert.fail("nothing is new"), new Position(16));
    it.begin();
    it.socket.say(push);
    await settled();
    assert.deepEqual(it.socket.sent.at(-1).topics, [{ topic: "feed:latest", since: 16 }]);
  }
});

test("after a restore of the database old positions are not sent and old versions mean nothing", () => {
  const it = world();
  /** @type {any[]} */ const heard = [];
  it.client.subscribe("post:42", (news) => heard.push(news));
  it.client.subscribe("feed:latest", () => {}, new Position(16));
  it.begin();
  const entry = { topic: "post:42", version: 1, likes: 0, comments: 0, liked: false };
  it.socket.say({ type: "snapshot", ref: 1, epoch: "e2", topics: [entry] });
  assert.equal(heard[0].fresh, true);
  it.socket.end(4200);
  it.time.pass(1000);
  it.socket.open();
  assert.deepEqual(it.socket.sent[0].topics.at(-1), { topic: "feed:latest" });
});

test("after 35 s of silence a connection is given up, and any frame is a sign of life", () => {
  const it = world().begin();
  it.time.pass(34_000);
  it.socket.say({ type: "ping" });
  it.time.pass(34_000);
  assert.equal(it.client.state, "online");
  it.time.pass(1_000);
  assert.equal(it.client.state, "waiting");
  assert.equal(it.sockets[0]?.closed, true);
});

test("tries come later and later, and from the beginning after a connection that lasted", () => {
  const it = world();
  it.client.start();
  const waits = [];
  for (let attempt = 0; attempt < 4; attempt++) {
    it.socket.end(1006);
    const before = it.time.now;
    const sockets = it.sockets.length;
    while (it.sockets.length === sockets) it.time.pass(100);
    waits.push(it.time.now - before);
  }
  assert.deepEqual(waits, [500, 1000, 2000, 4000]);
  it.socket.open();
  it.time.pass(10_000);
  it.socket.end(1006);
  it.time.pass(500);
  assert.equal(it.client.state, "connecting");
});

test("an opening that hangs is given up", () => {
  const it = world();
  it.client.start();
  it.time.pass(10_000);
  assert.equal(it.client.state, "waiting");
});

test("codes from 4000 to 4099 end it, until the session is another one", () => {
  const it = world().begin();
  it.socket.end(4004);
  it.time.pass(3_600_000);
  it.client.wake();
  assert.equal(it.client.state, "ended");
  assert.equal(it.sockets.length, 1);
  it.client.renew();
  assert.equal(it.sockets.length, 2);
});

test("the network's return is tried at once", () => {
  const it = world().begin();
  it.socket.end(1006);
  it.client.wake();
  assert.equal(it.sockets.length, 2);
});

test("a visitor's return makes sure that the connection lives and all states are right", () => {
  const it = world();
  it.client.subscribe("post:42", () => {});
  it.client.subscribe("feed:latest", () => {}, new Position(16));
  it.begin();
  it.client.wake();
  assert.deepEqual(it.socket.sent.at(-1).topics, [{ topic: "me" }, { topic: "post:42" }]);
  it.time.pass(10_000);
  assert.equal(it.client.state, "waiting");
});

test("a page in the browser's cache holds no socket and opens one when it is back", () => {
  const it = world().begin();
  it.client.stop();
  assert.equal(it.sockets[0]?.closed, true);
  it.client.wake();
  it.time.pass(60_000);
  assert.equal(it.sockets.length, 1);
  it.client.start();
  assert.equal(it.sockets.length, 2);
});

test("a like that lost its connection is sent again on the next", async () => {
  const it = world().begin();
  const like = it.client.like(42, true);
  const { ref } = it.socket.sent.at(-1);
  it.socket.end(1006);
  it.time.pass(500);
  it.socket.open();
  assert.deepEqual(it.socket.sent.at(-1), { type: "like", ref, post: 42, on: true });
  it.socket.say(ok(ref));
  assert.equal((await like).likes, 42);
});

test("a like without an answer is refused in the end", async () => {
  const it = world().begin();
  const like = it.client.like(42, true);
  it.time.pass(10_000);
  await assert.rejects(like, (why) => why instanceof Refusal && why.code === "network");
});

test("a refusal comes with its code and its sentence", async () => {
  const it = world().begin();
  const like = it.client.like(42, true);
  const { ref } = it.socket.sent.at(-1);
  it.socket.say({ type: "error", ref, code: "rate_limited", message: "Slowly.", retry_after_ms: 900 });
  await assert.rejects(like, { code: "rate_limited", message: "Slowly." });
});

test("without a connection a like goes by HTTP", async () => {
  const it = world({ like: async (post, on) => /** @type {any} */ ({ ...ok(0), post, liked: on }) });
  assert.equal((await it.client.like(7, true)).post, 7);
});

test("the likes of a visitor go by HTTP until there is a session and the socket is opened anew with it", async () => {
  let isHere = false;
  const it = world({ hasSession: () => isHere, like: async () => /** @type {any} */ (ok(0)) }).begin();
  assert.equal((await it.client.like(42, true)).likes, 42);
  isHere = true;
  it.client.renew();
  assert.equal(it.sockets.length, 2);
  it.socket.open();
  it.client.like(42, false);
  assert.equal(it.socket.sent.at(-1).type, "like");
});

test("a like that the socket refuses for want of a session is made by HTTP", async () => {
  const it = world({ like: async () => /** @type {any} */ (ok(0)) }).begin();
  const like = it.client.like(42, true);
  const { ref } = it.socket.sent.at(-1);
  it.socket.say({ type: "error", ref, code: "no_session", message: "", retry_after_ms: null });
  assert.equal((await like).liked, true);
});

test("a subscription that came too fast is asked for again when it may be", async () => {
  const it = world();
  it.client.subscribe("post:42", () => {});
  it.begin();
  const { ref, topics } = it.socket.sent[0];
  it.socket.say({ type: "error", ref, code: "rate_limited", message: "", retry_after_ms: 700 });
  it.time.pass(700);
  await settled();
  assert.deepEqual(it.socket.sent.at(-1).topics, topics);
});

test("frames of later versions and damaged ones are left alone", () => {
  const it = world().begin();
  for (const frame of [{ type: "wave" }, { type: "wave", topic: "post:1" }, {}]) it.socket.say(frame);
  it.socket.onmessage?.({ data: "{" });
  assert.equal(it.client.state, "online");
});

const bravo = { post: 42, text: "Bravo!", key: "k1", parent: null };
const said = (/** @type {number} */ id) => ({
  id, post: 42, parent: null, author: { id: 7, handle: "ana", name: "Ana", bio: "", kind: "member" }, text: "Bravo!",
  created_at: "2026-11-23T10:00:00.000Z", edited_at: null, seq: id,
});

const notByHttp = () => Promise.reject(new Error("not by HTTP"));
/** Writes the comment. @param {ReturnType<typeof world>} it @param {() => Promise<any>} [byHttp] */
const write = async (it, byHttp = notByHttp) => (await it.client.write({ type: "comment", ...bravo }, byHttp)).comment;

test("a comment whose answer was lost is sent again on the next connection, with the same key", async () => {
  const it = world().begin();
  const comment = write(it);
  const { ref } = it.socket.sent.at(-1);
  assert.deepEqual(it.socket.sent.at(-1), { type: "comment", ref, ...bravo });
  it.socket.end(4200);
  it.time.pass(1000);
  it.socket.open();
  assert.deepEqual(it.socket.sent.filter(({ type }) => type === "comment"), [{ type: "comment", ref, ...bravo }]);
  it.socket.say({ type: "ok", ref, comment: said(12) });
  assert.equal((await comment).id, 12);
});

test("a comment goes by HTTP without a connection, and waits for one where that fails too", async () => {
  assert.equal((await write(world(), async () => ({ comment: said(12) }))).id, 12);

  const it = world().begin();
  it.socket.end(4200);
  const comment = write(it, () => Promise.reject(new Refusal("network", "")));
  await settled();
  it.time.pass(1000);
  it.socket.open();
  const { ref, ...sent } = it.socket.sent.at(-1);
  assert.deepEqual(sent, { type: "comment", ...bravo });
  it.socket.say({ type: "ok", ref, comment: said(12) });
  assert.equal((await comment).id, 12);
});

test("a comment that is refused, or that nobody can take, says why and is not sent again", async () => {
  const it = world().begin();
  const refused = write(it);
  const { ref } = it.socket.sent.at(-1);
  it.socket.say({ type: "error", ref, code: "rate_limited", message: "Slowly.", retry_after_ms: 900 });
  await assert.rejects(refused, { code: "rate_limited", message: "Slowly." });
  const lost = write(it);
  it.time.pass(10_000);
  await assert.rejects(lost, { code: "network" });
  it.socket.end(4200);
  it.time.pass(1000);
  it.socket.open();
  assert.ok(!it.socket.sent.some(({ type }) => type === "comment"));

  const nobody = world({ hasSession: () => false }).begin();
  await assert.rejects(write(nobody, () => Promise.reject(new Refusal("no_session", "Log in."))), { code: "no_session" });
});

test("somebody writes: that is said now or not at all", () => {
  const it = world();
  it.client.typing("post:42/presence");
  it.begin();
  assert.ok(!it.socket.sent.some(({ type }) => type === "typing"));
  it.client.typing("post:42/presence");
  assert.deepEqual(it.socket.sent.at(-1), { type: "typing", topic: "post:42/presence" });
});

test("a hidden page looks at nothing: its soft topics rest until it is seen again", async () => {
  const it = world();
  /** @type {any[]} */ const heard = [];
  it.client.subscribe("post:42", () => {});
  it.client.subscribe("post:42/presence", (news) => heard.push(news));
  it.begin();
  const topics = () => it.socket.sent.at(-1).topics;
  assert.deepEqual(topics(), [{ topic: "me" }, { topic: "post:42" }, { topic: "post:42/presence" }]);
  it.client.hide(true);
  await settled();
  assert.deepEqual([it.socket.sent.at(-1).type, topics()], ["unsubscribe", ["post:42/presence"]]);
  // Neither another connection nor another listener makes it look.
  it.socket.end(4200);
  it.time.pass(1000);
  it.socket.open();
  const leave = it.client.subscribe("post:42/presence", () => {});
  it.client.wake();
  await settled();
  for (const { topics } of it.socket.sent) assert.deepEqual(topics, [{ topic: "me" }, { topic: "post:42" }]);
  leave();
  it.client.hide(false);
  await settled();
  assert.deepEqual(topics(), [{ topic: "post:42/presence" }]);
  const people = { viewers: 2, faces: [], typing: [] };
  it.socket.say({ type: "snapshot", ref: 9, epoch: "e1", topics: [{ topic: "post:42/presence", ...people }] });
  it.socket.say({ type: "presence", topic: "post:42/presence", ...people, viewers: 3 });
  assert.deepEqual(heard.map((news) => (news.entry ?? news).viewers), [2, 3]);
});

test("hiding and showing again in one breath costs nothing that matters", async () => {
  const it = world();
  it.client.subscribe("post:42/presence", () => {});
  it.begin();
  it.socket.sent.length = 0;
  it.client.hide(true);
  it.client.hide(false);
  await settled();
  assert.ok(!it.socket.sent.some(({ type }) => type === "unsubscribe"), JSON.stringify(it.socket.sent));
});

test("whoever follows a state that others follow already is told how it stands", async () => {
  const it = world();
  it.client.subscribe("post:42", () => {});
  it.begin();
  it.client.subscribe("post:42", () => {});
  await settled();
  assert.deepEqual(it.socket.sent.at(-1).topics, [{ topic: "post:42" }]);
});

test("where no socket opens, the client says what the site says of it, until one opens", async () => {
  /** @type {Refusal | null} */ let why = new Refusal("bad_origin", "Open the site at its own address.");
  const it = world({ findRefusal: async () => why });
  let told = 0;
  it.client.addEventListener("change", () => told++);
  it.client.start();
  it.socket.end(1006);
  await settled();
  assert.equal(it.client.why?.message, "Open the site at its own address.");
  const before = told;
  it.time.pass(1000);
  it.socket.end(1006);
  await settled();
  assert.equal(told, before + 2, "connecting and waiting, and nothing new of why");
  it.time.pass(4000);
  it.socket.open();
  assert.equal(it.client.why, null);
});

test("a stream whose newest page is wanted is asked for without a position, and pushes before it are left alone", async () => {
  const it = world();
  /** @type {string[]} */ const heard = [];
  it.client.subscribe("feed:latest", ({ type }) => heard.push(type), new Position(16));
  it.begin();
  it.client.refresh("feed:latest");
  await settled();
  assert.deepEqual(it.socket.sent.at(-1).topics, [{ topic: "feed:latest" }]);
  const sent = it.socket.sent.length;
  it.socket.say({ type: "post.removed", topic: "feed:latest", seq: 17, id: 3 });
  assert.deepEqual([heard, it.socket.sent.length], [[], sent]);
  it.socket.say({ type: "snapshot", ref: 2, epoch: "e1", topics: [{ topic: "feed:latest", seq: 17, reset: true, changes: [], next: null }] });
  it.socket.say({ type: "post.removed", topic: "feed:latest", seq: 18, id: 4 });
  assert.deepEqual(heard, ["snapshot", "post.removed"]);
});
