// Checks how the pages look, and that everybody can use them: names, landmarks, headings, contrast, sizes, shifts; and the
// screenshots that are kept in build/web-screenshots.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually, launch, open, PHONE, screenshot, visitor } from "../browser.mjs";
import { audit } from "../audit.mjs";
import { Mock } from "../mock.mjs";

const WIDE_OPS = { width: 1600, height: 2260 };
const TALL_PHONE = { width: 390, height: 1500 };
const LOOKS = [
  { name: "wide-light", dark: false, viewport: { width: 1440, height: 900 } },
  { name: "wide-dark", dark: true, viewport: { width: 1440, height: 900 } },
  { name: "phone-light", dark: false, viewport: PHONE },
  { name: "phone-dark", dark: true, viewport: PHONE },
];

let browser, mock, traffic;
before(async () => {
  browser = await launch();
  mock = await new Mock({ stock: 60 }).listen();
  mock.restock(3, -57);
  mock.restock(6, -60);
  mock.place("old", {
    customer: "Ann",
    lines: [
      { item: 5, quantity: 1 },
      { item: 1, quantity: 2 },
    ],
  });
  let turn = 0;
  traffic = setInterval(() => {
    ++turn;
    mock.place(`t${turn}`, {
      type: turn % 2 ? "buy" : "sell",
      customer: "Bob",
      lines: [{ item: 1 + ((turn >> 1) % 2), quantity: 1 }],
    });
    mock.lookups += 40 + Math.floor(Math.random() * 30);
  }, 150);
});
after(async () => {
  clearInterval(traffic);
  await browser.close();
  mock.close();
});

async function seen(page, name) {
  await page.evaluate(() => scrollTo(0, 0));
  const { faults, shift } = await audit(page);
  assert.deepEqual(faults, [], name);
  assert.ok(shift.sum < 0.05, `${name} shifts by ${shift.sum}: ${shift.moved}`);
  page.check_complaints();
  await screenshot(page, name);
}

const PLACES = {
  browse: async (page) => page.locator(".card[data-item]").first().waitFor(),
  item: async (page) => {
    await page.goto(`${mock.url}/#/item/2`);
    await page.getByRole("button", { name: "Add to basket" }).click();
    await page.locator(".moves li").nth(2).waitFor();
  },
  "sold-out": async (page) => {
    await page.goto(`${mock.url}/#/item/6`);
    await page.getByRole("button", { name: "Sold out" }).waitFor();
  },
  basket: async (page) => {
    await page.goto(`${mock.url}/#/item/4`);
    await page.getByRole("button", { name: "Add to basket" }).click();
    await page.goto(`${mock.url}/#/basket`);
    await page.locator(".line .stock[data-stock]").nth(1).waitFor();
    await page.getByRole("button", { name: "One more" }).first().click();
    mock.reprice(4, mock.items.get(4).price + 101);
    await page.locator(".differs").waitFor();
  },
  checkout: async (page) => {
    await page.getByLabel("Your name").fill("Ann");
    await page.locator(".summary button[type=submit]").click();
    await page.getByRole("timer").waitFor();
  },
  placed: async (page) => {
    await page.locator(".summary button[type=submit]").click();
    await page.getByText("Thank you").waitFor();
    await page.locator(".line-cover svg").nth(1).waitFor();
  },
  orders: async (page) => {
    await page.goto(`${mock.url}/#/orders`);
    await page.getByRole("link", { name: /^Order 1 / }).waitFor();
  },
  nothing: async (page) => {
    await page.goto(`${mock.url}/#/?text=zebra`);
    await page.getByText("Nothing here").waitFor();
  },
};

for (const look of LOOKS) {
  test(`the shop, ${look.name}`, async () => {
    const context = await visitor(browser, { ...look, calm: true });
    const page = await open(context, `${mock.url}/#/`);
    for (const [place, go] of Object.entries(PLACES)) {
      await go(page);
      await seen(page, `shop-${place}-${look.name}`);
    }
    await context.close();
  });
}

test("the control room, well and hurt, in all looks", async () => {
  const rooms = [];
  for (const look of LOOKS) {
    const viewport = look.viewport === PHONE ? TALL_PHONE : WIDE_OPS;
    const context = await visitor(browser, { ...look, viewport, calm: true });
    rooms.push({ look, context, page: await open(context, `${mock.url}/ops`) });
  }
  for (const { page } of rooms) {
    await page.locator(".node").nth(7).waitFor();
    await page.getByRole("button", { name: "Look it up" }).click();
  }
  await new Promise((resolve) => setTimeout(resolve, 6000)); // something to see in the plots
  for (const { page, look } of rooms) await seen(page, `ops-${look.name}`);
  const first = rooms[0].page;
  for (const { page, look } of rooms) {
    await eventually(async () => assert.equal(await first.locator(".node.silent").count(), 0));
    const writer = await first.locator(".node.writer").getAttribute("data-instance");
    await first.getByRole("button", { name: `Kill ${writer}` }).click();
    await page.locator(".node.silent").first().waitFor();
    await seen(page, `ops-hurt-${look.name}`);
  }
  for (const { context } of rooms) await context.close();
});
