// One socket a page: subscribes, resumes, comes back. It knows no page: time, chance, the socket and HTTP come from outside.

import { Refusal } from "./refusal.js";
import { afterClose, wait } from "./retry.js";
import { Subscriptions } from "./subscriptions.js";

/** @typedef {import("./frames.js").Frame} Frame */
/** @typedef {import("./frames.js").Ok} Ok */
/** @typedef {{resolve: (ok: any) => void, reject: (why: Refusal) => void, command: object, timer: any}} Waiting */
/**
 * @typedef {object} Environment what the page gives
 * @property {() => WebSocket} connect opens a socket
 * @property {(post: number, on: boolean) => Promise<Ok>} like sets a like by HTTP
 * @property {string} epoch of the page
 * @property {() => boolean} hasSession whether somebody is here, a member or a guest
 * @property {() => Promise<Refusal | null>} [findRefusal] why no socket opens, where the site says so
 * @property {() => number} [random]
 * @property {(run: () => void, ms: number) => any} [later] as setTimeout
 * @property {(timer: any) => void} [never] as clearTimeout
 */

/** Without a word for this long a connection is dead: the server pings every 25 s. */
const SILENCE = 35_000;
/** A probe, a like, an opening that is not answered within this is taken as lost. */
const PATIENCE = 10_000;

/** Says `change` whenever `state` or `why` changes. */
export class Client extends EventTarget {
  /** @type {"off" | "connecting" | "online" | "waiting" | "ended"} */ state = "off";
  /** Why it is `ended`. */ code = 0;
  /** Why the site lets no socket open, where that is known. @type {Refusal | null} */ why = null;
  #environment;
  #subscriptions;
  /** @type {WebSocket | null} */ #socket = null;
  #attempt = 0;
  #ref = 0;
  /** @type {Map<number, Waiting>} */ #waiting = new Map();
  /** Subscribe commands that are on their way. @type {Map<number, string[]>} */ #asked = new Map();
  /** Topics to subscribe to with the next command. @type {Set<string>} */ #wanted = new Set();
  /** Topics to leave with the next command. @type {Set<string>} */ #unwanted = new Set();
  /** @type {any} */ #retry = null;
  /** @type {any} */ #silence = null;
  /** @type {any} */ #steady = null;

