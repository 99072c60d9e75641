// The pages without any script: everything works as a form.

import { expect, handle, like, newPost, PASSWORD, shows, test } from "./support.js";

test.use({ javaScriptEnabled: false });

test("sign up, post, like, log out and log in work without a script", async ({ page, person }) => {
  const other = await newPost(person);
  const name = handle();

  await page.goto("/");
  await like(page, other.id).click();
  await expect(page).toHaveURL(new RegExp(`/#post-${other.id}$`));
  await shows(page, other.id, 1, true);

  await page.getByRole("link", { name: "Sign up" }).first().click();
  await page.getByLabel("Handle").fill(`@${name.toUpperCase()}`);
  await page.getByLabel("Name").fill("Zoë");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign up" }).click();
  await shows(page, other.id, 1, true);

  await page.getByLabel("What deserves applause?").fill("No script was run <script>for this</script>");
  await page.getByRole("button", { name: "Post" }).click();
  const card = page.locator(".post").first();
  await expect(card).toContainText("No script was run <script>for this</script>");
  await expect(card).toContainText(`Zoë @${name}`);

  const own = Number((await card.getAttribute("id"))?.slice(5));
  await like(page, own).click();
  await shows(page, own, 1, true);
  await like(page, own).click();
  await shows(page, own, 0, false);

  await like(page, own).click();
  await page.locator(`#post-${own}`).getByRole("link", { name: "Who likes this" }).click();
  await expect(page.getByRole("listitem")).toContainText(`Zoë @${name}`);

  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page.getByRole("link", { name: "Log in" })).toBeVisible();
  await shows(page, own, 1, false);

  await page.getByRole("link", { name: "Log in" }).click();
  await page.getByLabel("Handle").fill(name);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await shows(page, own, 1, true);

  await page.locator(`#post-${own}`).getByLabel("More").click();
  await page.locator(`#post-${own}`).getByText("Remove…").click();
  await page.getByRole("button", { name: "Remove this post" }).filter({ visible: true }).click();
  await expect(page.locator(`#post-${own}`)).toHaveCount(0);
});

test("profiles, older posts, settings and reports work without a script", async ({ page, person, site }) => {
  const author = await person();
  const theirs = handle("ben");
  await author.request.post("/api/users", { data: { handle: theirs, password: PASSWORD, name: "Ben" } });
  /** @type {number[]} */ const ids = [];
  for (let post = 0; post < 21; post++) {
    ids.push((await (await author.request.post("/api/posts", { data: { text: `Thought ${post}` } })).json()).post.id);
  }
  const mine = handle();
  await page.request.post("/api/users", { data: { handle: mine, password: PASSWORD, name: "Ana" } });
  await page.goto(`/posts/${ids[0]}`);
  await page.locator(`#post-${ids[0]} .author`).click();
  await expect(page).toHaveURL(new RegExp(`/@${theirs}$`));
  await expect(page.locator(".post")).toHaveCount(20);
  await page.getByRole("link", { name: "Older posts" }).click();
  await expect(page.locator(".post")).toHaveCount(1);
  await like(page, ids[0] ?? 0).click();
  await shows(page, ids[0] ?? 0, 1, true);

  await page.locator(`#post-${ids[0]}`).getByLabel("More").click();
  await page.locator(`#post-${ids[0]}`).getByRole("link", { name: "Report" }).click();
  await page.getByLabel("What is wrong with it?").fill("Not a thought");
  await page.getByRole("button", { name: "Report" }).click();
  await expect(page.getByRole("heading", { name: "Thank you" })).toBeVisible();

  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByLabel("Name").fill("Ana Lima");
  await page.getByLabel("Bio").fill("Second row.");
  await page.getByRole("region", { name: "How you are shown" }).getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  await page.getByLabel("Current password").fill(PASSWORD);
  await page.getByLabel("New password").fill("four quite quiet words");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Your password is changed")).toBeVisible();
  await page.getByRole("link", { name: "Ana Lima" }).click();
  await expect(page.getByText("Second row.")).toBeVisible();

  // A moderator decides, on the next page that it opens.
  await site.order("user", "promote", mine);
  await page.goto("/moderation");
  const reported = page.locator(".cases > li").filter({ hasText: "Not a thought" });
  await expect(reported).toContainText("Thought 0");
  await reported.getByText("Remove…").click();
  await reported.getByRole("button", { name: "Remove the post now" }).click();
  await expect(page.getByText("Removed, for everybody.")).toBeVisible();
  expect((await page.goto(`/posts/${ids[0]}`))?.status()).toBe(404);

  await page.goto("/settings");
  await page.getByText("Delete my account…").click();
  await page.getByLabel("Your password").fill("four quite quiet words");
  await page.getByRole("button", { name: "Delete everything now" }).click();
  await expect(page.getByRole("heading", { name: "The curtain has fallen" })).toBeVisible();
  expect((await page.goto(`/@${mine}`))?.status()).toBe(404);
  await expect(page.getByRole("link", { name: "Log in" })).toBeVisible();
});

