#!/usr/bin/env python3
"""Following the stream and acknowledging a subscription, without a store: the test answers each request by itself."""

import hashlib
import unittest

from scripted import msgpack, wire
from pygmy import AnotherHistory, Refused, Trimmed, Unknown, Unreadable, requests
from pygmy.answer import answer_of
from pygmy.core import End
from pygmy.errors import Refusal
from pygmy.model import Event, SubscriptionState
from pygmy.stream import Cursor, Feed, Pause, opened

ZERO = b"\0" * 32


def block(first, types, prev=ZERO, no=1, v=1):
    """The bytes of a block with an event of each type."""
    events = b"".join(msgpack.packb({"t": kind, "v": 1, "at": 1000 + i, "key": f"k{first + i}", "req": 5})
                      for i, kind in enumerate(types))
    body = {"v": v, "no": no, "first": first, "count": len(types), "term": 1, "at": 1, "epoch": 0, "producer": 0, "prev": prev,
            "events": events}
    return hashed(body)


def hashed(body):
    head = msgpack.packb({**body, "hash": ZERO})[:-32]
    return head + hashlib.sha256(head).digest()


def page(*blocks, mark=9):
    return {"blocks": list(blocks), "mark": mark}


def drive(steps, store, now=0.0):
    """Carries a procedure out. `store(request)` returns a body or a Refusal; `asked` are the requests and pauses."""
    told, asked = None, []
    while True:
        try:
            step = steps.send(told)
        except StopIteration as end:
            return end.value, asked
        asked.append(step)
        if isinstance(step, Pause):
            now += step.seconds
            told = now
        else:
            said = store(step)
            refusal = said if isinstance(said, Refusal) else None
            told = answer_of(step, End({}, None if refusal else said, refusal, "f", 0.1), None)


class Following(unittest.TestCase):
    def take(self, feed, *bodies):
        """The next events, of as many pages."""
        seen, pages = [], list(bodies)
        while pages or feed.pending:
            event, _ = drive(feed.one(), lambda _: pages.pop(0))
            seen.append((event.seq, event.type))
        return seen

    def test_events_come_once_and_in_order_also_from_the_middle_of_a_block(self):
        first = block(1, ["a", "b", "c"])
        second = block(4, ["d"], prev=first[-32:])
        feed = Feed(2)
        self.assertEqual(self.take(feed, page(first), page(first, second)), [(2, "b"), (3, "c"), (4, "d")])
        feed.take(requests.Pulled(9, blocks=(first,)))
        self.assertEqual(feed.next, 5, "an old block changes nothing")

    def test_a_page_without_events_is_asked_for_again_and_waits(self):
        bodies = [page(), page(), page(block(1, ["a"]))]
        (event), asked = drive(Feed(1).one(), lambda _: bodies.pop(0))
        self.assertEqual([each.body for each in asked], 3 * [{"from": 1, "wait": 5000, "partly": True}])
        self.assertEqual(event, Event(1, 1000, "a", None, {"key": "k1"}))

    def test_without_a_start_the_end_of_the_stream_is_asked_for(self):
        bodies = [page(mark=41), page(block(42, ["a"]))]
        event, asked = drive(Feed(None).one(), lambda _: bodies.pop(0))
        self.assertEqual((asked[0].body["from"], asked[1].body["from"], event.seq), (2 ** 53 - 1, 42, 42))

    def test_the_own_type_of_an_order_has_another_name(self):
        raw = msgpack.packb({"t": "order_placed", "v": 1, "at": 5, "type": "buy", "by": 3, "digest": b"d"})
        part = {"first": 7, "count": 2, "prev": ZERO, "hash": b"h", "events": [{"seq": 8, "event": raw}]}
        event, _ = drive(Feed(7).one(), lambda _: {"mark": 8, "parts": [part]})
        self.assertEqual(event, Event(8, 5, "order_placed", 3, {"order_type": "buy"}))

    def test_a_part_without_events_that_may_be_shown_moves_on(self):
        feed = Feed(7)
        feed.take(requests.Pulled(8, parts=({"first": 7, "count": 2, "prev": ZERO, "hash": b"h", "events": []},)))
        self.assertEqual(feed.next, 9)

    def test_a_trimmed_stream_another_history_and_damaged_blocks_are_errors(self):
        with self.assertRaises(Trimmed) as caught:
            self.take(Feed(3), page(block(10, ["a"])))
        self.assertEqual(caught.exception.begins, 10)
        with self.assertRaises(AnotherHistory):
            self.take(Feed(1), page(block(1, ["a"]), block(2, ["b"], prev=b"\1" * 32)))
        with self.assertRaises(AnotherHistory):  # its blocks end elsewhere
            self.take(Feed(1), page(block(1, ["a"]), block(2, ["b"]), block(2, ["x", "y"], prev=b"\1" * 32)))
        good = block(1, ["a"])
        for bad in (good[:-1] + bytes([good[-1] ^ 1]), good[:-5], b"", msgpack.packb({}), msgpack.packb(7), block(1, ["a"], v=2),
                    good.replace(msgpack.packb(1) + msgpack.packb("term"), msgpack.packb(2) + msgpack.packb("term"))):
            with self.assertRaises(Unreadable, msg=bad):
                wire.block_of(bad)
        with self.assertRaisesRegex(Unreadable, "has 1 events and says 2"):
            wire.block_of(hashed({"v": 1, "no": 1, "first": 1, "count": 2, "prev": ZERO, "events": msgpack.packb({"t": "a"})}))
        for bad in ({}, {"first": 1, "count": 1, "prev": ZERO, "hash": ZERO, "events": [{"seq": 1}]}):
            with self.assertRaises(Unreadable):
                wire.part_of(bad)


