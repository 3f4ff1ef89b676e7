#!/usr/bin/env python3
"""A small client of Pygmy, written from docs/PROTOCOL.md alone. Needs pyzmq and msgpack, nothing else.

    client.py --base 7400 demo          look up, search, buy, the same key again, order, outcome
    client.py --base 7400 follow        print the stream, from the broker's PUB with replay
    client.py --base 7400 events        the same, by long poll at a frontend

Client asks frontends, Stream keeps the rules of section 6.2 without any socket, Follower is Stream with its sockets.
Numbers in comments are sections of PROTOCOL.md.
"""

import argparse
import hashlib
import random
import secrets
import sys
import time

import msgpack
import zmq

TRY_NEXT_S = 0.3  # silence after which the next frontend is asked too (2.1)
PAUSE_S, PAUSE_MAX_S = 0.1, 1.0  # after a refusal that may be over soon (2.1)
ASK_AGAIN_S = 0.2  # silence after which a replay is asked for again (6.2)
RETRY = {"busy", "unavailable"}  # nothing happened, repeat (5)
DEFINITE = {"out_of_stock", "unknown_item", "not_for_sale", "unknown_order", "price_changed", "version_changed", "item_exists", "more_than_remains",
            "nothing_remains", "unknown_hold", "hold_over", "unknown_subscription", "unknown_place", "key_reused",
            "key_voided", "limit", "malformed", "invalid", "unknown_type", "unsupported_version",
            "forbidden", "unauthenticated", "unknown_credential"}  # other words: not known (5)


class Refused(Exception):
    def __init__(self, word, header, body):
        super().__init__(f"{word}: {body.get('message', '')}")
        self.word, self.header, self.body = word, header, body


class Unknown(Exception):
    """The deadline of a write is over: it may have happened. Ask for the outcome of its key."""


def unpack_all(data):
    """The MessagePack values in these bytes, one after another; an error if the last one is cut."""
    unpacker = msgpack.Unpacker(raw=False, max_buffer_size=2 * 1024 * 1024)
    unpacker.feed(data)
    values = []
    while unpacker.tell() < len(data):
        values.append(unpacker.unpack())
    return values


def frame(*messages):
    """Header, body, header, body, ... as one frame (2)."""
    return b"".join(msgpack.packb(part) for part in messages)


def read_frame(data):
    parts = unpack_all(data)
    return list(zip(parts[0::2], parts[1::2]))


def new_key():
    return secrets.token_hex(16)


