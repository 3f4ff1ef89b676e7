"""A store whose processes are started, stopped and watched one by one, and the commands of an operator."""

import contextlib
import fcntl
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import tempfile
import time

from sandbox import die_with_parent

STARTED_S = 20  # seconds within which a process must have started
ITEMS = 200
PORTS = 72  # number of ports for a store on loopback
# The shapes of a store: one core a process, all cores in one node, or three nodes.
PROCESSES, SINGLE, NODES = "processes", "single", "nodes"
NODE_PORTS = {"broker": 0, "frontend": 10, "catalog": 30, "order": 50}  # of each core, from its node's first port
# A user's PYGMY_ variables are for another store.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PYGMY_")}


class Broken(Exception):
    """A promise of the store is broken, or the store did not start."""


def wait_for(what, condition, deadline_s):
    """Waits until condition() is true and returns its value. Raises Broken after `deadline_s` seconds."""
    until = time.monotonic() + deadline_s
    while not (value := condition()):
        if time.monotonic() > until:
            raise Broken(f"not within {deadline_s} s: {what}")
        time.sleep(0.02)
    return value


def plan(shape, cluster, bridges=0):
    """Yields (role, number, roles of the cores) of each process, in the order in which they are started."""
    yield from (("etcd", number, ("etcd",)) for number in (1, 2, 3) if cluster)
    if shape == PROCESSES:
        counts = {"broker": 2 if cluster else 1, "catalog": 2, "order": 3, "frontend": 2}
        yield from ((role, number, (role,)) for role, count in counts.items() for number in range(1, count + 1))
    for number in {SINGLE: (1,), NODES: (1, 2, 3)}.get(shape, ()):
        # A store without etcd has one broker.
        yield "node", number, ("broker", "catalog", "order", "frontend")[0 if cluster or number == 1 else 1:]
    yield from (("bridge", number, ("bridge",)) for number in range(1, bridges + 1))


class Process:
    """A process of the store. It has one core, or several if it is a node."""

    def __init__(self, role, number, address, port, home, cores):
        self.role, self.instance, self.address, self.port = role, f"{role}-{number}", address, port
        self.cores = {core: f"{core}-{number}" for core in cores}  # the instance by its role
        self.data = pathlib.Path(home, self.instance)
        self.log = pathlib.Path(home, "log", self.instance + ".log")
        self.data.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(exist_ok=True)
        self.command = None
        self.running = None
        self.wanted = False  # True: the process should run; if it does not, it has died by itself

    def port_of(self, core):
        return self.port + (NODE_PORTS[core] if self.role == "node" else 0)

    def endpoint(self, core):
        """Returns where the core of this role is reached."""
        return f"{'http' if core == 'bridge' else 'tcp'}://{self.address}:{self.port_of(core)}"

    def data_of(self, core):
        """Returns the directory of the core of this role."""
        return self.data / self.cores[core] if self.role == "node" else self.data

    def start(self, **environment):
        self.wanted = True
        self.log_start = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as log:
            self.running = subprocess.Popen(self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            env={**ENVIRONMENT, **environment}, preexec_fn=die_with_parent,
                                            start_new_session=True)

    @property
    def pid(self):
        return self.running.pid

    def alive(self):
        return self.running is not None and self.running.poll() is None

    def state(self):
        """Returns the kernel's letter for the state: R runs, S sleeps, T is stopped. Empty: the process is gone."""
        try:
            return pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return ""

    def signal(self, number):
        self.running.send_signal(number)

    def end(self, number, deadline_s=STARTED_S):
        """Sends a signal, waits for the end, and returns the exit code."""
        self.wanted = False
        self.signal(number)
        return self.running.wait(deadline_s)

    def said(self):
        """Returns its log since the last start."""
        return self.log.read_bytes()[self.log_start:].decode(errors="replace")

    def gave_the_lead_up(self):
        """Returns whether it has ended because another broker has taken over. It must be started again."""
        return self.wanted and not self.alive() and self.running.returncode == 1 and "is over" in self.last_words()

    def last_words(self):
        return (self.said().strip().splitlines() or ["(it said nothing)"])[-1]


