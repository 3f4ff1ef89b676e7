"""Asks the store as its operator, through ssh: no port of a store has to be open for the operator's machine."""

import json
import time

from .plan import is_any
from .remote import Trouble

ASK_S = 5       # the time of one status
PAUSE_S = 0.2   # between two


class Store:
    """`remotes`: name -> Remote, of the hosts that can be reached."""

    def __init__(self, plan, remotes, local):
        self.plan, self.remotes, self.local = plan, remotes, local
        self.variables = None

    def connect(self):
        if self.variables is None:
            self.variables = {"PYGMY_FRONTEND": self.through("frontend"), "PYGMY_BROKERS": self.through("broker"),
                              "PYGMY_KEY_FILE": str(self.local.directory / "operator.key")}
            if not self.variables["PYGMY_FRONTEND"]:
                raise Trouble("no host of a frontend can be reached")
        return self.variables

    def through(self, role):
        """Returns the endpoints of a role, as this machine reaches them."""
        found = []
        for part in self.plan.parts(role):
            host = self.plan.hosts[self.plan.unit_of(part.instance).host]
            if host.name in self.remotes:
                at = "127.0.0.1" if is_any(host.bind) else host.bind
                found.append(f"tcp://127.0.0.1:{self.remotes[host.name].tunnel(at, part.port)}")
        return ",".join(found)

    def pygmy(self, *words, **options):
        return self.local.run(*words, variables=self.connect(), **options)

    def pygmy_there(self, words):
        """Runs a command on a host of a frontend, which reaches every process. Returns its exit code."""
        host = next((unit.host for unit in self.plan.units
                     if unit.host in self.remotes and any(part.role == "frontend" for part in unit.parts)), None)
        if host is None:
            raise Trouble("no host of a frontend can be reached")
        variables = [f"{name}={','.join(part.endpoint for part in self.plan.parts(role))}"
                     for name, role in (("PYGMY_FRONTEND", "frontend"), ("PYGMY_BROKERS", "broker"))]
        return self.remotes[host].show("as_operator", *variables, "--", *words,
                                       given=(self.local.directory / "operator.key").read_bytes())

    def status(self):
        """Returns what a frontend says of the store, or None."""
        done = self.pygmy("status", "--json", "--timeout", f"{ASK_S}s", capture_output=True)
        try:
            return json.loads(done.stdout)
        except ValueError:
            self.said = done.stderr.strip()
            return None

    def wait_level(self, timeout_s, than=None, bridges=None):
        """Waits until every process of the plan is live and level, and these bridges serve (default: all). `than`: instance -> pid
        before its restart; another process must have taken its place. Returns instance -> pid."""
        until = time.monotonic() + timeout_s
        while why := obstacle(self.plan, status := self.status(), than or {}) or self.silent_bridge(bridges):
            if time.monotonic() > until:
                raise Trouble(f"not within {timeout_s:g} s: {why}" + (f" ({self.said})" if why == NO_ANSWER else ""))
            time.sleep(PAUSE_S)
        return pids_of(status)

    def silent_bridge(self, wanted):
        """Returns the first of these bridges that does not serve, and why, or None."""
        for part in self.plan.parts("bridge"):
            unit = self.plan.unit_of(part.instance)
            if unit.host in self.remotes and (wanted is None or part.instance in wanted):
                host = self.plan.hosts[unit.host]
                at = host.bind if unit.kind == "node" else host.http.rpartition(":")[0]
                try:
                    self.remotes[unit.host].do("healthy", f"{'127.0.0.1' if is_any(at) else at}:{part.port}")
                except Trouble as trouble:
                    return f"{part.instance} does not serve: {trouble}"
        return None


def pids_of(status):
    """Returns instance -> pid of what a frontend says of the store. Pure."""
    return {one["instance"]: one["pid"] for one in (status or {}).get("processes", [])}


NO_ANSWER = "no frontend answers"


def obstacle(plan, status, than):
    """Returns the first reason why the store is not whole, or None. Pure."""
    if status is None:
        return NO_ANSWER
    if not status.get("writer"):
        return "no order replica is the writer"
    if status.get("diverged"):
        return f"the views of {', '.join(map(str, status['diverged']))} differ from the others"
    seen = {one["instance"]: one for one in status["processes"]}
    for part in plan.parts("broker", "catalog", "order", "frontend"):
        one = seen.get(part.instance)
        if one is None or one["silent"]:
            return f"{part.instance} is silent"
        if one["pid"] == than.get(part.instance):
            return f"{part.instance} has not come back"
        if one["state"] != "live":
            return f"{part.instance} is {one['state']}"
    return None
