// A member's own switch for signals: a sound, and a notice on the desktop, when something new concerns them and they look at
// no page of this site. One switch for all tabs of this browser, and one signal, whichever tab hears of it first.

import { everyTab } from "./storage.js";

/** @typedef {import("../live/frames.js").UnreadNumbers} UnreadNumbers */

const SOUND = "plaudit-signal-sound", DESKTOP = "plaudit-signal-desktop";
/** The version of the numbers that were signalled last, for all tabs. */
const LAST = "plaudit-signal-last";
/** Which tabs are looked at notes the time under this name, so that no other signals. */
const LOOKED = "plaudit-signal-looked";
/** A tab that was looked at so lately counts as being looked at. */
const LATELY = 1500;

/** @type {UnreadNumbers | null} */ let before = null;

const isLooking = () => !document.hidden && document.hasFocus();

/** New numbers have come. @param {UnreadNumbers} numbers */
export function signal(numbers) {
  const last = before;
  before = numbers;
  if (isLooking()) return everyTab.set(LOOKED, `${Date.now()}`);
  if (!last || sum(numbers) <= sum(last)) return;
  navigator.locks?.request("plaudit-signal", () => tell(numbers, last));
}

/** How many cases waited before, in the inbox whose page this is. @type {number | null} */ let cases = null;

/** So many cases wait there now. @param {number} waiting @param {number} version @param {string} address the inbox's page */
export function signalCases(waiting, version, address) {
  const last = cases;
  cases = waiting;
  if (isLooking()) return everyTab.set(LOOKED, `${Date.now()}`);
  if (last === null || waiting <= last) return;
  navigator.locks?.request("plaudit-signal", () => say(`${LAST}${address}`, version, "A customer waits.", address));
}

/** @param {UnreadNumbers} numbers */
const sum = ({ conversations, requests, notifications }) => conversations + requests + notifications;

/** @param {UnreadNumbers} numbers @param {UnreadNumbers} last */
function tell(numbers, last) {
  const isMessage = numbers.conversations + numbers.requests > last.conversations + last.requests;
  const what = isMessage ? "You have a new message." : "You have a new notification.";
  return say(LAST, numbers.version, what, isMessage ? "/messages" : "/notifications");
}

/** @param {string} kept @param {number} version @param {string} body @param {string} address where it leads */
async function say(kept, version, body, address) {
  // A tab that is looked at hears of it in the same moment, and says so.
  await new Promise((done) => setTimeout(done, 200));
  const isLookedAt = Date.now() - Number(everyTab.get(LOOKED)) < LATELY;
  if (isLookedAt || Number(everyTab.get(kept)) >= version) return;
  everyTab.set(kept, `${version}`);
  if (everyTab.get(SOUND)) chime();
  if (!everyTab.get(DESKTOP) || globalThis.Notification?.permission !== "granted") return;
  const notice = new Notification("Plaudit", { body, tag: "plaudit" });
  notice.onclick = () => {
    window.focus();
    location.assign(address);
  };
}

/** Two short notes. */
function chime() {
  const context = new AudioContext();
  for (const [at, hertz] of [[0, 660], [0.12, 880]]) {
    const tone = new OscillatorNode(context, { frequency: hertz ?? 0 });
    const volume = new GainNode(context, { gain: 0.08 });
    tone.connect(volume).connect(context.destination);
    volume.gain.exponentialRampToValueAtTime(0.0001, context.currentTime + (at ?? 0) + 0.25);
    tone.start(context.currentTime + (at ?? 0));
    tone.stop(context.currentTime + (at ?? 0) + 0.3);
  }
  setTimeout(() => context.close(), 1000);
}

/** The switches, on the page of settings. */
export function showSignals() {
  const place = document.querySelector("plaudit-signals");
  if (!(place instanceof HTMLElement)) return;
  place.hidden = false;
  const error = /** @type {HTMLElement} */ (place.querySelector(".error"));
  for (const [id, name] of [["signal-sound", SOUND], ["signal-desktop", DESKTOP]]) {
    const box = /** @type {HTMLInputElement} */ (document.getElementById(id ?? ""));
    box.checked = !!everyTab.get(name ?? "");
    box.addEventListener("change", async () => {
      error.textContent = "";
      if (box.checked && name === DESKTOP && (await globalThis.Notification?.requestPermission()) !== "granted") {
        box.checked = false;
        error.textContent = "Your browser does not let this site show notices: allow them in its settings for this site.";
      }
      if (box.checked) everyTab.set(name ?? "", "1");
      else everyTab.remove(name ?? "");
      if (box.checked && name === SOUND) chime();
    });
  }
}
