"""Single commands: bench and trace with goods of their own, import, orders, events, status --watch."""

import json
import os
import pathlib
import pty
import re
import signal
import subprocess
import time
import unittest

from store import CLEAN_ENVIRONMENT, PYGMY, StoreTest, pygmy, scratch_file, wait_for


class Tasks(StoreTest):
    def run_with_input(self, text, *arguments):
        ran = subprocess.run([PYGMY, *map(str, arguments), "--frontend", ",".join(self.store.frontends)], input=text,
                             capture_output=True, text=True, timeout=60, env=CLEAN_ENVIRONMENT)
        return ran.returncode, ran.stdout, ran.stderr

    def popen(self, *arguments, **more):
        process = subprocess.Popen([PYGMY, *map(str, arguments), "--frontend", ",".join(self.store.frontends)],
                                   stdout=subprocess.PIPE, text=True, env=CLEAN_ENVIRONMENT, **more)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        return process

    def terminal(self, ours):
        """The text that is written to a terminal until its last writer has ended."""
        while True:
            try:
                yield os.read(ours, 4096).decode()
            except OSError:
                return

    def file(self, text):
        path = scratch_file("items.csv")
        pathlib.Path(path).write_text(text)
        return path

    def items(self):
        return [json.loads(line) for line in self.store.ask("export", "items", "--json").out.splitlines()]

    def goods(self):
        """The stock of every item of the shop, without those of bench."""
        return {item["id"]: item["stock"] for item in self.items() if item["topic"] != "bench"}

    def of_bench(self):
        return [item for item in self.items() if item["topic"] == "bench"]

    # bench and trace

    def test_bench_sells_items_of_its_own_and_takes_the_rest_back(self):
        before = self.goods()
        for op in ("buy", "mix"):
            report = self.store.read("bench", "--op", op, "--seconds", 0.3, "--clients", 2)
            self.assertGreater(report["ops"], 0)
            self.assertEqual((report["errors"], report["refused"]), (0, {}))
        self.assertEqual(self.goods(), before)
        self.assertEqual({item["stock"] for item in self.of_bench()}, {0})
        self.assertEqual(len(self.of_bench()), 8, "the second run used those of the first")

    def test_an_interrupted_bench_takes_its_goods_back(self):
        bench = self.popen("bench", "--op", "buy", "--seconds", 600, "--items", "hot", "--json")
        wait_for("it sells", lambda: any(item["stock"] > 0 for item in self.of_bench()))
        bench.send_signal(signal.SIGINT)
        report = json.loads(bench.stdout.read())
        self.assertEqual(bench.wait(timeout=60), 0)
        self.assertLess(report["seconds"], 600)
        self.assertEqual({item["stock"] for item in self.of_bench()}, {0})

    def test_bench_sells_the_goods_of_the_store_only_if_it_is_told_twice(self):
        before = self.goods()
        refused = self.store.ask("bench", "--op", "buy", "--items-of-the-store", "--seconds", 0.1)
        self.assertEqual(refused.code, 2, refused)
        self.assertIn("--yes", refused.err)
        self.assertEqual(self.store.ask("bench", "--op", "buy", "--yes", "--seconds", 0.1).code, 2)
        self.assertEqual(self.goods(), before)
        self.store.read("bench", "--op", "buy", "--items-of-the-store", "--yes", "--seconds", 0.2)
        self.assertNotEqual(self.goods(), before)

    def test_a_bench_that_only_reads_changes_nothing(self):
        before = self.store.ask("events").out
        for op in ("lookup", "search", "events"):
            self.store.read("bench", "--op", op, "--seconds", 0.1)
        self.assertEqual(self.store.ask("events").out, before)

    def test_its_own_writes_are_in_the_record(self):
        record = scratch_file("a.jsonl")
        self.store.read("bench", "--op", "mix", "--seconds", 0.3, "--record", record)
        self.assertIn('"type":"restock"', pathlib.Path(record).read_text())
        checked = pygmy("check", record)
        self.assertEqual(checked.code, 0, checked)

    def test_trace_buys_no_goods_unless_it_is_told(self):
        before = self.goods()
        self.assertIn("frontend", self.store.ask("trace", "buy").out)
        self.assertEqual(self.goods(), before)
        self.assertEqual({item["stock"] for item in self.of_bench()}, {0})
        refused = self.store.ask("trace", "buy", 1)
        self.assertEqual(refused.code, 2, refused)
        self.assertIn("--yes", refused.err)
        self.assertEqual(self.goods(), before)
        self.assertEqual(self.store.ask("trace", "buy", 1, "--yes").code, 0)
        self.assertEqual(self.goods()[1], before[1] - 1)
        self.assertEqual(self.store.ask("trace", "lookup").code, 2)

    # holds

    def test_a_hold_is_confirmed_in_part_at_its_price(self):
        before = self.store.read("lookup", 1)
        for _ in range(2):  # the second time it is a repetition
            hold = self.store.read("hold", "1:3", "2:2", "--customer", "ann", "--ttl", "5m", "--key", "hold-1")
            self.assertEqual((hold["state"], hold["expires"] - hold["at"]), ("open", 300_000))
        item = self.store.read("lookup", 1)
        self.assertEqual((item["stock"], item["held"], item["available"]),
                         (before["stock"], before["held"] + 3, before["available"] - 3))
        self.assertIn("held", self.store.ask("lookup", 1).out)
        self.assertIn(hold["no"], [each["no"] for each in self.store.read("holds", "--customer", "ANN")["holds"]])
        self.assertIn("out_of_stock", self.store.ask("buy", f"1:{item['available'] + 1}").err)
        extended = self.store.read("extend", hold["no"], "--ttl", "10m")
        self.assertGreater(extended["expires"], hold["expires"])
        self.assertIn("more_than_remains", self.store.ask("confirm", hold["no"], "1:4").err)
        order = self.store.read("confirm", hold["no"], "1:2", "--key", "confirm-1")
        self.assertEqual([(line["item"], line["quantity"]) for line in order["lines"]], [(1, 2)])
        item = self.store.read("lookup", 1)
        self.assertEqual((item["stock"], item["held"]), (before["stock"] - 2, before["held"]))
        self.assertIn(f"hold_over: hold {hold['no']} was confirmed: it became order {order['no']}\n",
                      self.store.ask("release", hold["no"]).err)
        self.assertEqual(self.store.read("outcome", "hold-1")["hold"]["state"], "confirmed")
        self.assertEqual(self.store.read("outcome", "confirm-1")["order"]["no"], order["no"])
        self.assertIn(f"this hold is confirmed as order {order['no']}", self.store.ask("hold", "show", hold["no"]).out)
        self.assertEqual(self.store.read("at", item["version"] - 1, "lookup", 1)["held"], before["held"] + 3)
        of_ann = lambda seq, *more: self.store.read("at", seq, "holds", "--customer", "Ann", *more)["holds"]
        self.assertEqual(of_ann(hold["seq"]), [hold])
        self.assertEqual([each["no"] for each in of_ann(item["version"] - 1)], [hold["no"]])
        self.assertEqual((of_ann(item["version"]), of_ann(hold["seq"], "--after", hold["no"])), ([], []))
        self.assertIn(f"hold {hold['no']} for ann", self.store.ask("at", hold["seq"], "holds").out)
        self.assertEqual(self.store.ask("audit").code, 0)

    def test_a_hold_ends_by_its_time_and_by_a_release(self):
        before = self.store.read("lookup", 1)["held"]
        short = self.store.read("hold", 1, "--ttl", "200ms")["no"]
        long = self.store.read("hold", 1)["no"]
        wait_for("the short hold ends", lambda: self.store.read("hold", "show", short)["state"] == "expired")
        self.assertIn(f"hold_over: hold {short} expired at ", self.store.ask("confirm", short).err)
        self.assertEqual(self.store.read("lookup", 1)["held"], before + 1)
        refused = self.store.ask("extend", long, "--ttl", "24h").err
        self.assertRegex(refused, rf"limit: hold {long} is open for 1d at most, until .*Z: the longest ttl is 14\d\dm now")
        longest = re.search(r"the longest ttl is (\S+) now", refused).group(1)
        self.assertEqual(self.store.ask("extend", long, "--ttl", longest).code, 0)
        self.assertEqual(self.store.read("release", long)["state"], "released")
        self.assertIn(f"hold {long} was released", self.store.ask("extend", long).err)
        self.assertEqual(self.store.read("lookup", 1)["held"], before)
        self.assertIn("unknown_hold", self.store.ask("hold", "show", 1_000_000).err)
        self.assertEqual(self.store.ask("hold", 1, "--ttl", "0s").code, 2)

    def test_a_hold_expects_the_price_of_its_item(self):
        self.store.read("add", "--id", 951, "--title", "Kept", "--topic", "holding", "--price", "1.50", "--stock", 5)
        refused = self.store.ask("hold", 951, "--expect-price", "1.40")
        self.assertEqual(refused.code, 1, refused)
        self.assertIn("price_changed: the price of item 951 is 1.50 now", refused.err)
        self.assertEqual(self.store.read("hold", "951:2", "--expect-price", "1.50")["lines"][0]["price"], 150)
        for wrong in ((951, 1, "--expect-price", "1.50"), (951, "--expect-price", "cheap")):
            self.assertEqual(self.store.ask("hold", *wrong).code, 2, wrong)

    def test_a_name_with_a_space_more_is_no_other_customer(self):
        last = self.store.status()["commit"]
        for name in (" spaced", "spaced ", "spaced\u00a0"):
            for arguments in (("buy", 1), ("hold", 1), ("grant", "buyer")):
                refused = self.store.ask(*arguments, "--customer", name)
                self.assertEqual(refused.code, 2, refused)
                self.assertIn("customer: begins or ends with a space", refused.err)
            self.assertEqual(self.store.ask("orders", "--customer", name).code, 0, "earlier orders may have it")
        written = [json.loads(line)["type"] for line in self.store.ask("events", "--json", "--from", last + 1).out.splitlines()]
        self.assertFalse({"order_placed", "hold_placed", "credential_granted"} & set(written))
        told = self.store.ask("credentials")
        self.assertEqual((told.out, told.err), ("", "no credentials: `pygmy grant ROLE` makes the first one\n"))

    # cancel

    def test_cancelled_pieces_are_in_the_stock_again(self):
        before = self.goods()
        no = self.store.read("buy", "1:3", "2:2", "--customer", "ann")["no"]
        self.assertEqual(self.store.read("order", no)["state"], "placed")
        for _ in range(2):  # the second time it is a repetition
            order = self.store.read("cancel", no, "1:1", "--reason", "too many", "--key", "cancel-1")
            self.assertEqual((order["state"], len(order["cancellations"])), ("partly_cancelled", 1))
        self.assertEqual((self.goods()[1], self.goods()[2]), (before[1] - 2, before[2] - 2))
        refused = self.store.ask("cancel", no, "1:3")
        self.assertEqual(refused.code, 1, refused)
        self.assertIn("more_than_remains: order", refused.err)
        self.assertEqual(self.store.read("cancel", no, "2:2", "--scrap")["state"], "partly_cancelled")
        self.assertEqual(self.store.read("cancel", no, "--return")["state"], "returned")
        self.assertEqual((self.goods()[1], self.goods()[2]), (before[1], before[2] - 2), "two were scrapped")
        self.assertIn("nothing_remains", self.store.ask("cancel", no).err)
        shown = self.store.ask("order", no).out
        for line in ("cancel: too many, seq", "scrap, seq", "return, seq", "this order is returned"):
            self.assertIn(line, shown)
        self.assertEqual(self.store.read("outcome", "cancel-1")["outcome"], "change")
        self.assertEqual(self.store.ask("cancel", no, "--return", "--scrap").code, 2)
        seq = order["cancellations"][0]["seq"]
        self.assertEqual(self.store.read("at", seq, "order", no)["state"], "partly_cancelled")
        self.assertEqual(self.store.read("at", seq - 1, "order", no)["state"], "placed")
        audit = self.store.ask("audit")
        self.assertEqual(audit.code, 0, audit)
        self.assertRegex(audit.out, r"taken in, [1-9]\d* cancelled:")

    # import and export

    def test_import_tells_what_it_was_given_without_any_item(self):
        head = self.file("id,title,topic,price,stock\n")
        self.assertEqual(self.store.ask("import", head).out, f"{head} has no items\n")
        directory = str(pathlib.Path(head).parent)
        refused = self.store.ask("import", directory)
        self.assertEqual((refused.code, refused.err), (2, f"pygmy: {directory}: is a directory: name a file\n"))

    def test_import_reads_standard_input(self):
        code, out, err = self.run_with_input("title,topic,price,stock\nFrom a pipe,pipes,1.00,5\n", "import", "-")
        self.assertEqual((code, out, err), (0, "1 items loaded from standard input\n", ""))
        self.assertIn("From a pipe", [item["title"] for item in self.items()])

    def test_all_bad_rows_are_named_at_once(self):
        rows = "".join(f"{i},T{i},t,much,5\n" for i in range(1, 26))
        file = self.file("id,title,topic,price,stock\n" + rows)
        ended = pygmy("import", file, "--dry-run")
        self.assertEqual(ended.code, 2)
        lines = ended.err.splitlines()
        self.assertEqual(len(lines), 21)
        self.assertTrue(lines[0].startswith(f"pygmy: {file}:2: price: "))
        self.assertTrue(lines[19].startswith(f"pygmy: {file}:21: price: "))
        self.assertEqual(lines[20], "pygmy: ... and 5 more faults")

    def test_an_update_changes_prices_and_stocks_and_adds_what_is_new(self):
        first = self.file("id,title,topic,price,stock\n901,A,update,1.00,5\n902,B,update,2.00,5\n903,C,update,3.00,5\n")
        self.assertEqual(self.store.ask("import", first).code, 0)
        refused = self.store.ask("import", self.file("id,title,topic,price,stock\n901,A,update,9.00,5\n"))
        self.assertEqual(refused.code, 1)
        self.assertIn("--update", refused.err)
        second = self.file("id,title,topic,price,stock\n901,A,update,1.50,4\n902,B,update,2.00,7\n903,C,update,3.00,5\n"
                           "904,D,update,4.00,1\n")
        self.assertEqual(self.store.ask("import", second, "--update").out, "1 items added, 2 changed, 1 as they were\n")
        now = {item["id"]: (item["price"], item["stock"]) for item in self.items() if item["topic"] == "update"}
        self.assertEqual(now, {901: (150, 4), 902: (200, 7), 903: (300, 5), 904: (400, 1)})
        self.assertEqual(self.store.read("import", second, "--update"), {"file": second, "added": 0, "changed": 0, "same": 4})
        other = self.file("id,title,topic,price,stock,retired\n901,Z,update,1.50,9,\n902,B,update,2.00,7,yes\n"
                          "905,E,update,1.00,1,yes\n")
        told = self.store.ask("import", other, "--update", "--dry-run")
        self.assertEqual(told.out, "item 901: title 'A' -> 'Z', stock 4 -> 9\nitem 902: retired no -> yes\n"
                                   "1 items to add, 2 to change, 0 as they are\n")
        self.assertEqual(self.store.read("import", other, "--update", "--dry-run"), {
            "file": other, "to_add": 1, "same": 0, "to_change": [
                {"id": 901, "title": {"is": "A", "becomes": "Z"}, "stock": {"is": 4, "becomes": 9}},
                {"id": 902, "retired": {"is": False, "becomes": True}}]})
        self.assertEqual(self.store.read("lookup", 901)["title"], "A", "nothing was changed")
        self.assertEqual(self.store.ask("import", other, "--update").out, "1 items added, 2 changed, 0 as they were\n")
        self.assertEqual([self.store.read("lookup", item)["retired"] for item in (901, 902, 905)], [False, True, True])
        self.assertEqual(self.store.read("lookup", 901)["title"], "Z")
        rows = self.store.ask("export", "items").out.splitlines()
        self.assertEqual(rows[0], "id,title,topic,price,stock,retired,terms,places,description,topics,attributes,low")
        self.assertIn("902,B,update,2.00,7,yes,,,,,,", rows)
        self.assertIn("904,D,update,4.00,1,,,,,,,", rows)
        again = self.store.read("import", self.file("\n".join(rows) + "\n"), "--update")
        self.assertEqual((again["added"], again["changed"]), (0, 0), "what was exported is what is there")
        without = self.store.ask("import", self.file("title,topic,price,stock\nA,t,1.00,1\n"), "--update")
        self.assertEqual(without.code, 2)

    def test_an_import_retires_the_items_that_its_file_calls_retired(self):
        file = self.file("id,title,topic,price,stock,retired\n957,A,retiring,1.00,5,yes\n958,B,retiring,1.00,5,no\n")
        for _ in range(2):
            self.assertEqual(self.store.ask("import", file).code, 0)
            self.assertEqual([self.store.read("lookup", item)["retired"] for item in (957, 958)], [True, False])
        wrong = pygmy("import", self.file("title,topic,price,stock,retired\nA,t,1.00,1,yes\nB,t,1.00,1,maybe\n"),
                      "--dry-run")
        self.assertEqual(wrong.code, 2)
        self.assertIn(":2: retired: a retired item needs an id", wrong.err)
        self.assertIn(":3: retired: 'maybe' is not yes, no or empty", wrong.err)

    def test_an_import_that_is_refused_says_what_differs_still_and_goes_on_later(self):
        self.store.read("add", "--id", 996, "--title", "A", "--topic", "half", "--price", "1.00", "--stock", 5)
        kept = self.store.read("hold", "996:3")
        file = self.file("id,title,topic,price,stock\n996,B,half,2.00,1\n")
        refused = self.store.ask("import", file, "--update")
        self.assertEqual((refused.code, refused.out), (1, "0 items added, 0 changed, 0 as they were\n"))
        self.assertIn("item 996: 4 cannot be taken out of stock, 5 are there, and holds keep 3 of them", refused.err)
        self.assertIn("item 996 was not changed as a whole; this differs still: stock 5 -> 1\n", refused.err)
        self.assertEqual(self.store.read("lookup", 996)["price"], 200)
        self.store.read("release", kept["no"])
        again = self.store.ask("import", file, "--update")
        self.assertEqual((again.code, again.out), (0, "0 items added, 1 changed, 0 as they were\n"))
        self.assertEqual(self.store.stock(996), 1)

    def test_prices_are_imported_without_the_stock_and_no_column_is_lost(self):
        self.store.read("add", "--id", 945, "--title", "A", "--topic", "prices", "--price", "1.00", "--stock", 5)
        self.store.read("buy", 945)
        file = self.file("id,title,topic,price\n945,A,prices,2.00\n")
        refused = self.store.ask("import", file)
        self.assertEqual(refused.code, 2)
        self.assertIn("no column 'stock': only --update does without it", refused.err)
        self.store.read("import", file, "--update")
        item = self.store.read("lookup", 945)
        self.assertEqual((item["price"], item["stock"]), (200, 4))
        wrong = self.store.ask("import", self.file("id,title,topic,price,stock,Terms\n946,B,prices,2.00,5,per_order=1\n"))
        self.assertEqual(wrong.code, 2)
        self.assertIn("there is no column 'Terms'", wrong.err)

    def test_an_item_is_edited_retired_and_brought_back(self):
        self.store.read("add", "--id", 961, "--title", "Before", "--topic", "editing", "--price", "1.00", "--stock", 5)
        found = lambda *how: [item["id"] for item in self.store.read("search", *how)["items"]]
        edited = self.store.read("edit", 961, "--title", "After", "--key", "e1")
        self.assertEqual((edited["title"], edited["topic"], edited["edited"]), ("After", "editing", edited["version"]))
        self.assertEqual((found("--text", "before"), found("--text", "after")), ([], [961]))
        again = self.store.read("edit", 961, "--title", "After", "--key", "e1")
        self.assertEqual(again, edited, "the key takes effect once")
        self.assertEqual(self.store.ask("edit", 961, "--title", "Else", "--key", "e1").code, 1)
        refused = self.store.ask("edit", 961, "--topic", "t", "--expect-version", edited["version"] - 1, "--json")
        self.assertEqual((refused.code, refused.json["error"]["code"]), (1, "version_changed"))
        kept = self.store.read("hold", "961:2")
        self.assertTrue(self.store.read("edit", 961, "--retire", "--topic", "edited")["retired"])
        for how in (("--topic", "editing"), ("--topic", "edited"), ("--text", "after")):
            self.assertEqual(found(*how), [])
        self.assertIn(961, found("--retired", "--after", 960, "--limit", 5))
        self.assertIn(", retired", self.store.ask("lookup", 961).out)
        for arguments in (("buy", 961), ("hold", 961)):
            refused = self.store.ask(*arguments, "--json")
            self.assertEqual((refused.code, refused.json["error"]["code"]), (1, "not_for_sale"))
        confirmed = self.store.read("confirm", kept["no"])
        self.assertEqual(confirmed["lines"][0]["quantity"], 2, "what was held was promised")
        self.store.read("restock", 961, 1)
        self.assertFalse(self.store.read("edit", 961, "--restore")["retired"])
        self.assertEqual(found("--topic", "edited"), [961])
        self.store.read("buy", 961)
        for arguments in ((961,), (961, "--retire", "--restore")):
            self.assertEqual(self.store.ask("edit", *arguments).code, 2)

    def test_retired_items_of_a_topic_are_found(self):
        for number in (952, 953, 954):
            self.store.read("add", "--id", number, "--title", f"Gone {number}", "--topic", "Gone things", "--price", "1.00")
        self.store.read("edit", 952, "--retire")
        search = lambda *more: self.store.read("search", "--topic", "gone THINGS", *more)
        found = lambda *more: [item["id"] for item in search(*more)["items"]]
        self.assertEqual(found(), [953, 954])
        self.assertEqual(found("--retired"), [952, 953, 954])
        page = search("--retired", "--limit", 2)
        self.assertEqual(([item["id"] for item in page["items"]], page["next"]), ([952, 953], 953))
        self.assertEqual(found("--retired", "--after", 953), [954])
        self.assertNotIn("next", search("--retired", "--limit", 3))
        self.assertEqual(self.store.ask("search", "--retired", "--text", "gone").code, 2)

    def test_terms_of_sale_bind_orders_and_holds_and_are_exported(self):
        self.store.read("add", "--id", 971, "--title", "Rare", "--topic", "terms", "--price", "1.00", "--stock", 20)
        buy = lambda customer, pieces: self.store.ask("buy", 971, "--qty", pieces, "--customer", customer, "--json")
        error = lambda answer: (answer.code, answer.json["error"]["code"], answer.json["error"].get("allowed"))
        terms = self.store.read("terms", 971, "--per-order", 2, "--per-customer", 3, "--window", "24h")["terms"]
        self.assertEqual(terms, {"per_order": 2, "per_customer": 3, "window": 86_400_000})
        self.assertEqual(error(buy("ann", 3)), (1, "limit", 2))
        self.assertEqual(buy("ann", 2).code, 0)
        self.assertEqual(error(buy("ANN", 2)), (1, "limit", 1), "the same customer in another spelling")
        self.assertEqual(error(self.store.ask("hold", "971:2", "--customer", "Ann", "--json")), (1, "limit", 1))
        self.assertEqual(error(self.store.ask("buy", 971, "--json")), (1, "limit", 0), "without a customer")
        order = buy("bob", 2).json["no"]
        self.assertEqual(error(buy("bob", 2)), (1, "limit", 1))
        self.store.read("cancel", order)
        self.assertEqual(buy("bob", 2).code, 0, "what was cancelled is given back")
        self.assertIn("at most 2 in an order, at most 3 for each customer in 1d", self.store.ask("lookup", 971).out)
        row = "971,Rare,terms,1.00,16,,per_order=2 per_customer=3 window=1d"
        self.assertIn(row + ",,,,,", self.store.ask("export", "items").out.splitlines())

        self.assertEqual(self.store.ask("terms", 971, "--until", "2100-01-01T00:00Z").err, "")
        past = self.store.ask("terms", 971, "--until", "2020-01-01T00:00Z")
        self.assertEqual((past.code, past.err), (0, "pygmy: nobody can buy it any more: until 2020-01-01T00:00:00.000Z is over\n"))
        over = self.store.ask("buy", 971, "--customer", "eve", "--json")
        self.assertEqual((over.code, over.json["error"]["code"], over.json["error"]["until"]), (1, "not_for_sale", 1_577_836_800_000))
        file = self.file("id,title,topic,price,stock,terms\n" + row.replace(",,", ",") + "\n972,New,terms,1.00,5,until=2020-01-01T00:00Z\n")
        self.assertEqual(self.store.ask("import", file, "--update").out, "1 items added, 1 changed, 0 as they were\n")
        self.assertEqual(self.store.read("lookup", 971)["terms"], terms)
        self.assertEqual(self.store.ask("buy", 972).code, 1)
        self.assertNotIn("terms", self.store.read("terms", 971, "--none"))
        self.assertEqual(buy("ann", 5).code, 0)
        for wrong in ((971,), (971, "--per-customer", 1), (971, "--window", "1h"), (971, "--from", "soon"),
                      (971, "--none", "--per-order", 1), (971, "--per-order", 0),
                      (971, "--from", "2026-01-02T00:00Z", "--until", "2026-01-01T00:00Z")):
            self.assertEqual(self.store.ask("terms", *wrong).code, 2, wrong)

    def test_an_item_has_a_description_topics_and_attributes(self):
        added = self.store.read("add", "--id", 976, "--title", "Detailed", "--topic", "details", "--topic", "maps",
                                "--price", "1.00", "--description", "One line\nand another",
                                "--attribute", "colour=red", "--attribute", "pages=214")
        self.assertEqual((added["topics"], added["attributes"]), (["maps"], {"colour": "red", "pages": "214"}))
        self.assertEqual(self.store.read("lookup", 976)["description"], "One line\nand another")
        told = self.store.ask("lookup", 976).out
        self.assertIn("[details, maps]", told)
        self.assertIn("         pages: 214\n         One line\n         and another\n", told)
        found = lambda topic: [item["id"] for item in self.store.read("search", "--topic", topic)["items"]]
        self.assertEqual((found("MAPS"), found("details")), ([976], [976]))
        edited = self.store.read("edit", 976, "--topic", "details", "--topic", "fun", "--no-attribute", "colour",
                                 "--attribute", "size=a=b")
        self.assertEqual((edited["topics"], edited["attributes"]), (["fun"], {"pages": "214", "size": "a=b"}))
        self.assertEqual((found("maps"), found("fun")), ([], [976]))
        row = '976,Detailed,details,1.00,0,,,,"One line\nand another",fun,pages=214;size=a\\=b,\n'
        exported = self.store.ask("export", "items").out
        self.assertIn(row, exported)
        again = self.store.read("import", self.file(exported), "--update")
        self.assertEqual((again["added"], again["changed"]), (0, 0), "what was exported is what is there")
        head = "id,title,topic,price,stock,description,topics,attributes\n"
        file = self.file(head + "976,Detailed,details,1.00,0,,,pages=215\n977,New,details,1.00,1,Text,fun,a=b\n")
        self.assertEqual(self.store.ask("import", file, "--update").out, "1 items added, 1 changed, 0 as they were\n")
        now = self.store.read("lookup", 976)
        self.assertEqual((now["attributes"], "topics" in now, "description" in now), ({"pages": "215"}, False, False))
        self.assertEqual(self.store.read("lookup", 977)["topics"], ["fun"])
        self.assertNotIn("attributes", self.store.read("edit", 976, "--no-attribute", "pages"))
        self.assertNotIn("topics", self.store.read("edit", 977, "--one-topic"))
        self.assertNotIn("description", self.store.read("edit", 977, "--no-description"))
        for wrong in ((976, "--attribute", "red"), (976, "--attribute", "a=1", "--attribute", "a=2"),
                      (976, "--one-topic", "--topic", "a", "--topic", "b"), (976, "--description", "x" * 4097),
                      (976, "--attribute", "a=1", "--no-attribute", "a")):
            self.assertEqual(self.store.ask("edit", *wrong).code, 2, wrong)

    def test_the_stream_tells_which_items_are_low(self):
        self.store.read("add", "--id", 978, "--title", "Scarce", "--topic", "levels", "--price", "1.00", "--stock", 5)
        low = lambda: [item["id"] for item in self.store.read("search", "--low")["items"] if item["id"] == 978]

        def told():
            lines = self.store.ask("events", "--item", 978, "--type", "stock_low,stock_ok", "--json").out.splitlines()
            return [(event["type"], event["available"], event.get("low")) for event in map(json.loads, lines)]

        edited = self.store.read("edit", 978, "--low", 3)
        self.assertEqual((edited["low"], edited["is_low"], low()), (3, False, []))
        self.store.read("buy", "978:2")
        wait_for("a low item", lambda: told() == [("stock_low", 3, 3)] and low() == [978])
        self.assertIn("3 in stock, low", self.store.ask("lookup", 978).out)
        self.assertIn("978,Scarce,levels,1.00,3,,,,,,,3", self.store.ask("export", "items").out.splitlines())
        self.store.read("restock", 978, 1)
        wait_for("an item that is not low", lambda: told()[1:] == [("stock_ok", 4, 3)] and low() == [])
        file = self.file("id,title,topic,price,stock,low\n978,Scarce,levels,1.00,4,4\n979,New,levels,1.00,1,0\n")
        self.assertEqual(self.store.ask("import", file, "--update").out, "1 items added, 1 changed, 0 as they were\n")
        wait_for("another threshold", lambda: told()[2:] == [("stock_low", 4, 4)])
        self.assertEqual(self.store.read("lookup", 979)["low"], 0)
        self.assertNotIn("low", self.store.read("edit", 978, "--no-low"))
        wait_for("no threshold", lambda: told()[3:] == [("stock_ok", 4, None)] and low() == [])
        audit = self.store.ask("audit")
        self.assertEqual(audit.code, 0, audit.out)
        for wrong in (("edit", 978, "--low", -1), ("edit", 978, "--low", 1, "--no-low"),
                      ("search", "--low", "--topic", "levels")):
            self.assertEqual(self.store.ask(*wrong).code, 2, wrong)

    def test_a_count_sets_the_stock_and_the_movements_tell_why(self):
        added = self.store.read("add", "--id", 981, "--title", "Counted", "--topic", "counting", "--price", "1.00", "--stock", 5)
        seen = added["version"]
        order = self.store.read("buy", "981:2")
        refused = self.store.ask("count", 981, 9, "--expect-version", seen, "--json")
        self.assertEqual((refused.code, refused.json["error"]["code"]), (1, "version_changed"))
        now = self.store.read("lookup", 981)["version"]
        counted = self.store.read("count", 981, 4, "--expect-version", now, "--reason", "stock-take", "--key", "c1")
        self.assertEqual((counted["stock"], self.store.read("count", 981, 4, "--expect-version", now, "--reason", "stock-take", "--key", "c1")), (4, counted))
        kept = self.store.read("hold", "981:3")
        self.assertIn("2 counted, but holds keep 3", self.store.ask("count", 981, 2).err)
        self.assertEqual((counted["delta"], counted["version"] > now), (1, True))
        self.assertTrue(self.store.ask("lookup", 981).out.endswith(f", version {self.store.read('lookup', 981)['version']}\n"))
        confirmed = self.store.read("confirm", kept["no"], "981:1")
        self.store.read("cancel", order["no"], "981:1", "--return", "--reason", "too many")
        told = self.store.read("movements", 981)
        self.assertEqual([(each["kind"], each["delta"], each["stock"], each.get("held", 0)) for each in told["movements"]],
                         [("returned", 1, 4, 0), ("confirmed", -1, 3, 0), ("held", 0, 4, 3), ("counted", 1, 4, 0), ("bought", -2, 3, 0), ("added", 5, 5, 0)])
        newest, confirmation, holding, count, buying, adding = told["movements"]
        self.assertEqual((newest["order"], newest["reason"], confirmation["order"], confirmation["hold"]),
                         (order["no"], "too many", confirmed["no"], kept["no"]))
        self.assertEqual((holding["hold"], count["reason"], buying["order"], adding["seq"]), (kept["no"], "stock-take", order["no"], seen))
        page = self.store.read("movements", 981, "--limit", 4)
        self.assertEqual(page["next"], count["seq"])
        self.assertEqual(self.store.read("movements", 981, "--before", page["next"])["movements"], [buying, adding])
        self.assertIn("counted +1, 4 in stock: stock-take", self.store.ask("movements", 981).out)
        then = self.store.read("at", count["seq"], "movements", 981)
        self.assertEqual((then["movements"], then["as_of"]), ([count, buying, adding], count["seq"]))
        first = self.store.read("at", newest["seq"], "movements", 981, "--limit", 4)
        self.assertEqual((len(first["movements"]), first["next"]), (4, count["seq"]))
        rest = self.store.read("at", newest["seq"], "movements", 981, "--before", first["next"])
        self.assertEqual((rest["movements"], "next" in rest), ([buying, adding], False))
        self.assertEqual(self.store.ask("at", seen - 1, "movements", 981).code, 1, "there was no such item")
        for stock, difference in ((3, "1 fewer than the books said"), (3, "as many as the books said"), (8, "5 more than the books said")):
            self.assertEqual(self.store.ask("count", 981, stock).out.splitlines()[1:], ["  " + difference])
        self.assertIn("there is more: add --before", self.store.ask("movements", 981, "--limit", 1).err)
        self.assertIn("unknown_item", self.store.ask("movements", 1_000_000).err)
        audit = self.store.ask("audit")
        self.assertEqual(audit.code, 0, audit.out)
        self.assertIn("each stock is the sum of its movements", audit.out)

    def test_pieces_are_at_places_and_a_typing_error_makes_none(self):
        self.store.read("add", "--id", 982, "--title", "Spread", "--topic", "places", "--price", "1.00", "--stock", 5)
        refused = self.store.ask("transfer", 982, 2, "--to", "annex", "--json")
        self.assertEqual((refused.code, refused.json["error"]["code"]), (1, "unknown_place"))
        moved = self.store.read("transfer", 982, 2, "--to", "annex", "--open", "--reason", "nearer")
        self.assertEqual((moved["stock"], moved["main"], moved["places"]), (5, 3, [{"place": "annex", "pieces": 2}]))
        self.assertIn("5 in stock (3 at main, 2 at annex)", self.store.ask("lookup", 982).out)
        refused = self.store.ask("buy", "982:3", "--place", "annex", "--json")
        self.assertEqual((refused.json["error"]["code"], refused.json["error"]["stock"]), ("out_of_stock", 2))
        order = self.store.read("buy", "982:4")
        self.assertEqual(order["lines"][0]["places"], [{"place": "annex", "pieces": 1}])
        self.assertIn("1 in stock (3 at main, 1 at annex)", self.store.ask("show-order", order["no"]).out)
        self.store.read("cancel", order["no"])
        self.assertEqual(self.store.read("restock", 982, 3, "--place", "annex")["places"], [{"place": "annex", "pieces": 5}])
        self.assertEqual(self.store.read("count", 982, 4, "--place", "annex")["stock"], 7)
        told = self.store.read("movements", 982)["movements"]
        self.assertEqual([(each["kind"], each["delta"], [at["pieces"] for at in each.get("places", [])]) for each in told],
                         [("counted", -1, [-1]), ("restocked", 3, [3]), ("cancelled", 4, [1]), ("bought", -4, [-1]),
                          ("transferred", 0, [2]), ("added", 5, [])])
        self.assertIn("transferred +0, 5 in stock, +2 at annex: nearer", self.store.ask("movements", 982).out)
        row = [line for line in self.store.ask("export", "items").out.splitlines() if line.startswith("982,")][0]
        self.assertEqual(row, "982,Spread,places,1.00,7,,,annex=4,,,,")
        head = "id,title,topic,price,stock,places\n"
        file = self.file(head + "982,Spread,places,1.00,6,north=5\n983,New,places,1.00,3,north=1\n")
        self.assertEqual(self.store.ask("import", file, "--update").code, 0)
        now = self.store.read("lookup", 982)
        self.assertEqual((now["stock"], now["places"]), (6, [{"place": "north", "pieces": 5}]))
        self.assertEqual(self.store.read("lookup", 983)["main"], 2)
        self.assertIn("0 items added, 0 changed, 2 as they were", self.store.ask("import", file, "--update").out)
        audit = self.store.ask("audit")
        self.assertEqual(audit.code, 0, audit.out)
        self.assertIn("besides main, no item with less than 0 pieces", audit.out)

    def test_the_history_of_an_item_tells_who_changed_what(self):
        self.store.read("add", "--id", 985, "--title", "Old", "--topic", "past", "--price", "1.00", "--stock", 5)
        self.store.read("price", 985, "2.00")
        self.store.read("edit", 985, "--title", "New")
        order = self.store.read("buy", "985:2")
        self.store.read("terms", 985, "--per-order", 3)
        self.store.read("edit", 985, "--retire")
        told = self.store.read("history", 985)
        self.assertEqual([each["type"] for each in told["events"]],
                         ["items_added", "price_changed", "item_edited", "order_placed", "item_edited", "item_edited"])
        self.assertEqual([each["changes"] for each in told["events"]][1:],
                         [{"price": {"was": 100, "is": 200}}, {"title": {"was": "Old", "is": "New"}}, {"stock": {"was": 5, "is": 3}},
                          {"terms": {"was": {}, "is": {"per_order": 3}}}, {"retired": {"was": False, "is": True}}])
        self.assertEqual((told["item"], told["events"][3]["order"]), (985, order["no"]))
        self.assertNotIn("known_from", told)
        shown = self.store.ask("history", 985).out
        self.assertRegex(shown, r"(?m)^ *\d+  .* UTC  item_edited +- +title 'Old' -> 'New'$")
        self.assertEqual(len(shown.splitlines()), 6)
        self.assertIn("unknown_item", self.store.ask("history", 1_000_000).err)

    # reports

    def lines(self, *arguments):
        return [json.loads(line) for line in self.store.ask(*arguments).out.splitlines()]

    def test_a_report_of_sales_adds_up_to_the_exported_orders(self):
        for item, topic in ((991, "red"), (992, "blue"), (993, "red")):
            self.store.read("add", "--id", item, "--title", f"T{item}", "--topic", topic, "--price", "2.50",
                            "--stock", 50)
        first = self.store.read("buy", "991:5", "992:2", "993:1")
        self.store.read("buy", "992:1")
        self.store.read("sell", "992:9")
        self.store.read("cancel", first["no"], "991:2")
        self.store.read("cancel", first["no"], "991:1", "992:2", "--scrap")
        self.store.read("edit", 993, "--retire")
        row = lambda orders, pieces, back: {
            "orders": orders, "pieces": {"gross": pieces, "taken_back": back, "net": pieces - back},
            "money": {"gross": 250 * pieces, "taken_back": 250 * back, "net": 250 * (pieces - back)}}
        told = self.store.read("report", "sales", "--by", "item")
        items = [each for each in told["groups"] if each["item"] in (991, 992, 993)]
        self.assertEqual(items, [{"item": 991, "title": "T991", **row(1, 5, 3)},
                                 {"item": 992, "title": "T992", **row(2, 3, 2)},
                                 {"item": 993, "title": "T993", **row(1, 1, 0)}])
        topics = {each.pop("topic"): each for each in self.store.read("report", "sales", "--by", "topic")["groups"]}
        self.assertEqual((topics["red"], topics["blue"]), (row(1, 6, 3), row(2, 3, 2)))

        orders = self.lines("export", "orders", "--json-lines")
        bought = [order for order in orders if order["type"] == "buy"]
        back = [each for order in bought for each in order.get("cancellations", [])]
        count = lambda many: sum(line["quantity"] for each in many for line in each["lines"])
        money = lambda many: sum(each["total"] for each in many)
        days = self.store.read("report", "sales")
        for report in (told, days):
            total = report["total"]
            self.assertEqual((total["orders"], report["sells"]), (len(bought), len(orders) - len(bought)))
            self.assertEqual((total["pieces"]["gross"], total["pieces"]["taken_back"]), (count(bought), count(back)))
            self.assertEqual((total["money"]["gross"], total["money"]["taken_back"]), (money(bought), money(back)))
            self.assertEqual(sum(each["money"]["net"] for each in report["groups"]), total["money"]["net"])
        at = lambda ms: time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + f".{ms % 1000:03}Z"
        since = [order for order in bought if order["at"] >= first["at"]]
        self.assertEqual(self.store.read("report", "sales", "--from", at(first["at"]))["total"]["orders"], len(since))
        until = [order for order in bought if order["at"] <= first["at"]]
        self.assertEqual(self.store.read("report", "sales", "--to", at(first["at"]))["total"]["orders"], len(until))
        day = time.strftime("%Y-%m-%d", time.gmtime(first["at"] / 1000))
        self.assertIn(day, [each["day"] for each in days["groups"]])
        self.assertEqual(self.store.read("report", "sales", "--to", "2020-01-01")["groups"], [])

        table = self.store.ask("report", "sales", "--by", "topic")
        self.assertRegex(table.out, r"\n +1 +6 +3 +3 +15\.00 +7\.50 +7\.50  red\n")
        self.assertIn("this is the state of seq ", table.err)
        csv = self.store.ask("report", "sales", "--by", "item", "--csv").out.splitlines()
        self.assertEqual(csv[0], "item,title,orders,pieces,pieces_taken_back,pieces_net,gross,taken_back,net")
        self.assertIn("991,T991,1,5,3,2,12.50,7.50,5.00", csv)
        for wrong in (("stock",), ("sales", "--by", "hour"), ("sales", "--csv", "--json"),
                      ("sales", "--utc-offset", "CET"), ("sales", "--from", "2026-02-30"),
                      ("sales", "--from", "2026-02-02", "--to", "2026-02-01")):
            self.assertEqual(self.store.ask("report", *wrong).code, 2, wrong)
        self.assertEqual(self.store.ask("report", "sales", "--utc-offset", "-03:00").code, 0)

    def test_a_report_and_the_exports_tell_the_places_of_pieces(self):
        self.store.read("add", "--id", 939, "--title", "Deep", "--topic", "depots", "--price", "2.50", "--stock", 10)
        self.store.read("transfer", 939, 8, "--to", "depot", "--open")
        order = self.store.read("buy", "939:5")
        self.store.read("cancel", order["no"], "939:3")
        told = self.store.read("report", "sales", "--by", "place")
        places = {each.pop("place"): each for each in told["groups"]}
        self.assertEqual(places["depot"], {"orders": 1, "pieces": {"gross": 3, "taken_back": 1, "net": 2},
                                           "money": {"gross": 750, "taken_back": 250, "net": 500}})
        self.assertEqual(sum(each["money"]["net"] for each in places.values()), told["total"]["money"]["net"])
        no = str(order["no"])
        rows = [row.split(",")[3:] for row in self.store.ask("export", "movements").out.splitlines()
                if row.startswith("939,")]
        self.assertEqual(rows, [["cancelled", "3", "8", "0", "0", no, "", "", "", "depot=1"],
                                ["bought", "-5", "5", "0", "0", no, "", "", "", "depot=-3"],
                                ["transferred", "0", "10", "0", "0", "", "", "", "", "depot=8"],
                                ["added", "10", "10", "0", "0", "", "", "", "", ""]])
        moved = [each for each in self.lines("export", "movements", "--json-lines") if each["item"] == 939]
        self.assertEqual(moved[1]["places"], [{"place": "depot", "pieces": -3}])
        lines = [each["lines"] for each in self.lines("export", "orders", "--json-lines") if each["no"] == order["no"]]
        self.assertEqual(lines[0][0]["places"], [{"place": "depot", "pieces": 3}])

    def test_the_rows_of_an_order_tell_its_total_once_and_what_was_taken_back(self):
        for item in (955, 956):
            self.store.read("add", "--id", item, "--title", f"T{item}", "--topic", "rows", "--price", "2.50",
                            "--stock", 10)
        self.store.read("transfer", 955, 8, "--to", "annex", "--open")
        order = self.store.read("buy", "955:3", "956:2", "955:1", "--customer", "=ann")
        self.store.read("cancel", order["no"], "955:4")
        rows = self.store.ask("export", "orders").out.splitlines()
        self.assertEqual(rows[0], "order,seq,time,type,customer,key,item,quantity,price,total,state,taken_back,places")
        self.assertEqual([row.split(",", 6)[6] for row in rows if row.startswith(f"{order['no']},")],
                         ["955,3,2.50,15.00,partly_cancelled,3,annex=1", "956,2,2.50,,partly_cancelled,0,",
                          "955,1,2.50,,partly_cancelled,1,annex=1"])

    def test_all_holds_and_movements_are_exported(self):
        self.store.read("add", "--id", 995, "--title", "Moved", "--topic", "moving", "--price", "1.00", "--stock", 5)
        self.store.read("restock", 995, -1, "--reason", "=broken")
        kept = self.store.read("hold", "995:2", "--customer", "ann")
        told = self.store.read("movements", 995)["movements"]
        exported = self.lines("export", "movements", "--json-lines")
        self.assertEqual([each for each in exported if each["item"] == 995], told)
        self.assertEqual({each["item"] for each in exported}, {item["id"] for item in self.items()})
        rows = self.store.ask("export", "movements").out.splitlines()
        self.assertEqual(rows[0], "item,seq,time,kind,delta,stock,held_delta,held,order,hold,reason,by,places")
        self.assertEqual([row.split(",")[3:] for row in rows if row.startswith("995,")],
                         [["held", "0", "4", "2", "2", "", str(kept["no"]), "", "", ""],
                          ["restocked", "-1", "4", "0", "0", "", "", "'=broken", "", ""],
                          ["added", "5", "5", "0", "0", "", "", "", "", ""]])
        self.assertIn(kept, self.lines("export", "holds", "--json"))
        holds = self.store.ask("export", "holds", "--csv").out.splitlines()
        self.assertEqual(holds[0], "hold,seq,time,expires,customer,key,item,quantity,price")
        self.assertIn(f"ann,{kept['key']},995,2,1.00", [row.split(",", 4)[4] for row in holds])
        self.store.read("release", kept["no"])
        self.assertNotIn(kept["no"], [hold["no"] for hold in self.lines("export", "holds", "--json")])

    # subscriptions

    def seqs(self, *options):
        """The seqs that `events` shows for the subscription `till`."""
        shown = self.store.ask("events", "--subscription", "till", "--json", *options)
        self.assertEqual(shown.code, 0, shown.err)
        return [json.loads(line)["seq"] for line in shown.out.splitlines()]

    def test_a_subscriber_that_dies_gets_again_what_it_has_not_acknowledged(self):
        first = self.store.read("add", "--id", 986, "--title", "Followed", "--topic", "counting", "--price", "1.00",
                                "--stock", 50)
        self.store.read("subscribe", "till", "--from", first["version"], "--type", "order_placed,stock_moved",
                        "--ttl", "5m")
        placed = [self.store.read("buy", 986)["seq"] for _ in range(3)]
        self.assertEqual(self.seqs(), placed)
        self.assertEqual(self.seqs("--limit", 2), placed[:2], "nothing was acknowledged")
        self.assertEqual(self.seqs("--limit", 2, "--acknowledge"), placed[:2])
        self.assertEqual(self.seqs(), placed[2:])
        placed.append(self.store.read("restock", 986, 5)["version"])
        self.assertEqual(self.seqs(), placed[2:], "in order, and without the events of the subscription")
        told = self.store.read("subscriptions")
        (till,) = [each for each in told["subscriptions"] if each["name"] == "till"]
        self.assertEqual(till["cursor"], placed[1])
        self.assertIn(f"till: acknowledged up to seq {placed[1]}", self.store.ask("subscriptions").out)
        self.assertIn("never goes back", self.store.ask("acknowledge", "till", placed[0]).err)
        self.assertNotIn("subscription", self.store.read("unsubscribe", "till", "--key", "unsubscribe-1"))
        self.assertIn("unknown_subscription", self.store.ask("events", "--subscription", "till").err)
        audit = self.store.ask("audit")
        self.assertEqual(audit.code, 0, audit.out)

    def test_events_that_a_subscriber_has_not_acknowledged_are_not_trimmed(self):
        self.store.read("subscribe", "slow", "--from", 2)
        trim = ("stream", "trim", "--without-backup", "--dry-run", "--brokers", f"tcp://127.0.0.1:{self.store.base}",
                "--before")
        refused = self.store.ask(*trim, 3)
        self.assertEqual(refused.code, 1, refused)
        self.assertIn("subscription slow has acknowledged the events up to seq 1 only", refused.err)
        self.store.read("unsubscribe", "slow")
        self.assertNotIn("subscription", self.store.ask(*trim, 3).err)

    def test_the_status_tells_how_far_subscriptions_are_behind(self):
        self.store.read("subscribe", "watched", "--from", 1)
        told = r"subscriptions: \d+; the slowest is \d+ events behind"
        wait_for("the status tells it", lambda: re.search(told, self.store.ask("status").out))
        self.store.read("unsubscribe", "watched")

    def test_a_subscription_that_nobody_acknowledges_is_dropped(self):
        self.store.read("subscribe", "short", "--ttl", "200ms")
        names = lambda: [each["name"] for each in self.store.read("subscriptions")["subscriptions"]]
        wait_for("the subscription is dropped", lambda: "short" not in names())
        self.assertIn("unknown_subscription", self.store.ask("acknowledge", "short", 1).err)
        for wrong in (("subscribe", "a b"), ("subscribe", "n", "--ttl", "0s"), ("subscribe", "n", "--type", "no_event"),
                      ("events", "--acknowledge"), ("events", "--subscription", "n", "--from", 1)):
            self.assertEqual(self.store.ask(*wrong).code, 2, wrong)

    def test_an_interrupted_import_says_how_far_it_is_and_goes_on(self):
        rows = 60_000
        file = self.file("id,title,topic,price,stock\n" + "".join(f"{10_000 + i},I{i},many,1.00,1\n" for i in range(rows)))
        ours, its = pty.openpty()
        self.addCleanup(os.close, ours)
        loading = self.popen("import", file, stderr=its)
        os.close(its)
        said = ""
        for part in self.terminal(ours):  # it is read to its end, or the command would wait for its reader
            if f" of {rows} items" in part and f" of {rows} items" not in said:
                loading.send_signal(signal.SIGINT)
            said += part
        code = loading.wait(timeout=60)
        if code == 0:
            self.skipTest("the import ended before the signal came")
        self.assertEqual(code, 3, said)
        self.assertRegex(said, rf"\d+ of the {rows} items of \S+ are loaded; the same command loads the others")
        loaded = self.store.ask("import", file, timeout="60s")
        self.assertEqual(loaded.out, f"{rows} items loaded from {file}\n")

    # listings

    def test_orders_come_newest_first_and_by_time(self):
        numbers = [self.store.read("buy", 1, "--customer", name)["no"] for name in ("list", "list", "else", "list")]
        listed = lambda *more: [order["no"] for order in self.store.read("orders", *more)["orders"]]
        self.assertEqual(listed("--limit", 4), numbers[::-1])
        mine = [numbers[0], numbers[1], numbers[3]]
        self.assertEqual(listed("--customer", "list"), mine[::-1])
        self.assertEqual(listed("--customer", "list", "--oldest"), mine)
        page = self.store.read("orders", "--customer", "list", "--limit", 2)
        self.assertEqual(page["next"], mine[1])
        last = self.store.read("orders", "--customer", "list", "--limit", 2, "--before", page["next"])
        self.assertEqual(([order["no"] for order in last["orders"]], last.get("next")), (mine[:1], None))
        self.assertEqual(listed("--customer", "list", "--after", mine[0]), mine[1:])
        at = self.store.read("order", mine[1])["at"]
        moment = self.moment(at)
        self.assertNotIn(mine[1], listed("--until", moment, "--customer", "list"))
        self.assertIn(mine[1], listed("--since", moment, "--customer", "list"))
        self.assertNotIn(mine[0], [] if self.store.read("order", mine[0])["at"] == at else listed("--since", moment))
        self.assertEqual(listed("--since", "2100-01-01"), [])
        self.assertEqual(listed("--until", "2001-01-01"), [])
        self.assertEqual(listed("--since", "2001-01-01", "--oldest", "--limit", 1), [1])
        self.assertEqual(self.store.ask("orders", "--since", "yesterday").code, 2)
        self.assertIn("there is more: add --before", self.store.ask("orders", "--limit", 1).err)

    def moment(self, milliseconds):
        whole = subprocess.run(["date", "-u", "-d", f"@{milliseconds // 1000}", "+%Y-%m-%dT%H:%M:%S"], capture_output=True,
                               text=True).stdout.strip()
        return f"{whole}.{milliseconds % 1000:03}Z"

    def test_events_are_chosen(self):
        self.store.read("restock", 2, 1)
        events = lambda *more: [json.loads(line) for line in self.store.ask("events", "--json", *more).out.splitlines()]
        everything = events()
        kinds = {event["type"] for event in everything}
        for kind in kinds:
            self.assertEqual(events("--type", kind), [event for event in everything if event["type"] == kind])
        self.assertEqual(events("--type", "items_added,stock_moved"),
                         [event for event in everything if event["type"] in ("items_added", "stock_moved")])
        self.assertEqual([event["seq"] for event in events("--from", 2, "--to", 4)], [2, 3, 4])
        lines = lambda event: event.get("lines", []) + event.get("ended", [])
        touched = lambda event: [event.get("item"), *(line["item"] for line in lines(event)), *(item["id"] for item in event.get("items", []))]
        of_item = events("--item", 2)
        self.assertEqual(of_item, [event for event in everything if 2 in touched(event)])
        self.assertTrue(0 < len(of_item) < len(everything))
        self.assertEqual(len(events("--item", 2, "--limit", 1)), 1)
        self.assertEqual(len(events("--limit", 3)), 3)
        self.assertEqual(len(events("--limit", 2, "--follow")), 2, "it ends when it has shown enough")
        wrong = self.store.ask("events", "--type", "no_such")
        self.assertEqual(wrong.code, 2)
        self.assertIn("order_placed", wrong.err)

    def test_status_is_watched(self):
        watch = self.popen("status", "--watch", "--json")
        for _ in range(2):
            self.assertIn("processes", json.loads(watch.stdout.readline()))
        watch.send_signal(signal.SIGINT)
        watch.stdout.read()
        self.assertIn(watch.wait(timeout=60), (0, 1))


if __name__ == "__main__":
    unittest.main()
