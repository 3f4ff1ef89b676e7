"""A store with keys: its clients get in with a key, strangers and members that forge get nothing and are counted, a revoked key is
cut while it is connected, and no secret is anywhere but in its file."""

import contextlib
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

import zmq

from store import BOOKSTORE, CLEAN_ENVIRONMENT, PYGMY, ROOT, Store, StoreTest, free_port_base, pygmy, scratch_file, tcp, wait_for

sys.path.insert(0, str(ROOT / "tests/protocol"))
import client as protocol  # noqa: E402


def key_file(path):
    """The lines of a key file, by name."""
    return dict(line.split(" ", 1) for line in pathlib.Path(path).read_text().splitlines())


class Raw:
    """A socket of ZeroMQ as a stranger has it. `key`: what key_file() returns; None: no key."""

    def __init__(self, kind, endpoint, key=None, topic=None):
        self.context = zmq.Context()
        self.socket = self.context.socket(kind)
        self.socket.linger = 0
        if key:
            self.socket.curve_publickey, self.socket.curve_secretkey = key["public"].encode(), key["secret"].encode()
            self.socket.curve_serverkey = key["store"].encode()
        if topic is not None:
            self.socket.subscribe(topic)
        self.socket.connect(endpoint)

    def send(self, *parts, flags=0):
        self.socket.send(protocol.frame(*parts), flags)

    def answer(self, seconds=30):
        """The first answer, as (header, body); None if there is none."""
        return protocol.read_frame(self.socket.recv())[0] if self.socket.poll(seconds * 1000) else None

    def close(self):
        self.socket.close()
        self.context.term()


def request(kind, body, number=1):
    return {"v": 1, "t": kind, "id": number}, body


def random_pair(store):
    public, secret = zmq.curve_keypair()
    return {"public": public.decode(), "secret": secret.decode(), "store": store["store"]}


