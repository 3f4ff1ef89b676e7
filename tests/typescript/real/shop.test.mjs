// The library against a real store whose bridges are killed, paused and started again.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { new_key, Pygmy, Unknown } from "../../../typescript/dist/index.js";
import { compiled } from "../readme.mjs";
import { ended, eventually, Store } from "../store.mjs";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const one = (item) => [{ item, quantity: 1 }];

let store, shop;
before(async () => {
  store = await new Store().start();
  shop = store.client();
});
after(() => store?.stop());

const stock_of = async (item) => (await shop.lookup(item)).stock;
const orders_of = async (customer) => {
  const all = [];
  for await (const order of shop.orders({ customer, limit: 2 })) all.push(order);
  return all;
};
// The first request is sent, and its answer is lost after `then`.
function loses_the_answer(then) {
  let asked = 0;
  const lossy = async (...request) => {
    const answer = await fetch(...request);
    if (++asked > 1) return answer;
    await then();
    throw new TypeError("fetch failed");
  };
  return store.client({ fetch: lossy });
}

test("an item, all items, an order, a hold, a change", async () => {
  const item = await shop.lookup(2);
  assert.equal(item.title, "RPCs for Dummies");
  const ids = [];
  for await (const { id } of shop.items({ limit: 3 })) ids.push(id);
  assert.deepEqual(ids, [1, 2, 3, 4, 5, 6, 7]);
  const order = await shop.buy([...one(2), { item: 3, quantity: 2 }], { customer: "zoe" });
  assert.deepEqual(
    order.lines.map(({ quantity }) => quantity),
    [1, 2],
  );
  const hold = await shop.hold(one(2), 60_000, { customer: "zoe" });
  assert.equal((await shop.extend(hold.no, 90_000)).state, "open");
  const confirmed = await shop.confirm(hold.no);
  assert.equal((await shop.show_hold(hold.no)).order, confirmed.no);
  assert.deepEqual(
    (await orders_of("zoe")).map(({ no }) => no),
    [order.no, confirmed.no],
  );
  assert.equal((await shop.cancel(order.no)).state, "cancelled");
  const seen = await shop.lookup(2);
  await shop.restock(2, { delta: 3 }, { if_match: seen.etag });
  await assert.rejects(shop.price(2, 1, { if_match: seen.etag }), { code: "precondition_failed" });
  assert.equal(await stock_of(2), item.stock - 1 + 3);
});

test("an order whose bridge is killed before it has read it is placed once by the next one", async () => {
  const before = await stock_of(1);
  store.bridges[0].pause();
  let sent = false;
  const order = store
    .client({ fetch: (...request) => ((sent = true), fetch(...request)) })
    .buy(one(1), { customer: "ann" });
  await eventually("it is sent", () => sent);
  await store.bridges[0].restart();
  await order;
  assert.equal((await orders_of("ann")).length, 1);
  assert.equal(await stock_of(1), before - 1);
});

test("an order whose answer is lost with its bridge is placed once", async () => {
  const answered = [];
  const order = await loses_the_answer(() => store.bridges[0].restart()).buy(one(1), {
    customer: "bob",
    on_answer: (answer) => answered.push(answer.tries),
  });
  assert.deepEqual(await orders_of("bob"), [order]);
  assert.deepEqual(answered, [2]);
});

test("a refusal that hides an order which took effect is not reported", async () => {
  const last = (await shop.add([{ title: "The last copy", topic: "rare", price: 100, stock: 1 }]))[0].id;
  let asked = 0;
  // The first answer is lost; the second try is refused, as it would be by a bridge whose copy comes too late.
  const lossy = async (url, request) => {
    if (request.method === "GET") return fetch(url, request);
    if (++asked === 1) await fetch(url, request);
    if (asked === 1) throw new TypeError("fetch failed");
    if (asked > 2) return fetch(url, request);
    return fetch(url, { ...request, headers: { ...request.headers, "Idempotency-Key": new_key() } });
  };
  const order = await store.client({ fetch: lossy }).buy(one(last), { customer: "cat" });
  assert.deepEqual(await orders_of("cat"), [order]);
  assert.equal(asked, 3);
});

test("orders without a pause while the bridge is killed five times are each placed once", async () => {
  let over = false;
  let bought = 0;
  const buyers = Array.from({ length: 4 }, async () => {
    while (!over) await shop.buy(one(3), { customer: "dan" }).then(() => ++bought);
  });
  for (let kills = 0; kills < 5; ++kills) {
    const before = bought;
    await eventually("orders are placed", () => bought > before + 10);
    await store.bridges[0].restart();
  }
  over = true;
  await Promise.all(buyers);
  assert.equal((await orders_of("dan")).length, bought);
});

test("while a bridge stands still, the other one is asked", async () => {
  const both = new Pygmy({ url: store.urls[0], urls: [store.urls[1]] });
  store.bridges[0].pause();
  try {
    const began = performance.now();
    const order = await both.buy(one(1), { customer: "eve" });
    assert.ok(performance.now() - began < 5000);
    await both.lookup(1);
    store.bridges[0].resume();
    assert.deepEqual(await orders_of("eve"), [order], "the bridge that goes on has the same key");
  } finally {
    store.bridges[0].resume();
  }
});

