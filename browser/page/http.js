// Calls of the API, as the user that this page was made for.

import { Refusal } from "../live/refusal.js";
import { setClock } from "./clock.js";
import { becomeGuest, lose, viewer } from "./session.js";

/** An answer that takes longer is taken as lost. */
const PATIENCE = 10_000;

/** Whether a guest's cookie was sent here and did not stay. */
let isForgetful = false;

/**
 * Calls the API. Rejects with a `Refusal` in words that can be shown.
 * @param {string} method @param {string} path @param {unknown} [body]
 */
export async function call(method, path, body) {
  const makesGuest = method === "PUT" && !viewer.id;
  if (makesGuest && (isForgetful || navigator.cookieEnabled === false)) throw noCookie();
  const { response, answer } = await send(method, path, body);
  if (!response.ok) {
    const { code, detail, title } = answer ?? {};
    if (code === "other_user") lose();
    // Without a problem it is what a proxy in front says of a server that is away.
    const why = code ?? (response.status >= 500 ? "network" : "unknown");
    throw new Refusal(why, detail ?? title ?? "The server could not do that.");
  }
  const guest = Number(response.headers.get("Plaudit-User"));
  if (makesGuest && guest) await meet(guest);
  return answer;
}

/**
 * A first like has made a guest. If the browser has thrown the cookie away, nothing else is sent: each like would be
 * another guest's.
 * @param {number} guest
 */
async function meet(guest) {
  const me = await send("GET", "/me").catch(() => null);
  // Whoever can't be asked now is believed.
  if (!me || me.answer?.user?.id === guest) return becomeGuest(guest);
  isForgetful = true;
  throw noCookie();
}

const noCookie = () =>
  new Refusal("no_cookie", "Your browser does not keep this site's cookie, so a like can't be yours. Allow cookies here and reload.");

/** @param {string} method @param {string} path @param {unknown} [body] */
async function send(method, path, body) {
  try {
    const response = await fetch(`/api${path}`, {
      method,
      headers: { "Plaudit-User": `${viewer.id}`, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? null : JSON.stringify(body),
      // Whoever clicks and leaves has clicked: the answer (and a guest's cookie) is still taken in.
      keepalive: true,
      signal: AbortSignal.timeout?.(PATIENCE) ?? null,
    });
    setClock(Date.parse(response.headers.get("Date") ?? ""));
    const isJson = response.headers.get("Content-Type")?.includes("json");
    return { response, answer: isJson ? await response.json() : null };
  } catch {
    throw new Refusal("network", "The server can't be reached: try again in a moment.");
  }
}

/**
 * Why the site lets no socket open, where it says so to a request.
 * @returns {Promise<Refusal | null>}
 */
export async function findRefusal() {
  try {
    // A page says its origin with a POST only. The site answers it before it looks at anything else.
    const probe = await fetch("/live", { method: "POST" });
    if (probe.status === 403) return new Refusal("bad_origin", (await probe.json()).detail);
    await call("GET", "/me");
    return null;
  } catch (why) {
    return why instanceof Refusal && why.isFinal ? why : null;
  }
}
