// Signing in and out, in a real browser, against the mock.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { eventually, launch, open, screenshot, visitor } from "../browser.mjs";
import { Mock } from "../mock.mjs";

const CLERK = { id: 9, role: "clerk", label: "the till", at: 1 };
const ANN = { id: 10, role: "buyer", customer: "ann", at: 1 };

let browser, mock, context, page;
const begin = async (path, options = {}) => {
  mock = await new Mock({ anonymous: "none", tokens: { "of-clerk": CLERK, "of-ann": ANN }, ...options }).listen();
  context = await visitor(browser);
  page = await open(context, mock.url + path);
  page.expect_complaint(/401/);
};
before(async () => (browser = await launch()));
after(() => browser.close());
afterEach(async () => {
  await context.close();
  mock.close();
  page.check_complaints();
});

const sign_in = async (token) => {
  await page.getByLabel("Token").fill(token);
  await page.getByLabel("Token").press("Enter");
};
const asked = (path) => mock.requests.filter((request) => request.endsWith(path)).length;
// The token must not be in what other scripts, other people or logs can read.
const kept = () =>
  page.evaluate(() =>
    JSON.stringify([
      { ...localStorage },
      { ...sessionStorage },
      document.cookie,
      location.href,
      document.body.innerHTML,
    ]),
  );

test("the control room of a closed store opens for the staff, by keyboard alone, and closes again", async () => {
  await begin("/ops");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.equal(asked("/v1/metrics/live"), 0, "nothing is asked for that would be refused");
  await screenshot(page, "ops-sign-in");
  await page.locator("body").click();
  for (let tabs = 0; tabs < 12; ++tabs) {
    await page.keyboard.press("Tab");
    if ((await page.evaluate(() => document.activeElement?.id)) === "token") break;
  }
  await page.keyboard.type("of-clerk");
  await page.keyboard.press("Enter");
  await page.locator("tr[data-instance]").first().waitFor();
  await page.getByText("the till (clerk)").waitFor();
  assert.ok(!(await kept()).includes("of-clerk"));
  assert.ok(!mock.requests.some((request) => request.includes("of-clerk")));
  await page.reload();
  await page.getByText("the till (clerk)").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Token").waitFor();
  assert.equal(mock.sign_ins.size, 0);
});

test("a wrong token is told, and the field has the focus again", async () => {
  await begin("/ops");
  await sign_in("wrong");
  await page.getByText("This is not a token of the store").waitFor();
  await eventually(async () => assert.equal(await page.evaluate(() => document.activeElement.id), "token"));
  assert.equal(await page.getByLabel("Token").getAttribute("aria-invalid"), "true");
  await sign_in("of-clerk");
  await page.locator("tr[data-instance]").first().waitFor();
});

test("a token that does not open the control room is told what would", async () => {
  await begin("/ops");
  await sign_in("of-ann");
  await page.getByText("A token with the role “buyer” does not open the control room").waitFor();
});

test("when the token is revoked, the control room closes", async () => {
  await begin("/ops");
  page.expect_complaint(/ERR_|Failed to load/);
  await sign_in("of-clerk");
  await page.locator("tr[data-instance]").first().waitFor();
  mock.revoke("of-clerk");
  await page.getByLabel("Token").waitFor();
});

test("a closed shop asks for a token first", async () => {
  await begin("/");
  await page.getByRole("heading", { name: "Sign in to the shop" }).waitFor();
  assert.equal(asked("/v1/items"), 0);
  await sign_in("of-ann");
  await page.locator(".card").first().waitFor();
  await page.getByText("Stock is live").waitFor();
});

test("a buyer orders under its own name and sees its orders", async () => {
  await begin("/", { anonymous: "buyer" });
  await page.locator(".card").first().waitFor();
  await page.getByRole("link", { name: "Orders" }).click();
  await page.getByText("Sign in with your token to see your orders").waitFor();
  await sign_in("of-ann");
  await page.getByRole("heading", { name: "My orders" }).waitFor();
  await page.getByText("None yet.").waitFor();
  await page.goto(`${mock.url}/#/item/2`);
  await page
    .getByRole("button", { name: /Add|basket/i })
    .first()
    .click();
  await page.goto(`${mock.url}/#/basket`);
  await page.getByText("You order as ann.").waitFor();
  await page.getByRole("button", { name: /^Check out/ }).click();
  await page.getByText("You order as ann.").waitFor();
  await page.getByRole("button", { name: /^Place the order/ }).click();
  await page.getByText("Thank you.").waitFor();
  assert.equal(mock.orders[0].customer, "ann");
});

test("an open shop asks nobody to sign in", async () => {
  await begin("/", { anonymous: "all" });
  await page.locator(".card").first().waitFor();
  assert.equal(await page.getByText("Sign in").count(), 0);
});
