// A subscription over SSE that connects again for ever, and tells if it is connected.
//
// The browser's EventSource connects again by itself after a cut, with Last-Event-ID. But an error ends it for good,
// e.g. a 503 from a bridge that has just started. Then this makes a new one, from the seq after the last event. The
// bridge sends `reset` if that seq is gone. The listener must then read everything again, as after each `open`.

import { useEffect, useState } from "preact/hooks";
import { read_event, type StreamEvent } from "./events.ts";

export type Connection = "connecting" | "open" | "lost";

const RETRY_MS = 1000;
const RETRY_MAX_MS = 8000;

interface Listener {
  kinds: readonly string[];
  on_event(event: StreamEvent): void;
  on_open?(): void; // connected for the first time or again: read what may have been missed
  on_connection(connection: Connection): void;
}

export function follow(path: string, listener: Listener, from?: number): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = RETRY_MS;
  let last: string | undefined; // the id of the last event
  let ended = false;

  const url = () => {
    const place = last !== undefined ? `after=${last}` : from !== undefined ? `from=${from}` : undefined;
    if (place === undefined) return path; // only new events
    return path + (path.includes("?") ? "&" : "?") + place;
  };
  const on_message = (kind: string) => (message: MessageEvent<string>) => {
    const event = read_event(kind, message.data);
    if (!event) return;
    last = message.lastEventId;
    listener.on_event(event);
  };
  const connect = () => {
    if (ended) return;
    const mine = (source = new EventSource(url()));
    for (const kind of listener.kinds) mine.addEventListener(kind, on_message(kind) as EventListener);
    mine.addEventListener("reset", () => {
      last = from = undefined;
      mine.close();
      connect();
    });
    mine.onopen = () => {
      wait = RETRY_MS;
      listener.on_connection("open");
      listener.on_open?.();
    };
    mine.onerror = () => {
      listener.on_connection("lost");
      if (mine.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(connect, wait);
      wait = Math.min(wait * 2, RETRY_MAX_MS);
    };
  };
  listener.on_connection("connecting");
  connect();
  return () => {
    ended = true;
    clearTimeout(timer);
    source?.close();
  };
}

// For a stream whose messages are JSON values without a name or a seq: /v1/metrics/live.
export function follow_values<Value>(
  path: string,
  on_value: (value: Value) => void,
  on_connection: (connection: Connection) => void,
): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const connect = () => {
    const mine = (source = new EventSource(path));
    mine.onmessage = (message) => on_value(JSON.parse(message.data) as Value);
    mine.onopen = () => on_connection("open");
    mine.onerror = () => {
      on_connection("lost");
      if (mine.readyState === EventSource.CLOSED) timer = setTimeout(connect, RETRY_MS);
    };
  };
  on_connection("connecting");
  connect();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}

// True once `connection` has been lost for 700 ms: a shorter interruption needs no message.
export function useLost(connection: Connection): boolean {
  const [lost, set_lost] = useState(false);
  useEffect(() => {
    if (connection !== "lost") {
      set_lost(false);
      return;
    }
    const timer = setTimeout(() => set_lost(true), 700);
    return () => clearTimeout(timer);
  }, [connection]);
  return lost;
}
