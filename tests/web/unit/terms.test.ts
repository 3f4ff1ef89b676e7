import assert from "node:assert/strict";
import { test } from "node:test";
import { day_and_time } from "../../../web/src/shared/money.ts";
import { not_sold, on_sale, told_terms } from "../../../web/src/shop/terms.ts";

const NOON = Date.UTC(2026, 11, 1, 12);

test("an item without terms has nothing to tell and is on sale", () => {
  assert.deepEqual(told_terms(undefined, NOON), []);
  assert.equal(on_sale(undefined, NOON), true);
});

test("an item is not sold if it is retired, or outside its time", () => {
  assert.equal(not_sold({}, NOON), undefined);
  assert.equal(not_sold({ retired: false, terms: {} }, NOON), undefined);
  assert.equal(not_sold({ retired: true }, NOON), "No longer sold");
  assert.equal(not_sold({ terms: { until: NOON } }, NOON), "Not on sale now");
  assert.equal(not_sold({ terms: { until: NOON + 1 } }, NOON), undefined);
});

test("limits are told with their window", () => {
  const tell = (window: number) => told_terms({ per_customer: 1, window }, NOON);
  assert.deepEqual(told_terms({ per_order: 2 }, NOON), ["At most 2 in one order"]);
  assert.deepEqual(tell(86_400_000), ["At most 1 for each customer in 1 day"]);
  assert.deepEqual(tell(5_400_000), ["At most 1 for each customer in 90 minutes"]);
  assert.deepEqual(tell(1500), ["At most 1 for each customer in 1,500 milliseconds"]);
});

test("an item is on sale from its first instant up to its last, which is not included", () => {
  const terms = { from: NOON, until: NOON + 3_600_000 };
  assert.deepEqual(
    [NOON - 1, NOON, NOON + 3_599_999, NOON + 3_600_000].map((now) => on_sale(terms, now)),
    [false, true, true, false],
  );
  const end = day_and_time(terms.until);
  assert.deepEqual(told_terms(terms, NOON - 1), [`On sale from ${day_and_time(NOON)}`, `On sale until ${end}`]);
  assert.deepEqual(told_terms(terms, NOON), [`On sale until ${end}`]);
  assert.deepEqual(told_terms(terms, NOON + 3_600_000), [`It was on sale until ${end}`]);
});
