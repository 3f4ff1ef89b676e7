// A second small client of Pygmy, in another language and without libraries: docs/PROTOCOL.md for the messages, ZMTP 3.0
// (rfc.zeromq.org/spec/23) for ZeroMQ's bytes, msgpack.org for MessagePack's.
//
//   node client.mjs BASE demo        look up, search, buy, the same key again, outcome; prints a line of JSON for each
//   node client.mjs BASE follow SEQ  prints [seq, event] up to SEQ, from the broker's PUB with replay
//
// Numbers in comments are sections of PROTOCOL.md.
import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:net";

// --- MessagePack: what section 2 lists ---

const TEXT = new TextEncoder();

function packed(value) {
  if (value === null) return Buffer.from([0xc0]);
  if (typeof value === "boolean") return Buffer.from([value ? 0xc3 : 0xc2]);
  if (typeof value === "number") {
    // any width may be sent: one byte or nine
    if (value >= 0 && value < 128) return Buffer.from([value]);
    const bytes = Buffer.alloc(9);
    bytes[0] = 0xd3;
    bytes.writeBigInt64BE(BigInt(value), 1);
    return bytes;
  }
  if (typeof value === "string") {
    const text = TEXT.encode(value);
    return Buffer.concat([Buffer.from([0xda, text.length >> 8, text.length & 255]), text]);
  }
  const entries = Array.isArray(value) ? value : Object.entries(value).flat();
  const count = Array.isArray(value) ? value.length : entries.length / 2;
  return Buffer.concat([
    Buffer.from([Array.isArray(value) ? 0xdc : 0xde, count >> 8, count & 255]),
    ...entries.map(packed),
  ]);
}

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }
  get done() {
    return this.at >= this.bytes.length;
  }
  take(count) {
    if (this.at + count > this.bytes.length) throw new Error("the bytes are cut");
    return this.bytes.subarray(this.at, (this.at += count));
  }
  number(count) {
    const bytes = this.take(count);
    return count === 8 ? smallest(bytes.readBigUInt64BE()) : bytes.readUIntBE(0, count);
  }
  signed(count) {
    const bytes = this.take(count);
    return count === 8 ? smallest(bytes.readBigInt64BE()) : bytes.readIntBE(0, count);
  }
  map(count) {
    return Object.fromEntries(Array.from({ length: count }, () => [this.value(), this.value()]));
  }
  list(count) {
    return Array.from({ length: count }, () => this.value());
  }
  value() {
    const kind = this.number(1);
    if (kind < 0x80) return kind;
    if (kind >= 0xe0) return kind - 256;
    if (kind < 0x90) return this.map(kind & 15);
    if (kind < 0xa0) return this.list(kind & 15);
    if (kind < 0xc0) return this.take(kind & 31).toString();
    switch (kind) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.take(this.number(1 << (kind - 0xc4)));
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf:
        return this.number(1 << (kind - 0xcc));
      case 0xd0:
      case 0xd1:
      case 0xd2:
      case 0xd3:
        return this.signed(1 << (kind - 0xd0));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.take(this.number(1 << (kind - 0xd9))).toString();
      case 0xdc:
      case 0xdd:
        return this.list(this.number(kind === 0xdc ? 2 : 4));
      case 0xde:
      case 0xdf:
        return this.map(this.number(kind === 0xde ? 2 : 4));
      default:
        throw new Error(`the protocol does not use the type ${kind.toString(16)}`);
    }
  }
}

const smallest = (big) => (big <= Number.MAX_SAFE_INTEGER && big >= Number.MIN_SAFE_INTEGER ? Number(big) : big);

function all(bytes) {
  const values = [];
  for (const reader = new Reader(bytes); !reader.done;) values.push(reader.value());
  return values;
}

// --- ZMTP 3.0: a socket of one connection, whose messages have one part ---

function zmq(type, port, heard) {
  const greeting = Buffer.alloc(64);
  greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]);
  greeting.write("NULL", 12);
  const property = (name, value) =>
    Buffer.concat([
      Buffer.from([name.length]),
      Buffer.from(name),
      Buffer.from([0, 0, 0, value.length]),
      Buffer.from(value),
    ]);
  const ready = Buffer.concat([Buffer.from("\x05READY"), property("Socket-Type", type), property("Identity", "")]);
  const socket = connect(port, "127.0.0.1");
  let input = Buffer.alloc(0),
    greeted = false;
  const whole = new Promise((resolve) => {
    socket.on("data", (bytes) => {
      input = Buffer.concat([input, bytes]);
      if (!greeted && input.length >= 64) {
        greeted = true;
        input = input.subarray(64);
        socket.write(Buffer.concat([Buffer.from([4, ready.length]), ready]));
      }
      for (let next; greeted && (next = part(input)); input = next.rest) {
        if (next.flags & 4)
          resolve(); // READY of the store
        else heard(next.bytes);
      }
    });
  });
  socket.write(greeting);
  const send = (bytes) => {
    const size = Buffer.alloc(9);
    size[0] = 2;
    size.writeBigUInt64BE(BigInt(bytes.length), 1);
    socket.write(Buffer.concat([size, bytes]));
  };
  return { whole, send, close: () => socket.destroy() };
}

