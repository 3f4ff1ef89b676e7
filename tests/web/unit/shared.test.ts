import assert from "node:assert/strict";
import { test } from "node:test";
import { new_key, type Item } from "../../../web/src/shared/api.ts";
import { changed, changes_of, moves_places, read_event } from "../../../web/src/shared/events.ts";
import { ago, count, micros, money, rate, use_currency } from "../../../web/src/shared/money.ts";
import { available, available_at, places_of, places_text } from "../../../web/src/shared/places.ts";
import { parse_route, to } from "../../../web/src/shop/route.ts";
import { newest, with_change } from "../../../web/src/shop/stock.ts";

const item: Item = { id: 2, title: "Risk", topic: "games", price: 1599, stock: 10, version: 7 };
const event = (kind: string, seq: number, data: object) => read_event(kind, JSON.stringify({ seq, at: 5, ...data }))!;

test("cents are read without floats", () => {
  assert.deepEqual([0, 5, 99, 100, 2499, 123456700, -250].map(money), [
    "0.00",
    "0.05",
    "0.99",
    "1.00",
    "24.99",
    "1,234,567.00",
    "−2.50",
  ]);
  assert.equal(money(2 ** 53 - 1), "90,071,992,547,409.91");
});

test("amounts have the name and the decimals of the store's currency", () => {
  const shown = (code: string, digits: number, ...amounts: number[]) => {
    use_currency({ code, digits });
    return amounts.map((amount) => money(amount).replace(/\u00a0/g, " "));
  };
  assert.deepEqual(shown("EUR", 2, 5, 2499, -250, 2 ** 53 - 1), [
    "€0.05",
    "€24.99",
    "−€2.50",
    "€90,071,992,547,409.91",
  ]);
  assert.deepEqual(shown("JPY", 0, 0, 5, 2499), ["¥0", "¥5", "¥2,499"]);
  assert.deepEqual(shown("KWD", 3, 5, 2499), ["KWD 0.005", "KWD 2.499"]);
  assert.deepEqual(shown("XXY", 1, 25), ["XXY 2.5"], "a code that this browser does not know");
  use_currency(undefined);
  assert.equal(money(2499), "24.99");
});

test("numbers are as people read them", () => {
  assert.deepEqual([0, 0.44, 12.4, 1234.5].map(rate), ["0", "0.4", "12", "1,235"]);
  assert.deepEqual([87, 1234, 56_000, 2_500_000].map(micros), ["87 µs", "1.2 ms", "56 ms", "2.5 s"]);
  assert.deepEqual([200, 4000, 61_000, 7_200_000].map(ago), ["now", "4 s ago", "1 min ago", "2 h ago"]);
  assert.equal(count(1234567), "1,234,567");
});

test("an order changes the stock of each of its items; two lines of one item come in order", () => {
  const lines = [
    { item: 2, quantity: 1, price: 1, stock: 9 },
    { item: 3, quantity: 1, price: 1, stock: 4 },
    { item: 2, quantity: 2, price: 1, stock: 7 },
  ];
  const after = changes_of(event("order_placed", 8, { lines })).reduce(changed, item);
  assert.deepEqual([after.stock, after.version, after.price], [7, 8, 1599]);
});

test("a move and a new price change what they name", () => {
  assert.equal(changes_of(event("stock_moved", 8, { item: 2, delta: 5, stock: 15 })).reduce(changed, item).stock, 15);
  const lines_back = [{ item: 2, quantity: 1, price: 5, stock: 16 }];
  assert.equal(changes_of(event("order_cancelled", 8, { lines: lines_back })).reduce(changed, item).stock, 16);
  const dearer = changes_of(event("price_changed", 8, { item: 2, price: 1700, was: 1599 })).reduce(changed, item);
  assert.deepEqual([dearer.price, dearer.stock], [1700, 10]);
});

test("a hold changes what is held of an item, and an order of it changes both at once", () => {
  const line = (held: number) => ({ item: 2, quantity: 3, price: 1, held });
  const held = changes_of(event("hold_placed", 8, { lines: [line(3)] })).reduce(changed, item);
  assert.deepEqual([held.stock, held.held, available(held), held.version], [10, 3, 7, 8]);
  const bought = { ...line(0), quantity: 2, stock: 8 };
  const [change, ...more] = changes_of(event("hold_confirmed", 9, { lines: [bought], ended: [line(0)] }));
  assert.equal(more.length, 0, "no state in between is shown");
  const after = changed(held, change!);
  assert.deepEqual([after.stock, after.held, available(after)], [8, 0, 8]);
  const ended = changes_of(event("hold_ended", 9, { lines: [line(1)] })).reduce(changed, held);
  assert.deepEqual([ended.stock, available(ended)], [10, 9]);
  const none = changes_of(event("hold_confirmed", 9, { lines: [], ended: [line(0)] })).reduce(changed, held);
  assert.deepEqual([none.stock, available(none)], [10, 10], "nothing of this item was bought");
  assert.deepEqual(changes_of(event("hold_extended", 9, { hold: 1, expires: 5, was: 4 })), []);
  assert.equal("held" in changes_of(event("price_changed", 8, { item: 2, price: 1 })).reduce(changed, item), false);
});

