// Pygmy: a client of a shop. Each method sends one request, again where that is needed (call.ts), and gives the answer
// with the types of /openapi.json. It throws `Refused` or `Unknown` (errors.ts).
import { Call, type Step } from "./call.js";
import { real_clock, type Clock } from "./clock.js";
import { Refused, Unknown } from "./errors.js";
import { told_of, type Wanted } from "./events.js";
import { Follow, type Told } from "./follow.js";
import { new_key } from "./key.js";
import type * as api from "./openapi.js";
import { send, type Fetch, type Reply, type Request } from "./send.js";
import { Subscription } from "./subscription.js";

export interface Options {
  url: string; // of a bridge, like http://127.0.0.1:8080; "" in a page of that bridge
  urls?: readonly string[]; // further bridges of the same store, which are asked if the first does not answer
  token?: string;
  deadline_ms?: number; // of each request with all its tries; default 30 s
  fetch?: Fetch;
  clock?: Clock;
}

export interface Ask {
  deadline_ms?: number;
  signal?: AbortSignal; // a write that is aborted after it was sent ends as `Unknown`
  on_answer?: (answer: Answered) => void;
}
export interface Read extends Ask {
  stale_ok?: string; // like "60s": accept an answer so old if there is no exact one
}
export interface Write extends Ask {
  key?: string; // default: a new one. Give one to repeat the same write after a restart of your program
}
export interface Change extends Write {
  if_match?: string; // the `etag` that the item must have
}
export interface Cancel extends Write {
  kind?: api.NewCancellation["kind"];
  reason?: string;
  lines?: api.NewCancellationLine[];
}
export interface Buyer extends Write {
  customer?: string;
}

/** About the answer, besides its body. */
export interface Answered {
  status: number;
  key?: string; // of a write
  seq?: number; // of the last event that the answer reveals
  stale_ms?: number;
  at?: number; // by the clock of the bridge, milliseconds since 1970, in whole seconds
  tries: number;
}

export type Line = api.NewOrderLine;
export type Tagged = api.Item & { etag: string };
export type Query = { topic?: string; text?: string; low?: boolean; retired?: boolean; limit?: number; after?: number };

const DEADLINE_MS = 30_000;

const OPTIONS: Names<Options> = { url: 1, urls: 1, token: 1, deadline_ms: 1, fetch: 1, clock: 1 };
const ASK: Names<Ask> = { deadline_ms: 1, signal: 1, on_answer: 1 };
const READ: Names<Read> = { ...ASK, stale_ok: 1 };
const CHANGE: Names<Change> = { ...ASK, key: 1, if_match: 1 };

export class Pygmy {
  private readonly urls: readonly string[];
  private readonly fetch: Fetch;
  private readonly clock: Clock;
  private bridge = 0; // that answered last

  constructor(private readonly options: Options) {
    if (options) check(options, OPTIONS);
    if (typeof options?.url !== "string") throw new TypeError('name a bridge, like { url: "http://127.0.0.1:8080" }');
    this.urls = [options.url, ...(options.urls ?? [])].map((url) => url.replace(/\/+$/, ""));
    const wrong = this.urls.find((url) => url !== "" && !/^https?:\/\/[^/]/.test(url));
    if (wrong !== undefined) throw new TypeError(`the url "${wrong}" is not like http://127.0.0.1:8080`);
    this.fetch = options.fetch ?? ((...request) => globalThis.fetch(...request));
    this.clock = options.clock ?? real_clock;
  }

  // --- items ---

