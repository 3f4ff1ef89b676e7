"""Clients without a token: what they may do in a store that has an admin, and a closed store without any token."""

import sys
import unittest

from rights import DENIED, bodies, objects, vocabulary
from store import BOOKSTORE, ROOT, Single, Store, free_port_base, wait_for

sys.path.insert(0, str(ROOT / "tests/protocol"))
import client as protocol  # noqa: E402


class AnonymousTest(unittest.TestCase):
    """Clients without a token, in a store that was given an admin first."""

    @classmethod
    def setUpClass(cls):
        cls.store = Single("--catalogue", BOOKSTORE)
        cls.addClassCleanup(cls.store.clean)
        cls.store.start()
        cls.store.environment = {"PYGMY_TOKEN": cls.store.read("grant", "admin")["token"]}
        cls.options = cls.store.options

    def restart(self, anonymous):
        self.store.stop()
        self.store.options = (*self.options, "--anonymous", anonymous)
        self.store.start()

    def send(self, kind, body, **options):
        client = protocol.Client(self.store.frontends)
        self.addCleanup(client.close)
        try:
            return "ok", client.ask(kind, body, **options)[1]
        except protocol.Refused as refused:
            return refused.word, refused.body

    def assert_taken(self, allowed):
        for kind in vocabulary():
            word, answer = self.send(kind, bodies()[kind])
            self.assertEqual(word not in DENIED, kind in allowed, (kind, word, answer))

    def test_a_reader_looks_and_does_nothing_else(self):
        self.restart("reader")
        self.assert_taken({kind for kind, roles in vocabulary().items() if "reader" in roles})

    def test_a_buyer_places_orders_and_only_their_secret_keys_open_them(self):
        self.restart("buyer")
        of_customers = {*objects(), "orders", "hold", "holds"}
        self.assert_taken({kind for kind, roles in vocabulary().items() if "buyer" in roles} - of_customers)
        key = protocol.new_key()
        word, placed = self.send("place", {**bodies()["place"], "key": key})
        self.assertEqual(word, "ok", placed)
        self.assertEqual(self.send("outcome", {"key": key})[1]["order"], placed["order"])
        self.assertEqual(self.send("order", {"no": placed["order"]["no"]})[0], "unauthenticated")
        self.assertEqual(self.send("outcome", {"key": protocol.new_key()})[1].get("order"), None)
        admin = {"token": self.store.environment["PYGMY_TOKEN"].encode()}
        wait_for("an admin sees the secret", lambda: key in str(self.send("events", {"from": 1}, **admin)))
        self.assertNotIn(key, str(self.send("events", {"from": 1, "partly": True})))


class ClosedTest(unittest.TestCase):
    def test_up_without_a_token_says_how_to_get_one_and_that_the_bridge_has_none(self):
        base = free_port_base()
        store = Store("--anonymous", "none", "--single", "--http", base + 71, "--bridge-token", "/nowhere/token", port_base=base)
        self.addCleanup(store.clean)
        store.start(ready=False)
        wait_for("it says what it waits for", lambda: "pygmy grant admin" in store.printed())
        self.assertIn("PYGMY_TOKEN", store.printed())
        self.assertIn("--bridge-token /nowhere/token: there is no such file yet", store.printed())
        wait_for("the bridge says so", lambda: "no token of its own yet: /nowhere/token" in store.log("node-1"))


if __name__ == "__main__":
    unittest.main()
