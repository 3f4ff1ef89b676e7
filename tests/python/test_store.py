#!/usr/bin/env python3
"""The Python library on real stores: both clients, a frontend that is killed under load, writes without an answer, keys,
tokens, and a subscription whose program is killed.

    PYGMY=build/release/pygmy /usr/bin/python3 tests/python/test_store.py
"""

import asyncio
import os
import pathlib
import signal
import subprocess
import sys
import threading
import unittest

from scripted import ROOT

sys.path.insert(0, str(ROOT / "tests/process"))
from store import BOOKSTORE, CLEAN_ENVIRONMENT, Store, pygmy as command, wait_for  # noqa: E402

import pygmy  # noqa: E402
from pygmy import requests  # noqa: E402

for name in [name for name in os.environ if name.startswith("PYGMY_")]:
    del os.environ[name]
TIMEOUT_S = 30  # of a request; a busy machine is slow


def opened(test, *options, environment=None):
    store = Store(*options)
    test.addClassCleanup(store.clean)
    store.start()
    store.environment = environment(store) if environment else {}
    return store


class OnAStore(unittest.TestCase):
    OPTIONS = ("--catalogue", BOOKSTORE)

    @classmethod
    def setUpClass(cls):
        cls.store = opened(cls, *cls.OPTIONS)

    def client(self, **options):
        shop = pygmy.Client(self.store.frontends, **{"timeout": TIMEOUT_S, **options})
        self.addCleanup(shop.close)
        return shop

    def run_async(self, work, **options):
        async def run():
            async with pygmy.AsyncClient(self.store.frontends, **{"timeout": TIMEOUT_S, **options}) as shop:
                return await asyncio.wait_for(work(shop), 4 * TIMEOUT_S)
        return asyncio.run(run())

    def refused(self, code, call, *arguments, **named):
        with self.assertRaises(pygmy.Refused) as caught:
            call(*arguments, **named)
        self.assertEqual(caught.exception.code, code, caught.exception)
        return caught.exception


