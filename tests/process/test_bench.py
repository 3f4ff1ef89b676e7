"""The commands bench and trace, which buy goods of their own."""

import json
import pathlib
import signal
import unittest

from store import pygmy, scratch_file, wait_for
from tasks import TasksTest


class Bench(TasksTest):
    def of_bench(self):
        return [item for item in self.items() if item["topic"] == "bench"]

    def test_bench_sells_items_of_its_own_and_takes_the_rest_back(self):
        before = self.goods()
        for op in ("buy", "mix"):
            report = self.store.read("bench", "--op", op, "--seconds", 0.3, "--clients", 2)
            self.assertGreater(report["ops"], 0)
            self.assertEqual((report["errors"], report["refused"]), (0, {}))
        self.assertEqual(self.goods(), before)
        self.assertEqual({item["stock"] for item in self.of_bench()}, {0})
        self.assertEqual(len(self.of_bench()), 8, "the second run used those of the first")

    def test_an_interrupted_bench_takes_its_goods_back(self):
        bench = self.popen("bench", "--op", "buy", "--seconds", 600, "--items", "hot", "--json")
        wait_for("it sells", lambda: any(item["stock"] > 0 for item in self.of_bench()))
        bench.send_signal(signal.SIGINT)
        report = json.loads(bench.stdout.read())
        self.assertEqual(bench.wait(timeout=60), 0)
        self.assertLess(report["seconds"], 600)
        self.assertEqual({item["stock"] for item in self.of_bench()}, {0})

    def test_bench_sells_the_goods_of_the_store_only_if_it_is_told_twice(self):
        before = self.goods()
        refused = self.store.ask("bench", "--op", "buy", "--items-of-the-store", "--seconds", 0.1)
        self.assertEqual(refused.code, 2, refused)
        self.assertIn("--yes", refused.err)
        self.assertEqual(self.store.ask("bench", "--op", "buy", "--yes", "--seconds", 0.1).code, 2)
        self.assertEqual(self.goods(), before)
        self.store.read("bench", "--op", "buy", "--items-of-the-store", "--yes", "--seconds", 0.2)
        self.assertNotEqual(self.goods(), before)

    def test_a_bench_that_only_reads_changes_nothing(self):
        before = self.store.ask("events").out
        for op in ("lookup", "search", "events"):
            self.store.read("bench", "--op", op, "--seconds", 0.1)
        self.assertEqual(self.store.ask("events").out, before)

    def test_its_own_writes_are_in_the_record(self):
        record = scratch_file("a.jsonl")
        self.store.read("bench", "--op", "mix", "--seconds", 0.3, "--record", record)
        self.assertIn('"type":"restock"', pathlib.Path(record).read_text())
        checked = pygmy("check", record)
        self.assertEqual(checked.code, 0, checked)

    def test_trace_buys_no_goods_unless_it_is_told(self):
        before = self.goods()
        self.assertIn("frontend", self.store.ask("trace", "buy").out)
        self.assertEqual(self.goods(), before)
        self.assertEqual({item["stock"] for item in self.of_bench()}, {0})
        refused = self.store.ask("trace", "buy", 1)
        self.assertEqual(refused.code, 2, refused)
        self.assertIn("--yes", refused.err)
        self.assertEqual(self.goods(), before)
        self.assertEqual(self.store.ask("trace", "buy", 1, "--yes").code, 0)
        self.assertEqual(self.goods()[1], before[1] - 1)
        self.assertEqual(self.store.ask("trace", "lookup").code, 2)


if __name__ == "__main__":
    unittest.main()
