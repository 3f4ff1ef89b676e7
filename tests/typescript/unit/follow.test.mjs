// The place in the stream, and the messages of a connection.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Follow } from "../../../typescript/dist/follow.js";
import { MessageReader } from "../../../typescript/dist/messages.js";

const event = (seq, tag = "aa") => ({
  event: "order_placed",
  id: `${seq}-${tag}`,
  data: JSON.stringify({ seq, at: 5, type: "order_placed", no: 1 }),
});

test("messages are the same in whatever pieces they come", () => {
  const text = 'id: 1-a\nevent: order_placed\ndata: {"seq":1}\n\n: beat\n\nid: 2-b\r\n\r\ndata:x\ndata: y\n\nid: 3-c\n';
  const all = [
    { event: "order_placed", id: "1-a", data: '{"seq":1}' },
    undefined,
    { event: "message", id: "2-b" },
    { event: "message", data: "x\ny" },
  ];
  for (let size = 1; size <= text.length; ++size) {
    const reader = new MessageReader();
    const pieces = text.match(new RegExp(`.{1,${size}}`, "gs"));
    assert.deepEqual(
      pieces.flatMap((piece) => reader.take(piece)),
      all,
      `pieces of ${size}`,
    );
  }
});

test("a message that never ends is an error", () => {
  const reader = new MessageReader();
  const line = "data: " + "x".repeat(1 << 20);
  assert.throws(() => {
    for (let i = 0; i < 20; ++i) reader.take(line);
  }, /too long/);
});

test("the next connection begins after the last event, and events that come twice are told once", () => {
  const follow = new Follow({ after: 0 });
  assert.deepEqual(follow.connect(), { from: 1 });
  assert.deepEqual(follow.take(event(1)), {
    reset: false,
    type: "order_placed",
    id: "1-aa",
    seq: 1,
    at: 5,
    data: { no: 1 },
  });
  assert.equal(follow.take(event(2)).seq, 2);
  assert.deepEqual(follow.connect(), { last_event_id: "2-aa" });
  assert.equal(follow.take(event(2)), undefined);
  assert.equal(follow.take(event(3)).seq, 3);
});

test("a message with only an id moves the place", () => {
  const follow = new Follow({ after: "4-ab" });
  assert.deepEqual(follow.connect(), { last_event_id: "4-ab" });
  assert.equal(follow.take({ event: "message", id: "9-cd" }), undefined);
  assert.equal(follow.place, 9);
  assert.deepEqual(follow.connect(), { last_event_id: "9-cd" });
});

test("a reset is told, and lower seqs follow it", () => {
  const follow = new Follow({ after: "50-old" });
  follow.connect();
  assert.deepEqual(follow.take({ event: "reset", id: "7-new", data: '{"seq":7}' }), { reset: true, id: "7-new" });
  assert.deepEqual(follow.connect(), { last_event_id: "7-new" });
  assert.equal(follow.take(event(8)).seq, 8);
});

test("a reader that lost its connection before it knew its place is told so", () => {
  const follow = new Follow({});
  assert.deepEqual(follow.connect(), {});
  assert.deepEqual(follow.connect(), {}, "nothing was open yet");
  follow.opened();
  assert.deepEqual(follow.connect(), { told: { reset: true } });
});
