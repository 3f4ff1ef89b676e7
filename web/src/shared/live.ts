// Follows a stream of the bridge. All visible tabs of a browser share one connection for each stream, because a browser
// has only six connections to one host; hidden tabs follow nothing.
//
// The tabs that follow a stream queue for a lock of its name (Web Locks). The tab that has the lock leads: it connects,
// and passes on what it hears (BroadcastChannel). The browser frees the lock when the tab is hidden, closed or killed.
// Then the next tab leads, and goes on after the last event that it heard. The leader asks for the items that all tabs
// want; it connects anew when a tab wants another one.
//
// Where the browser has no Web Locks (in pages over plain HTTP from another machine), each visible tab connects itself.
import { useEffect, useState } from "preact/hooks";
import { Source, type Connection, type Heard } from "./source.ts";

export type { Connection, Heard } from "./source.ts";

export interface Stream {
  name: string; // tabs share the connection of the streams with the same name
  kinds: readonly string[]; // "message": messages without a kind
  // `after`: the id of the last message that was heard. `items` undefined: all items.
  url(after: string | undefined, items: readonly number[] | undefined): string;
  keeps: number; // a tab that joins gets so many of the last messages
}

export interface Follower {
  on_message(heard: Heard): void;
  on_open?(): void; // messages may have been missed: read again
  on_connection(connection: Connection): void;
}

export interface Following {
  want(items: readonly number[]): void;
  stop(): void;
}

// The messages that the tabs of a stream send each other.
type Told =
  | { type: "want"; tab: string; items: readonly number[] }
  | { type: "gone"; tab: string }
  | { type: "lead" } // a tab has begun to lead: all others tell it what they want
  | { type: "open"; to?: string; missed: boolean; items?: readonly number[]; kept?: readonly Heard[] }
  | { type: "lost" }
  | { type: "reset"; id: string }
  | { type: "heard"; heard: Heard };

const GATHER_MS = 40; // a new leader waits so long for what the other tabs want
const URL_MAX = 8000; // a longer address is replaced by that of all items

class Member {
  private readonly tab = `${Math.random()}`;
  private readonly channel?: BroadcastChannel;
  private readonly leaving = new AbortController();
  private readonly wants = new Map<string, readonly number[]>();
  private source?: Source;
  private asked?: readonly number[]; // the items that the source asks for; undefined: all
  private is_open = false; // the source
  private missed = true; // messages may have been missed since the source was open last
  private welcome = false; // the source asks for what this tab wants
  private last?: string;
  private kept: Heard[] = [];

  constructor(
    private readonly stream: Stream,
    private readonly follower: Follower,
    private items: readonly number[],
  ) {
    follower.on_connection("connecting");
    if (navigator.locks) {
      this.channel = new BroadcastChannel(`pygmy.${stream.name}`);
      this.channel.onmessage = (message: MessageEvent<Told>) => this.on_told(message.data);
      this.want(items);
      this.queue(this.channel.name);
    } else {
      this.lead();
    }
  }

  private queue(name: string): void {
    const { signal } = this.leaving;
    const left = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    const led = () => {
      this.lead();
      return left;
    };
    navigator.locks.request(name, { signal }, led).catch(() => {}); // it fails when the tab leaves the queue
  }

  want(items: readonly number[]): void {
    this.items = items;
    this.tell({ type: "want", tab: this.tab, items });
  }

  leave(): void {
    this.source?.close();
    this.tell({ type: "gone", tab: this.tab });
    this.channel?.close();
    this.leaving.abort();
  }

  // Tells all tabs, also this one.
  private tell(told: Told): void {
    this.channel?.postMessage(told);
    this.on_told(told);
  }

  private lead(): void {
    if (this.leaving.signal.aborted) return;
    this.missed ||= this.last === undefined;
    this.tell({ type: "lead" });
    setTimeout(() => {
      if (this.leaving.signal.aborted) return;
      this.gather();
      this.source = new Source(this.stream.kinds, {
        url: () => this.stream.url(this.last, this.asked),
        on_message: (heard) => this.tell({ type: "heard", heard }),
        on_open: () => this.on_open(),
        on_lost: () => this.on_lost(),
        on_reset: (id) => {
          this.tell({ type: "reset", id });
          this.on_open();
        },
      });
    }, GATHER_MS);
  }

  private gather(): void {
    this.wants.set(this.tab, this.items);
    this.asked = [...new Set([...this.wants.values()].flat())].sort((a, b) => a - b);
    if (this.stream.url(this.last, this.asked).length > URL_MAX) this.asked = undefined;
  }

  private on_open(): void {
    const { missed, asked: items, kept } = this;
    this.is_open = true;
    this.tell({ type: "open", missed, ...(items && { items }), kept });
  }

  private on_lost(): void {
    this.is_open = false;
    this.tell({ type: "lost" });
  }

  private on_told(told: Told): void {
    switch (told.type) {
      case "want":
        return this.on_want(told.tab, told.items);
      case "gone":
        return void this.wants.delete(told.tab);
      case "lead":
        return this.channel?.postMessage({ type: "want", tab: this.tab, items: this.items });
      case "open":
        if (told.to === undefined || told.to === this.tab) this.on_opened(told);
        return;
      case "lost":
        this.missed = true;
        return this.follower.on_connection("lost");
      case "reset":
        this.last = told.id || undefined;
        this.missed = true;
        this.kept = [];
        return;
      case "heard":
        if (this.welcome) this.hear(told.heard);
        return;
    }
  }

  // Only the leader answers.
  private on_want(tab: string, items: readonly number[]): void {
    this.wants.set(tab, items);
    if (tab === this.tab && !covers(this.asked, items)) this.welcome = false;
    if (!this.source) return;
    if (!covers(this.asked, items)) {
      this.missed ||= this.last === undefined;
      this.is_open = false;
      this.gather();
      return this.source.connect();
    }
    const { asked, kept } = this;
    if (this.is_open) this.tell({ type: "open", to: tab, missed: false, ...(asked && { items: asked }), kept });
  }

  private on_opened(told: Extract<Told, { type: "open" }>): void {
    this.asked = told.items;
    this.missed = false;
    if (!covers(told.items, this.items)) return; // the leader does not know yet what this tab wants
    const joins = !this.welcome;
    this.welcome = true;
    if (joins) told.kept?.forEach((heard) => this.hear(heard));
    this.follower.on_connection("open");
    if (joins || told.missed) this.follower.on_open?.();
  }

  // When another tab begins to lead, a message may come twice.
  private hear(heard: Heard): void {
    if (heard.id && this.last && parseInt(heard.id) <= parseInt(this.last)) return;
    this.last = heard.id || undefined;
    if (this.stream.keeps) this.kept = [...this.kept, heard].slice(-this.stream.keeps);
    this.follower.on_message(heard);
  }
}

const covers = (asked: readonly number[] | undefined, items: readonly number[]) =>
  asked === undefined || items.every((item) => asked.includes(item));

export function follow(stream: Stream, follower: Follower, items: readonly number[] = []): Following {
  let wanted = items;
  let member: Member | undefined;
  const show = () => {
    if (document.hidden) {
      member?.leave();
      member = undefined;
    } else {
      member ??= new Member(stream, follower, wanted);
    }
  };
  document.addEventListener("visibilitychange", show);
  show();
  return {
    want(next) {
      if (next.join() === wanted.join()) return;
      wanted = next;
      member?.want(next);
    },
    stop() {
      document.removeEventListener("visibilitychange", show);
      member?.leave();
      member = undefined;
    },
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
