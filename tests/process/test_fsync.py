"""Data that are called durable survive a power cut: strace shows the syncs of real processes (G2)."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import msgpack
import zmq

from store import ROOT, SHAPE, deep_catalogue, pygmy, store_of, tcp, wait_for

sys.path.insert(0, str(ROOT / "faults"))

import traced  # noqa: E402

WHY_NOT = traced.why_not()


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Fsync(unittest.TestCase):
    def setUp(self):
        self.traces = pathlib.Path(tempfile.mkdtemp(prefix="pygmy-"))
        self.addCleanup(shutil.rmtree, self.traces)
        self.store = store_of(SHAPE, "--catalogue", deep_catalogue())
        self.addCleanup(self.store.clean)
        self.store.start()
        self.journal = pathlib.Path(self.store.data, "broker-1", "journal.db-wal").absolute()

    def trace(self, pid, name, *more):
        """Traces a process, and the processes that it starts, from now on."""
        out = self.traces / name
        tracer = subprocess.Popen(traced.command(out, *more, "-p", pid), stderr=subprocess.DEVNULL)
        self.addCleanup(tracer.wait)
        self.addCleanup(tracer.kill)
        wait_for("strace has attached", lambda: traced.is_traced(pid))
        return out

    def buy(self, key):
        return self.store.read("buy", 1, "--key", key, timeout="30s")["no"]

    def kill_all(self):
        """Kills all processes at once; `up` is stopped first, so that it restarts none."""
        pids = [p["pid"] for p in self.store.ps()]
        os.kill(self.store.up.pid, signal.SIGSTOP)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self.store.stop(signal.SIGKILL)

    def test_after_a_failed_sync_a_restart_and_a_power_cut_every_acknowledged_order_is_there(self):
        orders = {f"before-{i}": self.buy(f"before-{i}") for i in range(3)}
        broker = self.store.process("broker-1")["pid"]
        again = self.trace(self.store.up.pid, "again")
        failed = self.trace(broker, "failed", "-e", "inject=fdatasync,fsync:error=EIO:when=1")
        for i in range(5):
            orders[f"after-{i}"] = self.buy(f"after-{i}")
        self.assertNotEqual(self.store.process("broker-1")["pid"], broker, "it has stopped and was restarted")
        unsynced = traced.Unsynced(self.journal).follow(failed)
        self.assertGreater(unsynced.size(), traced.PAGE)
        self.kill_all()
        first = next(call for call in traced.calls(again) if call.file == str(self.journal) and call.name != "pwrite64")
        for call in traced.calls(again):
            if call.file == str(self.journal):
                unsynced.on(call)
            if call == first:
                self.assertEqual(unsynced.size(), 0, "it wrote the whole log again before any other sync")
        unsynced.power_cut()
        self.store.start()
        for key, order in orders.items():
            self.assertEqual(self.store.read("outcome", key)["order"]["no"], order, key)
        audit = self.store.ask("audit", timeout="20s")
        self.assertEqual(audit.code, 0, audit)

    def test_each_block_is_synced_before_it_is_acknowledged(self):
        out = self.trace(self.store.process("broker-1")["pid"], "broker")
        asked = []
        for i in range(10):
            began = time.time()
            self.buy(f"key-{i}")
            asked.append((began, time.time()))
        self.kill_all()
        calls = [call for call in traced.calls(out) if call.file == str(self.journal)]
        for began, acknowledged in asked:
            names = [call.name for call in calls if began <= call.at <= acknowledged]
            self.assertIn("pwrite64", names)
            self.assertIn("fdatasync", names[names.index("pwrite64"):], "the block is written and then synced")

    def test_a_view_that_says_durable_has_synced(self):
        view = pathlib.Path(self.store.data, "order-1", "order.db").absolute()
        out = self.trace(self.store.process("order-1")["pid"], "order")
        began = time.time()
        seq = self.store.read("buy", 1)["seq"]
        with zmq.Context() as context, context.socket(zmq.SUB) as beats:
            beats.linger = 0
            beats.subscribe(b"H")
            beats.connect(tcp(self.store.base + 1))
            wait_for("it says that the order is durable", lambda: self.durable(beats) >= seq)
        told = time.time()
        self.kill_all()
        synced = [call.file for call in traced.calls(out)
                  if call.name != "pwrite64" and call.result == 0 and began <= call.at <= told]
        self.assertIn(str(view) + "-wal", synced)
        self.assertIn(str(view), synced[synced.index(str(view) + "-wal"):], "the log first, then the file")

    def durable(self, beats):
        """Returns the durable seq in the next heartbeat if it is of order-1, otherwise 0."""
        self.assertTrue(beats.poll(10_000), "there are heartbeats")
        beat = msgpack.unpackb(beats.recv()[1:], raw=False)
        return beat.get("durable", 0) if beat["instance"] == "order-1" else 0

    def backup(self):
        """Places five orders and backs the store up. Returns the directory."""
        for i in range(5):
            self.buy(f"key-{i}")
        directory = self.traces.resolve() / "backup"
        done = pygmy("backup", directory, "--brokers", tcp(self.store.base), "--json")
        self.assertEqual(done.code, 0, done)
        return directory

    def dry_trim(self, directory, name, *more):
        """Runs a dry trim with the backup under strace. Returns its calls and the ended process."""
        out = self.traces / name
        asks = [self.store.program, "stream", "trim", "--before", "2", "--brokers", tcp(self.store.base), "--dry-run",
                "--backup", directory]
        ended = subprocess.run([*traced.command(out, *more), *map(str, asks)], capture_output=True, text=True,
                               timeout=60)
        return list(traced.calls(out)), ended

    def test_a_trim_syncs_the_backup_that_it_relies_on(self):
        directory = self.backup()
        calls, ended = self.dry_trim(directory, "trim")
        self.assertNotIn("cannot be synced", ended.stderr)
        synced = {call.file for call in calls if call.name == "fsync" and call.result == 0}
        for path in (directory / "blocks.db", directory / "manifest.json", directory, directory.parent):
            self.assertIn(str(path), synced)

    def test_a_trim_does_not_rely_on_a_backup_that_cannot_be_synced(self):
        directory = self.backup()
        for file in ("blocks.db", "manifest.json", ""):
            path = directory / file
            _, ended = self.dry_trim(directory, "trim", "-P", path, "-e", "inject=fsync:error=EIO")
            self.assertEqual(ended.returncode, 1, ended)
            self.assertIn(f"{path} cannot be synced: Input/output error", ended.stderr)

    def test_a_journal_whose_log_cannot_be_written_again_is_not_opened(self):
        self.buy("before")
        self.kill_all()
        command = [*traced.command(self.traces / "refused", "-e", "inject=fdatasync:error=EIO:when=1")]
        ended = subprocess.run([*command, self.store.program, "broker", "--instance", "broker-1", "--listen",
                                tcp(self.store.base), "--data", self.journal.parent], capture_output=True, text=True,
                               timeout=60)
        self.assertEqual(ended.returncode, 1, ended)
        self.assertIn("journal.db-wal cannot be synced: Input/output error", ended.stderr)


if __name__ == "__main__":
    unittest.main()