  /** @param {Environment} environment */
  constructor(environment) {
    super();
    this.#environment = {
      random: Math.random,
      later: (/** @type {() => void} */ run, /** @type {number} */ ms) => setTimeout(run, ms),
      never: (/** @type {any} */ timer) => clearTimeout(timer),
      ...environment,
    };
    this.#subscriptions = new Subscriptions(environment.epoch);
    this.#subscriptions.add("me", () => {}, null);
  }

  /** Opens the connection, unless there is one. */
  start() {
    if (this.state === "off" || this.state === "ended") this.#open();
  }

  /** Closes it and stays away: the page goes into the browser's cache, or away for good. */
  stop() {
    this.#lose();
    this.#say("off");
  }

  /** Opens a new connection at once: the session is another one, or there are signs that the network is back. */
  renew() {
    if (this.state === "off") return;
    this.#lose();
    this.#open();
  }

  /** The network or the visitor is back: comes back at once, or makes sure that it is still there and right. */
  wake() {
    if (this.state === "waiting") this.renew();
    if (this.state !== "online") return;
    this.#heard(PATIENCE);
    for (const name of this.#subscriptions.states()) this.#wanted.add(name);
    this.#subscribe();
  }

  /** Whether the page is hidden: while it is, nobody looks at its posts. @param {boolean} hidden */
  hide(hidden) {
    this.#subscriptions.hidden = hidden;
    for (const topic of this.#subscriptions.soft()) {
      if (hidden) this.#leave(topic);
      else this.#want(topic);
    }
  }

  /**
   * Follows a topic until the returned function is called. Whoever joins others is told how it stands, as they are.
   * @param {string} topic
   * @param {import("./subscriptions.js").Listener} listener
   * @param {import("./position.js").Position | null} [position] of a stream: what the page already holds
   */
  subscribe(topic, listener, position = null) {
    if (this.#subscriptions.add(topic, listener, position) || !position) this.#want(topic);
    return () => {
      if (this.#subscriptions.remove(topic, listener)) this.#leave(topic);
    };
  }

  /** Asks for a stream's newest page, as if nothing of it were known. @param {string} topic */
  refresh(topic) {
    this.#subscriptions.forget(topic);
    this.#want(topic);
  }

  /**
   * Sets a like, on the socket or by HTTP. Rejects with a `Refusal`. On a socket that is lost before the answer it is
   * sent again on the next one: it sets and never toggles, so twice is as once.
   * @param {number} post @param {boolean} on
   * @returns {Promise<Ok>}
   */
  async like(post, on) {
    const { hasSession, like } = this.#environment;
    if (hasSession() && this.state === "online") {
      try {
        return await this.ask({ type: "like", post, on });
      } catch (why) {
        if (!on || !(why instanceof Refusal) || why.code !== "no_session") throw why;
      }
    }
    return like(post, on);
  }

  /**
   * Writes a comment or a message, on the socket or by HTTP; gives the server's answer. Rejects with a `Refusal`. What is
   * lost before the answer is sent again on the next connection: with the same key, so it is never written twice.
   * @param {{type: "comment" | "message"} & Record<string, unknown>} command @param {() => Promise<any>} byHttp
   */
  async write(command, byHttp) {
    const { hasSession } = this.#environment;
    if (!hasSession() || this.state !== "online") {
      try {
        return await byHttp();
      } catch (why) {
        const lost = why instanceof Refusal && why.code === "network";
        if (!lost || !hasSession() || this.state === "ended") throw why;
      }
    }
    return this.ask(command);
  }

  /**
   * Says that somebody writes now; false where nobody can be told.
   * @param {string} topic @param {"reply" | "note"} [mode] what, among agents
   */
  typing(topic, mode) {
    return this.#send({ type: "typing", topic, ...(mode && { mode }) });
  }

  /** Asks now, or as soon as there is a connection. Rejects with a `Refusal`. @param {Record<string, unknown>} command @returns {Promise<any>} */
  ask(command) {
    return new Promise((resolve, reject) => {
      const ref = ++this.#ref;
      const timer = this.#environment.later(() => {
        this.#waiting.delete(ref);
        reject(new Refusal("network", "The server did not answer: try again in a moment."));
      }, PATIENCE);
      this.#waiting.set(ref, { resolve, reject, command: { ...command, ref }, timer });
      this.#send({ ...command, ref });
    });
  }

  #open() {
    this.#environment.never(this.#retry);
    this.#say("connecting");
    const socket = (this.#socket = this.#environment.connect());
    this.#heard(PATIENCE);
    socket.onopen = () => {
      this.#heard();
      this.why = null;
      // Who hears that it is back may ask something new, which is sent by itself.
      const unsent = [...this.#waiting.values()];
      this.#say("online");
      // Only a connection that lasts shows that the trouble is over.
      this.#steady = this.#environment.later(() => (this.#attempt = 0), PATIENCE);
      for (const name of this.#subscriptions.names()) this.#wanted.add(name);
      this.#subscribe();
      for (const { command } of unsent) this.#send(command);
    };
    socket.onmessage = ({ data }) => {
      this.#heard();
      this.#hear(data);
    };
    socket.onclose = ({ code }) => {
      if (this.state === "connecting") this.#findRefusal();
      this.#closed(code);
    };
  }

  /** A socket that never opened says nothing of why. */
  async #findRefusal() {
    const why = (await this.#environment.findRefusal?.()) ?? null;
    if (this.state === "online" || this.why?.code === why?.code) return;
    this.why = why;
    this.dispatchEvent(new Event("change"));
  }

  /** @param {number} code */
  #closed(code) {
    this.#lose();
    const what = afterClose(code);
    if (what === "stay") {
      this.code = code;
      for (const { reject, timer } of this.#waiting.values()) {
        this.#environment.never(timer);
        reject(new Refusal("network", "The connection was closed: reload the page."));
      }
      this.#waiting.clear();
      return this.#say("ended");
    }
    if (what === "soon") this.#attempt = 0;
    this.#retry = this.#environment.later(() => this.#open(), wait(this.#attempt++, this.#environment.random));
    this.#say("waiting");
  }

  /** Forgets the socket; nothing that it still says is heard. */
  #lose() {
    const { never } = this.#environment;
    never(this.#retry), never(this.#silence), never(this.#steady);
    this.#asked.clear();
    this.#wanted.clear();
    this.#unwanted.clear();
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** Something came; the next has to come within `ms`. */
  #heard(ms = SILENCE) {
    this.#environment.never(this.#silence);
    this.#silence = this.#environment.later(() => this.#closed(1006), ms);
  }

  /** @param {string} data */
  #hear(data) {
    /** @type {Frame} */ let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    if (frame.type === "snapshot") {
      this.#asked.delete(frame.ref);
      this.#subscriptions.snapshot(frame);
    } else if (frame.type === "ok") {
      this.#answer(frame.ref)?.resolve(frame);
    } else if (frame.type === "error") {
      this.#answer(frame.ref)?.reject(new Refusal(frame.code, frame.message));
      const names = this.#asked.get(frame.ref ?? -1);
      if (names && frame.retry_after_ms !== null) {
        // A subscription that was too early is asked for again.
        this.#asked.delete(frame.ref ?? -1);
        this.#environment.later(() => names.forEach((name) => this.#want(name)), frame.retry_after_ms);
      }
    } else if (frame.type !== "ping" && "topic" in frame && this.#subscriptions.push(frame)) {
      this.#want(frame.topic ?? "");
    }
  }

  /** @param {number | null} ref */
  #answer(ref) {
    const waiting = this.#waiting.get(ref ?? -1);
    this.#waiting.delete(ref ?? -1);
    if (waiting) this.#environment.never(waiting.timer);
    return waiting;
  }

  /** Subscribes to a topic with all others that are asked for in the same breath. @param {string} topic */
  #want(topic) {
    if (this.state !== "online" || !this.#subscriptions.has(topic)) return;
    if (!this.#wanted.size) queueMicrotask(() => this.#subscribe());
    this.#wanted.add(topic);
  }

  /** Leaves a topic, with all others that are left in the same breath. @param {string} topic */
  #leave(topic) {
    if (this.#wanted.delete(topic) || this.state !== "online") return;
    if (!this.#unwanted.size) queueMicrotask(() => this.#unsubscribe());
    this.#unwanted.add(topic);
  }

  #subscribe() {
    if (this.state !== "online") return;
    for (const topics of this.#subscriptions.batches(this.#wanted)) {
      const ref = ++this.#ref;
      this.#asked.set(ref, topics.map(({ topic }) => topic));
      const { epoch } = this.#subscriptions;
      const resumes = topics.some((topic) => "since" in topic);
      this.#send({ type: "subscribe", ref, ...(resumes ? { epoch } : {}), topics });
    }
    this.#wanted.clear();
  }

  /** Leaves what nobody listens to any more; a topic that was asked for again meanwhile stays. */
  #unsubscribe() {
    const topics = [...this.#unwanted].filter((topic) => !this.#subscriptions.has(topic));
    this.#unwanted.clear();
    // One command takes 200 names, which is all that a connection can have.
    if (topics.length) this.#send({ type: "unsubscribe", ref: ++this.#ref, topics });
  }

  /** @param {object} command */
  #send(command) {
    if (this.state !== "online") return false;
    this.#socket?.send(JSON.stringify(command));
    return true;
  }

  /** @param {Client["state"]} state */
  #say(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }
}