  async lookup(id: number, ask?: Read): Promise<Tagged> {
    const { body, headers } = await this.get<api.Item>(`/v1/items/${id_of(id)}`, ask);
    return { ...body, etag: headers.get("ETag") ?? "" };
  }
  /** One page of items; `items` gives all of them. */
  async search(query: Query = {}, ask?: Read): Promise<api.ItemsPage> {
    return (await this.get<api.ItemsPage>("/v1/items" + query_of(query), ask)).body;
  }
  items(query: Query = {}, ask?: Read): AsyncGenerator<api.Item, void, void> {
    return rows(
      query.after,
      (after) => this.search({ ...query, after }, ask),
      (page) => page.items,
    );
  }
  async topics(ask?: Read): Promise<api.Topic[]> {
    return (await this.get<api.Topics>("/v1/topics", ask)).body.topics;
  }
  /** The newest first. */
  movements(item: number, query: { limit?: number; before?: number } = {}, ask?: Ask) {
    const page = async (before?: number) =>
      (await this.get<api.MovementsPage>(`/v1/items/${id_of(item)}/movements` + query_of({ ...query, before }), ask))
        .body;
    return rows(query.before, page, (each) => each.movements);
  }
  async add(items: api.NewItem[], write?: Write): Promise<api.Item[]> {
    return (await this.post<api.ItemsPage>("/v1/items", { items }, write)).items;
  }
  price(item: number, price: number, change?: Change): Promise<api.ItemChange> {
    return this.edit(item, { price }, change);
  }
  edit(item: number, patch: api.ItemPatch, change?: Change): Promise<api.ItemChange> {
    return this.write("PATCH", `/v1/items/${id_of(item)}`, patch, change);
  }
  restock(item: number, moved: api.NewMovement, change?: Change): Promise<api.Movement> {
    return this.post(`/v1/items/${id_of(item)}/movements`, moved, change);
  }
  count(item: number, counted: api.NewCount, change?: Change): Promise<api.Count> {
    return this.post(`/v1/items/${id_of(item)}/counts`, counted, change);
  }
  transfer(item: number, moved: api.NewTransfer, change?: Change): Promise<api.Transfer> {
    return this.post(`/v1/items/${id_of(item)}/transfers`, moved, change);
  }

  // --- orders ---

  place(order: api.NewOrder, write?: Write): Promise<api.Order> {
    return this.post("/v1/orders", order, write);
  }
  /** All lines or none. With a `price` in a line, only if the item has that price. */
  buy(lines: Line[], { customer, ...write }: Buyer = {}): Promise<api.Order> {
    return this.place({ lines, ...(customer === undefined ? {} : { customer }) }, write);
  }
  async order(no: number, ask?: Ask): Promise<api.Order> {
    return (await this.get<api.Order>(`/v1/orders/${id_of(no)}`, ask)).body;
  }
  /** The oldest first. */
  orders(query: { customer?: string; limit?: number; after?: number } = {}, ask?: Ask) {
    const page = async (after?: number) =>
      (await this.get<api.OrdersPage>("/v1/orders" + query_of({ ...query, after }), ask)).body;
    return rows(query.after, page, (each) => each.orders);
  }
  /** Takes pieces back; without `lines` everything that remains. */
  cancel(no: number, { kind, reason, lines, ...write }: Cancel = {}): Promise<api.Order> {
    return this.post(`/v1/orders/${id_of(no)}/cancellations`, { kind, reason, lines }, write);
  }

  // --- holds ---

  hold(lines: Line[], ttl_ms: number, { customer, ...write }: Buyer = {}): Promise<api.Hold> {
    return this.post("/v1/holds", { lines, ttl: ttl_ms, customer }, write);
  }
  async show_hold(no: number, ask?: Ask): Promise<api.Hold> {
    return (await this.get<api.Hold>(`/v1/holds/${id_of(no)}`, ask)).body;
  }
  /** The open ones, the oldest first. */
  holds(query: { customer?: string; limit?: number; after?: number } = {}, ask?: Ask) {
    const page = async (after?: number) =>
      (await this.get<api.HoldsPage>("/v1/holds" + query_of({ ...query, after }), ask)).body;
    return rows(query.after, page, (each) => each.holds);
  }
  /** Makes an order of the hold, or of some of its pieces. */
  confirm(hold: number, { lines, ...write }: Write & { lines?: api.NewConfirmationLine[] } = {}): Promise<api.Order> {
    return this.post(`/v1/holds/${id_of(hold)}/confirm`, { lines }, write);
  }
  extend(hold: number, ttl_ms: number, write?: Write): Promise<api.Hold> {
    return this.post(`/v1/holds/${id_of(hold)}/extend`, { ttl: ttl_ms }, write);
  }
  release(hold: number, write?: Write): Promise<api.Hold> {
    return this.post(`/v1/holds/${id_of(hold)}/release`, undefined, write);
  }

  // --- keys, events, the store ---

