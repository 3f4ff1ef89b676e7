"""The clients during a run: two load generators, and a prober that makes each request as a new client.

The load generators (`pygmy bench`) measure the rate of each second and the latency of every request. With `--load` a
program of another client library stands in for the one with the mix of requests. The prober keeps the text of every
error. It also keeps every order that was acknowledged to it, so that the orders can be checked at the end.
"""

import json
import os
import re
import shlex
import subprocess
import threading
import time

from sandbox import die_with_parent
from store import ITEMS

PROBE_EVERY_S = 0.2
SECOND = re.compile(r"[\r\n] *\d+ s +(\d+) ops/s +(\d+) errors")
REPORTED = {"ops", "seconds", "max_us", "errors", "errors_by_code", "refused"}  # what a report must have


def clock_ns():
    """Reads the clock of `pygmy bench --record`, in nanoseconds."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class Generator:
    """A load generator that runs. Its standard error is a terminal, so that it prints its rate every second."""

    def __init__(self, name, command, seconds, timeout_s, record, environment):
        self.name, self.record = name, record
        self.said, self.seconds = "\r", []  # seconds: (time at the end of the second, operations in it)
        ours, its = os.openpty()
        self.running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=its, text=True,
                                        env=environment, preexec_fn=die_with_parent, start_new_session=True)
        os.close(its)
        self.reader = threading.Thread(target=self.read, args=(ours,), daemon=True)
        self.reader.start()
        self.limit_s = seconds + timeout_s + 30

    def read(self, terminal):
        searched = 0
        with os.fdopen(terminal, "rb", buffering=0) as told:
            while True:
                try:
                    self.said += told.read(4096).decode(errors="replace")
                except OSError:  # the other end is closed
                    return
                for second in SECOND.finditer(self.said, searched):
                    self.seconds.append((time.monotonic(), int(second[1])))
                    searched = second.end()

    def result(self):
        """Returns its report. If it printed none, the report has one error."""
        out, _ = self.running.communicate(timeout=self.limit_s)
        self.reader.join()
        try:
            report = json.loads(out)
            if REPORTED <= set(report):
                return report
        except (ValueError, TypeError):
            pass
        code = self.running.returncode
        return {"ops": 0, "max_us": 0, "errors": 1, "seconds": 0, "refused": {}, "errors_by_code": {"bench": 1},
                "first_error": f"{self.name} ended with code {code}: {out or self.said}".strip()}

    def stop(self):
        self.running.kill()
        self.running.wait()
        self.running.stdout.close()


class Bench(Generator):
    """`pygmy bench`."""

    def __init__(self, store, op, seconds, timeout_s, record=None, clients=8, rate=None, frontends=None,
                 environment=None, changes=False):
        command = [store.program, "bench", "--items-of-the-store", "--yes", "--op", op, "--clients", str(clients),
                   "--seconds", str(seconds), "--json", "--timeout", f"{timeout_s}s", "--frontend",
                   ",".join(frontends or store.frontends)]
        if record:
            command += ["--record", record]
        if rate:
            command += ["--rate", str(rate)]
        if changes:
            command.append("--changes")
        super().__init__(f"bench --op {op}", command, seconds, timeout_s, record, environment or store.of_clients)


class LoadProgram(Generator):
    """The program of `--load`. With bridges it also gets their addresses. It has a key and a token, if the store has any,
    in PYGMY_KEY_FILE and PYGMY_TOKEN. It writes on standard error, after each second, `3 s  812 ops/s  0 errors`: the operations of this second, and all
    errors. At its end it prints a JSON object with the fields REPORTED, as `pygmy bench --json` does: `ops` of the whole
    run, its length in `seconds`, the longest wait `max_us`, and the numbers of `errors`, in `errors_by_code` with the
    words of the codes, and of business answers in `refused`. The record is that of tasks/record.h."""

    def __init__(self, store, program, seconds, timeout_s, record=None):
        command = [*shlex.split(program), "--frontends", ",".join(store.frontends), "--seconds", str(seconds),
                   "--timeout", str(timeout_s)]
        if store.urls:
            command += ["--url", ",".join(store.urls)]
        if record:
            command += ["--record", record]
        super().__init__(program, command, seconds, timeout_s, record, store.of_clients)


def rate(benches, begin, end):
    """Returns the operations a second of all generators together, over the seconds that overlap begin..end. None: a
    generator has no such second."""
    each = [[ops for over, ops in bench.seconds if begin < over and over - 1 < end] for bench in benches]
    return round(sum(sum(ops) / len(ops) for ops in each)) if all(each) else None


class Prober:
    """Buys and looks up in turn, each time as a new client. Two requests ask one frontend first, two the other."""

    def __init__(self, store, name, timeout_s, record):
        self.store, self.name, self.timeout_s, self.record = store, name, timeout_s, record
        self.acknowledged = {}  # key -> order number
        self.probes = []  # (kind, begin, length in seconds, error or None)
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
                                f"{self.timeout_s}s"], capture_output=True, text=True, env=self.store.of_clients,
                               timeout=60)
        printed = json.loads(asked.stdout or "{}")
        self.record.add(kind, request, began_ns, clock_ns(), printed)
        error = None
        if asked.returncode != 0:
            error = f"exit code {asked.returncode}: " + " / ".join(asked.stderr.splitlines())
        elif kind == "place":
            self.acknowledged[request["key"]] = printed["no"]
        self.probes.append((words[0], began, time.monotonic() - began, error))

    def stop(self):
        self.over.set()
        self.thread.join(90)
