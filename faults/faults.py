"""What can go wrong, one class for each fault: bring it on, prove that it is on, and take it away.

A fault has `roles`, whom it may hit; `on(target)`, which returns the proof as a sentence, or raises NotOn; and
`off(target)`, which puts everything right, however far `on` has come. What it needs of the machine is in `why_not`. What
can be seen only after a while (a packet that was lost, a call that failed) is asked for by `proof_later`.
"""

import errno
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import network
import sandbox
from sandbox import die_with_parent
from store import STARTED_S, wait_for

HERE = pathlib.Path(__file__).resolve().parent
EVERYBODY = ("broker", "writer", "order", "catalog", "frontend")
WITH_DATA = EVERYBODY[:-1]
MIB = 1 << 20


class NotOn(Exception):
    """The fault could not be shown to be on; the round proves nothing."""


class Fault:
    name, roles = "", EVERYBODY
    lasts_s = (0.3, 3.0)
    one_second = True  # G6: nobody waits for more than a second, unless it is the broker

    def __init__(self, store, role, dice):
        self.store, self.role, self.dice = store, role, dice

    @classmethod
    def why_not(cls, machine):
        return None

    def on(self, target):
        raise NotImplementedError

    def proof_later(self, target):
        return ""

    def off(self, target):
        raise NotImplementedError

    def after(self, target):
        """What can wait until the load is over."""


class Nothing(Fault):
    """no fault: what the machine does by itself, to compare with"""

    name, roles = "none", ("all",)

    def on(self, target):
        return "nothing"

    def off(self, target):
        pass


class Kill(Fault):
    """kill -9, and a new start after a while"""

    name = "kill"

    def on(self, target):
        code = target.end(signal.SIGKILL)
        if code != -signal.SIGKILL:
            raise NotOn(f"it ended with code {code}")
        return f"pid {target.pid} ended by signal 9"

    def off(self, target):
        target.start()


class Stop(Fault):
    """SIGTERM, and a new start after a while"""

    name = "stop"

    def on(self, target):
        code = target.end(signal.SIGTERM)
        if code != 0:
            raise NotOn(f"it ended with code {code}: {target.last_words()}")
        return f"pid {target.pid} ended with code 0"

    def off(self, target):
        target.start()


class Restart(Fault):
    """kill -9 of all processes at once, and a new start of all"""

    name, roles, lasts_s, one_second = "restart", ("all",), (0.1, 1.5), False

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

    name = "pause"

    def on(self, target):
        target.signal(signal.SIGSTOP)
        return f"state {self.await_state(target, 'T')} in /proc/{target.pid}/stat"

    def off(self, target):
        target.signal(signal.SIGCONT)
        self.await_state(target, "RSD")

    def await_state(self, target, letters):
        return wait_for(f"its state is one of {letters}", lambda: target.state() in letters and target.state(), 5)