class SecureTest(StoreTest):
    @classmethod
    def setUpClass(cls):
        base = free_port_base()
        cls.http = base + 71
        cls.store = Store("--catalogue", BOOKSTORE, "--secure", "--http", cls.http, port_base=base)
        cls.addClassCleanup(cls.store.clean)
        cls.store.start()
        cls.keys = cls.store.data + "/keys"
        cls.store.environment = {"PYGMY_KEY_FILE": cls.path("operator")}
        cls.operator = key_file(cls.path("operator"))
        cls.broker = cls.store.base

    @classmethod
    def path(cls, name):
        return f"{cls.keys}/{name}.key"

    def raw(self, kind, port, key=None, **options):
        socket = Raw(kind, tcp(port), key, **options)
        self.addCleanup(socket.close)
        return socket

    def counter(self, instance, name):
        return (self.store.beat(instance) or {}).get("counters", {}).get(name, 0)

    def wait_counted(self, instance, name, before):
        wait_for(f"{instance} counts {name}", lambda: self.counter(instance, name) > before)

    def add(self, role, name):
        made = pygmy("keys", "add", role, name, "--keys", self.keys)
        self.assertEqual(made.code, 0, made)
        self.assertEqual(made.out.strip(), self.path(name))
        return self.path(name)

    def assert_shut_out(self, instance, port, kind, key, topic=None):
        """The socket gets nothing, and the process counts it."""
        before = self.counter(instance, "handshakes_refused")
        socket = self.raw(kind, port, key, topic=topic)
        if kind == zmq.DEALER:
            socket.send(*request("replay", {"from": 1}))
        if kind == zmq.PUB:
            socket.socket.send(b"H" + b"nothing")
        self.wait_counted(instance, "handshakes_refused", before)
        if kind != zmq.PUB:
            self.assertFalse(socket.socket.poll(500))

    def test_up_prints_how_to_use_the_keys(self):
        printed = self.store.printed()
        self.assertIn(f"export PYGMY_KEY_FILE={self.path('operator')}", printed)
        self.assertIn(f"{self.keys}/admin.token", printed)

    def test_everything_secret_is_private(self):
        self.assertEqual(os.stat(self.keys).st_mode & 0o777, 0o700)
        for file in pathlib.Path(self.keys).iterdir():
            self.assertEqual(file.stat().st_mode & 0o777, 0o600, file)

    def test_the_operator_buys_and_asks(self):
        self.assertEqual(self.store.ask("buy", 1).code, 0)
        self.assertTrue(all(not p["silent"] for p in self.store.status()["processes"]))
        self.assertEqual({p["state"] for p in self.store.ps()} - {"alive"}, {"live"})
        bare = pygmy("ps", "--data", self.store.data)  # finds the key in the data directory
        self.assertEqual(bare.code, 0, bare)
        self.assertIn(" live ", bare.out)
        for port in (self.store.base, self.store.base + 10, self.store.base + 30):
            health = pygmy("health", "--of", tcp(port), "--key-file", self.path("operator"))
            self.assertEqual(health.code, 0, health)

    def test_a_client_reads_and_buys_with_a_token(self):
        there = {"PYGMY_KEY_FILE": self.add("client", "till-1")}
        frontends = ("--frontend", ",".join(self.store.frontends))
        looked_up = pygmy("lookup", 1, *frontends, environment=there)  # the key was added a moment ago
        self.assertEqual(looked_up.code, 0, looked_up)
        refused = pygmy("buy", 1, *frontends, environment=there)
        self.assertIn("unauthenticated", refused.err)
        token = pathlib.Path(self.keys, "admin.token").read_text().strip()
        for done in (pygmy("buy", 1, *frontends, environment={**there, "PYGMY_TOKEN": token}),
                     pygmy("lookup", 1, *frontends, "--key-file", self.path("till-1"))):
            self.assertEqual(done.code, 0, done)

    def with_key(self, key, *arguments, frontends=None):
        return pygmy(*arguments, "--json", "--frontend", ",".join(frontends or self.store.frontends), "--key-file", key)

    def rights_of(self, key):
        """The credential of the client with this key file; None if it has none."""
        return wait_for("the key gets in", lambda: [asked.json.get("credential") for asked in [self.with_key(key, "whoami")]
                                                    if asked.code == 0])[0]

    def test_a_key_has_the_rights_that_were_granted_to_it(self):
        key = self.add("client", "ann-1")
        self.assertIsNone(self.rights_of(key))
        self.assertIn("unauthenticated", self.with_key(key, "buy", 1).err)
        self.store.read("buy", 1, "--customer", "eve")
        granted = self.store.read("grant", "buyer", "--customer", "ann", "--client-key", key)
        self.assertEqual(granted["client_key"], key_file(key)["public"])
        self.assertNotIn("token", granted)
        self.assertEqual(self.rights_of(key)["id"], granted["id"])
        order = self.with_key(key, "buy", 1).json
        self.assertEqual((order["customer"], order["by"]), ("ann", granted["id"]))
        for options, seen in ([], {"ann"}), (["--since", "2020-01-01"], {"ann"}), (["--until", "2020-01-01"], set()):
            listed = self.with_key(key, "orders", *options).json["orders"]  # after one that it may not see
            self.assertEqual({each["customer"] for each in listed}, seen)
        self.assertIn("forbidden", self.with_key(key, "price", 2, "49.00").err)
        listed = {each["id"]: each for each in self.store.read("credentials")["credentials"]}
        self.assertEqual(listed[granted["id"]]["label"], "key " + key_file(key)["public"])
        again = self.store.ask("grant", "clerk", "--client-key", key_file(key)["public"])
        self.assertEqual(again.code, 1, again)
        for command in ("pygmy credentials", "pygmy revoke", "pygmy keys rotate"):
            self.assertIn(command, again.err)
        self.store.read("revoke", granted["id"], frontends=self.store.frontends[:1])
        for frontend in reversed(self.store.frontends):  # of a key that was never granted any, it may look
            refused = self.with_key(key, "lookup", 1, frontends=[frontend])
            self.assertEqual((refused.code, refused.json["error"]["code"]), (1, "unauthenticated"))

    def test_a_token_goes_before_the_key(self):
        key = self.add("client", "ann-2")
        granted = self.store.read("grant", "buyer", "--customer", "ann", "--client-key", key_file(key)["public"])
        self.assertEqual(self.rights_of(key)["id"], granted["id"])
        token = pathlib.Path(self.keys, "admin.token").read_text().strip()
        there = {"PYGMY_KEY_FILE": key, "PYGMY_TOKEN": token}
        told = pygmy("whoami", "--json", "--frontend", self.store.frontends[0], environment=there).json
        self.assertEqual(told["credential"]["role"], "admin")

    def test_a_new_key_of_the_same_name_has_no_rights(self):
        key = self.add("client", "ann-3")
        self.store.read("grant", "clerk", "--client-key", key)
        self.assertEqual(self.rights_of(key)["role"], "clerk")
        self.assertEqual(pygmy("keys", "rotate", "ann-3", "--keys", self.keys).code, 0)
        self.assertIsNone(self.rights_of(key))
        self.assertIn("unauthenticated", self.with_key(key, "buy", 1).err)

    def test_no_process_gets_the_rights_of_a_credential(self):
        refused = self.store.ask("grant", "clerk", "--client-key", self.path("catalog-1"))
        self.assertIn("only a client's key", refused.err)
        self.assertNotEqual(refused.code, 0)
        self.store.read("grant", "clerk", "--client-key", key_file(self.path("catalog-1"))["public"])
        self.assertIsNone(self.rights_of(self.path("catalog-1")))

    def test_a_backup_is_made_with_the_operators_key_alone(self):
        where = scratch_file("backup")
        brokers = ("--brokers", tcp(self.broker))
        self.assertEqual(pygmy("backup", where, *brokers, environment=self.store.environment).code, 0)
        for file in pathlib.Path(where).iterdir():
            self.assert_no_secret(file.name, file.read_bytes())
        frontends = ("--frontend", ",".join(self.store.frontends))
        self.assertEqual(pygmy("backup", where, *brokers, *frontends, environment=self.store.environment).code, 0)
        noted = json.loads(self.store.ask("events", "--type", "act_noted", "--json").out)
        self.assertEqual((noted["act"], noted.get("who"), noted.get("by")), ("backup", "operator", None))
        client = self.add("client", "thief-1")
        self.assertNotEqual(pygmy("backup", scratch_file("b"), *brokers, "--timeout", "2s", "--key-file", client).code, 0)

    def test_a_client_is_told_why_it_does_not_get_in(self):
        frontend = ("lookup", 1, "--frontend", self.store.frontends[0])
        none = pygmy(*frontend)
        self.assertIn("wants a key: pass --key-file FILE", none.err)
        key = self.add("client", "gone-1")
        kept = scratch_file("gone.key")
        pathlib.Path(kept).write_text(pathlib.Path(key).read_text())
        os.chmod(kept, 0o600)
        self.assertEqual(pygmy("keys", "revoke", "gone-1", "--keys", self.keys).code, 0)
        wait_for("the revoked key is refused", lambda: "does not admit this key" in pygmy(*frontend, "--key-file", kept).err)
        other = scratch_file("other")
        self.assertEqual(pygmy("keys", "init", other).code, 0)
        self.assertEqual(pygmy("keys", "add", "client", "a", "--keys", other).code, 0)
        foreign = pygmy(*frontend, "--timeout", "2s", "--key-file", f"{other}/a.key").err
        for word in ("may be of another store", "--key-file", "pygmy keys list"):
            self.assertIn(word, foreign)
        os.chmod(kept, 0o644)
        self.assertIn("chmod 600", pygmy(*frontend, "--key-file", kept).err)

    def test_a_check_that_the_key_does_not_allow_is_no_fault(self):
        """The token opens the stream, and the key opens no replica."""
        token = pathlib.Path(self.keys, "admin.token").read_text().strip()
        there = {"PYGMY_KEY_FILE": self.add("client", "clerk-1"), "PYGMY_TOKEN": token}
        # No question waits for its deadline: with this one, the command would not end in time.
        told = pygmy("audit", "--json", "--timeout", "120s", "--frontend", ",".join(self.store.frontends), environment=there)
        self.assertEqual(told.code, 3, told)
        unseen = [check["name"] for check in told.json["checks"] if not check["ok"]]
        self.assertEqual(unseen, ["rows"])
        rows = next(check["detail"] for check in told.json["checks"] if check["name"] == "rows")
        self.assertIn("only an operator's key opens a replica, and this command has another key", rows)
        self.assertIn("an operator's key", told.err)

    def test_strangers_get_nothing(self):
        unknown = random_pair(self.operator)
        for key in (None, unknown):
            for instance, port, kind, topic in (("broker-1", self.broker, zmq.DEALER, None),
                                                ("broker-1", self.broker + 1, zmq.SUB, b""),
                                                ("broker-1", self.broker + 2, zmq.PUB, None),
                                                ("frontend-1", self.store.base + 10, zmq.DEALER, None),
                                                ("catalog-1", self.store.base + 30, zmq.DEALER, None),
                                                ("order-1", self.store.base + 50, zmq.DEALER, None)):
                with self.subTest(port=port, key=key is not None):
                    self.assert_shut_out(instance, port, kind, key, topic)

    def test_a_client_opens_frontends_alone(self):
        key = key_file(self.add("client", "till-2"))
        for instance, port, kind, topic in (("broker-1", self.broker, zmq.DEALER, None),
                                            ("broker-1", self.broker + 1, zmq.SUB, b""),
                                            ("broker-1", self.broker + 2, zmq.PUB, None),
                                            ("catalog-1", self.store.base + 30, zmq.DEALER, None),
                                            ("order-1", self.store.base + 50, zmq.DEALER, None)):
            with self.subTest(port):
                self.assert_shut_out(instance, port, kind, key, topic)
        frontend = self.raw(zmq.DEALER, self.store.base + 10, key)
        frontend.send(*request("lookup", {"item": 1}))
        self.assertEqual(frontend.answer()[1]["item"]["id"], 1)

    def test_an_operator_gets_no_stream(self):
        self.assert_shut_out("broker-1", self.broker + 1, zmq.SUB, self.operator, b"")

    def test_a_member_does_what_its_role_allows(self):
        catalog = self.raw(zmq.DEALER, self.broker, key_file(self.path("catalog-1")))
        catalog.send(*request("append", {"epoch": 1, "producer": 1, "events": b""}))
        self.assertEqual(catalog.answer()[0]["err"], "forbidden")
        frontend = self.raw(zmq.DEALER, self.broker, key_file(self.path("frontend-1")))
        frontend.send(*request("resign", {"instance": "order-1", "epoch": 1}))
        self.assertEqual(frontend.answer()[0]["err"], "forbidden")

    def test_a_heartbeat_in_anothers_name_is_ignored(self):
        stream = self.raw(zmq.SUB, self.broker + 1, key_file(self.path("catalog-1")), topic=b"H")
        self.assertTrue(stream.socket.poll(30_000))
        beat = b""
        until = time.monotonic() + 30
        while not beat and time.monotonic() < until:
            payload = stream.socket.recv()[1:]
            if protocol.unpack_all(payload)[0].get("instance") == "order-1":
                beat = payload
        self.assertTrue(beat)
        before = self.counter("broker-1", "heartbeats_forged")
        forger = self.raw(zmq.PUB, self.broker + 2, key_file(self.path("catalog-2")))

        def counted():
            forger.socket.send(b"H" + beat)
            return self.counter("broker-1", "heartbeats_forged") > before
        wait_for("the forged heartbeat is counted", counted)

    def test_a_revoked_key_is_cut_while_it_is_connected(self):
        member = key_file(self.add("catalog", "catalog-9"))
        client = key_file(self.add("client", "till-9"))

        def let_in():
            """libzmq does not dial again once it was refused."""
            stream = self.raw(zmq.SUB, self.broker + 1, member, topic=b"")
            asking = self.raw(zmq.DEALER, self.store.base + 10, client)
            asking.send(*request("lookup", {"item": 1}))
            return (stream, asking) if asking.answer(1) and stream.socket.poll(1000) else None
        stream, asking = wait_for("the new keys get in", let_in)
        dropped = self.counter("broker-1", "handshakes_refused")
        for name in ("catalog-9", "till-9"):
            self.assertEqual(pygmy("keys", "revoke", name, "--keys", self.keys).code, 0)
        self.wait_counted("broker-1", "handshakes_refused", dropped)  # it was cut, and came back
        while stream.socket.poll(0):
            stream.socket.recv()
        self.assertEqual(self.store.ask("buy", 1).code, 0)  # a block that it does not get
        self.assertFalse(stream.socket.poll(1000))
        with contextlib.suppress(zmq.Again):  # the socket has nobody to send to
            asking.send(*request("lookup", {"item": 1}), flags=zmq.NOBLOCK)
        self.assertIsNone(asking.answer(1))

    def test_the_bridge_shows_figures_to_the_staff(self):
        token = pathlib.Path(self.keys, "admin.token").read_text().strip()

        def figures(**headers):
            asked = urllib.request.Request(f"http://localhost:{self.http}/metrics", headers=headers)
            with urllib.request.urlopen(asked, timeout=30) as answer:
                return answer.read().decode()
        with self.assertRaisesRegex(urllib.error.HTTPError, "401"):
            figures()
        wait_for("the bridge has heard the store",
                 lambda: "pygmy_commit_seq" in figures(Authorization=f"Bearer {token}"))

    def test_a_process_may_be_killed_and_comes_back(self):
        pid = self.store.kill("frontend-2")
        self.store.wait_restarted("frontend-2", pid)

    def secrets(self):
        for path in pathlib.Path(self.keys).glob("*.key"):
            yield key_file(path)["secret"].encode()
        for name in ("admin", "bridge"):
            yield pathlib.Path(self.keys, f"{name}.token").read_bytes().strip()

    def assert_no_secret(self, where, content):
        for secret in self.secrets():
            self.assertFalse(secret in content, f"a secret is in {where}")

    def test_no_crash_leaves_a_copy_of_the_memory(self):
        for process in [{"instance": "up", "pid": self.store.up.pid}, *self.store.ps()]:
            limits = pathlib.Path(f"/proc/{process['pid']}/limits").read_text()
            self.assertRegex(limits, r"(?m)^Max core file size +1 ", process["instance"])

    def test_no_secret_is_anywhere_else(self):
        for command in (("status", "--json"), ("events", "--json"), ("credentials", "--json"), ("whoami", "--json"), ("audit",)):
            told = self.store.ask(*command, timeout="30s")
            self.assertEqual(told.code, 0, told)
            self.assert_no_secret(command[0], (told.out + told.err).encode())
        authorization = {"Authorization": "Bearer " + pathlib.Path(self.keys, "admin.token").read_text().strip()}
        for path in ("/metrics", "/v1/status", "/v1/store", "/v1/whoami", "/v1/metrics/recent", "/openapi.json"):
            asked = urllib.request.Request(f"http://localhost:{self.http}{path}", headers=authorization)
            with urllib.request.urlopen(asked, timeout=30) as answer:
                self.assert_no_secret(path, str(answer.headers).encode() + answer.read())
        self.assert_no_secret("the list", pygmy("keys", "list", "--json", "--keys", self.keys).out.encode())
        self.assert_no_secret("the output", self.store.printed().encode())
        for process in self.store.ps():
            for part in ("cmdline", "environ"):
                self.assert_no_secret(part, pathlib.Path(f"/proc/{process['pid']}/{part}").read_bytes())
        for path in pathlib.Path(self.store.data).rglob("*"):
            if path.is_file() and path.parent != pathlib.Path(self.keys):
                self.assert_no_secret(path, path.read_bytes())


