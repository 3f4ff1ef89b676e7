// The stream of events over connections that the test plays.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Pygmy } from "../../../typescript/dist/index.js";

const event = (seq) =>
  `id: ${seq}-aa\nevent: order_placed\ndata: {"seq":${seq},"at":1,"type":"order_placed","no":${seq}}\n\n`;

// Each connection sends the text of its answer. `silent`: it stays open afterwards, and so many milliseconds pass at each
// look at the clock.
function client(connections, options = {}) {
  const asked = [];
  let [now, passes] = [0, 0];
  const fetch = async (url, { headers, signal }) => {
    asked.push({ url, id: headers["Last-Event-ID"] });
    const answer = connections[Math.min(asked.length, connections.length) - 1];
    passes = answer.silent ?? 0;
    if (typeof answer === "function") return answer();
    const body = new ReadableStream({
      start(stream) {
        if (answer.text) stream.enqueue(new TextEncoder().encode(answer.text));
        if (!answer.silent) return stream.close();
        signal.addEventListener("abort", () => stream.error(new Error("aborted")));
      },
    });
    return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  };
  const clock = { now: () => (now += passes), sleep: async (ms) => void (now += ms) };
  return { shop: new Pygmy({ url: "http://one", fetch, clock, ...options }), asked };
}
async function read(events, count) {
  const seen = [];
  for await (const told of events) if (seen.push(told.reset ? "reset" : told.seq) === count) break;
  return seen;
}
const refused = (status, word) => () =>
  new Response(JSON.stringify({ type: `/problems/${word}`, title: word, status, detail: word }), {
    status,
    headers: { "Content-Type": "application/problem+json" },
  });

test("after a connection that ended, in the midst of an event, the next one begins after the last event", async () => {
  const { shop, asked } = client([{ text: event(1) + event(2).slice(0, 30) }, { text: event(2) + event(3) }]);
  assert.deepEqual(await read(shop.events({ after: 0 }), 3), [1, 2, 3]);
  assert.deepEqual(asked, [
    { url: "http://one/v1/events?from=1", id: undefined },
    { url: "http://one/v1/events", id: "1-aa" },
  ]);
});

test("a connection that is silent for too long is given up, and the next bridge is asked", async () => {
  const { shop, asked } = client([{ text: event(7), silent: 16_000 }, { text: event(8) }], { urls: ["http://two"] });
  assert.deepEqual(await read(shop.events({ after: "6-aa" }), 2), [7, 8]);
  assert.deepEqual(asked[1], { url: "http://two/v1/events", id: "7-aa" });
});

test("a bridge that cannot answer at the moment is asked again, and a refusal is thrown", async () => {
  const { shop } = client([refused(503, "unavailable"), { text: event(1) }, refused(401, "unauthenticated")]);
  const events = shop.events({ after: 0 });
  assert.equal((await events.next()).value.seq, 1);
  await assert.rejects(events.next(), { code: "unauthenticated", status: 401 });
});

test("the filters are parameters of each connection", async () => {
  const { shop, asked } = client([{ text: event(1) }]);
  await read(
    shop.events({ after: 0, types: ["order_placed", "a b"], items: [2], topics: ["x"], customers: ["ann"] }),
    1,
  );
  assert.equal(asked[0].url, "http://one/v1/events?type=order_placed&type=a+b&item=2&topic=x&customer=ann&from=1");
});

test("a reader without a place is told that it may have missed events; an abort ends the iteration", async () => {
  const stop = new AbortController();
  const { shop } = client([{ text: ": beat\n\n" }, { silent: 1 }]);
  const events = shop.events({ signal: stop.signal });
  assert.deepEqual((await events.next()).value, { reset: true });
  const last = events.next();
  stop.abort();
  assert.equal((await last).done, true);
});
