#!/usr/bin/env python3
"""docs/PROTOCOL.md, tried: its examples byte for byte, the rules of following without a network, and, with PYGMY set to the
program, a real store.

    PYGMY=build/release/pygmy /usr/bin/python3 tests/protocol/test_protocol.py
"""

import hashlib
import json
import os
import pathlib
import queue
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import msgpack
import zmq

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT / "tests/process")]

from client import Client, Damaged, Follower, Poller, Refused, Shop, Stream, Unknown  # noqa: E402
from store import free_port_base  # noqa: E402
from client import frame, lookup_with_req, new_key, read_block, read_frame, split_block, unpack_all  # noqa: E402

READY_S = 90  # for a whole store to start on a busy machine
DONE_S = 20


def bytes_on_page(first):
    """The bytes of the code block of PROTOCOL.md that begins with these hex digits; notes behind two spaces are cut."""
    page = (ROOT / "docs/PROTOCOL.md").read_text()
    for text in re.findall(r"```\w*\n(.*?)```", page, re.S):
        digits = []
        for line in text.splitlines():
            for word in line.split():
                if not re.fullmatch(r"[0-9a-f]{2}", word):
                    break
                digits.append(word)
        if " ".join(digits).startswith(first):
            yield bytes.fromhex("".join(digits))


def a_block(no, first, events, prev):
    packed = b"".join(msgpack.packb(e) for e in events)
    block = {"v": 1, "no": no, "first": first, "count": len(events), "term": 1, "at": 1, "epoch": 0, "producer": 0,
             "prev": prev, "events": packed, "hash": b"\0" * 32}
    data = msgpack.packb(block)[:-32]
    return data + hashlib.sha256(data).digest()


def some_blocks(sizes=(1, 2, 3, 1)):
    blocks, prev, seq = [], b"\0" * 32, 1
    for no, size in enumerate(sizes, 1):
        blocks.append(a_block(no, seq, [{"t": "tick", "v": 1, "at": s} for s in range(seq, seq + size)], prev))
        prev, seq = blocks[-1][-32:], seq + size
    return blocks


def publication(block, mark):
    return block + msgpack.packb({"term": 1, "mark": mark, "commit": mark})


class Page(unittest.TestCase):
    def test_the_example_request_is_what_a_client_packs(self):
        request = frame({"v": 1, "t": "lookup", "id": 7}, {"item": 2})
        self.assertIn(request, list(bytes_on_page("83 a1 76 01 a1 74 a6")))

    def test_the_example_answer_reads_as_the_page_says(self):
        (answer,) = bytes_on_page("84 a1 76 01 a1 74 a5")
        ((header, body),) = read_frame(answer)
        self.assertEqual(header, {"v": 1, "t": "reply", "id": 7, "seq": 3})
        self.assertEqual(body["item"]["title"], "RPCs for Dummies")
        self.assertEqual(body["item"]["price"], 2499)
        self.assertIn(f"one frame of {len(answer)} bytes", (ROOT / "docs/PROTOCOL.md").read_text())

    def test_the_example_refusal_reads_as_the_page_says(self):
        (answer,) = bytes_on_page("85 a1 76 01")
        ((header, body),) = read_frame(answer)
        self.assertEqual(header["err"], "out_of_stock")
        self.assertEqual(body, {"message": "item 2 has 1 left", "item": 2, "stock": 1})

    def test_the_example_block_has_the_right_hash(self):
        (data,) = bytes_on_page("8b a1 76 01")
        block = read_block(data)
        self.assertEqual(unpack_all(block["events"]),
                         [{"t": "store_created", "v": 1, "at": 1700000000000, "store": "example"}])
        with self.assertRaises(Damaged):
            read_block(data[:60] + bytes([data[60] ^ 1]) + data[61:])

    def test_the_golden_bytes_of_the_code_read_as_here(self):
        for path in (ROOT / "tests/golden").glob("*.hex"):
            values = unpack_all(bytes.fromhex("".join(path.read_text().split())))
            self.assertTrue(all(isinstance(value, dict) for value in values), path.name)
        block = read_block(bytes.fromhex("".join((ROOT / "tests/golden/block.hex").read_text().split())))
        self.assertEqual(len(unpack_all(block["events"])), block["count"])

    def test_the_mark_behind_a_block_can_be_found_by_packing_it_again(self):
        block, mark = (bytes.fromhex("".join((ROOT / f"tests/golden/{name}.hex").read_text().split()))
                       for name in ("block", "mark"))
        self.assertEqual(split_block(block + mark), (block, msgpack.unpackb(mark)))
        self.assertEqual(msgpack.packb(msgpack.unpackb(mark)), mark)

    def test_the_page_names_every_error_word_of_the_code(self):
        facts = r"constexpr CodeFacts facts\(Code code\) \{(.*?)\n\}"
        words = re.search(facts, (ROOT / "msg/refusal.h").read_text(), re.S).group(1)
        page = (ROOT / "docs/PROTOCOL.md").read_text()
        self.assertEqual([word for word in re.findall(r'"(\w+)"', words) if f"`{word}`" not in page], [])

    def test_the_page_names_every_message_and_field_of_the_code(self):
        page = (ROOT / "docs/PROTOCOL.md").read_text()
        for header in ("requests.h", "internal.h", "snapshot.h", "events.h", "envelope.h", "block.h", "types.h", "refusal.h"):
            text = (ROOT / "msg" / header).read_text()
            names = re.findall(r'field\("(\w+)"', text) + re.findall(r'kType = "(\w+)"', text)
            missing = [name for name in names if not re.search(rf"(?m)(`{name}`|^### {name}$)", page)]
            self.assertEqual(missing, [], f"of msg/{header}")


