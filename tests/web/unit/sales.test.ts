// The sales of the last days in the control room.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Order } from "../../../web/src/shared/api.ts";
import { by_day, last_sales, ORDERS_MAX, PAGE } from "../../../web/src/ops/sales.ts";

const NOON = Date.UTC(2026, 10, 21, 12);
const DAY = 86_400_000;
const line = (quantity: number, price: number) => ({ item: 1, quantity, price, stock: 0 });

function order(no: number, at: number, quantity: number, back: number[] = []): Order {
  const cancellations = back.map((pieces) => ({ lines: [line(pieces, 250)], total: pieces * 250 }));
  const more = back.length ? { cancellations: cancellations as Order["cancellations"] } : {};
  return {
    no,
    seq: no,
    at,
    type: "buy",
    key: "",
    customer: "",
    lines: [line(quantity, 250)],
    total: quantity * 250,
    ...more,
  };
}

// It gives shorter pages than asked for, and counts what it is asked.
function store(orders: Order[]) {
  const shop = {
    asked: 0,
    ask: async (after: number, limit: number) => {
      ++shop.asked;
      const found = orders.filter((each) => each.no > after).slice(0, Math.min(limit, 700) + 1);
      const page = found.slice(0, Math.min(limit, 700));
      return { orders: page, ...(found.length > page.length && { next: page.at(-1)!.no }) };
    },
  };
  return shop;
}
const many = (count: number) => Array.from({ length: count }, (_, at) => order(at + 1, NOON + at, 1));

test("pieces that were taken back count on the day of their order", () => {
  const orders = [order(1, NOON, 5, [1, 2]), order(2, NOON + DAY / 2 - 1, 1), order(3, NOON + DAY / 2, 4)];
  assert.deepEqual(by_day(orders, true).days, [
    { day: "2026-11-22", orders: 1, pieces: 4, net: 1000 },
    { day: "2026-11-21", orders: 2, pieces: 3, net: 750 },
  ]);
});

test("days without a sale are shown, and pieces that the store took in are no sale", () => {
  const orders = [order(1, NOON, 1), { ...order(2, NOON, 9), type: "sell" as const }, order(3, NOON + 2 * DAY, 1)];
  assert.deepEqual(
    by_day(orders, true).days.map(({ day, pieces }) => [day, pieces]),
    [
      ["2026-11-23", 1],
      ["2026-11-22", 0],
      ["2026-11-21", 1],
    ],
  );
  assert.deepEqual(by_day([], true), { days: [], whole: true });
});

test("a month is shown at most, and it is whole if older orders were read", () => {
  const orders = [order(8, NOON - 400 * DAY, 1), order(9, NOON - 30 * DAY, 1), order(10, NOON, 1)];
  const { days, whole } = by_day(orders, false);
  assert.deepEqual([days.length, days[0]!.day, days.at(-1)!.pieces, whole], [31, "2026-11-21", 1, true]);
  assert.equal(by_day(orders.slice(1), false).whole, false);
});

test("the last orders alone are read, in few requests", async () => {
  for (const count of [0, 1, 99, ORDERS_MAX, ORDERS_MAX + 1, 3 * ORDERS_MAX]) {
    const shop = store(many(count));
    const { days, whole } = await last_sales(shop.ask);
    assert.equal(days[0]?.orders ?? 0, Math.min(count, ORDERS_MAX));
    assert.equal(whole, count <= ORDERS_MAX);
    assert.ok(shop.asked <= 32, `${shop.asked} requests for ${count} orders`);
  }
  assert.ok(PAGE <= 1000, "the store gives no longer page");
});

test("orders that are placed meanwhile are left out, so reading ends", async () => {
  const orders = many(10);
  const shop = store(orders);
  const ask = async (after: number, limit: number) => {
    const page = await shop.ask(after, limit);
    orders.push(order(orders.length + 1, NOON, 1));
    return page;
  };
  assert.equal((await last_sales(ask)).days[0]!.orders, 10);
});
