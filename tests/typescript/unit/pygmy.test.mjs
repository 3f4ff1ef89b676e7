// The client over a fetch that the test plays, in virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Pygmy, Refused, Unknown, new_key } from "../../../typescript/dist/index.js";

const json = (body, status = 200, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });
const problem = (status, word, more = {}, headers = {}) =>
  json({ type: `/problems/${word}`, title: word, status, detail: word, ...more }, status, {
    "Content-Type": "application/problem+json",
    ...headers,
  });
const cut = (code) => {
  throw Object.assign(new TypeError("fetch failed"), { cause: { code, message: code } });
};

// Answers the requests one after the other; the last answer stays.
function client(answers, options = {}) {
  const asked = [];
  let now = 0;
  const fetch = async (url, { method, headers, body }) => {
    asked.push({ method, url: String(url), headers, body: body && JSON.parse(body) });
    const answer = answers[Math.min(asked.length, answers.length) - 1];
    return answer(asked.at(-1)).clone();
  };
  const clock = { now: () => now, sleep: async (ms) => void (now += ms) };
  return { shop: new Pygmy({ url: "http://one/", fetch, clock, ...options }), asked, now: () => now };
}

test("each try of a write has the same key and the same body", async () => {
  const { shop, asked } = client([() => cut("ECONNRESET"), () => problem(504, "unknown"), () => json({ no: 1 }, 201)]);
  assert.deepEqual(await shop.buy([{ item: 2, quantity: 1 }], { customer: "ann" }), { no: 1 });
  assert.equal(asked.length, 3);
  assert.deepEqual(new Set(asked.map(({ headers }) => headers["Idempotency-Key"])).size, 1);
  assert.deepEqual(asked[0].body, { lines: [{ item: 2, quantity: 1 }], customer: "ann" });
  assert.deepEqual(asked[2], asked[0]);
});

test("another write has another key, and a key that is given is used", async () => {
  const { shop, asked } = client([() => json({ no: 1 }, 201)]);
  await shop.buy([]);
  await shop.buy([]);
  await shop.release(7, { key: "mine" });
  const [one, two, three] = asked.map(({ headers }) => headers["Idempotency-Key"]);
  assert.notEqual(one, two);
  assert.equal(three, "mine");
  assert.equal(asked[2].body, null);
});

test("a text in the place of a number reaches no other path", async () => {
  const { shop, asked } = client([() => json({ no: 1 })]);
  for (const wrong of ["../orders/1", "1", 1.5, NaN, undefined]) {
    const calls = [
      () => shop.lookup(wrong),
      () => shop.movements(wrong).next(),
      () => shop.price(wrong, 5),
      () => shop.restock(wrong, { delta: 1 }),
      () => shop.count(wrong, { stock: 1 }),
      () => shop.transfer(wrong, { quantity: 1 }),
      () => shop.order(wrong),
      () => shop.cancel(wrong),
      () => shop.confirm(wrong),
      () => shop.extend(wrong, 5),
      () => shop.release(wrong),
    ];
    for (const call of calls) await assert.rejects(async () => call(), /is not the number of/);
  }
  assert.equal(asked.length, 0);
});

test("a key is sent as bytes of UTF-8, and one that a header would change is refused", async () => {
  const { shop, asked } = client([() => json({ no: 1 }, 201)]);
  await shop.buy([], { key: "schlüssel" });
  assert.equal(asked[0].headers["Idempotency-Key"], Buffer.from("schlüssel").toString("latin1"));
  for (const key of ["", " a", "a ", "a\nb", "\u007f"])
    await assert.rejects(shop.buy([], { key }), /the key .* is empty, or/);
  assert.equal(asked.length, 1);
});

test("wrong options are told at once", async () => {
  assert.throws(() => new Pygmy(), /name a bridge/);
  assert.throws(() => new Pygmy({}), /name a bridge/);
  const { shop } = client([() => json({ no: 1 }, 201)]);
  for (const deadline_ms of ["5s", 0, -1, NaN])
    await assert.rejects(shop.buy([], { deadline_ms }), /is no time in milli/);
});

