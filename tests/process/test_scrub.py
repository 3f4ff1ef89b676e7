"""A byte of the journal that a disk has changed is found by the broker itself, and named."""

import contextlib
import pathlib
import sqlite3
import unittest

from store import BOOKSTORE, Store, wait_for


class Scrub(unittest.TestCase):
    def test_a_flipped_bit_far_back_in_the_journal_is_found_and_named(self):
        store = Store("--catalogue", BOOKSTORE)
        self.addCleanup(store.clean)
        store.start()
        for _ in range(80):  # the last 64 blocks are looked at when the journal is opened
            store.read("buy", 1)
        wait_for("it has gone over all once", lambda: store.beat("broker-1")["counters"]["scrub_passes"] >= 1)
        self.assertEqual(store.stop(), 0)
        journal = pathlib.Path(store.data, "broker-1", "journal.db")
        with contextlib.closing(sqlite3.connect(journal)) as database:
            data, first = database.execute("SELECT bytes, first FROM blocks WHERE no = 9").fetchone()
            damaged = bytearray(data)
            damaged[len(damaged) // 2] ^= 1
            database.execute("UPDATE blocks SET bytes = ? WHERE no = 9", (bytes(damaged),))
            database.commit()
        store.start()
        told = f"TROUBLE: broker-1: {journal}: block 9, from seq {first}, is damaged"
        wait_for("status names it", lambda: told in store.ask("status").out)
        self.assertIn(f"block 9, from seq {first}, is damaged", store.log("broker-1"))
        self.assertEqual(store.ask("buy", 1).code, 0, "the store goes on")


if __name__ == "__main__":
    unittest.main()
