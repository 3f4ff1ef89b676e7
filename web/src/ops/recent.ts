// The last 15 minutes as the bridge has kept them (GET /v1/metrics/recent), so that a control room that is loaded again
// shows what happened before. Pure.
import type { Process } from "../shared/api.ts";
import type { StreamEvent } from "../shared/events.ts";
import { in_order } from "./health.ts";
import { happened, no_lanes, seen, type Lanes } from "./lanes.ts";
import type { Sample } from "./series.ts";

export type Past = Pick<Process, "role" | "instance" | "pid" | "state" | "writer" | "silent" | "age_ms">;

// A sample has `processes` if they differ from those of the sample before.
export interface Recent {
  samples: (Sample & { processes?: Past[] })[];
  events: ({ type: string; seq: number; at: number } & Record<string, unknown>)[];
}

export function samples_of(recent: Recent): Sample[] {
  return recent.samples.map(({ processes: _, ...sample }) => sample);
}

export function lanes_of(recent: Recent): Lanes {
  let lanes = no_lanes;
  let processes: Past[] = [];
  let changed = 0;
  for (const sample of recent.samples) {
    if (sample.processes) [processes, changed] = [in_order(sample.processes), sample.at];
    const aged = processes.map((one) => ({ ...one, age_ms: one.age_ms + sample.at - changed }));
    lanes = seen(lanes, sample.at, { processes: aged });
  }
  const events = recent.events.map((data): StreamEvent => ({ kind: data.type, seq: data.seq, at: data.at, data }));
  const from = recent.samples[0]?.at ?? 0;
  return events.filter((event) => event.at >= from).reduce(happened, lanes);
}
