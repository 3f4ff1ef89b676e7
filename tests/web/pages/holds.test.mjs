// The check-out: the basket is held while its customer pays, against the mock.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, visitor } from "../browser.mjs";
import {
  at_check_out,
  browser,
  check_out,
  context,
  live,
  mock,
  order_button,
  stock,
  visit,
  without_holds,
} from "../storefront.mjs";

const held = (item) => mock.items.get(item).held ?? 0;
const shows = (page, text) =>
  eventually(async () => assert.equal((await page.locator(".stock").first().innerText()).trim(), text));
const asked = (what) => mock.requests.filter((one) => one === what).length;
async function basket_of(item, pieces = 1, who = context) {
  const page = await visit("#/", who);
  for (let times = 0; times < pieces; ++times)
    await page.locator(`.card[data-item="${item}"]`).getByRole("button").click();
  await page.goto(`${mock.url}/#/basket`);
  await page.locator(".line .stock[data-stock]").waitFor();
  return page;
}
const seconds_left = async (page) => {
  const [minutes, seconds] = (await page.getByRole("timer").innerText()).split(":").map(Number);
  return minutes * 60 + seconds;
};

test("the basket is held at check-out, seen by others at once, and bought at the held price", async () => {
  const page = await basket_of(2, 2);
  const other = await visit("#/item/2", await visitor(browser));
  await live(other);
  assert.match(await order_button(page).innerText(), /^Check out · 99\.90$/);
  await check_out(page);
  await shows(other, "10 in stock");
  assert.match(await other.locator(".moves").innerText(), /2 pieces in a check-out/);
  assert.deepEqual([stock(2), held(2), mock.orders.length], [12, 2, 0]);
  const left = await seconds_left(page);
  assert.ok(left > 590 && left <= 600, left);
  await eventually(async () => assert.ok((await seconds_left(page)) < left));
  mock.reprice(2, 9999);
  assert.match(await order_button(page).innerText(), /^Place the order · 99\.90$/);
  await order_button(page).click();
  await page.getByText("Thank you").waitFor();
  assert.deepEqual([stock(2), held(2), mock.orders[0].total], [10, 0, 9990]);
  await shows(other, "10 in stock");
  await page.goto(`${mock.url}/#/basket`);
  await page.getByRole("heading", { name: "Your basket is empty" }).waitFor();
  assert.equal(asked("POST /v1/holds/1/release"), 0);
  await other.context().close();
});

test("a double click holds once and does not order; a reload keeps the hold", async () => {
  const page = await basket_of(2);
  await order_button(page).dblclick();
  await at_check_out(page);
  await page.getByRole("timer").waitFor();
  await page.reload();
  await page.getByRole("timer").waitFor();
  assert.deepEqual([mock.holds.all.length, held(2), mock.orders.length], [1, 1, 0]);
  await order_button(page).click();
  await page.getByText("Thank you").waitFor();
  assert.equal(mock.orders.length, 1);
});

test("the answer to the hold is lost: it is asked for again, and held once", async () => {
  const page = await basket_of(2);
  page.expect_complaint(/ERR_|Failed to load/);
  let lost = 0;
  await page.route("**/v1/holds", async (route) => {
    if (lost++) return route.continue();
    await route.fetch();
    await route.abort();
  });
  await check_out(page);
  assert.deepEqual([mock.holds.all.length, held(2)], [1, 1]);
});

test("a customer goes elsewhere: the basket is let go, also its last piece, and can be held again", async () => {
  mock.restock(2, -11);
  const page = await basket_of(2);
  await check_out(page);
  await page.getByRole("link", { name: "Back to the basket" }).click();
  await eventually(() => assert.deepEqual([mock.holds.get(1).state, held(2)], ["released", 0]));
  await shows(page, "Only 1 left");
  await check_out(page);
  await page.goBack();
  await eventually(() => assert.deepEqual([mock.holds.get(2).state, held(2)], ["released", 0]));
});

test("the time is up: it is said, nothing was bought, and one click holds again", async () => {
  mock.holds.longest = 1500;
  const page = await basket_of(2);
  await check_out(page);
  const alert = page.getByRole("alert").getByText("The time is up");
  await alert.waitFor();
  await eventually(() => assert.equal(mock.holds.get(1).state, "expired"));
  assert.equal(mock.orders.length, 0);
  mock.holds.longest = Infinity;
  await page.getByRole("button", { name: "Hold it again" }).click();
  await page.getByRole("timer").waitFor();
  assert.equal(await alert.count(), 0);
  await order_button(page).click();
  await page.getByText("Thank you").waitFor();
  assert.deepEqual([mock.holds.all.length, mock.orders.length, stock(2)], [2, 1, 11]);
});

