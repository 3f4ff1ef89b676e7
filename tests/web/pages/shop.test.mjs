// The storefront in a real browser, against the mock.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, PHONE, screenshot, visitor } from "../browser.mjs";
import {
  at_check_out,
  browser,
  buy,
  live,
  mock,
  order_button,
  sells,
  stock,
  visit,
  without_holds,
} from "../storefront.mjs";

const card = (page, item) => page.locator(`.card[data-item="${item}"]`);
const stock_of = (place) => place.locator(".stock").first().innerText();
const shows = (place, text) => eventually(async () => assert.equal((await stock_of(place)).trim(), text));
const put_in = async (page, ...items) => {
  for (const item of items) await card(page, item).getByRole("button").click();
};

test("browse: topics, search, nothing found", async () => {
  const page = await visit();
  await page.getByRole("link", { name: "graduate school", exact: true }).click();
  await eventually(async () => assert.equal(await page.locator(".card").count(), 4));
  assert.equal(await page.locator("h1").innerText(), "Graduate school");
  await page.getByRole("searchbox").fill("for the imp");
  await page.keyboard.press("Enter");
  await eventually(async () =>
    assert.deepEqual(await page.locator(".card-title").allInnerTexts(), ["Cooking for the Impatient Graduate Student"]),
  );
  await page.goto(`${mock.url}/#/?text=zebra`);
  await page.getByText("Nothing here").waitFor();
});

test("a long shelf comes in pages, and all of it is live", async () => {
  const items = Array.from({ length: 60 }, (_, at) => [`Toy ${at + 1}`, "toys", 100 + at]);
  await sells(items);
  const page = await visit();
  await eventually(async () => assert.equal(await page.locator(".card").count(), 24));
  for (const more of [48, 60]) {
    await page.getByRole("button", { name: "More" }).click();
    await eventually(async () => assert.equal(await page.locator(".card").count(), more));
  }
  assert.equal(await page.getByRole("button", { name: "More" }).count(), 0);
  await live(page);
  mock.restock(58, -95);
  await shows(card(page, 58), "Only 5 left");
});

test("an item at several places tells how many can be had at each, also after some were moved", async () => {
  mock.transfer("t", 2, { pieces: 5, to_place: "annex", opens: true });
  const page = await visit("#/item/2");
  const places = page.getByRole("list", { name: "Where it is" }).getByRole("listitem");
  await eventually(async () => assert.deepEqual(await places.allInnerTexts(), ["7 at main", "5 at annex"]));
  await shows(page, "12 in stock");
  await live(page);
  mock.transfer("u", 2, { pieces: 7, to_place: "annex" });
  await eventually(async () => assert.deepEqual(await places.allInnerTexts(), ["12 at annex"]));
});

test("buy several items at once; a second page sees the stock fall at once", async () => {
  const buyer = await visit();
  const other = await visit("#/item/2", await visitor(browser));
  await live(other);
  await put_in(buyer, 2, 2, 4);
  await buyer.getByRole("link", { name: /^Basket/ }).click();
  await buyer.getByLabel("Your name").fill("Ann");
  assert.match(await order_button(buyer).innerText(), /119\.89/);
  await buy(buyer);
  await buyer.getByText("Thank you").waitFor();
  await shows(other, "10 in stock");
  assert.match(await other.locator(".moves").innerText(), /2 pieces in a check-out/);
  assert.deepEqual([stock(2), stock(4), mock.orders.length], [10, 11, 1]);
  await eventually(async () => assert.match(await buyer.locator(".lines").innerText(), /RPCs for Dummies/));
  await buyer.getByRole("link", { name: /^Orders/ }).click();
  await buyer.getByRole("link", { name: /Order 1/ }).click();
  await eventually(async () => assert.equal(await buyer.locator("h1").innerText(), "Order 1"));
  await buyer.reload();
  await eventually(async () => assert.match(await buyer.locator("article").innerText(), /119\.89/));
  await other.context().close();
});

test("prices are in the store's currency, with its decimals, also after a reload", async () => {
  await sells([["Sencha", "tea", 2499]], { currency: { code: "JPY", digits: 0 } });
  const page = await visit();
  const price = () => card(page, 1).locator(".price").innerText();
  await eventually(async () => assert.equal(await price(), "¥2,499"));
  await put_in(page, 1, 1);
  await page.getByRole("link", { name: /^Basket/ }).click();
  await eventually(async () => assert.match(await order_button(page).innerText(), /¥4,998/));
  mock.currency = { code: "KWD", digits: 3 }; // another store at the same address
  await page.goto(`${mock.url}/#/`);
  await page.reload();
  await eventually(async () => assert.equal((await price()).replace("\u00a0", " "), "KWD 2.499"));
});

