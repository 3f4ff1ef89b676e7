"""Faults of a process itself: it is killed, stopped, paused, or started with a wrong clock. They need no privilege."""

import datetime
import pathlib
import re
import signal
import subprocess

from fault import BRIDGES, CLUSTER, Fault, NotOn
from store import STARTED_S, wait_for


class Kill(Fault):
    """kill -9, and a restart after a while"""

    name, cluster, bridges = "kill", CLUSTER, BRIDGES

    def on(self, target):
        code = target.end(signal.SIGKILL)
        if code != -signal.SIGKILL:
            raise NotOn(f"it ended with code {code}")
        return f"pid {target.pid} ended by signal 9"

    def off(self, target):
        target.start()


class Stop(Fault):
    """SIGTERM, and a restart after a while"""

    name, cluster, bridges = "stop", ("leader",), BRIDGES

    def on(self, target):
        code = target.end(signal.SIGTERM)
        if code != 0:
            raise NotOn(f"it ended with code {code}: {target.last_words()}")
        return f"pid {target.pid} ended with code 0"

    def off(self, target):
        target.start()


class Restart(Fault):
    """kill -9 of all processes at once, and a restart of all"""

    name, lasts_s, one_second = "restart", (0.1, 1.5), False
    roles = single = nodes = ("all",)

    def on(self, target):
        processes = self.store.processes.values()
        for process in processes:
            process.wanted = False
            process.signal(signal.SIGKILL)
        codes = {process.running.wait(STARTED_S) for process in processes}
        if codes != {-signal.SIGKILL}:
            raise NotOn(f"they ended with codes {sorted(codes)}")
        return f"{len(processes)} processes ended by signal 9"

    def off(self, target):
        for process in self.dice.sample(list(self.store.processes.values()), len(self.store.processes)):
            process.start()


class Pause(Fault):
    """SIGSTOP, and SIGCONT after a while"""

    name, cluster, bridges = "pause", CLUSTER, BRIDGES

    def on(self, target):
        target.signal(signal.SIGSTOP)
        return f"state {self.await_state(target, 'T')} in /proc/{target.pid}/stat"

    def off(self, target):
        target.signal(signal.SIGCONT)
        wait_for("it runs again, or has ended", lambda: target.state() in ("R", "S", "D", "Z", ""), 5)

    def await_state(self, target, letters):
        return wait_for(f"its state is one of {letters}", lambda: target.state() in letters and target.state(), 5)


class Clock(Fault):
    """a restart with a wall clock that is wrong by hours (libfaketime)"""

    name, one_second = "clock", False
    nodes = ("broker", "node")  # to make a node the writer, the one with the broker would have to stop
    LIBRARY = "libfaketime.so.1"

    @classmethod
    def library(cls):
        return next(pathlib.Path("/usr/lib").glob("*/faketime/" + cls.LIBRARY), None)

    @classmethod
    def why_not(cls, machine):
        if not cls.library():
            return "libfaketime is missing (apt-get install faketime)"
        try:  # with clang's AddressSanitizer, libfaketime hangs forever
            tried = subprocess.run([machine.program, "--version"], capture_output=True, text=True, env=cls.environment(0),
                                   timeout=20)
        except subprocess.TimeoutExpired:
            return "the program does not start with libfaketime"
        return f"the program does not run with libfaketime: {tried.stderr.strip()[:100]}" if tried.returncode else None

    @classmethod
    def environment(cls, skew_s):
        return {"LD_PRELOAD": str(cls.library()), "FAKETIME": f"{skew_s:+d}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def on(self, target):
        skew = self.dice.choice((-1, 1)) * self.dice.randrange(3600, 10 * 3600)
        target.end(signal.SIGTERM)
        target.start(**self.environment(skew))
        line = wait_for("it logs its start", lambda: re.search(r"^(\S+)Z .* started: pid", target.said(), re.M), STARTED_S)
        told = datetime.datetime.fromisoformat(line[1] + "+00:00")
        shown = round((told - datetime.datetime.now(datetime.timezone.utc)).total_seconds())
        if abs(shown - skew) > 60:
            raise NotOn(f"its log is {shown:+d} s off, not {skew:+d} s")
        self.make_writer(target)
        return f"its log is written {shown:+d} s off"

    def off(self, target):
        target.end(signal.SIGTERM)
        target.start()
