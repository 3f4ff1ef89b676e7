// The life of a request, in virtual time, against bridges that lose requests and answers at every place.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Call } from "../../../typescript/dist/call.js";

// A shop in small: a key is an order or void, for ever. Each try meets the next of the given fates; after the last one
// all is well. A fate is called with the shop and says what the client hears.
class Shop {
  orders = new Set();
  voided = new Set();
  sold_out = false;
  place(key) {
    if (this.orders.has(key)) return { answer: true };
    if (this.voided.has(key)) return refusal(409, "key_voided");
    if (this.sold_out) return refusal(409, "out_of_stock");
    this.orders.add(key);
    return { answer: true };
  }
  outcome(key) {
    if (!this.orders.has(key)) this.voided.add(key);
    return { answer: true, has_effect: this.orders.has(key) };
  }
}

const refusal = (status, code, retry_after_ms) => ({
  refusal: { status, code, message: code, details: {}, retry_after_ms },
});
const foreign = (status) => ({ refusal: { status, code: "unexpected", message: "of a proxy" } });
const lost = (why = "cut") => ({ lost: { may_have_reached: true, why } });
const not_sent = { lost: { may_have_reached: false, why: "nobody listens" } };
const say = (heard) => () => heard;
const answer_lost = (shop, ask) => (ask(), lost());
const well = (shop, ask) => ask();

function run(fates, { write = true, bridges = 1, deadline = 30_000, shop = new Shop(), takes = 1 } = {}) {
  const call = new Call({ write, bridges, first: 0, deadline, random: () => 1 });
  const log = [];
  let now = 0;
  let step = call.start(now);
  for (let tries = 0; tries < 1000;) {
    if (step.do === "wait") {
      log.push(`wait ${step.ms}`);
      now += step.ms;
      step = call.waited(now);
    } else if (step.do === "send") {
      log.push(`${step.what} ${step.bridge}`);
      const fate = fates[tries++] ?? well;
      const heard = fate(shop, () => (step.what === "request" ? shop.place("k") : shop.outcome("k")));
      now += heard === stuck ? step.timeout_ms : takes;
      step = call.heard(heard === stuck ? lost("timeout") : heard, now);
    } else return { step, log, now, shop, result: step.do === "refuse" ? step.refusal.code : step.do };
  }
  throw new Error(`it never ends: ${log.slice(-5)}`);
}
const stuck = {};

test("an answer at once is the answer", () => {
  assert.deepEqual(run([]).log, ["request 0"]);
  assert.equal(run([]).result, "answer");
});

test("a lost request and a lost answer are sent again, and there is one order", () => {
  for (const fate of [say(lost()), answer_lost, say(refusal(504, "unknown")), say(foreign(502))]) {
    const { result, log, shop } = run([fate]);
    assert.equal(result, "answer");
    assert.deepEqual(log, ["request 0", "wait 50", "request 0"]);
    assert.equal(shop.orders.size, 1);
  }
});

test("pauses grow to two seconds", () => {
  const { log } = run(Array(8).fill(say(lost())));
  const waits = log.filter((line) => line.startsWith("wait"));
  assert.deepEqual(waits, [
    "wait 50",
    "wait 100",
    "wait 200",
    "wait 400",
    "wait 800",
    "wait 1600",
    "wait 2000",
    "wait 2000",
  ]);
});

test("Retry-After is kept, of this bridge alone", () => {
  assert.deepEqual(run([say(refusal(503, "busy", 3000))]).log, ["request 0", "wait 3000", "request 0"]);
  const { log } = run([say(refusal(503, "busy", 3000)), say(refusal(429, "too_many_requests", 9000))], { bridges: 2 });
  assert.deepEqual(log, ["request 0", "request 1", "wait 2999", "request 0"]);
});

test("a Retry-After beyond the deadline ends the request at once", () => {
  const { result, now } = run([say(refusal(429, "too_many_requests", 60_000))]);
  assert.equal(result, "too_many_requests");
  assert.equal(now, 1);
});

test("with several bridges the next one is asked at once, and a bridge that stands still costs a second", () => {
  const { log, now } = run([say(stuck)], { bridges: 2 });
  assert.deepEqual(log, ["request 0", "request 1"]);
  assert.equal(now, 1001);
  assert.equal(run([say(stuck)]).now, 7051, "the only bridge has the time in which it gives up by itself");
});