test("an order is found by its number and by its customer", async () => {
  mock.place("k1", { customer: "Bob", lines: [{ item: 1, quantity: 1 }] });
  const page = await visit("#/orders");
  await page.getByLabel("By the name you gave").fill("Bob");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: /Order 1/ }).waitFor();
  await page.getByLabel("By its number").fill("1");
  await page.keyboard.press("Enter");
  await eventually(async () => assert.match(await page.locator("article").innerText(), /for Bob/));
  page.expect_complaint(/404/);
  await page.goto(`${mock.url}/#/orders/77`);
  await page.getByRole("heading", { name: "There is no order 77" }).waitFor();
});

test("an order is cancelled on its page, once, and its pieces are in stock again", async () => {
  mock.place("k1", { customer: "Bob", lines: [{ item: 1, quantity: 2 }] });
  const before = mock.items.get(1).stock;
  const page = await visit("#/orders/1");
  await page.getByRole("button", { name: "Cancel this order" }).click();
  await page.getByRole("button", { name: "Keep it" }).click();
  assert.equal(mock.items.get(1).stock, before);
  await page.getByRole("button", { name: "Cancel this order" }).click();
  await page.getByRole("button", { name: /^Yes, cancel/ }).click();
  await page.getByText("This order is cancelled.").waitFor();
  assert.equal(mock.items.get(1).stock, before + 2);
  assert.equal(await page.getByRole("button", { name: "Cancel this order" }).count(), 0);
  mock.place("k2", { customer: "Bob", lines: [{ item: 1, quantity: 1 }] });
  await page.goto(`${mock.url}/#/orders/2`);
  await page.getByRole("button", { name: "Cancel this order" }).click();
  mock.cancel(2, "another"); // by somebody else
  page.expect_complaint(/409/);
  await page.getByRole("button", { name: /^Yes, cancel/ }).click();
  await page.getByText("nothing remains of order 2").waitFor();
});

test("sold out before your eyes: shelf, item and basket say so, and nothing can be ordered", async () => {
  const page = await visit();
  await put_in(page, 3);
  await live(page);
  mock.restock(3, -9);
  await shows(card(page, 3), "Only 3 left");
  mock.restock(3, -3);
  await shows(card(page, 3), "Sold out");
  assert.ok(await card(page, 3).getByRole("button").isDisabled());
  await card(page, 3).getByRole("link").click();
  await eventually(async () => assert.ok(await page.getByRole("button", { name: "Sold out" }).isDisabled()));
  await page.getByRole("link", { name: /^Basket/ }).click();
  await order_button(page).waitFor(); // the item's page says it in two places
  await page.getByText("Sold out").waitFor();
  assert.ok(await order_button(page).isDisabled());
  await page.getByRole("button", { name: /Remove it/ }).click();
  await page.getByRole("heading", { name: "Your basket is empty" }).waitFor();
});

test("edits before your eyes: shelf, item and basket show the title, and that an item is no longer sold", async () => {
  const page = await visit();
  await put_in(page, 2, 3);
  await live(page);
  mock.edit(3, { title: "Another Name", topic: "rare books" });
  await card(page, 3).getByText("Another Name").waitFor();
  await card(page, 3).getByText("rare books").waitFor();
  mock.edit(3, { terms: { until: 1 } });
  await shows(card(page, 3), "Not on sale now");
  mock.edit(3, { terms: {} });
  await eventually(async () => assert.ok(await card(page, 3).getByRole("button").isEnabled()));
  await card(page, 3).getByRole("link").click();
  await page.getByRole("heading", { name: "Another Name" }).waitFor();
  await live(page);
  mock.edit(3, { title: "A Third Name" });
  await page.getByRole("heading", { name: "A Third Name" }).waitFor();
  await page.getByText("It is called A Third Name now", { exact: true }).waitFor();
  mock.edit(3, { description: "A first line\nand another", topics: ["maps"], attributes: { pages: "214" } });
  await page.getByText("A first line").waitFor();
  await page.getByRole("definition").getByText("214", { exact: true }).waitFor();
  const topics = page.getByRole("navigation", { name: "Topics of the item" });
  assert.match(await topics.getByRole("link", { name: "maps" }).getAttribute("href"), /topic=maps/);
  mock.edit(3, { retired: true });
  await eventually(async () => assert.ok(await page.getByRole("button", { name: "No longer sold" }).isDisabled()));
  await page.getByRole("link", { name: /^Basket/ }).click();
  const line = page.locator('.line[data-item="3"]');
  await line.getByRole("link", { name: "A Third Name" }).waitFor();
  await line.getByText("No longer sold").waitFor();
  await live(page);
  mock.edit(3, { retired: false });
  await eventually(async () => assert.equal(await line.getByText("No longer sold").count(), 0));
  mock.edit(3, { retired: true });
  await line.getByRole("button", { name: /Remove it/ }).click();
  await eventually(async () => assert.equal(await page.locator(".line").count(), 1));
});

