// The hold of a basket against a shop that loses requests and answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Problem, type Hold, type Item } from "../../../web/src/shared/api.ts";
import { add, difference, type Basket } from "../../../web/src/shop/basket.ts";
import {
  countdown,
  hold,
  hold_of,
  HOLD_MS,
  left_of,
  let_go,
  read_hold,
  spoken,
  without_own,
  type HoldWorld,
  type KeptHold,
} from "../../../web/src/shop/hold.ts";

const item = (id: number, more: Partial<Item> = {}): Item => ({
  id,
  title: `item ${id}`,
  topic: "games",
  price: 1000,
  stock: 10,
  version: 1,
  ...more,
});
const basket: Basket = add(add([], item(1), 2), item(2), 1);
const wanted = hold_of(basket, " Ann ", "k");
const NOW = 1_700_000_000_000;
const problem = (code: string, status: number) => new Problem(code, status, code);

// Each request meets the next of the given fates; after the last one all is well. A key is one hold or void, for ever.
class Shop implements HoldWorld {
  now = NOW;
  holds = new Map<string, Hold>();
  voided = new Set<string>();
  released: [number, string][] = [];
  kept: KeptHold | undefined;
  waited = 0;
  constructor(private readonly fates: ("lost" | "answer lost" | Problem)[] = []) {}

  load = () => this.kept;
  save = (next: KeptHold | undefined) => void (this.kept = next);
  sleep = async (milliseconds: number) => void (this.waited += milliseconds);
  place = (body: KeptHold["body"], key: string) =>
    this.meet(() => {
      assert.equal(this.kept?.key, key, "what is sent must have been kept before");
      if (this.voided.has(key)) throw problem("key_voided", 409);
      const at = this.now;
      const placed: Hold = this.holds.get(key) ?? {
        no: this.holds.size + 1,
        seq: 4,
        version: 4,
        at,
        expires: at + body.ttl,
        state: "open",
        key,
        customer: "",
        lines: body.lines.map((line) => ({ held: line.quantity, ...line, price: 0 })),
      };
      this.holds.set(key, placed);
      return { body: placed, now: Math.floor(this.now / 1000) * 1000 };
    });
  outcome = (key: string) =>
    this.meet(() => {
      const found = this.holds.get(key);
      if (!found) this.voided.add(key);
      return { outcome: found ? ("change" as const) : ("void" as const), seq: 5, hold: found };
    });
  release = (no: number, key: string) =>
    this.meet(() => {
      this.released.push([no, key]);
      for (const one of this.holds.values()) if (one.no === no) one.state = "released";
    });
  private async meet<Answer>(request: () => Answer): Promise<Answer> {
    const fate = this.fates.shift();
    if (fate instanceof Problem) throw fate;
    if (fate === "lost") throw problem("unreachable", 0);
    const answer = request();
    if (fate === "answer lost") throw problem("unreachable", 0);
    return answer;
  }
}

test("a hold asks for what the customer saw, for ten minutes", () => {
  assert.deepEqual(wanted.body, {
    customer: "Ann",
    lines: [
      { item: 1, quantity: 2, price: 1000 },
      { item: 2, quantity: 1, price: 1000 },
    ],
    ttl: 600_000,
  });
  assert.equal("customer" in hold_of(basket, " ", "k").body, false);
  assert.notEqual(wanted.key, "k", "the order has that key");
  assert.ok(hold_of(basket, "", "web-lq2x3abc-0123456789abcdef0123").key.length + "-r".length <= 64);
});

test("the basket is held once, however often it is sent", async () => {
  const shop = new Shop();
  const first = await hold(shop, wanted);
  assert.ok(first.kind === "held");
  assert.equal(first.left, HOLD_MS);
  assert.deepEqual(shop.kept, { ...wanted, no: 1, expires: NOW + HOLD_MS });
  shop.now += 4000;
  const again = await hold(shop, wanted);
  assert.ok(again.kind === "held");
  assert.deepEqual([again.hold.no, again.left], [1, HOLD_MS - 4000]);
  assert.deepEqual([shop.holds.size, shop.released], [1, []]);
});

test("an answer that was lost is asked for again with the same key, not for ever", async () => {
  const shop = new Shop(["answer lost", problem("busy", 503)]);
  assert.equal((await hold(shop, wanted)).kind, "held");
  assert.equal(shop.holds.size, 1);
  const away = new Shop(["answer lost", "lost", "lost"]);
  assert.equal((await hold(away, wanted)).kind, "unknown");
  assert.deepEqual([away.waited, away.kept], [2000, wanted], "the next try has the same key");
  assert.equal((await hold(away, wanted)).kind, "held");
  assert.equal(away.holds.size, 1);
});

test("a hold that has ended, or whose key is used up, holds nothing more", async () => {
  for (const state of ["expired", "released", "confirmed"] as const) {
    const shop = new Shop();
    await hold(shop, wanted);
    shop.holds.get(wanted.key)!.state = state;
    assert.deepEqual(await hold(shop, wanted), { kind: "over" }, state);
    assert.equal(shop.kept, undefined);
  }
  for (const code of ["key_voided", "key_reused"]) {
    assert.deepEqual(await hold(new Shop([problem(code, 409)]), wanted), { kind: "over" }, code);
  }
  const late = new Shop();
  await hold(late, wanted);
  late.now += HOLD_MS;
  assert.deepEqual(await hold(late, wanted), { kind: "over" }, "the shop has not said so yet");
  assert.equal(late.kept?.no, 1, "so it is released before the next one");
});

