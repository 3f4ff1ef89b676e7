"""Rows are lost from a view: the replica notices it before a client gets a wrong answer (ADR 20) and makes it anew (ADR 27)."""

import contextlib
import pathlib
import re
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
        self.store.start(ready=False)
        self.wait_made_anew("order-2", "orders: order 3 of 5 is not there")
        for _ in range(6):  # enough requests to reach every replica
            self.assertEqual(self.store.read("order", 3)["no"], 3)
            self.assertEqual(self.store.read("buy", 1, "--key", "o1")["no"], 2, "the same order again")
        self.expect_sound()
        with contextlib.closing(sqlite3.connect(self.asides("order-2")[0])) as kept:
            self.assertEqual(kept.execute("SELECT count(*) FROM orders").fetchone(), (4,), "as it was found")
        status = self.store.ask("status")
        self.assertEqual(status.code, 0, status)

    def test_a_view_that_is_wrong_again_a_short_while_later_is_left_as_it_is(self):
        for _ in range(2):
            self.store.stop()
            self.damage("order-2", "DELETE FROM orders WHERE no = 3")
            self.store.start(ready=False)
            if not self.asides("order-2"):
                self.wait_made_anew("order-2", "orders: order 3 of 5 is not there")
        self.wait_diverged("order-2", "orders: order 3 of 5 is not there")
        wait_for("it says why", lambda: "TROUBLE: order-2: this view was made anew" in self.store.ask("status").out)
        self.assertEqual(len(self.asides("order-2")), 1)
        for _ in range(6):
            self.assertEqual(self.store.read("order", 3)["no"], 3)
        audit = self.audit()
        self.assertEqual(audit.code, 1, audit)
        self.assertRegex(audit.out, r"FAILED +rows +order-2 lacks order 3 of seq \d+")

    def test_a_file_that_is_damaged_is_made_anew(self):
        """Its head, a page in its middle, and one row that cannot be read."""
        self.store.stop()
        self.write_into("catalog-1", 0, b"no database")
        self.write_into("order-1", 4096 * 3, b"\xee" * 4096)
        self.damage("order-2", "UPDATE orders SET bytes = x'ee' WHERE no = 3")
        self.damage("catalog-2", "UPDATE items SET stock = -5 WHERE id = 2")
        self.store.start()
        for instance in ("catalog-1", "order-1", "order-2", "catalog-2"):
            wait_for(f"{instance} puts its file aside", lambda instance=instance: self.asides(instance))
        self.expect_sound()

    def expect_sound(self):
        self.store.wait_level()
        # A frontend hears of a verdict that was taken back with the broker's next heartbeat.
        wait_for("no frontend takes a view for diverged any more",
                 lambda: not any(self.store.status(frontends=[each])["diverged"] for each in self.store.frontends))
        audit = self.audit()
        self.assertEqual(audit.code, 0, audit)
        self.assertRegex(audit.out, r"ok +rows +5 orders, \d+ keys and \d+ movements in each of 3 views")

    def asides(self, instance):
        return sorted(path for path in pathlib.Path(self.store.data, instance).glob("*.db.aside-*")
                      if not path.name.endswith(("-wal", "-shm")))

    def wait_made_anew(self, instance, why):
        wait_for(f"{instance} has made its view anew", lambda: self.asides(instance))
        self.assertIn(f"this view has DIVERGED: {why}", self.store.log(instance))
        wait_for("`up` finds all of them live", self.store.is_ready, deadline_s=60)

    def write_into(self, instance, at, data):
        file = pathlib.Path(self.store.data, instance, "catalog.db" if "catalog" in instance else "order.db")
        with contextlib.closing(sqlite3.connect(file)) as view:
            view.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with open(file, "r+b") as opened:
            opened.seek(at)
            opened.write(data)

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

    def test_an_order_of_another_customer_is_found_by_the_audit(self):
        self.store.read("buy", 1, "--key", "o5", "--customer", "Ann")
        self.store.wait_level()
        self.store.stop()
        self.damage("order-2", "UPDATE orders SET customer = 'bob' WHERE no = 6")
        self.store.start()
        self.store.wait_level()
        code, (verdict, why) = self.audit_files()
        self.assertEqual((code, verdict), (1, "FAILED"))
        self.assertRegex(why, r"^\S+/order-2/order.db: order 6: its customer without case is wrong")

    def test_a_title_that_no_search_finds_is_found_by_the_audit(self):
        self.store.stop()
        file = pathlib.Path(self.store.data, "catalog-2", "catalog.db")
        with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as view:
            title, = view.execute("SELECT title FROM items WHERE id = 2").fetchone()
            view.execute("INSERT INTO titles(titles, rowid, terms) VALUES ('delete', 2, ?)", (title.lower(),))
        self.store.start()
        self.store.wait_level()
        code, (verdict, why) = self.audit_files()
        self.assertEqual((code, verdict), (1, "FAILED"))
        self.assertRegex(why, r"^\S+/catalog-2/catalog.db: the index of titles lacks item 2, word")

    def test_a_key_that_is_gone_from_all_views_comes_back_from_the_stream(self):
        self.store.stop()
        for n in (1, 2, 3):
            self.damage(f"order-{n}", "DELETE FROM keys WHERE key = 'o1'")
        self.store.start(ready=False)
        for n in (1, 2, 3):
            self.wait_made_anew(f"order-{n}", "keys: up to seq")
        self.assertEqual(self.store.read("buy", 1, "--key", "o1")["no"], 2, "the same order again")
        self.expect_sound()

    def test_an_item_that_is_gone_from_a_catalog_is_not_missed_in_answers(self):
        self.store.stop()
        self.damage("catalog-1", "DELETE FROM items WHERE id = 2")
        self.store.start(ready=False)
        self.wait_made_anew("catalog-1", "items: the digest of the 6 rows")
        for _ in range(6):
            self.assertEqual(self.store.read("lookup", 2)["id"], 2)


if __name__ == "__main__":
    unittest.main()