class Client:
    """One request at a time, over several frontends, with a deadline and keys (2.1)."""

    def __init__(self, frontends, timeout=5.0):
        self.context = zmq.Context.instance()
        self.timeout = timeout
        self.next_id = 1
        self.sockets = []
        for endpoint in frontends:
            socket = self.context.socket(zmq.DEALER)
            socket.setsockopt(zmq.LINGER, 0)
            socket.setsockopt(zmq.IMMEDIATE, 1)
            socket.connect(endpoint)
            self.sockets.append(socket)

    def close(self):
        for socket in self.sockets:
            socket.close()

    def ask(self, kind, body, **options):
        """The answer's header and body. Raises Refused, Unknown (a write) or TimeoutError (a read)."""
        request_id, self.next_id = self.next_id, self.next_id + 1
        wait = body.get("wait", 0) / 1000
        deadline = time.monotonic() + self.timeout + wait
        tried, reason, ask_at, pause = 0, "no frontend answered", 0.0, PAUSE_S
        while (now := time.monotonic()) < deadline:
            if now >= ask_at:
                header = {"v": 1, "t": kind, "id": request_id, "ttl": max(1, int((deadline - now) * 950)), **options}
                sent = self.send(self.sockets[tried % len(self.sockets)], frame(header, body))
                tried, ask_at = tried + 1, now + (TRY_NEXT_S + wait if sent else PAUSE_S / len(self.sockets))
            for header, answer in self.receive(min(ask_at, deadline)):
                if header["id"] != request_id:
                    continue  # nobody waits for it any more
                if "err" not in header:
                    return header, answer
                if header["err"] not in RETRY:
                    self.refuse(header, answer)
                reason, ask_at = f"{header['err']}: {answer['message']}", time.monotonic() + pause * random.uniform(0.5, 1)
                pause = min(2 * pause, PAUSE_MAX_S)
        if "key" in body:
            raise Unknown(f"{reason}; ask for the outcome of key {body['key']}")
        raise TimeoutError(reason)

    @staticmethod
    def send(socket, data):
        """Returns whether the socket took it. Without a connection, a send would wait (1)."""
        try:
            socket.send(data, zmq.DONTWAIT)
            return True
        except zmq.Again:
            return False

    def refuse(self, header, answer):
        if header["err"] not in DEFINITE:
            raise Unknown(answer["message"])
        raise Refused(header["err"], header, answer)

    def receive(self, until):
        poller = zmq.Poller()
        for socket in self.sockets:
            poller.register(socket, zmq.POLLIN)
        for socket, _ in poller.poll(max(0, (until - time.monotonic()) * 1000)):
            yield from read_frame(socket.recv_multipart()[-1])

    # --- section 4, a method each ---

    def lookup(self, item=None, title=None, **options):
        body = {"item": item} if item is not None else {"title": title}
        return self.ask("lookup", body, **options)[1]["item"]

    def search(self, **fields):
        return self.ask("search", fields)[1]

    def place(self, lines, kind="buy", key=None, customer=None):
        body = {"key": key or new_key(), "type": kind, "lines": lines}
        if customer is not None:
            body["customer"] = customer
        return self.ask("place", body)[1]["order"]

    def buy(self, item, quantity=1, key=None, customer=None):
        return self.place([{"item": item, "quantity": quantity}], "buy", key, customer)

    def add(self, items, key=None):
        return self.ask("add", {"key": key or new_key(), "items": items})[1]["items"]

    def price(self, item, cents, key=None, **version):
        return self.ask("price", {"key": key or new_key(), "item": item, "price": cents, **version})[1]["item"]

    def restock(self, item, delta, reason="", key=None, **version):
        body = {"key": key or new_key(), "item": item, "delta": delta, "reason": reason, **version}
        return self.ask("restock", body)[1]["item"]

    def transfer(self, item, quantity, source="main", target="main", key=None, **more):
        body = {"key": key or new_key(), "item": item, "quantity": quantity, "from": source, "to": target, **more}
        return self.ask("transfer", body)[1]["item"]

    def count(self, item, stock, reason="", key=None, **version):
        body = {"key": key or new_key(), "item": item, "stock": stock, "reason": reason, **version}
        return self.ask("count", body)[1]["item"]

    def movements(self, item, **page):
        return self.ask("movements", {"item": item, **page})[1]

    def subscribe(self, name, key=None, **more):
        return self.ask("subscribe", {"key": key or new_key(), "name": name, **more})[1]

    def acknowledge(self, name, cursor, key=None):
        return self.ask("acknowledge", {"key": key or new_key(), "name": name, "cursor": cursor})[1]

    def unsubscribe(self, name, key=None):
        return self.ask("unsubscribe", {"key": key or new_key(), "name": name})[1]

    def subscriptions(self, **which):
        return self.ask("subscriptions", which)[1]

    def cancel(self, no, kind="cancel", lines=None, key=None):
        body = {"key": key or new_key(), "no": no, "kind": kind}
        if lines is not None:
            body["lines"] = lines
        return self.ask("cancel", body)[1]["order"]

    def order(self, no):
        return self.ask("order", {"no": no})[1]["order"]

    def orders(self, **fields):
        return self.ask("orders", fields)[1]

    def outcome(self, key):
        return self.ask("outcome", {"key": key})[1]

    def events(self, start, wait=0):
        return self.ask("events", {"from": start, "wait": wait})[1]

    def status(self):
        return self.ask("status", {})[1]


def lookup_with_req(endpoint, item, timeout=5.0):
    """The same with a plain REQ socket: one request in a frame (1)."""
    socket = zmq.Context.instance().socket(zmq.REQ)
    socket.setsockopt(zmq.LINGER, 0)
    try:
        socket.connect(endpoint)
        socket.send(frame({"v": 1, "t": "lookup", "id": 1}, {"item": item}))
        if not socket.poll(timeout * 1000):
            raise TimeoutError("no answer; this socket cannot be used again")
        ((header, body),) = read_frame(socket.recv())
    finally:
        socket.close()
    if "err" in header:
        raise Refused(header["err"], header, body)
    return body["item"]


