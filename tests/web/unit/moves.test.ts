// The words for a customer who has the page of an item open.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Item } from "../../../web/src/shared/api.ts";
import { told_change } from "../../../web/src/shop/moves.ts";

const item: Item = { id: 2, title: "Risk", topic: "games", price: 1599, stock: 10, version: 7 };
const edited = { item: 2, seq: 8, edited: 8 };

test("prices and pieces", () => {
  const told = (change: object, before = item) => told_change(before, { item: 2, seq: 8, ...change });
  assert.equal(told({ price: 1700 }), "Now 17.00, it was 15.99");
  assert.equal(told({ price: 1599 }), undefined);
  assert.equal(told({ stock: 8 }), "2 pieces just went");
  assert.equal(told({ stock: 11 }), "1 piece came in");
  assert.equal(told({ held: 3 }), "3 pieces in a check-out");
  assert.equal(told({ held: 1 }, { ...item, held: 3 }), "2 pieces free again");
  assert.equal(told({ stock: 8, held: 0 }, { ...item, held: 2 }), undefined, "what was held was bought");
});

test("edits, if they change something", () => {
  const told = (change: object, before = item) => told_change(before, { ...edited, ...change });
  assert.equal(told({ title: "Risk 2" }), "It is called Risk 2 now");
  assert.equal(told({ title: "Risk", retired: false, terms: {} }), undefined);
  assert.equal(told({ topic: "old games" }), undefined);
  assert.equal(told({ retired: true }), "It is no longer sold");
  assert.equal(told({ retired: false }, { ...item, retired: true }), "It is sold again");
  const limited = { ...item, terms: { per_order: 2 } };
  assert.equal(told({ terms: { per_order: 2 } }, limited), undefined);
  assert.equal(told({ terms: { per_order: 3 } }, limited), "Its terms of sale have changed");
  assert.equal(told({ terms: {} }, limited), "Its terms of sale have changed");
  assert.equal(told({ title: "R", retired: true }), "It is called R now. It is no longer sold");
});