  /** Final: a key that has done nothing is void from then on. */
  async outcome(key: string, ask?: Ask): Promise<api.Outcome> {
    return (await this.get<api.Outcome>(outcome_path(key), ask)).body;
  }
  /**
   * Each event once and in order, over lost connections and restarts of bridges. It ends by `break` or by the signal.
   */
  async *events(wanted: Wanted = {}): AsyncGenerator<Told, void, void> {
    for await (const told of told_of(this.connections(), wanted, new Follow(wanted))) if (told) yield told;
  }
  /** Makes the subscription, or continues with the one that is there. */
  async subscribe(made: api.NewSubscription, write?: Write): Promise<Subscription> {
    const { key, ...ask } = write ?? {};
    const there = async () => (await this.subscriptions(ask)).subscriptions.find(({ name }) => name === made.name);
    let kept = await there();
    try {
      kept ??= (await this.post<api.SubscriptionAnswer>("/v1/subscriptions", made, { ...ask, ...(key && { key }) }))
        .subscription;
    } catch (error) {
      kept = error instanceof Refused && error.code === "limit" ? await there() : undefined; // another program made it
      if (!kept) throw error;
    }
    if (!kept) throw new Refused("unknown_subscription", 404, `the subscription ${made.name} of this key has ended`);
    return this.subscription(kept);
  }
  async subscriptions(ask?: Ask): Promise<api.Subscriptions> {
    return (await this.get<api.Subscriptions>("/v1/subscriptions", ask)).body;
  }
  unsubscribe(name: string, write?: Write): Promise<api.SubscriptionAnswer> {
    return this.post(`/v1/subscriptions/${encodeURIComponent(name)}/end`, undefined, write);
  }
  async store(ask?: Ask): Promise<api.Store> {
    return (await this.get<api.Store>("/v1/store", ask)).body;
  }
  async status(ask?: Ask): Promise<api.Status> {
    return (await this.get<api.Status>("/v1/status", ask)).body;
  }
  async whoami(ask?: Ask): Promise<api.WhoAmI> {
    return (await this.get<api.WhoAmI>("/v1/whoami", ask)).body;
  }
  /** For pages: the bridge gives the browser a cookie that stands for the token. */
  async sign_in(token: string, ask?: Ask): Promise<api.WhoAmI> {
    const request = this.request("POST", "/v1/session", { token });
    return (await this.perform(request, ask)).body as api.WhoAmI;
  }
  async sign_out(ask?: Ask): Promise<void> {
    await this.perform(this.request("DELETE", "/v1/session"), ask);
  }

  // --- how ---

  private connections() {
    const { urls, fetch, clock } = this;
    return { urls, fetch, clock, headers: () => this.headers() };
  }
  private subscription(kept: api.Subscription): Subscription {
    let follow = new Follow({});
    return new Subscription(kept.name, kept, {
      clock: this.clock,
      told: (after, types, signal) => {
        follow = new Follow({ after });
        return told_of(this.connections(), { types, ...(signal && { signal }) }, follow);
      },
      place: () => follow.place,
      acknowledge: (name, cursor) =>
        this.post(`/v1/subscriptions/${encodeURIComponent(name)}/acknowledgements`, { cursor }),
    });
  }

  private headers(): Record<string, string> {
    return this.options.token === undefined ? {} : { Authorization: `Bearer ${this.options.token}` };
  }
  private request(method: Request["method"], path: string, body?: unknown): Request {
    const headers = this.headers();
    if (body === undefined) return { method, path, headers };
    return { method, path, headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(body) };
  }
  private async get<Body>(path: string, ask: Read = {}): Promise<Reply & { body: Body }> {
    check(ask, READ);
    const request = this.request("GET", path);
    if (ask.stale_ok !== undefined) request.headers["X-Pygmy-Stale-Ok"] = ask.stale_ok;
    return (await this.perform(request, ask)) as Reply & { body: Body };
  }
  private post<Body>(path: string, body: unknown, write?: Write): Promise<Body> {
    return this.write("POST", path, body, write);
  }
  private async write<Body>(method: "POST" | "PATCH", path: string, body: unknown, write: Change = {}): Promise<Body> {
    check(write, CHANGE);
    const request = this.request(method, path, body);
    const key = write.key ?? new_key();
    request.headers["Idempotency-Key"] = header_of(key);
    if (write.if_match === "") throw new TypeError("if_match: the answer had no etag; does a proxy take it away?");
    if (write.if_match !== undefined) request.headers["If-Match"] = write.if_match;
    return (await this.perform(request, write, key)).body as Body;
  }

