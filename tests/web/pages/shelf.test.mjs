// Long shelves and long lists of orders, against the mock: counts, sorting, pages, and the way back.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { eventually, launch, open, PHONE, visitor } from "../browser.mjs";
import { Mock } from "../mock.mjs";

let browser, mock, context, page;
const begin = async (options, where = "#/", look = {}) => {
  mock = await new Mock(options).listen();
  context = await visitor(browser, look);
  page = await open(context, `${mock.url}/${where}`);
};
before(async () => (browser = await launch()));
after(() => browser.close());
afterEach(async () => {
  await context.close();
  mock.close();
  page.check_complaints();
});

const TOYS = Array.from({ length: 130 }, (_, at) => [
  `Toy ${131 - at}`,
  at % 2 ? "toys" : "games",
  1000 + ((at * 37) % 130),
]);
const more = () => page.getByRole("button", { name: "More" });
const cards = (count) => eventually(async () => assert.equal(await page.locator(".card[data-item]").count(), count));
const says = (text) => eventually(async () => assert.match(await page.locator(".shelf-how").innerText(), text));
const titles = () => page.locator(".card-title").allInnerTexts();

test("a shelf says how many items it has: all, of a topic, of a search", async () => {
  await begin({ items: TOYS });
  await says(/130 items/);
  await page.getByRole("link", { name: "toys", exact: true }).click();
  await says(/65 items/);
  await page.getByRole("searchbox").fill("toy");
  await page.keyboard.press("Enter");
  await says(/130 items/);
  await page.getByRole("searchbox").fill("131");
  await page.keyboard.press("Enter");
  await says(/1 item\b/);
});

test("a shelf is sorted by title and by price, over all its pages", async () => {
  await begin({ items: TOYS });
  await cards(24);
  await page.getByLabel("Sorted").selectOption({ label: "by title" });
  await eventually(async () => assert.deepEqual((await titles()).slice(0, 3), ["Toy 2", "Toy 3", "Toy 4"]));
  await more().click();
  await cards(48);
  assert.equal((await titles()).at(-1), "Toy 49");
  await page.getByLabel("Sorted").selectOption({ label: "by price, high to low" });
  await eventually(async () =>
    assert.deepEqual((await page.locator(".price").allInnerTexts()).slice(0, 3), ["11.29", "11.28", "11.27"]),
  );
  await page.reload();
  await eventually(async () => assert.equal((await page.locator(".price").allInnerTexts())[0], "11.29"));
});

test("Back returns to the same place and the same pages; another shelf begins at its top", async () => {
  await begin({ items: TOYS });
  for (const count of [48, 72]) {
    await more().click();
    await cards(count);
  }
  await page.evaluate(() => scrollTo(0, 2600));
  const card = page.locator('.card[data-item="55"] a');
  await card.scrollIntoViewIfNeeded();
  const y = () => page.evaluate(() => Math.round(scrollY));
  const before = await y();
  assert.ok(before > 1000);
  await card.click();
  await page.getByRole("button", { name: "Add to basket" }).waitFor();
  assert.equal(await y(), 0);
  await page.goBack();
  await cards(72);
  await eventually(async () => assert.equal(await y(), before));
  await page.reload();
  await cards(72);
  await eventually(async () => assert.equal(await y(), before));
  await page.getByRole("link", { name: "toys", exact: true }).click();
  await cards(24);
  assert.equal(await y(), 0);
});

test("More without a network says so, and works when it is back", async () => {
  await begin({ items: TOYS });
  await cards(24);
  page.expect_complaint(/ERR_|Failed to load/);
  await context.setOffline(true);
  await more().click();
  await page.locator(".more").getByText("cannot be reached").waitFor();
  await context.setOffline(false);
  await page.locator(".more").getByRole("button", { name: "Try again" }).click();
  await cards(48);
});

