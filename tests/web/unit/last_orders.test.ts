// The newest orders of a customer out of a list that the store gives ascending.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Order } from "../../../web/src/shared/api.ts";
import { last_orders, PAGE } from "../../../web/src/shop/last_orders.ts";

// A customer's orders have these numbers. It counts what it is asked.
function store(numbers: number[]) {
  const shop = {
    asked: 0,
    ask: async (after: number) => {
      ++shop.asked;
      const orders = numbers.filter((no) => no > after).slice(0, PAGE + 1);
      const page = orders.slice(0, PAGE).map((no) => ({ no }) as Order);
      return { orders: page, ...(orders.length > PAGE && { next: page.at(-1)!.no }) };
    },
  };
  return shop;
}

const every = (step: number, count: number) => Array.from({ length: count }, (_, at) => (at + 1) * step);

test("all orders are found, the newest first, whatever their number and however far they are apart", async () => {
  const scattered = Array.from({ length: 700 }, (_, at) => 1 + at + Math.floor(at / 90) ** 5);
  for (const numbers of [[], [7], every(1, 100), every(1, 101), every(1, 5000), every(997, 350), scattered]) {
    const { ask } = store(numbers);
    const all: number[] = [];
    for (let end: number | undefined, older = true; older; end = all.at(-1)) {
      const found = await last_orders(ask, end);
      assert.ok(found.orders.length > 0 || numbers.length === 0, `none before ${end}`);
      all.push(...found.orders.map((order) => order.no));
      older = found.older;
    }
    assert.deepEqual(all, [...numbers].reverse());
  }
});

test("of 5,000 orders the newest come after few requests", async () => {
  const shop = store(every(1, 5000));
  const { orders, older } = await last_orders(shop.ask);
  assert.equal(orders[0]!.no, 5000);
  assert.ok(older && orders.length >= PAGE / 2);
  assert.ok(shop.asked <= 20, `${shop.asked} requests`);
});
