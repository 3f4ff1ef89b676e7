// Follow: a reader's place in the stream of events over several connections, without any I/O. The reader gets each event
// once, in order and without a gap, or is told that this is not possible (`reset`).
// Tests: tests/typescript/unit/follow.test.mjs
import type { Message } from "./messages.js";

export interface StreamEvent {
  reset: false;
  type: string; // of the event (docs/PROTOCOL.md, section 7)
  id: string; // the place after this event: give it as `after` to continue there
  seq: number;
  at: number; // milliseconds since 1970
  data: Record<string, unknown>; // the fields of the event
}

/**
 * The stream does not have the place of the reader, or the place was never known: events may be missing, and those of
 * another history may have been told. Read everything again. The events that follow continue after `id`.
 */
export interface Reset {
  reset: true;
  id?: string; // missing: not known yet
}

export type Told = StreamEvent | Reset;

/** `after`: the id of an event, or a seq; 0 is the place before the first event. Missing: the next new event. */
export interface Place {
  after?: string | number;
}

export class Follow {
  private id?: string;
  private seq?: number; // of the last event that is done with
  private was_open = false; // a connection without a place

  constructor(place: Place) {
    if (typeof place.after === "string") this.id = place.after;
    this.seq = typeof place.after === "number" ? place.after : seq_of(place.after);
  }

  /** The seq of the place; missing: not known yet. */
  get place(): number | undefined {
    return this.seq;
  }

  /** The next connection: where it begins, and what the reader must be told before. */
  connect(): { last_event_id?: string; from?: number; told?: Reset } {
    if (this.id !== undefined) return { last_event_id: this.id };
    if (this.seq !== undefined) return { from: this.seq + 1 };
    return this.was_open ? { told: { reset: true } } : {};
  }

  opened(): void {
    this.was_open = true;
  }

  /** Returns what the reader is to be told of this message. */
  take({ event, id, data }: Message): Told | undefined {
    const seq = seq_of(id);
    if (id === undefined || seq === undefined) return undefined;
    const is_double = this.seq !== undefined && seq <= this.seq;
    if (event === "reset") {
      [this.id, this.seq] = [id, seq];
      return { reset: true, id };
    }
    if (is_double) return undefined;
    [this.id, this.seq] = [id, seq];
    if (data === undefined) return undefined;
    const { type, at, ...fields } = JSON.parse(data) as { type: string; at: number } & Record<string, unknown>;
    delete fields.seq;
    return { reset: false, type, id, seq, at, data: fields };
  }
}

function seq_of(id: string | undefined): number | undefined {
  const digits = /^\d+/.exec(id ?? "");
  return digits ? Number(digits[0]) : undefined;
}