class Damaged(Exception):
    pass


def read_block(data):
    """A block whose hash is right (6.1). The hash is over the bytes as they came."""
    block = msgpack.unpackb(data, raw=False)
    if block["v"] != 1:
        raise Damaged(f"block version {block['v']}")
    if hashlib.sha256(data[:-32]).digest() != block["hash"]:
        raise Damaged(f"block {block['no']} does not match its hash")
    return block


def split_block(payload):
    """The payload of topic B: the block's bytes, and the Mark behind it (6.2)."""
    unpacker = msgpack.Unpacker(raw=False, max_buffer_size=2 * 1024 * 1024)
    unpacker.feed(payload)
    unpacker.skip()
    end = unpacker.tell()
    return payload[:end], unpacker.unpack()


class Stream:
    """Every event once, in order, from what was published and replayed. No sockets (6.2, 6.3)."""

    def __init__(self, start=1):
        self.next = start  # the seq that is needed
        self.hash, self.no = (b"\0" * 32, 0) if start == 1 else (None, None)
        self.commit = 0
        self.mark = 0
        self.heard = False  # a leader's heartbeat: the subscription works
        self.held = []  # events after the watermark
        self.damaged = 0

    def on_published(self, topic, payload):
        if topic == b"B":
            try:
                block, mark = split_block(payload)
                self.on_block(block)
                self.on_mark(mark)
            except (Damaged, ValueError, msgpack.exceptions.UnpackException):
                self.damaged += 1  # a replay will bring it
        elif topic == b"M":
            self.on_mark(msgpack.unpackb(payload, raw=False))
        elif topic == b"H":
            leader = msgpack.unpackb(payload, raw=False).get("leader")
            if leader:
                self.heard = True
                self.on_mark(leader)

    def on_mark(self, mark):
        self.commit = max(self.commit, mark["commit"])
        self.mark = max(self.mark, mark["mark"])

    def on_block(self, data, replayed=False):
        block = read_block(data)
        last = block["first"] + block["count"] - 1
        self.commit = max(self.commit, last)
        if last < self.next or (block["first"] > self.next and not replayed):
            return  # an old one; or one that is ahead, and the replay brings it again
        if self.hash is not None and (block["prev"], block["no"]) != (self.hash, self.no + 1):
            raise Damaged(f"block {block['no']} does not follow the one before")
        events = unpack_all(block["events"])
        if len(events) != block["count"]:
            raise Damaged(f"block {block['no']} holds {len(events)} events and says {block['count']}")
        self.held += [e for e in enumerate(events, block["first"]) if e[0] >= self.next]
        self.next, self.hash, self.no = last + 1, block["hash"], block["no"]

    def wanted(self):
        """The replay to ask for, or None."""
        return {"from": self.next, "bytes": 256 * 1024} if self.heard and self.commit >= self.next else None

    def released(self):
        """Events that may be shown now: those up to the watermark."""
        ready = [e for e in self.held if e[0] <= self.mark]
        self.held = self.held[len(ready):]
        return ready


