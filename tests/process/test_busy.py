"""While the journal stalls, no client is told that a write had no effect if the write takes effect later (G3)."""

import os
import signal
import unittest

import msgpack
import zmq

from store import StoreTest, deep_catalogue, wait_for

SHORT_TTL_MS = 8_500  # a frontend sends a copy 6.8 s after the first one; from 5 s on the writer says `busy`
LONG_TTL_MS = 60_000
EACH = 20


class Dealer:
    """A client that sends every request once."""

    def __init__(self, frontend):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(frontend)
        self.answers = {}

    def place(self, number, key, ttl):
        self.socket.send(msgpack.packb({"v": 1, "t": "place", "id": number, "ttl": ttl}) +
                         msgpack.packb({"key": key, "type": "buy", "lines": [{"item": 1, "quantity": 1}]}))

    def take(self):
        """Takes all answers that have come. Returns the word of each refusal, or "order", by id."""
        while self.socket.poll(0):
            unpacker = msgpack.Unpacker(raw=False)
            unpacker.feed(self.socket.recv())
            for header in list(unpacker)[::2]:
                self.answers[header["id"]] = header.get("err", "order")
        return self.answers

    def close(self):
        self.context.destroy(linger=0)


class Busy(StoreTest):
    OPTIONS = ("--catalogue", deep_catalogue())

    def test_writes_in_several_copies_while_the_journal_stalls(self):
        dealer = Dealer(self.store.frontends[0])
        self.addCleanup(dealer.close)
        dealer.place(1, "before", LONG_TTL_MS)
        wait_for("the store sells", lambda: dealer.take().get(1) == "order")
        broker = self.store.process("broker-1")["pid"]
        os.kill(broker, signal.SIGSTOP)
        self.addCleanup(os.kill, broker, signal.SIGCONT)
        short = {100 + i: f"short-{i}" for i in range(EACH)}
        long = {200 + i: f"long-{i}" for i in range(EACH)}
        for number, key in short.items():
            dealer.place(number, key, SHORT_TTL_MS)
        for number, key in long.items():
            dealer.place(number, key, LONG_TTL_MS)
        wait_for("the first ones have their answers", lambda: short.keys() <= dealer.take().keys())
        os.kill(broker, signal.SIGCONT)
        wait_for("the others have theirs", lambda: long.keys() <= dealer.take().keys())
        answers = dealer.take()
        self.assertEqual({answers[number] for number in short}, {"unknown"})
        self.assertEqual({answers[number] for number in long}, {"order"})
        self.assertEqual({self.outcome(key) for key in long.values()}, {"order"})
        self.assertIn("order", {self.outcome(key) for key in short.values()}, "pending orders were committed")
        self.assertGreater(self.store.beat("frontend-1")["counters"].get("refusals_undecided", 0), 0,
                           "the writer was never busy")

    def outcome(self, key):
        return self.store.read("outcome", key)["outcome"]


if __name__ == "__main__":
    unittest.main()