test("a write that nobody answers is unknown, and its outcome is final", async () => {
  store.bridges[0].pause();
  const key = new_key();
  await assert.rejects(shop.buy(one(1), { key, deadline_ms: 300 }), Unknown);
  store.bridges[0].resume();
  const { outcome } = await shop.outcome(key);
  const again = shop.buy(one(1), { key });
  if (outcome === "void") await assert.rejects(again, { code: "key_voided" });
  else assert.equal((await again).key, key);
});

test("a key that is used again gives the same order, and another body is refused", async () => {
  const order = await shop.buy(one(1), { key: "mine", customer: "fay" });
  assert.deepEqual(await shop.buy(one(1), { key: "mine", customer: "fay" }), order);
  await assert.rejects(shop.buy(one(2), { key: "mine", customer: "fay" }), { code: "key_reused", status: 422 });
  assert.deepEqual((await shop.outcome("mine")).order, order);
});

test("events come without a gap and once over two kills of the bridge", async () => {
  const seqs = [];
  const stop = new AbortController();
  const reading = (async () => {
    for await (const told of shop.events({ after: 0, signal: stop.signal })) seqs.push(told.reset ? "reset" : told.seq);
  })();
  for (let kills = 0; kills < 2; ++kills) {
    await eventually("events come", () => seqs.length > 0);
    await store.bridges[0].kill();
    await store.client({ url: store.urls[1] }).buy(one(4)); // nobody tells the reader of it now
    await store.bridges[0].start();
  }
  let last;
  await shop.buy(one(4), { on_answer: ({ seq }) => (last = seq) });
  await eventually("the last event has come", () => seqs.at(-1) >= last);
  stop.abort();
  await reading;
  assert.deepEqual(
    seqs,
    Array.from(seqs, (_, place) => place + 1),
  );
});

test("a reader is told that its place is of another history", async () => {
  for await (const told of shop.events({ after: "1-00000000" })) {
    assert.deepEqual([told.reset, /^\d+-/.test(told.id)], [true, true]);
    break;
  }
});

test("a token has its rights, and one that was revoked has none", async () => {
  const granted = store.ask("grant", "buyer", "--customer", "gus");
  const gus = store.client({ token: granted.token });
  assert.equal((await gus.whoami()).credential.customer, "gus");
  const order = await gus.buy(one(1));
  assert.equal(order.customer, "gus");
  await assert.rejects(gus.buy(one(1), { customer: "ann" }), { code: "forbidden" });
  await assert.rejects(gus.status(), { status: 403 });
  await assert.rejects(gus.restock(1, { delta: 1 }), { status: 403 });
  store.ask("revoke", String(granted.id));
  await assert.rejects(gus.order(order.no), { code: "unauthenticated", status: 401 });
  await assert.rejects(gus.events().next(), { code: "unauthenticated" });
});

test("a subscription goes on after its program was killed", async () => {
  const seen = [];
  const start = () => {
    const mailer = spawn(process.execPath, [path("mailer.mjs"), store.urls[0]], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    mailer.stdout.on("data", (chunk) => seen.push(...String(chunk).trim().split("\n")));
    return mailer;
  };
  const cursor = async () =>
    (await shop.subscriptions()).subscriptions.find(({ name }) => name === "mailer")?.cursor ?? 0;
  const first = start();
  await eventually("it has acknowledged orders", async () => (await shop.buy(one(5)), (await cursor()) > 0));
  first.kill("SIGKILL");
  await ended(first);
  const done = await cursor();
  const { no: last } = await shop.buy(one(5));
  const before = seen.length;
  const second = start();
  await eventually("it has seen the last order", () => seen.includes(String(last)));
  second.kill("SIGKILL");
  await ended(second);
  const placed = [];
  for await (const { no, seq } of shop.orders()) if (seq > done) placed.push(String(no));
  assert.deepEqual(seen.slice(before), placed);
  assert.ok(!seen.includes("reset"));
  await shop.unsubscribe("mailer");
});

test("the code blocks of the README run word for word", () => {
  const ran = spawnSync(process.execPath, [compiled(store.urls[0])], { encoding: "utf8", timeout: 60_000 });
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  for (const line of ["RPCs for Dummies 4995", "true", "only ", "a mail about order 1", "all"])
    assert.ok(ran.stdout.includes(line), `${line} in:\n${ran.stdout}`);
});

test("under load with bridges that are killed no request fails, and the history holds", async () => {
  const record = `${store.data}/load.jsonl`;
  const load = path("../../../typescript/examples/load.mjs");
  const words = ["--url", store.urls.join(","), "--seconds", "4", "--record", record, "--timeout", "60"];
  const running = spawn(process.execPath, [load, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let [report, said] = ["", ""];
  running.stdout.on("data", (chunk) => (report += chunk));
  running.stderr.on("data", (chunk) => (said += chunk));
  for (const bridge of [...store.bridges, ...store.bridges]) {
    const before = said;
    await eventually("the load goes on", () => said !== before || report);
    await bridge.restart();
  }
  await ended(running);
  const { ops, errors, first_error } = JSON.parse(report);
  assert.equal(errors, 0, first_error);
  assert.ok(ops > 100, `${ops} operations`);
  const checked = spawnSync(process.env.PYGMY, ["check", record], { encoding: "utf8" });
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);
});
