"""Visitors during a run: clients whose tokens are granted and revoked while faults strike (ADR 46).

Once a revocation is acknowledged, no frontend may serve the token, not even with an answer that may be old. A grant or a
revocation without an answer proves nothing and is not judged.
"""

import json
import subprocess
import threading

from load import PROBE_EVERY_S
from store import ENVIRONMENT

LOOK_S = 1  # a client's deadline: a frontend that does not answer has not served the token


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
        looked = self.ask("lookup", "1", *options, frontends=frontends, timeout_s=LOOK_S, PYGMY_TOKEN=credential["token"])
        return looked.returncode == 0

    def ask(self, *words, frontends=None, timeout_s=None, **environment):
        return subprocess.run([self.store.program, *words, "--json", "--frontend", ",".join(frontends or self.store.frontends),
                               "--timeout", f"{timeout_s or self.timeout_s}s"], capture_output=True, text=True,
                              env={**ENVIRONMENT, **environment}, timeout=60)

    def stop(self):
        self.over.set()
        self.thread.join(90)