class Clock(Fault):
    """a new start with a wall clock that is hours wrong (libfaketime)"""

    name, one_second = "clock", False
    LIBRARY = "libfaketime.so.1"

    @classmethod
    def library(cls):
        return next(pathlib.Path("/usr/lib").glob("*/faketime/" + cls.LIBRARY), None)

    @classmethod
    def why_not(cls, machine):
        if not cls.library():
            return "libfaketime is missing (apt-get install faketime)"
        tried = subprocess.run([machine.program, "--version"], capture_output=True, text=True, env=cls.environment(0))
        return f"the program does not run with it: {tried.stderr.strip()[:100]}" if tried.returncode else None

    @classmethod
    def environment(cls, skew_s):
        return {"LD_PRELOAD": str(cls.library()), "FAKETIME": f"{skew_s:+d}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def on(self, target):
        skew = self.dice.choice((-1, 1)) * self.dice.randrange(3600, 10 * 3600)
        target.end(signal.SIGTERM)
        target.start(**self.environment(skew))
        line = wait_for("it logs its start", lambda: re.search(r"^(\d+):(\d+):(\d+)\.\d+ .*\| started", target.said(),
                                                               re.M), STARTED_S)
        told = sum(int(part) * unit for part, unit in zip(line.groups(), (3600, 60, 1)))
        now = time.localtime()
        shown = (told - (now.tm_hour * 3600 + now.tm_min * 60 + now.tm_sec) + 43200) % 86400 - 43200
        if abs(shown - skew) > 60:
            raise NotOn(f"its log is {shown:+d} s off, not {skew:+d} s")
        if self.role == "writer":
            self.make_writer(target)
        return f"its log is written {shown:+d} s off"

    def make_writer(self, target):
        """It handed over when it was stopped. It is to decide with the wrong clock: nobody else is there for a moment."""
        others = [p for p in self.store.of_role("order") if p is not target]
        for other in others:
            other.end(signal.SIGTERM)
        wait_for(f"{target.instance} is the writer", lambda: self.store.writer() is target, STARTED_S)
        for other in others:
            other.start()

    def off(self, target):
        target.end(signal.SIGTERM)
        target.start()


class Syscall(Fault):
    """writes or flushes of the process fail (strace -e inject)"""

    name, roles, one_second = "syscall", WITH_DATA, False
    WAYS = (("fdatasync,fsync", "EIO"), ("pwrite64", "ENOSPC"), ("pwrite64", "EIO"))
    tracer = None

    @classmethod
    def why_not(cls, machine):
        if not shutil.which("strace"):
            return "strace is missing (apt-get install strace)"
        with subprocess.Popen(["sleep", "5"]) as sleeper:
            try:
                tried = subprocess.run(["timeout", "1", "strace", "-p", str(sleeper.pid)], capture_output=True, text=True)
                return None if "attached" in tried.stderr else f"strace may not attach: {tried.stderr.strip()[:100]}"
            finally:
                sleeper.kill()

    def on(self, target):
        self.calls, self.error = self.dice.choice(self.WAYS)
        self.told = pathlib.Path(self.store.home, "strace.out")
        self.told.write_text("")
        self.tracer = subprocess.Popen(
            ["strace", "-f", "-qq", "-o", str(self.told), "-e", f"trace={self.calls}", "-e",
             f"inject={self.calls}:error={self.error}", "-p", str(target.pid)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent,
            start_new_session=True)
        target.wanted = False  # it may stop: where durability is in doubt it must
        return f"{self.calls} fails with {self.error}"

    def proof_later(self, target):
        failed = self.told.read_text(errors="replace").count("(INJECTED)")
        if not failed:
            raise NotOn(f"it has made no call of {self.calls}")
        return f"{failed} calls failed" + self.end_of(target)

    def end_of(self, target):
        return "" if target.alive() else f"; it stopped with code {target.running.returncode}: {target.last_words()}"

    def off(self, target):
        self.tracer.terminate()
        self.tracer.wait(5)
        if not target.alive():
            target.start()
        target.wanted = True


class Disk(Syscall):
    """its data is moved to a small tmpfs, which is filled to the last byte"""

    name, lasts_s = "disk", (1.0, 3.0)

    @classmethod
    def why_not(cls, machine):
        return machine.no_namespaces

    def on(self, target):
        target.end(signal.SIGTERM)
        self.kept = target.data.with_suffix(".kept")
        target.data.rename(self.kept)
        target.data.mkdir()
        used = sum(file.stat().st_size for file in self.kept.rglob("*") if file.is_file())
        sandbox.mount("tmpfs", target.data, "tmpfs", 0, f"size={used + 16 * MIB}")
        shutil.copytree(self.kept, target.data, dirs_exist_ok=True)
        target.start()
        wait_for("it has started on the small disk", lambda: "| started" in target.said(), STARTED_S)
        target.wanted = False
        return self.fill(target)

    def fill(self, target):
        written = 0
        try:
            with open(target.data / "filler", "wb", buffering=0) as filler:
                for _ in range(1 << 20):
                    written += filler.write(bytes(4096))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            return f"write: {os.strerror(error.errno)} after {written} bytes, {shutil.disk_usage(target.data).free} free"
        raise NotOn("the small disk is not full")

    def proof_later(self, target):
        return f"{shutil.disk_usage(target.data).free} bytes free" + self.end_of(target)

    def off(self, target):
        (target.data / "filler").unlink()
        if not target.alive():
            target.start()
        target.wanted = True

    def after(self, target):
        """To the real disk again."""
        target.end(signal.SIGTERM)
        shutil.rmtree(self.kept)
        shutil.copytree(target.data, self.kept)
        sandbox.unmount(target.data)
        target.data.rmdir()
        self.kept.rename(target.data)
        target.start()


class OnTheNet(Fault):
    """Rules of iptables in the namespace of the process."""

    what = "dropped"  # what the rules do with packets
    needs = "-j DROP"

    @classmethod
    def why_not(cls, machine):
        return machine.no_namespaces or network.why_no_rule(cls.needs)

    def rules(self, target):
        raise NotImplementedError

    def round_trip(self, target):
        return network.round_trip_ms(target.address, target.port)

    def on(self, target):
        self.before_ms = self.round_trip(target)
        self.store.network.rules(target.instance, **self.rules(target))
        return self.seen(target)

    def seen(self, target):
        took = self.round_trip(target)
        if took is not None:
            raise NotOn(f"a connection was made in {took:.1f} ms")
        return f"connect: {self.before_ms:.1f} ms before, none in {network.CONNECT_S * 1000:.0f} ms now"

    def proof_later(self, target):
        count = self.store.network.counted(target.instance)
        if not count:
            raise NotOn("the rule has met no packet")
        return f"{count} packets {self.what}"

    def off(self, target):
        self.store.network.clear(target.instance)


class Cut(OnTheNet):
    """cut off from everybody, both ways"""

    name = "cut"

    def rules(self, target):
        return {"inward": ["-j DROP"], "outward": ["-j DROP"]}


class CutIn(OnTheNet):
    """hears nobody, is heard"""

    name = "cut-in"

    def rules(self, target):
        return {"inward": ["-j DROP"]}


class CutOut(OnTheNet):
    """is heard by nobody, hears"""

    name = "cut-out"

    def rules(self, target):
        return {"outward": ["-j DROP"]}


class Part(OnTheNet):
    """two processes cannot reach each other; everybody else reaches both"""

    name, one_second = "part", False
    roles = ("writer", "order", "catalog", "frontend")

    def rules(self, target):
        others = [p for p in self.store.processes.values() if p.role != target.role]
        self.other = self.dice.choice(others)
        return {"inward": [f"-s {self.other.address} -j DROP"], "outward": [f"-d {self.other.address} -j DROP"]}

    def seen(self, target):
        return f"from {self.other.instance} only"


class Drop(OnTheNet):
    """a part of the packets is lost, both ways"""

    name, one_second, what = "drop", False, "lost"
    needs = "-m statistic --mode random --probability 0.1 -j DROP"

    def rules(self, target):
        self.percent = self.dice.choice((1, 5, 10, 20))
        lose = f"-m statistic --mode random --probability {self.percent / 100} -j DROP"
        return {"inward": [lose], "outward": [lose]}

    def seen(self, target):
        return f"{self.percent} % of the packets"


class Delay(OnTheNet):
    """all that it sends comes late (NFQUEUE, as there may be no sch_netem)"""

    name, one_second, what = "delay", False, "late"
    needs = "-j NFQUEUE --queue-num 1"
    helper = None

    def rules(self, target):
        self.ms = self.dice.choice((5, 20, 50, 100, 200))
        self.helper = subprocess.Popen(
            [*self.store.network.enter(target.instance), sys.executable, str(HERE / "delay.py"), "1", str(self.ms)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent,
            start_new_session=True)
        if self.helper.stdout.readline().strip() != "ready":
            raise NotOn("the helper that delays did not start")
        return {"outward": [self.needs]}

    def seen(self, target):
        took = self.round_trip(target)
        if took is None or took < self.ms:
            raise NotOn(f"a round trip takes {took} ms")
        return f"connect: {self.before_ms:.1f} ms before, {took:.1f} ms now"

    def off(self, target):
        super().off(target)
        self.helper.terminate()
        self.helper.wait(5)
        self.helper.stdout.close()


ALL = (Nothing, Kill, Pause, Stop, Restart, Clock, Syscall, Disk, Cut, CutIn, CutOut, Part, Drop, Delay)
