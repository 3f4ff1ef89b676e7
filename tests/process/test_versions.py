"""Releases with different formats run side by side: a store is upgraded twice and downgraded, under load (ADR 17).

The later releases are this program with other versions (tests/versions):

              understands  speaks  views
    current   1            1       2
    next      1 to 2       1       3
    after     1 to 3       2       4
    later     2 to 4       3       5
"""

import contextlib
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import threading
import unittest

from store import (BENCH, CLEAN_ENVIRONMENT, DEADLINE_S, PYGMY, ROOT, Store, deep_catalogue, numbers, pygmy, scratch_file,
                   tcp, wait_for)

RELEASES = os.environ.get("RELEASES", str(ROOT / "build/release/tests/versions"))
CURRENT, NEXT, AFTER, LATER = PYGMY, *(f"{RELEASES}/pygmy-{name}" for name in ("next", "after", "later"))
VIEWS = {"catalog": "catalog.db", "order": "order.db"}


class Load:
    """Clients of the current release that keep sending requests, in rounds of a few seconds."""

    def __init__(self, store):
        self.store, self.reports, self.over = store, [], threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.over.is_set():
            self.reports.append(self.store.ask(*BENCH, "--op", "mix", "--clients", 2, "--inflight", 1, "--seconds", 2,
                                               "--json"))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


