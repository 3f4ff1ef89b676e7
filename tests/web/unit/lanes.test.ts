import assert from "node:assert/strict";
import { test } from "node:test";
import { asked, happened, just_now, minutes_seen, no_lanes, seen, type Lanes } from "../../../web/src/ops/lanes.ts";
import { lanes_with, samples_with, type Recent } from "../../../web/src/ops/recent.ts";
import { event, live, status } from "./ops_fixture.ts";

test("a killed writer leaves a lane that tells it: silent, another pid, live again", () => {
  let lanes: Lanes = seen(no_lanes, 0, status());
  lanes = asked(lanes, 500, "order-1", "kill");
  lanes = seen(lanes, 1000, status({ "order-1": { silent: true } }));
  lanes = happened(lanes, event("writer_appointed", { replica: "order-2" }));
  lanes = seen(lanes, 2000, status({ "order-1": { pid: 2, state: "catching_up" } }));
  lanes = seen(lanes, 3000, status({ "order-1": { pid: 2 } }));
  assert.deepEqual(
    lanes.stretches.get("order-1")!.map((one) => [one.state, one.from, one.to]),
    [
      ["live", 0, 990],
      ["silent", 990, 2000],
      ["catching_up", 2000, 3000],
      ["live", 3000, 3000],
    ],
  );
  assert.deepEqual(
    lanes.moments.map((one) => [one.instance, one.kind]),
    [
      ["order-1", "asked"],
      ["order-1", "silent"],
      ["order-2", "appointed"],
      ["order-1", "back"],
      ["order-1", "new"],
      ["order-1", "level"],
    ],
  );
  assert.equal(lanes.stretches.get("catalog-1")!.length, 1);
});

test("a killed process was silent from its last heartbeat on, and not from when that was noticed", () => {
  const lanes = seen(seen(no_lanes, 1000, status()), 3000, status({ "order-1": { silent: true, age_ms: 1700 } }));
  assert.deepEqual(
    lanes.stretches.get("order-1")!.map((one) => [one.state, one.from, one.to]),
    [
      ["live", 1000, 1300],
      ["silent", 1300, 3000],
    ],
  );
});

test("a moment that the bridge has kept and the stream tells again is there once", () => {
  const appointed = event("writer_appointed", { replica: "order-2" });
  assert.equal(happened(happened(no_lanes, appointed), appointed).moments.length, 1);
});

test("the bridge's memory gives the lanes and figures of the past; states hold until others are told", () => {
  const { processes } = status();
  const silent = processes.map((one) => (one.instance === "order-2" ? { ...one, silent: true, age_ms: 1500 } : one));
  const recent: Recent = {
    samples: [
      { ...live(10_000), processes },
      live(11_000),
      live(12_000),
      { ...live(13_000), processes: silent },
      live(14_000),
    ],
    events: [
      { type: "writer_appointed", seq: 3, at: 11_500, replica: "order-1" },
      { type: "writer_appointed", seq: 1, at: 9_000, replica: "order-3" },
    ],
  };
  const lanes = lanes_with(no_lanes, recent);
  assert.deepEqual(
    lanes.stretches.get("order-2")!.map((one) => [one.state, one.from, one.to]),
    [
      ["live", 10_000, 11_500],
      ["silent", 11_500, 14_000],
    ],
  );
  assert.deepEqual(
    lanes.moments.map((one) => [one.at, one.instance, one.kind]),
    [
      [11_500, "order-1", "appointed"],
      [13_000, "order-2", "silent"],
    ],
  );
  assert.deepEqual(
    samples_with([], recent).map((sample) => sample.at),
    [10_000, 11_000, 12_000, 13_000, 14_000],
  );
  assert.equal(lanes_with(lanes, { samples: [], events: [] }), lanes);
});

test("samples from before a restart of the bridge stay, and their gaps are filled", () => {
  const { processes } = status();
  const own = [5000, 6000, 7000, 12_000];
  const old = own.reduce((lanes, at) => seen(lanes, at, status()), no_lanes);
  const recent: Recent = { samples: [{ ...live(10_000), processes }, live(11_000), live(12_000)], events: [] };
  const lanes = lanes_with(old, recent);
  assert.deepEqual(
    lanes.stretches.get("order-1")!.map((one) => [one.from, one.to]),
    [
      [5000, 7000],
      [10_000, 12_000],
    ],
  );
  const samples = samples_with(
    own.map((at) => live(at)),
    recent,
  );
  assert.deepEqual(
    samples.map((sample) => sample.at),
    [5000, 6000, 7000, 10_000, 11_000, 12_000],
  );
});

test("the latest event of each process is shown for a while", () => {
  let lanes = asked(no_lanes, 1000, "order-1", "kill");
  lanes = seen(seen(lanes, 1000, status()), 2000, status({ "order-1": { pid: 2 } }));
  assert.equal(just_now(lanes, 1500).get("order-1")!.kind, "new");
  assert.equal(just_now(lanes, 7900).get("order-1")!.text, "started again, pid 2");
  assert.equal(just_now(lanes, 8100).size, 0);
});

test("a time that was not watched is a gap in the lane, not a state", () => {
  const lanes = seen(seen(no_lanes, 0, status()), 60_000, status());
  assert.deepEqual(
    lanes.stretches.get("order-1")!.map((one) => [one.from, one.to]),
    [
      [0, 0],
      [60_000, 60_000],
    ],
  );
});

test("lanes keep fifteen minutes, and show as many as were seen", () => {
  let lanes = no_lanes;
  for (let second = 0; second < 1000; ++second)
    lanes = seen(lanes, second * 1000, status({ "order-1": { state: second % 2 ? "live" : "catching_up" } }));
  assert.ok(lanes.stretches.get("order-1")!.length <= 903);
  assert.ok(lanes.moments.length <= 200);
  assert.deepEqual([minutes_seen(undefined, 9), minutes_seen(0, 61_000), minutes_seen(0, 3_600_000)], [1, 2, 15]);
});
