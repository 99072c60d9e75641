// What is on the screen is live, the rest is not: topics are followed while their card is near the window.

import { live } from "./live.js";

/** How far outside the window a card is still followed: a flick of the wheel finds it up to date. */
const NEAR = "60% 0px";
/** Changes within this many milliseconds go together, so that fast scrolling costs few commands. */
const TOGETHER = 250;

/** @typedef {import("../live/subscriptions.js").Listener} Listener */
/** @typedef {{topic: string, listener: Listener, leave: (() => void) | null}} Follower */
/** @typedef {{near: boolean, followers: Set<Follower>}} Card */

/** @type {Map<Element, Card>} */ const cards = new Map();
/** Those that came near or went away since the last time. @type {Set<Card>} */ const changed = new Set();
/** @type {any} */ let timer = null;
let rested = 0;

const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      const card = cards.get(target);
      if (!card) continue;
      card.near = isIntersecting;
      changed.add(card);
    }
    timer ??= setTimeout(apply, Math.max(0, rested - performance.now()));
  },
  { rootMargin: NEAR },
);

/** Subscribes for all that came near and unsubscribes for all that went, in the same breath. */
function apply() {
  timer = null;
  rested = performance.now() + TOGETHER;
  for (const { near, followers } of changed) for (const follower of followers) set(follower, near);
  changed.clear();
}

/** @param {Follower} follower @param {boolean} on */
function set(follower, on) {
  if (on) follower.leave ??= live.subscribe(follower.topic, follower.listener);
  else follower.leave = follower.leave?.() ?? null;
}

/**
 * Follows a topic of state for as long as an element's card is near the window, until the returned function is called.
 * Whenever it comes near again, a snapshot makes up for what was missed. All of a card come and go together, so that
 * each of them hears that snapshot.
 * @param {Element} element @param {string} topic @param {Listener} listener
 */
export function follow(element, topic, listener) {
  const target = element.closest(".post") ?? element;
  /** @type {Card} */ const card = cards.get(target) ?? { near: false, followers: new Set() };
  /** @type {Follower} */ const follower = { topic, listener, leave: null };
  card.followers.add(follower);
  cards.set(target, card);
  observer.observe(target);
  return () => {
    set(follower, false);
    card.followers.delete(follower);
    if (card.followers.size) return;
    observer.unobserve(target);
    cards.delete(target);
    changed.delete(card);
  };
}