test("a refusal of the goods is told; a shop that does not hold for this customer is bought from directly", async () => {
  for (const code of ["out_of_stock", "price_changed"]) {
    const shop = new Shop([problem(code, 409)]);
    const result = await hold(shop, wanted);
    assert.ok(result.kind === "refused" && result.problem.code === code);
    assert.equal(shop.kept, undefined);
  }
  for (const [code, status] of [
    ["unauthenticated", 401],
    ["forbidden", 403],
    ["not_found", 404],
    ["limit", 409],
    ["unknown_type", 502],
  ] as const) {
    assert.deepEqual(await hold(new Shop([problem(code, status)]), wanted), { kind: "direct" }, code);
  }
});

test("the hold of another basket is released before the next one is placed", async () => {
  const shop = new Shop();
  await hold(shop, wanted);
  const next = hold_of(basket.slice(1), "Ann", "other");
  const result = await hold(shop, next);
  assert.ok(result.kind === "held");
  assert.deepEqual(shop.released, [[1, `${wanted.key}-r`]]);
  assert.deepEqual([shop.kept?.key, shop.kept?.no], [next.key, 2]);
  const renamed = hold_of(basket.slice(1), "Bob", "other");
  await hold(shop, renamed);
  assert.equal(shop.released.length, 2, "the same basket for somebody else is another hold");
});

test("a hold whose number is not known is found by its key, and otherwise made impossible", async () => {
  const shop = new Shop(["answer lost", "lost", "lost"]);
  await hold(shop, wanted);
  await let_go(shop, shop.kept!);
  assert.deepEqual(shop.released, [[1, `${wanted.key}-r`]]);
  assert.equal(shop.kept, undefined);
  const never = new Shop(["lost", "lost", "lost"]);
  await hold(never, wanted);
  await let_go(never, never.kept!);
  assert.deepEqual([never.released, [...never.voided]], [[], [wanted.key]]);
});

test("a hold that cannot be released ends by its time; the hold of another tab stays kept", async () => {
  const shop = new Shop();
  await hold(shop, wanted);
  const mine = shop.kept!;
  const other = hold_of(basket, "", "other");
  const failing = new Shop(["lost"]);
  failing.kept = mine;
  await let_go(failing, mine);
  assert.equal(failing.kept, undefined);
  shop.kept = other;
  await let_go(shop, mine);
  assert.equal(shop.kept, other);
});

test("the time that is left comes from the shop's clock, and is never too short", () => {
  const open = { at: NOW, expires: NOW + HOLD_MS } as Hold;
  assert.equal(left_of(open, NOW + 1000), HOLD_MS - 1000);
  assert.equal(left_of({ ...open, at: NOW + 900, expires: NOW + 900 + HOLD_MS }, NOW), HOLD_MS, "whole seconds only");
  assert.equal(left_of(open, NaN), HOLD_MS, "without a Date");
  assert.ok(left_of(open, NOW + HOLD_MS) <= 0);
});

test("the countdown ends at 0:00 and not before, and speaks at a few moments only", () => {
  assert.deepEqual([600_000, 599_001, 581_000, 60_000, 1, 0, -5].map(countdown), [
    "10:00",
    "10:00",
    "9:41",
    "1:00",
    "0:01",
    "0:00",
    "0:00",
  ]);
  const said = [];
  for (let now = 599; now >= 0; --now) said.push(...(spoken(now + 1, now) ? [now] : []));
  assert.deepEqual(said, [300, 120, 60, 30]);
  assert.equal(spoken(70, 58), "Your basket is held for 1 minute more", "a hidden page ticks less often");
  assert.equal(spoken(130, 110), "Your basket is held for 2 minutes more");
});

test("pieces that this customer holds are not missing in its own basket", () => {
  const kept = { ...wanted, no: 1, expires: NOW };
  const held = item(1, { stock: 3, held: 3 });
  assert.equal(without_own(held, kept, NOW - 1).held, 1);
  assert.equal(without_own(item(2, { held: 0 }), kept, NOW - 1).held, 0);
  for (const [other, now] of [
    [kept, NOW],
    [wanted, NOW - 1],
    [undefined, NOW - 1],
  ] as const) {
    assert.equal(without_own(held, other, now), held);
  }
  assert.equal(without_own(item(7, { held: 2 }), kept, NOW - 1).held, 2);
  const retired = { held: 2, retired: true, terms: { per_order: 1 } };
  assert.equal(difference(basket[0]!, without_own(item(1, retired), kept, NOW - 1), NOW), undefined, "it is promised");
  assert.equal(without_own(item(7, retired), kept, NOW - 1).retired, true);
});

test("a kept hold is read back; what is damaged is none", () => {
  assert.deepEqual(read_hold(JSON.stringify(wanted)), wanted);
  for (const damaged of [null, "", "{", "null", "3", '{"key":7}', '{"key":"a"}', '{"key":"a","body":{}}'])
    assert.equal(read_hold(damaged), undefined);
});