def state(cursor=0, types=(), ttl=604_800_000):
    return SubscriptionState("m", 1, 1, 1, cursor, ttl, types)


class Store:
    """Answers `events` with pages, and notes what is acknowledged."""

    def __init__(self, *pages):
        self.pages, self.acknowledged, self.refuses = list(pages), [], []

    def __call__(self, request):
        if request.kind == "acknowledge":
            self.acknowledged.append(request.body["cursor"])
            refusal = self.refuses.pop(0) if self.refuses else None
            return refusal or {"seq": 99}
        return self.pages.pop(0)


class Subscribing(unittest.TestCase):
    def setUp(self):
        self.cursor = Cursor(state(), 0.0)
        self.store = Store(page(block(1, ["order_placed", "subscription_made", "stock_moved", "order_placed"])))

    def one(self, now):
        return drive(self.cursor.one(float(now)), self.store, float(now))[0]

    def finish(self):
        return drive(self.cursor.finish(), self.store)[1]

    def test_events_of_subscriptions_and_of_other_types_are_left_out(self):
        self.assertEqual([self.one(0).seq for _ in range(3)], [1, 3, 4])
        self.cursor = Cursor(state(types=("order_placed",)), 0.0)
        self.store = Store(page(block(1, ["order_placed", "key_voided", "stock_moved", "order_placed"])))
        self.assertEqual([self.one(0).seq for _ in range(2)], [1, 4])

    def test_it_begins_after_its_cursor(self):
        self.cursor = Cursor(state(cursor=2), 0.0)
        self.assertEqual(self.one(0).seq, 3)

    def test_done_events_are_acknowledged_after_two_seconds_and_undone_ones_never(self):
        event = self.one(0)
        self.cursor.done(event)
        self.one(1.9)
        self.assertEqual(self.store.acknowledged, [])
        self.one(2.1)
        self.assertEqual(self.store.acknowledged, [1], "3 was shown and is not done")
        self.assertEqual(self.finish(), [])

    def test_the_end_acknowledges_the_rest_and_what_nobody_wants_before_the_next_one(self):
        self.cursor.done(self.one(0))
        self.finish()
        self.assertEqual(self.store.acknowledged, [2])
        self.cursor.done(self.one(0))
        self.cursor.done(self.one(0))
        self.finish()
        self.assertEqual(self.store.acknowledged, [2, 4])

    def test_nothing_is_acknowledged_twice_and_no_event_that_has_not_come(self):
        event = self.one(0)
        self.cursor.done(event)
        self.cursor.done(event)
        self.finish()
        self.cursor.done(event)
        self.assertEqual(self.finish(), [])
        with self.assertRaises(ValueError):
            self.cursor.done(Event(4, 1, "a", None, {}))

    def test_a_quiet_subscription_is_kept_alive_and_does_not_wait_beyond_it(self):
        self.cursor = Cursor(state(ttl=9000), 0.0)
        self.store = Store(page(), page(block(1, ["a", "b"])))
        _, asked = drive(self.cursor.one(1.0), self.store, 1.0)
        self.assertEqual(asked[0].body["wait"], 2000)
        self.one(3.5)
        self.assertEqual(self.store.acknowledged, [0], "the same cursor again keeps it alive")

    def test_an_acknowledgement_that_is_refused_or_unknown_is_made_later(self):
        for code in ("limit", "unavailable", "busy", "unknown"):
            self.setUp()
            self.cursor.done(self.one(0))
            self.store.refuses = [Refusal(code, "m", {})]
            self.cursor.done(self.one(2.5))
            self.one(3.0)
            self.assertEqual(self.store.acknowledged, [2], code)
            self.one(5.0) if self.store.pages else self.finish()
            self.assertEqual(self.store.acknowledged, [2, 3], code)

    def test_two_programs_on_one_subscription_are_told_so(self):
        self.cursor.done(self.one(0))
        self.store.refuses = [Refusal("limit", "the cursor would go back", {})] * 3
        self.store.pages = [page(block(5 + i, ["a"])) for i in range(3)]
        with self.assertRaises(Refused):
            for i in range(4):
                drive(self.cursor._acknowledge(3.0 * (i + 1)), self.store, 3.0 * (i + 1))

    def test_one_that_has_ended_is_an_error(self):
        self.cursor.done(self.one(0))
        self.store.refuses = [Refusal("unknown_subscription", "m", {})]
        with self.assertRaises(Refused):
            self.one(2.5)

    def test_the_end_waits_if_the_last_acknowledgement_was_less_than_a_second_ago(self):
        self.cursor.done(self.one(0))
        self.store.refuses = [Refusal("limit", "m", {}), Refusal("unknown", "m", {})]
        self.assertEqual([step.seconds for step in self.finish() if isinstance(step, Pause)], [1.1, 1.1])
        self.assertEqual(self.store.acknowledged, [2, 2, 2])
        self.cursor.done(self.one(0))
        self.store.refuses = [Refusal("unknown", "m", {})] * 5
        with self.assertRaises(Unknown):
            self.finish()


