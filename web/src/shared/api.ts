// The store's HTTP interface (docs/HTTP.md). Prices are whole minor units, times are milliseconds since 1970. Its types are made
// from the description that the bridge serves.
import type { Recent } from "../ops/recent.ts";
import type {
  Hold,
  HoldsPage,
  Item,
  ItemChange,
  ItemPatch,
  ItemsPage,
  MovementsPage,
  NewHold,
  NewOrder,
  NewTrace,
  NewTransfer,
  Order,
  OrdersPage,
  Outcome,
  Problem as ProblemBody,
  Redelivery,
  Store,
  Subscriptions,
  Topics,
  Trace,
  Transfer,
  Webhook,
  Webhooks,
  WhoAmI,
} from "../../../typescript/src/openapi.ts";

export type {
  Currency,
  Hold,
  HoldsPage,
  Item,
  ItemsPage,
  Live,
  MovementsPage,
  NewHold,
  NewOrder,
  Order,
  OrdersPage,
  Outcome,
  PiecesAtPlace,
  Process,
  Status,
  Subscription,
  Subscriptions,
  Terms,
  Topic,
  Trace,
  Webhook,
  WhoAmI,
} from "../../../typescript/src/openapi.ts";

export type ProcessAction = "kill" | "pause" | "resume" | "restart" | "forget";

// A refusal (application/problem+json). `code` is the last part of its type.
export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly item?: number,
    readonly stock?: number,
    readonly price?: number,
  ) {
    super(message);
  }
  // True if nothing happened and nothing will: it is useless to repeat the request. Else its effect is unknown.
  get definite(): boolean {
    return this.status >= 400 && this.status < 500 && this.status !== 408 && this.status !== 429;
  }
}

// Status 0: there is no answer, or it cannot be read.
const unreachable = () => new Problem("unreachable", 0, "The shop cannot be reached. Is the network there?");

async function problem_of(response: Response): Promise<Problem> {
  try {
    const body: Partial<ProblemBody> = await response.json();
    const code =
      String(body.type ?? "")
        .split("/")
        .pop() || "unavailable";
    return new Problem(code, response.status, body.detail ?? body.title ?? code, body.item, body.stock, body.price);
  } catch {
    return new Problem("unavailable", response.status, `The shop answered with ${response.status}.`);
  }
}

const call = async <Body>(path: string, options: RequestInit = {}): Promise<Body> =>
  (await call_dated<Body>(path, options)).body;

// `now`: the time of the answer by the bridge's clock, in whole seconds; NaN if the answer does not tell it.
async function call_dated<Body>(path: string, options: RequestInit = {}): Promise<{ body: Body; now: number }> {
  let response: Response;
  try {
    response = await fetch(path, { ...options, signal: AbortSignal.timeout(10_000) });
  } catch {
    throw unreachable();
  }
  if (!response.ok) throw await problem_of(response);
  const now = Date.parse(response.headers.get("Date") ?? "");
  if (response.status === 204) return { body: undefined as Body, now };
  const body: Body = await response.json().catch(() => {
    throw unreachable();
  });
  return { body, now };
}

const query = (parameters: Record<string, string | number | undefined>) => {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== "");
  return given.length ? "?" + new URLSearchParams(given.map(([name, value]) => [name, String(value)])) : "";
};

const post = (body: unknown, key?: string): RequestInit => ({
  method: "POST",
  headers: { "Content-Type": "application/json", ...(key ? { "Idempotency-Key": key } : {}) },
  body: JSON.stringify(body),
});

export const api = {
  items: ({ low, ...wanted }: { topic?: string; text?: string; limit?: number; after?: number; low?: boolean }) =>
    call<ItemsPage>("/v1/items" + query({ ...wanted, low: low ? "true" : undefined })),
  item: (id: number) => call<Item>(`/v1/items/${id}`),
  edit: (id: number, patch: ItemPatch, key: string) =>
    call<ItemChange>(`/v1/items/${id}`, { ...post(patch, key), method: "PATCH" }),
  movements: (item: number, limit: number) => call<MovementsPage>(`/v1/items/${item}/movements` + query({ limit })),
  transfer: (item: number, moved: NewTransfer, key: string) =>
    call<Transfer>(`/v1/items/${item}/transfers`, post(moved, key)),
  topics: () => call<Topics>("/v1/topics"),
  place: (order: NewOrder, key: string) => call<Order>("/v1/orders", post(order, key)),
  order: (no: number) => call<Order>(`/v1/orders/${no}`),
  // Takes back everything that remains of the order.
  cancel: (no: number, key: string) => call<Order>(`/v1/orders/${no}/cancellations`, post({}, key)),
  // With `now`, because the visitor's clock may be wrong.
  place_hold: (hold: NewHold, key: string) => call_dated<Hold>("/v1/holds", post(hold, key)),
  hold: (no: number) => call_dated<Hold>(`/v1/holds/${no}`),
  holds: (limit: number) => call_dated<HoldsPage>("/v1/holds" + query({ limit })),
  confirm: (hold: number, key: string) => call<Order>(`/v1/holds/${hold}/confirm`, post({}, key)),
  release: (hold: number, key: string) => call<Hold>(`/v1/holds/${hold}/release`, post({}, key)),
  orders: (customer: string, after: number, limit: number) =>
    call<OrdersPage>("/v1/orders" + query({ customer, after, limit })),
  // Of all customers, ascending by number.
  all_orders: (after: number, limit: number) => call<OrdersPage>("/v1/orders" + query({ after, limit })),
  store: () => call<Store>("/v1/store"),
  subscriptions: () => call<Subscriptions>("/v1/subscriptions"),
  webhooks: () => call<Webhooks>("/v1/webhooks"),
  enable_webhook: (name: string) =>
    call<Webhook>(`/v1/webhooks/${encodeURIComponent(name)}/enable`, { method: "POST" }),
  // Sends all dead letters of the webhook again.
  redeliver: (name: string) =>
    call<Redelivery>(`/v1/webhooks/${encodeURIComponent(name)}/dead_letters/redeliver`, { method: "POST" }),
  outcome: (key: string) => call<Outcome>(`/v1/outcomes/${encodeURIComponent(key)}`),
  who: () => call<WhoAmI>("/v1/whoami"),
  sign_in: (token: string) => call<WhoAmI>("/v1/session", post({ token })),
  sign_out: () => call<void>("/v1/session", { method: "DELETE" }),
  recent: () => call<Recent>("/v1/metrics/recent"),
  process: (instance: string, action: ProcessAction) =>
    call<void>(`/ops/processes/${encodeURIComponent(instance)}/${action}`, { method: "POST" }),
  trace: (request: NewTrace["request"], item: number) => call<Trace>("/v1/trace", post({ request, item })),
};

// Keys that rise cost the store less than random ones. 80 random bits make each key unique.
export function new_key(now = Date.now()): string {
  const random = crypto.getRandomValues(new Uint8Array(10));
  return `web-${now.toString(36)}-${Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
