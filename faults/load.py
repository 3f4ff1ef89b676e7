"""What clients do while faults are on: two load generators, and a prober whose every request is a new client.

The generators (`pygmy bench`) are there for the rate and for latencies of every request; they tell each second how far
they are. The prober is there for the words of an error and for the books: it keeps every order that was acknowledged to
it, so that each can be asked for again at the end.
"""

import json
import os
import re
import subprocess
import threading
import time

from sandbox import die_with_parent
from store import ENVIRONMENT, ITEMS

PROBE_EVERY_S = 0.2
SECOND = re.compile(r"\r +\d+ s +(\d+) ops/s +(\d+) errors")


def clock_ns():
    """The clock of `pygmy bench --record`."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class Bench:
    """One load generator. Its standard error is a terminal, so that it tells its rate."""

    def __init__(self, store, op, seconds, timeout_s, record=None, clients=8):
        self.op, self.seconds = op, []  # (when the second was over, ops in it)
        self.record = record
        command = [store.program, "bench", "--op", op, "--clients", str(clients), "--seconds", str(seconds), "--json",
                   "--frontend", ",".join(store.frontends), "--timeout", f"{timeout_s}s"]
        if record:
            command += ["--record", record]
        ours, its = os.openpty()
        self.running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=its, text=True,
                                        env=ENVIRONMENT, preexec_fn=die_with_parent, start_new_session=True)
        os.close(its)
        self.reader = threading.Thread(target=self.read, args=(ours,), daemon=True)
        self.reader.start()
        self.limit_s = seconds + timeout_s + 30

    def read(self, terminal):
        self.said = ""
        with os.fdopen(terminal, "rb", buffering=0) as told:
            while True:
                try:
                    text = told.read(4096).decode(errors="replace")
                except OSError:  # the other end is closed
                    return
                self.said += text
                self.seconds += [(time.monotonic(), int(ops)) for ops, _ in SECOND.findall(text)]

    def result(self):
        """Its report, with an error if it did not even begin."""
        out, _ = self.running.communicate(timeout=self.limit_s)
        self.reader.join()
        try:
            return json.loads(out)
        except ValueError:
            code = self.running.returncode
            return {"ops": 0, "max_us": 0, "errors": 1, "seconds": 0, "refused": {}, "errors_by_code": {"bench": 1},
                    "first_error": f"bench --op {self.op} ended with code {code}: {out or self.said}".strip()}

    def stop(self):
        self.running.kill()
        self.running.wait()


def rate(benches, begin, end):
    """Operations a second of all, in those seconds that have a part in between; None if there is none."""
    each = [[ops for over, ops in bench.seconds if begin < over and over - 1 < end] for bench in benches]
    return round(sum(sum(ops) / len(ops) for ops in each)) if all(each) else None


class Prober:
    """Buys and looks up in turn, each time as a client that has just come, at one frontend first and then the other."""

    def __init__(self, store, name, timeout_s, record):
        self.store, self.name, self.timeout_s, self.record = store, name, timeout_s, record
        self.acknowledged = {}  # key -> order number
        self.probes = []  # (kind, began, took in s, error or None)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        number = 0
        while not self.over.wait(PROBE_EVERY_S):
            number += 1
            item, key = 1 + number % ITEMS, f"{self.name}-{number}"
            if number % 2:
                request = {"key": key, "type": "buy", "lines": [{"item": item, "quantity": 1}]}
                self.probe(number, "place", request, "buy", str(item), "--key", key)
            else:
                self.probe(number, "lookup", {"item": item}, "lookup", str(item))
        self.record.end()

    def probe(self, number, kind, request, *words):
        first = number // 2 % 2
        frontends = self.store.frontends[first:] + self.store.frontends[:first]
        began, began_ns = time.monotonic(), clock_ns()
        asked = subprocess.run([self.store.program, *words, "--json", "--frontend", ",".join(frontends), "--timeout",
                                f"{self.timeout_s}s"], capture_output=True, text=True, env=ENVIRONMENT, timeout=60)
        printed = json.loads(asked.stdout or "{}")
        self.record.add(kind, request, began_ns, clock_ns(), printed)
        error = None
        if asked.returncode != 0:
            error = f"exit code {asked.returncode}: " + " / ".join(asked.stderr.splitlines())
        elif kind == "place":
            self.acknowledged[request["key"]] = printed["order"]
        self.probes.append((words[0], began, time.monotonic() - began, error))

    def stop(self):
        self.over.set()
        self.thread.join(90)
