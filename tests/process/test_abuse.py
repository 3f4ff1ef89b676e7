"""Strangers attack every socket that they can reach: no process ends or grows, and other clients get answers (G7, G8).

The attacks are those of `pygmy-faults --abuse` (faults/abuse.py), each once and small.
"""

import random
import sys
import unittest

from store import ROOT, SHAPE, SINGLE, free_port_base, store_of, wait_for

sys.path.insert(0, str(ROOT / "faults"))
import abuse  # noqa: E402


class Abuse(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        base = free_port_base()
        cls.store = store_of(SHAPE, "--http", base + 62, port_base=base)
        cls.addClassCleanup(cls.store.clean)
        cls.store.start()
        cls.target = cls.target_of(cls.store)
        abuse.fill(cls.target)

    @staticmethod
    def target_of(store):
        processes = store.ps()
        port = {p["instance"]: int(p["endpoint"].rsplit(":", 1)[1]) for p in processes}
        return abuse.Target(
            routers=[port[p["instance"]] for p in processes if p["role"] != "bridge"],
            frontends=[port[p["instance"]] for p in processes if p["role"] == "frontend"], publisher=port["broker-1"] + 1,
            http=port["bridge-1"], pids={p["instance"]: p["pid"] for p in processes})

    def under(self, attack, **options):
        with abuse.Watch(self.target) as watch:
            result = attack(self.target, random.Random(1), **options)
        self.assertEqual(list(watch.faults()), [], watch.largest_mb)
        self.assertEqual({p["instance"]: p["pid"] for p in self.store.ps()}, self.target.pids, "a process has died")
        return result

    def test_1_queues_are_filled_and_connections_reset(self):
        self.under(abuse.fill_and_reset, shots=2)

    def test_2_one_frame_of_many_large_searches(self):
        self.under(abuse.searches_in_one_frame)

    def test_3_frames_as_large_as_they_may_be(self):
        self.under(abuse.large_frames)

    def test_4_subscriptions(self):
        self.under(abuse.subscriptions)

    def test_5_pages_over_http_that_nobody_reads(self):
        self.under(abuse.unread_gets, connections=800)

    @unittest.skipIf(SHAPE == SINGLE, "others are served by another frontend meanwhile")
    def test_6_more_connections_than_descriptors(self):
        used = self.under(abuse.without_descriptors)
        self.assertLess(used, 0.5, "the share of a processor that it used while it could accept no connection")
        wait_for("a new client is answered", self.a_new_client_is_answered)

    def test_7_connections_without_end_from_one_address(self):
        self.assertEqual(self.under(abuse.connections_without_end, connections=1500), 1024)

    def a_new_client_is_answered(self):
        try:
            return all(self.answers(port) for port in self.target.frontends)
        except (OSError, StopIteration):
            return False

    @staticmethod
    def answers(port):
        with abuse.Peer(port) as client:
            return abuse.was_answered(client.ask("lookup", {"item": 1}))


if __name__ == "__main__":
    unittest.main()
