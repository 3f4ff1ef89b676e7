import assert from "node:assert/strict";
import { test } from "node:test";
import type { Process } from "../../../web/src/shared/api.ts";
import { verdict } from "../../../web/src/ops/health.ts";
import { fit } from "../../../web/src/ops/fit.ts";
import { layout } from "../../../web/src/ops/layout.ts";
import { is_only_broker, with_hurt, with_missing } from "../../../web/src/ops/roster.ts";
import { Traffic, type Shop } from "../../../web/src/ops/traffic.ts";
import { waterfall } from "../../../web/src/ops/waterfall.ts";
import { process, status, STORE } from "./ops_fixture.ts";

test("in the picture no two boxes overlap and none is outside, on a phone and on a wall", () => {
  for (const width of [300, 375, 600, 720, 1200, 2400]) {
    const { boxes, height } = layout(status().processes, width);
    assert.equal(boxes.length, STORE.length);
    for (const box of boxes) {
      assert.ok(
        box.x >= 0 && box.x + box.width <= width && box.y >= 0 && box.y + box.height <= height,
        `${box.process.instance} at ${width}`,
      );
      for (const other of boxes) {
        const apart =
          box === other ||
          box.x + box.width <= other.x ||
          other.x + other.width <= box.x ||
          box.y + box.height <= other.y ||
          other.y + other.height <= box.y;
        assert.ok(apart, `${box.process.instance} and ${other.process.instance} at ${width}`);
      }
    }
  }
});

test("writes go to the writer alone, reads to the catalogs, the stream to all replicas", () => {
  const { edges } = layout(status().processes, 1200);
  const of = (kind: string) => edges.filter((edge) => edge.kind === kind);
  assert.deepEqual(new Set(of("writes").map((edge) => edge.to)), new Set(["order-1"]));
  assert.equal(of("reads").length, 4);
  assert.equal(of("stream").length, 5);
  assert.equal(of("lease").length, 2);
});

test("a picture of nothing, and of one process, can be drawn", () => {
  assert.equal(layout([], 800).boxes.length, 0);
  assert.equal(layout([process("broker-1")], 800).boxes.length, 1);
});

test("the verdict names what matters most", () => {
  const told = (...given: Parameters<typeof status>) => verdict(status(...given));
  assert.equal(told().level, "good");
  assert.match(told({ "catalog-2": { silent: true } }).text, /^Silent: catalog-2/);
  assert.match(told({ "order-1": { silent: true } }).text, /No writer/);
  assert.match(told({ "broker-1": { silent: true } }).text, /broker is silent/);
  assert.match(told({ "order-3": { state: "catching_up" } }).text, /^Catching up: order-3/);
  assert.match(told({}, { diverged: ["catalog-1"] }).text, /^Diverged: catalog-1/);
  assert.deepEqual(told({ "broker-1": { trouble: ["two processes run under the name order-1"] } }), {
    level: "bad",
    text: "two processes run under the name order-1",
  });
  assert.deepEqual(told({}, { age_ms: 30_400 }), {
    level: "bad",
    text: "No frontend answers: this is how the store was 30 s ago",
  });
  assert.match(told({}, { leased: false }).text, /frontend-1 holds no lease/);
  assert.equal(verdict(undefined).level, "bad");
});

test("a process that the status does not name any more stays, silent, for fifteen minutes", () => {
  const before = status();
  const after = { ...before, processes: before.processes.filter((one) => one.instance !== "order-2") };
  let shown = with_missing(after, before, 1000);
  const missing = () => shown.processes.find((one) => one.instance === "order-2");
  assert.deepEqual([missing()!.silent, missing()!.age_ms], [true, 1010]);
  shown = with_missing(after, shown, 800_000);
  assert.equal(missing()!.age_ms, 801_010);
  shown = with_missing(after, shown, 100_000);
  assert.equal(missing(), undefined);
  assert.equal(with_missing(before, shown, 1000).processes.length, STORE.length);
});

test("a process that was forgotten does not stay", () => {
  const before = status();
  const after = { ...before, processes: before.processes.filter((one) => one.instance !== "order-2") };
  const shown = with_missing({ ...after, forgotten: ["order-2"] }, before, 1000);
  assert.ok(!shown.processes.some((one) => one.instance === "order-2"));
});

test("a process that was killed from here is silent at once, until another one has its name", () => {
  const hurt = [{ instance: "order-1", pid: 1, at: 5000 }];
  const silent = (now: number, pid = 1) =>
    with_hurt(status({ "order-1": { pid } }), hurt, now).processes.filter((one) => one.silent).length;
  assert.deepEqual([silent(5000), silent(5500, 2), silent(8000)], [1, 0, 0]);
});

test("only a broker without another one that is heard is the only broker", () => {
  const broker = process("broker-1");
  const with_second = (more: Partial<Process>) => ({
    ...status(),
    processes: [...status().processes, process("broker-2", more)],
  });
  assert.ok(is_only_broker(broker, status()));
  assert.ok(!is_only_broker(broker, with_second({})));
  assert.ok(is_only_broker(broker, with_second({ silent: true })));
  assert.ok(!is_only_broker(process("order-1"), status()));
});

test("a long name is shortened in its middle and keeps its ends", () => {
  assert.equal(fit("order-1", 100), "order-1");
  assert.equal(fit("order-of-the-warehouse-12", 100, 10), "order…e-12");
  assert.equal(fit("anything", 0), "a…g");
});

test("bars of a trace lie within what is around them; the gate at the end of its frontend", () => {
  const bars = waterfall([
    { tier: "client", us: 1000 },
    { tier: "frontend", us: 800 },
    { tier: "order", us: 500 },
    { tier: "commit", us: 300 },
    { tier: "gate", us: 100 },
  ]);
  const of = (tier: string) => bars.find((bar) => bar.tier === tier)!;
  assert.deepEqual(
    [of("client").from, of("frontend").from, of("order").from, of("commit").from, of("gate").from],
    [0, 100, 200, 200, 800],
  );
  assert.deepEqual(waterfall([{ tier: "client", us: 5 }]), [{ tier: "client", us: 5, from: 0 }]);
  assert.deepEqual(waterfall([]), []);
});

test("demo traffic takes no stock, and tells a refusal from a failure", async () => {
  let sold = 0;
  let fate: "well" | "refused" | "failed" = "well";
  let now = 0;
  const shop: Shop = {
    items: async () => [1, 2],
    lookup: async () => void ++now,
    place: async (order) => {
      if (fate !== "well") throw { definite: fate === "refused" };
      sold += order.type === "sell" ? -1 : 1;
    },
    now: () => now,
  };
  const traffic = new Traffic(shop);
  for (let round = 0; round < 10; ++round) await traffic.round();
  assert.equal(sold, 0);
  assert.deepEqual([traffic.tally().done, traffic.tally().failed], [70, 0]);
  fate = "refused";
  await traffic.round();
  fate = "failed";
  await traffic.round();
  assert.deepEqual([traffic.tally().refused, traffic.tally().failed], [1, 1]);
});
