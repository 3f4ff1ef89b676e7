"""A store of real processes for a test, on free ports and in an empty directory, and what tests do with it.

The environment variable PYGMY_SHAPE says how the tests that do not care start it: `processes` (the default: `pygmy up`),
`single` (`pygmy up --single`) or `nodes` (three times `pygmy node`).

No function sleeps for a fixed time: `wait_for` tries a condition until it holds, or fails at its deadline.
"""

import atexit
import concurrent.futures
import fcntl
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from supervised import Supervised

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PYGMY = os.environ.get("PYGMY", str(ROOT / "build/release/pygmy"))
BOOKSTORE = str(ROOT / "samples/bookstore.csv")
DEADLINE_S = 90  # a machine that is busy with other tests takes that long at times
PORTS = 72  # number of ports for one store
PROCESSES, SINGLE, NODES = "processes", "single", "nodes"
SHAPE = os.environ.get("PYGMY_SHAPE", PROCESSES)

# Load on the goods of the store, in the tests of which nothing else is sold.
BENCH = ("bench", "--items-of-the-store", "--yes")

# A test must not depend on the user's PYGMY_ variables.
CLEAN_ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PYGMY_")}
# AddressSanitizer keeps freed memory for a while. It must not keep so much that it looks like growth.
CLEAN_ENVIRONMENT.setdefault("ASAN_OPTIONS", "quarantine_size_mb=16")


def wait_for(what, condition, deadline_s=DEADLINE_S):
    """Waits until condition() is true and returns its value. `what`: the sentence for the failure."""
    until = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            raise AssertionError(f"not within {deadline_s} s: {what}")
        time.sleep(0.02)


def port_is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port_base():
    """Returns the first of PORTS free ports, below the ports that the kernel gives to clients. Until this process ends
    no other test gets them, not even while the store that uses them is down."""
    for _ in range(200):
        base = random.randrange(10_000, 32_000, PORTS)
        if take_ports(base):
            return base
    raise AssertionError("no free ports")


def take_ports(base):
    held = os.open(f"{tempfile.gettempdir()}/pygmy-ports-{base}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        return False
    if all(port_is_free(base + i) for i in range(PORTS)):
        return True  # `held` is never closed
    os.close(held)
    return False


def tcp(port):
    return f"tcp://127.0.0.1:{port}"


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"exit code {self.code}\n{self.out}\n{self.err}"


def pygmy(*arguments, environment=None, timeout=60, program=PYGMY):
    """Runs the program to its end."""
    ran = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                         env={**CLEAN_ENVIRONMENT, **(environment or {})})
    return Result(ran.returncode, ran.stdout, ran.stderr)