// The page learns of the change from the refusal alone: its events are held back.
async function changed_behind_their_back(page, change) {
  await live(page);
  await page.locator(".line .stock[data-stock]").first().waitFor();
  const feeds = mock.feeds;
  mock.feeds = new Set();
  change();
  page.expect_complaint(/409/);
  await order_button(page).click();
  mock.feeds = feeds;
}

test("fewer left between the click and the order: what is left, and one click goes on", async () => {
  without_holds();
  const page = await visit();
  await put_in(page, 5, 5, 5, 6);
  await page.goto(`${mock.url}/#/basket`);
  await changed_behind_their_back(page, () => mock.restock(5, -10));
  await page.getByText("Only 2 left").waitFor();
  await page.getByText("Nothing was bought").waitFor();
  assert.equal(mock.orders.length, 0);
  await screenshot(page, "shop-fewer-left");
  await order_button(page).click();
  await page.getByText("Thank you").waitFor();
  assert.deepEqual(
    mock.orders[0].lines.map((line) => [line.item, line.quantity]),
    [
      [5, 2],
      [6, 1],
    ],
  );
});

test("another price between the click and the order: what it costs now, and one click goes on", async () => {
  without_holds();
  const page = await visit();
  await put_in(page, 1);
  await page.goto(`${mock.url}/#/basket`);
  await changed_behind_their_back(page, () => mock.reprice(1, 2799));
  await page.getByText("It costs 27.99 now, it was 24.99").waitFor();
  assert.equal(await order_button(page).innerText(), "Order at the new price · 27.99");
  await order_button(page).click();
  await page.getByText("Thank you").waitFor();
  assert.equal(mock.orders[0].total, 2799);
});

// Found by the one after it, whose reload now and then fell there.
test("reload right after the answer, before it was seen: it is seen after the reload", async () => {
  without_holds();
  const page = await visit();
  await put_in(page, 2);
  await page.goto(`${mock.url}/#/basket`);
  let away = true; // the order's page stays empty
  await page.route("**/v1/orders/1", (route) => (away ? undefined : route.continue()));
  await order_button(page).click();
  await page.waitForURL(/orders\/1/);
  await page.goto(`${mock.url}/#/basket`);
  away = false;
  await page.reload();
  await page.getByText("Thank you").waitFor();
  await page.locator(".line.told").waitFor();
  await page.goto(`${mock.url}/#/basket`);
  await page.reload();
  await page.getByRole("heading", { name: "Your basket is empty" }).waitFor();
});

// Chromium sends a request by itself again when a connection is cut that it had used before: the same key comes twice.
test("reload in the middle of a buy that took effect: the order is found, and bought once", async () => {
  without_holds();
  const page = await visit();
  await put_in(page, 2);
  await page.goto(`${mock.url}/#/basket`);
  mock.faults.lose_answer = 1;
  mock.faults.hold = 1;
  await order_button(page).click();
  await eventually(() => assert.ok(mock.release));
  mock.release();
  await page.reload();
  await page.getByText("Thank you").waitFor();
  assert.deepEqual([mock.orders.length, stock(2), mock.keys.size], [1, 11, 1]);
  assert.equal(await page.evaluate(() => localStorage.getItem("pygmy.pending")), null);
});

test("reload in the middle of a buy that had not arrived: nothing was bought, and its late copy buys nothing", async () => {
  without_holds();
  const page = await visit();
  await put_in(page, 2);
  await page.goto(`${mock.url}/#/basket`);
  mock.faults.hold = 1;
  await order_button(page).click();
  await eventually(() => assert.ok(mock.release));
  await page.reload();
  await page.getByText("Your last order did not get through").waitFor();
  mock.release();
  await eventually(() => assert.equal(mock.orders.length, 0));
  await order_button(page).click();
  await page.getByText("Thank you").waitFor();
  assert.deepEqual([mock.orders.length, stock(2)], [1, 11]);
});

