// The timeline: the past states of every process, and marked moments. Pure.
//
// States arrive once a second. Moments come from the stream (appointments, frontends that join and leave), from the
// buttons of this page (kills, pauses), and from the states themselves (silent, heard again, live again).
import type { Process, Status } from "../shared/api.ts";
import type { Past } from "./recent.ts";
import type { StreamEvent } from "../shared/events.ts";
import { state_of, type State } from "./health.ts";

export const LANES_MS = 900_000;
const MINUTE_MS = 60_000;
const MOMENTS_MAX = 200;
// If a process was not seen for this long, its state in between counts as unknown.
const UNSEEN_MS = 3500;

export interface Stretch {
  state: State;
  writer: boolean;
  from: number;
  to: number;
}
export interface Moment {
  at: number;
  instance: string;
  kind: "appointed" | "joined" | "left" | "asked" | "silent" | "back" | "level" | "new";
  text: string;
}
export interface Lanes {
  stretches: ReadonlyMap<string, readonly Stretch[]>;
  moments: readonly Moment[];
  pids: ReadonlyMap<string, number>;
}

export const no_lanes: Lanes = { stretches: new Map(), moments: [], pids: new Map() };

// The minutes of the past to draw: whole minutes, from 1 to 15.
export function minutes_seen(first: number | undefined, now: number): number {
  return Math.min(LANES_MS / MINUTE_MS, Math.max(1, Math.ceil((now - (first ?? now)) / MINUTE_MS)));
}

type Seen = Past & Partial<Process>;

export function seen(
  lanes: Lanes,
  at: number,
  status: { processes: readonly Seen[] } & Pick<Status, "diverged">,
): Lanes {
  const stretches = new Map(lanes.stretches);
  const pids = new Map(lanes.pids);
  const moments: Moment[] = [];
  for (const process of status.processes) {
    const state = state_of(process, status);
    const old = stretches.get(process.instance) ?? [];
    moments.push(...told(process, state, old.at(-1)?.state, pids.get(process.instance), at));
    // It is noticed a second later that a process is silent.
    const from = state === "silent" ? at - process.age_ms : at;
    stretches.set(process.instance, stretched(old, { state, writer: process.writer, from, to: at }));
    if (!process.silent) pids.set(process.instance, process.pid);
  }
  return { stretches, pids, moments: remember(lanes.moments, moments) };
}

function stretched(old: readonly Stretch[], next: Stretch): Stretch[] {
  const kept = old.filter((one) => one.to >= next.to - LANES_MS);
  const last = kept.at(-1);
  if (!last || next.to - last.to > UNSEEN_MS) return [...kept, { ...next, from: next.to }];
  const before = kept.slice(0, -1);
  if (last.state === next.state && last.writer === next.writer) return [...before, { ...last, to: next.to }];
  const from = Math.max(last.from, next.from);
  return [...before, { ...last, to: from }, { ...next, from }];
}

function told(process: Seen, state: State, before: State | undefined, pid: number | undefined, at: number): Moment[] {
  const moment = (kind: Moment["kind"], text: string): Moment => ({ at, instance: process.instance, kind, text });
  const moments: Moment[] = [];
  if (before !== undefined && state !== before) {
    if (state === "silent") moments.push(moment("silent", "is silent"));
    else if (before === "silent") moments.push(moment("back", "is heard again"));
    if (state === "live") moments.push(moment("level", "is live"));
  }
  if (pid !== undefined && !process.silent && process.pid !== pid)
    moments.push(moment("new", `started again, pid ${process.pid}`));
  return moments;
}

export function happened(lanes: Lanes, event: StreamEvent): Lanes {
  const moment = moment_of(event);
  return moment ? { ...lanes, moments: remember(lanes.moments, [moment]) } : lanes;
}

export const asked = (lanes: Lanes, at: number, instance: string, action: string): Lanes => ({
  ...lanes,
  moments: remember(lanes.moments, [{ at, instance, kind: "asked", text: `${action}: asked for here` }]),
});

// The last recent moment of each process. A store may heal between two states, which then show nothing of it.
const JUST_MS = 6000;
export function just_now(lanes: Lanes, now: number): ReadonlyMap<string, Moment> {
  const worth = lanes.moments.filter(
    (moment) => moment.at > now - JUST_MS && ["appointed", "asked", "new"].includes(moment.kind),
  );
  return new Map(worth.map((moment) => [moment.instance, moment]));
}

function moment_of({ kind, at, data }: StreamEvent): Moment | undefined {
  if (kind === "writer_appointed")
    return { at, instance: String(data.replica), kind: "appointed", text: "was appointed writer" };
  if (kind === "holder_joined") return { at, instance: String(data.holder), kind: "joined", text: "may hold leases" };
  if (kind === "holder_left")
    return { at, instance: String(data.holder), kind: "left", text: "may hold no leases any more" };
  return undefined;
}

// A moment that is known already, e.g. from the bridge's memory, is not added again.
export function remember(old: readonly Moment[], more: readonly Moment[]): readonly Moment[] {
  const same = (a: Moment, b: Moment) => a.at === b.at && a.instance === b.instance && a.kind === b.kind;
  const news = more.filter((one) => !old.some((other) => same(one, other)));
  return news.length ? [...old, ...news].sort((a, b) => a.at - b.at).slice(-MOMENTS_MAX) : old;
}
