// A subscription over SSE that does not give up, and says honestly whether it is connected.
//
// The browser's EventSource reconnects by itself after a cut, with Last-Event-ID, but ends for good when it is answered
// with an error (a bridge that starts again says 503 for a while). Then a new one is made, from the seq after the last
// one seen. `reset` from the bridge: the asked seq is gone; whoever listens has to read anew, as after every `open`.

import { useEffect, useState } from "preact/hooks";
import { read_event, type StreamEvent } from "./events.ts";

export type Connection = "connecting" | "open" | "lost";

const RETRY_MS = 1000;
const RETRY_MAX_MS = 8000;

interface Listener {
  kinds: readonly string[];
  on_event(event: StreamEvent): void;
  on_open?(): void; // connected, again perhaps: read what may have been missed
  on_connection(connection: Connection): void;
}

export function follow(path: string, listener: Listener, from?: number): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = RETRY_MS;
  let last: string | undefined; // the id of the last event seen
  let ended = false;

  const url = () => {
    const place = last !== undefined ? `after=${last}` : from !== undefined ? `from=${from}` : undefined;
    if (place === undefined) return path; // from now on
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

// One JSON value a message, without a name or a seq: /v1/metrics/live.
export function follow_values<Value>(path: string, on_value: (value: Value) => void, on_connection: (connection: Connection) => void): () => void {
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

// True once `connection` has been lost for a moment: a blink is not worth a message.
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
