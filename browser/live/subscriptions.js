// What a page follows: topics, who listens to each, and from where a stream resumes. No DOM, no socket.

import { Position } from "./position.js";

/** @typedef {import("./frames.js").News} News */
/** @typedef {(news: News) => void} Listener */
/** @typedef {{listeners: Set<Listener>, position: Position | null, epoch: string}} Subscription */

/** One command may hold this many topics, and this many streams among them. */
const TOPICS = 50, STREAMS = 8;
/** Topics that say who is here: subscribing to them is being here. */
const isSoft = (/** @type {string} */ topic) => topic.endsWith("/presence");

/** Of `me` nothing is known at first. @param {object} entry @returns {entry is import("./frames.js").Entry} */
const isNews = (entry) => Object.keys(entry).length > 1;

export class Subscriptions {
  /** @type {Map<string, Subscription>} */ #topics = new Map();
  /** The lineage of the database that positions belong to. */ epoch;
  /** Whether the soft topics rest. */ hidden = false;

  /** @param {string} epoch */
  constructor(epoch) {
    this.epoch = epoch;
  }

  /**
   * Adds a listener. True if the topic has to be subscribed to now.
   * @param {string} topic @param {Listener} listener @param {Position | null} position of a stream
   */
  add(topic, listener, position) {
    const known = this.#topics.get(topic);
    if (known) known.listeners.add(listener);
    else this.#topics.set(topic, { listeners: new Set([listener]), position, epoch: this.epoch });
    return !known;
  }

  /** Takes a listener away. True if nobody listens any more. @param {string} topic @param {Listener} listener */
  remove(topic, listener) {
    const known = this.#topics.get(topic);
    if (!known?.listeners.delete(listener) || known.listeners.size) return false;
    return this.#topics.delete(topic);
  }

  /** Forgets the position in a stream: the next snapshot is of its newest page. @param {string} topic */
  forget(topic) {
    const position = this.#topics.get(topic)?.position;
    if (position) position.seq = null;
  }

  /** @param {string} topic */
  has(topic) {
    return this.#topics.has(topic) && !(this.hidden && isSoft(topic));
  }

  /** Every topic that does not rest. */
  names() {
    return [...this.#topics.keys()].filter((name) => this.has(name));
  }

  /** Every soft topic. */
  soft() {
    return [...this.#topics.keys()].filter(isSoft);
  }

  /** Every topic but the streams: what can be asked for again at any time. */
  states() {
    return this.names().filter((name) => !this.#topics.get(name)?.position);
  }

  /**
   * The `topics` of as many subscribe commands as these names need.
   * @param {Iterable<string>} names
   */
  batches(names) {
    /** @type {{topic: string, since?: number}[][]} */ const batches = [];
    let streams = 0;
    for (const topic of names) {
      const known = this.#topics.get(topic);
      if (!known) continue;
      let batch = batches.at(-1);
      if (!batch || batch.length === TOPICS || (known.position && streams === STREAMS)) {
        batches.push((batch = []));
        streams = 0;
      }
      const since = known.epoch === this.epoch ? known.position?.seq : null;
      batch.push(since == null ? { topic } : { topic, since });
      if (known.position) streams += 1;
    }
    return batches;
  }

  /** Takes a snapshot reply in. @param {import("./frames.js").Snapshot} frame */
  snapshot({ epoch, topics }) {
    this.epoch = epoch;
    for (const entry of topics) {
      const known = this.#topics.get(entry.topic);
      if (!known) continue;
      if ("error" in entry) {
        this.#tell(known, { type: "gone" });
        continue;
      }
      const fresh = known.epoch !== epoch;
      known.epoch = epoch;
      if (known.position && "seq" in entry) known.position.seq = entry.seq;
      if (isNews(entry)) this.#tell(known, { type: "snapshot", fresh, entry });
    }
  }

  /**
   * Takes a push in. True if something before it is missing and the topic has to be subscribed to again.
   * @param {Exclude<import("./frames.js").Push, {type: "ping"}>} push
   */
  push(push) {
    // News of my likes go to those who show the post.
    const topic = push.type === "liked" ? `post:${push.post}` : push.topic;
    const known = this.#topics.get(topic ?? "");
    if (!known) return false;
    if (push.type === "resync") return true;
    if (push.type === "ended") {
      // This user may not see it any more. It is asked for again with the next connection, and refused then.
      this.#tell(known, { type: "gone" });
      return false;
    }
    if (known.position && "seq" in push && push.seq !== undefined) {
      const what = known.position.take(push.seq);
      if (what !== "next") return what === "gap";
    }
    this.#tell(known, push);
    return false;
  }

  /** @param {Subscription} known @param {News} news */
  #tell(known, news) {
    for (const listener of [...known.listeners]) listener(news);
  }
}