class Crash(unittest.TestCase):
    def dumps_core(self, *command, is_ready=lambda: True):
        """Crashes a process. Returns whether the kernel writes a dump, or hands it to a program."""
        pid = os.posix_spawn(command[0], command, CLEAN_ENVIRONMENT)
        wait_for("the process has begun", is_ready)
        os.kill(pid, signal.SIGABRT)
        return os.WCOREDUMP(os.waitpid(pid, 0)[1])

    def test_a_process_that_crashes_leaves_no_copy_of_its_memory(self):
        here, before, place = scratch_file("crash"), resource.getrlimit(resource.RLIMIT_CORE), os.getcwd()
        data = here + "/data"
        os.makedirs(data)
        os.chdir(here)
        resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
        self.addCleanup(os.chdir, place)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_CORE, before)
        if not self.dumps_core("/bin/sleep", "60"):
            self.skipTest("this machine leaves no dump of any process")
        broker = (PYGMY, "broker", "--data", data, "--listen", tcp(free_port_base()))
        self.assertFalse(self.dumps_core(*broker, is_ready=lambda: os.path.exists(data + "/journal.db")))


class Doors(unittest.TestCase):
    """Where a process listens without keys."""

    def refused(self, *arguments, environment=None):
        ended = pygmy(*arguments, environment=environment)
        self.assertNotEqual(ended.code, 0, ended)
        for word in ("other machines reach", "pygmy keys init", "--insecure"):
            self.assertIn(word, ended.err)

    def test_every_process_refuses_other_machines_without_keys(self):
        data = scratch_file("data")
        os.mkdir(data)
        brokers = ("--brokers", tcp(1))
        for listen in ("tcp://0.0.0.0:7400", "tcp://*:7400", "tcp://10.0.0.1:7400", "tcp://[::]:7400"):
            self.refused("broker", "--data", data, "--listen", listen)
        for role in ("catalog", "order"):
            self.refused(role, "--data", data, "--listen", "tcp://0.0.0.0:7400", *brokers)
        self.refused("frontend", "--listen", "tcp://0.0.0.0:7400", *brokers)
        self.refused("node", "--data", data, "--bind", "0.0.0.0")
        self.refused("up", "--data", data, "--bind", "0.0.0.0")
        self.assertIn("--secure", pygmy("up", "--data", data, "--bind", "0.0.0.0").err)
        self.assertEqual(os.listdir(data), [])

    def test_insecure_lets_everybody_in_and_says_so(self):
        data, port = scratch_file("data"), free_port_base()
        os.mkdir(data)
        for options, environment in ((("--insecure",), {}), ((), {"PYGMY_INSECURE": "true"})):
            with subprocess.Popen([PYGMY, "broker", "--data", data, "--listen", f"tcp://0.0.0.0:{port}", *options],
                                  env={**CLEAN_ENVIRONMENT, **environment}, stderr=subprocess.PIPE, text=True) as broker:
                self.addCleanup(broker.kill)
                line = broker.stderr.readline()
                while "without keys" not in line and line:
                    line = broker.stderr.readline()
                self.assertIn("may do everything", line)
                broker.send_signal(signal.SIGTERM)
                broker.stderr.read()

    def test_keys_that_are_missing_are_named(self):
        data, keys = scratch_file("data"), scratch_file("keys")
        os.mkdir(data)
        self.assertEqual(pygmy("keys", "init", keys).code, 0)
        ended = pygmy("broker", "--data", data, "--listen", tcp(free_port_base()), "--keys", keys)
        self.assertEqual(ended.code, 1, ended)
        self.assertRegex(ended.err, r"broker-1\.key cannot be read: .*pygmy keys add")
        os.chmod(keys, 0o755)
        open_to_all = pygmy("broker", "--data", data, "--listen", tcp(free_port_base()), "--keys", keys)
        self.assertEqual(open_to_all.code, 1, open_to_all)
        self.assertIn(f"chmod 700 {keys}", open_to_all.err)


