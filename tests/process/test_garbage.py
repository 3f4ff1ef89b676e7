"""Hostile bytes to every socket are counted, and answered if an answer is possible; the process keeps running (G7)."""

import os
import random
import socket
import unittest

import msgpack
import zmq

from store import StoreTest, tcp, wait_for

FRAME_BYTES_MAX = 512 * 1024


def message(body, **header):
    return msgpack.packb({"v": 1, "t": "lookup", "id": 1, **header}) + msgpack.packb(body)


def hostile_frames(random):
    whole = message({"item": 1})
    yield from (b"", b"\xc1", b"\x00" * 100, whole[:-1], whole[:7], whole + b"\xc1", whole * 3 + b"\x81")
    yield from (random.randbytes(random.randrange(1, 2000)) for _ in range(100))
    yield b"\xdf\xff\xff\xff\xff" + whole                 # a map of four thousand million entries
    yield b"\xc6\xff\xff\xff\xff" + whole                 # four gigabytes of bytes
    yield b"\x81" * 5000                                  # nested without end
    yield b"\x91" * 100_000
    for number in (-1, 0, 2**53, 2**63, 2**64 - 1, 1.5, None, True, "1", [1], {"a": 1}):
        yield message({"item": number})
        yield message({"item": 1}, id=number)
        yield message({"item": 1}, min=number)
        yield message({"item": 1}, ttl=number)
        yield message({"item": 1}, v=number)
        yield message({"item": 1}, t=number)
    for kind in ("append", "replay", "lease", "ack", "resign", "snapshot", "place", "add", "price", "edit", "restock", "count", "movements", "transfer",
                 "subscribe", "acknowledge", "unsubscribe", "subscriptions",
                 "order", "orders", "outcome", "events", "status", "search", "reply", "no_such_type", "x" * 60_000):
        for body in ({}, [], 7, None, {"key": 1}, {"key": "\x00"}, {"key": "k" * 100_000}, {"from": -1}, {"from": 2**64 - 1},
                     {"epoch": 2**64 - 1, "producer": 2**64 - 1, "count": 2**32 - 1, "events": b"\x81"},
                     {"epoch": 0, "producer": 1, "count": 2**32 - 1, "events": b""},
                     {"holder": "x", "incarnation": 1, "applied": 2**64 - 1},
                     {"replica": "order-1", "epoch": 2**64 - 1},
                     {"from": 1, "to": 0, "bytes": 2**32 - 1},
                     {"id": "", "offset": 2**64 - 1, "bytes": 2**32 - 1},
                     {"key": "k", "lines": [{"item": 1, "quantity": -(2**63)}]},
                     {"key": "k", "type": "steal", "lines": []},
                     {"key": "k", "items": [{"title": "\xff", "topic": "", "price": -1, "stock": 2**62}]}):
            yield message(body, t=kind)


class Garbage(StoreTest):
    def setUp(self):
        self.random = random.Random(1)
        self.pids = {p["instance"]: p["pid"] for p in self.store.ps()}
        self.context = zmq.Context()
        self.addCleanup(self.context.destroy, linger=0)
        self.stock = self.store.stock(1)

    def tearDown(self):
        self.assertEqual({p["instance"]: p["pid"] for p in self.store.ps()}, self.pids, "a process has died")
        self.assertEqual(self.store.stock(1), self.stock)
        self.store.read("buy", 2)

    def routers(self):
        return [p["endpoint"] for p in self.store.ps()]

    def dial(self, kind, endpoint):
        dialled = self.context.socket(kind)
        dialled.linger = 0
        self.addCleanup(dialled.close)
        dialled.connect(endpoint)
        return dialled


    def refused(self, dealer, wanted):
        """Returns the refusal of the request with this id. Other answers may come before it."""
        while dealer.poll(10_000):
            for header, body in pairs(dealer.recv_multipart()[-1]):
                if header["id"] == wanted:
                    return header["err"]
        return "no answer to a proper request after the garbage"

    def test_frames_to_every_router(self):
        for endpoint in self.routers():
            with self.subTest(endpoint):
                dealer = self.dial(zmq.DEALER, endpoint)
                for frame in hostile_frames(self.random):
                    dealer.send(frame)
                dealer.send_multipart([b"a", b"b", b"c", b"d"])
                dealer.send(message({}, t="no_such_type", id=4711))
                self.assertEqual(self.refused(dealer, 4711), "unknown_type")

    def test_a_frame_that_is_too_large(self):
        for endpoint in self.routers():
            with self.subTest(endpoint):
                dealer = self.dial(zmq.DEALER, endpoint)
                dealer.send(os.urandom(FRAME_BYTES_MAX + 1))  # the process closes the connection; zmq connects again
                dealer.send(message({}, t="no_such_type", id=4712))
                again = self.dial(zmq.DEALER, endpoint)
                again.send(message({}, t="no_such_type", id=4713))
                self.assertEqual(self.refused(again, 4713), "unknown_type")

    def test_each_fault_has_its_word(self):
        frontend = self.dial(zmq.DEALER, self.store.frontends[0])
        for frame, word in ((message({"item": 1}, v=2), "unsupported_version"), (message({}, t="no"), "unknown_type"),
                            (message({"item": "1"}), "malformed"), (message({}), "invalid"), (b"\xc1", "malformed")):
            frontend.send(frame)
            self.assertTrue(frontend.poll(10_000), word)
            header, refusal = pairs(frontend.recv_multipart()[-1])[0]
            self.assertEqual(header["err"], word)
            self.assertTrue(refusal["message"])

    def test_heartbeats_of_nobody(self):
        beats = self.dial(zmq.PUB, tcp(self.store.base + 2))
        wait_for("the broker has dropped a malformed heartbeat", lambda: self.publish_garbage(beats))

    def publish_garbage(self, beats):
        for frame in list(hostile_frames(self.random))[:-1]:
            beats.send_multipart([b"H", frame])
        beats.send(b"H")
        beats.send_multipart([b"H", b"a", b"b"])
        beats.send_multipart([b"B", os.urandom(500)])
        counters = (self.store.beat("broker-1") or {}).get("counters", {})
        return any("malformed" in name and count > 0 for name, count in counters.items())

    def test_bytes_that_are_not_even_zeromq(self):
        for port in [int(endpoint.rsplit(":", 1)[1]) for endpoint in self.routers()] + [self.store.base + 1, self.store.base + 2]:
            for data in (b"GET / HTTP/1.0\r\n\r\n", self.random.randbytes(5000), b"\xff" + b"\0" * 8 + b"\x7f" * 300, b""):
                with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                    try:
                        connection.sendall(data)
                    except OSError:
                        pass  # the process may close the connection

    def test_malformed_requests_are_counted(self):
        dealer = self.dial(zmq.DEALER, self.store.frontends[0])
        dealer.send(b"\xc1")
        def counted():
            counters = (self.store.beat("frontend-1") or {}).get("counters", {})
            return any("malformed" in name and count > 0 for name, count in counters.items())
        wait_for("it is counted", counted)


def pairs(frame):
    unpacker = msgpack.Unpacker(raw=False, strict_map_key=False)
    unpacker.feed(frame)
    values = list(unpacker)
    return list(zip(values[::2], values[1::2]))


if __name__ == "__main__":
    unittest.main()