test("a misspelled option is told, and nothing is sent", async () => {
  const { shop, asked } = client([() => json({ no: 1 }, 201)]);
  const line = [{ item: 1, quantity: 1 }];
  for (const call of [
    () => shop.buy(line, { Key: "mine" }),
    () => shop.cancel(1, { kinds: "return" }),
    () => shop.subscribe({ name: "till" }, { deadline: 5 }),
    () => shop.lookup(1, { stale: "60s" }),
    () => shop.order(1, { toString: 1 }),
  ]) {
    await assert.rejects(
      async () => call(),
      /there is no option "(Key|kinds|deadline|stale|toString)", only .*deadline_ms/,
    );
  }
  assert.throws(() => new Pygmy({ url: "", tokens: "t" }), /there is no option "tokens"/);
  assert.equal(asked.length, 0);
});

test("an empty tag is not sent", async () => {
  const { shop, asked } = client([() => json({ id: 3, price: 5 })]);
  const seen = await shop.lookup(3); // a proxy has taken the ETag away
  await assert.rejects(async () => shop.price(3, 3499, { if_match: seen.etag }), /had no etag/);
  assert.equal(asked.length, 1);
});

test("keys rise with the time and are never the same", () => {
  const keys = Array.from({ length: 1000 }, () => new_key(5));
  assert.equal(new Set(keys).size, 1000);
  assert.ok(new_key(36 ** 6) < new_key(36 ** 6 + 1));
  assert.ok(keys[0].length <= 64);
});

test("a refusal has the words of the problem", async () => {
  const { shop } = client([() => problem(409, "out_of_stock", { item: 2, stock: 5 })]);
  await assert.rejects(shop.buy([]), (error) => {
    assert.ok(error instanceof Refused);
    assert.deepEqual([error.code, error.status, error.details.stock], ["out_of_stock", 409, 5]);
    return true;
  });
});

test("a refusal in doubt is decided by the outcome of the key", async () => {
  const { shop, asked } = client([
    () => cut("ECONNRESET"),
    () => problem(409, "out_of_stock"),
    () => json({ outcome: "void", seq: 9 }),
  ]);
  await assert.rejects(shop.buy([], { key: "a b" }), { code: "out_of_stock" });
  assert.equal(asked[2].url, "http://one/v1/outcomes/a%20b");
  assert.equal(asked[2].headers["Idempotency-Key"], undefined);
});

test("without any answer a write that may have been sent is unknown, and others are refused", async () => {
  await assert.rejects(client([() => cut("ECONNRESET")]).shop.buy([], { key: "k" }), (error) => {
    assert.ok(error instanceof Unknown);
    assert.equal(error.key, "k");
    assert.match(error.message, /ECONNRESET/);
    return true;
  });
  await assert.rejects(client([() => cut("ECONNREFUSED")]).shop.buy([]), { code: "unreachable", status: 0 });
  await assert.rejects(client([() => cut("ECONNRESET")]).shop.lookup(1), { code: "unreachable" });
});

test("the deadline of a request goes before that of the client", async () => {
  const of_client = client([() => cut("ECONNRESET")], { deadline_ms: 5000 });
  await assert.rejects(of_client.shop.lookup(1));
  assert.ok(of_client.now() > 2500 && of_client.now() <= 5000, `${of_client.now()}`);
  const of_request = client([() => cut("ECONNRESET")], { deadline_ms: 5000 });
  await assert.rejects(of_request.shop.lookup(1, { deadline_ms: 500 }));
  assert.ok(of_request.now() <= 500);
});

test("the answer of a proxy is not one of a bridge", async () => {
  const html = (status) => () => new Response("<html>", { status, headers: { "Content-Type": "text/html" } });
  await assert.rejects(client([html(404)]).shop.lookup(1), { code: "unexpected", status: 404 });
  await assert.rejects(client([html(502)]).shop.buy([]), Unknown);
  await assert.rejects(client([html(302)]).shop.buy([]), { code: "unexpected" });
  await assert.rejects(client([html(200)]).shop.buy([]), Unknown);
  await assert.rejects(client([() => new Response("{", { status: 201 })]).shop.buy([]), Unknown);
});

