"""Texts of people on the command line: what is compared without case, what is refused, and what files and terminals get."""

import csv
import json
import pathlib
import unittest

from store import Store, pygmy, scratch_file

NFC, NFD = "Caf\u00e9", "CAFE\u0301"


class Texts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.store = Store()
        cls.addClassCleanup(cls.store.clean)
        cls.store.start()

    def add(self, title, topic="texts", price="1.00", stock=10):
        return self.store.read("add", "--title", title, "--topic", topic, "--price", price, "--stock", stock)["id"]

    def found(self, *options):
        return [item["id"] for item in self.store.read("search", *options)["items"]]

    def test_a_title_a_topic_and_a_customer_are_found_without_case(self):
        for written, asked in ((NFC, NFD), (NFD, NFC), ("Straße", "STRASSE"), ("ΟΔΥΣΣΕΥΣ", "οδυσσευς")):
            with self.subTest(written=written, asked=asked):
                item = self.add("title " + written, "topic " + written)
                order = self.store.read("buy", item, "--customer", "name " + written)["no"]
                self.assertIn(item, self.found("--topic", "TOPIC " + asked))
                self.assertIn(item, self.found("--text", asked, "--topic", "topic " + asked))
                self.assertLessEqual(self.store.read("lookup", "TITLE " + asked)["id"], item)
                self.assertIn(order, [o["no"] for o in self.store.read("orders", "--customer", "NAME " + asked)["orders"]])

    def test_a_title_that_is_a_number_is_found(self):
        item = self.add("1984")
        self.assertEqual(self.store.ask("lookup", "1984").code, 1)
        self.assertEqual(self.store.read("lookup", "--title", "1984")["id"], item)
        seq = self.store.read("search", "--limit", 1)["seq"]
        self.assertEqual(self.store.read("at", seq, "lookup", "--title", "1984")["id"], item)
        self.assertEqual(self.store.ask("lookup").code, 2)
        self.assertEqual(self.store.ask("lookup", "1984", "--title", "1984").code, 2)

    def test_a_control_character_is_refused_and_not_shown(self):
        item = self.add("plain")
        for control in ("\u202e", "\u2066", "\u200f", "\u2028", "\x1b[2J", "\x7f", "\u009b"):
            for told in (self.store.ask("add", "--title", "a" + control, "--topic", "t", "--price", 1),
                         self.store.ask("add", "--title", "a", "--topic", "t" + control, "--price", 1),
                         self.store.ask("buy", item, "--customer", "c" + control),
                         self.store.ask("buy", item, "--key", "k" + control),
                         self.store.ask("restock", item, 1, "--reason", "r" + control)):
                self.assertEqual(told.code, 2, told)
                self.assertIn("has a control character", told.err)
                self.assertNotIn(control, told.out + told.err)

    def test_a_total_that_a_browser_cannot_hold_is_refused(self):
        item = self.add("ship", price="10000000", stock=1_000_000_000)
        told = self.store.ask("buy", *[f"{item}:1000000"] * 10)
        self.assertEqual(told.code, 1, told)
        self.assertIn("limit: the total would pass 9007199254740991, in the smallest unit", told.err)
        self.assertEqual(self.store.read("buy", *[f"{item}:1000000"] * 9)["total"], 9 * 10**15)

    def test_an_export_runs_in_no_spreadsheet_and_is_imported_as_it_was(self):
        other = Store()
        self.addCleanup(other.clean)
        other.start()
        titles = ["=1+1", "+1", "-5 %", "@x", "'=1", "'Tis", "''", "a, \"b\"", " x", "\ufeffmark", "\uff1d1", "-"]
        for title in titles:
            other.read("add", "--title", title, "--topic", title, "--price", 1, "--stock", 9, "--key=" + title)
            other.read("buy", titles.index(title) + 1, "--customer", title.strip(), "--key=+" + title)
        files = {what: other.ask("export", what).out for what in ("items", "orders")}
        for text in files.values():
            for row in csv.reader(text.splitlines()):
                self.assertFalse([cell for cell in row if cell[:1] in tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")], row)
        exact = [json.loads(line)["title"] for line in other.ask("export", "items", "--json").out.splitlines()]
        self.assertEqual(exact, titles)
        exact = [json.loads(line)["customer"] for line in other.ask("export", "orders", "--json").out.splitlines()]
        self.assertEqual(exact, [title.strip() for title in titles])
        again = Store()
        self.addCleanup(again.clean)
        again.start()
        file = scratch_file("items.csv")
        pathlib.Path(file).write_text(files["items"])
        self.assertEqual(again.ask("import", file).code, 0)
        self.assertEqual(again.ask("export", "items").out, files["items"])
        self.assertEqual([item["title"] for item in again.read("search", "--limit", 100)["items"]], titles)

    def test_a_catalogue_with_a_control_character_is_refused_before_anything_is_loaded(self):
        file = scratch_file("odd.csv")
        pathlib.Path(file).write_text("title,topic,price,stock\nfirst,odd,1,1\na\u202eb,odd,1,1\n")
        told = self.store.ask("import", file)
        self.assertEqual(told.code, 2, told)
        self.assertIn("odd.csv:3: the title has a control character", told.err)
        self.assertEqual(self.found("--topic", "odd"), [])

    def test_a_name_of_a_process_is_plain(self):
        told = pygmy("frontend", "--instance", "a\u202eb", "--listen", "tcp://127.0.0.1:1", "--brokers", "tcp://127.0.0.1:1")
        self.assertEqual(told.code, 2, told)
        self.assertNotIn("\u202e", told.out + told.err)


if __name__ == "__main__":
    unittest.main()
