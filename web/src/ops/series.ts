// The measurements of the last minutes, one sample a second, as columns for the plots. Pure.
import type { Live } from "../shared/api.ts";

export const SECONDS = 900;

export type Sample = Omit<Live, "status">;

export interface Plot {
  title: string;
  unit: "rate" | "us" | "ratio" | "count";
  lines: { label: string; values: (number | null)[] }[];
  seconds: number[];
}

// A longer time without a sample becomes a gap in the plot.
const GAP_MS = 2500;

export function keep(samples: readonly Sample[], next: Live): Sample[] {
  const { status: _, ...sample } = next;
  const last = samples.at(-1);
  if (last && sample.at <= last.at) return samples as Sample[];
  const from = sample.at - SECONDS * 1000;
  return [...samples.filter((old) => old.at >= from), sample];
}

const KIND_WORDS: Record<string, string> = { read: "reads", change: "changes" };

const names = (samples: readonly Sample[], of: (sample: Sample) => Record<string, number> | undefined) =>
  [...new Set(samples.flatMap((sample) => Object.keys(of(sample) ?? {})))].sort((a, b) =>
    a.localeCompare(b, "en", { numeric: true }),
  );

export function plots(samples: readonly Sample[]): Plot[] {
  const rows = with_gaps(samples);
  const seconds = rows.map((row) => row.at / 1000);
  const line = (label: string, of: (sample: Sample) => number | null | undefined) => ({
    label,
    values: rows.map((row) => ("gap" in row ? null : (of(row) ?? null))),
  });
  const types = names(samples, (sample) => sample.requests_s);
  const kinds = names(samples, (sample) => sample.all_p50_us);
  const tiers = names(samples, (sample) => sample.p50_us);
  const late = names(samples, (sample) => sample.p99_us);
  return [
    { title: "Orders a second", unit: "rate", seconds, lines: [line("orders", (sample) => sample.orders_s)] },
    { title: "Lookups a second", unit: "rate", seconds, lines: [line("lookups", (sample) => sample.lookups_s)] },
    {
      title: "Requests a second, at all frontends",
      unit: "rate",
      seconds,
      lines: types.map((type) => line(type, (sample) => sample.requests_s?.[type])),
    },
    {
      title: "Latency at all frontends, median",
      unit: "us",
      seconds,
      lines: kinds.map((kind) => line(KIND_WORDS[kind] ?? kind, (sample) => sample.all_p50_us?.[kind])),
    },
    {
      title: "Latency at all frontends, 99th percentile",
      unit: "us",
      seconds,
      lines: kinds.map((kind) => line(KIND_WORDS[kind] ?? kind, (sample) => sample.all_p99_us?.[kind])),
    },
    {
      title: "Latency over HTTP by tier, median",
      unit: "us",
      seconds,
      lines: tiers.map((tier) => line(tier, (sample) => sample.p50_us[tier])),
    },
    {
      title: "Latency over HTTP by tier, 99th percentile",
      unit: "us",
      seconds,
      lines: late.map((tier) => line(tier, (sample) => sample.p99_us[tier])),
    },
    { title: "Answered from the cache", unit: "ratio", seconds, lines: [line("hits", (sample) => sample.hit_ratio)] },
    {
      title: "Events behind",
      unit: "count",
      seconds,
      lines: names(samples, (sample) => sample.lag).map((one) => line(one, (sample) => sample.lag[one])),
    },
    {
      title: "Blocks",
      unit: "rate",
      seconds,
      lines: [line("blocks/s", (sample) => sample.blocks_s), line("events/block", (sample) => sample.block_events)],
    },
    { title: "Commit to disk", unit: "us", seconds, lines: [line("a commit", (sample) => sample.commit_us || null)] },
  ];
}

// The indices of values without a neighbour. A line cannot show them, so they are drawn as points.
export function alone(values: ArrayLike<number | null | undefined>): number[] {
  const there = (at: number) => values[at] !== null && values[at] !== undefined;
  return Array.from({ length: values.length }, (_, at) => at).filter(
    (at) => there(at) && !there(at - 1) && !there(at + 1),
  );
}

type Row = Sample | { at: number; gap: true };

function with_gaps(samples: readonly Sample[]): Row[] {
  return samples.flatMap((sample, at) => {
    const before = samples[at - 1];
    return before && sample.at - before.at > GAP_MS ? [{ at: before.at + 1000, gap: true as const }, sample] : [sample];
  });
}
