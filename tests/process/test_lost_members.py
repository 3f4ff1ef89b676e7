"""The etcd of `up --cluster`: directories of members are lost, exchanged, or incomplete."""

import json
import os
import pathlib
import shutil
import signal
import unittest
import urllib.request

from store import Store, deep_catalogue, port_is_free, pygmy, scratch_file, wait_for


class LostMembers(unittest.TestCase):
    OPTIONS = ("--cluster", "--catalogs", "1", "--orders", "1", "--frontends", "1", "--catalogue", deep_catalogue())

    def setUp(self):
        self.data = scratch_file("data")
        self.store = self.new_store()

    def new_store(self):
        store = Store(*self.OPTIONS, data=self.data)
        self.addCleanup(store.clean)
        return store

    def start_again(self):
        self.store = Store(*self.OPTIONS, data=self.data, port_base=self.store.base)
        self.addCleanup(self.store.clean)
        return self.store.start()

    def directory(self, member):
        return pathlib.Path(self.data, member)

    def ids(self):
        """Returns the ids of the members that have started, by name. etcd-1 is asked."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.store.base + 60}/v3/cluster/member/list", b"{}",
                                    timeout=10) as answer:
            return {member["name"]: member["ID"] for member in json.load(answer)["members"] if "name" in member}

    def wait_new(self, member, old):
        wait_for(f"{member} is back as a new member", lambda: self.ids().get(member, old) != old)
        return self.ids()

    def test_one_that_is_lost_while_the_store_runs_comes_back_as_a_new_member(self):
        self.store.start()
        old = self.ids()
        order = self.store.read("buy", 1)
        os.kill(self.store.process("etcd-2")["pid"], signal.SIGSTOP)
        shutil.rmtree(self.directory("etcd-2"))
        self.store.kill("etcd-2")
        new = self.wait_new("etcd-2", old["etcd-2"])
        self.assertEqual((new["etcd-1"], new["etcd-3"]), (old["etcd-1"], old["etcd-3"]))
        pid = self.store.kill("etcd-1", signal.SIGSTOP)
        try:
            self.assertEqual(self.store.read("buy", 1, timeout="20s")["no"], order["no"] + 1, "it counts again")
        finally:
            os.kill(pid, signal.SIGCONT)
        self.assertIn("the others take it off and add it anew", self.store.printed())

    def test_other_ports_are_refused(self):
        self.store.start().stop()
        other = str(self.store.base + 1)
        refused = pygmy("up", *self.OPTIONS, "--data", self.data, "--port-base", other, "--http", "off")
        self.assertEqual(refused.code, 1, refused)
        self.assertIn(f"--port-base {self.store.base}, where they were created", refused.err)
        self.start_again()

    def test_at_a_cold_start_with_a_member_that_lags_nothing_is_lost(self):
        self.store.start()
        old = self.ids()
        self.store.kill("etcd-3", signal.SIGSTOP)
        self.store.bench(2, op="buy").result()
        order = self.store.read("buy", 1)
        self.store.kill_all()
        shutil.rmtree(self.directory("etcd-2"))
        self.directory("etcd-2").mkdir()  # an empty directory counts as lost
        self.directory("etcd.json").unlink(missing_ok=True)  # older releases did not write this file
        self.start_again()
        self.assertEqual(self.store.read("order", order["no"]), order)
        self.wait_new("etcd-2", old["etcd-2"])
        self.assertEqual(self.store.ask("audit", timeout="20s").code, 0)

    def test_without_a_majority_it_does_not_start_and_says_what_to_do(self):
        self.store.start()
        order = self.store.read("buy", 1)
        self.assertEqual(self.store.stop(), 0)
        for member in ("etcd-1", "etcd-3"):
            self.directory(member).rename(self.directory(member + ".away"))
        refused = pygmy("up", "--data", self.data, "--port-base", self.store.base, "--http", "off", "--cluster")
        self.assertEqual(refused.code, 1, refused)
        for words in (f"put back {self.directory('etcd-1')}, {self.directory('etcd-3')}", "pygmy rescue", "pygmy restore"):
            self.assertIn(words, refused.err)
        self.assertEqual(len(refused.err.splitlines()), 1, refused)
        for member in ("etcd-1", "etcd-3"):
            self.assertFalse(self.directory(member).exists(), "a refused start leaves nothing behind")
            self.directory(member + ".away").rename(self.directory(member))
        self.start_again()
        self.assertEqual(self.store.read("order", order["no"]), order)

    def test_a_directory_that_belongs_elsewhere_is_left_alone_and_the_others_go_on(self):
        self.store.start()
        old = self.ids()
        self.assertEqual(self.store.stop(), 0)
        other = Store("--cluster", "--catalogs", "1", "--orders", "1", "--frontends", "1", port_base=self.store.base)
        self.addCleanup(other.clean)
        other.start()
        self.assertEqual(other.stop(), 0)
        own = self.directory("etcd-2")
        own.rename(self.directory("etcd-2.own"))
        shutil.copytree(f"{other.data}/etcd-2", own)
        files = {file: file.read_bytes() for file in own.rglob("*.wal")}
        self.start_again()
        self.assertIn(f"{own} is of another etcd cluster", self.store.printed())
        self.assertEqual(self.store.process("etcd-2")["pid"], 0)
        self.assertEqual(self.store.ask("buy", 1).code, 0)
        self.assertEqual({file: file.read_bytes() for file in own.rglob("*.wal")}, files)
        own.rename(self.directory("etcd-2.foreign"))
        self.wait_new("etcd-2", old["etcd-2"])

    def test_a_first_start_that_was_interrupted_is_begun_anew(self):
        for attempt in range(10):
            self.data = scratch_file("data")
            self.store = self.new_store()
            self.store.start(ready=False)
            record = pathlib.Path(self.data, "etcd.json")
            wait_for("it has begun", record.exists)
            wait_for("a member has its log", lambda: any(pathlib.Path(self.data).glob("etcd-*/member/wal/*.wal")))
            self.store.up.kill()
            self.store.up.wait()
            if "cluster" not in json.loads(record.read_text()):
                break
        else:
            self.fail("ten first starts were quicker than the kill")
        self.assertFalse(self.directory("broker-1/archive.db").exists(), "no broker has been started")
        wait_for("its members are gone", lambda: all(port_is_free(self.store.base + 60 + i) for i in range(8)))
        self.start_again()
        self.assertEqual(self.store.ask("buy", 1).code, 0)
        self.assertIn("cluster", json.loads(record.read_text()))


if __name__ == "__main__":
    unittest.main()
