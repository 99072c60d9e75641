// Whether the server was updated since this page was made. The page goes on as it is; a reload brings the new one.

import { live } from "./live.js";

/** Pages that come back together do not ask together: each waits up to so many milliseconds. */
const SPREAD = 10_000;

class Build extends EventTarget {
  /** Whether the server is a newer one than the page. Says `change` when it becomes so. */ isOld = false;

  /** Compares the page's scripts with those that the server has now. */
  async compare() {
    const mine = document.querySelector("script[src^='/assets/']")?.getAttribute("src") ?? "";
    const answer = await fetch("/assets/build").catch(() => null);
    const theirs = answer?.ok ? await answer.text() : "";
    if (this.isOld || !theirs || mine.startsWith(`${theirs}/`)) return;
    this.isOld = true;
    this.dispatchEvent(new Event("change"));
  }
}

export const build = new Build();

/** An update is a restart: compares after each connection that was lost and is back. */
export function watchBuild() {
  let wasAway = false;
  live.addEventListener("change", () => {
    if (live.state === "waiting") wasAway = true;
    if (live.state !== "online" || !wasAway) return;
    wasAway = false;
    setTimeout(() => build.compare(), Math.random() * SPREAD);
  });
}