test("the bridge that has answered is asked first", async () => {
  const { shop, asked } = client(
    [(ask) => (ask.url.startsWith("http://one/") ? cut("ECONNREFUSED") : json({ id: 1 }))],
    {
      urls: ["http://two"],
    },
  );
  await shop.lookup(1);
  await shop.lookup(1);
  assert.deepEqual(
    asked.map(({ url }) => url),
    ["http://one/v1/items/1", "http://two/v1/items/1", "http://two/v1/items/1"],
  );
});

test("a token, If-Match and the age of an answer are headers; an item has its tag", async () => {
  const { shop, asked } = client([() => json({ id: 1 }, 200, { ETag: '"1-a"' })], { token: "t" });
  const item = await shop.lookup(1, { stale_ok: "60s" });
  assert.equal(item.etag, '"1-a"');
  await shop.price(1, 5, { if_match: item.etag });
  assert.deepEqual(asked[0].headers, { Authorization: "Bearer t", "X-Pygmy-Stale-Ok": "60s" });
  assert.equal(asked[1].headers["If-Match"], '"1-a"');
  assert.deepEqual([asked[1].method, asked[1].body], ["PATCH", { price: 5 }]);
});

test("the program is told about the answer", async () => {
  const headers = { "X-Pygmy-Seq": "12", Date: "Sun, 29 Nov 2026 12:00:00 GMT" };
  const { shop } = client([() => cut("ECONNRESET"), () => json({}, 201, headers)]);
  const told = [];
  await shop.buy([], { key: "k", on_answer: (answer) => told.push(answer) });
  assert.deepEqual(told, [{ status: 201, tries: 2, key: "k", seq: 12, at: Date.UTC(2026, 10, 29, 12) }]);
});

test("rows come page after page, also after a page without any", async () => {
  const pages = [{ items: [{ id: 1 }, { id: 2 }], next: 2 }, { items: [], next: 5 }, { items: [{ id: 6 }] }];
  const { shop, asked } = client(pages.map((page) => () => json(page)));
  const seen = [];
  for await (const { id } of shop.items({ topic: "a b", limit: 2 })) seen.push(id);
  assert.deepEqual(seen, [1, 2, 6]);
  assert.deepEqual(
    asked.map(({ url }) => new URL(url).search),
    ["?topic=a+b&limit=2", "?topic=a+b&limit=2&after=2", "?topic=a+b&limit=2&after=5"],
  );
});

test("mistakes of the program are thrown at once", async () => {
  assert.throws(() => new Pygmy({ url: "127.0.0.1:8080" }), /like http:/);
  assert.throws(() => new Pygmy({ url: "http://one", urls: ["http:///two"] }), /like http:/);
  const { shop, asked } = client([() => cut("ECONNRESET")]);
  await assert.rejects(shop.buy([], { key: "a\nb" }), TypeError);
  assert.equal(asked.length, 0);
});

test("an abort ends a read with its reason, and a write that was sent as unknown", async () => {
  const reason = new Error("the user has left");
  const with_abort = () => {
    const controller = new AbortController();
    const { shop } = client([() => (controller.abort(reason), cut("ECONNRESET"))]);
    return { shop, signal: controller.signal };
  };
  const read = with_abort();
  await assert.rejects(read.shop.lookup(1, { signal: read.signal }), reason);
  const write = with_abort();
  await assert.rejects(write.shop.buy([], { key: "k", signal: write.signal }), Unknown);
  await assert.rejects(write.shop.buy([], { signal: write.signal }), reason, "it was never sent");
  const controller = new AbortController();
  const { shop } = client([() => (controller.abort(reason), problem(409, "out_of_stock"))]);
  await assert.rejects(shop.buy([], { signal: controller.signal }), { code: "out_of_stock" });
});
