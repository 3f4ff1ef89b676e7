"""`up --cluster` of a store with keys: its etcd asks for certificates, also after losses, a renewal and a restore."""

import json
import os
import pathlib
import shutil
import signal
import ssl
import stat
import subprocess
import unittest
import urllib.request

from store import CLEAN_ENVIRONMENT, PYGMY, Store, deep_catalogue, free_port_base, pygmy, scratch_file, wait_for

SMALL = ("--cluster", "--catalogs", "1", "--orders", "1", "--frontends", "1")


class SecureCluster(unittest.TestCase):
    def setUp(self):
        self.data = scratch_file("data")

    def start(self, *options, data=None, base=None):
        store = Store(*options, data=data or self.data, port_base=base)
        self.addCleanup(store.clean)
        store.frontends = store.frontends[:1]
        store.start()
        store.environment = {"PYGMY_KEY_FILE": store.data + "/keys/operator.key"}
        return store

    def files(self, name="broker", data=None):
        """Returns a context of TLS with the certificate of this name, or with none."""
        directory = pathlib.Path(data or self.data, "keys/etcd")
        context = ssl.create_default_context(cafile=directory / "ca.pem")
        if name:
            context.load_cert_chain(directory / f"{name}.pem", directory / f"{name}.key")
        return context

    def ask_etcd(self, url, context=None, body=None):
        with urllib.request.urlopen(url, body, timeout=10, context=context) as answer:
            return json.load(answer)

    def assert_shut(self, port, authority):
        """Checks that neither plain HTTP nor TLS without a certificate of this authority gets anything."""
        with self.assertRaises(OSError):
            self.ask_etcd(f"http://127.0.0.1:{port}/version")
        with self.assertRaises(OSError):
            self.ask_etcd(f"https://127.0.0.1:{port}/version", authority)

    def ids(self, base):
        told = self.ask_etcd(f"https://127.0.0.1:{base + 60}/v3/cluster/member/list", self.files(), b"{}")
        return {member["name"]: member["ID"] for member in told["members"] if "name" in member}

    def test_etcd_answers_those_with_a_certificate_alone_and_losses_are_repaired(self):
        store = self.start("--secure", "--catalogue", deep_catalogue(), *SMALL)
        order = store.read("buy", 1)
        for member in (1, 2, 3):
            client, peer = store.base + 59 + member, store.base + 64 + member
            self.assertIn("etcdserver", self.ask_etcd(f"https://127.0.0.1:{client}/version", self.files()))
            for port in (client, peer):
                self.assert_shut(port, self.files(name=None))
            with self.assertRaises(OSError, msg="a broker cannot pose as a member"):
                self.ask_etcd(f"https://127.0.0.1:{peer}/version", self.files())
        self.assertEqual({p["endpoint"][:8] for p in store.ps() if p["role"] == "etcd"}, {"https://"})
        for path in pathlib.Path(self.data, "keys/etcd").iterdir():
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600, path)

        leader = wait_for("a broker leads", lambda: next((p for p in store.ps() if p["leader"]), None))
        store.kill(leader["instance"])
        store.wait_restarted(leader["instance"], leader["pid"])
        self.assertEqual(store.read("buy", 1)["no"], order["no"] + 1)

        old = self.ids(store.base)
        os.kill(store.process("etcd-2")["pid"], signal.SIGSTOP)
        shutil.rmtree(pathlib.Path(self.data, "etcd-2"))
        store.kill("etcd-2")
        wait_for("it is back as a new member",
                 lambda: self.ids(store.base).get("etcd-2", old["etcd-2"]) != old["etcd-2"])
        self.assertEqual(store.read("buy", 1)["no"], order["no"] + 2)

        self.assertEqual(store.stop(), 0)
        refused = pygmy("up", *SMALL, "--data", self.data, "--port-base", store.base, "--http", "off", "--insecure")
        self.assertEqual(refused.code, 1, refused)
        self.assertIn("leave --insecure out", refused.err)
        before = pathlib.Path(self.data, "keys/etcd/ca.pem").read_text()
        shutil.rmtree(pathlib.Path(self.data, "keys/etcd"))  # as it is done when they expire
        store = self.start(*SMALL, base=store.base)
        self.assertNotEqual(pathlib.Path(self.data, "keys/etcd/ca.pem").read_text(), before)
        self.assertEqual(store.read("order", order["no"]), order)
        self.assertEqual(store.ask("audit", timeout="20s").code, 0)

    def test_a_cluster_without_certificates_goes_on_and_moves_by_a_restore(self):
        store = Store("--catalogue", deep_catalogue(), *SMALL, data=self.data)
        self.addCleanup(store.clean)
        store.frontends = store.frontends[:1]
        order = store.start().read("buy", 1)
        store.stop()
        store = self.start("--secure", *SMALL, base=store.base)
        self.assertIn("was created without certificates", store.printed())
        self.assertIn("etcdserver", self.ask_etcd(f"http://127.0.0.1:{store.base + 60}/version"))
        backup = scratch_file("backup")
        brokers = ("--brokers", f"tcp://127.0.0.1:{store.base}", "--timeout", "20s")
        self.assertEqual(pygmy("backup", backup, *brokers, environment=store.environment).code, 0)
        store.stop()

        data, base = scratch_file("data"), free_port_base()
        restored = pygmy("restore", backup, "--data", data, "--cluster", "--secure", "--port-base", base)
        self.assertEqual(restored.code, 0, restored)
        self.assertEqual(sorted(os.listdir(data)), ["broker-1", "etcd-1", "etcd-2", "etcd-3", "keys"])
        moved = self.start(*SMALL, data=data, base=base)
        self.assert_shut(base + 60, self.files(name=None, data=data))
        self.assertEqual(moved.read("order", order["no"]), order)
        self.assertEqual(moved.read("buy", 1)["no"], order["no"] + 1)