test("the hold ended unseen: the order is refused, and one click holds again", async () => {
  const page = await basket_of(2);
  await check_out(page);
  mock.holds.end(1, "somebody");
  page.expect_complaint(/409/);
  await order_button(page).click();
  await page.getByText("The time is up").waitFor();
  assert.equal(mock.orders.length, 0);
  await page.getByRole("button", { name: "Hold it again" }).click();
  await page.getByRole("timer").waitFor();
  await order_button(page).click();
  await page.getByText("Thank you").waitFor();
  assert.equal(mock.orders.length, 1);
});

test("the clock of the visitor may be wrong by a day", async () => {
  const late = await visitor(browser);
  await late.addInitScript(() => {
    const { now } = Date;
    Date.now = () => now() + 86_400_000;
  });
  const page = await basket_of(2, 1, late);
  await check_out(page);
  const left = await seconds_left(page);
  assert.ok(left > 590 && left <= 600, left);
  await late.close();
});

test("fewer left when the basket is to be held: the basket says so, and one click holds what there is", async () => {
  const page = await basket_of(5, 3);
  await live(page); // otherwise its feed begins below, and tells it of the stock before it asks
  const feeds = mock.feeds;
  mock.feeds = new Set();
  mock.restock(5, -10);
  page.expect_complaint(/409/);
  await order_button(page).click();
  await page.getByText("Only 2 left").waitFor();
  await page.getByText("Nothing was bought").waitFor();
  mock.feeds = feeds;
  assert.match(await order_button(page).innerText(), /^Check out what there is/);
  await check_out(page);
  assert.equal(held(5), 2);
});

test("a shop that holds nothing more is bought from directly", async () => {
  const page = await basket_of(2);
  mock.faults.no_holds = 1;
  page.expect_complaint(/409/);
  await order_button(page).click();
  await page.getByText("The shop cannot hold your basket for you now").waitFor();
  assert.match(await order_button(page).innerText(), /^Place the order/);
  await order_button(page).click();
  await page.getByText("Thank you").waitFor();
  assert.deepEqual([mock.holds.all.length, stock(2)], [0, 11]);
});

test("people without a right to hold order directly, and no hold is asked for", async () => {
  without_holds();
  const page = await basket_of(2);
  await order_button(page).click();
  await page.getByText("Thank you").waitFor();
  assert.deepEqual([asked("POST /v1/holds"), stock(2)], [0, 11]);
});

test("the answer to the order of a hold is lost, and the page is loaded again: it is bought once", async () => {
  const page = await basket_of(2);
  await check_out(page);
  mock.faults.lose_answer = 1;
  mock.faults.hold = 1;
  await order_button(page).click();
  await eventually(() => assert.ok(mock.release));
  mock.release();
  await page.reload();
  await page.getByText("Thank you").waitFor();
  assert.deepEqual([mock.orders.length, stock(2), held(2)], [1, 11, 0]);
});

test("a tab is closed at check-out: the next tab finds the last piece in its basket, under the same hold", async () => {
  mock.restock(2, -11);
  const first = await basket_of(2);
  await check_out(first);
  await first.close();
  const second = await visit("#/basket");
  await second.locator(".line .stock[data-stock]").waitFor();
  await shows(second, "Only 1 left");
  await check_out(second);
  await order_button(second).click();
  await second.getByText("Thank you").waitFor();
  assert.deepEqual([mock.holds.all.length, mock.orders.length, stock(2)], [1, 1, 0]);
});

test("another tab changes the basket: the check-out ends, and its pieces are free", async () => {
  const first = await basket_of(2);
  await check_out(first);
  const second = await visit("#/");
  await second.locator('.card[data-item="3"]').getByRole("button").click();
  await first.getByRole("heading", { name: "Basket" }).waitFor();
  await eventually(() => assert.deepEqual([mock.holds.get(1).state, held(2)], ["released", 0]));
});

test("the control room lists the open holds", async () => {
  const page = await visit("ops");
  await page.getByText("Nothing is held.").waitFor();
  mock.hold("k", { customer: "Bob", lines: [{ item: 2, quantity: 3 }], ttl: 600_000 });
  await eventually(async () =>
    assert.match(await page.getByRole("list", { name: /Open holds/ }).innerText(), /Bob\s+3 pieces\s+149\.85/),
  );
  assert.match(await page.locator(".events").innerText(), /Hold 1 for Bob until .*3 × item 2 \(3 held\)/);
  mock.holds.end(1, "k2");
  await page.getByText("Nothing is held.").waitFor();
});
