#!/usr/bin/env python3
"""docs/PROTOCOL.md, tried: its examples byte for byte, the rules of following without a network, and, with PYGMY set to the
program, a real store.

    PYGMY=build/release/pygmy /usr/bin/python3 tests/protocol/test_protocol.py
"""

import hashlib
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

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))

from client import Client, Damaged, Follower, Poller, Refused, Shop, Stream  # noqa: E402
from client import frame, lookup_with_req, new_key, read_block, read_frame, unpack_all  # noqa: E402

READY_S = 60  # for a whole store to start on a busy machine
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


def free_base():
    for _ in range(200):
        base = random.randrange(20000, 55000, 100)
        try:
            for offset in [0, 1, 2, 10, 12, 30, 31, 50, 51, 52]:
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", base + offset))
            return base
        except OSError:
            continue
    raise RuntimeError("no free ports")


class RunningStore:
    """`pygmy up` on its own data and ports, stopped by SIGINT at the end."""

    def __init__(self, program):
        self.data = tempfile.mkdtemp(prefix="pygmy-protocol-")
        self.base = free_base()
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

    def test_bytes_that_cannot_be_read_are_refused_with_id_0(self):
        self.client.sockets[0].send(b"\xc1 no MessagePack")
        ((header, body),) = list(self.client.receive(time.monotonic() + DONE_S))
        self.assertEqual((header["id"], header["err"]), (0, "malformed"))
        self.assertTrue(body["message"])
        self.assertEqual(self.client.lookup(item=1)["id"], 1)

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
