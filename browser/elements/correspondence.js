// Writing in a conversation of two: what is sent stands there at once and one goes out after the other; editing and
// removing. Driven by <plaudit-direct>.

import { Refusal } from "../live/refusal.js";
import { now } from "../page/clock.js";
import { call } from "../page/http.js";
import { live } from "../page/live.js";
import { viewer } from "../page/session.js";
import { sentence } from "./comment.js";
import { messageId, outboxOf } from "./message.js";
import { PendingList } from "./pending.js";

/** @typedef {import("../live/frames.js").Message} Message */
/** @typedef {import("./message-form.js").PlauditMessageForm} PlauditMessageForm */
/**
 * @typedef {object} Host the conversation
 * @property {(message: Message) => HTMLElement} render
 * @property {(li: HTMLElement) => void} place
 * @property {(message: Message) => void} take
 * @property {(author: import("../live/frames.js").User) => boolean} isOwn
 * @property {() => number | null} seen the place of what an answer is written against
 */

export class Correspondence {
  /** @type {PendingList<Message>} */ #pending;
  /** The latest sending: what was written first arrives first. @type {Promise<unknown>} */ #latest = Promise.resolve();
  /** The version that an edit began from. */ #base = "";
  #form;

  /** @param {number} conversation @param {PlauditMessageForm} form @param {Host} host */
  constructor(conversation, form, { render, place, take, isOwn, seen }) {
    this.#form = form;
    const author = { id: viewer.id, handle: null, name: "", bio: "", kind: /** @type {const} */ ("member") };
    this.#pending = new PendingList({
      what: "message",
      kept: outboxOf(conversation),
      send: ({ key, text }) => {
        // What it is written against is known now, and not when its turn comes.
        const place = seen();
        const what = place === null ? { key, text } : { key, text, seen: place };
        return this.#inTurn(async () => {
          const byHttp = () => call("POST", `/conversations/${conversation}/messages`, what);
          return (await live.write({ type: "message", conversation, ...what }, byHttp)).message;
        });
      },
      render: ({ text }, id) => {
        const created_at = new Date(now()).toISOString();
        return render({ id, conversation, author, text, created_at, edited_at: null, seq: Infinity, delivery: null });
      },
      place: (li) => place(li),
      take,
      isOwn,
    });
  }

  /** @param {() => Promise<Message>} send */
  #inTurn(send) {
    const sent = this.#latest.then(send, send);
    this.#latest = sent;
    return sent;
  }

  /** Shows what is on its way, on a list that is new. */
  show() {
    this.#pending.show();
  }

  /** The connection is back. */
  retry() {
    this.#pending.retry();
  }

  /** Where a message shows that is on its way. @param {Message} message */
  find(message) {
    return this.#pending.find(message);
  }

  /** Sends once more what shows there. @param {HTMLElement} li */
  again(li) {
    /** @type {HTMLElement | null} */ (li.querySelector(".said"))?.focus();
    this.#pending.again(li);
  }

  /** Takes back what could not be sent, to be said in another way. @param {HTMLElement} li */
  back(li) {
    this.#form.take(this.#pending.back(li)?.text ?? "");
  }

  /** Opens a message's text in the form. @param {HTMLElement} li */
  edit(li) {
    this.#base = li.dataset["edited"] ?? "";
    this.#form.edit(messageId(li), li.dataset["text"] ?? "");
  }

  /** Says what the form holds. @param {string} text @param {(message: Message) => void} edited */
  async say(text, edited) {
    const { edits } = this.#form;
    if (!edits) {
      this.#form.close();
      return this.#pending.write(text, null);
    }
    try {
      const { message } = await call("PATCH", `/messages/${edits}`, { text, edited_at: this.#base || null });
      this.#form.close();
      edited(message);
    } catch (why) {
      this.#form.fail(sentence(why));
    }
  }

  /** Removes a message, for both. Gives why not; empty: it is gone. @param {number} id */
  async remove(id) {
    try {
      await call("DELETE", `/messages/${id}`);
      return "";
    } catch (why) {
      return why instanceof Refusal && why.code === "not_found" ? "" : sentence(why);
    }
  }
}
