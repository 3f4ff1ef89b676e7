#!/usr/bin/env python3
"""The rest of the Python library that needs no store: requests, results, errors, key files, configuration, and that both
clients have the same methods."""

import asyncio
import decimal
import dataclasses
import inspect
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
from unittest import mock

from scripted import ROOT

import pygmy
from pygmy import errors, link, model, requests
from pygmy.answer import answer_of
from pygmy.core import End
from pygmy.errors import Refusal, SetupError
from pygmy.keys import new_key, read_key_file, read_token_file

LINE = {"item": 2, "quantity": 1, "price": 5, "stock": 9}
ORDER = {"no": 1, "seq": 9, "at": 2, "type": "buy", "key": "k", "customer": "", "lines": [LINE], "total": 5}


class Requests(unittest.TestCase):
    def test_lines_are_items_pairs_or_wants(self):
        body = requests.buy(2, (3, 4), pygmy.Want(5, 6, price=7, place="annex"), customer="ann", key="k").body
        self.assertEqual(body, {"key": "k", "type": "buy", "customer": "ann", "lines": [
            {"item": 2, "quantity": 1}, {"item": 3, "quantity": 4}, {"item": 5, "quantity": 6, "price": 7, "place": "annex"}]})

    def test_a_line_of_another_form_is_told_before_anything_is_sent(self):
        for wrong in ([(2, 1)], "2", (2, "1"), ((2, 1), 3), (2, 1, 3), (2, 1.5), None, {"item": 2}, pygmy.Want("2")):
            with self.assertRaises(pygmy.WrongArgument) as caught:
                requests.buy(1, wrong)
            self.assertTrue(str(caught.exception).startswith(f"{wrong!r} is no line"), caught.exception)

    def test_an_empty_key_is_sent_as_it_is(self):
        self.assertEqual(requests.buy(2, key="").key, "", "the store refuses it: no new key takes its place")

    def test_options_are_checked_wherever_they_come_from(self):
        with pygmy.Client("tcp://127.0.0.1:1") as client:
            for wrong in ({"timeout": 0}, {"timeout": -1}, {"timeout": "5s"}, {"token": ""}, {"token": 5}):
                with self.assertRaises(SetupError, msg=wrong):
                    client.with_options(**wrong)

    def test_fields_that_are_not_given_are_left_out(self):
        self.assertEqual(requests.cancel(7, key="k").body, {"key": "k", "no": 7, "kind": "cancel"})
        self.assertEqual(requests.search().body, {})
        self.assertEqual(requests.lookup(title="T").body, {"title": "T"})
        self.assertEqual(requests.edit(1, retired=False, key="k").body, {"key": "k", "item": 1, "retired": False})

    def test_words_of_the_protocol_that_python_does_not_allow(self):
        terms = requests.edit(1, terms=pygmy.Terms(from_=5, until=6)).body["terms"]
        self.assertEqual(terms, {"from": 5, "until": 6})
        self.assertEqual(requests.edit(1, terms=pygmy.Terms()).body["terms"], {}, "an empty map removes them")
        moved = requests.transfer(1, 2, source="a", target="b", key="k").body
        self.assertEqual((moved["from"], moved["to"]), ("a", "b"))
        self.assertEqual(requests.subscribe("m", start=3, ttl=1.5, key="k").body, {"key": "k", "name": "m", "from": 3, "ttl": 1500})

    def test_times_are_given_in_seconds_and_sent_in_milliseconds(self):
        self.assertEqual(requests.hold(1, seconds=0.2).body["ttl"], 200)
        self.assertEqual(requests.extend(1, seconds=90).body["ttl"], 90_000)
        self.assertEqual((requests.events(1, wait=2).body["wait"], requests.events(1, wait=2).wait), (2000, 2))

    def test_a_write_without_a_key_gets_one_that_rises_with_the_time(self):
        with mock.patch("time.time_ns", side_effect=[1_700_000_000_000_000_000 + i * 1_000_000 for i in range(50)]):
            keys = [new_key() for _ in range(50)]
        self.assertEqual(keys, sorted(keys))
        self.assertTrue(all(re.fullmatch(r"[0-9a-z]{25}", key) for key in keys), keys)
        self.assertNotEqual(requests.buy(1).key, requests.buy(1).key)
        self.assertIsNone(requests.lookup(1).key)

    def test_every_request_of_the_protocol_for_an_application_has_a_function(self):
        page = (ROOT / "docs/PROTOCOL.md").read_text().split("## 4 Requests and answers")[1].split("## 5 Refusals")[0]
        asked = set(re.findall(r"^### ([a-z_]+)$", page, flags=re.M))
        sent = set(re.findall(r'(?:Request|_write)\("(\w+)"', (ROOT / "python/src/pygmy/requests.py").read_text()))
        self.assertEqual(asked - sent, {"grant", "revoke", "note", "credentials", "forget"}, "these are for operators")
        self.assertEqual(sent - asked, set())


