import assert from "node:assert/strict";
import { test } from "node:test";
import type { Item } from "../../../web/src/shared/api.ts";
import {
  accept,
  add,
  difference,
  differences,
  LINES_MAX,
  order_of,
  pieces_in,
  QUANTITY_MAX,
  quantity_of,
  read_kept,
  remove,
  set_quantity,
  total,
  type Basket,
} from "../../../web/src/shop/basket.ts";

const item = (id: number, more: Partial<Item> = {}): Item => ({
  id,
  title: `item ${id}`,
  topic: "games",
  price: 1000,
  stock: 10,
  version: 1,
  ...more,
});
const shop = (...items: Item[]) => new Map(items.map((one) => [one.id, one]));
const two_of_1_one_of_2: Basket = add(add([], item(1), 2), item(2), 1);

test("an item that is put in twice is one line", () => {
  const basket = add(two_of_1_one_of_2, item(1), 3);
  assert.equal(basket.length, 2);
  assert.equal(quantity_of(basket, 1), 5);
  assert.equal(pieces_in(basket), 6);
});

test("an item that is put in again has the price that is seen now", () => {
  assert.equal(total(add(two_of_1_one_of_2, item(1, { price: 1200 }), 1)), 3 * 1200 + 1000);
});

test("an order says what the customer saw, and no name if none was given", () => {
  assert.deepEqual(order_of(two_of_1_one_of_2, "  "), {
    type: "buy",
    lines: [
      { item: 1, quantity: 2, price: 1000 },
      { item: 2, quantity: 1, price: 1000 },
    ],
  });
  assert.equal(order_of(two_of_1_one_of_2, " Ann ").customer, "Ann");
});

test("nothing differs while there is enough at the same price", () => {
  assert.deepEqual(differences(two_of_1_one_of_2, shop(item(1, { stock: 2 }), item(2))), []);
});

test("a retired item, terms of sale and a time without a sale differ, with the words for them", () => {
  const found = (more: Partial<Item>, at = 50) =>
    two_of_1_one_of_2.flatMap((line) => difference(line, shop(item(1, more)).get(line.item), at) ?? []);
  assert.deepEqual(found({ retired: true }), [{ item: 1, left: 0, why: "No longer sold" }]);
  assert.deepEqual(found({ terms: { per_order: 1 } }), [{ item: 1, left: 1, why: "At most 1 in one order" }]);
  assert.deepEqual(found({ terms: { per_order: 2 } }), []);
  assert.deepEqual(found({ stock: 1, terms: { per_order: 1 } }), [{ item: 1, left: 1 }]);
  assert.deepEqual(found({ terms: { from: 51 } }), [{ item: 1, left: 0, why: "Not on sale now" }]);
  assert.deepEqual(found({ terms: { from: 51 } }, 51), []);
  assert.deepEqual(pieces_in(accept(two_of_1_one_of_2, found({ retired: true }))), 1, "it leaves the basket");
});

test("too few left and another price are both seen", () => {
  const found = differences(two_of_1_one_of_2, shop(item(1, { stock: 1, price: 1100 }), item(2, { price: 900 })));
  assert.deepEqual(found, [
    { item: 1, left: 1, price: 1100 },
    { item: 2, price: 900 },
  ]);
});

test("pieces that others hold are not left", () => {
  assert.deepEqual(differences(two_of_1_one_of_2, shop(item(1, { stock: 5, held: 4 }), item(2, { held: 9 }))), [
    { item: 1, left: 1 },
  ]);
});

test("an item that is not known yet does not differ", () => {
  assert.deepEqual(differences(two_of_1_one_of_2, shop()), []);
});

test("to accept takes what is left at the price of now, and drops what is sold out", () => {
  const now = shop(item(1, { stock: 1, price: 1100 }), item(2, { stock: 0 }));
  const basket = accept(two_of_1_one_of_2, differences(two_of_1_one_of_2, now));
  assert.deepEqual(
    basket.map(({ item: id, quantity, price }) => [id, quantity, price]),
    [[1, 1, 1100]],
  );
  assert.deepEqual(differences(basket, now), []);
});

test("quantities stay whole, at least one, and below the limit", () => {
  for (const [wanted, kept] of [
    [0, 1],
    [-3, 1],
    [2.9, 2],
    [NaN, 1],
    [1e9, QUANTITY_MAX],
  ] as const) {
    assert.equal(quantity_of(set_quantity(two_of_1_one_of_2, 1, wanted), 1), kept);
  }
});

test("a full basket takes no other item, but more of one that is in it", () => {
  let basket: Basket = [];
  for (let id = 1; id <= LINES_MAX + 5; ++id) basket = add(basket, item(id), 1);
  assert.equal(basket.length, LINES_MAX);
  assert.equal(quantity_of(add(basket, item(1), 1), 1), 2);
  assert.equal(remove(basket, 1).length, LINES_MAX - 1);
});

test("the lines that the browser kept are read back; damaged ones are left out", () => {
  const read = (text: string | null) => read_kept(text, () => "new");
  const lines = two_of_1_one_of_2;
  assert.deepEqual(read(JSON.stringify({ key: "k", lines })), { key: "k", lines });
  assert.deepEqual(read(JSON.stringify(lines)), { key: "new", lines }, "as an earlier release kept it");
  for (const damaged of [null, "", "{", "7", "null", '{"a":1}', "[null,3,{}]", '{"key":3,"lines":7}'])
    assert.deepEqual(read(damaged), { key: "new", lines: [] });
  const strange = [{ ...lines[0], quantity: -1 }, { ...lines[0], price: "1" }, lines[1]];
  assert.deepEqual(read(JSON.stringify(strange)).lines, [lines[1]]);
});
