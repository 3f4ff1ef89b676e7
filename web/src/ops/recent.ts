// The last 15 minutes as the bridge has kept them (GET /v1/metrics/recent), so that a control room that is loaded again
// shows what happened before. Pure.
import type { Process } from "../shared/api.ts";
import type { StreamEvent } from "../shared/events.ts";
import { in_order } from "./health.ts";
import { happened, no_lanes, remember, seen, type Lanes } from "./lanes.ts";
import type { Sample } from "./series.ts";

export type Past = Pick<Process, "role" | "instance" | "pid" | "state" | "writer" | "silent" | "age_ms">;

// A sample has `processes` if they differ from those of the sample before.
export interface Recent {
  samples: (Sample & { processes?: Past[] })[];
  events: ({ type: string; seq: number; at: number } & Record<string, unknown>)[];
}

// The page keeps its own samples from before the bridge began to keep any. Of all later times the bridge knows more,
// also of those in which the page was hidden.
export function samples_with(old: readonly Sample[], recent: Recent): readonly Sample[] {
  const first = recent.samples[0]?.at ?? Infinity;
  const kept = recent.samples.map(({ processes: _, ...sample }) => sample);
  return [...old.filter((sample) => sample.at < first), ...kept];
}

export function lanes_with(old: Lanes, recent: Recent): Lanes {
  const first = recent.samples[0]?.at;
  if (first === undefined) return old;
  const past = lanes_of(recent, first);
  const before = (instance: string) =>
    (old.stretches.get(instance) ?? [])
      .filter((one) => one.from < first)
      .map((one) => ({ ...one, to: Math.min(one.to, first) }));
  const instances = new Set([...past.stretches.keys(), ...old.stretches.keys()]);
  const stretches = new Map(
    [...instances].map((instance) => [instance, [...before(instance), ...(past.stretches.get(instance) ?? [])]]),
  );
  return { stretches, pids: past.pids, moments: remember(past.moments, old.moments) };
}

function lanes_of(recent: Recent, first: number): Lanes {
  let lanes = no_lanes;
  let processes: Past[] = [];
  let changed = 0;
  for (const sample of recent.samples) {
    if (sample.processes) [processes, changed] = [in_order(sample.processes), sample.at];
    const aged = processes.map((one) => ({ ...one, age_ms: one.age_ms + sample.at - changed }));
    lanes = seen(lanes, sample.at, { processes: aged });
  }
  const events = recent.events.map((data): StreamEvent => ({ kind: data.type, seq: data.seq, at: data.at, data }));
  return events.filter((event) => event.at >= first).reduce(happened, lanes);
}
