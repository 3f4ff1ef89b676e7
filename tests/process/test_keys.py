"""A repeated key gets the answer of the first time, whatever was trimmed since. Another request with the same key is
refused (G3, G7). The tests run in the order of their names."""

import contextlib
import pathlib
import signal
import sqlite3
import unittest
import uuid

import msgpack
import zmq

from http_client import HttpStoreTest
from store import pygmy, tcp, wait_for

# Both requests have the short digest 0x32ad74e01655f7ac. Older releases compared only that digest.
FIRST = ("restock", {"item": 1, "delta": 1})
SECOND = ("add", {"items": [{"title": title, "topic": "", "price": 0, "stock": 0} for title in ("x", "utxzxovh8A7%ohyD")]})


# Removes the columns and tables that the formats after 2 have added.
TO_FORMAT_2 = "".join(f"ALTER TABLE keys DROP COLUMN {name};" for name in ("digest", "change", "at", "was", "stock", "hold", "held", "places")) + \
    "".join(f"ALTER TABLE totals DROP COLUMN {name};" for name in ("keys", "keys_common", "keys_digest",
                                                                     "credentials_digest", "last_hold",
                                                                     "open_holds_digest", "ended_holds_digest", "movements",
                                                                     "movements_digest", "subscriptions_digest")) + \
    "".join(f"ALTER TABLE items DROP COLUMN {name};" for name in ("held", "retired", "edited", "terms", "places", "description",
                                                                    "topics", "attributes", "low", "told_low")) + \
    "DROP TABLE holds; DROP TABLE movements; DROP TABLE subscriptions;" + \
    "DROP TABLE claims; DROP TABLE derived; DROP TABLE credentials; DROP TABLE cancellations; PRAGMA user_version = 2;"


class UsedKeys(HttpStoreTest):
    AUDIT = False  # the stream is trimmed without a backup, and views are changed to an older format

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first_http = {}
        cls.first_zmq = {}

    def ask(self, kind, body):
        """Sends a request. Returns the answer's header, and the bytes of its body."""
        with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
            socket.linger = 0
            socket.connect(self.store.frontends[0])
            socket.send(msgpack.packb({"v": 1, "t": kind, "id": 1, "ttl": 10_000}) + msgpack.packb(body))
            self.assertTrue(socket.poll(20_000), f"no answer to {kind}")
            frame = socket.recv()
        messages = msgpack.Unpacker()
        messages.feed(frame)
        header = messages.unpack()
        return header, frame[messages.tell():]

    def refused(self, key):
        header, _ = self.ask(SECOND[0], {"key": key, **SECOND[1]})
        self.assertEqual(header.get("err"), "key_reused")

    def change_over_http(self, key):
        """Makes a change of each kind over HTTP. Returns status, ETag and body of each answer."""
        changes = {"add": ("POST", "/v1/items", {"items": [{"title": "New", "topic": "t", "price": 5, "stock": 1}]}),
                   "price": ("PATCH", "/v1/items/2", {"price": 4242}),
                   "movement": ("POST", "/v1/items/3/movements", {"delta": 5, "reason": "found"})}
        answers = {}
        for name, (method, path, body) in changes.items():
            answer = self.http.write(method, path, body, f"{key}-{name}")
            answers[name] = answer.status, answer.headers.get("ETag"), answer.body
        return answers

    def change_over_zmq(self, key):
        new = {"title": "Other", "topic": "t", "price": 5, "stock": 1}
        changes = {"add": {"items": [new, {"id": 99, **new}]},
                   "price": {"item": 4, "price": 42},
                   "restock": {"item": 5, "delta": -5}}
        return {kind: self.ask(kind, {"key": f"{key}-{kind}", **body}) for kind, body in changes.items()}

    def change_all_again(self):
        """Changes stock and price of every item, so that no item is as the earlier changes left it."""
        _, items = self.ask("search", {})
        for item in msgpack.unpackb(items)["items"]:
            for kind, body in (("restock", {"delta": 7}), ("price", {"price": item["price"] + 1})):
                header, _ = self.ask(kind, {"key": uuid.uuid4().hex, "item": item["id"], **body})
                self.assertNotIn("err", header)

    def processes(self):
        return {p["instance"]: p["pid"] for p in self.store.ps()}

    def restart_frontends(self):
        """Restarts the frontends, because they keep blocks that the broker has trimmed."""
        for instance in [p["instance"] for p in self.store.ps() if p["role"] == "frontend"]:
            self.store.wait_restarted(instance, self.store.kill(instance, signal.SIGTERM))

    def test_1_another_request_with_the_same_short_digest_is_refused(self):
        self.store.writer()
        before = self.processes()
        header, _ = self.ask(FIRST[0], {"key": "pair", **FIRST[1]})
        self.assertNotIn("err", header)
        self.refused("pair")
        self.assertEqual(self.processes(), before, "no process has died")
        self.change_all_again()

    def test_2_a_repeated_change_has_the_answer_of_the_first_time(self):
        self.first_http.update(self.change_over_http("kept"))
        self.assertEqual([status for status, _, _ in self.first_http.values()], [201, 200, 201])
        self.first_zmq.update(self.change_over_zmq("kept-zmq"))
        self.assertEqual([header for header, _ in self.first_zmq.values() if "err" in header], [])
        self.change_all_again()
        self.assertEqual(self.change_over_http("kept"), self.first_http)
        self.assertEqual(self.change_over_zmq("kept-zmq"), self.first_zmq)

    def test_3_also_when_its_event_is_not_in_the_stream_any_more(self):
        end = self.store.status()["commit"]
        trim = ["stream", "trim", "--before", end, "--without-backup", "--brokers", tcp(self.store.base)]
        wait_for("the views are durable", lambda: pygmy(*trim, "--dry-run").code == 0)
        self.assertEqual(pygmy(*trim).code, 0)
        self.restart_frontends()
        wait_for("the stream begins later", lambda: self.store.status().get("begins", 1) > 1)
        self.assertEqual(self.change_over_http("kept"), self.first_http)
        self.assertEqual(self.change_over_zmq("kept-zmq"), self.first_zmq)

    def test_4_keys_of_views_of_an_older_format(self):
        """A view of format 2 lacks parts of the answers. The stream has them only if the key's event was not trimmed."""
        late = self.change_over_http("late")
        self.change_all_again()
        self.assertEqual(self.store.stop(), 0)
        for view in pathlib.Path(self.store.data).glob("order-*/order.db"):
            with contextlib.closing(sqlite3.connect(view)) as file, file:
                file.executescript(TO_FORMAT_2)
        self.store.start()
        self.store.writer()
        before = self.processes()
        self.refused("pair")
        header, body = self.ask(FIRST[0], {"key": "pair", **FIRST[1]})
        self.assertNotIn("err", header)
        item = msgpack.unpackb(body)
        self.assertNotIn("at", item)
        self.assertEqual(item["item"]["stock"], self.store.stock(1), "it shows the item as it is now")
        status, _, price = late["price"]
        late["price"] = status, None, price  # the event does not hold the whole item, so this answer has no ETag
        self.assertEqual(self.change_over_http("late"), late, "the stream has the answer")
        for name, (status, _, body) in self.change_over_http("kept").items():
            self.assertEqual(status, 504, name)
            self.assertIn(b"the request took effect", body)
            self.assertIn(f"/v1/outcomes/kept-{name}".encode(), body)
            outcome = self.http.get(f"/v1/outcomes/kept-{name}")
            self.assertEqual(outcome.json["outcome"], "change")
        self.assertEqual(self.processes(), before, "no process has died")


if __name__ == "__main__":
    unittest.main()
