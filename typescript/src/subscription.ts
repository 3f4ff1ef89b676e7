// A durable subscription: the store keeps the place of a program in the stream (docs/adr/0056-subscriptions.md). The
// program gets each event at least once, in order, also after it was killed.
import type { Clock } from "./clock.js";
import { Refused, Unknown } from "./errors.js";
import type { Told } from "./follow.js";
import type { Subscription as Kept, SubscriptionAnswer } from "./openapi.js";

const EVERY_MS = 2000; // between two acknowledgements; the store takes one in 1000 ms of event time
const TOO_EARLY_MS = 1000;
const TRIES_MAX = 5;

/** The parts of the client that a subscription needs. `place`: the seq up to which the stream was read. */
export interface Source {
  clock: Clock;
  told(after: number, types: readonly string[], signal?: AbortSignal): AsyncGenerator<Told | undefined, void, void>;
  place(): number | undefined;
  acknowledge(name: string, cursor: number): Promise<SubscriptionAnswer>;
}

export class Subscription {
  private given: number; // the last event that the program has got
  private done: number; // all events up to it are done with
  private sent: number; // the cursor of the store
  private sent_at = -Infinity;
  private running: Promise<void> = Promise.resolve();

  constructor(
    readonly name: string,
    private readonly kept: Kept,
    private readonly source: Source,
  ) {
    this.given = this.done = this.sent = kept.cursor;
  }

  /**
   * All events after the last acknowledged one, and then the new ones. `reset` says that events are missing, e.g. because
   * the stream was trimmed. Iterate once; the abort of the signal ends it.
   */
  async *events(signal?: AbortSignal): AsyncGenerator<Told, void, void> {
    this.sent_at = this.source.clock.now();
    for await (const told of this.source.told(this.done, this.kept.types, signal)) {
      if (told && (told.reset || !told.type.startsWith("subscription_"))) {
        if (!told.reset) this.given = told.seq;
        else if (told.id) this.go_to(Number.parseInt(told.id));
        yield told;
      }
      await this.keep_alive();
    }
  }

  // After a reset. The cursor of a store that was restored is not after this place.
  private go_to(place: number): void {
    this.given = this.done = place;
    this.sent = Math.min(this.sent, place);
  }

  /**
   * All events up to this seq are done with. Acknowledgements are gathered: one is sent every 2 s at most, and `flush`
   * sends the last one. If no bridge answers, a later acknowledgement does.
   */
  async acknowledge(seq: number): Promise<void> {
    this.done = Math.max(this.done, seq);
    await this.keep_alive();
  }

  /** Sends what is acknowledged and not sent yet. Call it before the program ends. */
  async flush(): Promise<void> {
    if (this.done > this.sent) await this.send(this.done);
  }

  // A subscription that nobody acknowledges for its `ttl` would be dropped. In quiet times its cursor also passes the
  // events that the store has left out; at once would make an acknowledgement of each acknowledgement.
  private async keep_alive(): Promise<void> {
    const silent = this.source.clock.now() - this.sent_at;
    const is_behind = this.done > this.sent;
    if (silent < (is_behind ? EVERY_MS : this.kept.ttl / 3)) return;
    if (!is_behind && this.given === this.done) this.given = this.done = this.source.place() ?? this.done;
    await this.send(this.done).catch((error: unknown) => {
      const may_work_later =
        error instanceof Unknown || (error instanceof Refused && [0, 429, 503].includes(error.status));
      if (!may_work_later) throw error;
    });
  }

  // One after the other, because the cursor never goes back.
  private send(cursor: number): Promise<void> {
    this.sent_at = this.source.clock.now();
    const sent = this.running.catch(() => undefined).then(() => this.send_now(cursor));
    this.running = sent.catch(() => undefined);
    return sent;
  }

  private async send_now(cursor: number): Promise<void> {
    for (let tries = 1; cursor >= this.sent; ++tries) {
      try {
        await this.source.acknowledge(this.name, cursor);
        this.sent = Math.max(this.sent, cursor);
        return;
      } catch (error) {
        const too_early = error instanceof Refused && error.code === "limit" && tries < TRIES_MAX;
        if (!too_early) throw error;
        await this.source.clock.sleep(TOO_EARLY_MS);
      }
    }
  }
}