test("a refused form keeps what was typed and says at its field what is wrong", async ({ page }) => {
  await page.goto("/sign-up");
  await page.getByLabel("Handle").fill("no spaces!");
  await page.getByLabel("Name").fill("Ana");
  await page.getByLabel("Password").fill(PASSWORD);
  const answer = page.waitForResponse((response) => response.request().method() === "POST");
  await page.getByRole("button", { name: "Sign up" }).click();
  expect((await answer).status()).toBe(400);
  const field = page.getByLabel("Handle");
  await expect(field).toHaveValue("no spaces!");
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(field).toHaveAccessibleDescription(/2 to 30 characters of a to z/);
  await expect(page.getByLabel("Name")).toHaveValue("Ana");
  await expect(page.getByLabel("Password")).toHaveValue("");
});

test("a wrong password and an unknown handle look the same", async ({ page, person }) => {
  const someone = await person();
  const name = handle();
  await someone.request.post("/api/users", { data: { handle: name, password: PASSWORD } });
  const said = [];
  for (const [who, password] of [[name, "not this one"], [handle(), PASSWORD]]) {
    await page.goto("/log-in");
    await page.getByLabel("Handle").fill(who ?? "");
    await page.getByLabel("Password").fill(password ?? "");
    const answer = page.waitForResponse((response) => response.request().method() === "POST");
    await page.getByRole("button", { name: "Log in" }).click();
    expect((await answer).status()).toBe(401);
    said.push(await page.getByRole("alert").textContent());
  }
  expect(said[0]).toBe(said[1]);
});

test("a form that is sent twice posts once", async ({ person }) => {
  const member = await person();
  await member.request.post("/api/users", { data: { handle: handle(), password: PASSWORD } });
  const form = { text: "Only once", key: "the-same-form" };
  const [one, two] = await Promise.all([1, 2].map(() => member.request.post("/posts", { form, maxRedirects: 0 })));
  expect(one?.headers()["location"]).toMatch(/^\/#post-\d+$/);
  expect(two?.headers()["location"]).toBe(one?.headers()["location"]);
});

test("addresses that lead nowhere are a page, and forms lead only back to this site", async ({ page, person }) => {
  for (const path of ["/nowhere", "/posts/0", "/posts/01", "/posts/9007199254740992", "/posts/%ff", "/posts/a%2fb", "/posts/999999/likes"]) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(404);
    await expect(page.getByRole("heading", { name: "The stage is empty" })).toBeVisible();
  }
  const post = await newPost(person);
  for (const next of ["//evil.example", "/\\evil.example", "https://evil.example/", "/%0d%0a", "javascript:alert(1)"]) {
    const form = { on: "1", next };
    const answer = await page.request.post(`/posts/${post.id}/like`, { form, maxRedirects: 0 });
    expect(answer.status()).toBe(303);
    const where = new URL(answer.headers()["location"] ?? "", "https://here.example");
    expect(where.host, next).toBe("here.example");
  }
});
