// Calls of the API, as the user that this page was made for.

import { Refusal } from "../live/refusal.js";
import { viewer } from "./session.js";

/** An answer that takes longer is taken as lost. */
const PATIENCE = 10_000;

/**
 * Calls the API. Rejects with a `Refusal` in words that can be shown.
 * @param {string} method @param {string} path @param {unknown} [body]
 */
export async function call(method, path, body) {
  /** @type {Response} */ let response;
  try {
    response = await fetch(`/api${path}`, {
      method,
      headers: { "Plaudit-User": `${viewer.id}`, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? null : JSON.stringify(body),
      // Whoever clicks and leaves has clicked: the answer (and a guest's cookie) is still taken in.
      keepalive: true,
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (response.ok) return response.status === 204 ? null : await response.json();
  } catch {
    throw new Refusal("network", "The server can't be reached: try again in a moment.");
  }
  const problem = await response.json().catch(() => ({}));
  // What a proxy in front says of a server that is away.
  const code = problem.code ?? (response.status >= 500 ? "network" : "unknown");
  throw new Refusal(code, problem.detail ?? problem.title ?? "The server could not do that.");
}
