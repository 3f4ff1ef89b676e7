"""A new replica fetches a peer's view instead of replaying the whole stream, also if it or the peer is killed."""

import os
import pathlib
import re
import signal
import subprocess
import time
import unittest

from store import BENCH, CLEAN_ENVIRONMENT, PYGMY, StoreTest, deep_catalogue, numbers, scratch_file, tcp, wait_for

VIEW_BYTES = 16 * 1024 * 1024  # size of an order replica's view; fetching it takes some 0.2 s, enough to kill in between
BEHIND = 100


class NewReplica:
    """A replica that is added by hand while the store runs."""

    def __init__(self, store, role, number):
        self.store, self.role, self.instance = store, role, f"{role}-{number}"
        self.port = store.base + (30 if role == "catalog" else 50) + number - 1
        self.data = pathlib.Path(scratch_file(self.instance))
        self.data.mkdir()
        self.log_file = self.data.parent / "log"
        self.process = None

    def start(self, behind=BEHIND):
        with open(self.log_file, "a") as log:
            self.process = subprocess.Popen(
                [PYGMY, self.role, "--instance", self.instance, "--listen", tcp(self.port), "--brokers",
                 tcp(self.store.base), "--data", self.data, "--snapshot-behind", str(behind)],
                stdout=log, stderr=log, env=CLEAN_ENVIRONMENT)
        return self

    def log(self):
        return self.log_file.read_text()

    def end(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait()

    def fetched_bytes(self):
        try:
            return (self.data / "snapshot.part").stat().st_size
        except FileNotFoundError:
            return 0

    def wait_live(self):
        def live():
            assert self.process.poll() is None, "it ended:\n" + self.log()
            beat = self.store.beat(self.instance) or {}
            return beat.get("state") == "live" and beat["pid"] == self.process.pid
        wait_for(f"{self.instance} is live", live, deadline_s=120)
        return self


class Snapshots(StoreTest):
    OPTIONS = ("--catalogue", deep_catalogue())

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.started = {}  # the replicas that the tests have started, by instance; each may be asked for a snapshot
        view = pathlib.Path(cls.store.data, "order-1/order.db")
        until = time.monotonic() + 120
        while view.stat().st_size < VIEW_BYTES and time.monotonic() < until:
            cls.store.read(*BENCH, "--op", "buy", "--inflight", 64, "--clients", 8, "--seconds", 3)

    def new(self, role, number, **options):
        replica = NewReplica(self.store, role, number).start(**options)
        self.started[replica.instance] = replica
        self.addClassCleanup(replica.end)  # after the audit
        return replica

    def check_fetched(self, replica):
        """Checks that the replica has fetched a snapshot, has replayed only later events, and equals the others."""
        (seq,) = numbers(r"fetched a snapshot at seq (\d+)", replica.log())
        self.assertEqual(numbers(r"applied seq (\d+)", replica.log()), (seq,))
        for first, _ in re.findall(r"replayed seq (\d+)\.\.(\d+)", replica.log()):
            self.assertGreater(int(first), seq)
        self.store.wait_level()
        self.assertEqual([path.name for path in replica.data.iterdir() if "snapshot" in path.name], [])

    def kill_in_the_middle(self, number, victim):
        """Starts a new order replica, and calls `victim`, which kills a process, when part of the snapshot is here."""
        for attempt in range(3):
            replica = self.new("order", number + attempt)
            wait_for("a part of the snapshot, or all of it, is here",
                     lambda: replica.fetched_bytes() > 0 or "fetched" in replica.log())
            victim(replica)
            if "fetched" not in replica.log():
                return replica
            replica.end()
        self.fail("three snapshots were quicker than the kill")

    def test_1_a_new_catalog_replica(self):
        self.check_fetched(self.new("catalog", 5).wait_live())

    def test_2_a_new_order_replica(self):
        self.check_fetched(self.new("order", 5).wait_live())

    def test_3_a_replica_that_is_killed_continues_where_it_was(self):
        replica = self.kill_in_the_middle(6, lambda it: it.end(signal.SIGKILL))
        had = replica.fetched_bytes()
        replica.start().wait_live()
        (here,) = numbers(r"(\d+) bytes of it are here", replica.log())
        self.assertEqual(here, had)
        self.check_fetched(replica)

    def test_4_a_peer_that_is_killed_is_replaced(self):
        def kill_the_peer(replica):
            (*_, peer) = re.findall(r"asks (\S+) for a snapshot", replica.log())
            if peer in self.started:  # by hand: `up` does not know it
                self.started[peer].end(signal.SIGKILL)
            else:
                self.store.kill(peer)
        for number in (9, 12, 15):
            replica = self.kill_in_the_middle(number, kill_the_peer).wait_live()
            if "no snapshot from" in replica.log():
                return self.check_fetched(replica)
            replica.end()  # the last bytes were on their way when the peer died
        self.fail("the peer had given all of its copy each time")

    def test_5_no_client_sees_an_error_meanwhile(self):
        load = self.store.bench(seconds=6)
        for number in (6, 7):
            self.new("catalog", number).wait_live()
        self.check_fetched(self.new("order", 12).wait_live())
        report = load.result()
        self.assertEqual(report["errors"], 0, report)
        self.assertGreater(report["ops"], 500, report)

    def test_6_it_replays_if_it_is_told_to(self):
        replica = self.new("catalog", 8, behind=0).wait_live()
        self.assertNotIn("snapshot", replica.log())
        self.assertEqual(numbers(r"replayed seq (\d+)", replica.log()), (1,))
        self.store.wait_level()

    def test_7_a_part_that_is_damaged_is_fetched_anew(self):
        for number in (13, 16, 19):
            replica = self.kill_in_the_middle(number, lambda it: it.end(signal.SIGKILL))
            if replica.fetched_bytes():
                with open(replica.data / "snapshot.part", "r+b") as file:
                    file.seek(replica.fetched_bytes() // 2)
                    file.write(os.urandom(64))
                replica.start().wait_live()
                self.check_fetched(replica)
                if "does not have its hash" in replica.log():
                    return
            replica.end()  # a busy peer was left for another one, whose copy is not the same, or the copy was whole
        self.fail("no damaged part was continued")


if __name__ == "__main__":
    unittest.main()
