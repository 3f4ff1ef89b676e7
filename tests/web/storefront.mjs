// The set-up of tests with several pages of the storefront: one browser for a file, and a mock and a visitor for each
// test. At a test's end, no page may have complained.
import { after, afterEach, before, beforeEach } from "node:test";
import { launch, open, visitor } from "./browser.mjs";
import { Mock } from "./mock.mjs";

export let browser, mock, context, pages;
before(async () => (browser = await launch()));
after(() => browser.close());
beforeEach(async () => {
  mock = await new Mock({ stock: 12 }).listen();
  context = await visitor(browser);
  pages = [];
});
afterEach(async () => {
  await context.close();
  mock.close();
  for (const page of pages) page.check_complaints();
});

// Another store for this test; before its first visit.
export async function sells(items, more = {}) {
  mock.close();
  mock = await new Mock({ items, ...more }).listen();
}

export async function visit(where = "#/", who = context) {
  const page = await open(who, `${mock.url}/${where}`);
  pages.push(page);
  return page;
}

export const live = (page) => page.locator(".live-line.open").waitFor();
export const order_button = (page) => page.locator(".summary button[type=submit]");
export const stock = (item) => mock.items.get(item).stock;

// Visitors without a token order directly then; otherwise the mock is open to all, and their baskets are held first.
export const without_holds = () => void (mock.anonymous = "buyer");
export const at_check_out = (page) => page.getByRole("heading", { name: "Check-out" }).waitFor();
export async function check_out(page) {
  await order_button(page).click();
  await at_check_out(page);
}
export async function buy(page) {
  await check_out(page);
  await order_button(page).click();
}
