import assert from "node:assert/strict";
import { test } from "node:test";
import { FEED_MAX, gathered, sentence, wanted } from "../../../web/src/ops/feed.ts";
import { movement_words } from "../../../web/src/ops/movements.ts";
import { event } from "./ops_fixture.ts";

test("the feed keeps the last events, newest first", () => {
  const many = Array.from({ length: 1000 }, (_, at) => event("key_voided", { key: "k" }, at + 1));
  const kept = gathered(gathered([], many.slice(0, 500)), many.slice(500));
  assert.equal(kept.length, FEED_MAX);
  assert.deepEqual([kept[0]!.seq, kept.at(-1)!.seq], [1000, 1000 - FEED_MAX + 1]);
});

test("the feed is filtered by kind and by words", () => {
  const order = event(
    "order_placed",
    { no: 3, customer: "Ann", total: 500, lines: [{ item: 2, quantity: 1, price: 500, stock: 4 }] },
    12,
  );
  const all = { kinds: new Set<string>(), words: "" };
  assert.equal(sentence(order), "Order 3 for Ann: 1 × item 2 (4 in stock), 5.00");
  assert.ok(wanted(order, all));
  assert.ok(wanted(order, { ...all, words: "ann item" }) && !wanted(order, { ...all, words: "bob" }));
  assert.ok(
    wanted(order, { ...all, kinds: new Set(["order_placed"]) }) &&
      !wanted(order, { ...all, kinds: new Set(["key_voided"]) }),
  );
});

test("the feed says who did what to the store", () => {
  const noted = (data: Record<string, unknown>) =>
    sentence(event("act_noted", { act: "trim", subject: "before seq 9", ...data }, 12));
  assert.equal(noted({}), "Trim: before seq 9");
  assert.equal(noted({ by: 7 }), "Trim: before seq 9, by credential 7");
  assert.equal(noted({ who: "operator" }), "Trim: before seq 9, by operator");
});

test("the feed tells which items are low, and what an edit gives an item", () => {
  const told = (kind: string, data: object) => sentence({ kind, seq: 9, at: 0, data: { item: 2, ...data } });
  assert.equal(told("stock_low", { available: 3, low: 4 }), "Item 2 is low: 3 pieces available, low at 4");
  assert.equal(told("stock_ok", { available: 5, low: 4 }), "Item 2 is no longer low: 5 pieces available");
  const edit = { description: "", topics: ["maps", "fun"], attributes: { pages: "214" }, low: 4 };
  assert.equal(told("item_edited", edit), "Item 2: no description, also of maps, fun, low at 4, other attributes");
  assert.equal(told("item_edited", { topics: [], low: -1 }), "Item 2: of one topic, no threshold");
});

test("the feed says what becomes of subscriptions", () => {
  const said = (kind: string, data: Record<string, unknown>) => sentence(event(kind, { name: "till", ...data }, 12));
  assert.equal(said("subscription_made", {}), "Subscription till begins");
  assert.equal(
    said("subscription_acknowledged", { cursor: 9, was: 4 }),
    "Subscription till is done with everything up to 9",
  );
  assert.equal(said("subscription_ended", { key: "k" }), "Subscription till has ended");
  assert.equal(said("subscription_ended", {}), "Subscription till was dropped: nobody acknowledged it");
});

test("the feed is filtered without case in every script", () => {
  const named = (customer: string) => event("order_placed", { no: 3, customer, total: 5, lines: [] }, 12);
  const found = (customer: string, words: string) => wanted(named(customer), { kinds: new Set(), words });
  assert.ok(found("Straße", "STRASSE") && found("STRAẞE", "straße"));
  assert.ok(found("Οδυσσεύς", "ΟΔΥΣΣΕΎΣ") && found("ΟΔΥΣΣΕΎΣ", "οδυσ"));
  assert.ok(found("Cafe\u0301", "CAF\u00c9") && found("Caf\u00e9", "cafe\u0301"));
  assert.ok(!found("Café", "caff"));
});

test("a movement says what it left, and why", () => {
  const movement = { item: 2, seq: 9, at: 0, kind: "bought" as const, delta: -2, stock: 3, order: 7 };
  assert.equal(movement_words(movement), "-2, 3 pieces now, order 7");
  assert.equal(
    movement_words({ ...movement, kind: "confirmed", held_delta: -3, hold: 4, by: 5, reason: "damaged" }),
    "-2, 3 pieces now, held -3, 0 now, order 7, hold 4, by 5 (damaged)",
  );
  assert.equal(
    movement_words({ item: 2, seq: 9, at: 0, kind: "held", delta: 0, stock: 1, held_delta: 1, held: 1 }),
    "0, 1 piece now, held +1, 1 now",
  );
  assert.equal(
    movement_words({
      ...movement,
      kind: "transferred",
      delta: 0,
      places: [
        { place: "annex", pieces: -2 },
        { place: "north", pieces: 2 },
      ],
    }),
    "0, 3 pieces now, -2 at annex, +2 at north, order 7",
  );
});

test("a count is told as one in the feed", () => {
  const counted = {
    kind: "stock_moved",
    seq: 9,
    at: 0,
    data: { item: 2, delta: -2, stock: 3, reason: "stock-take", counted: true },
  };
  assert.equal(sentence(counted), "Item 2: 3 pieces counted (stock-take)");
  const places = [
    { place: "annex", pieces: -2 },
    { place: "north", pieces: 2 },
  ];
  const at_place = { ...counted, data: { ...counted.data, found: 1, places: [places[0]] } };
  assert.equal(sentence(at_place), "Item 2: 1 piece counted, -2 at annex (stock-take)");
  const transferred = { ...counted, data: { item: 2, delta: 0, stock: 3, places } };
  assert.equal(sentence(transferred), "Item 2: 0, 3 pieces now, -2 at annex, +2 at north");
});

test("an edit is told in the feed with what it names", () => {
  const told = (fields: object) => sentence({ kind: "item_edited", seq: 9, at: 0, data: { item: 2, ...fields } });
  assert.equal(told({ title: "Risk 2", topic: "old games" }), "Item 2: title “Risk 2”, topic “old games”");
  assert.equal(told({ retired: true }), "Item 2: retired");
  assert.equal(told({ retired: false, terms: {} }), "Item 2: brought back, no terms of sale");
  assert.equal(told({ terms: { per_order: 2 } }), "Item 2: other terms of sale");
});
