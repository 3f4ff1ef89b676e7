"""Logs: their lines, their size, and what happens when somebody renames one."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time
import unittest

from store import CLEAN_ENVIRONMENT, PYGMY, Store, pygmy, wait_for

TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d):\d\d:\d\d\.\d{3}Z ")


class Logs(unittest.TestCase):
    def started(self, *options, **more):
        store = Store("--orders", "1", "--catalogs", "1", "--frontends", "1", *options, **more)
        self.addCleanup(store.clean)
        return store.start()

    def log_of(self, store, instance):
        return pathlib.Path(store.data, "log", instance + ".log")

    def test_every_line_has_its_day_in_utc(self):
        os.environ["TZ"] = "Asia/Tokyo"  # nine hours ahead
        self.addCleanup(os.environ.pop, "TZ")
        CLEAN_ENVIRONMENT["TZ"] = "Asia/Tokyo"
        self.addCleanup(CLEAN_ENVIRONMENT.pop, "TZ")
        store = self.started()
        store.kill("catalog-1")
        wait_for("`up` tells it", lambda: "killed by signal 9" in store.printed())
        hours = {time.strftime("%Y-%m-%d %H", time.gmtime(time.time() - ago)) for ago in (0, 600)}
        lines = store.log("order-1").splitlines() + store.log("broker-1").splitlines()
        told = [line for line in store.printed().splitlines() if " | " in line]
        self.assertGreater(len(told), 4, "`up`, too")
        for line in lines + told:
            found = TIME.match(line)
            self.assertTrue(found, line)
            self.assertIn(" ".join(found.groups()), hours)

    def test_all_of_it_as_json(self):
        store = Store("--orders", "1", "--log-json")
        self.addCleanup(store.clean)
        store.start(ready=False)
        lines = lambda: [json.loads(line) for line in store.printed().splitlines()]
        wait_for("it is ready", lambda: any(line.get("message") == "ready" for line in lines()))
        self.assertEqual({line["instance"] for line in lines()}, {"up"})
        for line in store.log("order-1").splitlines():
            self.assertEqual(json.loads(line)["instance"], "order-1")
        self.assertEqual(store.stop(), 0)

    def test_a_process_that_cannot_run_says_so_as_it_logs(self):
        ended = pygmy("broker", "--data", "/no/such", "--listen", "tcp://127.0.0.1:7", "--log-json")
        self.assertEqual(ended.code, 1)
        self.assertIn("/no/such", json.loads(ended.err.splitlines()[-1])["message"])

    def rename_and_ask(self, store, instance, ask):
        log = self.log_of(store, instance)
        os.rename(log, str(log) + ".old")
        ask()
        wait_for("the process writes into a new log", lambda: log.exists() and log.read_text().endswith("\n"))
        self.assertTrue(TIME.match(log.read_text()))

    def test_a_renamed_log_is_begun_anew_at_sighup(self):
        store = self.started()
        pid = store.process("order-1")["pid"]
        self.rename_and_ask(store, "order-1", lambda: os.kill(pid, signal.SIGHUP))
        self.assertEqual(store.process("order-1")["pid"], pid, "it runs on")

    def test_an_up_without_a_terminal_tells_its_processes(self):
        store = self.started(through=("setsid", "--wait"))
        self.rename_and_ask(store, "order-1", lambda: os.kill(self.up_of(store), signal.SIGHUP))
        os.kill(self.up_of(store), signal.SIGTERM)
        store.up.wait()

    def up_of(self, store):
        return json.loads(pathlib.Path(store.data, "up.json").read_text())["up"]

    def test_logs_are_kept_by_size_and_number(self):
        store = self.started("--log-bytes", "1kb", "--log-files", "2")
        log = self.log_of(store, "catalog-1")
        for number in range(4):
            with open(log, "a") as file:
                file.write(f"round {number} " + "x" * 2000 + "\n")
            wait_for("it is put aside", lambda number=number: f"round {number} " in self.aside(log, 1))
        self.assertIn("round 2 ", self.aside(log, 2))
        self.assertFalse(pathlib.Path(f"{log}.3").exists())

    def aside(self, log, number):
        file = pathlib.Path(f"{log}.{number}")
        return file.read_text() if file.exists() else ""

    def test_the_logs_are_shown_as_one(self):
        store = self.started()
        shown = pygmy("logs", "--data", store.data, "-n", 1000)
        self.assertEqual(shown.code, 0, shown)
        times = [line[:24] for line in shown.out.splitlines() if TIME.match(line)]
        self.assertEqual(times, sorted(times))
        for instance in ("broker-1", "order-1", "catalog-1", "frontend-1"):
            self.assertIn(f" {instance} | ", shown.out)
        self.assertEqual(len(pygmy("logs", "--data", store.data, "-n", 2).out.splitlines()), 2)
        alone = pygmy("logs", "order-1", "--data", store.data).out
        self.assertEqual(alone, store.log("order-1"))
        wrong = pygmy("logs", "ordr-1", "--data", store.data)
        self.assertEqual(wrong.code, 1)
        self.assertIn("broker-1, catalog-1, frontend-1, order-1", wrong.err)

    def test_logs_are_followed_through_a_rename(self):
        store = self.started()
        log = self.log_of(store, "order-1")
        with subprocess.Popen([PYGMY, "logs", "-f", "order-1", "--data", store.data], stdout=subprocess.PIPE, text=True,
                              env=CLEAN_ENVIRONMENT) as follower:
            self.addCleanup(follower.kill)
            self.assertEqual(follower.stdout.readline(), store.log("order-1").splitlines(keepends=True)[0])
            os.rename(log, str(log) + ".old")
            with open(str(log) + ".old", "a") as old:
                old.write("the last of the old one\n")
            log.write_text("the first of the new one\n")
            lines = iter(follower.stdout.readline, "")
            self.assertTrue(any(line == "the last of the old one\n" for line in lines))
            self.assertEqual(next(lines), "the first of the new one\n")
            follower.terminate()


if __name__ == "__main__":
    unittest.main()
