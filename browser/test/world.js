// A client with everything around it made up: used by the tests of the client and of the golden frames.

import { Client } from "../live/client.js";
import { FakeSocket, FakeTime } from "./fake.js";

/** @param {Partial<import("../live/client.js").Environment>} [around] */
export function world(around = {}) {
  const time = new FakeTime();
  /** @type {FakeSocket[]} */ const sockets = [];
  const client = new Client({
    connect: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return /** @type {any} */ (socket);
    },
    like: () => Promise.reject(new Error("not by HTTP")),
    epoch: "e1",
    hasSession: () => true,
    random: () => 0.5,
    later: time.later,
    never: time.never,
    ...around,
  });
  return {
    client,
    time,
    sockets,
    /** The newest socket. */
    get socket() {
      const socket = sockets.at(-1);
      if (!socket) throw new Error("no socket was opened");
      return socket;
    },
    /** Starts the client and accepts its connection. */
    begin() {
      client.start();
      this.socket.open();
      return this;
    },
  };
}

/** Lets what was promised happen. */
export const settled = () => new Promise((done) => setImmediate(done));