class Following(unittest.TestCase):
    def setUp(self):
        self.blocks = some_blocks()
        self.stream = Stream()
        self.leader(commit=0)

    def leader(self, commit, mark=0):
        beat = {"role": "broker", "leader": {"commit": commit, "mark": mark}}
        self.stream.on_published(b"H", msgpack.packb(beat))

    def seqs(self):
        return [seq for seq, _ in self.stream.released()]

    def test_events_come_in_order_up_to_the_watermark(self):
        for block in self.blocks:
            self.stream.on_published(b"B", publication(block, mark=0))
        self.assertEqual(self.seqs(), [])
        self.leader(commit=7, mark=4)
        self.assertEqual(self.seqs(), [1, 2, 3, 4])
        self.stream.on_published(b"M", msgpack.packb({"term": 1, "mark": 7, "commit": 7}))
        self.assertEqual(self.seqs(), [5, 6, 7])

    def test_a_lost_block_is_asked_for_and_taken_once(self):
        self.stream.on_published(b"B", publication(self.blocks[0], 7))
        self.stream.on_published(b"B", publication(self.blocks[2], 7))
        self.assertEqual(self.stream.wanted()["from"], 2)
        for block in self.blocks:
            self.stream.on_block(block, replayed=True)
        self.assertIsNone(self.stream.wanted())
        self.assertEqual(self.seqs(), [1, 2, 3, 4, 5, 6, 7])

    def test_a_lost_tail_is_noticed_by_a_heartbeat(self):
        self.stream.on_published(b"B", publication(self.blocks[0], 1))
        self.assertIsNone(self.stream.wanted())
        self.leader(commit=3, mark=3)
        self.assertEqual(self.stream.wanted()["from"], 2)

    def test_a_damaged_block_is_not_taken(self):
        broken = bytearray(self.blocks[0])
        broken[40] ^= 1
        self.stream.on_published(b"B", publication(bytes(broken), 1))
        self.assertEqual((self.stream.next, self.stream.damaged), (1, 1))

    def test_a_block_of_another_chain_is_not_taken(self):
        self.stream.on_block(self.blocks[0])
        with self.assertRaises(Damaged):
            self.stream.on_block(a_block(2, 2, [{"t": "tick", "v": 1, "at": 2}], b"\1" * 32))

    def test_one_can_begin_in_the_middle_of_a_block(self):
        stream = Stream(start=5)
        for block in self.blocks:
            stream.on_block(block, replayed=True)
        stream.on_mark({"mark": 7, "commit": 7})
        self.assertEqual([seq for seq, _ in stream.released()], [5, 6, 7])

    def test_random_loss_never_loses_or_doubles_an_event(self):
        for seed in range(50):
            chance = random.Random(seed)
            blocks = some_blocks([chance.randint(1, 4) for _ in range(30)])
            last = sum(read_block(b)["count"] for b in blocks)
            stream, seen = Stream(), []
            for block in blocks:
                if chance.random() < 0.5:
                    stream.on_published(b"B", publication(block, 0))
            stream.on_published(b"H", msgpack.packb({"leader": {"commit": last, "mark": last}}))
            while (wanted := stream.wanted()) is not None:
                for block in [b for b in blocks if read_block(b)["first"] + read_block(b)["count"] > wanted["from"]][:3]:
                    stream.on_block(block, replayed=True)
                seen += [seq for seq, _ in stream.released()]
            seen += [seq for seq, _ in stream.released()]
            self.assertEqual(seen, list(range(1, last + 1)), f"seed {seed}")


