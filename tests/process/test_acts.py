"""Acts that are noted in the stream with their actors: on processes, backups and trims."""

import json
import pathlib
import unittest

from http_client import HttpStoreTest
from store import pygmy, scratch_file, tcp, wait_for


class ActsTest(HttpStoreTest):
    """Acts that make no event of their own are noted in the stream, with the client that did them. The tests run in the
    order of their names."""

    OPTIONS = (*HttpStoreTest.OPTIONS, "--demo")
    AUDIT = False  # test_3 audits, with the backup that the audit needs

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        granted = {role: cls.store.read("grant", role) for role in ("reader", "operator")}
        cls.ids = {role: each["id"] for role, each in granted.items()}
        cls.tokens = {role: each["token"] for role, each in granted.items()}
        cls.directory = scratch_file("backup")

    def noted(self, role="operator"):
        """(act, subject) of all acts of the credential with this role."""
        shown = self.store.ask("events", "--type", "act_noted", "--actor", self.ids[role], "--json")
        self.assertEqual(shown.code, 0, shown)
        return [(event["act"], event["subject"]) for event in map(json.loads, shown.out.splitlines())]

    def asked(self, *command, role="operator", frontends=None):
        return pygmy(*command, "--brokers", tcp(self.store.base),
                     "--frontend", ",".join(frontends or self.store.frontends),
                     environment={"PYGMY_TOKEN": self.tokens[role]})

    def operate(self, instance, action, role="operator"):
        authorization = f"Bearer {self.tokens[role]}"
        return self.http("POST", f"/ops/processes/{instance}/{action}", Authorization=authorization).status

    def test_1_acts_on_processes(self):
        target = next(p["instance"] for p in self.store.ps() if p["role"] == "order" and not p["writer"])
        self.assertEqual(self.operate(target, "pause", "reader"), 403)
        self.assertEqual(self.operate(target, "pause"), 202)
        wait_for("it is forgotten", lambda: self.store.ask("forget", target, token=self.tokens["operator"]).code == 0)
        self.assertNotEqual(self.store.ask("forget", "nobody-1", token=self.tokens["operator"]).code, 0)
        for action in ("resume", "restart"):
            self.assertEqual(self.operate(target, action), 202)
        self.assertEqual(self.noted(), [(act, target) for act in ("pause", "forget", "resume", "restart")])
        self.assertEqual(self.noted("reader"), [])

    def test_2_a_backup_is_noted_where_it_was_made(self):
        done = self.asked("backup", self.directory, "--json")
        self.assertEqual(done.code, 0, done)
        noted = ("backup", f"up to seq {done.json['seq']}, in {pathlib.Path(self.directory).name}")
        self.assertEqual(self.noted()[-1], noted)
        alone = pygmy("backup", self.directory, "--brokers", tcp(self.store.base))
        self.assertEqual(alone.code, 0, alone)
        self.assertIn("the stream does not tell of this backup: name the frontends with --frontend", alone.err)
        self.assertEqual(self.noted()[-1], noted, "frontends at the default ports may be of another store")

    def test_3_a_trim_is_noted_before_it_begins(self):
        trim = ("stream", "trim", "--before", 2, "--backup", self.directory)
        wait_for("the trim is possible", lambda: self.asked(*trim, "--dry-run").code == 0)
        self.assertNotIn("trim", {act for act, _ in self.noted()}, "a dry run does nothing")
        refused = self.asked(*trim, role="reader")
        self.assertEqual(refused.code, 1, refused)
        self.assertIn("does not allow 'note'", refused.err)
        self.assertEqual(self.store.status().get("begins", 1), 1)
        self.assertEqual(self.asked(*trim).code, 0)
        self.assertEqual(self.noted()[-1], ("trim", "before seq 2"))
        before = self.noted()
        without = self.asked(*trim, "--timeout", "1s", frontends=[tcp(1)])
        self.assertEqual(without.code, 0, without)
        self.assertIn("the stream does not tell of this trim", without.err)
        self.assertEqual(self.noted(), before)
        audit = self.store.ask("audit", "--backup", self.directory, timeout="20s")
        self.assertEqual(audit.code, 0, audit)


if __name__ == "__main__":
    unittest.main()
