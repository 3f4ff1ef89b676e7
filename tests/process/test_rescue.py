"""etcd is lost, and the brokers' archives bring the store back by the very commands of OPERATIONS."""

import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import unittest

from store import BENCH, CLEAN_ENVIRONMENT, PYGMY, ROOT, Store, StoreTest, deep_catalogue, pygmy, scratch_file, wait_for

sys.path.insert(0, str(ROOT / "tests/readme"))
from readme_test import shape, tour  # noqa: E402

SMALL = ("--catalogs", "2", "--orders", "2", "--frontends", "1")


def drill():
    """Returns the commands of the section "etcd is gone", and the output that is shown below each."""
    text = (ROOT / "docs/OPERATIONS.md").read_text()
    section = re.search(r"^#### etcd is gone\n(.*?)^##", text, re.S | re.M)[1]
    return tour(re.sub(r"^   ", "", section, flags=re.M))


def blocks(directory, statement, file="archive.db"):
    database = sqlite3.connect(f"{directory}/{file}")
    rows = database.execute(statement).fetchall()
    database.commit()
    database.close()
    return rows


class Rescue(StoreTest):
    """A cluster that has sold, was backed up, has sold again, and has lost its etcd and all processes at once."""

    OPTIONS = ("--cluster", *SMALL, "--catalogue", deep_catalogue())
    AUDIT = False  # the store does not run any more

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.backup = scratch_file("backup")
        brokers = ",".join(p["endpoint"] for p in cls.store.ps() if p["role"] == "broker")
        cls.store.read(*BENCH, "--op", "buy", "--seconds", 1)
        assert pygmy("backup", cls.backup, "--brokers", brokers).code == 0
        cls.store.read(*BENCH, "--op", "buy", "--seconds", 1)
        cls.order = cls.store.read("buy", 1)
        wait_for("both brokers have it", lambda: all(
            cls.store.beat(broker)["applied"] >= cls.order["seq"] for broker in ("broker-1", "broker-2")))
        cls.store.kill_all()
        for member in pathlib.Path(cls.store.data).glob("etcd*"):
            shutil.rmtree(member) if member.is_dir() else member.unlink()

    @staticmethod
    def shape(output):
        return shape(re.sub(r"store \w+", "store N", output))

    def data(self):
        """Returns a copy of the data that a test may change."""
        data = scratch_file("data")
        shutil.copytree(self.store.data, data, ignore=shutil.ignore_patterns("*.sock*"))
        return data

    def rescue(self, *directories):
        """Rescues the directories. Returns the backup and the output."""
        target = scratch_file("rescued")
        done = pygmy("rescue", target, *[word for d in directories for word in ("--from", d)], "--json")
        self.assertEqual(done.code, 0, done)
        verified = pygmy("verify", target)
        self.assertEqual(verified.code, 0, verified)
        return target, done.json

    def refused(self, *directories, words, target=None):
        target = target or scratch_file("rescued")
        before = os.path.exists(target) and sorted(os.listdir(target))
        refused = pygmy("rescue", target, *[word for d in directories for word in ("--from", d)])
        self.assertEqual(refused.code, 1, refused)
        self.assertEqual(len(refused.err.strip().splitlines()), 1, refused)
        self.assertIn(words, refused.err)
        self.assertEqual(os.path.exists(target) and sorted(os.listdir(target)), before, "nothing was left behind")

    def test_the_drill_word_for_word(self):
        home = scratch_file("home")
        os.mkdir(home)
        shutil.copytree(self.store.data, home + "/data", ignore=shutil.ignore_patterns("*.sock*"))
        store = Store("--cluster", *SMALL, data=home + "/data-2")
        environment = {**CLEAN_ENVIRONMENT, "PATH": f"{pathlib.Path(PYGMY).resolve().parent}:{os.environ['PATH']}"}
        steps = drill()
        self.assertEqual([command.split()[1] for command, _ in steps], ["rescue", "verify", "restore", "up"])
        for command, shown in steps:
            if command.startswith("pygmy up"):
                self.assertEqual(command, "pygmy up --data ./data-2 --cluster")  # with the test's own ports
                self.addCleanup(store.clean)
                store.start()
                continue
            ports = f" --port-base {store.base}" if "--cluster" in command else ""
            done = subprocess.run(["bash", "-c", command + ports], cwd=home, env=environment, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertEqual(self.shape(done.stdout.replace(ports, "")), self.shape(shown), command)
        self.assertEqual(store.read("order", self.order["no"]), self.order)
        self.assertEqual(store.read("outcome", self.order["key"])["order"], self.order)
        self.assertEqual(store.read("buy", 1)["no"], self.order["no"] + 1)
        self.assertEqual(store.ask("audit", timeout="20s").code, 0)
        brokers = ",".join(p["endpoint"] for p in store.ps() if p["role"] == "broker")
        goes_on = scratch_file("backup")
        shutil.copytree(self.backup, goes_on)
        done = pygmy("backup", goes_on, "--brokers", brokers)
        self.assertEqual(done.code, 0, done)

    def test_the_archives_have_more_than_the_backup_and_are_not_changed(self):
        data = self.data()
        before = blocks(data + "/broker-1", "SELECT no, bytes FROM blocks ORDER BY no")
        target, told = self.rescue(data + "/broker-1")
        self.assertGreaterEqual(told["seq"], self.order["seq"])
        self.assertEqual(blocks(target, "SELECT no, bytes FROM blocks ORDER BY no", file="blocks.db"), before)
        self.assertEqual(blocks(data + "/broker-1", "SELECT no, bytes FROM blocks ORDER BY no"), before)
        self.assertEqual(sorted(os.listdir(target)), ["blocks.db", "manifest.json"])

    def test_each_source_has_blocks_that_the_others_lack(self):
        data = self.data()
        one, two = data + "/broker-1", data + "/broker-2"
        (last,), = blocks(one, "SELECT max(no) FROM blocks")
        blocks(one, f"DELETE FROM blocks WHERE no > {last - 5}")
        blocks(one, "UPDATE blocks SET bytes = zeroblob(100) WHERE no = 7")
        (has,), = blocks(self.backup, "SELECT max(no) FROM blocks", file="blocks.db")
        blocks(two, f"DELETE FROM blocks WHERE no <= {has - 3}")
        _, told = self.rescue(one, two, self.backup)
        self.assertGreaterEqual(told["seq"], self.order["seq"])
        taken = [source["taken"] for source in told["from"]]
        self.assertEqual(taken, [last - 5, told["block"], has])
        self.refused(two, words="--from BACKUP")
        _, told = self.rescue(one)
        self.assertEqual(told["block"], 6, "the last block before the damaged one")
        self.assertIn("block 7", told["from"][0]["left_out"])

    def test_archives_that_do_not_agree(self):
        data = self.data()
        past, target = scratch_file("data"), scratch_file("rescued")
        self.assertEqual(pygmy("restore", self.backup, "--data", past, "--to-seq", 40).code, 0)
        store = Store(*SMALL, data=past)
        self.addCleanup(store.clean)
        store.start()
        store.read("buy", 1)
        self.refused(past + "/broker-1", words="another process")
        self.assertEqual(store.stop(), 0)
        self.refused(data + "/broker-1", past + "/broker-1", words="they are of different histories")
        alone, _ = self.rescue(past + "/broker-1")  # the journal of a single broker is a source, too
        os.mkdir(target)
        pathlib.Path(target, "notes").write_text("")
        self.refused(data + "/broker-1", words="is not empty", target=target)
        self.refused(data, words="there is no archive in")
        self.assertEqual(pygmy("at", 42, "lookup", 1, "--backup", alone).code, 0)

    def test_a_rescue_that_was_killed_begins_anew(self):
        data, target = self.data(), scratch_file("rescued")
        command = ("rescue", target, "--from", data + "/broker-1")
        with subprocess.Popen([PYGMY, *command], stdout=subprocess.DEVNULL, env=CLEAN_ENVIRONMENT) as running:
            wait_for("it has begun", lambda: os.path.exists(target + "/rescuing") or running.poll() is not None)
            running.kill()
        if os.path.exists(target + "/manifest.json"):
            self.skipTest("it was quicker than the kill")
        self.assertEqual(pygmy("verify", target).code, 1)
        again = pygmy(*command)
        self.assertEqual(again.code, 0, again)
        self.assertEqual(pygmy("verify", target).code, 0)


if __name__ == "__main__":
    unittest.main()
