// The golden frames, which the server's own tests write and read: the client must understand every one.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { Entries } from "../live/entries.js";
import { LikeState } from "../live/like-state.js";
import { Position } from "../live/position.js";
import { settled, world } from "./world.js";

const folder = new URL("../../crates/plaudit-protocol/tests/golden/", import.meta.url);
const golden = readdirSync(folder).map((name) => ({ name, ...JSON.parse(readFileSync(new URL(name, folder), "utf8")) }));

test("there are golden frames of every kind", () => {
  for (const kind of ["command", "reply", "push"]) assert.ok(golden.some((file) => file.kind === kind), kind);
});

for (const { name, kind, frame } of golden) {
  if (kind === "command") continue;

  test(`${name} is understood`, async () => {
    const it = world();
    /** @type {any[]} */ const heard = [];
    const topics = new Set(["post:42", "feed:latest", "post:9"]);
    for (const { topic } of frame.topics ?? [frame]) if (topic) topics.add(topic);
    for (const topic of topics) {
      // A stream's place is just before the push.
      const isStream = topic === "feed:latest" || ["conversations", "notifications"].includes(topic) || /^(post:\d+\/comments|conversation:\d+)$/.test(topic);
      const position = isStream ? new Position((frame.seq ?? 17) - 1) : null;
      it.client.subscribe(topic, (news) => heard.push({ of: topic, ...news }), position);
    }
    it.begin();
    const before = it.socket.sent.length;
    let outcome = null;
    if (frame.type === "ok" || frame.type === "error") {
      // Makes the reply an answer to a like or a comment of ours.
      const { comment, message } = frame;
      const like = comment
        ? write(it, { type: "comment", post: 42, text: comment.text, key: "c-1_A", parent: comment.parent })
        : message
          ? write(it, { type: "message", conversation: 9, text: message.text, key: "c-1_A" })
          : it.client.like(42, true);
      const { ref } = it.socket.sent.at(-1);
      outcome = like.then((/** @type {any} */ value) => value, (/** @type {any} */ why) => why);
      it.socket.say(frame.ref === null ? frame : { ...frame, ref });
      if (frame.ref === null) it.time.pass(10_000);
    } else {
      it.socket.say(frame);
    }
    await settled();
    const sent = it.socket.sent.slice(before);

    switch (frame.type) {
      case "ok":
        if (frame.comment) assert.deepEqual((await outcome).comment, frame.comment);
        else if (frame.message) assert.deepEqual((await outcome).message, frame.message);
        else assert.equal((await outcome).type, "ok");
        break;
      case "error":
        assert.equal((await outcome).code, frame.ref === null ? "network" : frame.code);
        break;
      case "snapshot":
        for (const entry of frame.topics) {
          const news = heard.find(({ of }) => of === entry.topic);
          if ("error" in entry) assert.equal(news.type, "gone");
          else if (entry.topic !== "me") assert.deepEqual(news.entry, entry);
        }
        break;
      case "counts": {
        const state = new LikeState({ version: 0, likes: 0, liked: false });
        state.counts(heard[0]);
        assert.equal(state.shown.likes, frame.likes);
        break;
      }
      case "liked":
        assert.equal(heard[0].of, `post:${frame.post}`);
        assert.equal(heard[0].liked, frame.liked);
        break;
      case "post.added":
      case "post.edited":
      case "post.removed":
        assert.deepEqual(heard.map(({ type, of }) => [type, of]), [[frame.type, frame.topic]]);
        break;
      case "comment.added":
      case "comment.edited": {
        assert.deepEqual(heard.map(({ type, of }) => [type, of]), [[frame.type, frame.topic]]);
        const conversation = new Entries(0, 0);
        assert.equal(conversation.take(heard[0].comment), "added");
        assert.equal(conversation.take(heard[0].comment), null);
        break;
      }
      case "comment.removed":
        assert.deepEqual(heard.map(({ id, of }) => [id, of]), [[frame.id, frame.topic]]);
        break;
      case "presence":
        assert.deepEqual([heard[0].viewers, heard[0].faces, heard[0].typing], [frame.viewers, frame.faces, frame.typing]);
        break;
      case "likers":
        assert.deepEqual([heard[0].of, heard[0].likers], [frame.topic, frame.likers]);
        break;
      case "conversation.changed":
      case "conversation.removed":
      case "message.added":
      case "message.edited":
      case "message.removed":
      case "message.delivery":
      case "notification.changed":
      case "notification.removed":
      case "read":
      case "unread":
      case "case.changed":
      case "note.added":
      case "waiting":
        assert.deepEqual(heard, [{ of: frame.topic, ...frame }]);
        break;
      case "ended":
        assert.deepEqual(heard.map(({ type, of }) => [type, of]), [["gone", frame.topic]]);
        break;
      case "resync":
        assert.equal(sent[0].type, "subscribe");
        assert.equal(sent[0].topics[0].topic, frame.topic);
        break;
      case "ping":
        assert.deepEqual([heard, sent], [[], []]);
        break;
      default:
        assert.fail(`no test knows ${frame.type}`);
    }
  });
}

/** @param {ReturnType<typeof world>} it @param {any} command @returns {Promise<any>} */
const write = (it, command) => it.client.write(command, () => Promise.reject(new Error("not by HTTP")));

test("the commands that the client sends have the shape of the golden ones", async () => {
  const it = world();
  it.client.subscribe("feed:latest", () => {}, new Position(16));
  it.begin();
  it.client.subscribe("post:42", () => {})();
  it.client.like(42, true).catch(() => {});
  it.client.subscribe("post:42/comments", () => {}, new Position(88));
  write(it, { type: "comment", post: 42, text: "Bravo!", key: "c-1_A", parent: null }).catch(() => {});
  write(it, { type: "message", conversation: 9, text: "Hello", key: "m-1_A" }).catch(() => {});
  it.client.ask({ type: "read", topic: "conversation:9", read: 91 }).catch(() => {});
  it.client.typing("post:42/presence");
  const leave = it.client.subscribe("post:43", () => {});
  await settled();
  leave();
  const shape = (/** @type {any} */ command) => Object.keys(command).sort().join();
  const known = golden.filter(({ kind }) => kind === "command").map(({ frame }) => `${frame.type} ${shape(frame)}`);
  assert.ok(it.socket.sent.length >= 4);
  for (const command of it.socket.sent) {
    assert.ok(known.includes(`${command.type} ${shape(command)}`), JSON.stringify(command));
    for (const topic of command.topics ?? []) assert.ok(typeof topic === "string" || "topic" in topic);
  }
});
