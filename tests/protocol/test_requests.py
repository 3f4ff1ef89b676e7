#!/usr/bin/env python3
"""docs/PROTOCOL.md, tried on a real store: the requests of a client and their answers, and the events of the stream.

    PYGMY=build/release/pygmy /usr/bin/python3 tests/protocol/test_requests.py
"""

import json
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import time
import unittest

import zmq

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

from client import Client, Follower, Poller, Shop, Unknown, frame, lookup_with_req, new_key, read_frame  # noqa: E402
from running_store import DONE_S, ROOT, StoreTest  # noqa: E402


class Requests(StoreTest):
    def collect(self, source, wait, last, seen=()):
        """The lines of a Follower or a Poller up to and including this seq; `seen` are the lines before."""
        seen, deadline = list(seen), time.monotonic() + DONE_S
        while (not seen or seen[-1][0] < last) and time.monotonic() < deadline:
            seen += source.poll(wait)
        self.assertEqual([seq for seq, _ in seen], list(range(1, len(seen) + 1)))
        self.assertGreaterEqual(len(seen), last)
        return seen

    def test_lookup_by_id_and_by_title(self):
        item = self.client.lookup(item=2)
        self.assertEqual(item["title"], "RPCs for Dummies")
        self.assertEqual(self.client.lookup(title="rpcs FOR dummies")["id"], 2)
        self.refused("unknown_item", self.client.lookup, item=999)
        self.refused("invalid", self.client.ask, "lookup", {})

    def test_a_plain_req_socket_will_do(self):
        self.assertEqual(lookup_with_req(self.store.at(10), 2)["title"], "RPCs for Dummies")

    def test_search_by_topic_and_words_and_pages(self):
        by_topic = self.client.search(topic="Distributed Systems")["items"]
        self.assertEqual([item["id"] for item in by_topic[:2]], [1, 2])
        self.assertEqual([item["id"] for item in self.client.search(text="surviving grad")["items"]], [3])
        page = self.client.search(limit=2)
        self.assertEqual(len(page["items"]), 2)
        self.assertEqual(self.client.search(limit=2, after=page["next"])["items"][0]["id"], page["items"][1]["id"] + 1)

    def test_the_words_of_a_search_are_those_of_the_page(self):
        page = (ROOT / "docs/PROTOCOL.md").read_text()
        table = page.split("<!-- words of a search -->")[1].split("<!-- end of words of a search -->")[0]
        rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in table.strip().splitlines()[2:]]
        self.assertEqual({found for _, _, found in rows}, {"yes", "no"})
        titles = sorted({title for title, _, _ in rows})
        self.client.ask("add", {"key": new_key(), "items": [
            {"title": title, "topic": "words", "price": 1, "stock": 0} for title in titles]})
        for title, text, found in rows:
            with self.subTest(title=title, text=text):
                shown = [item["title"] for item in self.client.search(topic="words", text=text)["items"]]
                self.assertEqual(title in shown, found == "yes")

    def test_buying_takes_stock_once_per_key(self):
        before, key = self.client.lookup(item=4)["stock"], new_key()
        order = self.client.buy(4, 2, key=key, customer="ann")
        self.assertEqual(order["lines"][0]["stock"], before - 2)
        self.assertEqual(order["total"], 2 * order["lines"][0]["price"])
        self.assertEqual(self.client.buy(4, 2, key=key, customer="ann"), order)
        self.assertEqual(self.client.lookup(item=4)["stock"], before - 2)
        self.assertEqual(self.client.order(order["no"]), order)
        self.assertIn(order, self.client.orders(customer="ann")["orders"])
        self.refused("key_reused", self.client.buy, 4, 3, key=key, customer="ann")

    def test_outcome_is_definite_either_way(self):
        key, other = new_key(), new_key()
        order = self.client.buy(5, 1, key=key)
        self.assertEqual(self.client.outcome(key)["order"], order)
        self.assertEqual(self.client.outcome(other)["outcome"], "void")
        self.refused("key_voided", self.client.buy, 5, 1, key=other)
        change = new_key()
        self.client.restock(5, 1, "found one", key=change)
        self.assertEqual(self.client.outcome(change)["outcome"], "change")

    def test_refusals_say_what_is_left_and_what_it_costs(self):
        item = self.client.lookup(item=6)
        body = self.refused("out_of_stock", self.client.buy, 6, item["stock"] + 1)
        self.assertEqual((body["item"], body["stock"]), (6, item["stock"]))
        line = {"item": 6, "quantity": 1, "price": item["price"] + 1}
        self.assertEqual(self.refused("price_changed", self.client.place, [line])["price"], item["price"])
        seen = self.client.lookup(item=7)["version"]
        now = self.client.price(7, 999, version=seen)["version"]
        body = self.refused("version_changed", self.client.price, 7, 998, version=seen)
        self.assertEqual((body["item"], body["version"]), (7, now))
        self.refused("version_changed", self.client.restock, 7, 1, version=seen)
        self.refused("unknown_order", self.client.order, 10**6)
        self.refused("unknown_type", self.client.ask, "lokup", {})
        self.refused("invalid", self.client.buy, 6, 0)
        self.refused("malformed", self.client.ask, "lookup", {"item": "six"})

    def test_several_requests_in_one_frame_are_all_answered(self):
        messages = [part for i in range(5) for part in ({"v": 1, "t": "lookup", "id": 100 + i}, {"item": 1 + i})]
        self.client.sockets[0].send(frame(*messages))
        seen, deadline = {}, time.monotonic() + DONE_S
        while len(seen) < 5 and time.monotonic() < deadline:
            for header, body in self.client.receive(deadline):
                seen[header["id"]] = body["item"]["id"]
        self.assertEqual(seen, {100 + i: 1 + i for i in range(5)})

    def test_add_price_restock_and_sell(self):
        (item,) = self.client.add([{"title": "Winter", "topic": "seasons", "price": 500, "stock": 3}])
        self.assertEqual(self.client.price(item["id"], 600)["price"], 600)
        self.assertEqual(self.client.restock(item["id"], 4, "delivery")["stock"], 7)
        order = self.client.place([{"item": item["id"], "quantity": 2}], kind="sell")
        self.assertEqual((order["type"], order["lines"][0]["stock"]), ("sell", 9))
        self.assertEqual(self.client.lookup(item=item["id"])["stock"], 9)
        self.assertEqual(self.client.count(item["id"], 6, "stock-take")["stock"], 6)
        told = self.client.movements(item["id"], limit=3)
        self.assertEqual([(each["kind"], each["delta"], each["stock"], each.get("reason")) for each in told["movements"]],
                         [("counted", -3, 6, "stock-take"), ("sold", 2, 9, None), ("restocked", 4, 7, "delivery")])
        (first,) = self.client.movements(item["id"], before=told["next"])["movements"]
        self.assertEqual((first["kind"], first["delta"], first["seq"]), ("added", 3, item["version"]))
        self.refused("unknown_item", self.client.movements, 10**6)
        again = {"id": item["id"], "title": "x", "topic": "y", "price": 1, "stock": 1}
        self.refused("item_exists", self.client.add, [again])

    def test_details(self):
        (item,) = self.client.add([{"title": "Spring", "topic": "seasons", "price": 500, "stock": 5, "topics": ["maps"],
                                    "description": "Two\nlines", "attributes": {"pages": "214"}}])
        seen = self.client.lookup(item=item["id"])
        self.assertEqual((seen["topics"], seen["description"], seen["attributes"]), (["maps"], "Two\nlines", {"pages": "214"}))
        edit = lambda **fields: self.client.ask("edit", {"key": new_key(), "item": item["id"], **fields})[1]["item"]
        found = lambda topic: [each["id"] for each in self.client.ask("search", {"topic": topic})[1]["items"]]
        self.assertEqual(found("MAPS"), [item["id"]])
        edited = edit(topics=["fun"], attributes={"pages": None, "colour": "red"}, description="")
        self.assertEqual((edited["topics"], edited["attributes"], "description" in edited), (["fun"], {"colour": "red"}, False))
        self.assertEqual((found("maps"), found("fun")), ([], [item["id"]]))
        edit(terms={"per_order": 3, "until": 2 * 10**12})
        self.assertEqual(edit(terms={"per_order": 2}, rules=["per_order"])["terms"], {"per_order": 2, "until": 2 * 10**12})
        self.assertEqual(edit(terms={}, rules=["until"])["terms"], {"per_order": 2})
        self.refused("limit", edit, terms={"window": 1}, rules=["window"])
        self.refused("limit", edit, attributes={str(i): "v" for i in range(32)})

    def test_places(self):
        (item,) = self.client.add([{"title": "Autumn", "topic": "seasons", "price": 500, "stock": 5}])
        places = lambda: self.client.lookup(item=item["id"]).get("places")
        self.assertIsNone(places())
        self.refused("unknown_place", self.client.transfer, item["id"], 2, target="north")
        moved = self.client.transfer(item["id"], 2, target="north", opens=True)
        self.assertEqual((moved["stock"], moved["places"]), (5, [{"place": "north", "pieces": 2}]))
        order = self.client.place([{"item": item["id"], "quantity": 4}])
        self.assertEqual(order["lines"][0]["places"], [{"place": "north", "pieces": 1}])
        self.refused("out_of_stock", self.client.place, [{"item": item["id"], "quantity": 1, "place": "main"}])
        self.client.cancel(order["no"])
        self.assertEqual(places(), [{"place": "north", "pieces": 2}])
        self.assertEqual(self.client.restock(item["id"], 1, place="north")["places"], [{"place": "north", "pieces": 3}])
        self.assertEqual(self.client.count(item["id"], 1, place="north")["stock"], 4)
        self.client.transfer(item["id"], 1, source="north")
        self.assertIsNone(places())
        self.refused("unknown_place", self.client.restock, item["id"], 1, place="north")
        newest = self.client.movements(item["id"], limit=1)["movements"][0]
        self.assertEqual((newest["kind"], newest["delta"], newest["places"]),
                         ("transferred", 0, [{"place": "north", "pieces": -1}]))

    def test_a_subscription_keeps_its_cursor(self):
        (item,) = self.client.add([{"title": "Followed", "topic": "seasons", "price": 500, "stock": 3}])
        made = self.client.subscribe("follower", key="subscribe-1", **{"from": item["version"]}, types=["stock_moved"], ttl=60_000)
        told = made["subscription"]
        self.assertEqual((told["id"], told["cursor"], told["types"], told["ttl"]),
                         (made["seq"], item["version"] - 1, ["stock_moved"], 60_000))
        self.refused("limit", self.client.subscribe, "follower")
        self.refused("limit", self.client.subscribe, "another", **{"from": 10**9})
        done = self.client.acknowledge("follower", item["version"], key="acknowledge-1")
        self.assertEqual(done["subscription"]["cursor"], item["version"])
        self.assertEqual(self.client.acknowledge("follower", item["version"], key="acknowledge-1")["seq"], done["seq"])
        self.refused("limit", self.client.acknowledge, "follower", item["version"] - 1)
        self.refused("limit", self.client.acknowledge, "follower", 10**9)
        listed = self.client.subscriptions(name="follower")
        self.assertEqual(listed["subscriptions"], [done["subscription"]])
        self.assertGreaterEqual(listed["last"], done["seq"])
        ended = self.client.unsubscribe("follower")
        self.assertNotIn("subscription", ended)
        self.refused("unknown_subscription", self.client.acknowledge, "follower", item["version"])
        self.refused("unknown_subscription", self.client.subscriptions, name="follower")
        self.assertEqual(self.client.outcome("acknowledge-1")["outcome"], "change")

    def test_cancel(self):
        before = self.client.lookup(item=3)["stock"]
        order = self.client.buy(3, 2)
        some = [{"item": 3, "quantity": 1}]
        for _ in range(2):
            part = self.client.cancel(order["no"], lines=some, key=f"cancel-{order['key']}")
            self.assertEqual((part["state"], len(part["cancellations"])), ("partly_cancelled", 1))
        self.refused("more_than_remains", self.client.cancel, order["no"], lines=[{"item": 3, "quantity": 2}])
        self.assertEqual(self.client.cancel(order["no"], "return")["state"], "returned")
        self.refused("nothing_remains", self.client.cancel, order["no"])
        self.refused("unknown_order", self.client.cancel, 10**6)
        self.assertEqual([taken["kind"] for taken in self.client.order(order["no"])["cancellations"]], ["cancel", "return"])
        self.assertEqual(self.client.lookup(item=3)["stock"], before)
        self.assertEqual(self.client.outcome(f"cancel-{order['key']}")["outcome"], "change")

    def test_the_stream_can_be_followed_through_loss(self):
        lost = []
        lossy = Follower(self.store.at(0), self.store.at(1), lose=lambda topic: topic == b"B" and self.toss(lost))
        self.addCleanup(lossy.close)
        seen = self.collect(lossy, 0.1, 1)
        last = 0
        for _ in range(20):  # while it follows, so that publications are there to be lost
            last = self.client.outcome(self.bought(7))["seq"]
            seen += lossy.poll(0.01)
        seen = self.collect(lossy, 0.1, last, seen)
        self.assertEqual(seen[0][1]["t"], "store_created")
        self.assertGreater(len(lost), 0, "nothing was lost, so nothing was tried")
        self.assertEqual(seen, self.collect(Poller(self.client), 100, len(seen))[:len(seen)])
        self.compare_with_catalogue(seen)

    @unittest.skipUnless(shutil.which("node"), "node is missing")
    def test_a_client_in_another_language_gets_the_same_answers_and_events(self):
        def ran(*arguments):
            done = subprocess.run(["node", HERE / "client.mjs", str(self.store.base), *arguments], check=True, timeout=60,
                                  capture_output=True, text=True)
            return [json.loads(line) for line in done.stdout.splitlines()]

        item, found, placed, again, outcome, void, refused = ran("demo")
        self.assertEqual(item["id"], 2)
        self.assertIn(2, found)
        self.assertEqual((placed, outcome["outcome"], outcome["order"], void["outcome"]), (again, "order", again, "void"))
        self.assertEqual(self.client.order(placed["no"]), placed)
        self.assertEqual((refused["refused"], refused["item"]), ("out_of_stock", 2))
        seen = self.collect(Poller(self.client), 100, void["seq"])[:void["seq"]]
        numbers_as_text = {"req", "incarnation"}

        def as_json(seq, event):
            return [seq, {name: value.hex() if isinstance(value, bytes) else str(value) if name in numbers_as_text else value
                          for name, value in event.items()}]
        self.assertEqual([[seq, {name: str(value) if name in numbers_as_text else value for name, value in event.items()}]
                          for seq, event in ran("follow", str(void["seq"]))], [as_json(*each) for each in seen])

    def toss(self, lost, chance=random.Random(7)):
        if chance.random() < 0.5:
            lost.append(1)
            return True
        return False

    def bought(self, item):
        key = new_key()
        self.client.buy(item, 1, key=key)
        return key

    def compare_with_catalogue(self, seen):
        shop = Shop()
        for seq, event in seen:
            shop.apply(seq, event)
        for item in self.client.search()["items"]:
            if item["version"] <= seen[-1][0]:
                self.assertEqual(shop.items[item["id"]], item)

    def test_a_new_event_ends_a_long_poll(self):
        poller = Poller(self.client)
        self.collect(poller, 100, 1)
        while poller.poll():
            pass
        order = self.client.buy(1, 1)
        seen = []
        while not seen or seen[-1][0] < order["seq"]:
            seen += poller.poll(2000)
        self.assertEqual(seen[-1][1]["no"], order["no"])

    def test_a_routing_id_in_use_gets_no_answers_of_another_client(self):
        def connected():
            dealer = zmq.Context.instance().socket(zmq.DEALER)
            dealer.setsockopt(zmq.LINGER, 0)
            dealer.setsockopt(zmq.ROUTING_ID, b"one of two")
            dealer.connect(self.store.at(10))
            self.addCleanup(dealer.close)
            return dealer

        def shown(dealer, number, deadline=DONE_S):
            dealer.send(frame({"v": 1, "t": "lookup", "id": 1}, {"item": number}))
            return [body["item"]["id"] for _, body in read_frame(dealer.recv())] if dealer.poll(deadline * 1000) else []

        first = connected()
        self.assertEqual(shown(first, 1), [1])
        second = connected()
        for number in (2, 3, 4):
            self.assertEqual(shown(second, number, deadline=0.1), [])
        self.assertEqual(shown(first, 5), [5])
        self.assertEqual(first.poll(100), 0, "an answer to the other client came")
        first.close()
        deadline = time.monotonic() + DONE_S
        while not shown(connected(), 6, deadline=0.5):  # until the store has noticed the end of the first one
            self.assertLess(time.monotonic(), deadline)

    def test_a_frontend_that_is_not_there_holds_nobody_up(self):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))  # it does not listen
            nowhere = f"tcp://127.0.0.1:{nobody.getsockname()[1]}"
            client = Client([nowhere, self.store.at(10)])
            self.addCleanup(client.close)
            self.assertEqual(client.lookup(item=1)["id"], 1)
            lost = Client([nowhere], timeout=0.3)
            self.addCleanup(lost.close)
            with self.assertRaises(TimeoutError):
                lost.lookup(item=1)
            with self.assertRaises(Unknown):
                lost.outcome(new_key())

    def test_a_trace_tells_the_time_per_tier(self):
        header, _ = self.client.ask("lookup", {"item": 1}, trace=True, fresh=True)
        self.assertGreater(len(header["spans"]), 0)
        for span in header["spans"]:
            self.assertEqual((type(span["tier"]), type(span["us"])), (str, int))
        self.assertNotIn("spans", self.client.ask("lookup", {"item": 1})[0])

    def test_status_tells_the_writer_and_every_process(self):
        roles, deadline = [], time.monotonic() + DONE_S
        while len(roles) < 8 and time.monotonic() < deadline:  # some may still start when the store is ready
            status = self.client.status()
            roles = sorted(process["beat"]["role"] for process in status["processes"])
        self.assertEqual(roles, ["broker"] + 2 * ["catalog"] + 2 * ["frontend"] + 3 * ["order"])
        (leader,) = [p["beat"]["leader"] for p in status["processes"] if "leader" in p["beat"]]
        self.assertTrue(leader["writer"].startswith("order"))
        self.assertEqual(leader["diverged"], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
