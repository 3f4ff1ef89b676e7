// Several tabs of one browser, against the mock: streams that they share, orders in turns, a bridge that stalls.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, visitor } from "../browser.mjs";
import { browser, buy, context, live, mock, order_button, stock, visit, without_holds } from "../storefront.mjs";

const shows = (page, text) =>
  eventually(async () => assert.equal((await page.locator(".stock").first().innerText()).trim(), text));
const put_in = (page, item) => page.locator(`.card[data-item="${item}"]`).getByRole("button").click();
const basket_of = async (item, who = context) => {
  without_holds();
  const page = await visit("#/", who);
  await put_in(page, item);
  await page.goto(`${mock.url}/#/basket`);
  await page.locator(".line .stock[data-stock]").waitFor();
  return page;
};
// A stream that the leading tab has replaced ends a moment after the new one begins.
const one_stream = () => eventually(() => assert.equal(mock.feeds.size, 1));
const hide = (page, hidden) =>
  page.evaluate((value) => {
    Object.defineProperty(document, "hidden", { value, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);

test("twelve tabs of the shop and five control rooms live with the six connections of a browser", async () => {
  const shops = [];
  for (let tab = 0; tab < 12; ++tab) shops.push(await visit(`#/item/${1 + (tab % 6)}`));
  const rooms = [];
  for (let tab = 0; tab < 5; ++tab) rooms.push(await visit("ops"));
  for (const page of shops) await live(page);
  for (const page of rooms) await page.locator('.verdict[data-level="good"]').waitFor();
  await eventually(() =>
    assert.ok(mock.feeds.size + mock.metrics.size <= 3, `${mock.feeds.size} and ${mock.metrics.size} streams`),
  );
  for (let item = 1; item <= 6; ++item) mock.restock(item, item);
  for (const [tab, page] of shops.entries()) await shows(page, `${13 + (tab % 6)} in stock`);
  for (const page of rooms)
    await eventually(async () => assert.match(await page.locator(".events").innerText(), /Item 6: \+6/));
  await shops[11].getByRole("button", { name: "Add to basket" }).click();
  await shops[11].goto(`${mock.url}/#/basket`);
  await buy(shops[11]);
  await shops[11].getByText("Thank you").waitFor();
});

test("the tab that has the connection is closed or hidden: another one takes over, and nothing is missed", async () => {
  const [first, second, third] = [await visit("#/item/1"), await visit("#/item/2"), await visit("#/item/3")];
  for (const page of [first, second, third]) await live(page);
  await one_stream();
  await first.close();
  mock.restock(2, 8);
  await shows(second, "20 in stock");
  await hide(second, true);
  mock.restock(2, 8);
  mock.restock(3, 8);
  await shows(third, "20 in stock");
  await hide(second, false);
  await shows(second, "28 in stock");
  await live(second);
  await one_stream();
  await hide(second, true);
  await hide(third, true);
  await eventually(() => assert.equal(mock.feeds.size, 0));
});

test("a control room that is opened later shows the last events, each of them once", async () => {
  const first = await visit("ops");
  mock.restock(1, 1);
  await eventually(async () => assert.match(await first.locator(".events").innerText(), /Item 1: \+1/));
  const second = await visit("ops");
  mock.restock(2, 2);
  for (const page of [first, second]) {
    await eventually(async () => {
      const told = await page.locator(".events li").allInnerTexts();
      assert.equal(told.filter((text) => /Item 1: \+1/.test(text)).length, 1);
      assert.equal(told.filter((text) => /Item 2: \+2/.test(text)).length, 1);
    });
  }
  await one_stream();
});

test("a store that was restored to an earlier moment: its events are shown although their numbers come again", async () => {
  const page = await visit("ops");
  for (let times = 0; times < 5; ++times) mock.restock(1, 1);
  await eventually(async () => assert.match(await page.locator(".events").innerText(), /17 pieces now/));
  mock.restore(mock.seq - 4);
  mock.restock(2, 77);
  await eventually(async () => assert.match(await page.locator(".events").innerText(), /Item 2: \+77/));
});

for (const [name, where, told] of [
  ["shop", "#/item/4", "reconnecting"],
  ["control room", "ops", "No connection to the store"],
]) {
  test(`a bridge that is stopped with its connections open is told in the ${name}`, async () => {
    const page = await visit(where);
    page.expect_complaint(/ERR_|Failed to load/);
    if (name === "shop") await live(page);
    else await page.locator('.verdict[data-level="good"]').waitFor();
    mock.stalled = true;
    await page.getByText(told).waitFor();
    mock.stalled = false;
    mock.restock(4, 30);
    if (name === "shop") await shows(page, "42 in stock");
    else await page.locator('.verdict[data-level="good"]').waitFor();
  });
}

test("a quiet shop whose bridge answers is not called stalled", async () => {
  const page = await visit("#/item/4");
  await live(page);
  const asked = () => mock.requests.filter((one) => one === "GET /healthz").length;
  await eventually(() => assert.ok(asked() >= 2));
  await eventually(async () => assert.match(await page.locator(".live-line").innerText(), /Stock is live/));
});

// ---- orders

test("a tab is closed in mid-order, before its order took effect: the next tab says so, and buys once", async () => {
  const first = await basket_of(2);
  mock.faults.hold = 1;
  await order_button(first).click();
  await eventually(() => assert.ok(mock.release));
  await first.close();
  const second = await visit("#/basket");
  await second.getByText("did not get through").waitFor();
  mock.release();
  await order_button(second).click();
  await second.getByText("Thank you").waitFor();
  assert.deepEqual([mock.orders.length, stock(2)], [1, 11]);
});

test("a tab is closed in mid-order, after its order took effect: the next tab knows it, and its basket is empty", async () => {
  const first = await basket_of(2);
  await first.route("**/v1/orders", async (route) => {
    await route.fetch(); // the store has it, the page never hears
  });
  await order_button(first).click();
  await eventually(() => assert.equal(mock.orders.length, 1));
  await first.close();
  const second = await visit("#/basket");
  await second.getByText("Your order from another tab is placed").waitFor();
  await second.getByRole("heading", { name: "Your basket is empty" }).waitFor();
  await second.getByRole("link", { name: "order 1", exact: true }).click();
  await second.locator("article").getByText("RPCs for Dummies").waitFor();
  assert.deepEqual([mock.orders.length, stock(2)], [1, 11]);
});

test("a tab is closed in mid-order: a tab that was open before takes its order up by itself", async () => {
  const other = await visit("#/");
  const first = await basket_of(2);
  await first.route("**/v1/orders", async (route) => void (await route.fetch()));
  await order_button(first).click();
  await eventually(() => assert.equal(mock.orders.length, 1));
  await first.close();
  await other.getByText("Your order from another tab is placed").waitFor();
  await other.locator('.badge[data-empty="true"]').waitFor({ state: "attached" });
  assert.deepEqual([mock.orders.length, stock(2)], [1, 11]);
});

test("two tabs order one basket at the same time: it is bought once, and both say what happened", async () => {
  const first = await basket_of(2);
  const second = await visit("#/basket");
  await second.locator(".line .stock[data-stock]").waitFor();
  mock.faults.hold = 1;
  await order_button(first).click();
  await eventually(() => assert.ok(mock.release));
  await order_button(second).click();
  await second.getByText("Another tab of this shop is ordering").waitFor();
  mock.release();
  await first.getByText("Thank you").waitFor();
  await second.getByText("Another tab has ordered or changed this basket").waitFor();
  assert.deepEqual([mock.orders.length, stock(2)], [1, 11]);
});

test("the same where the browser has no locks: both tabs send the same key", async () => {
  const plain = await visitor(browser);
  await plain.addInitScript(() => Object.defineProperty(navigator, "locks", { value: undefined }));
  const first = await basket_of(2, plain);
  const second = await visit("#/basket", plain);
  await second.locator(".line .stock[data-stock]").waitFor();
  // Neither tab sees what the other writes down before it sends.
  for (const page of [first, second])
    await page.evaluate(() => {
      const { getItem } = Storage.prototype;
      Storage.prototype.getItem = function (name) {
        return name === "pygmy.pending" ? null : getItem.call(this, name);
      };
    });
  mock.faults.hold = 2;
  for (const page of [first, second]) await order_button(page).click();
  await eventually(() => assert.equal(mock.requests.filter((one) => one === "POST /v1/orders").length, 2));
  mock.release();
  for (const page of [first, second]) await page.getByText("Thank you").waitFor();
  assert.deepEqual([mock.orders.length, stock(2)], [1, 11]);
  await plain.close();
});

test("two tabs order different baskets one after the other: both are bought", async () => {
  const first = await basket_of(2);
  await order_button(first).click();
  await first.getByText("Thank you").waitFor();
  const second = await basket_of(3);
  await order_button(second).click();
  await second.getByText("Thank you").waitFor();
  assert.deepEqual([mock.orders.length, stock(2), stock(3)], [2, 11, 11]);
});
