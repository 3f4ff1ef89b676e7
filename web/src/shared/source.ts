// A connection to a stream of server-sent events that is opened again for ever, and that tells if it works.
//
// The browser's EventSource connects again by itself after a cut, with Last-Event-ID. But an error ends it for good,
// e.g. a 503 from a bridge that has just started; then this makes a new one. A bridge that is stopped or cut off keeps
// its connection open and only falls silent, which EventSource does not report. So after QUIET_MS without a message
// this asks /healthz, and takes the connection for lost if the answer does not come within PING_MS.

export type Connection = "connecting" | "open" | "lost";

// A message as it came. `id` is empty in a stream without ids.
export interface Heard {
  kind: string;
  data: string;
  id: string;
}

interface Told {
  url(): string;
  on_message(heard: Heard): void;
  on_open(): void;
  on_lost(): void;
  on_reset(id: string): void; // the stream does not have the place that was asked for; it goes on after `id`
}

const RETRY_MS = 1000;
const RETRY_MAX_MS = 8000;
// A stalled bridge is shown within 5 s: LOOK_MS + QUIET_MS + PING_MS, and the delay of useLost.
const LOOK_MS = 250;
const QUIET_MS = 1500;
const PING_MS = 1500;

export class Source {
  private source?: EventSource;
  private retry?: ReturnType<typeof setTimeout>;
  private readonly looking: ReturnType<typeof setInterval>;
  private wait = RETRY_MS;
  private heard = Date.now();
  private asking = false;
  private stalled = false;
  private ended = false;

  constructor(
    private readonly kinds: readonly string[],
    private readonly told: Told,
  ) {
    this.connect();
    this.looking = setInterval(() => void this.look(), LOOK_MS);
  }

  // Connects anew, to what url() says now.
  connect(): void {
    clearTimeout(this.retry);
    this.source?.close();
    if (this.ended) return;
    const mine = (this.source = new EventSource(this.told.url()));
    for (const kind of this.kinds) {
      mine.addEventListener(kind, (event) => {
        const message = event as MessageEvent<string>;
        this.heard = Date.now();
        if (this.stalled) this.told.on_open();
        this.stalled = false;
        this.told.on_message({ kind, data: message.data, id: message.lastEventId });
      });
    }
    mine.addEventListener("reset", (event) => this.told.on_reset((event as MessageEvent).lastEventId));
    mine.onopen = () => {
      this.wait = RETRY_MS;
      this.heard = Date.now();
      this.stalled = false;
      this.told.on_open();
    };
    mine.onerror = () => {
      this.told.on_lost();
      if (mine.readyState !== EventSource.CLOSED) return;
      this.retry = setTimeout(() => this.connect(), this.wait);
      this.wait = Math.min(this.wait * 2, RETRY_MAX_MS);
    };
  }

  private async look(): Promise<void> {
    if (this.asking || Date.now() - this.heard < QUIET_MS) return;
    this.asking = true;
    const heard = this.heard;
    const given_up = new AbortController();
    const timer = setTimeout(() => given_up.abort(), PING_MS);
    try {
      await fetch("/healthz", { signal: given_up.signal, cache: "no-store" });
      this.heard = Date.now();
      // The old connection may be dead although the bridge answers on a new one.
      if (this.stalled) this.connect();
      this.stalled = false;
    } catch {
      const silent = !this.ended && this.heard === heard;
      if (silent && !this.stalled) this.told.on_lost();
      this.stalled ||= silent;
    }
    clearTimeout(timer);
    this.asking = false;
  }

  close(): void {
    this.ended = true;
    clearTimeout(this.retry);
    clearInterval(this.looking);
    this.source?.close();
  }
}
