"""Visitors during a run: clients whose tokens, and in a store with keys also whose keys, are granted and revoked while
faults strike.

Once the revocation of a token is acknowledged, no frontend may serve the token, not even with an answer that may be old
(ADR 46). A grant or a revocation without an answer proves nothing and is not judged.

A key that `pygmy keys revoke` has taken from the list gets no answer to a request that begins more than CUT_S later
(ADR 45). This holds for new clients and for clients that were connected before.
"""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import threading
import time

from load import PROBE_EVERY_S, Bench, clock_ns

LOOK_S = 1  # a client's deadline: a frontend that does not answer has not served the token
CUT_S = 1  # within this time each process cuts the connections of a revoked key
STAY_S = 5  # time for which a client stays connected; its first second, the revocation and CUT_S are within it


class Visitors:
    def __init__(self, store, timeout_s):
        self.store, self.timeout_s = store, timeout_s
        self.revoked, self.broken = 0, []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.over.wait(PROBE_EVERY_S):
            self.visit()

    def visit(self):
        granted = self.ask("grant", "reader")
        if granted.returncode != 0:
            return
        credential = json.loads(granted.stdout)
        self.is_served(credential, self.store.frontends)  # now a frontend has the credential in its cache
        if self.ask("revoke", str(credential["id"])).returncode != 0:
            return
        self.revoked += 1
        for frontend in self.store.frontends:
            for options in ((), ("--stale-ok", "60s")):
                if self.is_served(credential, [frontend], *options):
                    self.broken.append(f"{frontend} served the token of credential {credential['id']} after its revocation was "
                                       f"acknowledged ({' '.join(options) or 'exactly'})")

    def is_served(self, credential, frontends, *options):
        return self.looks_up(frontends, *options, PYGMY_TOKEN=credential["token"])

    def looks_up(self, frontends, *options, **environment):
        return self.ask("lookup", "1", *options, frontends=frontends, timeout_s=LOOK_S, **environment).returncode == 0

    def ask(self, *words, frontends=None, timeout_s=None, **environment):
        return subprocess.run([self.store.program, *words, "--json", "--frontend", ",".join(frontends or self.store.frontends),
                               "--timeout", f"{timeout_s or self.timeout_s}s"], capture_output=True, text=True,
                              env={**self.store.of_clients, **environment}, timeout=60)

    def stop(self):
        self.over.set()
        self.thread.join(90)


class KeyHolders(Visitors):
    """Clients without a token, each with a key of its own. The key lets them look items up."""

    def __init__(self, store, name):
        self.name, self.number = name, 0
        self.served = 0  # clients that were connected and served when their key was revoked
        super().__init__(store, LOOK_S)

    def visit(self):
        self.number += 1
        name = f"{self.name}-{self.number}"
        added = self.store.run_keys("add", "client", name, "--keys", str(self.store.keys))
        if added.returncode != 0:
            return
        kept = pathlib.Path(self.store.home, name + ".key")  # of a thief: `revoke` removes the other
        shutil.copy(added.stdout.strip(), kept)
        try:
            self.steal(name, {"PYGMY_KEY_FILE": str(kept), "PYGMY_TOKEN": ""})
        finally:
            kept.unlink()

    def steal(self, name, thief):
        admitted = [frontend for frontend in self.store.frontends if self.is_admitted(frontend, thief)]
        connected = {frontend: self.connected(f"{name}-{number}", frontend, thief)
                     for number, frontend in enumerate(admitted)}
        try:
            self.await_served(connected.values())
            began_ns = clock_ns()
            revoked = self.store.run_keys("revoke", name, "--keys", str(self.store.keys))
            over_ns = clock_ns() + CUT_S * 1_000_000_000
            if revoked.returncode != 0 or not admitted:
                return
            self.revoked += 1
            time.sleep(CUT_S)
            for frontend in self.store.frontends:
                for options in ((), ("--stale-ok", "60s")):
                    if self.looks_up([frontend], *options, **thief):
                        self.tell(frontend, name, "a new client")
            for frontend, client in connected.items():
                client.result()
                asked_ns = list(times_of_answered(client.record))
                self.served += any(time_ns < began_ns for time_ns in asked_ns)
                if any(time_ns > over_ns for time_ns in asked_ns):
                    self.tell(frontend, name, "a client that was connected")
        finally:
            for client in connected.values():
                client.stop()
                pathlib.Path(client.record).unlink(missing_ok=True)

    def is_admitted(self, frontend, thief):
        """Returns whether the frontend serves the new key, which it may learn of within CUT_S."""
        until = time.monotonic() + CUT_S
        while not self.looks_up([frontend], **thief):
            if time.monotonic() > until:
                return False
        return True

    def connected(self, name, frontend, thief):
        """Returns a client that asks all the time, on one connection."""
        return Bench(self.store, "lookup", STAY_S, LOOK_S, f"{self.store.home}/{name}.jsonl", clients=1, rate=50,
                     frontends=[frontend], environment={**self.store.of_clients, **thief})

    def await_served(self, clients):
        """Waits until each has been served for a second, or a fault lets nobody be served."""
        until = time.monotonic() + 2
        while time.monotonic() < until and any(not c.seconds and c.running.poll() is None for c in clients):
            time.sleep(0.02)

    def tell(self, frontend, name, whom):
        self.broken.append(f"{frontend} served {whom} with the key {name}, more than {CUT_S} s after its revocation")


def times_of_answered(record):
    """Yields when each request that was answered began. `record`: a file of `bench --record`."""
    if not os.path.exists(record):
        return
    with open(record) as lines:
        for line in lines:
            with contextlib.suppress(ValueError):  # the last line of a client that has ended early
                told = json.loads(line)
                if "answer" in told and "err" not in told:
                    yield told["invoked"]