test("an address that changes while the page is drawn for the first time is not missed", async () => {
  await begin({ stock: 10 });
  await context.addInitScript(() =>
    new MutationObserver((_, me) => {
      if (!document.querySelector("main h1")) return;
      me.disconnect();
      location.hash = "#/orders?customer=Ann";
    }).observe(document, { childList: true, subtree: true }),
  );
  const other = await open(context, `${mock.url}/#/orders`);
  await other.getByRole("heading", { name: "Orders of Ann" }).waitFor();
});

test("a customer with 5,000 orders sees the newest first, and the older ones on request", async () => {
  await begin({ stock: 10_000 }, "#/orders");
  for (let order = 1; order <= 5000; ++order)
    mock.place(`k${order}`, { customer: order % 5 ? "Ann" : "Bob", lines: [{ item: 2, quantity: 1 }] });
  await page.goto(`${mock.url}/#/orders?customer=Ann`);
  const numbers = async () =>
    (await page.locator(".order-no").allInnerTexts()).map((text) => Number(text.replace("Order ", "")));
  await eventually(async () =>
    assert.deepEqual((await numbers()).slice(0, 4), [4999, 4998, 4997, 4996], await page.locator("main").innerText()),
  );
  const before = (await numbers()).length;
  await page.getByRole("button", { name: "Older orders" }).click();
  await eventually(async () => assert.ok((await numbers()).length > before));
  const all = await numbers();
  const wanted = mock.orders.filter((order) => order.customer === "Ann").map((order) => order.no);
  assert.deepEqual(all, wanted.reverse().slice(0, all.length));
  const asked = mock.requests.filter((one) => one === "GET /v1/orders").length;
  assert.ok(asked < 60, `${asked} requests`);
});

// Every text lies within the screen, unless it is in a list that can be scrolled sideways, and none covers another.
const spilt = () =>
  page.evaluate(() => {
    const faults = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      const scrolls = (at) => at && (/auto|scroll/.test(getComputedStyle(at).overflowX) || scrolls(at.parentElement));
      const hides = (at) => at && (/hidden|clip/.test(getComputedStyle(at).overflowX) || hides(at.parentElement));
      if (!walker.currentNode.data.trim() || element.closest(".hidden-text, .skip, noscript") || hides(element))
        continue;
      const range = document.createRange();
      range.selectNodeContents(walker.currentNode);
      const { left, right, width } = range.getBoundingClientRect();
      const limit = scrolls(element) ? innerWidth : width;
      if (width > limit || (!scrolls(element) && (left < -1 || right > innerWidth + 1)))
        faults.push(
          `${element.className || element.tagName}: ${left} to ${right}: ${element.textContent.slice(0, 40)}`,
        );
    }
    if (document.documentElement.scrollWidth > innerWidth) faults.push(`wide: ${document.documentElement.scrollWidth}`);
    return faults;
  });

for (const length of [22, 80, 400]) {
  test(`words of ${length} letters break no page on a phone`, async () => {
    const word = (letter) => letter.repeat(length);
    const items = [
      [word("w"), word("t"), 99999999],
      [`A ${word("M")} too`, "toys", 1575],
    ];
    await begin({ items, stock: 1_000_000 }, "#/", { viewport: PHONE });
    mock.place("k", { customer: word("c"), lines: [{ item: 1, quantity: 1 }] });
    await page.locator(".card[data-item]").first().waitFor();
    for (const item of [1, 2]) await page.locator(`.card[data-item="${item}"]`).getByRole("button").click();
    const places = {
      "#/": ".card",
      [`#/?topic=${word("t")}`]: ".card",
      [`#/?text=${word("w")}`]: ".card",
      "#/item/1": ".item-stock .stock[data-stock]",
      "#/basket": ".line .stock[data-stock]",
      "#/orders/1": ".line.told",
      [`#/orders?customer=${word("c")}`]: ".order-no",
    };
    for (const [where, shown] of Object.entries(places)) {
      await page.goto(`${mock.url}/${where}`);
      await page.locator(shown).first().waitFor();
      assert.deepEqual(await spilt(), [], where.slice(0, 20));
    }
  });
}
