// The page's one client, wired to what happens to a page: hidden, shown, cached, offline, logged in next door.

import { Client, Refusal } from "./client.js";

/** Who is here, by id; empty: nobody. */
export const user = document.documentElement.dataset["user"] ?? "";
const { epoch = "", session } = document.documentElement.dataset;
/** Whether that is a member. */
export const isMember = session === "member";

/**
 * Calls the API. Rejects with a `Refusal` in words that can be shown.
 * @param {string} method @param {string} path @param {unknown} [body]
 */
export async function call(method, path, body) {
  /** @type {Response} */ let response;
  try {
    response = await fetch(`/api${path}`, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
      // Whoever clicks and leaves has clicked: the answer (and a guest's cookie) is still taken in.
      keepalive: true,
      signal: AbortSignal.timeout(10_000),
    });
    if (response.ok) return response.status === 204 ? null : await response.json();
  } catch {
    throw new Refusal("network", "The server can't be reached: try again in a moment.");
  }
  const problem = await response.json().catch(() => ({}));
  throw new Refusal(problem.code ?? "unknown", problem.detail ?? problem.title ?? "The server could not do that.");
}

export const live = new Client({
  epoch,
  session: session !== "none",
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
