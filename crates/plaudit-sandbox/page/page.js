// Telephones in the browser: what they have sent and got comes by server-sent events, what they send goes by fetch.

import { segments } from "../../../browser/page/segments.js";

/** @typedef {{number: string, on: boolean}} Phone */
/**
 * @typedef {{sid: string, direction: "inbound" | "outbound-api" | "outbound-reply", from: string, to: string, body: string,
 *   status: string, told: string | null, at: number}} Message
 */

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const part = (/** @type {ParentNode} */ of, /** @type {string} */ selector) =>
  /** @type {HTMLElement} */ (of.querySelector(selector));

/** So near to its end a screen follows what comes. */
const NEAR = 80;

/** @type {Map<string, HTMLElement>} */ const phones = new Map();
/** @type {Map<string, Message>} */ const messages = new Map();
/** Whether what comes is new to whoever looks. */ let live = false;

/** @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<string>} what went wrong */
async function ask(method, path, body) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(path, { method, headers, body: JSON.stringify(body ?? {}) }).catch(() => null);
  if (answer?.ok) return "";
  const said = await answer?.json().catch(() => null);
  return said?.message ?? "The sandbox can't be reached: is it still running?";
}

/** @param {string} number */
function shown(number) {
  const [, area, first, line] = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number) ?? [];
  return area ? `+1 ${area} ${first} ${line}` : number;
}

/** @param {Phone} phone */
function make({ number }) {
  const template = /** @type {HTMLTemplateElement} */ (element("phone"));
  const phone = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
  const path = `/phones/${encodeURIComponent(number)}`;
  const [form, said, count] = [part(phone, "form"), part(phone, "form .said"), part(phone, ".count")];
  const text = /** @type {HTMLTextAreaElement} */ (part(phone, "textarea"));
  const on = /** @type {HTMLInputElement} */ (part(phone, ".switch input"));
  part(phone, "h2").textContent = shown(number);
  phone.setAttribute("aria-label", `Telephone ${shown(number)}`);
  part(phone, ".screen").setAttribute("aria-label", `Messages of ${shown(number)}`);
  text.setAttribute("aria-label", `Text message from ${shown(number)}`);
  on.addEventListener("change", () => ask("PUT", path, { on: on.checked }));
  part(phone, ".remove").addEventListener("click", async () => {
    await ask("DELETE", path);
    element("new-number").focus();
  });
  const tell = () => {
    const { count: many, left, encoding } = segments(text.value);
    const kind = encoding === "ucs2" ? ", with characters that take more room" : "";
    count.textContent = many === 0 ? "" : `${many} ${many === 1 ? "message" : "messages"}, ${left} left${kind}`;
  };
  text.addEventListener("input", tell);
  text.addEventListener("keydown", (event) => {
    // A keyboard on the screen has no other way to a new line.
    const sends = event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
    if (!sends || !matchMedia("(pointer: fine)").matches) return;
    event.preventDefault();
    /** @type {HTMLFormElement} */ (form).requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const written = text.value;
    if (!written.trim()) return;
    // Empty at once, so that Enter twice is one message; what fails comes back.
    text.value = "";
    tell();
    said.textContent = await ask("POST", `${path}/messages`, { text: written });
    if (said.textContent && !text.value) text.value = written;
    tell();
    text.focus();
  });
  return phone;
}

/** @param {Phone[]} list */
function showPhones(list) {
  const there = new Set(list.map(({ number }) => number));
  for (const [number, phone] of phones) {
    if (!there.has(number)) {
      phone.remove();
      phones.delete(number);
    }
  }
  for (const phone of list) {
    let shown = phones.get(phone.number);
    if (!shown) {
      shown = make(phone);
      phones.set(phone.number, shown);
      element("phones").append(shown);
      for (const message of messages.values()) if (side(message) === phone.number) showMessage(message);
    }
    const on = /** @type {HTMLInputElement} */ (part(shown, ".switch input"));
    on.checked = phone.on;
    part(shown, ".switch span").textContent = phone.on ? "On" : "Off";
  }
  element("empty").hidden = list.length > 0;
}

/** The telephone of a message. @param {Message} message */
const side = (message) => (message.direction === "inbound" ? message.from : message.to);

/** What became of it, and whether that is bad. @param {Message} message @returns {[string, boolean]} */
function fate({ direction, status, told }) {
  if (direction === "inbound") return told === null ? ["On its way …", false] : [told, told !== "The site has it."];
  if (direction === "outbound-reply") return ["From the provider, not from the site", false];
  return status === "undelivered" ? ["Not delivered: this telephone is off", true] : [`The provider says: ${status}`, false];
}

/** @param {Message} message */
function showMessage(message) {
  const phone = phones.get(side(message));
  if (!phone) return;
  const screen = part(phone, ".screen");
  const follows = screen.scrollHeight - screen.scrollTop - screen.clientHeight < NEAR;
  const list = part(phone, "ol");
  let entry = [...list.children].find((entry) => /** @type {HTMLElement} */ (entry).dataset["sid"] === message.sid);
  if (!entry) {
    entry = document.createElement("li");
    /** @type {HTMLElement} */ (entry).dataset["sid"] = message.sid;
    entry.append(document.createElement("span"), document.createElement("span"));
    list.append(entry);
    const isMine = message.direction === "inbound";
    if (live && !isMine) {
      const heard = document.createElement("p");
      heard.textContent = `${shown(message.to)} got: ${message.body}`;
      element("heard").replaceChildren(...[...element("heard").children].slice(-9), heard);
    }
  }
  const [bubble, below] = /** @type {[HTMLElement, HTMLElement]} */ ([...entry.children]);
  const [words, bad] = fate(message);
  entry.className = `${message.direction === "inbound" ? "mine" : "theirs"}${message.body ? "" : " erased"}`;
  bubble.className = "bubble";
  bubble.textContent = message.body || "This text was erased.";
  below.className = `fate${bad ? " bad" : ""}`;
  below.textContent = words;
  if (follows) screen.scrollTop = screen.scrollHeight;
}

/** @param {string} sid */
function removeMessage(sid) {
  messages.delete(sid);
  document.querySelector(`li[data-sid="${CSS.escape(sid)}"]`)?.remove();
}

/** @param {string} data */
function hear(data) {
  const news = JSON.parse(data);
  if (news.type === "state") {
    live = false;
    element("number").textContent = shown(news.number);
    element("chaos").hidden = !news.chaos;
    const there = new Set(news.messages.map((/** @type {Message} */ message) => message.sid));
    for (const sid of [...messages.keys()]) if (!there.has(sid)) removeMessage(sid);
    for (const message of news.messages) messages.set(message.sid, message);
    showPhones(news.phones);
    for (const message of news.messages) showMessage(message);
    live = true;
  } else if (news.type === "phones") {
    showPhones(news.phones);
  } else if (news.type === "removed") {
    removeMessage(news.sid);
  } else if (news.type === "message") {
    messages.set(news.message.sid, news.message);
    showMessage(news.message);
  }
}

element("add").addEventListener("submit", async (event) => {
  event.preventDefault();
  const number = /** @type {HTMLInputElement} */ (element("new-number"));
  const wrong = await ask("POST", "/phones", { number: number.value.trim() || null });
  element("add-said").textContent = wrong;
  if (!wrong) number.value = "";
});

// The browser connects again by itself, and gets everything anew.
const events = new EventSource("/events");
events.addEventListener("message", ({ data }) => hear(data));
events.addEventListener("open", () => (element("connection").textContent = ""));
events.addEventListener("error", () => {
  element("connection").textContent = "The sandbox can't be reached. This page goes on as soon as it is back.";
});
