// Reads the stream of events over one connection after the other (docs/HTTP.md, "Events").
import type { Clock } from "./clock.js";
import { Refused } from "./errors.js";
import { Follow, type Told } from "./follow.js";
import { MessageReader } from "./messages.js";
import type { Fetch } from "./send.js";
import { reach_of, refusal_of } from "./verdict.js";

export interface Wanted {
  after?: string | number; // the id of an event, or a seq (0: from the first event on); missing: the next new event
  types?: readonly string[];
  items?: readonly number[];
  topics?: readonly string[];
  customers?: readonly string[];
  signal?: AbortSignal; // its abort ends the iteration
}

export interface Connections {
  urls: readonly string[];
  fetch: Fetch;
  clock: Clock;
  headers(): Record<string, string>;
}

const SILENT_MS = 15_000; // a bridge gives a sign of life every 10 s
const PAUSE_MS = 100;
const PAUSE_MAX_MS = 5000;

// `undefined` is a sign of life: the place of `follow` may have moved.
export async function* told_of(
  { urls, fetch, clock, headers }: Connections,
  wanted: Wanted,
  follow: Follow,
): AsyncGenerator<Told | undefined, void, void> {
  const { signal } = wanted;
  for (let failures = 0, bridge = 0; !signal?.aborted; bridge = (bridge + 1) % urls.length) {
    const { last_event_id, from, told } = follow.connect();
    if (told) yield told;
    const query = query_of(wanted, from);
    const connection = new Connection(clock, signal);
    try {
      const response = await connection.open(fetch, `${urls[bridge]}/v1/events${query}`, {
        ...headers(),
        Accept: "text/event-stream",
        ...(last_event_id === undefined ? {} : { "Last-Event-ID": last_event_id }),
      });
      follow.opened();
      for await (const message of connection.messages(response)) {
        failures = 0;
        yield message && follow.take(message);
      }
    } catch (error) {
      if (error instanceof Refused) throw error;
    } finally {
      connection.close();
    }
    const pause = Math.min(PAUSE_MS * 2 ** failures++, PAUSE_MAX_MS);
    if (failures >= urls.length) await clock.sleep(pause * (0.5 + Math.random() / 2), signal);
  }
}

function query_of({ types, items, topics, customers }: Wanted, from?: number): string {
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries({ type: types, item: items, topic: topics, customer: customers }))
    for (const value of values ?? []) query.append(name, String(value));
  if (from !== undefined) query.append("from", String(from));
  return `${query}` && `?${query}`;
}

// One connection. It ends when the bridge ends it, when it is silent for too long, or when the reader wants no more.
class Connection {
  private readonly controller = new AbortController();
  private readonly abort = () => this.controller.abort();
  private heard: number;
  private readonly watch: ReturnType<typeof setInterval>;

  constructor(
    private readonly clock: Clock,
    private readonly signal?: AbortSignal,
  ) {
    this.heard = clock.now();
    this.watch = setInterval(() => {
      if (clock.now() - this.heard > SILENT_MS) this.abort();
    }, 1000);
    signal?.addEventListener("abort", this.abort);
  }

  /** Throws `Refused` if it is useless to try again. */
  async open(fetch: Fetch, url: string, headers: Record<string, string>): Promise<Response> {
    const response = await fetch(url, {
      headers,
      redirect: "manual",
      signal: this.controller.signal,
      cache: "no-store",
    });
    if (response.ok) return response;
    const refusal = refusal_of(response.status, response.headers.get("Content-Type") ?? "", await response.text(), "");
    const reach = reach_of(refusal);
    if (reach === "this try" || reach === "nothing") throw new Error(refusal.message);
    throw new Refused(refusal.code, refusal.status, refusal.message, refusal.details);
  }

  async *messages(response: Response) {
    const reader = response.body!.getReader();
    const decoder = new TextDecoder();
    const messages = new MessageReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.heard = this.clock.now();
      yield* messages.take(decoder.decode(value, { stream: true }));
    }
  }

  close(): void {
    clearInterval(this.watch);
    this.signal?.removeEventListener("abort", this.abort);
    this.abort();
  }
}
