"""The servers that compare.py compares: each starts on loopback with a data directory of its own, makes its measurements and
stops. A measurement is a dict with ops_s, p50_us and p99_us."""

import csv
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
from run import BUILD, Store, run_json  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
LOADS = BUILD / "bench/peers"
POSTGRES = pathlib.Path("/usr/lib/postgresql/15/bin")
ITEMS = 1000
KEYS = 2**31 - 1  # the most that redis-benchmark can choose from
ORDER_BYTES = 256  # of an order in the logs that make no decision
DEADLINE_S = 60


def run(*command, **more):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **more)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def wait_for_port(port):
    until = time.monotonic() + DEADLINE_S
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"nothing listens on port {port}")


def quantile(times, part):
    return sorted(times)[int(part * (len(times) - 1))] if times else 0


def better(*measured):
    return max(measured, key=lambda one: one["ops_s"])


class Server:
    """`name`: in the table. `note`: how it differs from a durable buy that decides, if it does."""
    note = ""

    def __init__(self, port):
        self.port = port
        self.home = tempfile.mkdtemp(prefix="pygmy-peer-")
        self.processes = []

    def spawn(self, *command, **more):
        with open(f"{self.home}/{len(self.processes)}.log", "w") as log:
            self.processes.append(subprocess.Popen([str(part) for part in command], stdout=log, stderr=log, cwd=self.home, **more))

    def start(self):
        pass

    def stop(self):
        for process in self.processes:
            process.send_signal(signal.SIGINT)  # for PostgreSQL: end now, in good order
        for process in self.processes:
            process.wait(timeout=DEADLINE_S)
        shutil.rmtree(self.home)

    def version(self):
        return ""

    def files(self):
        """Programs whose date tells the age of the version."""
        return []


