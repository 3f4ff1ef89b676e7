#!/usr/bin/env python3
"""docs/PROTOCOL.md, tried on a real store: the bytes, the values and the versions that it refuses.

    PYGMY=build/release/pygmy /usr/bin/python3 tests/protocol/test_refused.py
"""

import pathlib
import re
import sys
import time
import unittest

import msgpack

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

from client import DEFINITE, Refused, frame, new_key  # noqa: E402
from running_store import DONE_S, StoreTest  # noqa: E402


class Refusals(StoreTest):
    def test_the_client_knows_every_definite_refusal(self):
        source = (pathlib.Path(__file__).resolve().parents[2] / "msg/refusal.h").read_text()
        words = re.findall(r'return \{"(\w+)", CodeClass::k(?:Business|BadRequest)', source)
        self.assertEqual(DEFINITE, set(words))

    def test_another_version_is_refused_with_the_id(self):
        with self.assertRaises(Refused) as caught:
            self.client.ask("lookup", {"item": 1}, v=2)
        self.assertEqual(caught.exception.word, "unsupported_version")

    def test_unknown_fields_are_ignored(self):
        self.assertEqual(self.client.ask("lookup", {"item": 1, "colour": "red"}, moon=True)[1]["item"]["id"], 1)

    def answers_to(self, *parts, count=1):
        """(id, err, message) of so many answers to a ZeroMQ message of these parts, in the order of the ids."""
        self.client.sockets[0].send_multipart(parts)
        told, deadline = [], time.monotonic() + DONE_S
        while len(told) < count and time.monotonic() < deadline:
            told += [(header["id"], header.get("err"), body.get("message")) for header, body in self.client.receive(deadline)]
        return sorted(told)

    def test_bytes_that_cannot_be_read_are_refused_with_id_0(self):
        ((number, word, message),) = self.answers_to(b"\xc1 no MessagePack")
        self.assertEqual((number, word), (0, "malformed"))
        self.assertTrue(message)
        self.assertEqual(self.client.lookup(item=1)["id"], 1)

    def test_a_value_out_of_range_is_invalid_in_every_request(self):
        far, line = 2**64 - 1, {"item": 1, "quantity": 1}
        new = {"title": "x", "topic": "y", "price": 1, "stock": 1}
        out_of_range = {
            "lookup": [{"item": 0}, {"item": -1}, {"item": 2**53}, {"item": far}, {"title": ""}, {"title": "x" * 401},
                       {"title": "a\nb"}],
            "search": [{"limit": 0}, {"limit": 1001}, {"limit": -1}, {"limit": 2**32}, {"after": -1}, {"topic": "x" * 101},
                       {"text": "x" * 201}, {"retired": True, "topic": "x"}, {"low": True, "topic": "x"},
                       {"low": True, "retired": True}],
            "order": [{"no": 0}, {"no": -1}],
            "orders": [{"limit": 0}, {"limit": 2**32}, {"customer": ""}, {"customer": "x" * 129}],
            "outcome": [{"key": ""}, {"key": "x" * 65}],
            "events": [{"from": 0}, {"from": -1}, {"from": 1, "bytes": 2**32}, {"from": 1, "wait": 2**32}],
            "place": [{"lines": lines, "type": "buy"} for lines in (
                [], [line] * 101, *([{**line, **wrong}] for wrong in (
                    {"item": 0}, {"item": -1}, {"quantity": 0}, {"quantity": far}, {"price": -1})))],
            "add": [{"items": items} for items in ([], [new] * 257, *([{**new, **wrong}] for wrong in (
                {"id": 0}, {"id": -1}, {"price": -1}, {"price": far}, {"stock": 10**9 + 1}, {"description": ""}, {"topics": []},
                {"attributes": {}}, {"attributes": {str(i): "v" for i in range(33)}})),
                [{**new, "description": "x" * 4096}] * 17)],
            "price": [{"item": 1, "price": -1}, {"item": 1, "price": 2**63}, {"item": far, "price": 1},
                      {"item": 1, "price": 1, "version": -1}],
            "edit": [{"item": 1}, {"item": 1, "title": ""}, {"item": 1, "title": "x" * 401},
                     {"item": 1, "topic": "x" * 101}, {"item": 1, "title": "a\nb"}, {"item": 0, "retired": True}, {"item": far, "retired": True},
                     {"item": 1, "retired": True, "version": 0}, {"item": 1, "terms": {"per_order": 0}}, {"item": 1, "terms": {"window": 1}},
                     {"item": 1, "terms": {"per_customer": 1}}, {"item": 1, "terms": {"per_customer": 1, "window": far}},
                     {"item": 1, "terms": {"from": 2, "until": 2}}, {"item": 1, "terms": {"from": -1}},
                     {"item": 1, "rules": ["until"]}, {"item": 1, "terms": {}, "rules": []}, {"item": 1, "terms": {}, "rules": ["x"]},
                     {"item": 1, "terms": {"per_order": 1}, "rules": ["until"]}, {"item": 1, "description": "x" * 4097},
                     {"item": 1, "description": "a\tb"}, {"item": 1, "topics": [""]}, {"item": 1, "topics": ["x", "x"]},
                     {"item": 1, "topics": [str(i) for i in range(8)]}, {"item": 1, "attributes": {}},
                     {"item": 1, "attributes": {"": "v"}}, {"item": 1, "attributes": {"x" * 65: "v"}},
                     {"item": 1, "attributes": {"n": "x" * 257}}, {"item": 1, "attributes": {"n": "a\nb"}},
                     {"item": 1, "low": -2}, {"item": 1, "low": 10**9 + 1}],
            "restock": [{"item": 1, "delta": 0}, {"item": 1, "delta": 10**9 + 1}, {"item": 1, "delta": far},
                        {"item": 1, "delta": 1, "reason": "x" * 201}, {"item": 1, "delta": 1, "place": "x" * 65}],
            "count": [{"item": 1, "stock": -1}, {"item": 1, "stock": 10**9 + 1}, {"item": 1, "stock": far}, {"item": 0, "stock": 1},
                      {"item": 1, "stock": 1, "reason": "x" * 201}, {"item": 1, "stock": 1, "version": 0}],
            "transfer": [{"item": 1, "quantity": 1}, {"item": 1, "quantity": 1, "from": "a", "to": "a"},
                         {"item": 1, "quantity": 0, "to": "a"}, {"item": 1, "quantity": 10**9 + 1, "to": "a"},
                         {"item": 1, "quantity": 1, "to": ""}, {"item": 1, "quantity": 1, "to": "x" * 65},
                         {"item": 1, "quantity": 1, "from": "a\nb"}, {"item": 0, "quantity": 1, "to": "a"},
                         {"item": 1, "quantity": 1, "to": "a", "version": 0}],
            "subscribe": [{"name": ""}, {"name": "a b"}, {"name": "n" * 65}, {"name": "n", "from": 0}, {"name": "n", "from": -1},
                          {"name": "n", "ttl": 0}, {"name": "n", "ttl": 366 * 86_400_000 + 1}, {"name": "n", "types": []},
                          {"name": "n", "types": ["no_such_event"]}, {"name": "n", "types": ["order_placed"] * 2}],
            "acknowledge": [{"name": "", "cursor": 1}, {"name": "a b", "cursor": 1}, {"name": "n", "cursor": -1}],
            "unsubscribe": [{"name": ""}, {"name": "a/b"}],
            "subscriptions": [{"name": ""}, {"name": "a b"}],
            "movements": [{"item": 0}, {"item": far}, {"item": 1, "limit": 0}, {"item": 1, "limit": 1001}, {"item": 1, "before": -1}],
        }
        for kind, bodies in out_of_range.items():
            for body in bodies:
                if kind in ("place", "add", "price", "edit", "restock", "count", "transfer", "subscribe", "acknowledge", "unsubscribe"):
                    body["key"] = new_key()
                with self.subTest(kind=kind, body=str(body)[:80]):
                    self.refused("invalid", self.client.ask, kind, body)

    def test_a_refusal_has_the_id_that_was_read(self):
        header = {"v": 1, "t": "lookup", "id": 7}
        for word, wrong in (("invalid", {"ttl": -1}), ("invalid", {"ttl": 2**32}), ("invalid", {"stale_ok": -1}),
                            ("malformed", {"t": 5}), ("malformed", {"fresh": "yes"}), ("malformed", {"v": "one"})):
            with self.subTest(wrong=wrong):
                frame_of_two = frame({**header, **wrong}, {"item": 1}, {**header, "id": 8}, {"item": 1})
                first, second = self.answers_to(frame_of_two, count=2)
                self.assertEqual((first[:2], second[:2]), ((7, word), (8, None)), "the next message is read")
        ((number, word, _),) = self.answers_to(msgpack.packb(header) + b"\x81")
        self.assertEqual((number, word), (7, "malformed"), "the body is cut")

    def test_a_message_of_other_parts_is_told_which_parts_it_has(self):
        header, body = msgpack.packb({"v": 1, "t": "lookup", "id": 7}), msgpack.packb({"item": 1})
        for parts in ((header, body), (header + body, header + body, header + body), (b"", b"", header + body), (b"",)):
            with self.subTest(parts=len(parts)):
                ((number, word, message),) = self.answers_to(*parts)
                self.assertEqual((number, word), (0, "malformed"))
                self.assertIn("one part", message)


if __name__ == "__main__":
    unittest.main(verbosity=2)
