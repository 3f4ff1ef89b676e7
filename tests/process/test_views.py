"""Rows are lost from a view: the replica and the audit notice it before a client gets a wrong answer (ADR 20)."""

import contextlib
import pathlib
import re
import shutil
import sqlite3
import unittest

from store import BOOKSTORE, Store, wait_for


class Views(unittest.TestCase):
    def setUp(self):
        self.store = Store("--catalogue", BOOKSTORE)
        self.addCleanup(self.store.clean)
        self.store.start()
        for n in range(5):
            self.store.read("buy", 1, "--key", f"o{n}")
        self.store.wait_level()

    def damage(self, instance, *statements):
        """Changes the view of a replica that is stopped."""
        file = pathlib.Path(self.store.data, instance, "catalog.db" if "catalog" in instance else "order.db")
        with contextlib.closing(sqlite3.connect(file)) as view:
            for statement in statements:
                self.assertEqual(view.execute(statement).rowcount, 1, statement)
            view.commit()

    def diverged(self, instance):
        """Returns the replica's own report that it has diverged, or None."""
        told = self.store.ask("status", "--json")
        processes = told.json["processes"] if told.out else []
        return next((p.get("diverged") for p in processes if p["instance"] == instance), None)

    def wait_diverged(self, instance, what):
        wait_for(f"{instance} says what is wrong", lambda: what in (self.diverged(instance) or ""))
        self.assertIn("this view has DIVERGED: ", self.store.log(instance))
        status = self.store.ask("status")
        self.assertEqual(status.code, 1, status)
        self.assertRegex(status.out, rf"{instance} +\w+ +DIVERGED")

    def audit(self):
        return self.store.ask("audit", timeout="60s")

    def test_rows_that_are_gone_from_one_view_do_no_harm(self):
        self.store.stop()
        self.damage("order-2", "DELETE FROM orders WHERE no = 3", "DELETE FROM keys WHERE key = 'o1'")
        self.store.start()
        self.wait_diverged("order-2", "orders: order 3 of 5 is not there")
        for _ in range(6):  # enough requests to reach every replica
            self.assertEqual(self.store.read("order", 3)["order"], 3)
            self.assertEqual(self.store.read("buy", 1, "--key", "o1")["order"], 2, "the same order again")
        audit = self.audit()
        self.assertEqual(audit.code, 1, audit)
        self.assertRegex(audit.out, r"FAILED +rows +2 faults; the first: order-2 lacks order 3 of seq \d+")
        self.assertIn("order-2 has diverged: orders: order 3 of 5 is not there", audit.out)

        self.store.stop()  # OPERATIONS tells the operator to do this
        shutil.rmtree(pathlib.Path(self.store.data, "order-2"))
        self.store.start()
        self.store.wait_level()
        audit = self.audit()
        self.assertEqual(audit.code, 0, audit)
        self.assertRegex(audit.out, r"ok +rows +5 orders and \d+ keys in each of 3 views")

    def leave_out(self, instance, index, table, where):
        """Removes the entry of a row from an index, and leaves the row as it was."""
        file = pathlib.Path(self.store.data, instance, "catalog.db" if "catalog" in instance else "order.db")
        with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as view:
            row = view.execute(f"SELECT * FROM {table} WHERE {where}").fetchone()
            view.execute(f"DELETE FROM {table} WHERE {where}")
            view.execute("PRAGMA writable_schema = ON")
            entry = view.execute("SELECT * FROM sqlite_schema WHERE name = ?", (index,)).fetchone()
            view.execute("DELETE FROM sqlite_schema WHERE name = ?", (index,))
        with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as view:
            view.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
            view.execute("PRAGMA writable_schema = ON")
            view.execute("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", entry)

    def audit_files(self):
        audit = self.store.ask("audit", "--data", self.store.data, timeout="60s")
        return audit.code, re.search(r"(ok|FAILED) +files +(.*)", audit.out).groups()

    def test_indexes_that_leave_rows_out_are_found_by_the_audit(self):
        self.store.read("buy", 1, "--key", "o5", "--customer", "ann")
        self.store.wait_level()
        self.assertEqual(self.audit_files(), (0, ("ok", "5 views and their indexes")))
        self.store.stop()
        self.leave_out("order-3", "orders_by_customer", "orders", "no = 6")  # no digest shows this fault
        self.store.start()
        self.store.wait_level()
        code, (verdict, why) = self.audit_files()
        self.assertEqual((code, verdict), (1, "FAILED"))
        self.assertRegex(why, r"^\S+/order-3/order.db: .*missing from index orders_by_customer")

    def test_a_title_that_no_search_finds_is_found_by_the_audit(self):
        self.store.stop()
        file = pathlib.Path(self.store.data, "catalog-2", "catalog.db")
        with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as view:
            title, = view.execute("SELECT title FROM items WHERE id = 2").fetchone()
            view.execute("INSERT INTO titles(titles, rowid, title) VALUES ('delete', 2, ?)", (title,))
        self.store.start()
        self.store.wait_level()
        code, (verdict, why) = self.audit_files()
        self.assertEqual((code, verdict), (1, "FAILED"))
        self.assertRegex(why, r"^\S+/catalog-2/catalog.db: the index of titles lacks item 2, word")

    def test_a_key_that_is_gone_from_all_views_is_named(self):
        self.store.stop()
        for n in (1, 2, 3):
            self.damage(f"order-{n}", "DELETE FROM keys WHERE key = 'o1'")
        self.store.start(ready=False)
        for n in (1, 2, 3):
            wait_for("it says what is wrong", lambda n=n: "keys: up to seq" in (self.diverged(f"order-{n}") or ""))
        audit = self.audit()
        self.assertEqual(audit.code, 1, audit)
        self.assertRegex(audit.out, r"FAILED +rows +3 faults; the first: order-1 lacks key o1 of seq \d+")
        again = self.store.ask("buy", 1, "--key", "o1", timeout="2s")
        self.assertNotEqual(again.code, 0, again)

    def test_an_item_that_is_gone_from_a_catalog_is_not_missed_in_answers(self):
        self.store.stop()
        self.damage("catalog-1", "DELETE FROM items WHERE id = 2")
        self.store.start()
        self.wait_diverged("catalog-1", "items: the digest of the 6 rows")
        for _ in range(6):
            self.assertEqual(self.store.read("lookup", 2)["id"], 2)


if __name__ == "__main__":
    unittest.main()
