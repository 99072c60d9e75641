// The page's one client, and what happens to a page: hidden, shown, kept by the browser, offline, somebody else's.

import { Client } from "../live/client.js";
import { call, findRefusal } from "./http.js";
import { madeOf, session, viewer } from "./session.js";

/** The latest like of a page of nobody: each waits for the one before, so that one guest likes them all. */
let first = Promise.resolve();

/** @param {number} post @param {boolean} on */
async function like(post, on) {
  const set = () => call(on ? "PUT" : "DELETE", `/posts/${post}/like`);
  if (viewer.id) return set();
  const mine = first.then(set);
  first = mine.then(() => {}, () => {});
  return mine;
}

export const live = new Client({
  epoch: madeOf,
  hasSession: () => viewer.id !== 0,
  connect: () => new WebSocket(`${location.origin.replace(/^http/, "ws")}/live?user=${viewer.id}`, "plaudit.v1"),
  findRefusal,
  like,
});

/** Starts the client, and keeps it in step with the page. */
export function begin() {
  session.addEventListener("guest", () => live.renew());
  session.addEventListener("gone", () => live.stop());
  const start = () => viewer.isGone || live.start();

  addEventListener("online", () => live.wake());
  const seen = () => live.hide(document.hidden);
  document.addEventListener("visibilitychange", () => (seen(), document.hidden || live.wake()));
  seen();
  // An open socket would keep the page out of the browser's back-and-forward cache.
  addEventListener("pagehide", () => live.stop());
  document.addEventListener("freeze", () => live.stop());
  document.addEventListener("resume", start);
  addEventListener("pageshow", (event) => event.persisted && start());
  start();
}
