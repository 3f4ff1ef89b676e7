"""Brokers on etcd (DESIGN 8): leaders change, members of etcd are lost, blocks leave etcd, and no client sees an error."""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import unittest
import urllib.request

from store import BENCH, CLEAN_ENVIRONMENT, DEADLINE_S, PYGMY, Store, StoreTest, deep_catalogue, free_port_base, \
    pygmy, tcp, wait_for

OPS_MIN = 10  # operations per second, of a machine however busy; a run with fewer proves nothing (TRAPS 23)


def count_keys(endpoint, prefix):
    """Counts the keys with a prefix, through etcd's HTTP gateway."""
    end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    text = lambda key: base64.b64encode(key.encode()).decode()
    body = json.dumps({"key": text(prefix), "range_end": text(end), "count_only": True}).encode()
    with urllib.request.urlopen(f"{endpoint}/v3/kv/range", body, timeout=10) as answer:
        return int(json.load(answer).get("count", 0))


def blocks_in(archive):
    """Returns the number of the last block of an archive. A broker may use the archive."""
    database = sqlite3.connect(f"file:{archive}?mode=ro", uri=True)
    try:
        return database.execute("SELECT max(no) FROM blocks").fetchone()[0] or 0
    finally:
        database.close()


def change_history(archive):
    """Replaces the last block by another one with a right hash, whose time is a millisecond later."""
    database = sqlite3.connect(archive)
    no, block = database.execute("SELECT no, bytes FROM blocks ORDER BY no DESC LIMIT 1").fetchone()
    at = block.index(b"\xa2at\xcf") + 4
    time = int.from_bytes(block[at:at + 8], "big") + 1
    body = block[:at] + time.to_bytes(8, "big") + block[at + 8:-32]
    database.execute("UPDATE blocks SET bytes = ? WHERE no = ?", (body + hashlib.sha256(body).digest(), no))
    database.commit()
    database.close()


