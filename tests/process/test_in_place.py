"""Files are removed or replaced while a process has them open: no write is acknowledged that went into such a file."""

import os
import pathlib
import shutil
import unittest

from store import BOOKSTORE, Store, pygmy, scratch_file, tcp, wait_for


class InPlace(unittest.TestCase):
    def setUp(self):
        self.store = Store("--catalogue", BOOKSTORE)
        self.addCleanup(self.store.clean)
        self.store.start()
        self.store.read("buy", 1, "--key", "before")
        self.store.wait_level()

    def path(self, *parts):
        return pathlib.Path(self.store.data, *parts)

    def expect_no_more_writes(self, file):
        after = self.store.ask("buy", 1, "--key", "after", timeout="2s")
        self.assertEqual(after.code, 3, after)
        wait_for("status tells it", lambda: f"TROUBLE: broker-1: {file}" in self.store.ask("status").out)
        self.assertEqual(self.store.ask("status").code, 1)
        self.assertIn(f"{file}", self.store.log("broker-1"))

    def test_a_removed_journal_is_acknowledged_into_no_more_and_can_be_backed_up(self):
        shutil.rmtree(self.path("broker-1"))
        self.expect_no_more_writes(self.path("broker-1", "journal.db"))
        backup = scratch_file("backup")
        saved = pygmy("backup", backup, "--brokers", tcp(self.store.base))
        self.assertEqual(saved.code, 0, saved)
        self.assertEqual(self.store.stop(), 0, "a broker without its files ends when it is told to")

        data = scratch_file("restored")
        self.assertEqual(pygmy("restore", backup, "--data", data).code, 0)
        restored = Store(data=data)
        self.addCleanup(restored.clean)
        restored.start()
        self.assertEqual(restored.read("order", 1)["key"], "before")
        self.assertEqual(restored.read("outcome", "after")["outcome"], "void")

    def test_a_journal_whose_log_is_removed_is_acknowledged_into_no_more(self):
        os.remove(self.path("broker-1", "journal.db-wal"))
        self.expect_no_more_writes(self.path("broker-1", "journal.db-wal"))

    def test_a_replaced_journal_is_acknowledged_into_no_more(self):
        file = self.path("broker-1", "journal.db")
        shutil.copy(file, str(file) + ".copy")
        os.rename(str(file) + ".copy", file)
        self.expect_no_more_writes(file)

    def test_a_replica_whose_view_is_removed_comes_back(self):
        for instance in ("catalog-1", "order-2"):
            pid = self.store.process(instance)["pid"]
            shutil.rmtree(self.path(instance))
            self.store.read("buy", 1)
            self.store.wait_restarted(instance, pid)
        self.store.wait_level()
        audit = self.store.ask("audit", timeout="20s")
        self.assertEqual(audit.code, 0, audit)


if __name__ == "__main__":
    unittest.main()