class RunningStore:
    """`pygmy up` on its own data and ports, stopped by SIGINT at the end."""

    def __init__(self, program):
        self.data = tempfile.mkdtemp(prefix="pygmy-protocol-")
        self.base = free_port_base()
        self.lines = queue.Queue()
        self.log = open(os.path.join(self.data, "up.log"), "w+")
        self.process = subprocess.Popen(
            [program, "up", "--data", os.path.join(self.data, "store"), "--port-base", str(self.base),
             "--catalogue", str(ROOT / "samples/bookstore.csv"), "--http", "off"],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.strip())
        self.lines.put(None)

    def wait_ready(self):
        deadline = time.monotonic() + READY_S
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self.lines.get(timeout=left)
            except queue.Empty:
                break
            if line is None:
                break
            if line == "ready":
                return
        self.log.seek(0)
        raise RuntimeError("the store did not become ready:\n" + self.log.read()[-4000:])

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        self.process.stdout.close()
        self.log.close()
        shutil.rmtree(self.data)
        return code

    def at(self, offset):
        return f"tcp://127.0.0.1:{self.base + offset}"


@unittest.skipUnless(os.environ.get("PYGMY"), "set PYGMY to the program to try a real store")
class Store(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.store = RunningStore(os.environ["PYGMY"])
        cls.addClassCleanup(cls.store.stop)
        cls.store.wait_ready()

    def setUp(self):
        self.client = Client([self.store.at(10), self.store.at(12)])
        self.addCleanup(self.client.close)

    def refused(self, word, call, *arguments, **named):
        with self.assertRaises(Refused) as caught:
            call(*arguments, **named)
        self.assertEqual(caught.exception.word, word)
        return caught.exception.body

    def collect(self, source, wait, last, seen=()):
        """What a Follower or a Poller shows, up to and including this seq; `seen` is what it has shown before."""
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

    def test_another_version_is_refused_with_the_id(self):
        with self.assertRaises(Refused) as caught:
            self.client.ask("lookup", {"item": 1}, v=2)
        self.assertEqual(caught.exception.word, "unsupported_version")

    def test_unknown_fields_are_ignored(self):
        self.assertEqual(self.client.ask("lookup", {"item": 1, "colour": "red"}, moon=True)[1]["item"]["id"], 1)

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
        again = {"id": item["id"], "title": "x", "topic": "y", "price": 1, "stock": 1}
        self.refused("item_exists", self.client.add, [again])

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

    def test_what_is_out_of_range_is_invalid_in_every_request(self):
        far, line = 2**64 - 1, {"item": 1, "quantity": 1}
        new = {"title": "x", "topic": "y", "price": 1, "stock": 1}
        out_of_range = {
            "lookup": [{"item": 0}, {"item": -1}, {"item": 2**53}, {"item": far}, {"title": ""}, {"title": "x" * 401},
                       {"title": "a\nb"}],
            "search": [{"limit": 0}, {"limit": 1001}, {"limit": -1}, {"limit": 2**32}, {"after": -1}, {"topic": "x" * 101},
                       {"text": "x" * 201}],
            "order": [{"no": 0}, {"no": -1}],
            "orders": [{"limit": 0}, {"limit": 2**32}, {"customer": ""}, {"customer": "x" * 129}],
            "outcome": [{"key": ""}, {"key": "x" * 65}],
            "events": [{"from": 0}, {"from": -1}, {"from": 1, "bytes": 2**32}, {"from": 1, "wait": 2**32}],
            "place": [{"lines": lines, "type": "buy"} for lines in (
                [], [line] * 101, *([{**line, **wrong}] for wrong in (
                    {"item": 0}, {"item": -1}, {"quantity": 0}, {"quantity": far}, {"price": -1})))],
            "add": [{"items": items} for items in ([], [new] * 257, *([{**new, **wrong}] for wrong in (
                {"id": 0}, {"id": -1}, {"price": -1}, {"price": far}, {"stock": 10**9 + 1})))],
            "price": [{"item": 1, "price": -1}, {"item": 1, "price": 2**63}, {"item": far, "price": 1},
                      {"item": 1, "price": 1, "version": -1}],
            "restock": [{"item": 1, "delta": 0}, {"item": 1, "delta": 10**9 + 1}, {"item": 1, "delta": far},
                        {"item": 1, "delta": 1, "reason": "x" * 201}],
        }
        for kind, bodies in out_of_range.items():
            for body in bodies:
                if kind in ("place", "add", "price", "restock"):
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