class OtherMachines(unittest.TestCase):
    """An etcd that other machines reach."""

    ETCD = ("--journal", "etcd", "--etcd", "127.0.0.1:1,192.0.2.1:2379")

    def setUp(self):
        self.data = scratch_file("data")
        os.mkdir(self.data)

    def test_without_certificates_it_is_refused(self):
        base = free_port_base()
        keys = scratch_file("keys")
        self.assertEqual(pygmy("keys", "init", keys).code, 0)
        for command in (("broker", "--listen", f"tcp://127.0.0.1:{base}"), ("node", "--port-base", base),
                        ("up", "--port-base", base, "--http", "off"),
                        ("up", "--port-base", base, "--http", "off", "--keys", keys)):
            with self.subTest(command):
                refused = pygmy(*command, "--data", self.data, *self.ETCD)
                self.assertEqual(refused.code, 1, refused)
                for word in ("192.0.2.1:2379", "--etcd-ca", "--etcd-cert", "--etcd-key"):
                    self.assertIn(word, refused.err)
                self.assertEqual(os.listdir(self.data), [], "a refused command leaves nothing behind")
        refused = pygmy("restore", scratch_file("")[:-1], "--data", self.data, *self.ETCD)
        self.assertIn("--etcd-ca", refused.err)

    def test_insecure_lets_it_start(self):
        with subprocess.Popen([PYGMY, "broker", "--listen", f"tcp://127.0.0.1:{free_port_base()}", "--data", self.data,
                               *self.ETCD, "--insecure"], env=CLEAN_ENVIRONMENT, stderr=subprocess.PIPE,
                              text=True) as broker:
            self.addCleanup(broker.kill)
            line = broker.stderr.readline()
            while "without keys" not in line and line:
                line = broker.stderr.readline()
            self.assertIn("without keys", line)
            broker.terminate()
            broker.stderr.read()


if __name__ == "__main__":
    unittest.main()