class Cluster(StoreTest):
    OPTIONS = ("--cluster", "--catalogue", deep_catalogue())

    def leader(self):
        return wait_for("a broker leads", lambda: next((p for p in self.store.ps() if p["leader"]), None))

    def other(self, leader):
        return "broker-2" if leader["instance"] == "broker-1" else "broker-1"

    def wait_led_by(self, instance):
        wait_for(f"{instance} leads", lambda: self.leader()["instance"] == instance)

    def check(self, load, seconds):
        report = load.result()
        self.assertEqual(report["errors"], 0, report)
        self.assertEqual(report["refused"], {}, report)
        self.assertGreater(report["ops"], OPS_MIN * seconds, report)

    def test_the_leader_may_be_killed_again_and_again(self):
        seconds = 12
        load = self.store.bench(seconds)
        changes = 0
        while not load.done() and changes < 3:
            leader = self.leader()
            self.store.kill(leader["instance"])
            # Mostly the standby. On a busy machine the killed one may be back before the standby misses it.
            wait_for("another process leads", lambda: self.leader()["pid"] != leader["pid"])
            self.store.wait_restarted(leader["instance"], leader["pid"])
            changes += 1
        self.assertGreater(changes, 1, "killed under load")
        self.check(load, seconds)
        self.store.wait_level()
        self.assertEqual(self.store.ask("audit").code, 0)

    def test_a_leader_that_is_stopped_hands_over_and_a_paused_one_stands_by_afterwards(self):
        load = self.store.bench(10)
        leader = self.leader()
        self.store.kill(leader["instance"], signal.SIGTERM)
        self.wait_led_by(self.other(leader))
        self.store.wait_restarted(leader["instance"], leader["pid"])
        leader = self.leader()
        os.kill(leader["pid"], signal.SIGSTOP)
        try:
            self.wait_led_by(self.other(leader))
        finally:
            os.kill(leader["pid"], signal.SIGCONT)
        self.store.wait_restarted(leader["instance"], leader["pid"])
        self.assertIn("is over", self.store.log(leader["instance"]))
        self.check(load, 10)

    def test_a_member_of_etcd_may_be_killed_or_paused(self):
        load = self.store.bench(16, timeout="15s")
        for member in ("etcd-1", "etcd-2", "etcd-3"):  # one of them is etcd's leader
            pid = self.store.kill(member)
            wait_for(f"{member} runs again", lambda: self.store.process(member)["pid"] not in (0, pid))
            endpoint = self.store.process(member)["endpoint"]
            wait_for(f"{member} answers", lambda: self.answers(endpoint))
        pid = self.store.process("etcd-2")["pid"]
        os.kill(pid, signal.SIGSTOP)
        bought = self.store.ask("buy", 1)
        os.kill(pid, signal.SIGCONT)
        self.assertEqual(bought.code, 0, bought)
        self.check(load, 16)

    @staticmethod
    def answers(endpoint):
        try:
            count_keys(endpoint, "pygmy/")
            return True
        except OSError:
            return False

    def test_a_broker_that_is_started_later_is_found_by_everybody_and_leads_when_the_others_are_gone(self):
        data = pathlib.Path(self.store.data, "broker-3")
        data.mkdir(exist_ok=True)
        members = ",".join(p["endpoint"].removeprefix("http://") for p in self.store.ps() if p["role"] == "etcd")
        known = ",".join(p["endpoint"] for p in self.store.ps() if p["role"] == "broker")
        with open(data / "log", "w") as log:
            third = subprocess.Popen([PYGMY, "broker", "--instance", "broker-3", "--journal", "etcd", "--etcd", members,
                                      "--brokers", known, "--data", data, "--listen", tcp(self.store.base + 68)],
                                     stdout=log, stderr=subprocess.STDOUT, env=CLEAN_ENVIRONMENT)
        try:
            wait_for("broker-3 is live", lambda: (self.store.beat("broker-3") or {}).get("state") == "live")
            load = self.store.bench(8)
            others = [p["pid"] for p in self.store.ps() if p["role"] == "broker"]
            for pid in others:
                os.kill(pid, signal.SIGSTOP)
            try:
                wait_for("it leads", lambda: self.store.beat("broker-3").get("leader"))
                self.assertEqual(self.store.ask("buy", 1).code, 0)
            finally:
                for pid in others:
                    os.kill(pid, signal.SIGCONT)
            self.check(load, 8)
        finally:
            third.terminate()
            self.assertEqual(third.wait(DEADLINE_S), 0, (data / "log").read_text())
        self.leader()

    def test_without_etcd_writes_are_refused_and_nothing_is_lost(self):
        order = self.store.read("buy", 1, "--customer", "before")["no"]
        pids = {p["instance"]: p["pid"] for p in self.store.ps() if p["role"] == "etcd"}
        for pid in pids.values():
            os.kill(pid, signal.SIGSTOP)
        try:
            refused = self.store.ask("buy", 1, timeout="2s")
        finally:
            for pid in pids.values():
                os.kill(pid, signal.SIGCONT)
        self.assertEqual(refused.code, 3, refused)
        wait_for("orders are taken again", lambda: self.store.ask("buy", 1, timeout="5s").code == 0)
        self.assertEqual(self.store.read("order", order)["customer"], "before")

    def test_blocks_leave_etcd_once_both_brokers_have_them_and_an_empty_broker_fetches_them(self):
        etcd = self.store.process("etcd-1")["endpoint"]
        load = self.store.bench(8, op="buy")
        while not load.done():
            self.assertLess(count_keys(etcd, "pygmy/block/"), 5000)
        self.assertEqual(load.result()["errors"], 0)
        wait_for("blocks have left", lambda: count_keys(etcd, "pygmy/block/") < 200)
        standby = self.other(self.leader())
        blocks = sum(1 for _ in pathlib.Path(self.store.data, standby).glob("archive.db"))
        self.assertEqual(blocks, 1)
        pid = self.store.kill(standby, signal.SIGSTOP)
        for file in pathlib.Path(self.store.data, standby).glob("archive.db*"):
            file.unlink()
        os.kill(pid, signal.SIGKILL)
        self.store.wait_restarted(standby, pid)
        commit = self.store.status()["commit"]
        wait_for("it has the whole stream", lambda: (self.store.beat(standby) or {}).get("applied", 0) >= commit)
        leader = self.leader()
        self.store.kill(leader["instance"])
        self.wait_led_by(standby)
        self.assertEqual(self.store.ask("audit").code, 0)


    def test_an_archive_of_another_history_is_refused_and_nothing_leaves_etcd_for_it(self):
        etcd = self.store.process("etcd-1")["endpoint"]
        self.store.read(*BENCH, "--op", "buy", "--clients", 4, "--seconds", 1)
        standby = self.other(self.leader())
        self.store.wait_level()
        archives = {broker: f"{self.store.data}/{broker}/archive.db" for broker in ("broker-1", "broker-2")}
        wait_for("both have archived it", lambda: len({blocks_in(file) for file in archives.values()}) == 1)
        pid = self.store.kill(standby, signal.SIGSTOP)
        change_history(archives[standby])
        had = blocks_in(archives[standby])
        os.kill(pid, signal.SIGKILL)
        wait_for("it says what is wrong", lambda: "is of another history" in self.store.log(standby))
        self.store.read(*BENCH, "--op", "buy", "--clients", 1, "--inflight", 1, "--requests", 400)
        leader = archives[self.leader()["instance"]]
        wait_for("the leader has archived more", lambda: blocks_in(leader) > had + 300)
        more = blocks_in(leader) - had
        said = self.store.log(standby).count("is of another history")
        wait_for("it was started again and refused again",
                 lambda: self.store.log(standby).count("is of another history") > said + 1)
        self.assertGreaterEqual(count_keys(etcd, "pygmy/block/"), more, "only one broker has archived them")
        self.assertNotEqual(self.store.process(standby)["state"], "live")

        for file in pathlib.Path(self.store.data, standby).glob("archive.db*"):
            file.unlink()
        self.store.wait_restarted(standby, pid)
        wait_for("blocks leave etcd", lambda: count_keys(etcd, "pygmy/block/") < 200)

    def test_a_second_broker_of_one_name_is_refused(self):
        self.store.read("buy", 1)
        data = pathlib.Path(tempfile.mkdtemp(prefix="pygmy-"))
        self.addCleanup(shutil.rmtree, data)
        members = ",".join(p["endpoint"].removeprefix("http://") for p in self.store.ps() if p["role"] == "etcd")
        standby = self.other(self.leader())
        ended = subprocess.run([PYGMY, "broker", "--instance", standby, "--journal", "etcd", "--etcd", members, "--data",
                                data, "--listen", tcp(self.store.base + 68)],
                               capture_output=True, text=True, env=CLEAN_ENVIRONMENT, timeout=DEADLINE_S)
        self.assertEqual(ended.returncode, 1, ended)
        self.assertIn(f"another broker runs under the name {standby}", ended.stdout + ended.stderr)
        wait_for("the first broker keeps running", lambda: self.store.process(standby)["state"] == "live")