class Refusals(unittest.TestCase):
    def test_every_word_of_the_protocol_has_its_reach(self):
        page = (ROOT / "docs/PROTOCOL.md").read_text().split("### 5.1 ")[1].split("## 6 ")[0]
        rows = [set(re.findall(r"`(\w+)`", line.split("|")[1])) for line in page.splitlines() if line.startswith("| `")]
        for reach in (errors.EVERY_COPY, errors.THIS_COPY, errors.THIS_TRY):
            self.assertIn(reach, rows)


class Results(unittest.TestCase):
    def result(self, request, body=None, refusal=None):
        return answer_of(request, End({"seq": 9}, body, refusal, "f", 0.1), lambda key: f"asked for {key}").result()

    def test_an_order_is_frozen_and_has_its_lines(self):
        got = self.result(requests.buy(2), {"order": {**ORDER, "later": 1}})
        self.assertEqual(got.lines, (model.Line(2, 1, 5, 9),))
        self.assertEqual((got.state, got.cancellations, got.by), ("placed", (), None))
        with self.assertRaises(dataclasses.FrozenInstanceError):
            got.no = 2

    def test_pieces_that_are_held_are_not_available(self):
        item = {"id": 1, "title": "T", "topic": "t", "price": 5, "stock": 9, "version": 3, "held": 2, "attributes": {"a": "b"},
                "terms": {"from": 4}}
        got = self.result(requests.lookup(1), {"item": item})
        self.assertEqual((got.available, got.attributes, got.terms.from_), (7, {"a": "b"}, 4))
        self.assertEqual(dataclasses.asdict(got)["attributes"], {"a": "b"})

    def test_a_page_and_a_list_of_items(self):
        self.assertEqual(self.result(requests.orders(), {"orders": [ORDER], "next": 1}).next, 1)
        self.assertEqual(self.result(requests.add(), {"items": []}), ())

    def test_an_answer_that_cannot_be_read_leaves_a_write_unknown(self):
        for body in ({}, {"order": {}}, {"order": 7}, {"order": {**ORDER, "no": "1"}}, {"order": {**ORDER, "lines": {}}},
                     {"order": {**ORDER, "no": True}}):
            with self.assertRaises(pygmy.Unknown, msg=body):
                self.result(requests.buy(2), body)
            with self.assertRaises(pygmy.Unreadable, msg=body):
                self.result(requests.order(2), body)

    def test_a_refusal_tells_its_fields(self):
        fields = {"item": 2, "stock": 3, "price": 4, "version": 5, "allowed": 6, "from": 7, "until": 8, "retry_ms": 9, "new": 10}
        with self.assertRaises(pygmy.Refused) as caught:
            self.result(requests.buy(2, key="k"), refusal=Refusal("limit", "too many", fields))
        got = caught.exception
        self.assertEqual((got.code, got.text, got.key, str(got)), ("limit", "too many", "k", "limit: too many"))
        self.assertEqual([got.item, got.stock, got.price, got.version, got.allowed, got.available_from, got.available_until,
                          got.retry_ms], [2, 3, 4, 5, 6, 7, 8, 9])

    def test_an_end_that_is_not_known_asks_for_the_outcome_of_its_key(self):
        for word in ("unknown", "fenced", "some_new_word"):
            with self.assertRaises(pygmy.Unknown) as caught:
                self.result(requests.buy(2, key="k"), refusal=Refusal(word, "late", {}))
            self.assertEqual((caught.exception.key, caught.exception.outcome()), ("k", "asked for k"))
        with self.assertRaises(pygmy.Refused):
            self.result(requests.lookup(2), refusal=Refusal("some_new_word", "", {}))


