"""From start to stop, with a few requests in between, no process reads uninitialized memory or leaks memory."""

import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

from store import CLEAN_ENVIRONMENT, PYGMY, free_port_base, pygmy, tcp, wait_for

PATIENCE_S = 120  # valgrind makes everything some thirty times slower
VALGRIND = ("valgrind", "--verbose", "--leak-check=full", "--errors-for-leak-kinds=definite")
SUMMARY = re.compile(r"ERROR SUMMARY: (\d+) errors")


class UnderValgrind(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="pygmy-")
        self.addCleanup(directory.cleanup)
        self.home = pathlib.Path(directory.name)
        self.base = free_port_base()
        self.running = {}

    def start(self, role, port, *options):
        """Starts one process. `up` cannot start them, because its /proc/self/exe is valgrind here."""
        if role != "frontend":
            (self.home / role).mkdir()
            options = (*options, "--data", self.home / role)
        command = [*VALGRIND, f"--log-file={self.home / role}.valgrind", PYGMY, role, "--listen", tcp(self.base + port),
                   "--heartbeat-ms", 500, *options]
        with open(self.home / f"{role}.log", "w") as log:
            self.running[role] = subprocess.Popen([str(word) for word in command], stderr=log, env=CLEAN_ENVIRONMENT)
        self.addCleanup(self.running[role].kill)

    def ask(self, *words):
        return pygmy(*words, "--frontend", tcp(self.base + 10), "--timeout", "30s", "--json", timeout=PATIENCE_S)

    def test_start_and_stop(self):
        broker = ("--brokers", tcp(self.base))
        self.start("broker", 0, "--lease-ms", 10_000)
        self.start("catalog", 30, *broker)
        self.start("order", 50, *broker)
        self.start("frontend", 10, *broker)
        add = ("add", "--title", "A book", "--topic", "tests", "--price", "1.00", "--stock", 10, "--key", "first")
        wait_for("an item is added", lambda: self.ask(*add).code == 0, deadline_s=PATIENCE_S)
        self.assertEqual(self.ask("buy", 1).json["no"], 1)
        self.assertEqual(self.ask("lookup", 1).json["stock"], 9)
        self.assertEqual(len(self.ask("search", "--text", "book").json["items"]), 1)
        self.assertEqual(self.ask("lookup", 99).code, 1)
        for role in ("frontend", "order", "catalog", "broker"):
            os.kill(self.running[role].pid, signal.SIGTERM)
            self.assertEqual(self.running[role].wait(timeout=PATIENCE_S), 0, (self.home / f"{role}.log").read_text())
            found = (self.home / f"{role}.valgrind").read_text()
            self.assertEqual(SUMMARY.findall(found)[-1:], ["0"], found)


if __name__ == "__main__":
    unittest.main()
