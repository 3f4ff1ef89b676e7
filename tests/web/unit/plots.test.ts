import assert from "node:assert/strict";
import { test } from "node:test";
import { alone, keep, plots, SECONDS, type Sample } from "../../../web/src/ops/series.ts";
import { live } from "./ops_fixture.ts";

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
