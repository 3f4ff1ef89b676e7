"""A store of single processes, each started, stopped and watched by itself, and what an operator asks of it."""

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

STARTED_S = 20  # a process that is not up by then does not come up
PLAN = {"broker": 1, "catalog": 2, "order": 3, "frontend": 2}
CLUSTER = {"etcd": 3, **PLAN, "broker": 2}
ITEMS = 200
PORTS = 40  # that a store on loopback may use
# What a person has set for another store must not reach this one.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PYGMY_")}


class Broken(Exception):
    """The store does not do what it must: a promise is broken, or it never came up."""


def wait_for(what, condition, deadline_s):
    """The first true value of condition()."""
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
        self.wanted = False  # it is to run: if it does not, it has died by itself

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
        """The letter of the kernel: R runs, S sleeps, T is stopped; none if it is gone."""
        try:
            return pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return ""

    def signal(self, number):
        self.running.send_signal(number)

    def end(self, number, deadline_s=STARTED_S):
        """Its exit code, after this signal."""
        self.wanted = False
        self.signal(number)
        return self.running.wait(deadline_s)

    def said(self):
        """What it has logged since it was started."""
        return self.log.read_bytes()[self.log_start:].decode(errors="replace")

    def gave_the_lead_up(self):
        """A broker ends itself when another has taken over; whoever looks after it starts it again."""
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
            # A broker uses the two ports after its own as well, a member of etcd the one after.
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
        """What the processes tell of themselves; None if nobody answers."""
        asked = self.ask("status", "--json", timeout=2)
        return json.loads(asked.stdout) if asked.returncode == 0 else None

    def writer(self):
        def appointed():
            status = self.status()
            writer = self.processes.get(status.get("writer", "")) if status else None
            return writer if writer and writer.alive() else None
        return wait_for("there is a writer", appointed, self.wait_s)

    def leader(self):
        """The broker that leads."""
        def leads():
            status = self.status()
            heard = [p for p in status["processes"] if p.get("leader") and not p["silent"]] if status else []
            return next((self.processes[p["instance"]] for p in heard if self.processes[p["instance"]].alive()), None)
        return wait_for("a broker leads", leads, self.wait_s)

    def look_after(self):
        """What systemd or a container's restart policy would do."""
        for process in self.of_role("broker"):
            if process.gave_the_lead_up():
                process.start()

    def wait_live(self):
        """Every process runs, is heard and answers."""
        wait_for("every process is live", lambda: not self.not_live(), self.wait_s)

    def not_live(self):
        """What is not well, by instance."""
        self.look_after()
        status = self.status()
        if not status:
            return {"status": "no answer"}
        # After a restart the old incarnation is told of for a while, and it is silent.
        heard = {p["instance"]: p for p in status["processes"] if not p["silent"]}
        beating = [p.instance for p in self.processes.values() if p.role != "etcd"]
        bad = {i: heard[i]["state"] if i in heard else "silent" for i in beating
               if i not in heard or heard[i]["state"] != "live" or heard[i]["pid"] != self.inner_pid(i)}
        if status.get("diverged"):
            bad["diverged"] = status["diverged"]
        return bad

    def inner_pid(self, instance):
        """The pid as the process sees it: ours, as the namespaces are entered before it starts."""
        return self.processes[instance].pid

    def wait_level(self):
        """Live, and with nothing left to apply."""
        def level():
            if self.not_live():
                return False
            views = [p for p in self.status()["processes"] if p["role"] in ("catalog", "order") and not p["silent"]]
            return len({p["applied"] for p in views}) == 1 and len({p["digest"] for p in views}) == 1
        wait_for("all views are level and alike", level, self.wait_s)

    def died_by_themselves(self):
        return [p for p in self.processes.values() if p.wanted and not p.alive() and not p.gave_the_lead_up()]

    def stop(self):
        """Whatever the state. Returns how many processes it has ended, in the order frontends first, broker last."""
        running = [p for p in reversed(self.processes.values()) if p.alive()]
        for process in running:
            process.signal(signal.SIGCONT)
            try:
                process.end(signal.SIGTERM, 5)
            except subprocess.TimeoutExpired:
                process.end(signal.SIGKILL)
        return len(running)


def free_port_base():
    """Ports below those that the kernel gives to clients."""
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