class Trimmed(StoreTest):
    """All brokers trim the stream. Then an empty broker begins where the others do."""

    OPTIONS = ("--cluster", "--orders", "2", "--catalogue", deep_catalogue())
    AUDIT = False  # the events were trimmed without a backup

    def first_block(self, broker):
        archive = sqlite3.connect(f"file:{self.store.data}/{broker}/archive.db?mode=ro", uri=True)
        try:
            return archive.execute("SELECT min(first) FROM blocks").fetchone()[0]
        finally:
            archive.close()

    def sell_until_blocks_leave_etcd(self):
        """While etcd has the first block, an empty broker begins with it, whatever the others have trimmed."""
        etcd = self.store.process("etcd-1")["endpoint"]
        archive = f"{self.store.data}/broker-1/archive.db"

        def have_left():
            self.store.read(*BENCH, "--op", "buy", "--inflight", 32, "--clients", 4, "--seconds", 1)
            return count_keys(etcd, "pygmy/block/") < blocks_in(archive)
        wait_for("blocks leave etcd", have_left)

    def test_an_empty_broker_begins_where_the_others_do_and_leads(self):
        self.sell_until_blocks_leave_etcd()
        self.store.wait_level()
        end = self.store.status()["commit"]
        brokers = {p["instance"]: p for p in self.store.ps() if p["role"] == "broker"}
        trim = ("stream", "trim", "--before", end, "--without-backup", "--json", "--brokers",
                ",".join(p["endpoint"] for p in brokers.values()))
        done = wait_for("it was trimmed", lambda: next((d for d in [pygmy(*trim)] if d.code == 0), None))
        begins = {told["begins"] for told in done.json["brokers"]}
        self.assertEqual(len(begins), 1, done)
        for broker in brokers:
            wait_for(f"{broker} begins there", lambda: {self.first_block(broker)} == begins)

        leader = next(p for p in brokers.values() if p["leader"])
        other = next(p for p in brokers.values() if not p["leader"])
        load = self.store.bench(6)
        shutil.rmtree(f"{self.store.data}/{other['instance']}")
        pathlib.Path(self.store.data, other["instance"]).mkdir()
        os.kill(other["pid"], signal.SIGKILL)
        self.store.wait_restarted(other["instance"], other["pid"])
        wait_for("it has what the other has", lambda: {self.first_block(other["instance"])} == begins)
        self.store.kill(leader["instance"])
        wait_for("it leads", lambda: self.store.process(other["instance"])["leader"])
        report = load.result()
        self.assertEqual(report["errors"], 0, report)
        self.store.wait_restarted(leader["instance"], leader["pid"])
        self.assertEqual({self.store.status()["begins"]}, begins)
        self.store.wait_level()


