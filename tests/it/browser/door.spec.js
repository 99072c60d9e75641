// Whose page it is, where it lives, whether its cookie stayed: what people read when one of them is not as it should be.

import { createServer, request } from "node:http";
import { expect, newPost, PASSWORD, photograph, signUp, test } from "./support.js";
import { Server } from "./server.js";

test.setTimeout(90_000);

test("a form of a page that was made for somebody else changes nothing and gives the text back", async ({ person }) => {
  const post = await newPost(person);
  const context = await person({ javaScriptEnabled: false });
  await signUp(context, "Ana");
  const page = await context.newPage();
  await page.goto(`/posts/${post.id}`);
  await page.getByLabel("Write a comment").fill("Between you and me,\nthis is Ana.");
  // In another tab somebody else signs up.
  const { handle } = await signUp(context, "Ben");
  const answer = page.waitForResponse((response) => response.request().method() === "POST");
  await page.getByRole("button", { name: "Comment" }).click();
  expect((await answer).status()).toBe(409);
  await expect(page.getByRole("heading", { name: "This page was made for another account" })).toBeVisible();
  await expect(page.getByText(`You are logged in as Ben (@${handle}) now.`)).toBeVisible();
  await expect(page.getByLabel("What you wrote")).toHaveValue("Between you and me,\nthis is Ana.");
  expect((await (await context.request.get(`/api/posts/${post.id}/comments`)).json()).items).toEqual([]);
  await page.getByRole("link", { name: "Reload the page" }).click();
  await expect(page).toHaveURL(`/posts/${post.id}`);
  await page.getByLabel("Write a comment").fill("This is Ben.");
  await page.getByRole("button", { name: "Comment" }).click();
  await expect(page.getByText("This is Ben.")).toBeVisible();
});

test("going back after a log-out shows nothing private", async ({ person }) => {
  const context = await person({ javaScriptEnabled: false });
  await signUp(context, "Ana Private");
  const page = await context.newPage();
  await page.goto("/settings");
  await expect(page.getByLabel("Name")).toHaveValue("Ana Private");
  await page.getByRole("navigation", { name: "Account" }).getByRole("button", { name: "Log out" }).click();
  await expect(page).toHaveURL("/");
  await page.goBack();
  await expect(page).toHaveURL("/log-in?next=%2Fsettings");
  await expect(page.getByText("Ana Private")).toHaveCount(0);
});

test("a log-in whose cookie the browser does not keep says so", async ({ person, site }) => {
  const someone = await person();
  const { handle } = await signUp(someone);
  // A browser that keeps no cookie, as the site sees it: none ever reaches it.
  const { port } = new URL(site.url);
  const between = createServer((asked, answer) => {
    const { method, url, headers } = asked;
    asked.pipe(request({ host: "127.0.0.1", port, method, path: url, headers }, (given) => {
      delete given.headers["set-cookie"];
      answer.writeHead(given.statusCode ?? 500, given.headers);
      given.pipe(answer);
    }));
  });
  await new Promise((listening) => between.listen(0, "127.0.0.1", () => listening(undefined)));
  try {
    const page = await (await person({ javaScriptEnabled: false })).newPage();
    const address = /** @type {import("node:net").AddressInfo} */ (between.address());
    await page.goto(`http://127.0.0.1:${address.port}/log-in?next=/docs`);
    await page.getByLabel("Handle").fill(handle);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Log in" }).click();
    await expect(page.getByRole("heading", { name: "Your browser did not keep the cookie" })).toBeVisible();
    await page.getByRole("link", { name: "Go on without" }).click();
    await expect(page).toHaveURL(/\/docs$/);
  } finally {
    between.closeAllConnections();
    between.close();
  }
});

test("the pages that say it look right, narrow and wide, light and dark", async ({ person }) => {
  const post = await newPost(person);
  const context = await person();
  const page = await context.newPage();
  await page.goto("/welcome");
  await photograph(page, "no-cookie");
  await signUp(context, "Ana");
  await page.goto(`/posts/${post.id}`);
  await page.evaluate(() => document.querySelectorAll("input[name=user]").forEach((input) => input.setAttribute("value", "1")));
  await page.evaluate((id) => {
    const form = /** @type {HTMLFormElement} */ (document.querySelector(`form[action="/posts/${id}/comments"]`));
    /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea")).value = "A text that was typed for nothing.\n".repeat(4);
    form.submit();
  }, post.id);
  await expect(page.getByLabel("What you wrote")).toBeVisible();
  await photograph(page, "other-user");
  const server = await new Server({ PLAUDIT_PUBLIC_URL: "https://plaudit.example.org" }).start();
  try {
    await page.goto(`${server.url}/log-in`);
    await page.getByLabel("Handle").fill("ana");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Log in" }).click();
    await expect(page.getByText("This site is at https://plaudit.example.org.")).toBeVisible();
    await expect(page.getByText("PLAUDIT_PUBLIC_URL")).toBeVisible();
    await photograph(page, "wrong-address");
  } finally {
    await server.remove();
  }
});
