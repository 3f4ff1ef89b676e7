#!/usr/bin/python3
"""The sample catalogues keep to the limits of the protocol, and the Debian one is made as it says."""

import csv
import io
import pathlib
import subprocess
import tempfile
import unittest

SAMPLES = pathlib.Path(__file__).parents[2] / "samples"

INDEX = """Package: zsh
Section: shells
Description: shell with lots of features

Package: bash
Version: 5
Section: shells
Description-md5: 3522aa7b4374048d6450e348a5bb45d9
Description: GNU "Bourne Again" SHell, and more
 The long description is left out.

Package: odd
Description: {long}

Package: bash
Section: other
Description: an older one
"""


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


class Rows(unittest.TestCase):
    def check_rows(self, items):
        self.assertEqual([int(item["id"]) for item in items], list(range(1, len(items) + 1)))
        for item in items:
            self.assertEqual(list(item), ["id", "title", "topic", "price", "stock"])
            self.assertTrue(1 <= len(item["title"].encode()) <= 400, item)
            self.assertTrue(1 <= len(item["topic"].encode()) <= 100, item)
            self.assertRegex(item["price"], r"^\d+\.\d\d$")
            self.assertGreater(int(item["stock"]), 0)


class Samples(Rows):
    def test_the_small_ones_are_whole(self):
        for name, count in (("bookstore", 7), ("toys", 10), ("stocks", 10)):
            items = rows((SAMPLES / f"{name}.csv").read_text(encoding="utf-8"))
            self.check_rows(items)
            self.assertEqual(len(items), count)


class DebianCatalogue(Rows):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.lists = pathlib.Path(directory.name)

    def run_it(self, *arguments):
        return subprocess.run([SAMPLES / "debian-catalogue", "--lists", self.lists, *arguments], capture_output=True,
                              encoding="utf-8", check=False)

    def made(self, index, *arguments):
        (self.lists / "a_Packages").write_text(index, encoding="utf-8")
        done = self.run_it(*arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        items = rows(done.stdout)
        self.check_rows(items)
        return items

    def test_makes_an_item_of_each_package(self):
        items = self.made(INDEX.format(long="short"))
        self.assertEqual([item["title"] for item in items], [
            'bash: GNU "Bourne Again" SHell, and more', "odd: short", "zsh: shell with lots of features"])
        self.assertEqual([item["topic"] for item in items], ["shells", "misc", "shells"])

    def test_makes_the_same_again(self):
        self.assertEqual(self.made(INDEX), self.made(INDEX))

    def test_cuts_a_long_title_at_a_character(self):
        title = self.made(INDEX.format(long="é" * 300))[1]["title"]
        self.assertEqual(title, "odd: " + "é" * 197)  # 399 bytes: half an é is left out

    def test_stops_at_the_limit(self):
        self.assertEqual(len(self.made(INDEX, "--limit", "2")), 2)

    def test_says_what_to_do_without_an_index(self):
        done = self.run_it()
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("apt-get update", done.stderr)


if __name__ == "__main__":
    unittest.main()