test("an edit changes what it names: the title, the topic, the terms of sale, and whether the item is sold", () => {
  const edit = (seq: number, fields: object) => changes_of(event("item_edited", seq, { item: 2, ...fields }));
  const renamed = edit(8, { title: "Risk 2", topic: "old games", topic_was: "games" }).reduce(changed, item);
  assert.deepEqual(renamed, { ...item, title: "Risk 2", topic: "old games", version: 8, edited: 8 });
  const retired = edit(9, { retired: true }).reduce(changed, renamed);
  assert.deepEqual([retired.retired, retired.title, retired.edited], [true, "Risk 2", 9]);
  assert.equal(edit(10, { retired: false }).reduce(changed, retired).retired, false);
  const limited = edit(10, { terms: { per_order: 2 } }).reduce(changed, retired);
  assert.deepEqual(limited.terms, { per_order: 2 });
  assert.deepEqual(edit(11, { terms: {} }).reduce(changed, limited).terms, {}, "an edit without rules removes them");
  const described = edit(11, { description: "Two\nlines", topics: ["maps"], attributes: { pages: "214" } });
  const { description, topics, attributes } = described.reduce(changed, item);
  assert.deepEqual([description, topics, attributes], ["Two\nlines", ["maps"], { pages: "214" }]);
  assert.equal(edit(7, { title: "Older" }).reduce(changed, limited), limited);
  const none = { description: 5, topics: "maps", attributes: ["a"] };
  const odd = edit(12, { title: 5, topic: null, retired: "yes", terms: 7, ...none }).reduce(changed, limited);
  assert.deepEqual(odd, { ...limited, version: 12, edited: 12 }, "what has another type than it should is left out");
  assert.deepEqual(changes_of(event("item_edited", 12, { title: "Of nothing" })), []);
});

test("an event that is older than the answer changes nothing", () => {
  assert.equal(changes_of(event("stock_moved", 6, { item: 2, delta: 5, stock: 15 })).reduce(changed, item), item);
});

test("an edit reaches the item on an open list, and no other one", () => {
  const other = { ...item, id: 3 };
  const [change] = changes_of(event("item_edited", 8, { item: 3, retired: true }));
  const [first, second] = with_change([item, other], change!);
  assert.equal(first, item);
  assert.equal(second!.retired, true);
});

test("an answer that is older than what events told changes nothing", () => {
  assert.deepEqual(newest([item], [{ ...item, version: 6, stock: 99 }]), [item]);
  assert.equal(newest([item], [{ ...item, version: 8, stock: 99 }])[0]!.stock, 99);
});

test("events of kinds to come, and what is no event, harm nobody", () => {
  assert.deepEqual(changes_of(event("gift_wrapped", 9, { item: 2 })), []);
  for (const text of ["", "{", "null", "{}", '{"seq":"1"}']) assert.equal(read_event("order_placed", text), undefined);
});

test("every address leads to its page and back", () => {
  assert.deepEqual(parse_route(to.browse("graduate school")), {
    page: "browse",
    topic: "graduate school",
    text: undefined,
  });
  assert.deepEqual(parse_route(to.browse(undefined, "a & b?")), { page: "browse", topic: undefined, text: "a & b?" });
  assert.deepEqual(parse_route(to.item(12)), { page: "item", id: 12 });
  assert.deepEqual(parse_route(to.checkout()), { page: "checkout" });
  assert.deepEqual(parse_route(to.order(3, true)), { page: "order", no: 3, placed: true });
  assert.deepEqual(parse_route(to.orders("Ann & Bob")), { page: "orders", customer: "Ann & Bob" });
  assert.deepEqual(parse_route(""), { page: "browse", topic: undefined, text: undefined });
});

test("strange addresses are nowhere", () => {
  for (const hash of [
    "#/item/0",
    "#/item/abc",
    "#/item/1/2",
    "#/item/1e3",
    "#/basket/1",
    "#/checkout/1",
    "#/orders/x",
    "#/%",
  ])
    assert.equal(parse_route(hash).page, "nowhere", hash);
});

test("keys are new every time, short enough, and rise with time", () => {
  const keys = Array.from({ length: 1000 }, (_, at) => new_key(1_800_000_000_000 + at));
  assert.equal(new Set(keys).size, 1000);
  assert.deepEqual([...keys].sort(), keys);
  assert.ok(keys.every((key) => key.length <= 64));
  assert.notEqual(new_key(1), new_key(1));
});

test("the pieces of an item at its places are its stock, and no place offers more than is available", () => {
  assert.deepEqual(places_of(item), []);
  const places = [
    { place: "annex", pieces: 4 },
    { place: "north", pieces: 1 },
  ];
  assert.equal(places_text(places_of({ ...item, places })), "5 at main, 4 at annex, 1 at north");
  assert.equal(places_text(places_of({ ...item, stock: 5, places })), "4 at annex, 1 at north");
  assert.equal(places_text(available_at({ ...item, held: 8, places })), "2 at main, 2 at annex, 1 at north");
});

test("an event says whether pieces of an item moved at other places than main", () => {
  const places = [{ place: "annex", pieces: 1 }];
  const line = { item: 2, quantity: 1, stock: 9 };
  assert.ok(moves_places(event("stock_moved", 9, { item: 2, delta: 0, stock: 10, places }), 2));
  assert.ok(!moves_places(event("stock_moved", 9, { item: 2, delta: 1, stock: 11 }), 2));
  assert.ok(moves_places(event("order_placed", 9, { lines: [{ ...line, places }] }), 2));
  assert.ok(!moves_places(event("order_placed", 9, { lines: [line, { ...line, item: 3, places }] }), 2));
});