function part(input) {
  const head = input[0] & 2 ? 9 : 2;
  if (input.length < head) return null;
  const size = input[0] & 2 ? Number(input.readBigUInt64BE(1)) : input[1];
  if (input.length < head + size) return null;
  return { flags: input[0], bytes: input.subarray(head, head + size), rest: input.subarray(head + size) };
}

// --- a client of one frontend (2, 2.1, 4, 5) ---

async function asking(port) {
  const waiting = new Map();
  const socket = zmq("DEALER", port, (frame) => {
    const values = all(frame);
    for (let i = 0; i < values.length; i += 2) waiting.get(values[i].id)?.(values[i], values[i + 1]);
  });
  await socket.whole;
  let last = 0;
  const once = (t, body) =>
    new Promise((resolve) => {
      const id = ++last;
      const answered = (header, answer) => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(header ? { err: header.err, answer } : { err: "unavailable" });
      };
      const timer = setTimeout(answered, 5000);
      waiting.set(id, answered);
      socket.send(Buffer.concat([packed({ v: 1, t, id, ttl: 4800 }), packed(body)]));
    });
  const ask = async (t, body) => {
    for (let pause = 100; ; pause = Math.min(2 * pause, 1000)) {
      const { err, answer } = await once(t, body);
      if (err !== "busy" && err !== "unavailable") return err ? { refused: err, ...answer } : answer;
      await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random() / 2)));
    }
  };
  return { ask, close: socket.close };
}

async function demo(base) {
  const { ask, close } = await asking(base + 10);
  const say = (what) => console.log(JSON.stringify(what));
  const { item } = await ask("lookup", { item: 2 });
  say(item);
  say((await ask("search", { topic: item.topic })).items.map((found) => found.id));
  const order = {
    key: randomBytes(16).toString("hex"),
    type: "buy",
    customer: "Zoë",
    lines: [{ item: 2, quantity: 1 }],
  };
  const placed = await ask("place", order);
  say(placed.order);
  say((await ask("place", order)).order);
  say(await ask("outcome", { key: order.key }));
  say(await ask("outcome", { key: randomBytes(16).toString("hex") }));
  say(
    await ask("place", {
      ...order,
      key: randomBytes(16).toString("hex"),
      lines: [{ item: 2, quantity: item.stock + 1 }],
    }),
  );
  close();
}

// --- a follower (6) ---

function block_of(bytes) {
  const block = new Reader(bytes).value();
  const hash = createHash("sha256")
    .update(bytes.subarray(0, bytes.length - 32))
    .digest();
  if (!hash.equals(block.hash)) throw new Error(`block ${block.no} is damaged`);
  return block;
}

async function follow(base, until) {
  let next = 1,
    commit = 0,
    mark = 0,
    before = Buffer.alloc(32),
    heard = false;
  const held = [];
  const take = (bytes) => {
    const block = block_of(bytes);
    commit = Math.max(commit, block.first + block.count - 1);
    if (block.first !== next) return;
    if (!block.prev.equals(before)) throw new Error(`block ${block.no} does not follow the one before`);
    all(block.events).forEach((event, i) => held.push([block.first + i, event]));
    next = block.first + block.count;
    before = block.hash;
  };
  const known = (told) => {
    commit = Math.max(commit, told.commit);
    mark = Math.max(mark, told.mark);
  };
  const tell = () => {
    while (held.length > 0 && held[0][0] <= mark) {
      const [seq, event] = held.shift();
      console.log(
        JSON.stringify([seq, event], (_, value) =>
          typeof value === "bigint"
            ? String(value)
            : value?.type === "Buffer"
              ? Buffer.from(value.data).toString("hex")
              : value,
        ),
      );
      if (seq === until) process.exit(0);
    }
  };
  const broker = zmq("DEALER", base, (frame) => {
    const [header, body] = all(frame);
    if (header.err) return;
    body.blocks.forEach(take);
    known({ commit: body.commit, mark });
    tell();
  });
  const publications = zmq("SUB", base + 1, (bytes) => {
    const reader = new Reader(bytes.subarray(1));
    const value = reader.value();
    if (bytes[0] === "B".charCodeAt(0)) {
      take(reader.bytes.subarray(0, reader.at));
      if (!reader.done) known(reader.value());
    } else if (bytes[0] === "M".charCodeAt(0)) {
      known(value);
    } else if (value.leader) {
      heard = true;
      known(value.leader);
    }
    tell();
  });
  await Promise.all([broker.whole, publications.whole]);
  for (const topic of "BMH") publications.send(Buffer.from("\x01" + topic));
  let id = 0;
  setInterval(() => {
    const replay = { from: next, bytes: 262144 };
    if (heard && commit >= next) broker.send(Buffer.concat([packed({ v: 1, t: "replay", id: ++id }), packed(replay)]));
  }, 200);
}

const [base, task, until] = process.argv.slice(2);
await (task === "demo" ? demo(Number(base)) : follow(Number(base), Number(until)));
