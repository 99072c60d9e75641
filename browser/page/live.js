// The page's one client, and what happens to a page: hidden, shown, kept by the browser, offline, logged in next door.

import { Client } from "../live/client.js";
import { call } from "./http.js";
import { madeOf, viewer } from "./session.js";

export const live = new Client({
  epoch: madeOf,
  session: viewer.id !== 0,
  connect: () => new WebSocket(`${location.origin.replace(/^http/, "ws")}/live`, "plaudit.v1"),
  like: (post, on) => call(on ? "PUT" : "DELETE", `/posts/${post}/like`),
  comment: async ({ post, ...draft }) => (await call("POST", `/posts/${post}/comments`, draft)).comment,
});

/** Starts the client, and keeps it in step with the page. */
export function begin() {
  // A first like in one tab makes the guest that all tabs are from then on.
  const tabs = new BroadcastChannel("plaudit-session");
  tabs.onmessage = () => live.adopt();
  live.addEventListener("session", () => tabs.postMessage(""));

  addEventListener("online", () => live.wake());
  const seen = () => live.hide(document.hidden);
  document.addEventListener("visibilitychange", () => (seen(), document.hidden || live.wake()));
  seen();
  // An open socket would keep the page out of the browser's back-and-forward cache.
  addEventListener("pagehide", () => live.stop());
  document.addEventListener("freeze", () => live.stop());
  document.addEventListener("resume", () => live.start());
  addEventListener("pageshow", (event) => event.persisted && live.start());
  live.start();
}
