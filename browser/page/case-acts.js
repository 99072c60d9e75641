// What an agent does with a case: take it, hand it over, snooze, close, open it.

import { Refusal } from "../live/refusal.js";
import { sentence } from "../elements/comment.js";
import { announce } from "./announce.js";
import { now } from "./clock.js";
import { call } from "./http.js";
import { one } from "./one.js";
import { read } from "./read.js";
import { viewer } from "./session.js";

/**
 * Does what a form says. Gives why it was not done; empty: it is.
 * @param {HTMLFormElement} form @param {HTMLElement | null} submitter @param {string} conversation
 */
export async function carryOut(form, submitter, conversation) {
  const data = new FormData(form, submitter);
  const given = (/** @type {string} */ name) => `${data.get(name) ?? ""}`;
  const seconds = Number(given("seconds"));
  const what = form.action.endsWith("/status") ? "status" : "assignee";
  const until = seconds ? new Date(now() + seconds * 1000).toISOString() : null;
  const body = what === "status" ? { status: given("status"), until } : { agent: given("agent") || null, expect: given("expect") || null };
  try {
    const answer = await call("PUT", `/conversations/${conversation}/${what}`, body);
    document.dispatchEvent(new CustomEvent("case", { detail: answer.case }));
    announce("Done");
    return "";
  } catch (why) {
    return why instanceof Refusal && why.code === "taken" ? `${sentence(why)} Look once more before you take it.` : sentence(why);
  }
}

/** Shows how a case stands. @param {HTMLElement} within @param {import("../live/frames.js").Case} stands */
export function dressAs(within, { customer, assignee, status, until, waiting_since }) {
  const find = (/** @type {string} */ selector) => one(within, selector);
  find(".assignee").textContent = !assignee ? "Nobody’s" : assignee.id === viewer.id ? "Yours" : `${assignee.name}’s`;
  for (const expect of within.querySelectorAll("[name=expect]")) expect.setAttribute("value", assignee?.handle ?? "");
  const select = within.querySelector("select");
  if (select && select !== document.activeElement) select.value = assignee?.handle ?? "";
  find(".take").hidden = assignee?.id === viewer.id;
  find(".set-open").hidden = status === "open";
  find(".set-closed").hidden = status === "closed";
  const moment = (/** @type {string} */ at) => new Date(at).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
  const state = { open: "Open", snoozed: `Snoozed until ${until ? moment(until) : ""}`, closed: "Closed" }[status];
  const waits = status === "open" && waiting_since ? `, no answer since ${moment(waiting_since)}` : "";
  find(".state dd").textContent = state + waits;
  find(".who-is").textContent = customer.user.name;
  find(".opted-out").hidden = !customer.opted_out;
  const write = /** @type {HTMLElement | null} */ (within.querySelector("plaudit-message-form"));
  if (write) write.hidden = !!customer.opted_out;
}

/** Who else is at a case, and what they do there. @param {import("../live/frames.js").Agents} agents */
export function companyOf({ viewers, typing }) {
  const others = viewers.filter(({ id }) => id !== viewer.id).map((user) => {
    const mode = typing.find((it) => it.user.id === user.id)?.mode;
    return `${user.name} ${mode === "reply" ? "is answering…" : mode === "note" ? "writes a note…" : "is looking at this too"}`;
  });
  return others.slice(0, 3).join(" · ") + (others.length > 3 ? ` · and ${others.length - 3} more` : "");
}

/** The list of cases as the server shows it now; null: it can't be had. */
export async function readRows() {
  return (await read(location.href).catch(() => null))?.querySelector("plaudit-cases .rows") ?? null;
}
