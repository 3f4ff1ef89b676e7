"""A store whose processes are started, stopped and watched one by one, and the commands of an operator."""

import contextlib
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import time

from sandbox import die_with_parent

STARTED_S = 20  # seconds within which a process must have started
PLAN = {"broker": 1, "catalog": 2, "order": 3, "frontend": 2}
CLUSTER = {"etcd": 3, **PLAN, "broker": 2}
ITEMS = 200
PORTS = 40  # number of ports for a store on loopback
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


class Process:
    def __init__(self, role, instance, address, port, home):
        self.role, self.instance, self.address, self.port = role, instance, address, port
        self.endpoint = f"tcp://{address}:{port}"
        self.data = pathlib.Path(home, instance)
        self.log = pathlib.Path(home, "log", instance + ".log")
        self.data.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(exist_ok=True)
        self.command = None
        self.running = None
        self.wanted = False  # True: the process should run; if it does not, it has died by itself

    def url(self, more=0):
        return f"http://{self.address}:{self.port + more}"

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
        """Returns whether a broker has ended because another has taken over. Such a broker must be started again."""
        return self.wanted and not self.alive() and self.running.returncode == 1 and "is over" in self.last_words()

    def last_words(self):
        return (self.said().strip().splitlines() or ["(it said nothing)"])[-1]


class Store:
    def __init__(self, program, home, network, port_base, deadlines, cluster=False):
        self.program, self.home, self.network, self.wait_s = program, home, network, deadlines
        self.cluster = cluster
        plan = CLUSTER if cluster else PLAN
        self.processes = {}
        for number, (role, instance) in enumerate((role, f"{role}-{i}") for role in plan for i in range(1, plan[role] + 1)):
            # A broker also uses the two ports after its own, and a member of etcd the next one.
            port = 7400 if network.namespaces else port_base + 3 * number
            self.processes[instance] = Process(role, instance, network.add(instance), port, home)
        for process in self.processes.values():
            arguments = self.etcd_arguments(process) if process.role == "etcd" else self.arguments(process)
            process.command = [*network.enter(process.instance), *arguments]
        self.frontends = [p.endpoint for p in self.of_role("frontend")]

    def arguments(self, process):
        brokers = ",".join(p.endpoint for p in self.of_role("broker"))
        yield from (self.program, process.role, "--instance", process.instance, "--listen", process.endpoint)
        if process.role != "broker" or self.cluster:
            yield from ("--brokers", brokers)
        if process.role != "frontend":
            yield from ("--data", str(process.data))
        if process.role == "broker" and self.cluster:
            members = ",".join(f"{p.address}:{p.port}" for p in self.of_role("etcd"))
            yield from ("--journal", "etcd", "--etcd", members)

    def etcd_arguments(self, process):
        members = ",".join(f"{p.instance}={p.url(1)}" for p in self.of_role("etcd"))
        return ["etcd", "--name", process.instance, "--data-dir", str(process.data), "--initial-cluster", members,
                "--listen-client-urls", process.url(), "--advertise-client-urls", process.url(),
                "--listen-peer-urls", process.url(1), "--initial-advertise-peer-urls", process.url(1),
                "--initial-cluster-token", "pygmy", "--logger", "zap", "--log-level", "error", "--pre-vote=true",
                "--snapshot-count", "2000", "--heartbeat-interval", "50", "--election-timeout", "500"]

    def of_role(self, role):
        return [p for p in self.processes.values() if p.role == role]

    def start(self):
        for process in self.processes.values():
            process.start()
        self.wait_level()
        catalogue = pathlib.Path(self.home, "catalogue.csv")
        rows = [f"{i},Deep item {i},tests,2.50,100000000" for i in range(1, ITEMS + 1)]
        catalogue.write_text("\n".join(["id,title,topic,price,stock", *rows]) + "\n")
        loaded = self.ask("import", str(catalogue), timeout=self.wait_s)
        if loaded.returncode != 0:
            raise Broken(f"the catalogue could not be loaded: {loaded.stderr.strip()}")

    def ask(self, *arguments, timeout=10):
        return subprocess.run([self.program, *arguments, "--frontend", ",".join(self.frontends),
                               "--timeout", f"{timeout}s"], capture_output=True, text=True, env=ENVIRONMENT,
                              timeout=300)

    def status(self):
        """Returns the output of `pygmy status --json`, also with code 1 (a process reports trouble); None without an answer."""
        asked = self.ask("status", "--json", timeout=2)
        return json.loads(asked.stdout) if asked.stdout.strip() else None

    def writer(self):
        def appointed():
            status = self.status()
            writer = self.processes.get(status.get("writer", "")) if status else None
            return writer if writer and writer.alive() else None
        return wait_for("there is a writer", appointed, self.wait_s)

    def leader(self):
        """Waits until a broker leads and returns it."""
        def leads():
            status = self.status()
            heard = [p for p in status["processes"] if p.get("leader") and not p["silent"]] if status else []
            return next((self.processes[p["instance"]] for p in heard if self.processes[p["instance"]].alive()), None)
        return wait_for("a broker leads", leads, self.wait_s)

    def look_after(self):
        """Restarts brokers that gave the lead up, as systemd or a container engine would."""
        for process in self.of_role("broker"):
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
        beating = [p.instance for p in self.processes.values() if p.role != "etcd"]
        bad = {i: heard[i]["state"] if i in heard else "silent" for i in beating
               if i not in heard or heard[i]["state"] != "live" or heard[i]["pid"] != self.inner_pid(i)}
        if status.get("diverged"):
            bad["diverged"] = status["diverged"]
        return bad

    def inner_pid(self, instance):
        """Returns the pid as the process sees it. It is the same here, because nsenter makes no pid namespace."""
        return self.processes[instance].pid

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
    """Returns the first of PORTS free ports, below the ports that the kernel gives to clients."""
    for base in random.Random(os.getpid()).sample(range(10_000, 32_000, PORTS), 100):
        with contextlib.ExitStack() as opened:
            try:
                for port in range(base, base + PORTS):
                    probe = opened.enter_context(socket.socket())
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(("127.0.0.1", port))
                return base
            except OSError:
                continue
    raise Broken("no free ports; see --port-base")