class Store:
    def __init__(self, *options, data=None, port_base=None, program=PYGMY, through=()):
        """`through`: words before the command, of a program that becomes that command, like nohup."""
        self.program = program
        self.through = through
        self.home = None if data else tempfile.mkdtemp(prefix="pygmy-")
        self.data = data or self.home + "/data"
        self.output = self.data.rstrip("/") + ".out"
        self.base = port_base or free_port_base()
        self.options = options if "--http" in options else ("--http", "off", *options)
        self.environment = {}  # of `up` and of the commands that ask the store
        self.frontends = [tcp(self.base + 10), tcp(self.base + 12)]
        self.up = None

    def start(self, ready=True):
        with open(self.output, "w") as output:
            self.up = subprocess.Popen([*self.through, self.program, "up", "--data", self.data, "--port-base", str(self.base),
                                        *map(str, self.options)],
                                       stdout=output, stderr=subprocess.STDOUT,
                                       env={**CLEAN_ENVIRONMENT, **self.environment})
        if ready:
            wait_for("the store is ready; it printed:\n" + self.printed(), self.is_ready, deadline_s=4 * DEADLINE_S)
        return self

    def is_ready(self):
        assert self.up.poll() is None, "`up` ended:\n" + self.printed()
        return "ready" in self.printed().splitlines()

    def printed(self):
        return pathlib.Path(self.output).read_text()

    def stop(self, number=signal.SIGTERM):
        """Sends `up` a signal, waits for its end, and returns its exit code."""
        if self.up.poll() is None:
            self.up.send_signal(number)
        return self.up.wait(timeout=DEADLINE_S)

    def clean(self):
        """Ends all processes, in whatever state they are, and removes the data."""
        if self.up and self.up.poll() is None:
            self.stop()
        if self.home:
            shutil.rmtree(self.home)

    # Actions of a client.

    def ask(self, *arguments, frontends=None, timeout="10s", program=PYGMY, token=None):
        environment = {**self.environment, **({"PYGMY_TOKEN": token} if token is not None else {})}
        return pygmy(*arguments, "--frontend", ",".join(frontends or self.frontends), "--timeout", timeout,
                     environment=environment, program=program)

    def read(self, *arguments, **options):
        result = self.ask(*arguments, "--json", **options)
        assert result.code == 0, f"{arguments}: {result}"
        return result.json

    def stock(self, item, **options):
        return self.read("lookup", item, **options)["stock"]

    def bench(self, seconds, op="mix", clients=8, timeout="10s"):
        """Starts load in the background and returns a future of its report."""
        return POOL.submit(lambda: self.read(*BENCH, "--op", op, "--clients", clients, "--seconds", seconds,
                                             timeout=timeout))

    # Actions of an operator.

    def ps(self):
        listed = pygmy("ps", "--data", self.data, "--json", environment=self.environment)
        assert listed.code == 0, listed
        return listed.json

    def process(self, instance):
        return next(p for p in self.ps() if p["instance"] == instance)

    def writer(self):
        return wait_for("there is a writer", lambda: next((p for p in self.ps() if p["writer"]), None))

    def kill(self, instance, number=signal.SIGKILL):
        pid = self.process(instance)["pid"]
        os.kill(pid, number)
        return pid

    def kill_all(self):
        """Kills all processes, `up` first, so that it restarts none."""
        pids = [p["pid"] for p in self.ps() if p["pid"]]
        self.up.kill()
        self.up.wait()
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        wait_for("all processes are gone", lambda: not any(alive(pid) for pid in pids))

    def wait_restarted(self, instance, old_pid):
        def lives():
            process = self.process(instance)
            return process["pid"] not in (0, old_pid) and process["state"] == "live"
        wait_for(f"{instance} lives again", lives)

    def status(self, **options):
        """Also where it ends with code 1, since a process has something to tell an operator."""
        told = self.ask("status", "--json", **options)
        assert told.out, told
        return told.json

    def beat(self, instance):
        """Returns the entry of one process in `status`, or None."""
        return next((p for p in self.status()["processes"] if p["instance"] == instance), None)

    def log(self, instance):
        return pathlib.Path(self.data, "log", instance + ".log").read_text()

    def wait_level(self):
        """Waits until all views have applied the same seq and have the same digest."""
        def level():
            views = [p for p in self.status()["processes"] if p["role"] in ("catalog", "order") and not p["silent"]]
            digests = {p["digest"] for p in views}
            return len({p["applied"] for p in views}) == 1 and len(digests) == 1
        wait_for("all views are level and alike", level)


class Single(Store):
    """The whole store is one process."""

    def __init__(self, *options, **more):
        super().__init__("--single", *options, **more)
        self.frontends = [tcp(self.base + 10)]


class Nodes(Store):
    """Three nodes without `up`; the test does what `up` does for its children. The first node has the broker."""

    ROLES = (("broker", "catalog", "frontend"), ("catalog", "order", "frontend"), ("order",))
    PORTS = {"broker": 0, "frontend": 10, "catalog": 30, "order": 50, "bridge": 0}

    def __init__(self, *options, **more):
        super().__init__(*options, **more)
        pairs = list(zip(self.options[::2], self.options[1::2]))
        self.site = [word for pair in pairs if pair[0] in ("--host", "--cors") for word in pair]
        given = dict(pair for pair in pairs if pair[0] not in self.site)
        self.http, self.catalogue = given.pop("--http"), given.pop("--catalogue", None)
        assert not given, f"nodes are not started with {given}"
        self.frontends = [tcp(self.port("frontend", number)) for number in (1, 2)]
        self.nodes = []

    def port(self, role, number):
        return self.http if role == "bridge" else self.base + 3 * (number - 1) + self.PORTS[role]

    def cores(self, number):
        """Returns the roles of a node."""
        roles = self.ROLES[number - 1]
        return (*roles, "bridge") if number == 1 and self.http != "off" else roles

    def command(self, number):
        yield from (self.program, "node", "--name", number, "--roles", ",".join(self.cores(number)), "--data", self.data,
                    "--port-base", self.port("broker", number))
        if number > 1:
            yield from ("--brokers", tcp(self.base))
        else:
            views = [f"{role}-{i + 1}" for i, roles in enumerate(self.ROLES) for role in roles if role in ("catalog", "order")]
            yield from ("--members", ",".join(views))
            yield from ("--http", self.http, *self.site) if self.http != "off" else ()

    def start(self, ready=True):
        os.makedirs(self.data + "/log", exist_ok=True)
        self.nodes = [Supervised(self.command(i), f"{self.data}/log/node-{i}.log", CLEAN_ENVIRONMENT) for i in (1, 2, 3)]
        for node in self.nodes:
            node.start()
        if ready:
            wait_for("every core is live, a writer among them", self.is_ready, deadline_s=4 * DEADLINE_S)
            if self.catalogue:
                loaded = self.ask("import", self.catalogue, timeout="60s")
                assert loaded.code == 0, loaded
        return self

    def is_ready(self):
        listed = self.ps()
        return all(p["state"] == "live" for p in listed if p["role"] != "bridge") and any(p["writer"] for p in listed)

    def ps(self):
        """Returns what `pygmy ps` tells of the children of an `up`."""
        told = self.ask("status", "--json", timeout="2s")
        status = {"processes": [], **(told.json if told.out else {})}
        return [self.listed(role, number, node, status) for number, node in enumerate(self.nodes, 1)
                for role in self.cores(number)]

    def listed(self, role, number, node, status):
        pid, instance = node.pid, f"{role}-{number}"
        scheme = "http://127.0.0.1:" if role == "bridge" else "tcp://127.0.0.1:"
        seen = [p for p in status["processes"] if p["instance"] == instance and p["pid"] == pid and not p["silent"]]
        return {"role": role, "instance": instance, "pid": pid, "endpoint": f"{scheme}{self.port(role, number)}",
                "state": seen[0]["state"] if seen else "alive" if pid else "dead",
                "writer": bool(seen) and status.get("writer") == instance, "restarts": node.starts - 1}

    def stop(self, number=signal.SIGTERM):
        """Ends the nodes, the one with the broker last, and returns the greatest exit code."""
        codes = [node.end(number) for node in reversed(self.nodes)]
        self.nodes = []
        return max(codes, default=0)

    def clean(self):
        self.stop()
        if self.home:
            shutil.rmtree(self.home)