class Follower:
    """Stream with a SUB and a DEALER at the broker. `lose(topic)`, for tests, says which publications to drop."""

    def __init__(self, broker, publications, start=1, lose=lambda topic: False):
        context = zmq.Context.instance()
        self.stream = Stream(start)
        self.lose = lose
        self.replays = 0
        self.asked_at = None
        self.sub = context.socket(zmq.SUB)
        self.dealer = context.socket(zmq.DEALER)
        for socket in (self.sub, self.dealer):
            socket.setsockopt(zmq.LINGER, 0)
            socket.setsockopt(zmq.IMMEDIATE, 1)
        for topic in (b"B", b"M", b"H"):
            self.sub.setsockopt(zmq.SUBSCRIBE, topic)
        self.sub.connect(publications)
        self.dealer.connect(broker)
        self.poller = zmq.Poller()
        self.poller.register(self.sub, zmq.POLLIN)
        self.poller.register(self.dealer, zmq.POLLIN)

    def close(self):
        self.sub.close()
        self.dealer.close()

    def poll(self, timeout):
        """Waits up to `timeout` seconds for something, and returns the (seq, event) that may be shown."""
        ready = dict(self.poller.poll(timeout * 1000))
        if self.sub in ready:
            message = self.sub.recv()
            topic, payload = message[:1], message[1:]
            if not self.lose(topic):
                self.stream.on_published(topic, payload)
        if self.dealer in ready:
            for header, body in read_frame(self.dealer.recv_multipart()[-1]):
                self.on_answer(header, body)
        self.ask()
        return self.stream.released()

    def on_answer(self, header, body):
        if header["id"] != self.replays:
            return  # not the one that was asked for last
        if "err" in header:
            return  # asked again after ASK_AGAIN_S
        self.asked_at = None
        for data in body["blocks"]:
            self.stream.on_block(data, replayed=True)  # Damaged ends the program: a person has to look
        self.stream.commit = max(self.stream.commit, body["commit"])

    def ask(self):
        wanted = self.stream.wanted()
        if not wanted or (self.asked_at and time.monotonic() < self.asked_at + ASK_AGAIN_S):
            return
        self.replays += 1
        Client.send(self.dealer, frame({"v": 1, "t": "replay", "id": self.replays}, wanted))
        self.asked_at = time.monotonic()


class Poller:
    """The stream by `events` at a frontend: nothing to hold, nothing to lose."""

    def __init__(self, client, start=1):
        self.client = client
        self.stream = Stream(start)

    def poll(self, wait_ms=0):
        answer = self.client.events(self.stream.next, wait_ms)
        for data in answer["blocks"]:
            self.stream.on_block(data, replayed=True)
        self.stream.mark = max(self.stream.mark, answer["mark"])
        return self.stream.released()


class Shop:
    """A copy of the items, from events alone (7)."""

    def __init__(self):
        self.items = {}

    def apply(self, seq, event):
        kind = event["t"]
        if kind == "items_added":
            for item in event["items"]:
                self.items[item["id"]] = {**item, "version": seq}
        elif kind == "price_changed":
            self.touch(event["item"], seq, price=event["price"])
        elif kind == "stock_moved":
            self.touch(event["item"], seq, stock=event["stock"])
        elif kind == "item_edited":
            self.edit(self.items[event["item"]], event)
            self.touch(event["item"], seq, edited=seq)
        elif kind in ("order_placed", "order_cancelled"):
            for line in event["lines"]:
                self.touch(line["item"], seq, stock=line["stock"])

    @staticmethod
    def edit(item, event):
        """An empty value, or a threshold of -1, removes a field."""
        item.update({name: event[name] for name in ("title", "topic") if name in event})
        for name in ("retired", "terms", "description", "topics", "attributes", "low"):
            if name not in event:
                continue
            item[name] = event[name]
            if item[name] is False or item[name] in ({}, "", [], -1):
                del item[name]

    def touch(self, item, seq, **fields):
        self.items[item].update(fields, version=seq)


def demo(client):
    item = client.lookup(item=1)
    print("lookup  ", item)
    print("search  ", [i["title"] for i in client.search(topic=item["topic"])["items"]])
    key = new_key()
    order = client.buy(1, 1, key=key)
    print("buy     ", order)
    print("again   ", client.buy(1, 1, key=key) == order)
    print("order   ", client.order(order["no"]) == order)
    print("outcome ", client.outcome(key)["outcome"], client.outcome(new_key())["outcome"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--base", type=int, default=7400, help="port base of the store")
    parser.add_argument("--frontends", type=int, default=2)
    parser.add_argument("task", choices=["demo", "follow", "events"])
    arguments = parser.parse_args()
    at = lambda offset: f"tcp://{arguments.host}:{arguments.base + offset}"
    client = Client([at(10 + 2 * i) for i in range(arguments.frontends)])
    if arguments.task == "demo":
        return demo(client)
    source = Follower(at(0), at(1)) if arguments.task == "follow" else Poller(client)
    while True:
        for seq, event in source.poll(1 if arguments.task == "follow" else 1000):
            print(seq, event, flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
    except (Refused, Unknown, TimeoutError, Damaged) as problem:
        sys.exit(str(problem))
