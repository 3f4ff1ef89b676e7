"""Reads the writes and syncs of a process from strace, and finds the bytes of a file that a power cut would take."""

import collections
import pathlib
import re
import shutil
import subprocess

PAGE = 4096  # the kernel writes whole pages of the page cache
LINE = re.compile(r"\d+ +(\d+\.\d+) (\w+)\(\d+<(.*?)>(.*)\) += (-?\d+)")
WHERE = re.compile(r", (\d+), (\d+)$")
RESUMED = re.compile(r"\d+ +[\d.]+ <\.\.\. \w+ resumed>(.*)")

Call = collections.namedtuple("Call", "at name file begin end result")  # at: seconds since 1970


def command(out, *more, calls="pwrite64,fdatasync,fsync"):
    return ["strace", "-f", "-qq", "-ttt", "-y", "-s", "0", "-o", str(out), "-e", f"trace={calls}", *map(str, more)]


def why_not():
    """Returns why strace cannot be used here, or None."""
    if not shutil.which("strace"):
        return "strace is missing (apt-get install strace)"
    with subprocess.Popen(["sleep", "5"]) as sleeper:
        try:
            tried = subprocess.run(["timeout", "1", "strace", "-p", str(sleeper.pid)], capture_output=True, text=True)
            return None if "attached" in tried.stderr else f"strace may not attach: {tried.stderr.strip()[:100]}"
        finally:
            sleeper.kill()


def is_traced(pid):
    return "TracerPid:\t0\n" not in pathlib.Path(f"/proc/{pid}/status").read_text()


def calls(out):
    """Yields every call that has ended, in the order of the ends."""
    begun = {}
    for line in pathlib.Path(out).read_text(errors="replace").splitlines():
        thread = line.split(" ", 1)[0]
        if line.endswith(" <unfinished ...>"):
            begun[thread] = line.removesuffix(" <unfinished ...>")
            continue
        if resumed := RESUMED.match(line):
            line = begun.pop(thread, "") + resumed[1]
        if found := LINE.match(line):
            at, name, file, rest, result = found.groups()
            size, begin = map(int, where.groups()) if (where := WHERE.search(rest)) else (0, 0)
            yield Call(float(at), name, file, begin, begin + size, int(result))


class Unsynced:
    """The bytes of one file that the kernel takes for written although the disk does not have them: their sync failed,
    and they have not been written again and synced since."""

    def __init__(self, file):
        self.file, self.lost, self.written = str(file), [], []
        self.syncs = 0  # number of syncs that succeeded

    def follow(self, out):
        for call in calls(out):
            if call.file == self.file:
                self.on(call)
        return self

    def on(self, call):
        if call.name == "pwrite64":
            self.written.append((call.begin, call.end))
            return
        if call.result == 0:
            self.syncs += 1
            for begin, end in self.written:
                self.lost = list(without(self.lost, begin // PAGE * PAGE, -(-end // PAGE) * PAGE))
        else:
            self.lost += self.written
        self.written = []

    def size(self):
        return sum(end - begin for begin, end in self.lost)

    def power_cut(self):
        """Overwrites the lost bytes with zeros. No process may have the file open."""
        with open(self.file, "r+b") as file:
            for begin, end in self.lost:
                file.seek(begin)
                file.write(bytes(end - begin))


def without(ranges, begin, end):
    for first, last in ranges:
        if first < min(last, begin):
            yield first, min(last, begin)
        if max(first, end) < last:
            yield max(first, end), last
