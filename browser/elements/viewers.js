// <plaudit-viewers>: how many look at a post now, up to eight of their faces, and who writes.

import { face } from "../page/markup.js";
import { live } from "../page/live.js";
import { viewer } from "../page/session.js";
import { compact } from "../page/text.js";
import { PlauditElement } from "./element.js";

/** @typedef {import("../live/frames.js").People} People */
/** @typedef {import("../live/frames.js").User} User */

/**
 * Who looks at a post, whole, as often as that changes.
 * @param {HTMLElement} element @param {(people: People) => void} show
 */
export function watch(element, show) {
  return live.subscribe(`post:${element.getAttribute("post")}/presence`, (news) => {
    const people = news.type === "presence" ? /** @type {People} */ (news) : news.type === "snapshot" && "faces" in news.entry ? news.entry : null;
    if (people) show(people);
  });
}

/** `Ben is writing`, of everybody else, in parts. @param {User[]} typing @returns {(string | Node)[]} */
export function writing(typing) {
  const [one, two, three] = typing.filter(({ id }) => id !== viewer.id).map(({ name }) => isolate(name));
  if (!one) return [];
  return three ? ["Several people are writing"] : two ? [one, " and ", two, " are writing"] : [one, " is writing"];
}

/** A name that does not turn the sentence around that it stands in. @param {string} name */
export function isolate(name) {
  const bdi = document.createElement("bdi");
  bdi.textContent = name;
  return bdi;
}

/** `12 people are here`. @param {number} viewers */
export const here = (viewers) => (viewers > 1 ? `${compact(viewers)} people are here` : "Only you are here");

export class PlauditViewers extends PlauditElement {
  #shown = "";

  /** @override */
  begin() {
    this.ends(watch(this, (people) => this.#show(people)));
    this.listen(live, "change", () => live.state !== "online" && this.#forget());
  }

  /** Who is here is not known while the server is away. */
  #forget() {
    this.classList.add("unknown");
    for (const place of this.querySelectorAll(".typing, .number, .faces")) place.replaceChildren();
    const number = this.querySelector(".number");
    if (number && this.#shown) number.textContent = "Not connected";
    this.#shown = "";
  }

  /** An element shows what it has a place for. @param {People} people */
  #show({ viewers, faces, typing }) {
    const [line, number, list] = [".typing", ".number", ".faces"].map((place) => this.querySelector(place));
    this.classList.remove("unknown");
    const said = writing(typing);
    if (line) line.replaceChildren(...said, said.length ? "…" : "");
    if (number) number.textContent = here(viewers);
    const shown = JSON.stringify(faces);
    if (!list || shown === this.#shown) return;
    this.#shown = shown;
    list.replaceChildren(...faces.map(portrait));
  }
}

/** @param {User} user */
function portrait(user) {
  const li = document.createElement("li");
  const img = new Image(44, 44);
  img.className = "avatar";
  img.src = face(user);
  img.alt = img.title = user.name;
  li.append(img);
  return li;
}