  // Does what the call says until it has a result. `key`: of a write.
  private async perform(request: Request, { deadline_ms, signal, on_answer }: Ask = {}, key?: string): Promise<Reply> {
    const { clock, urls } = this;
    const patience = deadline_ms ?? this.options.deadline_ms ?? DEADLINE_MS;
    if (!(patience > 0)) throw new TypeError(`deadline_ms: ${JSON.stringify(patience)} is no time in milliseconds`);
    new Headers(request.headers); // throws if a key or a token cannot be sent, which no further try would change
    const plan = {
      write: key !== undefined,
      bridges: urls.length,
      first: this.bridge,
      deadline: clock.now() + patience,
      random: Math.random,
    };
    const call = new Call(plan);
    let tries = 0;
    let last: Reply | undefined;
    for (let step: Step = call.start(clock.now()); ;) {
      const goes_on = step.do === "send" || step.do === "wait";
      if (goes_on && signal?.aborted) throw aborted(signal, tries > 0 ? key : undefined);
      switch (step.do) {
        case "send": {
          const asked = step.what === "request" ? request : this.request("GET", outcome_path(key!));
          const { heard, reply } = await send(this.fetch, urls[step.bridge]!, asked, step.timeout_ms, signal);
          ++tries;
          if (reply) [last, this.bridge] = [reply, step.bridge];
          step = call.heard(heard, clock.now());
          break;
        }
        case "wait":
          await clock.sleep(step.ms, signal);
          step = call.waited(clock.now());
          break;
        case "answer":
          on_answer?.(answered(last!, tries, key));
          return last!;
        case "refuse": {
          const { code, status, message, details } = step.refusal;
          throw new Refused(code, status, message, details);
        }
        case "give up":
          throw new Unknown(key!, step.why);
      }
    }
  }
}

type Names<Given> = { [name in keyof Required<Given>]: 1 };

// The compiler of TypeScript finds a misspelled option. For others this does: with `Key` for `key` a buy that is repeated
// would be a second one.
function check<Given extends object>(given: Given, names: Names<Given>): void {
  const wrong = Object.keys(given).find((name) => !Object.hasOwn(names, name));
  if (wrong === undefined) return;
  throw new TypeError(`there is no option "${wrong}", only ${Object.keys(names).join(", ")}`);
}

// A number goes into a path. A text could lead to another one, such as "../orders/1".
function id_of(value: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw new TypeError(`${JSON.stringify(value)} is not the number of an item, an order or a hold`);
}

// A header holds bytes, and the store reads them as UTF-8.
function header_of(key: string): string {
  if (key === "" || /^\s|\s$|\p{Cc}/u.test(key)) {
    throw new TypeError(`the key ${JSON.stringify(key)} is empty, or has control characters or a space at an end`);
  }
  return String.fromCharCode(...new TextEncoder().encode(key));
}

const outcome_path = (key: string) => `/v1/outcomes/${encodeURIComponent(key)}`;

const aborted = (signal: AbortSignal, key?: string): unknown =>
  key === undefined ? signal.reason : new Unknown(key, "the program has aborted it");

function answered({ status, headers }: Reply, tries: number, key?: string): Answered {
  const number = (name: string) => (headers.has(name) ? Number(headers.get(name)) : undefined);
  const at = Date.parse(headers.get("Date") ?? "");
  return {
    status,
    tries,
    ...defined({
      key,
      seq: number("X-Pygmy-Seq"),
      stale_ms: number("X-Pygmy-Stale-Ms"),
      at: Number.isNaN(at) ? undefined : at,
    }),
  };
}

const defined = <T extends object>(fields: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

function query_of(parameters: Record<string, string | number | boolean | undefined>): string {
  const query = new URLSearchParams(Object.entries(defined(parameters)).map(([name, value]) => [name, String(value)]));
  return `${query}` && `?${query}`;
}

// All rows, page after page.
async function* rows<Page extends { next?: number }, Row>(
  first: number | undefined,
  read: (place?: number) => Promise<Page>,
  of: (page: Page) => Row[],
): AsyncGenerator<Row, void, void> {
  for (let place = first; ;) {
    const page = await read(place);
    yield* of(page);
    if (page.next === undefined) return;
    place = page.next;
  }
}