class Stays(unittest.TestCase):
    def test_a_store_with_keys_uses_them_from_then_on(self):
        store = Store("--secure", "--single", "--catalogue", BOOKSTORE)
        self.addCleanup(store.clean)
        store.frontends = store.frontends[:1]
        store.start()
        store.stop()
        token = pathlib.Path(store.data, "keys/admin.token").read_text()
        store.options = tuple(word for word in store.options if word != "--secure")
        store.start()
        self.assertIn("wants a key", store.ask("lookup", 1).err)
        store.environment = {"PYGMY_KEY_FILE": store.data + "/keys/operator.key"}
        self.assertEqual(store.ask("buy", 1).code, 0)
        self.assertEqual(store.ask("audit", timeout="30s").code, 0)
        self.assertEqual(pathlib.Path(store.data, "keys/admin.token").read_text(), token)
        self.assertEqual(pygmy("ps", "--data", store.data).code, 0)

    def test_where_everybody_may_do_everything_only_an_operators_key_opens_a_replica(self):
        store = Store("--secure", "--single", "--anonymous", "all", "--catalogue", BOOKSTORE)
        self.addCleanup(store.clean)
        store.start()
        key = pygmy("keys", "add", "client", "till-1", "--keys", store.data + "/keys").out.strip()
        # No question waits for its deadline: with this one, the command would not end in time.
        told = pygmy("audit", "--json", "--timeout", "120s", "--frontend", store.frontends[0], environment={"PYGMY_KEY_FILE": key})
        self.assertEqual(told.code, 3, told)
        self.assertEqual([check["name"] for check in told.json["checks"] if not check["ok"]], ["rows"])
        self.assertIn("only an operator's key opens a replica", told.out)


if __name__ == "__main__":
    unittest.main()
