// The checkout against a shop that loses requests and answers at every place.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Problem, type Order } from "../../../web/src/shared/api.ts";
import { left_over, place, read_pending, settle, type Pending, type World } from "../../../web/src/shop/checkout.ts";

const pending: Pending = { key: "key-1", body: { lines: [{ item: 1, quantity: 2 }] }, at: 1000, tab: "a" };
const lost = () => new Problem("unreachable", 0, "no answer");
const problem = (code: string, status: number) => new Problem(code, status, code);

// Each request meets the next of the given fates; after the last one all is well. The shop behind it is a real one in
// small: a key is an order or void, for ever.
class Shop implements World {
  orders = new Map<string, Order>();
  voided = new Set<string>();
  kept: Pending | undefined;
  told: string[] = [];
  confirmed: number[] = [];
  waited = 0;
  constructor(private readonly fates: ("lost" | "answer lost" | Problem)[] = []) {}

  load = () => this.kept;
  save = (next: Pending | undefined) => void (this.kept = next);
  sleep = async (milliseconds: number) => void (this.waited += milliseconds);
  progress = (state: string) => void this.told.push(state);
  place = (body: Pending["body"], key: string) => this.meet(() => this.buy(body, key));
  confirm = (hold: number, key: string) => {
    this.confirmed.push(hold);
    return this.meet(() => this.buy(this.kept!.body, key));
  };
  outcome = (key: string) =>
    this.meet(() => {
      const order = this.orders.get(key);
      if (!order) this.voided.add(key);
      return { outcome: order ? ("order" as const) : ("void" as const), seq: 5, order };
    });

  private buy(body: Pending["body"], key: string): Order {
    assert.deepEqual(
      { ...this.kept, hold: undefined },
      { ...pending, hold: undefined },
      "what is sent must have been kept before",
    );
    if (this.voided.has(key)) throw problem("key_voided", 409);
    const order = this.orders.get(key) ?? {
      no: this.orders.size + 1,
      seq: 4,
      at: 0,
      type: "buy",
      key,
      customer: "",
      total: 0,
      lines: body.lines.map((line) => ({ price: 0, stock: 0, ...line })),
    };
    this.orders.set(key, order);
    return order;
  }
  private async meet<Answer>(request: () => Answer): Promise<Answer> {
    const fate = this.fates.shift();
    if (fate instanceof Problem) throw fate;
    if (fate === "lost") throw lost();
    const answer = request();
    if (fate === "answer lost") throw lost();
    return answer;
  }
}

test("an order is placed, and forgotten here once it is known", async () => {
  const shop = new Shop();
  const result = await place(shop, pending);
  assert.equal(result.kind, "placed");
  assert.equal(shop.kept, undefined);
});

test("an order whose answer was lost is found by its outcome, and not sent again", async () => {
  const shop = new Shop(["answer lost"]);
  const result = await place(shop, pending);
  assert.equal(result.kind, "placed");
  assert.equal(shop.orders.size, 1);
  assert.deepEqual(shop.told, ["sending", "settling"]);
});

test("an order of a hold is made by confirming it, with the same care", async () => {
  const of_hold = { ...pending, hold: 3 };
  const shop = new Shop(["answer lost"]);
  const result = await place(shop, of_hold);
  assert.equal(result.kind, "placed");
  assert.deepEqual([shop.confirmed, shop.orders.size, shop.kept], [[3], 1, undefined]);
  const over = await place(new Shop([problem("hold_over", 409)]), of_hold);
  assert.ok(over.kind === "refused" && over.problem.code === "hold_over");
});

test("an order that never arrived is nothing, for ever: a late copy cannot take effect", async () => {
  const shop = new Shop(["lost"]);
  assert.deepEqual(await place(shop, pending), { kind: "nothing" });
  shop.kept = pending;
  await assert.rejects(shop.place(pending.body, pending.key), { code: "key_voided" });
  assert.equal(shop.orders.size, 0);
});

test("while the shop cannot be reached, the order is kept and the outcome asked again", async () => {
  const shop = new Shop(["answer lost", "lost", problem("unavailable", 503), "answer lost"]);
  const result = await place(shop, pending);
  assert.equal(result.kind, "placed");
  assert.equal(shop.orders.size, 1);
  assert.deepEqual(shop.told, ["sending", "settling", "waiting", "waiting", "waiting"]);
  assert.equal(shop.waited, 1000 + 2000 + 4000);
});

test("a refusal is told, and nothing is kept", async () => {
  const shop = new Shop([problem("out_of_stock", 409)]);
  const result = await place(shop, pending);
  assert.ok(result.kind === "refused" && result.problem.code === "out_of_stock");
  assert.equal(shop.kept, undefined);
});

test("a busy shop is asked again with the same key, not for ever", async () => {
  const busy = () => problem("busy", 503);
  assert.equal((await place(new Shop([busy(), busy()]), pending)).kind, "placed");
  const shop = new Shop([busy(), busy(), busy()]);
  assert.deepEqual(await place(shop, pending), { kind: "nothing" });
  assert.equal(shop.orders.size, 0);
});

test("an answer that nobody knows (504) is settled", async () => {
  const shop = new Shop([problem("unknown", 504)]);
  assert.deepEqual(await place(shop, pending), { kind: "nothing" });
});

test("a key that another tab has voided is nothing", async () => {
  const shop = new Shop();
  shop.voided.add(pending.key);
  assert.deepEqual(await place(shop, pending), { kind: "nothing" });
});

test("a key that another tab has used for another customer orders nothing here", async () => {
  assert.deepEqual(await place(new Shop([problem("key_reused", 422)]), pending), { kind: "elsewhere" });
});

test("after a reload the order of this tab is settled, and not placed", async () => {
  const shop = new Shop();
  shop.kept = pending;
  const mine = left_over(shop, "a", pending.at + 10, false);
  assert.equal(mine, pending);
  assert.deepEqual(await settle(shop, mine), { kind: "nothing" });
  assert.equal(shop.orders.size, 0);
});

test("a page that has its turn settles the order of a tab that was closed, however young it is", () => {
  const shop = new Shop();
  shop.kept = pending;
  assert.equal(left_over(shop, "b", pending.at + 10, true), pending);
});

test("without turns a young order of another tab is left to that tab, an old one is settled", () => {
  const shop = new Shop();
  shop.kept = pending;
  assert.equal(left_over(shop, "b", pending.at + 5000, false), undefined);
  assert.equal(left_over(shop, "b", pending.at + 31_000, false), pending);
});

test("a kept order is read back; what is damaged is none", () => {
  assert.deepEqual(read_pending(JSON.stringify(pending)), pending);
  for (const damaged of [null, "", "{", "null", "3", '{"key":7}', '{"key":"a"}'])
    assert.equal(read_pending(damaged), undefined);
});
