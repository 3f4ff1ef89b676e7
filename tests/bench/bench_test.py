#!/usr/bin/python3
"""The reports that the programs of bench/ make of given measurements."""

import contextlib
import importlib.util
import io
import json
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench/peers"))
sys.path.append(str(ROOT / "bench"))  # the last, because its http.py has the name of a module of Python


def program(path):
    spec = importlib.util.spec_from_file_location(path.replace("/", "_"), ROOT / "bench" / f"{path}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


micro, peers, keys = program("micro/compare"), program("peers/compare"), program("keys")


class Micro(unittest.TestCase):
    KEPT = {"reference": 1, "decide": 2, "gone": 5}

    def compare(self, *rounds):
        """Returns what is printed about each benchmark."""
        with tempfile.NamedTemporaryFile("w", suffix=".json") as kept, io.StringIO() as out:
            json.dump(self.KEPT, kept)
            kept.flush()
            with mock.patch.object(micro, "KEPT", pathlib.Path(kept.name)), contextlib.redirect_stdout(out), \
                    mock.patch.object(micro, "one_round", side_effect=rounds), \
                    mock.patch.object(sys, "argv", ["compare", "--compare", "--rounds", str(len(rounds))]):
                micro.main()
            return {line.split()[0]: line for line in out.getvalue().splitlines()[1:]}

    def test_a_slower_machine_is_not_a_regression(self):
        told = self.compare({"reference": 100, "decide": 200}, {"reference": 700, "decide": 1400})
        self.assertRegex(told["decide"], r" 1\.00$")

    def test_a_part_that_takes_twice_as_long_is_slower(self):
        self.assertRegex(self.compare({"reference": 100, "decide": 400})["decide"], r" 2\.00  slower$")

    def test_a_part_that_takes_half_as_long_is_faster(self):
        self.assertRegex(self.compare({"reference": 100, "decide": 100})["decide"], r" 0\.50  faster$")

    def test_one_disturbed_round_of_three_does_not_count(self):
        quiet, disturbed = {"reference": 100, "decide": 200}, {"reference": 100, "decide": 9000}
        self.assertRegex(self.compare(quiet, disturbed, quiet)["decide"], r" 1\.00$")

    def test_parts_that_came_and_went_are_named(self):
        told = self.compare({"reference": 100, "decide": 200, "fresh": 1})
        self.assertRegex(told["fresh"], r"is new$")
        self.assertRegex(told["gone"], r"is gone$")


class Peers(unittest.TestCase):
    FIGURES = {name: {"look-up, 64": {"ops_s": rate, "p50_us": 1, "p99_us": 2}}
               for name, rate in (("Pygmy, --single", 300), ("Redis", 100))}

    def test_a_ratio_says_how_many_times_as_fast_pygmy_is(self):
        row = next(line for line in peers.ratios_table(self.FIGURES).splitlines() if "/ Redis" in line)
        self.assertEqual([cell.strip() for cell in row.split("|")[1:-1]],
                         ["Pygmy, --single / Redis"] + ["" if point != "look-up, 64" else "3.00" for point in peers.POINTS])

    def test_each_figure_is_the_median_of_its_rounds(self):
        rounds = [{"ops_s": rate, "p50_us": rate, "p99_us": rate} for rate in (5, 900, 7)]
        self.assertEqual(peers.medians({"Redis": {"buy alone": rounds, "look-up, 64": []}}),
                         {"Redis": {"buy alone": {"ops_s": 7, "p50_us": 7, "p99_us": 7}}})

    def test_results_are_written_between_their_marks(self):
        with tempfile.NamedTemporaryFile("w+", suffix=".md") as page, mock.patch.object(peers, "PAGE", pathlib.Path(page.name)):
            page.write(f"before\n{peers.BEGIN}old\n{peers.END}after\n")
            page.flush()
            peers.write("new")
            self.assertEqual(pathlib.Path(page.name).read_text(), f"before\n{peers.BEGIN}\nnew\n{peers.END}after\n")

    def test_the_page_has_a_place_for_the_results(self):
        page = peers.PAGE.read_text()
        self.assertEqual((page.count(peers.BEGIN), page.count(peers.END)), (1, 1))


class Keys(unittest.TestCase):
    def runs(self, without, with_keys):
        """Returns the measurements of rounds with these rates."""
        return {name: [dict.fromkeys(keys.FIGURES, rate) for rate in rates]
                for name, rates in ((keys.WITHOUT, without), (keys.WITH, with_keys))}

    def test_a_ratio_is_that_of_the_medians_and_has_the_lowest_and_the_highest_of_a_round(self):
        told = keys.compared(self.runs([100, 200, 1000], [90, 100, 100]))["ops/s"]
        self.assertEqual(told, {"without": 200, "with keys": 100, "ratio": 0.5, "lowest": 0.1, "highest": 0.9})

    def test_the_stores_take_turns_and_each_is_asked_first_as_often(self):
        with mock.patch.object(keys, "ask", side_effect=lambda store, *_: store) as ask:
            runs = keys.in_turn({keys.WITHOUT: "a", keys.WITH: "b"}, 2, 1)
        asked, loads = [call.args[0] for call in ask.call_args_list], len(keys.LOADS)
        self.assertEqual(asked, ["a", "b"] * loads + ["b", "a"] * loads)
        self.assertEqual(list(runs.values()), [{keys.WITHOUT: ["a", "a"], keys.WITH: ["b", "b"]}] * loads)

    def test_each_load_and_figure_has_a_row(self):
        results = dict.fromkeys(keys.LOADS, keys.compared(self.runs([1], [2])))
        with io.StringIO() as out, contextlib.redirect_stdout(out):
            keys.print_table("all over TCP", results)
            rows = out.getvalue().splitlines()[1:]
        self.assertEqual(len(rows), len(keys.LOADS) * len(keys.FIGURES))
        self.assertRegex(rows[0], r"buy, alone +ops/s +1\.0 +2\.0 +2\.00  from 2\.00 to 2\.00$")


if __name__ == "__main__":
    unittest.main()
