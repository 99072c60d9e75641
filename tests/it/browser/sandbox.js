// `plaudit sms-sandbox` on a port of its own, and a site that takes down what it is told. Ends only what it started.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

const binary = process.env["PLAUDIT_BIN"] ?? "target/debug/plaudit";

export class Sandbox {
  /** @type {import("node:child_process").ChildProcess | null} */ #process = null;
  #folder = mkdtempSync(join(tmpdir(), "plaudit-sandbox-"));
  url = "";

  /** The file with the secret, made at the start. */
  get secretFile() {
    return join(this.#folder, "secret");
  }

  /** @param {string} hook @param {string[]} more @param {string} [listen] */
  async start(hook, more = [], listen = "127.0.0.1:0") {
    const words = ["sms-sandbox", "--listen", listen, "--hook", hook, "--secret-file", this.secretFile, ...more];
    const child = spawn(binary, words, { stdio: ["ignore", "pipe", "ignore"] });
    this.#process = child;
    this.url = await new Promise((done, fail) => {
      child.stdout?.on("data", (text) => {
        const address = /http:\/\/\S+/.exec(`${text}`);
        if (address) done(address[0]);
      });
      child.once("exit", (code) => fail(new Error(`plaudit sms-sandbox ended with ${code}`)));
      child.once("error", fail);
    });
    return this;
  }

  /** The site sends a text. @param {string} to @param {string} text @param {string} [from] */
  async send(to, text, from = "+15550100") {
    const secret = readFileSync(this.secretFile, "utf8").trim();
    const authorization = `Basic ${Buffer.from(`AC1:${secret}`).toString("base64")}`;
    const body = new URLSearchParams({ To: to, From: from, Body: text });
    const path = "/2010-04-01/Accounts/AC1/Messages.json";
    return fetch(this.url + path, { method: "POST", headers: { authorization }, body });
  }

  async stop() {
    const child = this.#process;
    this.#process = null;
    if (!child) return;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    await ended;
  }

  async remove() {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A site that only listens: the texts that it was told of, in their order, all answered with its status. */
export class Listener {
  /** @type {string[]} */ texts = [];
  status = 200;
  #server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    this.texts.push(new URLSearchParams(body).get("Body") ?? "");
    response.writeHead(this.status).end();
  });
  hook = "";

  async start() {
    await new Promise((done) => this.#server.listen(0, "127.0.0.1", () => done(null)));
    const address = /** @type {import("node:net").AddressInfo} */ (this.#server.address());
    this.hook = `http://127.0.0.1:${address.port}/hooks/sms/shop`;
    return this;
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
