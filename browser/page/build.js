// Whether the server was updated since this page was made. Loaded when a connection was lost and is back: an update is a
// restart.

/** Compares the page's scripts with those that the server has now. */
export async function isOld() {
  const mine = document.querySelector("script[src^='/assets/']")?.getAttribute("src") ?? "";
  const answer = await fetch("/assets/build").catch(() => null);
  const theirs = answer?.ok ? await answer.text() : "";
  return theirs !== "" && !mine.startsWith(`${theirs}/`);
}