class Pygmy(Server):
    name, options = "Pygmy, 8 processes", ()

    def start(self):
        self.store = Store(self.port, self.options, ITEMS)

    def stop(self):
        self.store.close()
        shutil.rmtree(self.home)

    def measure(self, op, items, clients, inflight, seconds):
        return run_json(BUILD / "pygmy", "bench", "--frontend", self.store.frontends, "--items-of-the-store", "--yes", "--op", op,
                        "--items", items, "--clients", clients, "--inflight", inflight, "--warmup", seconds / 4, "--seconds",
                        seconds, "--trace-every", 0, "--json")

    def buy(self, items, inflight, seconds):
        return self.measure("buy", items, min(inflight, 8), max(1, inflight // 8), seconds)

    def lookup(self, inflight, seconds):
        return self.measure("lookup", "uniform", min(inflight, 8), max(1, inflight // 8), seconds)

    def version(self):
        return run(BUILD / "pygmy", "--version").split()[1]


class Single(Pygmy):
    name, options = "Pygmy, --single", ("--single",)


class Postgres(Server):
    """One PL/pgSQL call a buy; as many connections as requests under way."""
    name = "PostgreSQL"

    def as_owner(self):
        """PostgreSQL refuses to run as root."""
        if os.geteuid() != 0:
            return {}
        user = pwd.getpwnam("postgres")
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def start(self):
        if os.geteuid() == 0:
            shutil.chown(self.home, "postgres", "postgres")
        run(POSTGRES / "initdb", "--pgdata", self.home + "/data", "--username", "shop", "--auth", "trust", "--encoding", "UTF8",
            "--no-locale", cwd=self.home, **self.as_owner())
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": 300,
                    "shared_buffers": "256MB", "max_wal_size": "4GB", "checkpoint_timeout": "30min", "wal_level": "minimal",
                    "max_wal_senders": 0, "synchronous_commit": "on", "fsync": "on"}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.spawn(POSTGRES / "postgres", "-D", self.home + "/data", *words, **self.as_owner())
        wait_for_port(self.port)
        until = time.monotonic() + DEADLINE_S
        while subprocess.run([POSTGRES / "pg_isready", "-h", "127.0.0.1", "-p", str(self.port)], capture_output=True,
                             check=False).returncode != 0 and time.monotonic() < until:
            time.sleep(0.05)
        run("psql", *self.address(), "-q", "-v", "ON_ERROR_STOP=1", "-f", HERE / "buy.sql")

    def address(self):
        return ("-h", "127.0.0.1", "-p", self.port, "-U", "shop", "-d", "postgres")

    def pgbench(self, script, clients, seconds):
        times = tempfile.mkdtemp(prefix="times-", dir=self.home)
        pathlib.Path(times, "script.sql").write_text(script)
        output = run(POSTGRES / "pgbench", "-h", "127.0.0.1", "-p", self.port, "-U", "shop", "-n", "-M", "prepared", "-c", clients,
                     "-j", min(clients, 2), "-T", max(2, round(seconds)), "-l", "--log-prefix", times + "/log", "-f",
                     times + "/script.sql", "postgres")
        micros = [int(line.split()[2]) for log in pathlib.Path(times).glob("log*") for line in log.read_text().splitlines()]
        shutil.rmtree(times)
        rates = [float(line.split()[2]) for line in output.splitlines() if line.startswith("tps")]
        tps = rates[0] if rates else 0  # 256 connections may not finish one transaction in this time
        return {"ops_s": tps, "p50_us": quantile(micros, 0.5), "p99_us": quantile(micros, 0.99)}

    def buy(self, items, inflight, seconds):
        last = 1 if items == "hot" else ITEMS
        return self.pgbench(f"\\set key random(1, 9000000000000000000)\n\\set item random(1, {last})\n"
                            "SELECT buy(:key, :item);\n", inflight, seconds)

    def lookup(self, inflight, seconds):
        return self.pgbench(f"\\set item random(1, {ITEMS})\nSELECT id, title, topic, price, stock FROM items WHERE id = :item;\n",
                            inflight, seconds)

    def version(self):
        return run(POSTGRES / "postgres", "--version").split()[2]

    def files(self):
        return [POSTGRES / "postgres"]


class Redis(Server):
    """A server-side function a buy. Of 64 and 256 requests under way, the better of a connection each and of pipelines."""
    name = "Redis, appendfsync always"

    def start(self):
        self.spawn("redis-server", "--port", self.port, "--bind", "127.0.0.1", "--dir", self.home, "--save", "", "--appendonly",
                   "yes", "--appendfsync", "always")
        wait_for_port(self.port)
        self.cli("-x", "FUNCTION", "LOAD", input=(HERE / "buy.lua").read_text())
        items = "".join(f"HSET item:{i:012} title \"Bench item {i}\" topic bench price 999 stock 1000000000\n"
                        for i in range(ITEMS + 1))
        self.cli(input=items)

    def cli(self, *words, **more):
        return run("redis-cli", "-p", self.port, *words, **more)

    def benchmark(self, connections, pipeline, keys, seconds, *command):
        """redis-benchmark counts requests, so a short run tells how many take so long."""
        def for_requests(number):
            output = run("redis-benchmark", "-p", self.port, "-c", connections, "-P", pipeline, "-n", number, "-r", keys, "--csv",
                         *command)
            row = next(csv.DictReader(output.splitlines()))
            return {"ops_s": float(row["rps"]), "p50_us": float(row["p50_latency_ms"]) * 1000,
                    "p99_us": float(row["p99_latency_ms"]) * 1000, "requests": number}
        trial = for_requests(max(200, 20 * connections * pipeline))
        return for_requests(max(200, int(trial["ops_s"] * seconds)))

    def shaped(self, inflight, *rest):
        shapes = [(1, 1)] if inflight == 1 else [(inflight, 1), (8, inflight // 8)]
        return better(*(self.benchmark(*shape, *rest) for shape in shapes))

    def buy(self, items, inflight, seconds):
        before = self.orders()
        figure = self.shaped(inflight, KEYS, seconds, "FCALL", "buy", 1, "__rand_int__", 1 if items == "hot" else ITEMS)
        if self.orders() - before < figure["requests"] * 0.9:  # redis-benchmark does not look at the answers
            sys.exit("Redis sold less than redis-benchmark counted")
        return figure

    def orders(self):
        return int(self.cli("GET", "orders").strip() or 0)

    def lookup(self, inflight, seconds):
        return self.shaped(inflight, ITEMS, seconds, "HGETALL", "item:__rand_int__")

    def version(self):
        return run("redis-server", "--version").split("v=")[1].split()[0]

    def files(self):
        return ["/usr/bin/redis-server", "/usr/bin/redis-check-rdb"]


class Etcd(Server):
    name, members = "etcd, 1 member", 1

    def endpoints(self):
        return [f"127.0.0.1:{self.port + 2 * i}" for i in range(self.members)]

    def start(self):
        peers = [f"http://127.0.0.1:{self.port + 2 * i + 1}" for i in range(self.members)]
        cluster = ",".join(f"m{i}={peer}" for i, peer in enumerate(peers))
        for i, (client, peer) in enumerate(zip(self.endpoints(), peers)):
            self.spawn("etcd", "--name", f"m{i}", "--data-dir", f"{self.home}/m{i}", "--listen-client-urls", "http://" + client,
                       "--advertise-client-urls", "http://" + client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls",
                       peer, "--initial-cluster", cluster, "--quota-backend-bytes", 2**33, "--log-level", "error")
        for client in self.endpoints():
            wait_for_port(int(client.rpartition(":")[2]))
        self.load("buy", ITEMS, 1, 1, 0.2)  # returns when there is a leader

    def load(self, op, items, clients, inflight, seconds):
        return run_json(LOADS / "etcd_bench", ",".join(self.endpoints()), op, clients, inflight, seconds, items, ORDER_BYTES)

    def buy(self, items, inflight, seconds):
        return self.load("buy", 1 if items == "hot" else ITEMS, min(inflight, 8), max(1, inflight // 8), seconds)

    def lookup(self, inflight, seconds):
        return self.load("lookup", ITEMS, min(inflight, 8), max(1, inflight // 8), seconds)

    def version(self):
        return run("etcd", "--version").split()[2]

    def files(self):
        return ["/usr/bin/etcd"]


class Etcd3(Etcd):
    name, members = "etcd, 3 members", 3


class Nats(Server):
    """A buy is a message that its stream keeps: nothing is decided."""
    name = "NATS JetStream, file storage"
    note = "publishes an order; decides nothing, and 2.9 acknowledges before the flush (sync_interval came with 2.10)"

    def start(self):
        pathlib.Path(self.home, "nats.conf").write_text(
            f'host: "127.0.0.1"\nport: {self.port}\njetstream {{ store_dir: "{self.home}/js" }}\n')
        self.spawn("nats-server", "-c", "nats.conf")
        wait_for_port(self.port)

    def buy(self, items, inflight, seconds):
        if items != "hot" and inflight > 1:
            return None  # it does not distinguish items
        return run_json(LOADS / "nats_bench", self.port, min(inflight, 8), max(1, inflight // 8), seconds, ORDER_BYTES)

    def lookup(self, inflight, seconds):
        return None

    def version(self):
        return run("nats-server", "--version").split("v")[-1].strip()

    def files(self):
        return ["/usr/sbin/nats-server"]


class Echo(Server):
    """A look-up has 39 bytes and its answer 118."""
    name = "bare ZeroMQ echo"
    note = "answers without looking anything up"

    def buy(self, items, inflight, seconds):
        return None

    def lookup(self, inflight, seconds):
        return run_json(BUILD / "bench/echo_bench", min(inflight, 8), max(1, inflight // 8), seconds, 39, 118)


class Log(Server):
    name = "bare group-commit log"
    note = "appends the records of all under way and flushes once; no clients, no network, no decisions"

    def buy(self, items, inflight, seconds):
        if items != "hot" and inflight > 1:
            return None  # it does not distinguish items
        return run_json(LOADS / "log_bench", self.home + "/log", inflight, seconds, ORDER_BYTES)

    def lookup(self, inflight, seconds):
        return None


SERVERS = [Pygmy, Postgres, Redis, Single, Etcd, Etcd3, Nats, Echo, Log]