class Versions(unittest.TestCase):
    def setUp(self):
        self.program = scratch_file("pygmy")
        self.install(CURRENT)
        self.store = Store("--catalogue", deep_catalogue(), "--orders", 2, program=self.program)
        self.addCleanup(self.store.clean)

    def install(self, release):
        """Replaces the program's file as a package manager does. Running processes keep the old file."""
        shutil.copy(release, self.program + ".new")
        os.replace(self.program + ".new", self.program)

    # Actions of an operator.

    def roll(self, release, roles, newer_views=False):
        """Restarts every process as that release, one after another."""
        self.install(release)
        instances = [p["instance"] for role in roles for p in self.store.ps() if p["role"] == role]
        self.assertEqual(len(instances), 7)
        for number, instance in enumerate(instances):
            old = self.store.kill(instance, signal.SIGTERM)
            if newer_views and instance.startswith(tuple(VIEWS)):
                self.remove_newer_view(instance)
            self.store.wait_restarted(instance, old)
            pid = self.store.process(instance)["pid"]
            self.assertEqual(os.readlink(f"/proc/{pid}/exe"), self.program, "it runs what is installed now")
            if number == len(instances) // 2:
                self.audit()  # with both releases in the store

    def remove_newer_view(self, instance):
        ours = self.current_format(instance) + 1
        line = f"has format {ours + 1}, this program knows {ours}: use the newer pygmy that wrote it, or remove the file"
        wait_for(f"{instance} says what to do", lambda: line in self.store.log(instance))
        for file in self.view(instance).parent.glob("*.db*"):
            file.unlink()

    def audit(self):
        # All releases here understand NEXT, and NEXT reads the formats of all of them.
        audit = self.store.ask("audit", timeout="20s", program=NEXT)
        self.assertEqual(audit.code, 0, audit)

    # Observations.

    def view(self, instance):
        return pathlib.Path(self.store.data, instance, VIEWS[instance.split("-")[0]])

    def current_format(self, instance):
        """Returns the format that views of this role have in the current release."""
        said = pygmy("--version", program=CURRENT).out
        return numbers(instance.split("-")[0] + r" (\d+)", said)[0]

    def newer(self):
        """Returns by how many formats the views are newer than those of the current release, as a set."""
        found = set()
        for instance in ("catalog-1", "catalog-2", "order-1", "order-2"):
            with contextlib.closing(sqlite3.connect(self.view(instance))) as db:
                found.add(db.execute("PRAGMA user_version").fetchone()[0] - self.current_format(instance))
        return found

    def blocks(self):
        """Returns the versions of all blocks. The first entry of a block is `v`."""
        with contextlib.closing(sqlite3.connect(f"file:{self.store.data}/broker-1/journal.db?mode=ro", uri=True)) as db:
            return [row[0][3] for row in db.execute("SELECT substr(bytes, 1, 4) FROM blocks ORDER BY no")]

    def start(self, release, role, number, *options):
        """Starts a process by hand. Returns the process, its log and its port."""
        log = pathlib.Path(scratch_file("log"))
        port = self.store.base + {"frontend": 10, "catalog": 30}[role] + number
        data = () if role == "frontend" else ("--data", log.parent)
        with log.open("w") as output:
            process = subprocess.Popen(
                [release, role, "--instance", f"{role}-{number}", "--listen", tcp(port), "--brokers", tcp(self.store.base),
                 *map(str, data), *map(str, options)], stdout=output, stderr=output, env=CLEAN_ENVIRONMENT)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, log, port

    def wait_live(self, process, instance, log):
        def live():
            self.assertIsNone(process.poll(), log.read_text())
            return (self.store.beat(instance) or {}).get("state") == "live"
        wait_for(f"{instance} is live", live)

    def refused(self, result, code, *texts):
        self.assertEqual(result.code, code, result)
        for text in texts:
            self.assertIn(text, result.err + result.out)

    def ends(self, process, log, text):
        self.assertEqual(process.wait(DEADLINE_S), 1, log.read_text())
        self.assertIn(text, log.read_text().splitlines()[-1])

    # The story.

    def test_a_store_is_rolled_on_and_on_again_and_back(self):
        self.store.start()
        self.distant_releases_do_not_fit_a_current_store()
        with Load(self.store) as load:
            newer = self.a_newer_replica_takes_an_older_ones_snapshot()
            self.roll(NEXT, ("catalog", "order", "broker", "frontend"))
            self.assertEqual(self.newer(), {1})
            ours = self.current_format("order-1")
            self.assertIn(f"brought from format {ours} to {ours + 1}", self.store.log("order-1"))
            self.assertEqual(set(self.blocks()), {1}, "understand first, speak later")
            newer.terminate()
            self.an_older_replica_leaves_a_newer_ones_snapshot()

            self.roll(AFTER, ("broker", "frontend", "order", "catalog"))
            self.assertEqual(self.newer(), {2})
            blocks = self.blocks()
            self.assertEqual(blocks, sorted(blocks))
            self.assertEqual(blocks[-1], 2)
            self.current_ones_do_not_fit_a_store_of_the_one_after()

            self.roll(NEXT, ("frontend", "catalog", "order", "broker"), newer_views=True)
            self.assertEqual(self.newer(), {1})
            wait_for("blocks are of version 1 again", lambda: self.blocks()[-1] == 1)
            self.store.wait_level()
        self.assertGreater(len(load.reports), 3)
        for report in load.reports:
            self.assertEqual(report.code, 0, report)
            self.assertEqual((report.json["errors"], report.json["refused"]), (0, {}), report)
            self.assertGreater(report.json["ops"], 0)
        self.audit()

    def distant_releases_do_not_fit_a_current_store(self):
        self.refused(self.store.ask("lookup", 1, program=LATER), 3,
                     "this request is of version 3, this program understands 1: it is older than the process that asks")
        process, log, _ = self.start(LATER, "frontend", 9)
        self.ends(process, log, "the broker refuses this process: this request is of version 3")

    def a_newer_replica_takes_an_older_ones_snapshot(self):
        process, log, _ = self.start(NEXT, "catalog", 8, "--snapshot-behind", 1)
        self.wait_live(process, "catalog-8", log)
        ours = self.current_format("catalog-8")
        self.assertRegex(log.read_text(), rf"snapshot\.part: brought from format {ours} to {ours + 1}")
        return process

    def an_older_replica_leaves_a_newer_ones_snapshot(self):
        process, log, _ = self.start(CURRENT, "catalog", 9, "--snapshot-behind", 1)
        self.wait_live(process, "catalog-9", log)
        ours = self.current_format("catalog-9")
        self.assertRegex(log.read_text(), rf"no snapshot from .*format {ours + 1} \(ours is {ours}\)")
        process.terminate()
        process.wait()

    def current_ones_do_not_fit_a_store_of_the_one_after(self):
        seq = self.store.status()["watermark"]
        self.assertEqual(self.store.ask("lookup", 1).code, 0, "the store still understands version 1")
        self.refused(self.store.ask("events", "--from", seq), 3, "block version 2 is newer than this program")
        self.refused(pygmy("backup", scratch_file("backup"), "--brokers", tcp(self.store.base)), 4,
                     "block version 2 is newer than this program", "what is before that is backed up")
        process, log, _ = self.start(CURRENT, "catalog", 9)
        self.ends(process, log, "the broker writes blocks of version 2, this program understands up to 1")
        process, log, port = self.start(LATER, "frontend", 9)
        self.wait_live(process, "frontend-9", log)
        self.assertEqual(self.store.ask("lookup", 1, frontends=[tcp(port)], program=LATER).code, 0, "AFTER understands it")
        self.refused(self.store.ask("lookup", 1, frontends=[tcp(port)]), 3,
                     "this request is of version 1, this program understands 2 to 4: the process that asks is older")
        process.terminate()
        process.wait()

    def test_a_program_says_its_versions(self):
        said = {release: pygmy("--version", program=release).out for release in (CURRENT, NEXT, AFTER)}
        self.assertIn("speaks version 1, understands 1; views: catalog 11, order 16", said[CURRENT])
        self.assertIn("speaks version 1, understands 1 to 2; views: catalog 12, order 17", said[NEXT])
        self.assertIn("speaks version 2, understands 1 to 3; views: catalog 13, order 18", said[AFTER])

    def test_a_program_that_cannot_be_started_is_not_tried_again_and_again(self):
        """While a package is being replaced, a process that dies is restarted as the release that `up` is."""
        self.store.start()
        pathlib.Path(self.program).unlink()
        old = self.store.kill("catalog-1")
        self.store.wait_restarted("catalog-1", old)


if __name__ == "__main__":
    unittest.main()
