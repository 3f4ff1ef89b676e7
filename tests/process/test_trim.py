"""Trimming the stream: trims that are refused, events that are removed, and processes that continue without them. The
tests run in the order of their names."""

import os
import pathlib
import shutil
import signal
import sqlite3
import unittest

from store import BENCH, Store, StoreTest, deep_catalogue, numbers, pygmy, scratch_file, tcp, wait_for
from test_snapshot import NewReplica


class Trims(StoreTest):
    OPTIONS = ("--catalogue", deep_catalogue(), "--orders", "2")
    AUDIT = False  # test_5 audits, with the backup that the audit needs

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.directory = scratch_file("backup")
        cls.store.read(*BENCH, "--op", "buy", "--inflight", 32, "--clients", 4, "--seconds", 2)
        # This replica is started before the trims and stopped, so its view ends at the present end of the stream.
        cls.late = NewReplica(cls.store, "order", 5).start(behind=0)
        cls.addClassCleanup(cls.late.end)
        cls.late.wait_live().end()
        cls.store.read(*BENCH, "--op", "buy", "--inflight", 32, "--clients", 4, "--seconds", 1)

    def backup(self):
        done = pygmy("backup", self.directory, "--brokers", tcp(self.store.base), "--json")
        self.assertEqual(done.code, 0, done)
        return done.json["seq"]

    def asked(self, before, *options):
        return pygmy("stream", "trim", "--before", before, "--brokers", tcp(self.store.base), "--json", *options)

    def trim(self, before, *options, code=0):
        done = self.asked(before, *options)
        self.assertEqual(done.code, code, done)
        return done

    def begins(self):
        return self.store.status().get("begins", 1)


    def test_1_trims_that_are_refused(self):
        self.assertIn("--without-backup", self.trim(100, code=1).err)
        seq = self.backup()
        self.assertIn("back up first", self.trim(seq + 1, "--backup", self.directory, code=1).err)
        self.assertIn("has the stream up to", self.trim(10**9, "--without-backup", code=1).err)
        other = pygmy("stream", "trim", "--before", 100, "--brokers", tcp(1), "--without-backup", "--timeout", "300ms")
        self.assertEqual(other.code, 3, other)
        wait_for("the trim is possible", lambda: self.asked(100, "--backup", self.directory, "--dry-run").code == 0)
        self.assertEqual(self.begins(), 1)

    def test_2_under_load_nobody_sees_an_error_and_the_disk_is_given_back(self):
        journal = pathlib.Path(self.store.data, "broker-1/journal.db")
        end = self.backup()
        wait_for("the stopped replica is forgotten, and the views are durable", lambda: self.asked(
            end, "--without-backup", "--dry-run").code == 0)
        before = journal.stat().st_size
        load = self.store.bench(4)
        begins = self.trim(end, "--backup", self.directory).json["brokers"][0]["begins"]
        self.assertLessEqual(begins, end)
        self.assertGreater(begins, end - 600, "a block holds 512 events at most")
        wait_for("the stream begins there", lambda: self.begins() == begins)
        report = load.result()
        self.assertEqual(report["errors"], 0, report)
        self.store.kill("broker-1", signal.SIGTERM)  # a clean stop moves the log into the file
        wait_for("it is smaller", lambda: journal.stat().st_size < before, deadline_s=60)
        wait_for("the restarted broker knows it", lambda: self.begins() == begins)
        self.store.wait_level()

    def test_3_a_new_replica_gets_a_snapshot_however_short_the_stream_is(self):
        replica = NewReplica(self.store, "catalog", 5).start(behind=10**9)
        self.addCleanup(replica.end)
        replica.wait_live()
        self.assertIn("fetched a snapshot", replica.log())
        self.store.wait_level()

    def test_4_a_replica_that_has_missed_trimmed_events_ends_or_gets_a_snapshot(self):
        self.late.start(behind=0)
        self.assertEqual(self.late.process.wait(timeout=30), 1)
        begins, = numbers(r"the stream begins with seq (\d+) now", self.late.log())
        self.assertEqual(begins, self.begins())
        self.late.start(behind=10**9)
        self.addCleanup(self.late.end)
        wait_for("it has a snapshot", lambda: "fetched a snapshot" in self.late.log())
        self.late.wait_live()
        self.store.wait_level()

    def test_5_the_audit_and_the_past_are_in_the_backup(self):
        alone = self.store.ask("audit", timeout="20s")
        self.assertEqual(alone.code, 3, alone)
        self.assertIn("--backup", alone.err)
        audit = self.store.ask("audit", "--backup", self.directory, timeout="20s")
        self.assertEqual(audit.code, 0, audit)
        told = self.store.ask("history", 1, "--json")
        self.assertEqual(told.json["known_from"], self.begins())
        self.assertIn("nothing is known of the item before seq", told.err)
        past = self.store.ask("at", 2, "lookup", 1)
        self.assertEqual(past.code, 1, past)
        self.assertIn("--backup", past.err)
        self.assertEqual(self.store.ask("at", 30, "lookup", 1, "--backup", self.directory).code, 0)

    def test_6_the_backup_continues_and_a_new_one_cannot_begin(self):
        self.store.read("buy", 1)
        self.backup()
        self.assertEqual(pygmy("verify", self.directory).code, 0)
        new = pygmy("backup", scratch_file("other"), "--brokers", tcp(self.store.base))
        self.assertEqual(new.code, 1, new)
        self.assertIn("back up into the directory", new.err)

    def test_7_the_stream_is_shown_from_where_it_begins(self):
        begins = self.begins()
        shown = self.store.ask("events", "--from", 1, "--json")
        self.assertEqual(shown.code, 0, shown)
        self.assertIn(f'"seq":{begins}', shown.out.replace(" ", "").splitlines()[0])
        self.assertIn(f"begins with seq {begins}", shown.err)

    def test_8_with_one_order_replica_less_there_are_too_few(self):
        pid = self.store.kill("order-2", signal.SIGSTOP)
        self.addCleanup(os.kill, pid, signal.SIGCONT)
        end = self.store.status()["commit"]
        wait_for("it counts no more", lambda: "of the order views" in self.asked(
            end, "--without-backup", "--dry-run").err, deadline_s=30)


