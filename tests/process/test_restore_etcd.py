"""A store moves from SQLite to etcd and back: it is backed up under load and restored, and continues to sell."""

import os
import pathlib
import subprocess
import unittest

from store import CLEAN_ENVIRONMENT, PYGMY, Store, StoreTest, deep_catalogue, free_port_base, pygmy, scratch_file, tcp, wait_for

SMALL = ("--catalogs", "1", "--orders", "1", "--frontends", "1")


class Moves(StoreTest):
    """One store on SQLite, which the tests load, back up and restore."""

    OPTIONS = ("--catalogue", deep_catalogue(), *SMALL)

    def backup(self, directory, store):
        done = pygmy("backup", directory, "--brokers", tcp(store.base), "--timeout", "20s", "--json")
        self.assertEqual(done.code, 0, done)
        verified = pygmy("verify", directory)
        self.assertEqual(verified.code, 0, verified)
        return done.json

    def restore(self, directory, data, *options):
        told = pygmy("restore", directory, "--data", data, "--json", *options)
        self.assertEqual(told.code, 0, told)
        return told.json

    def start(self, data, base, *options):
        store = Store(*SMALL, *options, data=data, port_base=base)
        self.addCleanup(store.clean)
        return store.start()

    def on_a_cluster(self, directory, *options):
        """Restores the backup with an etcd of its own and starts the store. Returns the store and the output."""
        data, base = scratch_file("data"), free_port_base()
        told = self.restore(directory, data, "--cluster", "--port-base", base, *options)
        self.assertEqual(sorted(os.listdir(data)), ["broker-1", "etcd-1", "etcd-2", "etcd-3"])
        return self.start(data, base, "--cluster"), told

    def audit(self, store):
        audit = store.ask("audit", timeout="20s")
        self.assertEqual(audit.code, 0, audit)

    def check_it_is(self, store, order, digest):
        """Checks that `order` is the store's last order, that the views have this digest, and that the store sells."""
        self.assertEqual(store.read("order", order["no"]), order)
        self.assertEqual(store.read("outcome", order["key"])["order"], order, "keys are known")
        store.wait_level()
        self.assertEqual(store.beat("catalog-1")["digest"], digest)
        self.assertEqual(store.read("buy", 2)["no"], order["no"] + 1)

    def leader(self, store):
        return wait_for("a broker leads", lambda: next((p for p in store.ps() if p["leader"]), None))

    def test_from_sqlite_to_etcd_and_back(self):
        load = self.store.bench(3, op="buy")
        directory = scratch_file("backup")
        self.backup(directory, self.store)
        self.assertEqual(load.result()["errors"], 0)
        order = self.store.read("buy", 1)
        self.backup(directory, self.store)

        store, told = self.on_a_cluster(directory)
        self.check_it_is(store, order, told["items_digest"])
        commit = store.status()["commit"]
        wait_for("the broker that had nothing has the whole stream",
                 lambda: (store.beat("broker-2") or {}).get("applied", 0) >= commit)
        pid = self.leader(store)["pid"]
        store.kill("broker-1")
        wait_for("it leads", lambda: self.leader(store)["instance"] == "broker-2")
        store.wait_restarted("broker-1", pid)
        order = store.read("buy", 3)
        self.audit(store)
        self.backup(directory, store)  # the same history continues

        self.assertEqual(store.stop(), 0)
        data = scratch_file("data")
        told = self.restore(directory, data)
        back = self.start(data, free_port_base())
        self.check_it_is(back, order, told["items_digest"])
        self.audit(back)
        self.backup(directory, back)

    def test_to_a_seq(self):
        for _ in range(3):  # each restart begins a term
            self.store.wait_restarted("broker-1", self.store.kill("broker-1"))
        order = self.store.read("buy", 4)
        later = self.store.read("buy", 5)
        directory = scratch_file("backup")
        self.backup(directory, self.store)
        store, told = self.on_a_cluster(directory, "--to-seq", order["seq"])
        self.assertEqual(told["seq"], order["seq"])
        self.assertEqual(store.ask("order", later["no"]).code, 1, "it was placed later")
        self.assertEqual(store.read("outcome", later["key"])["outcome"], "void")
        self.check_it_is(store, order, told["items_digest"])
        self.audit(store)
        self.backup(scratch_file("backup"), store)  # it is verified, also that terms do not fall

    def test_into_an_etcd_that_runs(self):
        order = self.store.read("buy", 6)
        directory = scratch_file("backup")
        self.backup(directory, self.store)
        other, _ = self.on_a_cluster(directory)
        members = ",".join(p["endpoint"].removeprefix("http://") for p in other.ps() if p["role"] == "etcd")
        etcd = ("--journal", "etcd", "--etcd", members)

        data = scratch_file("data")
        refused = pygmy("restore", directory, "--data", data, *etcd)
        self.assertEqual(refused.code, 1, refused)
        self.assertIn("another --etcd-prefix", refused.err)
        self.assertFalse(os.path.exists(data))
        self.assertEqual(other.ask("buy", 1).code, 0, "the store that is there still sells")

        told = pygmy("restore", directory, "--data", data, *etcd, "--etcd-prefix", "second")
        self.assertEqual(told.code, 0, told)
        self.assertEqual(os.listdir(data), ["broker-1"])
        start = f"start it: pygmy up --data {data} --journal etcd --etcd {members} --etcd-prefix second\n"
        self.assertTrue(told.out.endswith(start), told)
        store = self.start(data, free_port_base(), *etcd, "--etcd-prefix", "second")
        self.assertEqual(store.read("order", order["no"]), order)
        self.assertEqual(store.read("buy", 1)["no"], order["no"] + 1)
        self.audit(store)
        self.audit(other)

    def test_an_interrupted_restore_begins_anew(self):
        directory = scratch_file("backup")
        self.backup(directory, self.store)
        data, base = scratch_file("data"), free_port_base()
        command = ("restore", directory, "--data", data, "--cluster", "--port-base", base)
        for member in ("etcd-1", "etcd-3"):
            with subprocess.Popen([PYGMY, *map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  env=CLEAN_ENVIRONMENT) as running:
                wait_for("members run", lambda: pathlib.Path(data, "broker-1.restoring", member, "member").exists())
                running.kill()
            self.assertEqual(os.listdir(data), ["broker-1.restoring"], "`up` finds no data")
        wait_for("its members are gone", lambda: pygmy(*command).code == 0)
        self.audit(self.start(data, base, "--cluster"))

    def test_data_of_the_other_journal_are_left_alone(self):
        """A broker with the wrong journal would begin another store beside the one that is there."""
        directory = scratch_file("backup")
        self.backup(directory, self.store)
        base = free_port_base()
        for kept, wrong in ((("--cluster", "--port-base", base), ()), ((), ("--journal", "etcd", "--etcd", "127.0.0.1:1"))):
            data = scratch_file("data")
            self.restore(directory, data, *kept)
            before = sorted(os.listdir(data + "/broker-1"))
            refused = pygmy("broker", "--data", data + "/broker-1", "--listen", tcp(base), *wrong)
            self.assertEqual(refused.code, 1, refused)
            self.assertIn("is of a broker with --journal", refused.err)
            self.assertEqual(sorted(os.listdir(data + "/broker-1")), before)

    def test_ports_in_use_no_etcd_and_wrong_options(self):
        directory = scratch_file("backup")
        self.backup(directory, self.store)
        data = scratch_file("data")
        ports = pygmy("restore", directory, "--data", data, "--cluster", "--port-base", self.store.base - 60)
        self.assertEqual(ports.code, 1, ports)
        self.assertIn(f"port {self.store.base} is in use", ports.err)
        nobody = pygmy("restore", directory, "--data", data, "--journal", "etcd", "--etcd", "127.0.0.1:1")
        self.assertEqual(nobody.code, 1, nobody)
        self.assertIn("etcd does not answer", nobody.err)
        self.assertFalse(os.path.exists(data))
        for options in (("--etcd", "127.0.0.1:1"), ("--port-base", 7400),
                        ("--cluster", "--journal", "etcd", "--etcd", "127.0.0.1:1")):
            wrong = pygmy("restore", directory, "--data", data, *options)
            self.assertEqual(wrong.code, 2, wrong)


if __name__ == "__main__":
    unittest.main()
