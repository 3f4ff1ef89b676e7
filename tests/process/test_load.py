"""`pygmy bench` besides its figures: the number of its requests, their times, its processes, and its reports."""

import json
import os
import pathlib
import pty
import signal
import subprocess
import unittest

from store import CLEAN_ENVIRONMENT, PYGMY, StoreTest, scratch_file, wait_for


class Load(StoreTest):
    def run_bench(self, *arguments):
        return self.store.read("bench", *arguments, timeout="30s")

    def popen(self, *arguments, **more):
        process = subprocess.Popen([PYGMY, "bench", *map(str, arguments), "--frontend", ",".join(self.store.frontends)],
                                   stdout=subprocess.PIPE, text=True, env=CLEAN_ENVIRONMENT, **more)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        return process

    def of_bench(self):
        items = map(json.loads, self.store.ask("export", "items", "--json").out.splitlines())
        return [item for item in items if item["topic"] == "bench"]

    def orders(self):
        return len(self.store.ask("export", "orders", "--json").out.splitlines())

    def test_it_makes_as_many_requests_as_it_is_told(self):
        report = self.run_bench("--requests", 137, "--clients", 3, "--inflight", 2)
        self.assertEqual((report["requests"], report["ops"], report["errors"]), (137, 137, 0))

    def test_its_processes_make_them_together(self):
        before = self.orders()
        report = self.run_bench("--op", "buy", "--requests", 100, "--clients", 4, "--processes", 3)
        self.assertEqual((report["requests"], report["ops"], report["processes"]), (100, 100, 3))
        self.assertEqual(self.orders(), before + 100)
        self.assertEqual({item["stock"] for item in self.of_bench()}, {0})
        self.assertEqual(len({item["title"] for item in self.of_bench()}), len(self.of_bench()), "each item was added once")

    def test_an_interrupted_run_of_several_processes_takes_its_goods_back(self):
        bench = self.popen("--op", "buy", "--seconds", 600, "--processes", 2, "--json")
        wait_for("it sells", lambda: any(item["stock"] > 0 for item in self.of_bench()))
        bench.send_signal(signal.SIGTERM)
        report = json.loads(bench.stdout.read())
        self.assertEqual(bench.wait(timeout=60), 0)
        self.assertLess(report["seconds"], 600)
        self.assertEqual({item["stock"] for item in self.of_bench()}, {0})

    def test_in_an_open_loop_every_request_that_was_due_counts(self):
        report = self.run_bench("--rate", 300, "--seconds", 1)
        self.assertEqual(report["requests"], 300, report)
        self.assertEqual(report["rate"], 300)

    def test_in_an_open_loop_the_wait_of_a_request_that_could_not_start_counts(self):
        """All requests are due within 2 ms, and one can be under way, so on average one waits for a thousand others."""
        report = self.run_bench("--rate", 1_000_000, "--requests", 2000, "--clients", 1, "--inflight", 1, "--trace-every", 1)
        served = next(tier for tier in report["tiers"] if tier["tier"] == "client")
        self.assertEqual(served["count"], 2000)
        self.assertGreater(report["mean_us"], 10 * served["mean_us"], report)
        self.assertGreater(report["late_p99_us"], 10 * served["mean_us"], report)

    def test_the_requests_of_the_warm_up_do_not_count(self):
        before = self.orders()
        report = self.run_bench("--op", "buy", "--warmup", 1, "--requests", 5)
        self.assertEqual((report["requests"], report["ops"]), (5, 5))
        self.assertGreater(self.orders(), before + 5)

    def test_traced_requests_give_the_time_of_each_tier(self):
        report = self.run_bench("--op", "buy", "--requests", 40, "--trace-every", 4)
        tiers = {tier["tier"]: tier["count"] for tier in report["tiers"]}
        for tier in ("client", "frontend", "gate", "order"):
            self.assertEqual(tiers.get(tier), 10, report["tiers"])
        for tier in ("append", "queue", "flush", "fan-out", "apply", "watermark"):  # not of a block that PUB has lost
            self.assertIn(tier, tiers)
        self.assertEqual([tier["tier"] for tier in report["tiers"]][:2], ["client", "frontend"])
        self.assertEqual(self.run_bench("--requests", 20, "--trace-every", 0)["tiers"], [])

    def test_items_may_be_chosen_by_zipfs_law(self):
        record = scratch_file("zipf.jsonl")
        self.run_bench("--items", "zipf", "--requests", 2000, "--record", record)
        lines = pathlib.Path(record).read_text().splitlines()
        asked = [json.loads(line)["request"]["item"] for line in lines if '"type":"lookup"' in line]
        first = self.store.ask("export", "items", "--json").out.splitlines()[0]
        times = {item: asked.count(item) for item in set(asked)}
        self.assertEqual(max(times, key=times.get), json.loads(first)["id"], times)

    def test_on_a_terminal_it_shows_how_far_it_is(self):
        ours, its = pty.openpty()
        self.addCleanup(os.close, ours)
        bench = self.popen("--seconds", 600, "--json", stderr=its)
        os.close(its)
        said, stopped = "", False
        while True:
            try:
                said += os.read(ours, 4096).decode()
            except OSError:
                break
            if "ops/s" in said and not stopped:
                bench.send_signal(signal.SIGINT)
                stopped = True
        self.assertRegex(said, r"1 s +\d+ ops/s  0 errors")
        self.assertEqual(bench.wait(timeout=60), 0)

    def test_a_report_for_people_names_every_quantile_and_tier(self):
        told = self.store.ask("bench", "--rate", 200, "--requests", 50, "--trace-every", 10).out
        for word in ("p50", "p90", "p99", "p99.9", "max", "sent", "unsent", "client", "frontend", "an open loop of 200 a second"):
            self.assertIn(word, told)

    def test_options_that_do_not_go_together_are_refused(self):
        for options in (("--processes", 3, "--clients", 2), ("--processes", 2, "--record", scratch_file("a.jsonl")),
                        ("--requests", 5, "--seconds", 5), ("--rate", "nan"), ("--seconds", "nan"), ("--rate", 0)):
            self.assertEqual(self.store.ask("bench", *options).code, 2, options)


if __name__ == "__main__":
    unittest.main()