class Shopping(OnAStore):
    def test_reading(self):
        shop = self.client()
        self.assertEqual(shop.lookup(2).title, "RPCs for Dummies")
        self.assertEqual(shop.lookup(title="rpcs FOR dummies").id, 2)
        self.assertEqual([item.id for item in shop.search("distributed systems").items[:2]], [1, 2])
        page = shop.search(limit=2)
        self.assertEqual(shop.search(after=page.next, limit=1).items[0].id, page.items[-1].id + 1)
        self.assertEqual(shop.whoami().anonymous, "all")
        self.assertEqual(shop.status().edge, "frontend-1")
        self.assertTrue(shop.store().store)
        self.refused("unknown_item", shop.lookup, 999)
        self.refused("invalid", shop.lookup)

    def test_an_order_and_what_is_taken_back(self):
        shop = self.client()
        before = shop.lookup(3).stock
        order = shop.buy((3, 2), pygmy.Want(4, price=shop.lookup(4).price), customer="ann", key="own-1")
        self.assertEqual((order.customer, order.key, order.lines[0].stock), ("ann", "own-1", before - 2))
        self.assertEqual(shop.buy((3, 2), pygmy.Want(4, price=shop.lookup(4).price), customer="ann", key="own-1"), order)
        self.refused("key_reused", shop.buy, 3, key="own-1")
        self.assertEqual(shop.order(order.no), order)
        self.assertIn(order, shop.orders("ANN").orders)
        part = shop.cancel(order.no, (3, 1), kind="return", reason="torn")
        self.assertEqual((part.state, part.cancellations[0].reason), ("partly_cancelled", "torn"))
        self.assertEqual(shop.cancel(order.no).state, "returned")
        self.assertEqual(shop.lookup(3).stock, before)
        self.assertEqual(shop.sell((3, 1)).type, "sell")
        self.assertEqual(shop.outcome("own-1").order.no, order.no)
        self.assertFalse(shop.outcome("own-2").happened)
        self.assertEqual(self.refused("key_voided", shop.buy, 3, key="own-2").key, "own-2")
        refused = self.refused("out_of_stock", shop.buy, (3, 100_000))
        self.assertEqual((refused.item, refused.stock), (3, before + 1))
        self.assertEqual(self.refused("price_changed", shop.buy, pygmy.Want(3, price=1)).price, shop.lookup(3).price)

    def test_holds(self):
        shop = self.client()
        hold = shop.hold((5, 3), seconds=600, customer="bob")
        item = shop.lookup(5)
        self.assertEqual((hold.state, item.held, item.available), ("open", 3, item.stock - 3))
        self.assertGreater(shop.extend(hold.no, seconds=1200).expires, hold.expires)
        self.assertEqual([each.no for each in shop.holds("bob").holds], [hold.no])
        order = shop.confirm(hold.no, (5, 2))
        self.assertEqual((order.lines[0].quantity, shop.show_hold(hold.no).order), (2, order.no))
        self.refused("hold_over", shop.release, hold.no)
        other = shop.hold(5, seconds=600)
        self.assertEqual(shop.release(other.no).state, "released")
        self.assertEqual(shop.movements(5).movements[0].kind, "released")

    def test_changing_items(self):
        shop = self.client()
        one, two = shop.add(pygmy.NewItem("A thing", "things", 250, 5, attributes={"size": "L"}), pygmy.NewItem("B", "things", 1))
        self.assertEqual((one.attributes, two.id), ({"size": "L"}, one.id + 1))
        priced = shop.price(one.id, 300, version=one.version)
        self.assertEqual(self.refused("version_changed", shop.price, one.id, 400, version=one.version).version, priced.version)
        edited = shop.edit(one.id, title="Another thing", attributes={"size": None, "colour": "red"}, low=2,
                           terms=pygmy.Terms(per_order=4))
        self.assertEqual((edited.title, edited.attributes, edited.low, edited.terms.per_order), ("Another thing", {"colour": "red"}, 2, 4))
        self.assertEqual(self.refused("limit", shop.buy, (one.id, 5)).allowed, 4)
        self.assertIsNone(shop.edit(one.id, terms=pygmy.Terms()).terms)
        self.assertEqual(shop.restock(one.id, 4, place="annex", opens=True, reason="new").places, (pygmy.Place("annex", 4),))
        self.assertEqual(shop.transfer(one.id, 1, source="annex").places, (pygmy.Place("annex", 3),))
        self.assertEqual(shop.count(one.id, 1).stock, 4)
        self.refused("unknown_place", shop.restock, one.id, 1, place="anex")
        shop.edit(one.id, retired=True)
        self.refused("not_for_sale", shop.buy, one.id)

    def test_headers_of_answers(self):
        shop = self.client()
        order = shop.buy(1)
        answer = shop.with_options(trace=True, fresh=True, stale_ok=60).ask(requests.lookup(1))
        self.assertGreaterEqual(answer.seq, order.seq)
        self.assertIn("frontend", [span["tier"] for span in answer.spans])
        self.assertEqual((answer.frontend, answer.stale_ms), (self.store.frontends[0], None))
        self.assertEqual(answer.result().id, 1)

    def test_many_at_once_without_blocking_threads(self):
        async def work(shop):
            orders = await asyncio.gather(*(shop.buy(6, customer="crowd") for _ in range(50)))
            self.assertEqual(len({order.no for order in orders}), 50)
            self.assertEqual(min(order.lines[0].stock for order in orders), (await shop.lookup(6)).stock)
            return await asyncio.gather(shop.lookup(999), shop.hold(6, seconds=60), return_exceptions=True)
        refused, hold = self.run_async(work)
        self.assertEqual((refused.code, hold.state), ("unknown_item", "open"))

    def test_following_from_the_beginning_and_from_now(self):
        shop = self.client()
        order = shop.buy(7)
        seen = []
        for event in shop.follow(1):
            seen.append(event)
            if event.seq == order.seq:
                break
        self.assertEqual([event.seq for event in seen], list(range(1, order.seq + 1)))
        self.assertEqual((seen[-1].type, seen[-1].data["no"], seen[-1].data["order_type"]), ("order_placed", order.no, "buy"))

        async def work(shop):
            events = shop.follow()
            coming = asyncio.create_task(anext(events))
            while not coming.done():  # until `events` has asked where the stream ends
                order = await shop.buy(7)
                await asyncio.wait([coming], timeout=0.1)
            return await coming, order
        event, last = self.run_async(work)
        self.assertTrue(order.seq < event.seq <= last.seq)
        self.assertEqual(event.type, "order_placed")