test("a refusal is final if no other copy is under way", () => {
  for (const code of ["out_of_stock", "key_voided", "precondition_failed"]) {
    assert.equal(run([say(refusal(409, code))]).result, code);
    assert.equal(run([say(not_sent), say(refusal(503, "busy")), say(refusal(409, code))]).result, code);
  }
});

test("a refusal after a lost copy is reported once the key is void", () => {
  const shop = new Shop();
  const { result, log } = run([say(lost()), () => ((shop.sold_out = true), refusal(409, "out_of_stock"))], { shop });
  assert.equal(result, "out_of_stock");
  assert.deepEqual(log, ["request 0", "wait 50", "request 0", "outcome 0"]);
  assert.ok(shop.voided.has("k"), "a late copy does nothing");
});

test("a refusal after a copy that took effect is not reported: the answer is that of the first time", () => {
  const { result, log, shop } = run([answer_lost, say(refusal(409, "out_of_stock"))]);
  assert.equal(result, "answer");
  assert.deepEqual(log, ["request 0", "wait 50", "request 0", "outcome 0", "request 0"]);
  assert.equal(shop.orders.size, 1);
});

test("a lost copy and a refusal of every copy need no outcome", () => {
  assert.deepEqual(run([say(lost()), say(refusal(422, "key_reused"))]).log.at(-1), "request 0");
});

test("the outcome is asked for again until it is answered", () => {
  const refused = say(refusal(409, "out_of_stock"));
  const { result, log } = run([answer_lost, refused, say(lost()), say(refusal(429, "too_many_requests", 500))]);
  assert.equal(result, "answer");
  const sent = log.filter((line) => !line.startsWith("wait"));
  assert.deepEqual(sent, ["request 0", "request 0", "outcome 0", "outcome 0", "outcome 0", "request 0"]);
});

test("a write in doubt is never reported as refused", () => {
  const forbidden = say(refusal(403, "forbidden"));
  assert.equal(run([answer_lost, forbidden, forbidden]).result, "give up", "the outcome is forbidden, too");
  assert.equal(run([answer_lost, forbidden, well, forbidden]).result, "give up", "its answer is not shown any more");
  assert.equal(run([answer_lost, ...Array(99).fill(say(refusal(503, "unavailable")))]).result, "give up");
  assert.equal(run(Array(99).fill(say(lost()))).result, "give up");
});

test("a write that was never sent, or only refused as busy, is refused at the deadline", () => {
  assert.equal(run(Array(99).fill(say(not_sent))).result, "unreachable");
  assert.equal(run(Array(99).fill(say(refusal(503, "busy")))).result, "busy");
});

test("a read is never in doubt", () => {
  assert.equal(run([say(lost()), say(refusal(404, "unknown_item"))], { write: false }).result, "unknown_item");
  assert.equal(run(Array(99).fill(say(lost())), { write: false }).result, "unreachable");
});

test("no try and no pause goes beyond the deadline", () => {
  const { now, result } = run(Array(99).fill(say(stuck)), { deadline: 9000, bridges: 3 });
  assert.equal(result, "give up");
  assert.ok(now <= 9000, `${now}`);
  assert.equal(run([], { deadline: 0 }).result, "unreachable");
});

test("whatever is lost, a key has one effect, and an answer and a refusal are true", () => {
  const fates = [
    well,
    say(lost()),
    answer_lost,
    say(refusal(503, "busy")),
    say(refusal(504, "unknown")),
    (shop, ask) => (ask(), refusal(504, "unknown")),
    (shop, ask) => ((shop.sold_out = true), ask()),
  ];
  const kinds = fates.length;
  for (let number = 0; number < kinds ** 5; ++number) {
    const drawn = Array.from({ length: 5 }, (_, place) => fates[Math.floor(number / kinds ** place) % kinds]);
    const { result, shop } = run(drawn, { bridges: 1 + (number % 2) });
    assert.equal(result === "answer", shop.orders.has("k"), `${number}`);
    if (result === "out_of_stock" && shop.voided.has("k")) assert.equal(shop.place("k").refusal.code, "key_voided");
    assert.ok(["answer", "out_of_stock"].includes(result), result);
  }
});
