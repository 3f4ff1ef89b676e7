#!/usr/bin/python3
"""Puts load on a store through AsyncClient: look-ups, searches, orders, holds, cancellations and events.

    PYTHONPATH=python/src python/examples/load.py --frontends tcp://127.0.0.1:7410 --seconds 5 --record load.jsonl
    pygmy check load.jsonl

It sells what the store has. It prints the rate of each second, and at its end a JSON object as `pygmy bench --json` does.
`--record` writes each request and its answer for `pygmy check`. `faults/pygmy-faults --load` runs it under faults. A key
and a token come from PYGMY_KEY_FILE and PYGMY_TOKEN.
"""

import argparse
import asyncio
import collections
import contextlib
import json
import os
import pathlib
import random
import sys
import time

sys.dont_write_bytecode = True
if os.path.isdir(beside := str(pathlib.Path(__file__).resolve().parents[1] / "src")):
    sys.path.insert(0, beside)

import pygmy
from pygmy import requests

SLOTS = 16  # requests under way
BUSINESS = {"out_of_stock", "unknown_item", "not_for_sale", "unknown_order", "price_changed", "version_changed",
            "more_than_remains", "nothing_remains", "unknown_hold", "hold_over", "key_reused", "key_voided", "limit"}


def clock_ns():
    """Reads the clock of records. All programs of this machine share it."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def plain(value):
    """Makes JSON of a body: bytes become {"hex": ...}."""
    if isinstance(value, (bytes, memoryview)):
        return {"hex": bytes(value).hex()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return {name: plain(each) for name, each in value.items()} if isinstance(value, dict) else value


class Record:
    """Requests and answers in the form of tasks/record.h. The last line ends it, and without that it does not count."""

    def __init__(self, file):
        self.out = open(file, "w", encoding="utf-8") if file else None
        self.operations = 0

    def add(self, client, invoked, answer):
        if not self.out:
            return
        told = {"client": client, "invoked": invoked, "returned": clock_ns(), "type": answer.request.kind,
                "request": plain(answer.request.body)}
        if answer.seq is not None:
            told["seq"] = answer.seq
        if answer.refusal:
            told |= {"err": answer.refusal.code, "answer": {"message": answer.refusal.text, **answer.refusal.fields}}
        else:
            told["answer"] = plain(answer.body)
        self.out.write(json.dumps(told) + "\n")
        self.operations += 1

    def end(self):
        if self.out:
            self.out.write(json.dumps({"operations": self.operations}) + "\n")
            self.out.close()


class Load:
    def __init__(self, shops, record, dice):
        """`shops`: clients, each of which asks another frontend first."""
        self.shops, self.record, self.dice = shops, record, dice
        self.items, self.topics = [], []
        self.last_order = self.last_seq = 0
        self.ops = self.errors = 0
        self.max_us = 0.0
        self.first_error = ""
        self.refused, self.errors_by_code = collections.Counter(), collections.Counter()

    async def find_items(self):
        after = None
        while after is not None or not self.items:
            page = await self.shops[0].search(after=after)
            self.items += [item.id for item in page.items]
            self.topics = sorted({*self.topics, *(item.topic for item in page.items)})
            after = page.next
            if not self.items:
                sys.exit("the store has no items: load some with `pygmy import`")

    async def ask(self, slot, request):
        """Sends a request, records and counts it. Returns the result, or None if it was refused."""
        invoked = clock_ns()
        answer = await self.shops[slot % len(self.shops)].ask(request)
        self.record.add(slot, invoked, answer)
        self.max_us = max(self.max_us, answer.took * 1e6)
        self.last_seq = max(self.last_seq, answer.seq or 0)
        if answer.refusal is None:
            self.ops += 1
            return answer.result()
        if answer.refusal.code in BUSINESS:
            self.ops += 1
            self.refused[answer.refusal.code] += 1
        else:
            self.errors += 1
            self.errors_by_code[answer.refusal.code] += 1
            self.first_error = self.first_error or str(answer.refusal.error(None))
        return None

    async def work(self, slot, until):
        """One client: its requests follow each other."""
        mine = collections.deque(maxlen=10)  # (order, item) that may be cancelled
        while time.monotonic() < until:
            dice, item = self.dice.random(), self.dice.choice(self.items)
            if dice < 0.70:
                await self.ask(slot, requests.lookup(item))
            elif dice < 0.80:
                await self.ask(slot, requests.search(self.dice.choice(self.topics), limit=10))
            elif dice < 0.82:
                start = max(1, self.last_seq - self.dice.randrange(20))
                await self.ask(slot, requests.events(start, size=4096))
            elif dice < 0.87 and self.last_order:
                await self.ask(slot, requests.order(self.dice.randint(1, self.last_order)))
            elif dice < 0.92:
                await self.hold(slot, item)
            elif dice < 0.94 and mine:
                no, bought = mine.popleft()
                await self.ask(slot, requests.cancel(no, (bought, 1), kind=self.dice.choice(("cancel", "return", "scrap"))))
            else:
                lines = [(each, self.dice.randint(1, 2)) for each in {item, self.dice.choice(self.items)}]
                order = await self.ask(slot, requests.buy(*lines, customer=f"load-{slot}"))
                if order:
                    self.last_order = max(self.last_order, order.no)
                    mine.append((order.no, item))

    async def hold(self, slot, item):
        """Holds pieces for a while, and confirms, extends or releases them, or lets the hold expire."""
        hold = await self.ask(slot, requests.hold((item, 2), seconds=self.dice.uniform(0.2, 2.2)))
        if not hold:
            return
        for _ in range(self.dice.randrange(3)):
            await self.ask(slot, requests.extend(hold.no, seconds=0.2))
            await self.ask(slot, requests.show_hold(hold.no))
        end = self.dice.randrange(4)
        if end == 0:
            await self.ask(slot, requests.confirm(hold.no))
        elif end == 1:
            await self.ask(slot, requests.confirm(hold.no, (item, 1)))
        elif end == 2:
            await self.ask(slot, requests.release(hold.no))

    async def tell_each_second(self):
        second, before = 0, 0
        while True:
            await asyncio.sleep(1)
            second += 1
            print(f"{second:5} s  {self.ops - before:8} ops/s  {self.errors} errors", file=sys.stderr, flush=True)
            before = self.ops

    def report(self, seconds):
        return {"ops": self.ops, "seconds": round(seconds, 3), "ops_s": round(self.ops / seconds), "max_us": round(self.max_us),
                "errors": self.errors, "errors_by_code": self.errors_by_code, "first_error": self.first_error,
                "refused": self.refused}


async def run(options):
    record = Record(options.record)
    frontends = options.frontends.split(",")
    async with contextlib.AsyncExitStack() as opened:
        shops = [await opened.enter_async_context(pygmy.AsyncClient(frontends[first:] + frontends[:first], timeout=options.timeout))
                 for first in range(len(frontends))]
        load = Load(shops, record, random.Random(options.seed))
        await load.find_items()
        began = time.monotonic()
        telling = asyncio.create_task(load.tell_each_second())
        await asyncio.gather(*(load.work(slot, began + options.seconds) for slot in range(SLOTS)))
        telling.cancel()
        report = load.report(time.monotonic() - began)
    record.end()
    print(json.dumps(report))
    return 1 if load.errors else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frontends", required=True, help="endpoints, with commas")
    parser.add_argument("--seconds", type=float, default=5, help="length (default %(default)s)")
    parser.add_argument("--timeout", type=float, default=5, metavar="S", help="deadline of a request (default %(default)s)")
    parser.add_argument("--record", metavar="FILE", help="write all requests and answers for `pygmy check`")
    parser.add_argument("--seed", type=int, help="seed of the choice of requests (default: a random one)")
    return asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
