#!/usr/bin/env node
// Puts load on a store over HTTP through the library: look-ups, searches, orders, holds and cancellations of the items of
// the store. It really sells them. It prints its rate every second, and at the end a report as `pygmy bench --json` does.
//
//   load.mjs --url http://127.0.0.1:8080[,http://...] --seconds 10 [--clients 8] [--timeout 10] [--record FILE]
//
// Judge the record with `pygmy check FILE`. The environment variable PYGMY_TOKEN may have a token. Exit code 1: requests
// got no definite answer.
import { parseArgs } from "node:util";
import { new_key, Pygmy, Refused, Unknown } from "pygmy-client";
import { Recorder } from "./record.mjs";

const text = { type: "string" };
const { values: options } = parseArgs({
  options: {
    url: text,
    seconds: { ...text, default: "10" },
    clients: { ...text, default: "8" },
    timeout: { ...text, default: "10" },
    record: text,
    frontends: text, // for clients of the other protocol; pygmy-faults gives it to every program
  },
});
if (!options.url) {
  console.error(
    "usage: load.mjs --url http://127.0.0.1:8080 --seconds 10 [--clients 8] [--timeout 10] [--record FILE]",
  );
  process.exit(2);
}

const [url, ...urls] = options.url.split(",");
const token = process.env.PYGMY_TOKEN;
const shop = new Pygmy({ url, urls, deadline_ms: Number(options.timeout) * 1000, ...(token && { token }) });
const recorder = options.record && new Recorder(options.record);
const BUSINESS = [404, 409, 412];
const HOLD_MS = 60_000;
const SHORT_HOLD_MS = 500;

const tally = { ops: 0, seconds: 0, max_us: 0, errors: 0, errors_by_code: {}, refused: {} };
const count = (counts, code) => (counts[code] = (counts[code] ?? 0) + 1);
const one_of = (all) => all[Math.floor(Math.random() * all.length)];

// One request, as the protocol calls it, and its answer in the form of the protocol. Returns the answer; `undefined` if it
// was refused.
async function ask(client, type, request, send, form) {
  const invoked = recorder?.now();
  const began = performance.now();
  let seq, answer, body;
  try {
    body = await send({ on_answer: (told) => (seq = told.seq) });
    answer = form(body);
  } catch (error) {
    if (!(error instanceof Refused) && !(error instanceof Unknown)) throw error;
    answer = error;
    if (error instanceof Refused && BUSINESS.includes(error.status)) count(tally.refused, error.code);
    else {
      ++tally.errors;
      count(tally.errors_by_code, error instanceof Unknown ? "unknown" : error.code);
      tally.first_error ??= error.message;
    }
  }
  recorder?.add(client, invoked, recorder.now(), type, request, answer, seq);
  tally.max_us = Math.max(tally.max_us, Math.round((performance.now() - began) * 1000));
  ++tally.ops;
  return body;
}

const as_order = (order) => ({ order });
const as_hold = (hold) => ({ hold });
const as_item = ({ etag: _, ...item }) => ({ item });
const as_items = (page) => page;

// One client: its requests follow each other.
class Client {
  order; // its last order that is not cancelled
  hold; // its open hold

  constructor(number, items) {
    this.number = number;
    this.items = items;
  }

  next() {
    const dice = Math.random() * 100;
    if (dice < 60) return this.lookup();
    if (dice < 68) return this.search();
    if (dice < 82) return this.buy();
    if (dice < 86) return this.order ? this.read_order() : this.buy();
    if (dice < 90) return this.order ? this.cancel() : this.buy();
    return this.hold ? this.about_hold(dice) : this.place_hold();
  }

  ask(type, request, send, form) {
    return ask(this.number, type, request, send, form);
  }
  write(type, request, send, form) {
    const key = new_key();
    return this.ask(type, { key, ...request }, (ask) => send({ key, ...ask }), form);
  }

  lookup() {
    const { id: item } = one_of(this.items);
    return this.ask("lookup", { item }, (ask) => shop.lookup(item, ask), as_item);
  }
  search() {
    const query = { topic: one_of(this.items).topic, limit: 20 };
    return this.ask("search", query, (ask) => shop.search(query, ask), as_items);
  }
  async buy() {
    const lines = [...new Set([one_of(this.items), one_of(this.items)])].map(({ id: item }) => ({ item, quantity: 1 }));
    const order = { type: "buy", lines };
    this.order = (await this.write("place", order, (write) => shop.place(order, write), as_order))?.no;
  }
  read_order() {
    return this.ask("order", { no: this.order }, (ask) => shop.order(this.order, ask), as_order);
  }
  async cancel() {
    const no = this.order;
    this.order = undefined;
    await this.write(
      "cancel",
      { no, kind: "cancel" },
      (write) => shop.cancel(no, { kind: "cancel", ...write }),
      as_order,
    );
  }
  async place_hold() {
    const lines = [{ item: one_of(this.items).id, quantity: 1 }];
    const ttl = Math.random() < 0.2 ? SHORT_HOLD_MS : HOLD_MS; // some end by themselves
    this.hold = (await this.write("hold", { lines, ttl }, (write) => shop.hold(lines, ttl, write), as_hold))?.no;
  }
  async about_hold(dice) {
    const hold = this.hold;
    if (dice < 92) return this.ask("show_hold", { hold }, (ask) => shop.show_hold(hold, ask), as_hold);
    if (dice < 93) {
      const ttl = HOLD_MS;
      return this.write("extend", { hold, ttl }, (write) => shop.extend(hold, ttl, write), as_hold);
    }
    this.hold = undefined;
    if (dice < 95) await this.write("release", { hold }, (write) => shop.release(hold, write), as_hold);
    else await this.write("confirm", { hold }, (write) => shop.confirm(hold, write), as_order);
  }
}

async function items_of_the_store() {
  const items = [];
  for await (const item of shop.items({ limit: 100 })) {
    if (items.push(item) === 1000) break;
  }
  return items;
}

const items = await items_of_the_store();
if (items.length === 0) {
  console.error("load.mjs: the store has no items; first: pygmy import samples/toys.csv");
  process.exit(2);
}
const began = performance.now();
const until = began + Number(options.seconds) * 1000;
let [second, shown] = [0, 0];
const show = setInterval(() => {
  const told = `${++second} s  ${tally.ops - shown} ops/s  ${tally.errors} errors`;
  process.stderr.write(`\r${told.padStart(40)}`);
  shown = tally.ops;
}, 1000);

await Promise.all(
  Array.from({ length: Number(options.clients) }, async (_, number) => {
    const client = new Client(number, items);
    while (performance.now() < until) await client.next();
  }),
);
clearInterval(show);
await recorder?.end();
tally.seconds = Math.round(performance.now() - began) / 1000;
console.log(JSON.stringify(tally));
process.exitCode = tally.errors > 0 ? 1 : 0;
