"""A replica that was away replays exactly the events that it missed. Then its view equals the others (G5)."""

import pathlib
import signal
import subprocess
import unittest

from store import CLEAN_ENVIRONMENT, StoreTest, alive, deep_catalogue, numbers, wait_for


def command_line(pid):
    return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]


class Replicas(StoreTest):
    OPTIONS = ("--catalogue", deep_catalogue(), "--no-restart")

    def up_to_date(self, instance):
        """Waits until the heartbeat of the replica names the watermark as its applied seq. Returns that seq."""
        def told():
            status = self.store.status()
            applied = next(p["applied"] for p in status["processes"] if p["instance"] == instance)
            return applied if applied == status["watermark"] else None
        return wait_for(f"the heartbeat of {instance} names the watermark", told)

    def miss_some(self, instance, number):
        """Ends the replica, sells something, and starts the replica again. Returns the applied seq before and the last
        seq."""
        process = self.store.process(instance)
        binary = pathlib.Path(f"/proc/{process['pid']}/exe").resolve()
        command = command_line(process["pid"])
        applied = self.up_to_date(instance)
        self.store.kill(instance, number)
        wait_for("it is gone", lambda: self.store.process(instance)["state"] == "dead")
        for item in range(1, 9):
            self.store.read("buy", item)
        commit = self.store.status()["watermark"]  # the last buy was acknowledged, so the watermark covers it
        with open(pathlib.Path(self.store.data, "log", instance + ".log"), "a") as log:
            again = subprocess.Popen([binary, *command[1:]], stdout=log, stderr=log, env=CLEAN_ENVIRONMENT)
        self.addClassCleanup(again.wait)
        self.addClassCleanup(again.terminate)  # after the audit
        wait_for("it is live", lambda: (self.store.beat(instance) or {}).get("applied") == commit)
        return applied, commit

    def check(self, instance, number, exactly):
        applied, commit = self.miss_some(instance, number)
        (opened,) = numbers(r"applied seq (\d+)", self.store.log(instance))
        self.assertEqual(numbers(r"replayed seq (\d+)\.\.(\d+)", self.store.log(instance)), (opened + 1, commit))
        self.assertGreaterEqual(commit - opened, 8)
        if exactly:
            self.assertEqual(opened, applied)
        self.assertLessEqual(opened, applied)
        self.store.wait_level()
        views = {p["instance"]: p for p in self.store.status()["processes"]}
        self.assertEqual(views[instance]["digest"], views["order-1"]["digest"])

    def test_1_a_stopped_catalog(self):
        self.check("catalog-2", signal.SIGTERM, exactly=True)

    def test_2_a_killed_catalog(self):
        self.check("catalog-1", signal.SIGKILL, exactly=False)

    def test_3_a_killed_order_replica(self):
        follower = next(p for p in self.store.ps() if p["role"] == "order" and not p["writer"])
        self.check(follower["instance"], signal.SIGKILL, exactly=False)
        self.assertFalse(alive(follower["pid"]))


if __name__ == "__main__":
    unittest.main()
