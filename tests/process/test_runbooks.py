"""Runbooks of docs/RUNBOOKS.md that no other test exercises: the fault, its alert on the series that the bridge serves, the
commands, and the end of the alert. tests/deploy/runbooks_test.py checks that each runbook names its test."""

import os
import signal
import subprocess
import tempfile
import unittest

from http_client import HttpStoreTest
from store import PYGMY, pygmy, tcp, wait_for
from test_silent import firing


class Runbooks(HttpStoreTest):
    def fires(self):
        return firing(self.http.get("/metrics").body.decode())

    def hang(self, instance):
        pid = self.store.kill(instance, signal.SIGSTOP)
        self.addCleanup(self.let_go, pid)
        return pid

    @staticmethod
    def let_go(pid):
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            pass  # killed, as the runbook says

    def test_a_bridge_that_hangs_is_killed_and_answers_again(self):
        place = f"127.0.0.1:{self.http.port}"
        self.assertEqual(pygmy("health", "--of", place).code, 0)
        pid = self.hang("bridge-1")
        self.assertEqual(pygmy("health", "--of", place).code, 1)
        os.kill(pid, signal.SIGKILL)
        wait_for("it answers again", lambda: pygmy("health", "--of", place).code == 0)
        self.assertIn("bridge-1", pygmy("ps", "--data", self.store.data).out)

    def test_a_broker_that_hangs_is_killed_and_comes_back(self):
        wait_for("all is well", lambda: self.fires() == set())
        pid = self.hang("broker-1")
        wait_for("its alert fires", lambda: "PygmyBrokerSilent" in self.fires())
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(pygmy("status", "--wait", "--timeout", "60s", "--frontend", ",".join(self.store.frontends)).code, 0)
        self.assertRegex(pygmy("logs", "broker-1", "--data", self.store.data).out, "stream of store .* opened: term 2")
        wait_for("no alert fires", lambda: self.fires() == set())

    def test_two_processes_of_one_name_are_trouble_until_one_is_stopped(self):
        with tempfile.TemporaryDirectory(prefix="pygmy-") as data:
            second = subprocess.Popen([PYGMY, "order", "--instance", "order-1", "--listen", tcp(self.store.base + 59), "--brokers",
                                       tcp(self.store.base), "--data", data], stderr=subprocess.DEVNULL)
            self.addCleanup(second.wait)
            self.addCleanup(second.kill)
            wait_for("its alert fires", lambda: "PygmyTrouble" in self.fires())
            self.assertIn("two processes run under the name order-1", self.store.ask("status").out)
            second.kill()
            second.wait()
        wait_for("the status has no trouble", lambda: self.store.ask("status").code == 0)
        wait_for("no alert fires", lambda: self.fires() == set())


if __name__ == "__main__":
    unittest.main()