class FrontendsThatDie(OnAStore):
    """`up` starts a killed process again. No client sees an error, and every order has taken its piece once."""

    def kills(self, instance, orders):
        """Kills the process once some orders were placed, and waits until it is back."""
        wait_for("orders come in", lambda: len(orders) > 20)
        pid = self.store.kill(instance)
        count = len(orders)
        self.store.wait_restarted(instance, pid)
        wait_for("orders come in after the kill", lambda: len(orders) > count + 20)

    def test_a_blocking_client_that_asks_the_killed_frontend_first(self):
        shop, orders, over = self.client(), [], threading.Event()
        before = shop.lookup(2).stock

        def buy():
            with pygmy.Client(self.store.frontends, timeout=TIMEOUT_S) as mine:
                while not over.is_set():
                    orders.append(mine.buy(2))
        buying = threading.Thread(target=buy)
        buying.start()
        try:
            self.kills("frontend-1", orders)
        finally:
            over.set()
            buying.join()
        self.assertEqual(len({order.no for order in orders}), len(orders))
        self.assertEqual(shop.with_options(fresh=True).lookup(2).stock, before - len(orders))

    def test_an_asynchronous_client_with_many_orders_under_way(self):
        async def work(shop):
            orders, over = [], False
            before = (await shop.lookup(3)).stock

            async def buy():
                while not over:
                    orders.append(await shop.buy(3))
            buyers = [asyncio.create_task(buy()) for _ in range(8)]
            await asyncio.to_thread(self.kills, "frontend-1", orders)
            over = True
            await asyncio.gather(*buyers)
            self.assertEqual(len({order.no for order in orders}), len(orders))
            self.assertEqual((await shop.lookup(3)).stock, before - len(orders))
        self.run_async(work)


class WritesWithoutAnAnswer(OnAStore):
    """The only broker is stopped, so no write is answered. It continues afterwards, so the write may take effect."""

    def setUp(self):
        self.pid = self.store.process("broker-1")["pid"]

    def paused(self):
        os.kill(self.pid, signal.SIGSTOP)
        self.addCleanup(os.kill, self.pid, signal.SIGCONT)

    def judge(self, unknown, outcome, shop):
        """The same key gets one answer for ever, whichever it is."""
        self.assertEqual((unknown.kind, outcome), ("place", shop.outcome(unknown.key)))
        if outcome.happened:
            self.assertEqual(shop.buy(2, key=unknown.key), outcome.order)
        else:
            self.refused("key_voided", shop.buy, 2, key=unknown.key)

    def test_of_a_blocking_client(self):
        shop = self.client()
        before = shop.lookup(2).stock
        self.paused()
        with self.assertRaises(pygmy.Unknown) as caught:
            shop.with_options(timeout=1).buy(2)
        os.kill(self.pid, signal.SIGCONT)
        outcome = caught.exception.outcome()
        self.judge(caught.exception, outcome, shop)
        self.assertEqual(shop.lookup(2).stock, before - outcome.happened)

    def test_of_an_asynchronous_client(self):
        async def work(shop):
            self.paused()
            try:
                await shop.with_options(timeout=1).buy(2)
            except pygmy.Unknown as unknown:
                os.kill(self.pid, signal.SIGCONT)
                return unknown, await unknown.outcome()
        self.judge(*self.run_async(work), self.client())


