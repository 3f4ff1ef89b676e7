import assert from "node:assert/strict";
import { test } from "node:test";
import type { Live, Process, Status } from "../../../web/src/shared/api.ts";
import { FEED_MAX, gathered, sentence, wanted } from "../../../web/src/ops/feed.ts";
import { verdict } from "../../../web/src/ops/health.ts";
import { asked, happened, just_now, minutes_seen, no_lanes, seen, type Lanes } from "../../../web/src/ops/lanes.ts";
import { fit } from "../../../web/src/ops/fit.ts";
import { layout } from "../../../web/src/ops/layout.ts";
import { movement_words } from "../../../web/src/ops/movements.ts";
import { lanes_with, samples_with, type Recent } from "../../../web/src/ops/recent.ts";
import { is_only_broker, with_hurt, with_missing } from "../../../web/src/ops/roster.ts";
import { alone, keep, plots, SECONDS, type Sample } from "../../../web/src/ops/series.ts";
import { Traffic, type Shop } from "../../../web/src/ops/traffic.ts";
import { waterfall } from "../../../web/src/ops/waterfall.ts";

const process = (instance: string, more: Partial<Process> = {}): Process => ({
  role: instance.split("-")[0] as Process["role"],
  instance,
  pid: 1,
  endpoint: "",
  state: "live",
  writer: false,
  leader: false,
  applied: 9,
  lag: 0,
  age_ms: 10,
  silent: false,
  ...more,
});
const STORE = ["broker-1", "catalog-1", "catalog-2", "order-1", "order-2", "order-3", "frontend-1", "frontend-2"];
const status = (change: Record<string, Partial<Process>> = {}, more: Partial<Status> = {}): Status => ({
  edge: "frontend-1",
  age_ms: 0,
  leased: true,
  lease_left_ms: 400,
  applied: 9,
  watermark: 9,
  writer: "order-1",
  epoch: 2,
  processes: STORE.map((name) => process(name, { writer: name === "order-1", ...change[name] })),
  ...more,
});
const event = (kind: string, data: object, seq = 1) => ({ kind, seq, at: 1000, data: data as Record<string, unknown> });

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

const live = (at: number, more: Partial<Live> = {}): Live => ({
  at,
  orders_s: 1,
  lookups_s: 2,
  requests_s: { lookup: 2 },
  p50_us: { bridge: 100 },
  p99_us: { bridge: 900 },
  all_p50_us: { read: 70, change: 800 },
  all_p99_us: { read: 300, change: 4000 },
  hit_ratio: 0.9,
  lag: { "order-1": 0 },
  blocks_s: 1,
  block_events: 2,
  commit_us: 50,
  demo: true,
  ...more,
});

test("samples older than fifteen minutes go; one that comes twice is one", () => {
  let samples: Sample[] = [];
  for (let second = 0; second < 1000; ++second) samples = keep(samples, live(second * 1000));
  assert.equal(samples.length, SECONDS + 1);
  assert.equal(keep(samples, live(999_000)), samples);
});

test("all lines of a plot are as long as its time, whoever came or went", () => {
  const samples = [
    live(1000),
    live(2000, { lag: { "order-1": 3, "order-2": 1 }, p50_us: {} }),
    live(3000, { lag: {} }),
  ].reduce(keep, [] as Sample[]);
  for (const plot of plots(samples))
    for (const line of plot.lines) assert.equal(line.values.length, plot.seconds.length, plot.title);
  const lag = plots(samples).find((plot) => plot.title === "Events behind")!;
  assert.deepEqual(
    lag.lines.map((line) => [line.label, line.values]),
    [
      ["order-1", [0, 3, null]],
      ["order-2", [null, 1, null]],
    ],
  );
});

test("the time of all requests is drawn beside that of the requests over HTTP", () => {
  const all = plots([live(1000), live(2000, { all_p50_us: {} })].reduce(keep, [] as Sample[]));
  const median = all.find((plot) => plot.title === "Latency at all frontends, median")!;
  assert.deepEqual(
    median.lines.map((line) => [line.label, line.values]),
    [
      ["changes", [800, null]],
      ["reads", [70, null]],
    ],
  );
});

test("a rate that nobody knows is a gap, not a zero", () => {
  const all = plots([live(1000), live(2000, { lookups_s: null, orders_s: null })].reduce(keep, [] as Sample[]));
  for (const title of ["Orders a second", "Lookups a second"])
    assert.equal(all.find((plot) => plot.title === title)!.lines[0]!.values[1], null, title);
});

test("where nothing was seen a plot has a gap", () => {
  const plot = plots([live(1000), live(9000)].reduce(keep, [] as Sample[]))[0]!;
  assert.deepEqual(plot.lines[0]!.values, [1, null, 1]);
});

test("a value between gaps is seen", () => {
  assert.deepEqual(alone([1, null, 3, null, 5, 6, undefined, 8]), [0, 2, 7]);
});

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
