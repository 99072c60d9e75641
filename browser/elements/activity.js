// <plaudit-activity>: for a post's author, what happens to it right now.

import { live } from "../page/live.js";
import { PlauditElement } from "./element.js";
import { news } from "./fans.js";
import { isolate, watch, writing } from "./viewers.js";

/** How long a like is news. */
const NEWS = 60_000;

export class PlauditActivity extends PlauditElement {
  /** Who liked the post just now. */ #liked = "";
  #timer = this.timer();
  /** @type {import("../live/frames.js").People | null} */ #people = null;
  /** Whether the note under the conversation is in view: then that tells who writes. */ #isTold = false;

  /** @override */
  begin() {
    this.listen(news, "like", ({ detail: name }) => {
      this.#liked = name;
      this.#timer(NEWS, () => ((this.#liked = ""), this.#show()));
      this.#show();
    });
    this.ends(watch(this, (people) => {
      this.#people = people;
      this.#show();
    }));
    this.listen(live, "change", () => {
      if (live.state !== "online") this.#people = null;
      this.#show();
    });
    const note = document.querySelector(".typing");
    const seen = new IntersectionObserver((entries) => {
      this.#isTold = !!entries.at(-1)?.isIntersecting;
      this.#show();
    });
    if (note) seen.observe(note);
    this.ends(() => seen.disconnect());
  }

  #show() {
    const liked = this.#liked ? [isolate(this.#liked), " liked"] : [];
    const written = this.#isTold ? [] : writing(this.#people?.typing ?? []);
    this.replaceChildren(...liked, liked.length && written.length ? " · " : "", ...written);
  }
}
