#!/usr/bin/python3
"""Tests how `./dev mutants` chooses, explains and counts changes; it compiles nothing."""

import pathlib
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import harmless  # noqa: E402
import run  # noqa: E402
from build import ROOT, ends_well, shelter  # noqa: E402
from changes import changes_of  # noqa: E402

HARMLESS = """# a comment
a/b.cpp: if (x < 1) return;
< -> <=
x is never 1,
says its type

a/c.cpp: f();
f(); -> (nothing)
it only warms a cache
"""


def tried(*by):
    return [run.Tried("a/b.cpp", 1, "< -> <=", one) for one in by]


class LinesTest(unittest.TestCase):
    def test_the_lines_of_a_diff(self):
        diff = "--- a/x/y.cpp\n+++ b/x/y.cpp\n@@ -3 +3,2 @@ f()\n+a\n+b\n@@ -9,2 +10,0 @@\n-c\n--- a/z.h\n+++ b/z.h\n@@ -0,0 +7 @@\n+d\n"
        self.assertEqual(run.lines_of_diff(diff), {"x/y.cpp": {3, 4}, "z.h": {7}})


class HarmlessTest(unittest.TestCase):
    def test_a_paragraph_explains_one_change_of_one_line(self):
        found = harmless.entries(HARMLESS)
        self.assertEqual([entry.reason for entry in found], ["x is never 1, says its type", "it only warms a cache"])
        text = "void g() {\n  if (x < 1) return;\n  if (x < 2) return;\n}\n"
        explained = [change.line for change in changes_of(text) if harmless.explains(found, "a/b.cpp", text, change)]
        self.assertEqual(explained, [2])
        self.assertFalse(any(harmless.explains(found, "a/c.cpp", text, change) for change in changes_of(text)))

    def test_an_entry_without_a_reason_is_refused(self):
        with self.assertRaises(ValueError):
            harmless.entries("a/b.cpp: f();\nf(); -> (nothing)\n")

    def test_an_entry_whose_line_is_gone_is_a_fault(self):
        with tempfile.TemporaryDirectory() as place:
            root = pathlib.Path(place)
            (root / harmless.FILE).parent.mkdir(parents=True)
            (root / harmless.FILE).write_text(HARMLESS, encoding="utf-8")
            (root / "a").mkdir()
            (root / "a/b.cpp").write_text("  if (x < 1) return;\n", encoding="utf-8")
            self.assertEqual(list(harmless.faults(root)), [f"{harmless.FILE}:1: a/c.cpp has no line `f();` any more"])


def is_running(pid):
    stat = pathlib.Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().split()[2] != "Z"


class ProgramTest(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.place = pathlib.Path(place.name)

    def test_a_crash_and_a_hang_are_no_good_ends(self):
        self.assertTrue(ends_well(["true"], 60))
        self.assertFalse(ends_well(["false"], 60))
        self.assertFalse(ends_well(["sleep", "60"], 1))
        self.assertFalse(ends_well(["sh", "-c", "while :; do :; done"], 1))

    def test_a_process_that_the_program_has_started_is_ended(self):
        self.assertTrue(ends_well(["sh", "-c", f"sleep 60 & echo $! >{self.place}/pid"], 60))
        pid, end = int((self.place / "pid").read_text()), time.monotonic() + 20
        while is_running(pid) and time.monotonic() < end:
            pass
        self.assertFalse(is_running(pid))

    def test_every_part_must_pass(self):
        program = self.place / "program"
        program.write_text(f"#!/bin/sh\ntouch {self.place}/$GTEST_SHARD_INDEX-of-$GTEST_TOTAL_SHARDS\n[ ! -e {self.place}/bad-$GTEST_SHARD_INDEX ]\n")
        program.chmod(0o755)
        self.assertTrue(run.passes(program, 2))
        self.assertEqual({file.name for file in self.place.glob("*-of-*")}, {"0-of-2", "1-of-2"})
        (self.place / "bad-1").touch()
        self.assertFalse(run.passes(program, 2))


    @unittest.skipUnless(shelter(), "the system allows no mounts of its own")
    def test_a_program_cannot_remove_files_of_the_source_tree(self):
        with tempfile.NamedTemporaryFile(dir=ROOT / "tests/mutation") as file:
            self.assertTrue(ends_well(["cat", file.name], 60))
            self.assertFalse(ends_well(["rm", "-f", file.name], 60))
            self.assertTrue(pathlib.Path(file.name).exists())


class ScoreTest(unittest.TestCase):
    def test_counts_what_can_be_noticed(self):
        self.assertEqual(run.score(tried("units", "seeds", "nobody", "harmless")), 66)
        self.assertEqual(run.score(tried("harmless")), 100)

    def test_a_row_of_the_table(self):
        self.assertEqual(run.row("a", [1, 2, 3, 4, 5], tried("units", "units", "seeds", "nobody")), "| `a` | 5 | 4 | 2 | 1 | 1 | 0 | 75 % |")


class ChoiceTest(unittest.TestCase):
    def chosen(self, *words):
        return run.candidates(run.options().parse_args(words))

    def test_the_same_seed_tries_in_the_same_order(self):
        self.assertEqual(self.chosen("disk", "--seed", "7"), self.chosen("disk", "--seed", "7"))
        self.assertNotEqual(self.chosen("disk", "--seed", "7"), self.chosen("disk", "--seed", "8"))

    def test_every_listed_change_fits_the_code(self):
        self.assertGreaterEqual(len(self.chosen("--listed")["listed"]), 50)

    def test_files_that_only_process_tests_run_exist_and_are_in_no_sample(self):
        for folder, names in run.BY_PROCESSES.items():
            for name in names:
                self.assertTrue(list((run.ROOT / folder).glob(f"{name}.*")), name)
            files = {pathlib.Path(file).stem for file, _ in self.chosen(folder)[folder]}
            self.assertTrue(files)
            self.assertFalse(files & set(names))

    def test_every_folder_has_changes_and_unit_tests(self):
        for folder in run.FOLDERS:
            self.assertTrue(self.chosen(folder)[folder], folder)
            for program in run.programs_of(folder):
                self.assertTrue((run.ROOT / "tests" / program.removesuffix("_test")).is_dir(), program)


if __name__ == "__main__":
    unittest.main()
