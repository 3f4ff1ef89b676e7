// A small store in memory behind the shapes of docs/HTTP.md: the pages are tested against it. It uses
// node's http and nothing else. It serves web/dist under the policy of the real bridge. Tests change it through its methods: they hold
// answers back, lose them, break connections, change prices behind the customer's back.
//
//   node tests/web/mock.mjs [PORT]     a store to look at, with some traffic
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { Holds } from "./mock_holds.mjs";
import { ok, page, problem, send, stream } from "./mock_http.mjs";
import { Processes } from "./mock_processes.mjs";
import { found_items, found_orders, topics_of } from "./mock_reads.mjs";

const BOOKS = [
  ["How to get a good grade in 677 in 20 minutes a day", "distributed systems", 2499],
  ["RPCs for Dummies", "distributed systems", 4995],
  ["Xen and the Art of Surviving Graduate School", "graduate school", 3450],
  ["Cooking for the Impatient Graduate Student", "graduate school", 1999],
  ["How to finish Project 3 on time", "distributed systems", 2999],
  ["Why theory classes are so hard", "graduate school", 3900],
  ["Spring in the Pioneer Valley", "graduate school", 1575],
];

export class Mock {
  constructor({
    items = BOOKS,
    stock = 100,
    demo = true,
    plan,
    currency,
    anonymous = "all",
    tokens = {},
    webhooks = [],
  } = {}) {
    this.seq = 0;
    this.events = [];
    this.items = new Map();
    this.orders = [];
    this.keys = new Map(); // key -> {body, status, text} or {void: seq}
    this.feeds = new Set();
    this.metrics = new Set();
    this.past = []; // what was told each second
    this.faults = {}; // name -> how often: lose_answer, then_leave, hold, unreachable, busy
    this.requests = [];
    this.lookups = 0;
    this.demo = demo;
    this.currency = currency;
    this.anonymous = anonymous; // what people without a token may do
    this.tokens = tokens; // token -> its credential
    this.webhooks = webhooks;
    this.sign_ins = new Map(); // cookie -> token
    this.processes = new Processes(
      (kind, fields) => this.append(kind, fields),
      () => this.seq,
      plan,
    );
    this.holds = new Holds(
      this.items,
      (kind, fields) => this.append(kind, fields),
      (...sold) => this.sell(...sold),
    );
    this.append("store_created", { store: "mock" });
    this.processes.begin();
    const added = items.map(([title, topic, price], at) => ({ id: at + 1, title, topic, price, stock }));
    const { seq } = this.append("items_added", { key: "k", items: added });
    for (const item of added) this.items.set(item.id, { ...item, version: seq });
    this.server = createServer((request, response) =>
      this.answer(request, response).catch((error) => {
        console.error(error);
        response.destroy();
      }),
    );
    this.ticking = setInterval(() => this.tell_metrics(), 1000);
  }
  async listen(port = 0) {
    await new Promise((resolve) => this.server.listen(port, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }
  close() {
    clearInterval(this.ticking);
    this.holds.end_all();
    this.processes.end();
    this.server.closeAllConnections();
    this.server.close();
  }

  // ---- the shop
  append(kind, fields) {
    const event = { kind, seq: ++this.seq, at: Date.now(), ...fields };
    this.events.push(event);
    if (!this.stalled) for (const feed of this.feeds) feed(event);
    return event;
  }
  restock(id, delta, reason = "delivery") {
    const item = this.items.get(id);
    item.stock += delta;
    item.version = this.append("stock_moved", { key: "r", item: id, delta, stock: item.stock, reason }).seq;
  }
  // Pieces of an item go to another place. Its list leaves out `main`.
  transfer(key, id, { pieces, from_place = "main", to_place = "main", opens = false }) {
    const item = this.items.get(id);
    if (!item) return problem(404, "unknown_item", `there is no item ${id}`, { item: id });
    const shelf = new Map((item.places ?? []).map((each) => [each.place, each.pieces]));
    shelf.set("main", item.stock - [...shelf.values()].reduce((sum, some) => sum + some, 0));
    const there = shelf.get(from_place) ?? 0;
    if (pieces > there) {
      return problem(409, "out_of_stock", `item ${id}: ${pieces} asked for, ${there} at ${from_place}`, {
        item: id,
        stock: there,
      });
    }
    const is_known = [...this.items.values()].some((each) => each.places?.some(({ place }) => place === to_place));
    if (to_place !== "main" && !is_known && !opens) {
      return problem(409, "unknown_place", `no item has pieces at '${to_place}'`, { item: id });
    }
    shelf.set(from_place, there - pieces);
    shelf.set(to_place, (shelf.get(to_place) ?? 0) + pieces);
    const moved = [
      { place: from_place, pieces: -pieces },
      { place: to_place, pieces },
    ].filter(({ place }) => place !== "main");
    item.places = [...shelf]
      .filter(([place, some]) => place !== "main" && some > 0)
      .sort()
      .map(([place, some]) => ({ place, pieces: some }));
    if (!item.places.length) delete item.places;
    const fields = { item: id, delta: 0, stock: item.stock, reason: "", places: moved };
    const { seq, at } = this.append("stock_moved", { key, ...fields });
    item.version = seq;
    return { status: 201, body: { item: id, stock: item.stock, reason: "", seq, at, places: moved } };
  }
  reprice(id, price) {
    const item = this.items.get(id);
    const was = item.price;
    item.price = price;
    item.version = this.append("price_changed", { key: "p", item: id, price, was }).seq;
  }
  edit(id, fields) {
    const item = this.items.get(id);
    Object.assign(item, fields);
    if (!item.retired) delete item.retired;
    if (!Object.keys(item.terms ?? {}).length) delete item.terms;
    item.version = item.edited = this.append("item_edited", { key: "e", item: id, ...fields }).seq;
  }
  // Merges attributes, and removes what is null.
  patch(id, body) {
    const item = this.items.get(id);
    const attributes = { ...item.attributes, ...body.attributes };
    for (const [name, value] of Object.entries(attributes)) if (value === null) delete attributes[name];
    const fields = { ...body, ...(body.attributes && { attributes }) };
    this.edit(id, fields);
    for (const [name, value] of Object.entries(fields)) if (value === null) delete item[name];
    return ok({ item: id, ...fields, seq: item.version, at: Date.now() });
  }
  place(key, body) {
    const wanted = new Map();
    for (const line of body.lines) {
      const item = this.items.get(line.item);
      if (!item) return problem(404, "unknown_item", `there is no item ${line.item}`, { item: line.item });
      if (line.price !== undefined && line.price !== item.price) {
        return problem(409, "price_changed", `item ${item.id} costs ${item.price} now`, {
          item: item.id,
          price: item.price,
        });
      }
      wanted.set(item.id, (wanted.get(item.id) ?? 0) + line.quantity);
    }
    const sign = body.type === "sell" ? 1 : -1;
    for (const [id, quantity] of wanted) {
      const item = this.items.get(id);
      const stock = item.stock - (item.held ?? 0);
      if (stock + sign * quantity < 0)
        return problem(409, "out_of_stock", `item ${id}: ${quantity} asked for, ${stock} available`, {
          item: id,
          stock,
        });
    }
    const lines = body.lines.map(({ item: id, quantity }) => {
      const item = this.items.get(id);
      item.stock += sign * quantity;
      return { item: id, quantity, price: item.price, stock: item.stock };
    });
    return this.sold(this.sell(key, { ...body, lines }));
  }
  sold(order) {
    return { status: 201, body: order, headers: { Location: `/v1/orders/${order.no}` } };
  }
  // Makes an order of lines that have left the stock or come into it.
  sell(key, { type = "buy", customer = "", lines }, kind = "order_placed", more = {}) {
    const total = lines.reduce((sum, line) => sum + line.quantity * line.price, 0);
    const order = { no: this.orders.length + 1, type, customer, lines, total };
    const { seq, at } = this.append(kind, { key, ...order, ...more });
    for (const line of lines) this.items.get(line.item).version = seq;
    const placed = { seq, at, key, state: "placed", ...order };
    this.orders.push(placed);
    return placed;
  }
  hold(key, body) {
    const [word, fields] = this.holds.fault(body.lines) ?? [];
    if (word) return problem(word === "unknown_item" ? 404 : 409, word, `item ${fields.item} cannot be held`, fields);
    const hold = this.holds.place(key, body);
    return { status: 201, body: hold, headers: { Location: `/v1/holds/${hold.no}` } };
  }
  change_hold(no, action, key) {
    const hold = this.holds.get(no);
    if (!hold) return problem(404, "unknown_hold", `there is no hold ${no}`);
    if (hold.state !== "open") return problem(409, "hold_over", `hold ${no} is ${hold.state}`);
    if (action === "confirm") return this.sold(this.holds.confirm(no, key));
    this.holds.end(no, key);
    return ok(hold);
  }
  // Everything that remains of the order.
  cancel(no, key) {
    const order = this.orders[no - 1];
    if (!order) return problem(404, "unknown_order", `there is no order ${no}`);
    if (order.cancellations) return problem(409, "nothing_remains", `nothing remains of order ${no} to be cancelled`);
    const lines = order.lines.map(({ item: id, quantity, price }) => {
      const item = this.items.get(id);
      item.stock += quantity;
      return { item: id, quantity, price, stock: item.stock };
    });
    const fields = { no, kind: "cancel", lines, total: order.total, reason: "" };
    const { seq, at } = this.append("order_cancelled", { key, customer: order.customer, ...fields });
    for (const line of lines) this.items.get(line.item).version = seq;
    this.orders[no - 1] = { ...order, state: "cancelled", cancellations: [{ ...fields, seq, at, key }] };
    return { status: 201, body: this.orders[no - 1] };
  }
  // `make` does what the request asks for.
  write(key, text, make = () => this.place(key, JSON.parse(text))) {
    if (!key) return problem(400, "invalid", "no key");
    const known = this.keys.get(key);
    if (known?.void) return problem(409, "key_voided", "the outcome of this key was asked for");
    if (known)
      return known.text === text ? known.answer : problem(422, "key_reused", "this key belongs to another request");
    const answer = make();
    if (answer.status < 300) this.keys.set(key, { text, answer });
    return answer;
  }
  outcome(key) {
    const known = this.keys.get(key);
    const body = known?.answer?.body;
    if (body?.expires) return ok({ outcome: "change", seq: body.seq, hold: body });
    if (body) return ok({ outcome: "order", seq: body.seq, order: body });
    if (!known) this.keys.set(key, { void: this.append("key_voided", { key }).seq });
    return ok({ outcome: "void", seq: this.keys.get(key).void });
  }

  // ---- http
  fault(name) {
    if (!this.faults[name]) return false;
    --this.faults[name];
    return true;
  }
  async answer(request, response) {
    const url = new URL(request.url, "http://mock");
    let text = "";
    for await (const chunk of request) text += chunk;
    this.requests.push(`${request.method} ${url.pathname}`);
    if (this.stalled) return; // takes connections and requests, and says nothing
    if (url.pathname === "/healthz") return void send(response, { status: 200, raw: "ok\n", type: "text/plain" });
    if (url.pathname.startsWith("/v1/") && this.fault("unreachable")) return void response.destroy();
    const denied = this.denied(request, url);
    if (denied) return void send(response, denied);
    if (url.pathname === "/v1/events") return this.serve_feed(request, response, url.searchParams);
    if (url.pathname === "/v1/metrics/live") return this.serve_metrics(response);
    if (url.pathname === "/v1/metrics/recent") return void send(response, ok(this.recent()));
    const shown = page(url.pathname);
    if (shown) return void send(response, shown);
    if (url.pathname === "/v1/session") return void send(response, this.session(request.method, request, text));
    if (url.pathname === "/v1/whoami") {
      return void send(response, ok({ anonymous: this.anonymous, credential: this.credential(request) }));
    }
    const answer = await this.route(request.method, url, request.headers, text);
    const orders = request.method === "POST" && /^\/v1\/(orders|holds\/\d+\/confirm)$/.test(url.pathname);
    if (orders && this.fault("lose_answer")) {
      if (this.faults.then_leave) this.faults.unreachable = 1000;
      return void response.destroy();
    }
    send(response, answer);
  }
  cookie({ headers }) {
    return /pygmy_session=(\w+)/.exec(headers.cookie ?? "")?.[1];
  }
  // Undefined: nobody is signed in. Null: the cookie stands for nothing.
  credential(request) {
    const cookie = this.cookie(request);
    return cookie && (this.tokens[this.sign_ins.get(cookie)] ?? null);
  }
  // The refusal of a request that its sender may not send.
  denied(request, { pathname }) {
    if (!pathname.startsWith("/v1/") || pathname === "/v1/session") return undefined;
    const credential = this.credential(request);
    const gone = { "Set-Cookie": "pygmy_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0" };
    if (credential === null) return problem(401, "unauthenticated", "you are signed out", {}, gone);
    const is_staff = credential ? !["reader", "buyer"].includes(credential.role) : this.anonymous === "all";
    const for_staff = /^\/v1\/(metrics|status|trace)/.test(pathname);
    const may_hold = credential ? !["reader", "operator"].includes(credential.role) : this.anonymous === "all";
    if (pathname.startsWith("/v1/holds") && !may_hold) return problem(401, "unauthenticated", "holds need a token");
    const is_open = pathname === "/v1/whoami" || (for_staff ? is_staff : credential || this.anonymous !== "none");
    return is_open ? undefined : problem(401, "unauthenticated", "this request needs a token");
  }
  session(method, request, text) {
    if (method === "DELETE") {
      this.sign_ins.delete(this.cookie(request));
      return { status: 204, raw: "", headers: { "Set-Cookie": "pygmy_session=; Path=/; HttpOnly; Max-Age=0" } };
    }
    const { token } = JSON.parse(text);
    if (!this.tokens[token]) return problem(401, "unauthenticated", "the token is not known");
    const cookie = `c${this.sign_ins.size + 1}`;
    this.sign_ins.set(cookie, token);
    const headers = { "Set-Cookie": `pygmy_session=${cookie}; Path=/; HttpOnly; SameSite=Strict` };
    return { ...ok({ anonymous: this.anonymous, credential: this.tokens[token] }), headers };
  }
  revoke(token) {
    delete this.tokens[token];
    for (const response of this.metrics) response.destroy();
    this.cut_feeds();
  }
  route_webhook(method, name, action) {
    if (method === "GET") return ok({ webhooks: this.webhooks });
    const webhook = this.webhooks.find((each) => each.name === name);
    if (action === "enable") {
      Object.assign(webhook, { state: "delivering", fault: undefined });
      return ok(webhook);
    }
    const redelivered = webhook.dead_letters;
    webhook.dead_letters = 0;
    return { ...ok({ redelivered }), status: 202 };
  }
  async route(method, url, headers, text) {
    const [, version, thing, id, action] = url.pathname.split("/");
    const given = url.searchParams;
    const at = `${method} /${version}/${thing}`;
    if (at === "GET /v1/items" && action === "movements" && this.items.has(Number(id))) {
      const { version, stock } = this.items.get(Number(id));
      const added = { item: Number(id), seq: version, at: Date.now(), kind: "added", delta: stock, stock };
      return ok({ movements: [added] });
    }
    if (at === "POST /v1/items" && action === "transfers") {
      const key = headers["idempotency-key"];
      return this.write(key, text, () => this.transfer(key, Number(id), JSON.parse(text)));
    }
    if (at === "PATCH /v1/items")
      return this.write(headers["idempotency-key"], `${id} ${text}`, () => this.patch(Number(id), JSON.parse(text)));
    if (at === "GET /v1/items" && id)
      return this.items.has(Number(id))
        ? (++this.lookups, ok(this.items.get(Number(id))))
        : problem(404, "unknown_item", `there is no item ${id}`);
    if (at === "GET /v1/items") return found_items(this.items, given);
    if (at === "GET /v1/topics") return ok({ topics: topics_of(this.items) });
    if (at === "POST /v1/orders" && action === "cancellations") {
      return this.cancel(Number(id), headers["idempotency-key"]);
    }
    if (at === "POST /v1/orders") {
      if (this.fault("busy")) return problem(503, "busy", "too much is under way", {}, { "Retry-After": "1" });
      if (this.fault("hold")) await this.held();
      return this.write(headers["idempotency-key"], text);
    }
    if (thing === "holds") return this.route_hold(method, Number(id), action, headers["idempotency-key"], text);
    if (at === "GET /v1/orders" && id)
      return this.orders[id - 1] ? ok(this.orders[id - 1]) : problem(404, "unknown_order", `there is no order ${id}`);
    if (at === "GET /v1/orders") return found_orders(this.orders, given);
    if (at === "GET /v1/outcomes") return this.outcome(decodeURIComponent(id));
    if (at === "GET /v1/store") return ok({ store: "mock", currency: this.currency });
    if (at === "GET /v1/status") return ok(this.processes.status());
    if (at === "GET /v1/subscriptions") {
      const till = { name: "till", id: 1, version: 3, at: Date.now(), cursor: 1, types: ["order_placed"], ttl: 60_000 };
      return ok({ subscriptions: [till], last: 5 });
    }
    if (thing === "webhooks") return this.route_webhook(method, id, action);
    if (at === "POST /ops/processes") return this.act(id, action);
    if (at === "POST /v1/trace")
      return ok({
        seq: this.seq,
        spans: [
          ["client", 1840],
          ["frontend", 1620],
          ["order", 1310],
          ["commit", 820],
          ["gate", 190],
        ].map(([tier, us]) => ({ tier, us })),
      });
    return problem(404, "not_found", "there is nothing here");
  }
  async route_hold(method, no, action, key, text) {
    if (method === "GET" && no) {
      return this.holds.get(no) ? ok(this.holds.get(no)) : problem(404, "unknown_hold", `there is no hold ${no}`);
    }
    if (method === "GET") return ok({ holds: this.holds.all.filter((hold) => hold.state === "open") });
    if (!no && this.fault("no_holds")) return problem(409, "limit", "too many holds are open");
    if (!no) return this.write(key, text, () => this.hold(key, JSON.parse(text)));
    if (action === "confirm" && this.fault("hold")) await this.held();
    return this.write(key, `${action} ${no} ${text}`, () => this.change_hold(no, action, key));
  }
  // release() lets go on what is held.
  held() {
    const { release } = this;
    return new Promise((resolve) => (this.release = () => (release?.(), resolve())));
  }
  act(instance, action) {
    if (!this.demo) return problem(403, "not_demo", "this store was not started with --demo");
    if (!this.processes.act(instance, action)) return problem(404, "unknown_process", `there is no ${instance}`);
    return { status: 202, body: {} };
  }
  serve_feed(request, response, given) {
    stream(response);
    const [types, items] = [given.getAll("type"), given.getAll("item").map(Number)];
    const touched = (event) => [
      event.item,
      ...(event.lines ?? []).map((line) => line.item),
      ...(event.items ?? []).map((item) => item.id),
    ];
    const feed = ({ kind, ...event }) => {
      if (types.length && !types.includes(kind)) return;
      if (items.length && !touched(event).some((id) => items.includes(id))) return;
      // An order's own `type` (buy, sell) keeps its name: the event's is in the SSE field.
      response.write(
        `id: ${event.seq}-0123abcd\nevent: ${kind}\ndata: ${JSON.stringify({ type: kind, ...event })}\n\n`,
      );
    };
    const last = request.headers["last-event-id"] ?? given.get("after");
    const from = parseInt(last) + 1 || Number(given.get("from") ?? NaN) || this.seq + 1;
    for (const event of this.events.slice(from - 1)) feed(event);
    this.feeds.add(feed);
    response.on("close", () => this.feeds.delete(feed));
    feed.cut = () => response.destroy();
    feed.reset = (seq) => response.write(`id: ${seq}-4567cdef\nevent: reset\ndata: {"seq":${seq}}\n\n`);
  }
  cut_feeds() {
    for (const feed of this.feeds) feed.cut();
  }
  // As after a restore to an earlier moment: the ids begin anew.
  restore(seq) {
    this.events.length = this.seq = seq;
    for (const feed of this.feeds) feed.reset(seq);
  }
  recent() {
    const kinds = ["writer_appointed", "holder_joined", "holder_left"];
    return {
      samples: this.past.map(({ status, ...sample }) => ({ ...sample, processes: status?.processes })),
      events: this.events
        .filter(({ kind }) => kinds.includes(kind))
        .map(({ kind: type, ...data }) => ({ type, ...data })),
    };
  }
  serve_metrics(response) {
    stream(response);
    this.metrics.add(response);
    response.on("close", () => this.metrics.delete(response));
    this.tell_metrics(response);
  }
  tell_metrics(only) {
    const live = { ...this.processes.live(this.lookups, this.orders.length), demo: this.demo };
    const text = `data: ${JSON.stringify(live)}\n\n`;
    if (this.stalled) return;
    if (!only) this.past.push(live);
    for (const response of only ? [only] : this.metrics) response.write(text);
  }
}

// A store to look at.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const mock = await new Mock().listen(Number(process.argv[2] ?? 22000));
  setInterval(
    () =>
      mock.place(`traffic-${mock.seq}`, {
        type: Math.random() < 0.5 ? "buy" : "sell",
        customer: "traffic",
        lines: [{ item: 1 + Math.floor(Math.random() * 7), quantity: 1 }],
      }),
    400,
  );
  setInterval(() => (mock.lookups += Math.floor(Math.random() * 400)), 200);
  console.log(mock.url);
}
