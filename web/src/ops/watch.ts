// The data of the control room, from the live metrics (one message a second) and the events of the stream.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Live } from "../shared/api.ts";
import { KINDS, read_event, type StreamEvent } from "../shared/events.ts";
import { follow, type Connection, type Heard, type Stream } from "../shared/live.ts";
import { FEED_MAX, gathered } from "./feed.ts";
import { in_order } from "./health.ts";
import { asked, happened, no_lanes, seen, type Lanes } from "./lanes.ts";
import { keep, type Sample } from "./series.ts";

const EVENTS_BEFORE = 60; // before the page was opened, so that the feed is not empty at first
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

export function useWatch(): Watched {
  const [connection, set_connection] = useState<Connection>("connecting");
  const [live, set_live] = useState<Live>();
  const [samples, set_samples] = useState<readonly Sample[]>([]);
  const [lanes, set_lanes] = useState<Lanes>(no_lanes);
  const [events, set_events] = useState<readonly StreamEvent[]>([]);

  useEffect(() => {
    const on_value = (next: Live) => {
      const status = next.status?.processes
        ? { ...next.status, processes: in_order(next.status.processes) }
        : undefined;
      set_live((old) => ({ ...next, status: status ?? old?.status }));
      set_samples((old) => keep(old, next));
      if (status) set_lanes((old) => seen(old, next.at, status));
    };
    const on_message = ({ data }: Heard) => on_value(JSON.parse(data) as Live);
    return follow(LIVE, { on_message, on_connection: set_connection }).stop;
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

  const ask = (instance: string, action: string) => set_lanes((old) => asked(old, Date.now(), instance, action));
  return { connection, live, samples, lanes, events, ask };
}
