"""The command import: new items, --update, faults in a file, and a file that is loaded in part."""

import os
import pathlib
import pty
import signal
import subprocess
import unittest

from store import CLEAN_ENVIRONMENT, PYGMY, pygmy
from tasks import TasksTest


class Imports(TasksTest):
    def run_with_input(self, text, *arguments):
        ran = subprocess.run([PYGMY, *map(str, arguments), "--frontend", ",".join(self.store.frontends)], input=text,
                             capture_output=True, text=True, timeout=60, env=CLEAN_ENVIRONMENT)
        return ran.returncode, ran.stdout, ran.stderr

    def terminal(self, ours):
        """The text that is written to a terminal until its last writer has ended."""
        while True:
            try:
                yield os.read(ours, 4096).decode()
            except OSError:
                return

    def test_import_tells_what_it_was_given_without_any_item(self):
        head = self.file("id,title,topic,price,stock\n")
        self.assertEqual(self.store.ask("import", head).out, f"{head} has no items\n")
        directory = str(pathlib.Path(head).parent)
        refused = self.store.ask("import", directory)
        self.assertEqual((refused.code, refused.err), (2, f"pygmy: {directory}: is a directory: name a file\n"))

    def test_import_reads_standard_input(self):
        code, out, err = self.run_with_input("title,topic,price,stock\nFrom a pipe,pipes,1.00,5\n", "import", "-")
        self.assertEqual((code, out, err), (0, "1 items loaded from standard input\n", ""))
        self.assertIn("From a pipe", [item["title"] for item in self.items()])

    def test_all_bad_rows_are_named_at_once(self):
        rows = "".join(f"{i},T{i},t,much,5\n" for i in range(1, 26))
        file = self.file("id,title,topic,price,stock\n" + rows)
        ended = pygmy("import", file, "--dry-run")
        self.assertEqual(ended.code, 2)
        lines = ended.err.splitlines()
        self.assertEqual(len(lines), 21)
        self.assertTrue(lines[0].startswith(f"pygmy: {file}:2: price: "))
        self.assertTrue(lines[19].startswith(f"pygmy: {file}:21: price: "))
        self.assertEqual(lines[20], "pygmy: ... and 5 more faults")

    def test_an_update_changes_prices_and_stocks_and_adds_what_is_new(self):
        first = self.file("id,title,topic,price,stock\n901,A,update,1.00,5\n902,B,update,2.00,5\n903,C,update,3.00,5\n")
        self.assertEqual(self.store.ask("import", first).code, 0)
        refused = self.store.ask("import", self.file("id,title,topic,price,stock\n901,A,update,9.00,5\n"))
        self.assertEqual(refused.code, 1)
        self.assertIn("--update", refused.err)
        second = self.file("id,title,topic,price,stock\n901,A,update,1.50,4\n902,B,update,2.00,7\n903,C,update,3.00,5\n"
                           "904,D,update,4.00,1\n")
        self.assertEqual(self.store.ask("import", second, "--update").out, "1 items added, 2 changed, 1 as they were\n")
        now = {item["id"]: (item["price"], item["stock"]) for item in self.items() if item["topic"] == "update"}
        self.assertEqual(now, {901: (150, 4), 902: (200, 7), 903: (300, 5), 904: (400, 1)})
        self.assertEqual(self.store.read("import", second, "--update"), {"file": second, "added": 0, "changed": 0, "same": 4})
        other = self.file("id,title,topic,price,stock,retired\n901,Z,update,1.50,9,\n902,B,update,2.00,7,yes\n"
                          "905,E,update,1.00,1,yes\n")
        told = self.store.ask("import", other, "--update", "--dry-run")
        self.assertEqual(told.out, "item 901: title 'A' -> 'Z', stock 4 -> 9\nitem 902: retired no -> yes\n"
                                   "1 items to add, 2 to change, 0 as they are\n")
        self.assertEqual(self.store.read("import", other, "--update", "--dry-run"), {
            "file": other, "to_add": 1, "same": 0, "to_change": [
                {"id": 901, "title": {"is": "A", "becomes": "Z"}, "stock": {"is": 4, "becomes": 9}},
                {"id": 902, "retired": {"is": False, "becomes": True}}]})
        self.assertEqual(self.store.read("lookup", 901)["title"], "A", "nothing was changed")
        self.assertEqual(self.store.ask("import", other, "--update").out, "1 items added, 2 changed, 0 as they were\n")
        self.assertEqual([self.store.read("lookup", item)["retired"] for item in (901, 902, 905)], [False, True, True])
        self.assertEqual(self.store.read("lookup", 901)["title"], "Z")
        rows = self.store.ask("export", "items").out.splitlines()
        self.assertEqual(rows[0], "id,title,topic,price,stock,retired,terms,places,description,topics,attributes,low")
        self.assertIn("902,B,update,2.00,7,yes,,,,,,", rows)
        self.assertIn("904,D,update,4.00,1,,,,,,,", rows)
        again = self.store.read("import", self.file("\n".join(rows) + "\n"), "--update")
        self.assertEqual((again["added"], again["changed"]), (0, 0), "what was exported is what is there")
        without = self.store.ask("import", self.file("title,topic,price,stock\nA,t,1.00,1\n"), "--update")
        self.assertEqual(without.code, 2)

    def test_an_import_retires_the_items_that_its_file_calls_retired(self):
        file = self.file("id,title,topic,price,stock,retired\n957,A,retiring,1.00,5,yes\n958,B,retiring,1.00,5,no\n")
        for _ in range(2):
            self.assertEqual(self.store.ask("import", file).code, 0)
            self.assertEqual([self.store.read("lookup", item)["retired"] for item in (957, 958)], [True, False])
        wrong = pygmy("import", self.file("title,topic,price,stock,retired\nA,t,1.00,1,yes\nB,t,1.00,1,maybe\n"),
                      "--dry-run")
        self.assertEqual(wrong.code, 2)
        self.assertIn(":2: retired: a retired item needs an id", wrong.err)
        self.assertIn(":3: retired: 'maybe' is not yes, no or empty", wrong.err)

    def test_an_import_that_is_refused_says_what_differs_still_and_goes_on_later(self):
        self.store.read("add", "--id", 996, "--title", "A", "--topic", "half", "--price", "1.00", "--stock", 5)
        kept = self.store.read("hold", "996:3")
        file = self.file("id,title,topic,price,stock\n996,B,half,2.00,1\n")
        refused = self.store.ask("import", file, "--update")
        self.assertEqual((refused.code, refused.out), (1, "0 items added, 0 changed, 0 as they were\n"))
        self.assertIn("item 996: 4 cannot be taken out of stock, 5 are there, and holds keep 3 of them", refused.err)
        self.assertIn("item 996 was not changed as a whole; this differs still: stock 5 -> 1\n", refused.err)
        self.assertEqual(self.store.read("lookup", 996)["price"], 200)
        self.store.read("release", kept["no"])
        again = self.store.ask("import", file, "--update")
        self.assertEqual((again.code, again.out), (0, "0 items added, 1 changed, 0 as they were\n"))
        self.assertEqual(self.store.stock(996), 1)

    def test_prices_are_imported_without_the_stock_and_no_column_is_lost(self):
        self.store.read("add", "--id", 945, "--title", "A", "--topic", "prices", "--price", "1.00", "--stock", 5)
        self.store.read("buy", 945)
        file = self.file("id,title,topic,price\n945,A,prices,2.00\n")
        refused = self.store.ask("import", file)
        self.assertEqual(refused.code, 2)
        self.assertIn("no column 'stock': only --update does without it", refused.err)
        self.store.read("import", file, "--update")
        item = self.store.read("lookup", 945)
        self.assertEqual((item["price"], item["stock"]), (200, 4))
        wrong = self.store.ask("import", self.file("id,title,topic,price,stock,Terms\n946,B,prices,2.00,5,per_order=1\n"))
        self.assertEqual(wrong.code, 2)
        self.assertIn("there is no column 'Terms'", wrong.err)

    def test_an_interrupted_update_ends_and_goes_on(self):
        rows = 3000
        file = self.file("id,title,topic,price,stock\n" + "".join(f"{200_000 + i},U{i},dearer,1.00,1\n" for i in range(rows)))
        self.assertEqual(self.store.ask("import", file, timeout="60s").code, 0)
        dearer = self.file("id,title,topic,price,stock\n" + "".join(f"{200_000 + i},U{i},dearer,2.00,1\n" for i in range(rows)))
        ours, its = pty.openpty()
        self.addCleanup(os.close, ours)
        updating = self.popen("import", "--update", dearer, stderr=its)
        os.close(its)
        said = ""
        for part in self.terminal(ours):
            if f" of {rows} items" in part and f" of {rows} items" not in said:
                updating.send_signal(signal.SIGTERM)
            said += part
        if updating.wait(timeout=60) == 0:
            self.skipTest("the update ended before the signal came")
        self.assertEqual(updating.returncode, 3, said)
        self.assertIn("interrupted; the same command goes on with what is left", said)
        self.assertRegex(self.store.ask("import", "--update", dearer, timeout="60s").out, r"^0 items added, [1-9]\d* changed, [1-9]\d* as")

    def test_an_interrupted_import_says_how_far_it_is_and_goes_on(self):
        rows = 60_000
        file = self.file("id,title,topic,price,stock\n" + "".join(f"{10_000 + i},I{i},many,1.00,1\n" for i in range(rows)))
        ours, its = pty.openpty()
        self.addCleanup(os.close, ours)
        loading = self.popen("import", file, stderr=its)
        os.close(its)
        said = ""
        for part in self.terminal(ours):  # it is read to its end, or the command would wait for its reader
            if f" of {rows} items" in part and f" of {rows} items" not in said:
                loading.send_signal(signal.SIGINT)
            said += part
        code = loading.wait(timeout=60)
        if code == 0:
            self.skipTest("the import ended before the signal came")
        self.assertEqual(code, 3, said)
        self.assertRegex(said, rf"(\d+ of the {rows} items of \S+ are loaded; the same command loads the others|interrupted; the same)")
        loaded = self.store.ask("import", file, timeout="60s")
        self.assertEqual(loaded.out, f"{rows} items loaded from {file}\n")


if __name__ == "__main__":
    unittest.main()
