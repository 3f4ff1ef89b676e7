// The data of the control room, from the live metrics (one message a second) and the events of the stream.
import { useEffect, useRef, useState } from "preact/hooks";
import { api, type Live } from "../shared/api.ts";
import { KINDS, read_event, type StreamEvent } from "../shared/events.ts";
import { follow, type Connection, type Heard, type Stream } from "../shared/live.ts";
import { FEED_MAX, gathered } from "./feed.ts";
import { in_order } from "./health.ts";
import { asked, happened, LANES_MS, no_lanes, seen, type Lanes, type Moment } from "./lanes.ts";
import { lanes_with, samples_with } from "./recent.ts";
import { with_hurt, with_missing, type Hurt } from "./roster.ts";
import { keep, type Sample } from "./series.ts";

const EVENTS_BEFORE = 60; // before the page was opened, so that the feed is not empty at first
const HURTING = ["kill", "pause"];
const DRAW_EVENTS_MS = 200; // so that thousands of events a second are drawn together

const LIVE: Stream = { name: "live", kinds: ["message"], keeps: 1, url: () => "/v1/metrics/live" };

const events_from = (seq: number): Stream => ({
  name: "events",
  kinds: KINDS,
  keeps: FEED_MAX,
  url: (after) => `/v1/events?${after === undefined ? `from=${seq}` : `after=${after}`}`,
});

export interface Watched {
  connection: Connection;
  live?: Live;
  samples: readonly Sample[];
  lanes: Lanes;
  events: readonly StreamEvent[];
  ask(instance: string, action: string): void; // notes an action that was asked for on this page
}

// An action that was asked for on this page outlives a reload.
const ASKED = "pygmy.asked";
function keep_asked(lanes: Lanes): Lanes {
  sessionStorage.setItem(ASKED, JSON.stringify(lanes.moments.filter((moment) => moment.kind === "asked")));
  return lanes;
}
const asked_before = (): Moment[] =>
  (JSON.parse(sessionStorage.getItem(ASKED) ?? "[]") as Moment[]).filter((one) => one.at > Date.now() - LANES_MS);

export function useWatch(): Watched {
  const [connection, set_connection] = useState<Connection>("connecting");
  const [live, set_live] = useState<Live>();
  const [samples, set_samples] = useState<readonly Sample[]>([]);
  const [lanes, set_lanes] = useState<Lanes>(() => ({ ...no_lanes, moments: asked_before() }));
  const newest = useRef<Live>();
  const hurt = useRef<Hurt[]>([]);
  const [events, set_events] = useState<readonly StreamEvent[]>([]);

  useEffect(() => {
    const draw = (next: Live) => {
      set_samples((old) => keep(old, next));
      if (next.status) set_lanes((old) => seen(old, next.at, next.status!));
    };
    // The figures of now wait until those of the past are there.
    let waiting: Live[] | undefined = [];
    const on_value = (next: Live) => {
      const old = newest.current;
      const status = next.status?.processes
        ? with_hurt(with_missing(next.status, old?.status, old ? next.at - old.at : 0), hurt.current, Date.now())
        : undefined;
      const shown = { ...next, status: status && { ...status, processes: in_order(status.processes) } };
      newest.current = { ...shown, status: shown.status ?? old?.status };
      set_live(newest.current);
      if (waiting) waiting.push(shown);
      else draw(shown);
    };
    // Each time the stream begins: the page may have been hidden before.
    const on_open = async () => {
      waiting ??= [];
      const recent = await api.recent().catch(() => undefined);
      if (recent) {
        set_samples((old) => samples_with(old, recent));
        set_lanes((old) => lanes_with(old, recent));
      }
      waiting?.forEach(draw);
      waiting = undefined;
    };
    const on_message = ({ data }: Heard) => on_value(JSON.parse(data) as Live);
    return follow(LIVE, { on_message, on_open: () => void on_open(), on_connection: set_connection }).stop;
  }, []);

  const stands = useRef<number>();
  stands.current ??= live?.status?.applied;
  useEffect(() => {
    if (stands.current === undefined) return;
    let waiting: StreamEvent[] = [];
    const drawing = setInterval(() => {
      if (!waiting.length) return;
      const next = waiting;
      waiting = [];
      set_events((old) => gathered(old, next));
      set_lanes((old) => next.reduce(happened, old));
    }, DRAW_EVENTS_MS);
    const on_message = ({ kind, data }: Heard) => {
      const event = read_event(kind, data);
      if (event) waiting.push(event);
    };
    const stream = events_from(Math.max(1, stands.current - EVENTS_BEFORE));
    const { stop } = follow(stream, { on_message, on_connection: () => {} });
    return () => {
      clearInterval(drawing);
      stop();
    };
  }, [stands.current === undefined]);

  const ask = (instance: string, action: string) => {
    const at = Date.now();
    set_lanes((old) => keep_asked(asked(old, at, instance, action)));
    const process = newest.current?.status?.processes.find((one) => one.instance === instance);
    hurt.current = hurt.current.filter((one) => one.instance !== instance);
    if (!process || !newest.current?.status || !HURTING.includes(action)) return;
    hurt.current.push({ instance, pid: process.pid, at });
    newest.current = { ...newest.current, status: with_hurt(newest.current.status, hurt.current, at) };
    set_live(newest.current);
  };
  return { connection, live, samples, lanes, events, ask };
}
