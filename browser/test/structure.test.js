// How the sources stand: what the client may know, and what every element does.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const folder = new URL("../", import.meta.url);
/** The scripts of a folder, without comments. @param {string} name */
const scripts = (name) => readdirSync(new URL(name, folder)).filter((file) => file.endsWith(".js")).map((file) => ({
  file: name + file,
  text: readFileSync(new URL(name + file, folder), "utf8").replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, ""),
}));

test("the client knows no page: neither document nor location, and nothing outside of its folder", () => {
  for (const { file, text } of scripts("live/")) {
    const globals = /\b(document|window|location|navigator|history|self|globalThis|\w+Storage|fetch)\b(?!:)/.exec(text);
    assert.equal(globals, null, `${file}: ${globals?.[0]}`);
    for (const [, from] of text.matchAll(/ from "(.*)";/g)) assert.match(from ?? "", /^\.\/[\w-]+\.js$/, file);
  }
});

test("every element ends what it began", () => {
  for (const { file, text } of scripts("elements/")) {
    if (file === "elements/element.js") continue;
    assert.doesNotMatch(text, /extends HTMLElement|connectedCallback/, `${file}: PlauditElement does that`);
    // What an element listens to and waits for goes through its own methods, which end it.
    assert.doesNotMatch(text, /\.addEventListener\(|\bsetTimeout\(/, file);
  }
});
