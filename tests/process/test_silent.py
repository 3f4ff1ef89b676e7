"""A silent process stays in every picture of the store until it is forgotten, and figures that are old say so. The alerts
fire on the series that the bridge really serves."""

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import unittest

import yaml

from http_client import Http, HttpStoreTest
from store import PYGMY, ROOT, free_port_base, wait_for

ALERTS = ROOT / "deploy/prometheus/alerts.yml"
SERIES = re.compile(r"^(pygmy_\w+(?:\{.*\})?) ([0-9.e+-]+)$", re.M)


def firing(metrics):
    """The alerts that fire when the bridge goes on serving these metrics for ten minutes."""
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    told = [{"series": series, "values": f"{value}x60"} for series, value in SERIES.findall(metrics)]
    expected = [{"eval_time": "10m", "alertname": rule["alert"]} for group in groups for rule in group["rules"]]
    test = {"rule_files": [str(ALERTS)], "evaluation_interval": "10s",
            "tests": [{"interval": "10s", "input_series": told, "alert_rule_test": expected}]}
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        yaml.safe_dump(test, file)
        file.flush()
        ran = subprocess.run(["promtool", "test", "rules", file.name], capture_output=True, text=True)
    # No alert is expected, so promtool names each one that fires.
    fired = set(re.findall(r"alertname: (\w+), time", ran.stdout + ran.stderr))
    assert ran.returncode == (1 if fired else 0), ran
    return fired


class SilentTest(HttpStoreTest):
    OPTIONS = (*HttpStoreTest.OPTIONS, "--demo")

    def metrics(self):
        return self.http.get("/metrics").body.decode()

    def is_ready(self):
        with contextlib.suppress(OSError):
            return self.http.get("/readyz").status == 200

    def value(self, series):
        return next((float(value) for name, value in SERIES.findall(self.metrics()) if name == series), None)

    def pause(self, *instances):
        for instance in instances:
            pid = self.store.kill(instance, signal.SIGSTOP)
            self.addCleanup(os.kill, pid, signal.SIGCONT)

    def named_by(self, frontend, instance):
        """The entry of the instance in the status of this one frontend, or None."""
        processes = self.store.status(frontends=[frontend])["processes"]
        return next((p for p in processes if p["instance"] == instance), None)

    def follower(self):
        return next(p["instance"] for p in self.store.ps() if p["role"] == "order" and not p["writer"])

    def test_a_process_that_hangs_is_told_for_more_than_a_minute_also_by_a_new_frontend(self):
        gone = self.follower()
        wait_for("all is well", lambda: firing(self.metrics()) == set())
        self.pause(gone)
        labels = f'{{role="order",instance="{gone}"}}'
        wait_for("it was silent for more than a minute",
                 lambda: (self.value("pygmy_heartbeat_age_seconds" + labels) or 0) > 62, deadline_s=180)
        self.assertEqual(self.value("pygmy_process_up" + labels), 0)
        self.assertIsNone(self.value("pygmy_lag_events" + labels), "an old figure is not told")
        wait_for("its alert fires, and no other", lambda: firing(self.metrics()) == {"PygmyProcessDown"})
        for frontend in self.store.frontends:
            entry = self.named_by(frontend, gone)
            self.assertTrue(entry["silent"])
            self.assertGreater(entry["age_ms"], 60_000)
        self.assertRegex(self.store.ask("status").out, rf"{gone} +order +silent for [\d.]+ (s|min)")

        old = self.store.kill("frontend-1")
        self.store.wait_restarted("frontend-1", old)
        wait_for("the new frontend knows it", lambda: self.named_by(self.store.frontends[0], gone))
        self.assertGreater(self.named_by(self.store.frontends[0], gone)["age_ms"], 60_000)

        self.assertEqual(self.store.ask("forget", gone).out, f"{gone} is forgotten\n")
        for frontend in self.store.frontends:
            wait_for("it is forgotten", lambda: not self.named_by(frontend, gone))
        wait_for("the alert ends", lambda: firing(self.metrics()) == set())

    def test_only_a_silent_process_is_forgotten(self):
        follower = self.follower()
        for instance in (follower, "order-99"):
            refused = self.store.ask("forget", instance)
            self.assertNotEqual(refused.code, 0)
            self.assertIn(f"{instance} is not forgotten", refused.err)
        self.assertIsNotNone(self.store.beat(follower))

    def test_the_control_room_forgets_and_what_is_heard_again_is_known_again(self):
        gone = self.follower()
        self.pause(gone)
        # Refused until it is silent for the frontend that the bridge asks.
        wait_for("it is forgotten", lambda: self.http("POST", f"/ops/processes/{gone}/forget").status == 202)
        wait_for("nobody names it", lambda: not any(self.named_by(each, gone) for each in self.store.frontends))
        self.assertIn(gone, self.http.get("/v1/status").json["forgotten"])
        os.kill(self.store.process(gone)["pid"], signal.SIGCONT)
        wait_for("it is back", lambda: all(self.named_by(each, gone) for each in self.store.frontends))

    def test_without_an_edge_all_that_is_told_is_old_and_says_so(self):
        """The bridge of `up` holds an edge and needs no frontend. Another bridge has frontends only."""
        port = free_port_base()
        bridge = subprocess.Popen([PYGMY, "bridge", "--listen", f"127.0.0.1:{port}", "--frontend",
                                   ",".join(self.store.frontends)], stderr=subprocess.DEVNULL)
        self.addCleanup(bridge.wait)
        self.addCleanup(bridge.kill)
        own, self.http = self.http, Http(port)
        self.addCleanup(setattr, self, "http", own)
        wait_for("it is ready", self.is_ready)
        wait_for("all is well", lambda: firing(self.metrics()) == set())
        self.pause("frontend-1", "frontend-2")
        wait_for("the status is old", lambda: self.value("pygmy_status_age_seconds") > 11)
        metrics = self.metrics()
        up = [float(value) for series, value in SERIES.findall(metrics) if series.startswith("pygmy_process_up{")]
        self.assertEqual(set(up), {0.0})
        self.assertEqual(firing(metrics),
                         {"PygmyStatusOld", "PygmyBrokerSilent", "PygmyNoWriter", "PygmyProcessDown"})


if __name__ == "__main__":
    unittest.main()
