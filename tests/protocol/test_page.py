#!/usr/bin/env python3
"""The examples of docs/PROTOCOL.md byte for byte, its lists of words and fields, and its rules of following, without a network.

    /usr/bin/python3 tests/protocol/test_page.py
"""

import hashlib
import pathlib
import random
import re
import sys
import unittest

import msgpack

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE)]

from client import Damaged, Stream, frame, read_block, read_frame, split_block, unpack_all  # noqa: E402


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
        self.assertEqual(body, {"message": "item 2: 3 asked for, 1 available", "item": 2, "stock": 1})

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
        for header in ("requests.h", "requests_items.h", "requests_orders.h", "internal.h", "snapshot.h", "events.h", "envelope.h",
                       "block.h", "types.h", "refusal.h"):
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


if __name__ == "__main__":
    unittest.main(verbosity=2)
