// The processes of the mock store: killed ones are silent, then start again, catch up and live; a writer that is gone is
// replaced by another order replica. Times are those of a real store, about.
const PLAN = ["broker-1", "catalog-1", "catalog-2", "order-1", "order-2", "order-3", "frontend-1", "frontend-2"];
const WRITER_TIMEOUT_MS = 500;

export class Processes {
  constructor(append, seq, plan = PLAN) {
    this.append = append;
    this.seq = seq;
    this.all = new Map(
      plan.map((instance, at) => [
        instance,
        {
          instance,
          role: instance.split("-")[0],
          pid: 4000 + at,
          state: "live",
          heard: 0,
          held: undefined,
          restarts: 0,
        },
      ]),
    );
    this.forgotten = [];
    this.writer = "order-1";
    this.epoch = 0;
    this.before = { at: Date.now(), lookups: 0, orders: 0, seq: 0 };
    this.timers = new Set();
  }
  begin() {
    this.appoint("order-1");
    for (const holder of ["frontend-1", "frontend-2"]) this.append("holder_joined", { holder });
  }
  end() {
    for (const timer of this.timers) clearTimeout(timer);
  }
  later(milliseconds, what) {
    const timer = setTimeout(() => (this.timers.delete(timer), what()), milliseconds);
    this.timers.add(timer);
  }
  appoint(replica) {
    this.writer = replica;
    this.epoch = this.append("writer_appointed", { replica }).seq;
  }
  act(instance, action) {
    const one = this.all.get(instance);
    if (!one) return false;
    if (action === "forget") return this.forget(instance);
    if (action === "resume") this.resume(one);
    else this.stop(one);
    if (action === "kill" || action === "restart") this.later(3000, () => this.start(one));
    return true;
  }
  forget(instance) {
    if (this.all.get(instance).held === undefined) return false;
    this.forgotten.push(instance);
    return this.all.delete(instance);
  }
  stop(one) {
    if (one.held !== undefined) return;
    one.heard = Date.now();
    one.held = this.seq();
    if (one.instance !== this.writer) return;
    this.later(WRITER_TIMEOUT_MS, () => {
      const next = [...this.all.values()].find((other) => other.role === "order" && other.held === undefined);
      if (next && one.held !== undefined) this.appoint(next.instance);
    });
  }
  start(one) {
    one.pid += 100;
    ++one.restarts;
    one.state = "catching_up";
    this.resume(one);
    this.later(1200, () => (one.state = "live"));
  }
  resume(one) {
    one.held = undefined;
  }
  status() {
    const now = Date.now();
    return {
      edge: "frontend-1",
      age_ms: 0,
      leased: true,
      lease_left_ms: 300 + (now % 190),
      applied: this.seq(),
      watermark: this.seq(),
      writer: this.writer,
      epoch: this.epoch,
      store: "mock",
      term: 1,
      commit: this.seq(),
      leases: 2,
      diverged: [],
      leader_age_ms: 20,
      forgotten: this.forgotten,
      processes: [...this.all.values()].map((one) => {
        const applied = one.held ?? this.seq();
        const age_ms = one.held === undefined ? now % 50 : now - one.heard;
        return {
          role: one.role,
          instance: one.instance,
          pid: one.pid,
          endpoint: `tcp://127.0.0.1:${7400 + (one.pid % 100)}`,
          state: one.state,
          writer: one.instance === this.writer,
          leader: one.role === "broker",
          applied,
          lag: this.seq() - applied,
          age_ms,
          silent: age_ms > 1000,
          digest: "9f3c2a7716d04be1",
          counters: { requests: 120 + this.seq() * 3, answers: 118 + this.seq() * 3, malformed: 0 },
        };
      }),
    };
  }
  live(lookups, orders) {
    const now = Date.now();
    const seconds = Math.max(0.05, (now - this.before.at) / 1000);
    const per_second = (what, value) => (value - this.before[what]) / seconds;
    const wave = (period, size) => 1 + size * Math.sin(now / period);
    const told = {
      at: now,
      orders_s: per_second("orders", orders),
      lookups_s: per_second("lookups", lookups),
      requests_s: { lookup: per_second("lookups", lookups), place: per_second("orders", orders), search: 1 },
      p50_us: { bridge: 140 * wave(4000, 0.1), frontend: 82 * wave(3000, 0.15), order: 410 * wave(5000, 0.2) },
      p99_us: { bridge: 900 * wave(2500, 0.3), frontend: 520 * wave(3500, 0.3), order: 1900 * wave(2000, 0.3) },
      all_p50_us: { read: 70 * wave(3000, 0.1), change: 900 * wave(4000, 0.1) },
      all_p99_us: { read: 400 * wave(3000, 0.3), change: 4100 * wave(4000, 0.3) },
      hit_ratio: 0.96 + 0.02 * Math.sin(now / 7000),
      lag: Object.fromEntries(
        this.status()
          .processes.filter((one) => one.role !== "broker")
          .map((one) => [one.instance, one.lag]),
      ),
      blocks_s: per_second("seq", this.seq()),
      block_events: 1 + Math.round(Math.random() * 3),
      commit_us: 120 * wave(1500, 0.2),
      status: this.status(),
    };
    if (seconds > 0.5) this.before = { at: now, lookups, orders, seq: this.seq() };
    return told;
  }
}
