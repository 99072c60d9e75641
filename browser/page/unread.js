// How much of what concerns this visitor is unread: in the header, in the tab's title, wherever a page shows it.

import { live } from "./live.js";
import { signal, signalCases } from "./signals.js";
import { compact } from "./text.js";

/** @typedef {import("../live/frames.js").UnreadNumbers} UnreadNumbers */

let version = -1;
let unread = 0;
/** How many cases wait in the inbox whose page this is. */ let waiting = 0;
const title = document.title.replace(/^\([^)]*\) /, "");

/** Follows the numbers from now on. */
export function watchUnread() {
  live.subscribe("unread", (news) => {
    const fresh = news.type === "snapshot" && news.fresh;
    const numbers = news.type === "snapshot" ? news.entry : news;
    if ("requests" in numbers && (fresh || numbers.version > version)) show(numbers);
  });
}

/** @param {UnreadNumbers} numbers */
function show(numbers) {
  version = numbers.version;
  signal(numbers);
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-unread]"))) {
    const number = numbers[/** @type {"conversations" | "requests" | "notifications"} */ (element.dataset["unread"])];
    element.textContent = compact(number);
    element.hidden = !number;
  }
  unread = numbers.conversations + numbers.notifications;
  showTitle();
}

/** So many cases wait in this page's inbox. @param {number} cases @param {number} at the version of this number @param {string} address */
export function showWaiting(cases, at, address) {
  waiting = cases;
  showTitle();
  signalCases(cases, at, address);
}

function showTitle() {
  const all = unread + waiting;
  document.title = all ? `(${compact(all)}) ${title}` : title;
}