test("the answer is lost and the shop is away for a while: it is said, and settled when it is back", async () => {
  without_holds();
  const page = await visit();
  await put_in(page, 2);
  await page.goto(`${mock.url}/#/basket`);
  await page.locator(".line .stock[data-stock]").waitFor();
  page.expect_complaint(/ERR_EMPTY_RESPONSE|ERR_CONNECTION|Failed to load/);
  Object.assign(mock.faults, { lose_answer: 1, then_leave: 1 });
  await order_button(page).click();
  await page.getByText("is asked again until it answers").waitFor();
  mock.faults.unreachable = 0;
  await page.getByText("Thank you").waitFor();
  assert.equal(mock.orders.length, 1);
});

test("a busy shop is asked again by itself", async () => {
  without_holds();
  const page = await visit();
  await put_in(page, 2);
  await page.goto(`${mock.url}/#/basket`);
  page.expect_complaint(/503/);
  mock.faults.busy = 1;
  await order_button(page).click();
  await page.getByText("Thank you").waitFor();
  assert.equal(mock.orders.length, 1);
});

test("a cut connection is said, and what was missed is there when it is back", async () => {
  const page = await visit("#/item/4");
  await live(page);
  page.expect_complaint(/ERR_|Failed to load/);
  const { port } = new URL(mock.url);
  mock.server.close();
  mock.server.closeAllConnections();
  await page.getByText("reconnecting").waitFor();
  mock.restock(4, 30);
  await new Promise((resolve) => mock.server.listen(Number(port), "127.0.0.1", resolve));
  await live(page);
  await shows(page, "42 in stock");
});

test("a page that nobody looks at gives its connection up, and is right when it is looked at again", async () => {
  const page = await visit("#/item/4");
  await live(page);
  const show = (hidden) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { value, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await show(true);
  await eventually(() => assert.equal(mock.feeds.size, 0));
  mock.restock(4, 30);
  await show(false);
  await shows(page, "42 in stock");
});

test("the basket is kept, and two tabs share it", async () => {
  const one = await visit();
  const two = await visit();
  await put_in(one, 1, 6);
  await eventually(async () => assert.match(await two.getByRole("link", { name: /^Basket/ }).innerText(), /2/));
  await one.reload();
  await eventually(async () => assert.match(await one.getByRole("link", { name: /^Basket/ }).innerText(), /2/));
});

test("with the keyboard alone: skip link first, search, put in, order", async () => {
  const page = await visit();
  await page.locator(".card[data-item]").first().waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  const tab_to = async (wanted) => {
    for (let presses = 0; presses < 40; ++presses) {
      await page.keyboard.press("Tab");
      const here = await page.evaluate(
        () => document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent,
      );
      if (wanted.test(here)) return;
    }
    assert.fail(`${wanted} cannot be reached`);
  };
  await tab_to(/^Add How to get/);
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(outline, "solid");
  await page.keyboard.press("Enter");
  await page.goto(`${mock.url}/#/basket`);
  await eventually(async () => assert.equal(await page.evaluate(() => document.activeElement.tagName), "H1"));
  await tab_to(/^Check out/);
  await page.keyboard.press("Enter");
  await at_check_out(page);
  await eventually(async () => assert.equal(await page.evaluate(() => document.activeElement.tagName), "H1"));
  await tab_to(/^Place the order/);
  await page.keyboard.press("Enter");
  await page.getByText("Thank you").waitFor();
});

test("changes of the stock are told to those who do not see them", async () => {
  const page = await visit("#/item/2");
  await live(page);
  mock.place("k", { lines: [{ item: 2, quantity: 2 }] });
  await eventually(async () =>
    assert.match(await page.locator("[role=status].hidden-text").innerText(), /2 pieces just went\. 10 in stock/),
  );
});

test("titles from outside are text, whatever they hold", async () => {
  await sells([["<img src=x onerror=alert(1)> & <b>", "<script>alert(1)</script>", 100]]);
  const page = await visit();
  await eventually(async () =>
    assert.equal(await page.locator(".card-title").first().innerText(), "<img src=x onerror=alert(1)> & <b>"),
  );
});

test("on a phone nothing is wider than the screen", async () => {
  const phone = await visitor(browser, { viewport: PHONE });
  const page = await visit("#/", phone);
  await page.locator(".card[data-item]").first().waitFor();
  await put_in(page, 1, 2);
  for (const where of ["#/", "#/item/1", "#/basket", "#/checkout", "#/orders"]) {
    await page.goto(`${mock.url}/${where}`);
    await page.locator("h1").waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), where);
  }
  await phone.close();
});
