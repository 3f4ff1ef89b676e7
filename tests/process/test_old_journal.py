"""A journal that is an older copy than the views beside it: nothing is written to it, and nobody is told to remove the views."""

import contextlib
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import unittest

from store import BOOKSTORE, CLEAN_ENVIRONMENT, DEADLINE_S, PYGMY, Store, tcp, wait_for


class OldJournal(unittest.TestCase):
    def setUp(self):
        self.store = Store("--catalogue", BOOKSTORE)
        self.addCleanup(self.store.clean)
        self.store.start()
        self.buy_and_stop()
        self.newer = self.path("newer")
        shutil.copytree(self.path("broker-1"), self.path("older"))
        self.store.start()
        self.buy_and_stop()
        os.rename(self.path("broker-1"), self.newer)
        os.rename(self.path("older"), self.path("broker-1"))

    def path(self, *parts):
        return pathlib.Path(self.store.data, *parts)

    def buy_and_stop(self):
        self.store.read("buy", 1)
        self.store.wait_level()
        self.assertEqual(self.store.stop(), 0)

    def blocks(self):
        with contextlib.closing(sqlite3.connect(self.path("broker-1", "journal.db"))) as journal:
            return journal.execute("SELECT count(*) FROM blocks").fetchone()[0]

    def run_process(self, *arguments):
        log = open(self.path(arguments[0] + ".txt"), "w")
        process = subprocess.Popen([PYGMY, *map(str, arguments)], stdout=log, stderr=log, env=CLEAN_ENVIRONMENT)
        self.addCleanup(lambda: (process.kill(), process.wait(), log.close()))
        return process

    def test_up_starts_nothing_on_it(self):
        had = self.blocks()
        self.store.start(ready=False)
        self.assertEqual(self.store.up.wait(timeout=DEADLINE_S), 1)
        self.assertRegex(self.store.printed(), r"(catalog|order)-\d/\w+\.db has applied seq \d+, and \S+/broker-1/journal.db "
                                               r"ends at seq \d+: the journal is gone, or an older copy\.")
        self.assertNotIn("remove", self.store.printed())
        self.assertEqual(self.blocks(), had)
        shutil.rmtree(self.path("broker-1"))
        self.store.start(ready=False)
        self.assertEqual(self.store.up.wait(timeout=DEADLINE_S), 1)
        self.assertFalse(self.path("broker-1").exists(), "no new store is begun beside the views of one")
        os.rename(self.newer, self.path("broker-1"))
        self.store.start()
        self.assertEqual(self.store.read("order", 2)["no"], 2)

    def test_a_broker_that_hears_of_newer_views_writes_nothing_to_it(self):
        had = self.blocks()
        base = self.store.base
        broker = self.run_process("broker", "--listen", tcp(base), "--data", self.path("broker-1"))
        frontend = self.run_process("frontend", "--listen", tcp(base + 10), "--brokers", tcp(base))
        for _ in range(3):  # an order replica ends itself; started again, it still wants what is not there
            order = self.run_process("order", "--listen", tcp(base + 50), "--brokers", tcp(base), "--data", self.path("order-1"))
            order.wait(timeout=DEADLINE_S)
            self.assertIn("the journal is an older copy. Keep this view", self.path("order.txt").read_text())
        said = self.path("broker.txt")
        wait_for("the broker says it", lambda: "the journal is an older copy" in said.read_text())
        bought = self.store.ask("buy", 1, timeout="2s")
        self.assertNotEqual(bought.code, 0, bought)
        frontend.send_signal(signal.SIGTERM)
        broker.send_signal(signal.SIGTERM)
        self.assertEqual(broker.wait(timeout=DEADLINE_S), 0)
        self.assertEqual(self.blocks(), had)


if __name__ == "__main__":
    unittest.main()
