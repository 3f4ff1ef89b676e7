// A subscription over a stream and a store that the test plays, in virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Refused, Subscription, Unknown } from "../../../typescript/dist/index.js";

const TTL_MS = 60_000;
const event = (seq, type = "order_placed") => ({ reset: false, type, id: `${seq}-aa`, seq, at: 0, data: {} });

// `pieces`: events, `undefined` for a sign of life, numbers for milliseconds that pass.
function played(pieces, { cursor = 0, refuse = () => undefined } = {}) {
  const world = { now: 0, sent: [], asked_after: undefined, place: undefined };
  const kept = { name: "mailer", cursor, types: ["order_placed"], ttl: TTL_MS };
  const subscription = new Subscription("mailer", kept, {
    clock: { now: () => world.now, sleep: async (ms) => void (world.now += ms) },
    async *told(after) {
      world.asked_after = after;
      for (const piece of pieces) {
        if (typeof piece === "number") world.now += piece;
        else yield piece;
      }
    },
    place: () => world.place,
    acknowledge: async (_, cursor) => {
      world.sent.push(cursor);
      const error = refuse(world);
      if (error) throw error;
    },
  });
  return { world, subscription };
}
async function read(subscription, each = (told) => subscription.acknowledge(told.seq)) {
  const seen = [];
  for await (const told of subscription.events()) {
    seen.push(told.reset ? "reset" : told.seq);
    if (!told.reset) await each(told);
  }
  return seen;
}

test("events after the cursor come, without those about subscriptions", async () => {
  const { world, subscription } = played([event(5), event(6, "subscription_acknowledged"), event(7)], { cursor: 4 });
  assert.deepEqual(await read(subscription), [5, 7]);
  assert.equal(world.asked_after, 4);
});

test("acknowledgements are gathered, and the last one is sent by flush", async () => {
  const { world, subscription } = played([event(1), event(2), 2000, event(3), event(4), 500, event(5)]);
  await read(subscription);
  assert.deepEqual(world.sent, [3]);
  await subscription.flush();
  await subscription.flush();
  assert.deepEqual(world.sent, [3, 5]);
});

test("only what the program is done with is acknowledged", async () => {
  const { world, subscription } = played([event(1), event(2), 2000, event(3), 2000, event(4)]);
  await read(subscription, async ({ seq }) => seq === 1 && (await subscription.acknowledge(1)));
  await subscription.flush();
  assert.deepEqual(world.sent, [1]);
});

test("in quiet times it is kept alive, and passes the events that are left out", async () => {
  const { world, subscription } = played([event(1), 2000, undefined, TTL_MS / 3, undefined, TTL_MS / 3, undefined]);
  const reading = read(subscription);
  world.place = 40;
  await reading;
  assert.deepEqual(world.sent, [1, 40, 40]);
});

test("it does not pass an event that the program still works on", async () => {
  const { world, subscription } = played([event(1), TTL_MS / 3, undefined]);
  world.place = 40;
  await read(subscription, async () => undefined);
  assert.deepEqual(world.sent, [0]);
});

test("an acknowledgement that comes too early is sent again a second later", async () => {
  const early = new Refused("limit", 409, "less than 1000 ms ago");
  const { world, subscription } = played([event(1)], { refuse: ({ sent }) => sent.length === 1 && early });
  await read(subscription);
  await subscription.flush();
  assert.deepEqual([world.sent, world.now], [[1, 1], 1000]);
});

test("a store that does not answer does not end the iteration; a refusal does", async () => {
  const pieces = [event(1), 2000, undefined, 2000, undefined];
  const lost = played(pieces, { refuse: ({ sent }) => sent.length === 1 && new Unknown("k", "no answer") });
  assert.deepEqual(await read(lost.subscription), [1]);
  assert.deepEqual(lost.world.sent, [1, 1]);
  const ended = played(pieces, { refuse: () => new Refused("unknown_subscription", 404, "it has ended") });
  await assert.rejects(read(ended.subscription), { code: "unknown_subscription" });
});

test("after a reset it goes on at the new place", async () => {
  const { world, subscription } = played([event(9), { reset: true, id: "3-bb" }, event(4)], { cursor: 8 });
  assert.deepEqual(await read(subscription), [9, "reset", 4]);
  assert.equal(world.asked_after, 8);
  await subscription.flush();
  assert.deepEqual(world.sent, [4], "of a store that was restored");
});
