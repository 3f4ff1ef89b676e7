"""Processes killed under load (G2, G6): no client sees an error, no acknowledged order is lost."""

import signal
import time
import unittest

import msgpack
import zmq

from store import SHAPE, SINGLE, Buyers, StoreTest, deep_catalogue, wait_for

OPS_MIN = 20  # operations per second, of a machine however busy; a run with fewer proves nothing (TRAPS 23)


class Kills(StoreTest):
    OPTIONS = ("--catalogue", deep_catalogue())

    def check(self, report, seconds):
        self.assertEqual(report["errors"], 0, report)
        self.assertEqual(report["refused"], {}, report)
        self.assertGreater(report["ops"], OPS_MIN * seconds, report)

    def others(self):
        """Returns an instance of each process without the broker, the writer first."""
        by_pid = {}
        for listed in sorted(self.store.ps(), key=lambda p: not p["writer"]):
            by_pid.setdefault(listed["pid"], listed["instance"])
        by_pid.pop(self.store.process("broker-1")["pid"])
        return list(by_pid.values())

    @unittest.skipIf(SHAPE == SINGLE, "the only process has the broker")
    def test_any_process_but_the_broker_may_be_killed(self):
        seconds = 12
        load = self.store.bench(seconds)
        self.store.writer()
        for victim in self.others():
            if load.done():  # a slow machine restarts fewer processes in that time
                self.check(load.result(), seconds)
                load = self.store.bench(seconds)
            self.store.wait_restarted(victim, self.store.kill(victim))
        self.check(load.result(), seconds)
        self.store.wait_level()

    def test_every_order_replica_may_be_killed_as_the_writer(self):
        seconds = 6
        load = self.store.bench(seconds, op="buy")
        writers = set()
        while len(writers) < 3:
            writer = self.store.writer()
            self.store.wait_restarted(writer["instance"], self.store.kill(writer["instance"]))
            writers.add(writer["pid"])
        self.check(load.result(), seconds)

    @unittest.skipIf(SHAPE == SINGLE, "there is nobody to hand over to")
    def test_a_stopped_writer_hands_over(self):
        seconds = 4
        load = self.store.bench(seconds, op="buy")
        for _ in range(2):
            writer = self.store.writer()
            self.store.kill(writer["instance"], signal.SIGTERM)
            wait_for("another is the writer", lambda: self.store.writer()["instance"] != writer["instance"])
            self.store.wait_restarted(writer["instance"], writer["pid"])
        report = load.result()
        self.check(report, seconds)
        self.assertLess(report["max_us"], 1_000_000, "a hand-over is not a failure: no client waits for a timeout")

    def test_the_broker_may_be_killed_and_no_order_is_lost(self):
        with Buyers(self.store) as buyers:
            load = self.store.bench(6)
            for _ in range(3):
                self.store.wait_restarted("broker-1", self.store.kill("broker-1"))
                buyers.wait_for_more()
        self.assertEqual(buyers.errors, [])
        self.check(load.result(), 6)
        for key, order in buyers.acknowledged.items():
            again = self.store.read("outcome", key)
            self.assertEqual(again["order"]["no"], order, key)
        self.assertGreater(len(buyers.acknowledged), 30)


@unittest.skipIf(SHAPE == SINGLE, "there is no other frontend")
class PausedFrontend(StoreTest):
    """A paused frontend wakes and finds requests and new blocks at once. Its cache may hold an old answer."""

    ROUNDS = 5

    def lookups(self, dealer, count):
        for number in range(count):
            dealer.send(msgpack.packb({"v": 1, "t": "lookup", "id": number}) + msgpack.packb({"item": 1}))

    def stocks(self, dealer, count):
        found = []
        while len(found) < count:
            self.assertTrue(dealer.poll(10_000), "it answers again")
            unpacker = msgpack.Unpacker(raw=False)
            unpacker.feed(dealer.recv())
            found += [body["item"]["stock"] for body in list(unpacker)[1::2]]
        return found

    def test_it_answers_nothing_old_when_it_wakes(self):
        with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
            dealer.linger = 0
            dealer.connect(self.store.frontends[1])
            for _ in range(self.ROUNDS):
                self.lookups(dealer, 1)
                (before,) = self.stocks(dealer, 1)
                self.store.kill("frontend-2", signal.SIGSTOP)
                self.lookups(dealer, 50)
                asked = time.monotonic()
                self.store.read("buy", 1, frontends=self.store.frontends[:1])
                self.assertLess(time.monotonic() - asked, 5, "writers wait for one lease at most")
                self.store.kill("frontend-2", signal.SIGCONT)
                self.assertEqual(set(self.stocks(dealer, 50)), {before - 1})


if __name__ == "__main__":
    unittest.main()
