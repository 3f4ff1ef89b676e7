"""The metrics of a real bridge: promtool has nothing against them, and each series that the dashboard and the alerts use
is there, with the labels that they use."""

import contextlib
import http.client
import json
import pathlib
import re
import shutil
import ssl
import subprocess
import tempfile
import unittest
import uuid

import yaml

from store import BOOKSTORE, ROOT, SHAPE, free_port_base, store_of, wait_for
from test_tls import certify

DASHBOARD = ROOT / "deploy/grafana/pygmy.json"
ALERTS = ROOT / "deploy/prometheus/alerts.yml"
SAMPLE = re.compile(r"^(pygmy_\w+)(?:\{(.*)\})? \S+$", re.M)
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
USED = re.compile(r"\b(pygmy_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(=~|!=|!~|=)"([^"]*)"')
BY = re.compile(r"\b(?:by|without|on) *\(([^)]*)\)")
SHOWN = re.compile(r"\{\{ *(?:\$labels\.)?(\w+) *\}\}")  # in the legend of a panel, or the text of an alert


def series_of(metrics):
    """The label sets of each metric."""
    all_of_them = {}
    for name, labels in SAMPLE.findall(metrics):
        all_of_them.setdefault(name, []).append(dict(LABEL.findall(labels)))
    return all_of_them


def queries():
    """Of each panel and each alert: where it stands, its expression, and the labels that its text names."""
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel.get("targets", ()):
            yield f"panel {panel['title']}", target["expr"], set(SHOWN.findall(target.get("legendFormat", "")))
    for group in yaml.safe_load(ALERTS.read_text())["groups"]:
        for rule in group["rules"]:
            text = " ".join(rule["annotations"].values())
            yield f"alert {rule['alert']}", rule["expr"], set(re.findall(r"\$labels\.(\w+)", text))


def missing(expression, shown, series):
    """Names the parts of the expression that no series has."""
    faults = []
    used = USED.findall(expression)
    by = {label.strip() for group in BY.findall(expression) for label in group.split(",")} - {""}
    for name, matchers in used:
        if name not in series:
            faults.append(name)
            continue
        for label, relation, value in MATCHER.findall(matchers):
            values = {labels.get(label) for labels in series[name]}
            if values == {None} or (relation == "=" and value not in values):
                faults.append(f"{name}{{{label}{relation}{value}}}")
    grouped = bool(BY.search(expression)) or "sum(" in expression.replace(" ", "")
    for label in by | shown:
        if grouped and label not in by:
            faults.append(f"{label}: the expression drops it")
        elif used and not any(label in labels for name, _ in used for labels in series.get(name, ())):
            faults.append(f"the label {label}")
    return faults


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="pygmy-metrics-")
        cls.addClassCleanup(directory.cleanup)
        cls.directory = pathlib.Path(directory.name)
        certify(cls.directory, "shop.example")
        base = free_port_base()
        cls.port = base + 62
        # Everything that has figures only if it is asked for. Nothing listens at the receiver, nor at the collector.
        cls.store = store_of(SHAPE, "--catalogue", BOOKSTORE, "--http", cls.port, "--tls-cert", cls.directory / "cert.pem",
                             "--tls-key", cls.directory / "key.pem", "--webhooks", cls.webhooks(base + 63),
                             "--otlp", f"http://127.0.0.1:{base + 64}", port_base=base)
        cls.addClassCleanup(cls.store.clean)
        cls.store.start()
        cls.ask("GET", "/v1/items/1")
        cls.ask("POST", "/v1/orders", {"lines": [{"item": 1, "quantity": 1}]})
        wait_for("all figures are there", lambda: "pygmy_subscription_lag_events{" in cls.text()
                 and "pygmy_request_seconds_bucket{" in cls.text() and "pygmy_spans_sent_total" in cls.text())
        cls.metrics = cls.text()

    @classmethod
    def webhooks(cls, port):
        key = cls.directory / "till.key"
        key.touch(mode=0o600)
        key.write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
        file = cls.directory / "webhooks.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps({"webhooks": [{"name": "till", "url": f"http://127.0.0.1:{port}/", "keys": ["till.key"],
                                                  "allow_private": True}]}))
        return file

    @classmethod
    def ask(cls, method, path, body=None):
        context = ssl.create_default_context(cafile=cls.directory / "cert.pem")
        with contextlib.closing(http.client.HTTPSConnection("127.0.0.1", cls.port, context=context, timeout=60)) as asked:
            asked.request(method, path, json.dumps(body) if body else None,
                          {"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex} if body else {})
            answer = asked.getresponse()
            text = answer.read().decode()
            assert answer.status < 300, (path, answer.status, text)
            return text

    @classmethod
    def text(cls):
        return cls.ask("GET", "/metrics")

    @unittest.skipUnless(shutil.which("promtool"), "promtool is missing: apt-get install prometheus")
    def test_promtool_has_nothing_against_them(self):
        ran = subprocess.run(["promtool", "check", "metrics"], input=self.metrics, capture_output=True, text=True)
        self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (0, "", ""))

    def test_the_names_of_all_counters_and_only_theirs_end_with_total(self):
        for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", self.metrics, re.M):
            self.assertEqual(name.endswith("_total"), kind == "counter", name)

    def test_the_dashboard_and_the_alerts_use_series_that_are_there(self):
        series = series_of(self.metrics)
        faults = {where: found for where, expression, shown in queries() if (found := missing(expression, shown, series))}
        self.assertEqual(faults, {})

    def test_a_series_that_is_not_there_is_found(self):
        series = series_of(self.metrics)
        for expression, shown in (("rate(pygmy_nothing_total[1m])", ()), ('pygmy_refused_total{word="nothing"}', ()),
                                  ("pygmy_leases", ("instance",)), ("sum by (nothing) (pygmy_applied_seq)", ()),
                                  ("sum(pygmy_applied_seq)", ("role",)), ('pygmy_leases{role="broker"}', ())):
            self.assertTrue(missing(expression, set(shown), series), expression)


if __name__ == "__main__":
    unittest.main()