class Secured(unittest.TestCase):
    """An etcd that asks for a certificate, and single brokers that are started by hand."""

    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="pygmy-"))
        self.addCleanup(shutil.rmtree, self.home)
        self.base = free_port_base()

    def run_until_the_end(self, *command, log):
        with open(self.home / log, "w") as file:
            process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, cwd=self.home, env=CLEAN_ENVIRONMENT)
        self.addCleanup(lambda: (process.kill(), process.wait()))
        return process

    def make_certificates(self):
        """Makes ca.pem, and cert.pem with key.pem, which it has signed for 127.0.0.1."""
        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], cwd=self.home, check=True, capture_output=True)
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=pygmy",
                "-keyout", "key.pem", "-out", "request.pem")
        (self.home / "names").write_text("subjectAltName = IP:127.0.0.1\n")
        openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                "-extfile", "names", "-out", "cert.pem")

    def test_with_a_certificate_it_leads_and_without_one_it_says_what_is_wrong(self):
        self.make_certificates()
        client, peer = self.base + 60, self.base + 65
        self.run_until_the_end(
            "etcd", "--data-dir", "etcd", "--listen-client-urls", f"https://127.0.0.1:{client}",
            "--advertise-client-urls", f"https://127.0.0.1:{client}", "--listen-peer-urls", f"http://127.0.0.1:{peer}",
            "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}", "--initial-cluster",
            f"default=http://127.0.0.1:{peer}", "--cert-file", "cert.pem", "--key-file", "key.pem", "--client-cert-auth",
            "--trusted-ca-file", "ca.pem", log="etcd.log")
        (self.home / "broker").mkdir()
        broker = [PYGMY, "broker", "--journal", "etcd", "--etcd", f"127.0.0.1:{client}", "--data", "broker", "--listen",
                  tcp(self.base)]
        ended = subprocess.run([*broker, "--etcd-ca", "ca.pem", "--etcd-cert", "none.pem", "--etcd-key", "key.pem"],
                               cwd=self.home, capture_output=True, text=True, env=CLEAN_ENVIRONMENT, timeout=DEADLINE_S)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("none.pem cannot be read", ended.stderr)
        self.assertEqual(pygmy(*broker[1:], "--etcd-ca", "ca.pem").code, 2, "a certificate and a key are required, too")
        stranger = self.run_until_the_end(*broker, log="stranger.log")
        wait_for("a broker without a certificate reports an error of etcd",
                 lambda: "etcd" in (self.home / "stranger.log").read_text())
        stranger.kill()
        stranger.wait()
        self.run_until_the_end(*broker, "--etcd-ca", "ca.pem", "--etcd-cert", "cert.pem", "--etcd-key", "key.pem",
                               log="broker.log")
        wait_for("it leads", lambda: "this broker leads now" in (self.home / "broker.log").read_text())


class ClusterOfNodes(unittest.TestCase):
    """`up --cluster --single`: three nodes, each of which may be lost with all of its cores."""

    def setUp(self):
        self.store = Store("--cluster", "--single", "--catalogue", deep_catalogue())
        self.addCleanup(self.store.clean)
        self.store.frontends = [f"tcp://127.0.0.{node}:{self.store.base + 10}" for node in (1, 2, 3)]
        self.store.start()

    def test_each_node_may_be_killed_or_stopped(self):
        cores = [p for p in self.store.ps() if p["role"] != "etcd"]
        self.assertEqual(len(cores), 12)
        self.assertEqual(len({p["pid"] for p in cores}), 3)
        self.assertEqual({p["endpoint"] for p in cores if p["role"] == "frontend"}, set(self.store.frontends))
        load = self.store.bench(15, timeout="15s")
        for node in (1, 2, 3):
            for number in (signal.SIGKILL, signal.SIGTERM):
                pid = self.store.kill(f"broker-{node}", number)
                for role in ("broker", "catalog", "order", "frontend"):
                    self.store.wait_restarted(f"{role}-{node}", pid)
        report = load.result()
        self.assertEqual((report["errors"], report["refused"]), (0, {}), report)
        self.assertGreater(report["ops"], OPS_MIN * 15, report)
        self.store.wait_level()
        audit = self.store.ask("audit", timeout="20s")
        self.assertEqual(audit.code, 0, audit)
        self.assertEqual(self.store.stop(), 0)


if __name__ == "__main__":
    unittest.main()
