"""Faults of the disk: writes and flushes of a process fail, or its disk is full."""

import errno
import os
import pathlib
import shutil
import signal
import subprocess

import sandbox
import traced
from fault import WITH_DATA, Fault, NotOn
from sandbox import die_with_parent
from store import STARTED_S, wait_for

SPARE_BYTES = 16 << 20  # free room on the small disk before it is filled


class Syscall(Fault):
    """writes or flushes of the process fail (strace -e inject)"""

    name, roles, one_second = "syscall", WITH_DATA, False
    WRITES = (("pwrite64", "ENOSPC"), ("pwrite64", "EIO"))
    FLUSHES = (("fdatasync,fsync", "EIO"),)  # only of the broker: a view is flushed too rarely
    tracer = None

    @classmethod
    def why_not(cls, machine):
        return traced.why_not()

    def on(self, target):
        self.calls, self.error = self.dice.choice(self.WRITES + (self.FLUSHES if "broker" in target.cores else ()))
        self.told = pathlib.Path(self.store.home, "strace.out")
        self.told.write_text("")
        self.tracer = subprocess.Popen(
            ["strace", "-f", "-qq", "-o", str(self.told), "-e", f"trace={self.calls}", "-e",
             f"inject={self.calls}:error={self.error}", "-p", str(target.pid)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent,
            start_new_session=True)
        target.wanted = False  # it may stop, and must stop if durability is in doubt
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


class Power(Fault):
    """a flush of the broker's disk fails and the broker restarts; then a power cut takes what it has not written again"""

    name, one_second = "power", False
    roles = nodes = ("broker",)

    @classmethod
    def why_not(cls, machine):
        return traced.why_not()

    def on(self, target):
        log = next(target.data_of("broker").glob("*.db-wal"), None)
        if not log:
            raise NotOn("it has no write-ahead log")
        self.unsynced = traced.Unsynced(log)
        target.wanted = False  # it must stop
        out = pathlib.Path(self.store.home, "power.out")
        tracer = subprocess.Popen(
            traced.command(out, "-e", "inject=fdatasync,fsync:error=EIO:when=1", "-p", target.pid),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent,
            start_new_session=True)
        wait_for("it stops after a failed flush", lambda: not target.alive(), STARTED_S)
        tracer.wait(STARTED_S)
        lost = self.unsynced.follow(out).size()
        if not lost:
            raise NotOn(f"no flush of {log.name} has failed")
        code = target.running.returncode
        self.start_traced(target)
        return f"a flush failed, it stopped with code {code}: {lost} bytes of {log.name} are not on the disk"

    def start_traced(self, target):
        """Starts the process under strace, from its first call on. With strace -D it stays our child."""
        self.out = pathlib.Path(self.store.home, "power-again.out")
        command = target.command
        target.command = [*traced.command(self.out), "-D", *command]
        target.start()
        target.command = command
        target.wanted = False
        wait_for("it has started again", lambda: " started: pid" in target.said(), STARTED_S)

    def proof_later(self, target):
        target.end(signal.SIGKILL)
        lost = self.unsynced.follow(self.out).size()
        self.unsynced.power_cut()
        return f"it flushed {self.unsynced.syncs} times since; the power cut took {lost} bytes"

    def off(self, target):
        if not target.alive():
            target.start()
        target.wanted = True


def copy(data, to):
    """Copies the data of a process. The sockets of a node, which are in `run`, cannot be copied; it makes them anew."""
    shutil.copytree(data, to, dirs_exist_ok=True, ignore=shutil.ignore_patterns("run"))


class Disk(Syscall):
    """the data of the process are moved to a small tmpfs, which is filled to the last byte"""

    name, lasts_s = "disk", (1.0, 3.0)
    nodes = ("broker", "node")  # as with Clock

    @classmethod
    def why_not(cls, machine):
        return machine.no_namespaces

    def on(self, target):
        target.end(signal.SIGTERM)
        self.kept = target.data.with_suffix(".kept")
        target.data.rename(self.kept)
        target.data.mkdir()
        used = sum(file.stat().st_size for file in self.kept.rglob("*") if file.is_file())
        sandbox.mount("tmpfs", target.data, "tmpfs", 0, f"size={used + SPARE_BYTES}")
        copy(self.kept, target.data)
        target.start()
        wait_for("it has started on the small disk", lambda: " started: pid" in target.said(), STARTED_S)
        self.make_writer(target)
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
        """Moves the data back to the real disk."""
        target.end(signal.SIGTERM)
        shutil.rmtree(self.kept)
        copy(target.data, self.kept)
        sandbox.unmount(target.data)
        target.data.rmdir()
        self.kept.rename(target.data)
        target.start()