class WrongBackups(StoreTest):
    """A store was restored to an earlier moment and has sold since. The backup is of the history that was abandoned."""

    OPTIONS = ("--catalogue", deep_catalogue(), "--orders", "2")
    AUDIT = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = scratch_file("backup")
        for _ in range(40):
            cls.store.read("buy", 1)
        assert pygmy("backup", cls.other, "--brokers", tcp(cls.store.base)).code == 0
        assert cls.store.stop() == 0
        data = scratch_file("data")
        assert pygmy("restore", cls.other, "--data", data, "--to-seq", 20).code == 0
        cls.store = Store("--orders", "2", data=data)
        cls.addClassCleanup(cls.store.clean)
        cls.store.start()
        for _ in range(60):
            cls.store.read("buy", 2)
        cls.own = scratch_file("backup")
        assert pygmy("backup", cls.own, "--brokers", tcp(cls.store.base)).code == 0
        wait_for("a trim is possible", lambda: cls.asked("--without-backup").code == 0)

    @classmethod
    def asked(cls, *options):
        return pygmy("stream", "trim", "--before", 30, "--brokers", tcp(cls.store.base), "--json", "--dry-run", *options)

    def refused(self, directory, words):
        answer = self.asked("--backup", directory)
        self.assertEqual(answer.code, 1, answer)
        self.assertIn(words, answer.err)

    def copy(self):
        directory = scratch_file("copy")
        shutil.copytree(self.own, directory)
        return directory

    def with_manifest_of_the_other(self):
        """Makes a backup from the manifest of one backup and the blocks of another."""
        directory = self.copy()
        shutil.copy(f"{self.other}/manifest.json", directory)
        return directory

    @staticmethod
    def change(directory, statement):
        database = sqlite3.connect(directory + "/blocks.db")
        database.execute(statement)
        database.commit()
        database.close()

    def test_a_backup_of_another_history_permits_no_trim(self):
        self.refused(self.other, "differs from that of this backup")
        self.assertEqual(self.asked("--backup", self.own).code, 0)

    def test_a_backup_that_is_missing_or_not_whole_permits_no_trim(self):
        empty = self.copy()
        os.remove(empty + "/blocks.db")
        self.refused(empty, "cannot be opened")
        self.refused(self.with_manifest_of_the_other(), "not a sound backup")
        for statement in ("DELETE FROM blocks WHERE no = (SELECT max(no) FROM blocks)", "DELETE FROM blocks WHERE no = 5",
                          "UPDATE blocks SET bytes = (SELECT bytes FROM blocks WHERE no = 6) WHERE no = 5"):
            with self.subTest(statement):
                directory = self.copy()
                self.change(directory, statement)
                self.refused(directory, "not a sound backup")

    def test_the_audit_does_not_take_the_one_history_for_the_other(self):
        good = self.store.ask("audit", "--backup", self.own, timeout="20s")
        self.assertEqual(good.code, 0, good)
        for directory in (self.other, self.with_manifest_of_the_other()):
            audit = self.store.ask("audit", "--backup", directory, timeout="3s")
            self.assertEqual(audit.code, 3, audit)
            self.assertIn("backup", audit.err)

    def test_the_audit_does_not_take_a_longer_history_for_that_of_the_store(self):
        data = scratch_file("data")
        self.assertEqual(pygmy("restore", self.own, "--data", data, "--to-seq", 25).code, 0)
        store = Store("--catalogs", "1", "--orders", "1", "--frontends", "1", data=data)
        self.addCleanup(store.clean)
        audit = store.start().ask("audit", "--backup", self.own, timeout="2s")
        self.assertEqual(audit.code, 3, audit)
        self.assertIn("another history", audit.err)

    def test_blocks_that_are_not_those_of_the_manifest_show_and_restore_nothing(self):
        directory = self.with_manifest_of_the_other()
        for command in (("at", 25, "lookup", 1, "--backup", directory),
                        ("restore", directory, "--data", scratch_file("data"), "--to-seq", 25)):
            answer = pygmy(*command)
            self.assertEqual(answer.code, 1, answer)
            self.assertIn("not a sound backup", answer.err)


if __name__ == "__main__":
    unittest.main()