class Store:
    def __init__(self, program, home, network, port_base, deadlines, shape=PROCESSES, cluster=False, secure=False,
                 bridges=0):
        self.program, self.home, self.network, self.wait_s = program, home, network, deadlines
        self.cluster = cluster
        self.keys = pathlib.Path(home, "keys") if secure else None  # directory of its keys
        # The environments of checks and of clients: an operator's key; a client's key, and an admin's token.
        self.of_checks, self.of_clients = ENVIRONMENT, ENVIRONMENT
        self.processes = {}
        for place, (role, number, cores) in enumerate(plan(shape, cluster, bridges)):
            # A broker also uses the two ports after its own, and a member of etcd the next one. The ports of several
            # nodes lie between each other.
            port = 7400 if network.namespaces else port_base + 3 * place
            process = Process(role, number, network.add(f"{role}-{number}"), port, home, cores)
            self.processes[process.instance] = process
        for process in self.processes.values():
            process.command = [*network.enter(process.instance), *self.arguments(process)]
        self.frontends = [p.endpoint("frontend") for p in self.with_core("frontend")]
        self.urls = [p.endpoint("bridge") for p in self.with_core("bridge")]

    def arguments(self, process):
        if process.role == "etcd":
            yield from self.etcd_arguments(process)
            return
        yield from (self.program, process.role)
        if process.role == "node":
            yield from ("--name", process.instance.rpartition("-")[2], "--roles", ",".join(process.cores), "--bind",
                        process.address, "--port-base", str(process.port))
        else:
            yield from ("--instance", process.instance, "--listen",
                        process.endpoint(process.role).removeprefix("http://"))
        others = [p.endpoint("broker") for p in self.with_core("broker") if p is not process]
        if others:
            yield from ("--brokers", ",".join(others))
        if process.role not in ("frontend", "bridge"):
            yield from ("--data", str(process.data))
        if self.keys:
            yield from ("--keys", str(self.keys))
        elif self.network.namespaces and process.role != "bridge":
            yield "--insecure"  # nobody else is in these namespaces
        if "broker" in process.cores and self.cluster:
            members = ",".join(f"{p.address}:{p.port}" for p in self.with_core("etcd"))
            yield from ("--journal", "etcd", "--etcd", members)
            if self.keys:
                ca, certificate, key = self.certificates()
                yield from ("--etcd-ca", ca, "--etcd-cert", certificate, "--etcd-key", key)

    def etcd_arguments(self, process):
        def url(member, more=0):
            return f"{'https' if self.keys else 'http'}://{member.address}:{member.port + more}"
        members = ",".join(f"{p.instance}={url(p, 1)}" for p in self.with_core("etcd"))
        yield from ("etcd", "--name", process.instance, "--data-dir", str(process.data), "--initial-cluster", members,
                    "--listen-client-urls", url(process), "--advertise-client-urls", url(process),
                    "--listen-peer-urls", url(process, 1), "--initial-advertise-peer-urls", url(process, 1),
                    "--initial-cluster-token", "pygmy", "--logger", "zap", "--log-level", "error", "--pre-vote=true",
                    "--snapshot-count", "2000", "--heartbeat-interval", "50", "--election-timeout", "500")
        for kind in ("--", "--peer-") if self.keys else ():
            ca, certificate, key = self.certificates()
            yield from (f"{kind}client-cert-auth", f"{kind}trusted-ca-file", ca, f"{kind}cert-file", certificate,
                        f"{kind}key-file", key)

    def certificates(self):
        """Returns the files of the authority, and of the certificate and the key that etcd and the brokers share."""
        return [str(self.keys / "etcd" / name) for name in ("ca.pem", "cert.pem", "cert.key")]

    def make_certificates(self):
        ca, certificate, key = self.certificates()
        (self.keys / "etcd").mkdir(mode=0o700)
        names = ",".join(f"IP:{p.address}" for p in self.with_core("etcd"))
        new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=etcd")
        with tempfile.TemporaryDirectory() as scratch:
            extensions = pathlib.Path(scratch, "extensions")
            extensions.write_text(f"subjectAltName = {names}\n")
            for words in ((*new, "-x509", "-days", "30", "-keyout", f"{scratch}/ca.key", "-out", ca),
                          (*new, "-keyout", key, "-out", f"{scratch}/request"),
                          ("x509", "-req", "-in", f"{scratch}/request", "-CA", ca, "-CAkey", f"{scratch}/ca.key",
                           "-CAcreateserial", "-CAserial", f"{scratch}/serial", "-days", "30", "-extfile",
                           str(extensions), "-out", certificate)):
                made = subprocess.run(("openssl", *words), capture_output=True, text=True, check=False)
                if made.returncode != 0:
                    raise Broken(f"the certificates of etcd could not be made: {made.stderr.strip()}")

    def of_role(self, role):
        return [p for p in self.processes.values() if p.role == role]

    def with_core(self, core):
        """Returns the processes that have a core of this role."""
        return [p for p in self.processes.values() if core in p.cores]

    def process_of(self, instance):
        """Returns the process that has this core, or None."""
        return next((p for p in self.processes.values() if instance in p.cores.values()), None)

    def is_only_broker(self, process):
        """Returns whether the process has the only broker of the store, for which no other can stand in."""
        return "broker" in process.cores and not self.cluster

    def start(self):
        if self.keys:
            self.make_keys()
            if self.cluster:
                self.make_certificates()
        for process in self.processes.values():
            process.start()
        self.wait_level()
        catalogue = pathlib.Path(self.home, "catalogue.csv")
        rows = [f"{i},Deep item {i},tests,2.50,100000000" for i in range(1, ITEMS + 1)]
        catalogue.write_text("\n".join(["id,title,topic,price,stock", *rows]) + "\n")
        loaded = self.ask("import", str(catalogue), timeout=self.wait_s)
        if loaded.returncode != 0:
            raise Broken(f"the catalogue could not be loaded: {loaded.stderr.strip()}")
        if self.keys:
            granted = self.ask("grant", "admin", "--json", timeout=self.wait_s)
            if granted.returncode != 0:
                raise Broken(f"no token was granted: {granted.stderr.strip()}")
            self.of_clients = {**self.of_clients, "PYGMY_TOKEN": json.loads(granted.stdout)["token"]}

    def make_keys(self):
        made = [self.run_keys("init", str(self.keys))]
        members = [member for p in self.processes.values() if p.role != "etcd" for member in p.cores.items()]
        made += [self.run_keys("add", role, name, "--keys", str(self.keys))
                 for role, name in [*members, ("operator", "operator"), ("client", "client")]]
        if any(each.returncode != 0 for each in made):
            raise Broken("the keys could not be made: " + "".join(each.stderr for each in made))
        self.of_checks = {**ENVIRONMENT, "PYGMY_KEY_FILE": str(self.keys / "operator.key")}
        self.of_clients = {**ENVIRONMENT, "PYGMY_KEY_FILE": str(self.keys / "client.key")}

    def run_keys(self, *words):
        return subprocess.run([self.program, "keys", *words], capture_output=True, text=True, env=ENVIRONMENT,
                              timeout=60)

    def ask(self, *arguments, timeout=10):
        return subprocess.run([self.program, *arguments, "--frontend", ",".join(self.frontends),
                               "--timeout", f"{timeout}s"], capture_output=True, text=True, env=self.of_checks,
                              timeout=300)

    def status(self):
        """Returns the output of `pygmy status --json`, also with code 1 (a process reports trouble); None without an answer."""
        told = json.loads(self.ask("status", "--json", timeout=2).stdout or "{}")
        return told if "processes" in told else None

    def writer(self):
        def appointed():
            status = self.status()
            writer = self.process_of(status.get("writer")) if status else None
            return writer if writer and writer.alive() else None
        return wait_for("there is a writer", appointed, self.wait_s)

    def leader(self):
        """Waits until a broker leads and returns its process."""
        def leads():
            status = self.status()
            heard = [p for p in status["processes"] if p.get("leader") and not p["silent"]] if status else []
            leading = [self.process_of(p["instance"]) for p in heard]
            return next((process for process in leading if process.alive()), None)
        return wait_for("a broker leads", leads, self.wait_s)

    def look_after(self):
        """Restarts processes whose broker gave the lead up, as systemd or a container engine would."""
        for process in self.with_core("broker"):
            if process.gave_the_lead_up():
                process.start()

    def wait_live(self):
        """Waits until every process runs, sends heartbeats and is live."""
        wait_for("every process is live", lambda: not self.not_live(), self.wait_s)

    def not_live(self):
        """Returns the processes that are not live, and their states, by instance."""
        self.look_after()
        status = self.status()
        if not status:
            return {"status": "no answer"}
        # For a while after a restart, the status also shows the old incarnation, which is silent.
        heard = {p["instance"]: p for p in status["processes"] if not p["silent"]}
        beating = [core for p in self.processes.values() if p.role != "etcd" for core in p.cores.values()]
        bad = {i: heard[i]["state"] if i in heard else "silent" for i in beating
               if i not in heard or heard[i]["state"] != "live" or heard[i]["pid"] != self.inner_pid(i)}
        if status.get("diverged"):
            bad["diverged"] = status["diverged"]
        return bad

    def inner_pid(self, instance):
        """Returns the pid as the process sees it. It is the same here, because nsenter makes no pid namespace."""
        return self.process_of(instance).pid

    def wait_level(self):
        """Waits until every process is live and all views have applied the same seq."""
        def level():
            if self.not_live():
                return False
            views = [p for p in self.status()["processes"] if p["role"] in ("catalog", "order") and not p["silent"]]
            return len({p["applied"] for p in views}) == 1 and len({p["digest"] for p in views}) == 1
        wait_for("all views are level and alike", level, self.wait_s)

    def died_by_themselves(self):
        return [p for p in self.processes.values() if p.wanted and not p.alive() and not p.gave_the_lead_up()]

    def stop(self):
        """Ends all processes, in whatever state they are, frontends first and brokers last. Returns how many it ended."""
        running = [p for p in reversed(self.processes.values()) if p.alive()]
        for process in running:
            process.signal(signal.SIGCONT)
            try:
                process.end(signal.SIGTERM, 5)
            except subprocess.TimeoutExpired:
                process.end(signal.SIGKILL)
        return len(running)


def free_port_base():
    """Returns the first of PORTS free ports, below the ports that the kernel gives to clients. Until this process ends
    nobody gets them who takes the same locks, as the tests of the project do (tests/process/store.py)."""
    for base in random.Random(os.getpid()).sample(range(10_000, 32_000, PORTS), 100):
        held = os.open(f"{tempfile.gettempdir()}/pygmy-ports-{base}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        with contextlib.ExitStack() as opened:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                for port in range(base, base + PORTS):
                    probe = opened.enter_context(socket.socket())
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(("127.0.0.1", port))
                return base  # `held` is never closed
            except OSError:
                os.close(held)
    raise Broken("no free ports; see --port-base")
