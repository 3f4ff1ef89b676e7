// A connection of a page, in virtual time: when it is taken for lost, and that it comes back.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Source } from "../../../web/src/shared/source.ts";

let now = 0;
let timers: { at: number; every?: number; run(): void }[] = [];
const { EventSource, setTimeout, setInterval, clearTimeout, clearInterval, fetch } = globalThis;
const real = { EventSource, setTimeout, setInterval, clearTimeout, clearInterval, fetch };
const real_now = Date.now;

class FakeEventSource extends EventTarget {
  static readonly CLOSED = 2;
  static all: FakeEventSource[] = [];
  readyState = 0;
  onopen?: () => void;
  onerror?: () => void;
  constructor(readonly url: string) {
    super();
    FakeEventSource.all.push(this);
  }
  close = () => void (this.readyState = 2);
  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  fail(): void {
    this.readyState = 2;
    this.onerror?.();
  }
  say = (data: string) => this.dispatchEvent(Object.assign(new Event("message"), { data, lastEventId: "" }));
}

let bridge: "answers" | "stalled";
const told: string[] = [];
let source: Source;
const present = () => FakeEventSource.all.at(-1)!;

beforeEach(() => {
  now = 0;
  timers = [];
  bridge = "answers";
  told.length = FakeEventSource.all.length = 0;
  const add = (run: () => void, after: number, every?: number) => {
    const timer = { at: now + after, every, run };
    timers.push(timer);
    return timer;
  };
  const remove = (timer: unknown) => void (timers = timers.filter((one) => one !== timer));
  Object.assign(globalThis, {
    EventSource: FakeEventSource,
    setTimeout: (run: () => void, after: number) => add(run, after),
    setInterval: (run: () => void, every: number) => add(run, every, every),
    clearTimeout: remove,
    clearInterval: remove,
    fetch: (_: string, { signal }: RequestInit) =>
      new Promise((resolve, reject) => {
        if (bridge === "answers") resolve(new Response("ok"));
        signal!.addEventListener("abort", () => reject(new Error("aborted")));
      }),
  });
  Date.now = () => now;
  source = new Source(["message"], {
    url: () => `/stream?${told.length}`,
    on_message: () => {},
    on_open: () => told.push("open"),
    on_lost: () => told.push("lost"),
    on_reset: () => {},
  });
});
afterEach(() => {
  source.close();
  Object.assign(globalThis, real);
  Date.now = real_now;
});

// Lets all promises be kept before the next timer.
const settle = async () => {
  for (let turn = 0; turn < 10; ++turn) await Promise.resolve();
};
async function pass(milliseconds: number): Promise<void> {
  const end = now + milliseconds;
  for (;;) {
    const next = [...timers].sort((a, b) => a.at - b.at)[0];
    if (!next || next.at > end) break;
    now = next.at;
    if (next.every) next.at += next.every;
    else timers = timers.filter((one) => one !== next);
    next.run();
    await settle();
  }
  now = end;
}

// The page waits 0.7 s more before it shows it (useLost).
test("a bridge that falls silent is lost within 4.3 s", async () => {
  present().open();
  await pass(10_000);
  assert.deepEqual(told, ["open"], "a quiet stream of a bridge that answers is not lost");
  present().say("1");
  bridge = "stalled";
  await pass(4300);
  assert.deepEqual(told, ["open", "lost"]);
});

test("when a stalled bridge answers again, the page connects anew: the old connection may be dead", async () => {
  present().open();
  bridge = "stalled";
  await pass(5000);
  const old = present();
  bridge = "answers";
  await pass(2000);
  assert.notEqual(present(), old);
  assert.equal(old.readyState, FakeEventSource.CLOSED);
  present().open();
  assert.deepEqual(told.slice(-1), ["open"]);
});

test("a stalled bridge that goes on where it was is heard on the old connection", async () => {
  present().open();
  bridge = "stalled";
  await pass(5000);
  present().say("1");
  assert.deepEqual(told, ["open", "lost", "open"]);
  bridge = "answers";
  await pass(5000);
  assert.deepEqual([told.length, FakeEventSource.all.length], [3, 1]);
});

test("an error for good is followed by another try, at longer and longer intervals", async () => {
  for (const wait of [1000, 2000, 4000, 8000, 8000]) {
    const { length } = FakeEventSource.all;
    present().fail();
    await pass(wait - 1);
    assert.equal(FakeEventSource.all.length, length);
    await pass(1);
    assert.equal(FakeEventSource.all.length, length + 1);
  }
});
