"""The alerts of deploy/prometheus: promtool runs their cases, and each alert has a case that fires and one that does not.

Exit code 77: promtool is missing (Debian: prometheus).
"""
import pathlib
import shutil
import subprocess
import sys
import unittest

import yaml

FOLDER = pathlib.Path(__file__).parents[2] / "deploy/prometheus"


class Alerts(unittest.TestCase):
    def test_they_fire_when_they_should(self):
        ran = subprocess.run(["promtool", "test", "rules", FOLDER / "alerts_test.yml"], capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)

    def test_the_rules_and_the_configuration_are_sound(self):
        for kind, file in (("rules", "alerts.yml"), ("config", "prometheus.yml")):
            ran = subprocess.run(["promtool", "check", kind, FOLDER / file], capture_output=True, text=True)
            self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)

    def test_each_alert_has_a_case_that_fires_and_one_that_does_not(self):
        groups = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
        cases = yaml.safe_load((FOLDER / "alerts_test.yml").read_text())["tests"]
        tried = [(rule["alertname"], bool(rule.get("exp_alerts"))) for case in cases for rule in case["alert_rule_test"]]
        for name in (rule["alert"] for group in groups for rule in group["rules"]):
            for fires in (True, False):
                self.assertIn((name, fires), tried)


if __name__ == "__main__":
    if not shutil.which("promtool"):
        print("skipped: promtool is missing; apt-get install prometheus")
        sys.exit(77)
    unittest.main()
