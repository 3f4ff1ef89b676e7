"""docs/RUNBOOKS.md: each alert has a runbook of the same five parts, whose commands exist and whose test exists."""

import pathlib
import re
import subprocess
import sys
import unittest

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "process"))
from store import PYGMY, ROOT  # noqa: E402

PAGE = (ROOT / "docs/RUNBOOKS.md").read_text()
RUNBOOKS = dict(re.findall(r"^## (\w+)\n\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S))
RULES = [rule for group in yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"] for rule in group["rules"]]
PARTS = ["Means", "Look", "Type", "Over", "Exercised"]


class Runbooks(unittest.TestCase):
    def test_each_alert_has_one_in_the_order_of_the_alerts(self):
        self.assertEqual(list(RUNBOOKS), [rule["alert"] for rule in RULES])

    def test_each_has_the_same_parts_and_says_how_urgent_it_is(self):
        for rule in RULES:
            text = RUNBOOKS[rule["alert"]]
            self.assertEqual(re.findall(r"^\* \*\*(\w+)\*\*", text, re.M), PARTS, rule["alert"])
            self.assertIn(f"* **Means** ({rule['labels']['severity']}): ", text)

    def test_the_test_that_exercised_it_exists(self):
        for name, text in RUNBOOKS.items():
            found = re.search(r"^\* \*\*Exercised\*\*: (tests/\S+) `(\w+)\.(\w+)`$", text, re.M)
            self.assertTrue(found, name)
            file, suite, test = found.groups()
            self.assertRegex((ROOT / file).read_text(), rf"(?ms)^class {suite}\(.*?^    def {test}\(self", name)

    def test_its_commands_and_their_options_exist(self):
        for name, text in RUNBOOKS.items():
            commands = re.findall(r"^  \$ (.*)$", text, re.M)
            self.assertTrue(commands, name)
            for command in commands:
                program, *words = command.partition("#")[0].split()
                if program == "pygmy":
                    manual = subprocess.run([PYGMY, "help", "--man", words[0]], capture_output=True, text=True)
                    self.assertEqual(manual.returncode, 0, command)
                    for option in (word for word in words if word.startswith("--")):
                        self.assertIn(option.replace("-", "\\-"), manual.stdout, command)


if __name__ == "__main__":
    unittest.main()