class Files(unittest.TestCase):
    TEXT = f"pygmy-key 1\nrole client\nname till-7\nstore {'a' * 40}\npublic {'b' * 40}\nsecret {'c' * 40}\n"

    def setUp(self):
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.path = str(pathlib.Path(home.name, "file"))

    def write(self, text, mode=0o600):
        pathlib.Path(self.path).write_bytes(text if isinstance(text, bytes) else text.encode())
        os.chmod(self.path, mode)
        return self.path

    def refused(self, why, read):
        with self.assertRaises(SetupError) as caught:
            read(self.path)
        self.assertIn(why, str(caught.exception))
        self.assertNotIn("c" * 40, str(caught.exception))

    def test_a_key_file_is_read_and_its_secret_is_not_shown(self):
        key = read_key_file(self.write(self.TEXT))
        self.assertEqual((key.role, key.name, key.store, key.secret), ("client", "till-7", b"a" * 40, b"c" * 40))
        self.assertNotIn("ccc", repr(key))

    def test_a_file_that_others_may_use_is_refused_with_what_to_do(self):
        self.write(self.TEXT, 0o640)
        self.refused(f"chmod 600 {self.path}", read_key_file)
        self.refused(f"chmod 600 {self.path}", read_token_file)

    def test_other_files_are_refused(self):
        for text in ("", "hello", self.TEXT.replace("key 1", "key 2"), self.TEXT.replace("role client\n", ""), self.TEXT + "x y\n",
                     self.TEXT.replace("secret ", "secret"), b"\xff\xfe"):
            self.write(text)
            self.refused(self.path, read_key_file)
        self.write(self.TEXT.replace("b" * 40, "b" * 39))
        self.refused("damaged", read_key_file)
        self.write("x" * 5000)
        self.refused("more than 4096", read_key_file)
        os.unlink(self.path)
        self.refused("cannot be read", read_key_file)

    def test_a_token_file(self):
        self.assertEqual(read_token_file(self.write("t0\n")), "t0")
        self.write("\n")
        self.refused("pygmy grant", read_token_file)


class Configuring(unittest.TestCase):
    def config(self, *frontends, environment=None, **given):
        options = {"key_file": None, "token_file": None, "token": None, "timeout": 5.0, **given}
        with mock.patch.dict(os.environ, environment or {}, clear=True):
            return link.config_of(*(frontends or (None,)), **options)

    def test_arguments_go_before_the_environment_and_that_before_the_defaults(self):
        told = {"PYGMY_FRONTEND": "tcp://a:1,tcp://b:2", "PYGMY_TOKEN": "t"}
        self.assertEqual(self.config().frontends, ("tcp://127.0.0.1:7410", "tcp://127.0.0.1:7412"))
        self.assertEqual(self.config(environment=told).frontends, ("tcp://a:1", "tcp://b:2"))
        self.assertEqual(self.config(["ipc:///tmp/x", "tcp://[::1]:5"], environment=told).frontends, ("ipc:///tmp/x", "tcp://[::1]:5"))
        self.assertEqual(self.config("tcp://a:1,tcp://b:2,tcp://a:1").frontends, ("tcp://a:1", "tcp://b:2"))
        self.assertEqual(self.config(environment=told).options.token, "t")
        self.assertEqual(self.config(environment=told, token="u").options.token, "u")
        self.assertIsNone(self.config(environment=told, token="").options.token)
        self.assertNotIn("secret-token", repr(self.config(token="secret-token")))

    def test_mistakes_are_refused(self):
        for wrong in ("localhost:7410", "http://a:1", "tcp://a", "tcp://a:1,", "tcp://a:1 ,tcp://b:1"):
            with self.assertRaises(SetupError, msg=wrong):
                self.config(wrong)
        with self.assertRaises(SetupError):
            self.config(timeout=0)
        with self.assertRaises(SetupError):
            self.config(key_file="/no/such/file")


