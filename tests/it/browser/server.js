// The real binary on a port of its own, with data of its own. Ends only what it started.

import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const binary = process.env["PLAUDIT_BIN"] ?? "target/debug/plaudit";

export class Server {
  /** @type {import("node:child_process").ChildProcess | null} */ #process = null;
  #data = mkdtempSync(join(tmpdir(), "plaudit-browser-"));
  #listen = "127.0.0.1:0";
  #environment;
  url = "";

  /** @param {Record<string, string>} environment */
  constructor(environment) {
    this.#environment = environment;
  }

  /** Starts it; on the port it had before, if it ran before. */
  async start() {
    const child = spawn(binary, ["serve", "--listen", this.#listen, "--data", this.#data], {
      env: { ...process.env, PLAUDIT_LOG: "warn", ...this.#environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#process = child;
    this.url = await new Promise((done, fail) => {
      let said = "";
      child.stdout?.on("data", (text) => {
        said += text;
        const address = /http:\/\/[\w.:[\]]+/.exec(said);
        if (address && said.includes("\n")) done(address[0]);
      });
      child.once("exit", (code) => fail(new Error(`plaudit ended with ${code}: ${said}`)));
      child.once("error", fail);
    });
    this.#listen = new URL(this.url).host;
    return this;
  }

  /** What an operator does on the command line, beside it: `plaudit user promote ana`. @param {string[]} words */
  async order(...words) {
    await promisify(execFile)(binary, [...words, "--data", this.#data]);
  }

  /** Ends it as a power cut would. */
  async kill() {
    const child = this.#process;
    this.#process = null;
    if (!child) return;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await ended;
  }

  /** Ends it and takes its data away. */
  async remove() {
    await this.kill();
    rmSync(this.#data, { recursive: true, force: true });
  }
}
