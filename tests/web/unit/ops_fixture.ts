// A store as the control room sees it: its status, its processes, an event, and the figures of a second. Each test names
// what differs from the usual.
import type { Live, Process, Status } from "../../../web/src/shared/api.ts";

export const process = (instance: string, more: Partial<Process> = {}): Process => ({
  role: instance.split("-")[0] as Process["role"],
  instance,
  pid: 1,
  endpoint: "",
  state: "live",
  writer: false,
  leader: false,
  applied: 9,
  lag: 0,
  age_ms: 10,
  silent: false,
  ...more,
});
export const STORE = [
  "broker-1",
  "catalog-1",
  "catalog-2",
  "order-1",
  "order-2",
  "order-3",
  "frontend-1",
  "frontend-2",
];
export const status = (change: Record<string, Partial<Process>> = {}, more: Partial<Status> = {}): Status => ({
  edge: "frontend-1",
  age_ms: 0,
  leased: true,
  lease_left_ms: 400,
  applied: 9,
  watermark: 9,
  writer: "order-1",
  epoch: 2,
  processes: STORE.map((name) => process(name, { writer: name === "order-1", ...change[name] })),
  ...more,
});
export const event = (kind: string, data: object, seq = 1) => ({
  kind,
  seq,
  at: 1000,
  data: data as Record<string, unknown>,
});

export const live = (at: number, more: Partial<Live> = {}): Live => ({
  at,
  orders_s: 1,
  lookups_s: 2,
  requests_s: { lookup: 2 },
  p50_us: { bridge: 100 },
  p99_us: { bridge: 900 },
  all_p50_us: { read: 70, change: 800 },
  all_p99_us: { read: 300, change: 4000 },
  hit_ratio: 0.9,
  lag: { "order-1": 0 },
  blocks_s: 1,
  block_events: 2,
  commit_us: 50,
  demo: true,
  ...more,
});
