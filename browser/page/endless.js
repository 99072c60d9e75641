// Older posts come by themselves as one nears the end of a list, and are there again for those who come back.

import { announce } from "./announce.js";
import { read } from "./read.js";

/** From this many on, the link to older posts is only a link: a page has an end, and so has what it asks for. */
const MOST = 200;
/** What is asked for at once by those who come back. */
const MANY = "&limit=100";
/** After a failure it is tried again this much later. */
const AGAIN = 5000;
/** A scroll has ended when nothing moved for this long. */
const REST = 150;

/**
 * Goes on with a list from the page that its "older" link leads to.
 * @param {HTMLElement} feed with a `.posts`, and an `a[rel=next]` as long as there is more
 * @returns {() => void} stops
 */
export function endless(feed) {
  const list = /** @type {HTMLElement} */ (feed.querySelector(".posts"));
  const link = /** @type {HTMLAnchorElement | null} */ (feed.querySelector("a[rel=next]"));
  if (!link) return () => {};
  const observer = new IntersectionObserver((entries) => entries.at(-1)?.isIntersecting && more(), {
    rootMargin: "100% 0px",
  });
  let isOver = false;
  const watch = () => !isOver && link.isConnected && list.children.length < MOST && observer.observe(link);

  /** One more page at the end of the list. */
  const more = async () => {
    observer.disconnect();
    try {
      announce(`${await load("")} older posts`);
      // Whoever has stopped scrolling before they came leaves no other note.
      note();
      watch();
    } catch (status) {
      // The link still leads there. What the server has refused it would refuse again.
      if (!(Number(status) >= 400 && Number(status) < 500)) timer = setTimeout(watch, AGAIN);
    }
  };

  /** @param {string} limit */
  const load = async (limit) => {
    const page = await read(link.href + limit);
    const cards = [...page.querySelectorAll(".posts > .post")].filter(({ id }) => !document.getElementById(id));
    list.append(...cards);
    const next = /** @type {HTMLAnchorElement | null} */ (page.querySelector("a[rel=next]"));
    if (next) link.href = next.href;
    else link.remove();
    // From now on the browser alone can't find the place again.
    history.scrollRestoration = "manual";
    return cards.length;
  };

  /** Back to the place that was left, through as many pages as it takes. */
  const back = async () => {
    const { post, top } = history.state ?? {};
    if (history.scrollRestoration === "auto" || !post) return;
    const card = () => document.getElementById(post)?.getBoundingClientRect();
    while (!card() && link.isConnected && list.children.length < MOST) await load(MANY);
    scrollBy({ top: (card()?.top ?? top) - top, behavior: "instant" });
  };

  /** @type {any} */ let timer = null;
  /** @type {any} */ let resting = null;
  const note = () => {
    const card = [...list.children].find((card) => card.getBoundingClientRect().bottom > 100);
    if (history.scrollRestoration === "auto" || !card) return;
    history.replaceState({ post: card.id, top: card.getBoundingClientRect().top }, "");
  };
  const scrolled = () => {
    clearTimeout(resting);
    resting = setTimeout(note, REST);
  };

  addEventListener("scroll", scrolled, { passive: true });
  // A click may leave before the scroll has come to rest.
  addEventListener("click", note, true);
  back().then(watch, watch);
  return () => {
    isOver = true;
    observer.disconnect();
    clearTimeout(timer);
    clearTimeout(resting);
    removeEventListener("scroll", scrolled);
    removeEventListener("click", note, true);
  };
}