class Opening(unittest.TestCase):
    KEPT = {"name": "m", "id": 3, "version": 3, "at": 1, "cursor": 2, "ttl": 9000}

    def opened(self, *said):
        said = list(said)
        return drive(opened("m", 5, ("a",), 60.0), lambda _: said.pop(0))

    def test_one_that_there_is_is_continued_and_another_one_is_made(self):
        cursor, asked = self.opened({"subscriptions": [self.KEPT], "last": 9})
        self.assertEqual((cursor._feed.next, asked[0].kind), (3, "subscriptions"))
        none = Refusal("unknown_subscription", "m", {})
        cursor, asked = self.opened(none, {"seq": 3, "subscription": self.KEPT})
        made = asked[1].body
        self.assertEqual((made["from"], made["types"], made["ttl"]), (5, ["a"], 60_000))

    def test_another_program_that_makes_it_meanwhile_is_no_error_and_too_many_are_one(self):
        none, limit = Refusal("unknown_subscription", "m", {}), Refusal("limit", "m", {})
        cursor, _ = self.opened(none, limit, {"subscriptions": [self.KEPT], "last": 9})
        self.assertEqual(cursor._feed.next, 3)
        with self.assertRaises(Refused):
            self.opened(none, limit, none, limit)
        with self.assertRaises(Refused):
            self.opened(Refusal("forbidden", "m", {}))


if __name__ == "__main__":
    unittest.main()