class Secured(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.store = opened(cls, "--catalogue", BOOKSTORE, "--secure",
                           environment=lambda store: {"PYGMY_KEY_FILE": store.data + "/keys/operator.key"})
        cls.keys = cls.store.data + "/keys"
        cls.key_file = cls.new_key("till-7")

    @classmethod
    def new_key(cls, name):
        added = command("keys", "add", "client", name, "--keys", cls.keys)
        assert added.code == 0, added
        return added.out.strip()

    def client(self, **options):
        shop = pygmy.Client(self.store.frontends, **{"timeout": TIMEOUT_S, **options})
        self.addCleanup(shop.close)
        return shop

    def token(self, *words):
        return self.store.read("grant", *words)["token"]

    def why_barred(self, shop):
        with self.assertRaises(pygmy.Refused) as caught:
            shop.buy(1)
        self.assertEqual(caught.exception.code, "unauthenticated")
        return caught.exception.text

    def test_a_key_lets_a_client_in_and_a_token_gives_it_rights(self):
        shop = self.client(key_file=self.new_key("till-8"))
        self.assertEqual(shop.lookup(1).id, 1, "at once, although the frontends learn of a new key within a second")
        with self.assertRaises(pygmy.Refused) as caught:
            shop.buy(1)
        self.assertIn(caught.exception.code, ("unauthenticated", "forbidden"))
        buyer = shop.with_options(token=self.token("buyer", "--customer", "ann"))
        order = buyer.buy(1)
        self.assertEqual((order.customer, buyer.whoami().credential.role), ("ann", "buyer"))
        with self.assertRaises(pygmy.Refused) as caught:
            buyer.restock(1, 1)
        self.assertEqual(caught.exception.code, "forbidden")
        own = next(event for event in buyer.follow(1) if event.type == "order_placed")
        self.assertEqual((own.data["no"], own.seq), (order.no, order.seq), "a buyer sees its own orders whole")

    def test_a_token_from_a_file_and_a_key_from_the_environment_for_asyncio(self):
        async def work():
            async with pygmy.AsyncClient(self.store.frontends, token_file=self.keys + "/admin.token", timeout=TIMEOUT_S) as shop:
                return (await shop.buy(2)).state
        os.environ["PYGMY_KEY_FILE"] = self.keys + "/operator.key"
        self.addCleanup(os.environ.pop, "PYGMY_KEY_FILE")
        self.assertEqual(asyncio.run(work()), "placed")

    def test_a_client_without_a_key_or_with_one_that_was_revoked_is_told_what_to_do(self):
        self.assertIn("PYGMY_KEY_FILE", self.why_barred(self.client()))
        stolen = pathlib.Path(self.store.home, "stolen.key")
        stolen.write_bytes(pathlib.Path(self.new_key("thief")).read_bytes())
        stolen.chmod(0o600)
        assert command("keys", "revoke", "thief", "--keys", self.keys).code == 0
        wait_for("a new client with the revoked key is not admitted, once the frontends know",
                 lambda: "does not admit this key" in self.why_barred(self.client(key_file=str(stolen))))

    def test_the_same_for_asyncio(self):
        async def work():
            async with pygmy.AsyncClient(self.store.frontends, timeout=TIMEOUT_S) as shop:
                await shop.buy(1)
        with self.assertRaisesRegex(pygmy.Refused, "wants a key"):
            asyncio.run(work())

    def test_a_store_without_keys_says_so_to_a_client_with_one(self):
        open_store = opened(type(self), "--catalogue", BOOKSTORE)
        with pygmy.Client(open_store.frontends, key_file=self.key_file, timeout=TIMEOUT_S) as shop:
            self.assertIn("has no keys", self.why_barred(shop))


FOLLOWER = """
import sys
import pygmy
with pygmy.Client(sys.argv[1]) as shop, shop.subscription("mailer", start=int(sys.argv[2]), types=["order_placed"]) as events:
    for event in events:
        print(event.seq, flush=True)
        events.done(event)
"""


class SubscriptionsOfProgramsThatDie(OnAStore):
    def follow(self, start):
        return subprocess.Popen([sys.executable, "-c", FOLLOWER, ",".join(self.store.frontends), str(start)],
                                stdout=subprocess.PIPE, text=True, env={**CLEAN_ENVIRONMENT, "PYTHONPATH": str(ROOT / "python/src")})

    def test_a_program_that_is_killed_gets_every_order_in_order_and_only_those_again_that_it_did_not_acknowledge(self):
        shop, runs = self.client(), []
        placed = [shop.buy(1).seq]
        for _ in range(3):
            with self.follow(placed[0]) as program:
                seen = []
                runs.append(seen)
                while len(seen) < 5 or self.cursor(shop) < seen[0]:
                    order = shop.buy(1 + len(placed) % 7)
                    placed.append(order.seq)
                    while not seen or seen[-1] < order.seq:
                        seen.append(int(program.stdout.readline()))
                program.kill()
        for before, seen in zip(runs, runs[1:]):
            self.assertLessEqual(seen[0], before[-1] if before[-1] == placed[-1] else min(s for s in placed if s > before[-1]))
            self.assertGreater(seen[0], runs[0][0], "what was acknowledged does not come again")
        for seen in runs:
            self.assertEqual(seen, [seq for seq in placed if seen[0] <= seq <= seen[-1]], "in order, without a gap")
        self.assertEqual(runs[0][0], placed[0])
        self.assertEqual(runs[-1][-1], placed[-1])

    def cursor(self, shop):
        return shop.subscriptions("mailer").subscriptions[0].cursor

    def test_a_program_that_ends_well_gets_nothing_again_for_asyncio(self):
        async def work(shop):
            orders = []
            for _ in range(2):
                orders.append(await shop.buy(3))
                async with shop.subscription("books", start=orders[0].seq, ttl=600) as events:
                    async for event in events:
                        events.done(event)
                        if event.seq >= orders[-1].seq:
                            break
                (kept,) = (await shop.subscriptions("books")).subscriptions
                self.assertGreaterEqual(kept.cursor, orders[-1].seq)
            await shop.unsubscribe("books")
            return kept
        self.assertEqual(self.run_async(work).ttl, 600_000)


if __name__ == "__main__":
    unittest.main()