def store_of(shape, *options, **more):
    return {PROCESSES: Store, SINGLE: Single, NODES: Nodes}[shape](*options, **more)


POOL = concurrent.futures.ThreadPoolExecutor(16)


def scratch_file(name):
    """Returns a path in a new directory, which is removed at the end of the test program."""
    directory = tempfile.mkdtemp(prefix="pygmy-")
    atexit.register(shutil.rmtree, directory)
    return os.path.join(directory, name)


def deep_catalogue():
    """Writes a catalogue of a few items with more stock than any test can buy. Returns its path."""
    with open(scratch_file("deep.csv"), "w") as file:
        file.write("id,title,topic,price,stock\n")
        file.writelines(f"{i},Deep item {i},tests,2.50,100000000\n" for i in range(1, 21))
    return file.name


class StoreTest(unittest.TestCase):
    """One store for each class. After the tests, whatever they did to it, an audit must find the books right."""

    OPTIONS = ("--catalogue", BOOKSTORE)
    SHAPE = SHAPE
    AUDIT = True

    @classmethod
    def setUpClass(cls):
        cls.store = store_of(cls.SHAPE, *cls.OPTIONS)
        cls.addClassCleanup(cls.store.clean)
        cls.store.start()

    @classmethod
    def tearDownClass(cls):
        if cls.AUDIT:
            audit = cls.store.ask("audit", timeout="20s")
            assert audit.code == 0, f"audit: {audit}"

    def add_item(self, stock, title="An item of a test"):
        return self.store.read("add", "--title", title, "--topic", "tests", "--price", "1.00", "--stock",
                               stock)["id"]


class Buyers:
    """Four buyers that buy one piece after the other, each with a key of its own, until the end of the `with` block."""

    def __init__(self, store):
        self.store, self.over = store, threading.Event()
        self.acknowledged, self.errors = {}, []  # order numbers by key; what was not acknowledged
        self.threads = [threading.Thread(target=self.buy, args=(number,)) for number in range(4)]

    def buy(self, number):
        for i in range(100_000):
            if self.over.is_set():
                return
            key = f"buyer-{number}-{i}"
            bought = self.store.ask("buy", 1 + i % 20, "--key", key, "--json")
            if bought.code != 0:
                self.errors.append(bought)
                return
            self.acknowledged[key] = bought.json["no"]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def wait_for_more(self):
        before = len(self.acknowledged)
        wait_for("orders are acknowledged again", lambda: len(self.acknowledged) > before + 10 or self.errors)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def resident_kib(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def is_sanitized(program):
    with open(program, "rb") as file:
        return b"__asan_init" in file.read()


def numbers(pattern, text):
    """Returns the groups of the pattern's last match as numbers."""
    found = re.findall(pattern, text)
    assert found, f"no {pattern!r} in:\n{text}"
    return tuple(int(n) for n in (found[-1] if isinstance(found[-1], tuple) else (found[-1],)))