class Clients(unittest.TestCase):
    NOWHERE = "tcp://127.0.0.1:1"

    def test_both_clients_have_the_same_methods_with_the_same_arguments(self):
        def methods(cls):
            return {name: list(inspect.signature(each).parameters) for name, each in vars(cls).items()
                    if not name.startswith("_") and callable(each)}
        self.assertEqual(methods(pygmy.Client), methods(pygmy.AsyncClient))
        builders = {name for name, each in vars(requests).items() if inspect.isfunction(each) and not name.startswith("_")
                    and str(inspect.signature(each).return_annotation).startswith("Request[")}
        self.assertEqual(builders - {"events"}, builders & set(methods(pygmy.Client)))

    def test_help_shows_what_a_method_returns(self):
        for client in (pygmy.Client, pygmy.AsyncClient):
            self.assertEqual(str(inspect.signature(client.order)), "(self, /, no: 'int') -> 'model.Order'")

    def test_without_a_store_a_read_is_unavailable_and_a_write_that_never_left_did_nothing(self):
        with pygmy.Client(self.NOWHERE, timeout=0.3) as shop:
            for call in (lambda: shop.lookup(2), lambda: shop.buy(2)):
                with self.assertRaises(pygmy.Refused) as caught:
                    call()
                self.assertEqual(caught.exception.code, "unavailable")
                self.assertIn("pygmy up", caught.exception.text)

    def test_a_request_that_cannot_be_sent_leaves_nothing_under_way(self):
        async def ask():
            async with pygmy.AsyncClient(self.NOWHERE, timeout=0.3) as shop:
                for wrong in (decimal.Decimal("49.95"), 10**30):
                    with self.assertRaisesRegex(pygmy.WrongArgument, "buy|place: lines"):
                        await shop.buy(pygmy.Want(2, 1, wrong))
                with self.assertRaises(pygmy.Refused):
                    await asyncio.wait_for(shop.lookup(2), 60)
        asyncio.run(ask())

    def test_the_same_for_asyncio(self):
        async def ask():
            async with pygmy.AsyncClient(self.NOWHERE, timeout=0.3) as shop:
                return await asyncio.gather(shop.lookup(2), shop.with_options(timeout=0.1).buy(2), return_exceptions=True)
        for error in asyncio.run(ask()):
            self.assertEqual(error.code, "unavailable")

    def test_a_client_that_is_closed_or_in_use_says_so(self):
        shop = pygmy.Client(self.NOWHERE, timeout=5)
        told = []
        other = threading.Thread(target=lambda: told.append(shop._engine._lock.acquire(blocking=False)))
        other.start()
        other.join()
        with self.assertRaisesRegex(pygmy.Closed, "each thread"):
            shop.lookup(2)
        shop._engine._lock.release()
        shop.close()
        shop.close()
        with self.assertRaisesRegex(pygmy.Closed, "closed"):
            shop.lookup(2)

    def test_an_asynchronous_client_serves_one_event_loop(self):
        shop = pygmy.AsyncClient(self.NOWHERE, timeout=0.1)

        async def ask(error):
            with self.assertRaises(error):
                await shop.lookup(2)
        first = asyncio.new_event_loop()
        first.run_until_complete(ask(pygmy.Refused))
        asyncio.run(ask(pygmy.Closed))
        first.run_until_complete(shop.close())
        first.close()

    def test_a_program_that_closes_nothing_ends(self):
        for text in ("import pygmy; pygmy.Client(timeout=0.1); shop = pygmy.Client(timeout=0.1)",
                     f"import pygmy\nshop = pygmy.Client('{self.NOWHERE}', timeout=0.1)\ntry: shop.lookup(2)\nexcept pygmy.Refused: pass"):
            subprocess.run([sys.executable, "-B", "-c", text], env={"PYTHONPATH": str(ROOT / "python/src")}, check=True, timeout=30)

    def test_an_asynchronous_client_that_is_closed_ends_what_is_under_way(self):
        async def ask():
            shop = pygmy.AsyncClient(self.NOWHERE, timeout=60)
            tasks = [asyncio.create_task(each) for each in (shop.buy(2, key="k"), shop.lookup(2))]
            await asyncio.sleep(0)
            await shop.close()
            buy, lookup = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
            self.assertIsInstance(buy, (pygmy.Unknown, pygmy.Refused))
            self.assertEqual(buy.key, "k")
            self.assertIsInstance(lookup, pygmy.Refused)
        asyncio.run(ask())

    def test_an_asynchronous_client_that_is_closed_says_so_and_a_cancelled_task_leaves_nothing(self):
        async def ask():
            shop = pygmy.AsyncClient(self.NOWHERE)
            with self.assertRaises(TimeoutError):
                await asyncio.wait_for(shop.buy(2), 0.1)
            self.assertEqual(shop._engine._core._flights, {})
            await shop.close()
            await shop.close()
            with self.assertRaises(pygmy.Closed):
                await shop.lookup(2)
        asyncio.run(ask())


TYPED = """
import pygmy


async def ask() -> None:
    async with pygmy.AsyncClient() as shop:
        order: pygmy.Order = await shop.buy((2, 1), customer="ann")
        async for event in shop.follow(order.seq):
            print(event.seq + 1)


with pygmy.Client() as shop:
    items: tuple[pygmy.Item, ...] = shop.add(pygmy.NewItem("a", "b", 1))
    shop.buy(2, colour="red")
"""


@unittest.skipUnless(shutil.which("mypy"), "mypy is missing")
class Types(unittest.TestCase):
    def test_the_library_and_a_program_that_uses_it_have_right_types(self):
        with tempfile.TemporaryDirectory() as home:
            program = pathlib.Path(home, "program.py")
            program.write_text(TYPED)
            told = subprocess.run(["mypy", "--strict", "--cache-dir", home, str(ROOT / "python/src/pygmy"), str(program)],
                                  env={**os.environ, "MYPYPATH": str(ROOT / "python/src")}, capture_output=True, text=True)
        self.assertEqual([line.partition(": ")[2] for line in told.stdout.splitlines() if ": error: " in line],
                         ['error: Unexpected keyword argument "colour"  [call-arg]'], told.stdout + told.stderr)


if __name__ == "__main__":
    unittest.main()
