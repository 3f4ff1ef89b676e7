"""Commands for items: edits, terms of sale, details, thresholds, counts, places, and what became of an item."""

import json
import unittest

from store import wait_for
from tasks import TasksTest


class Items(TasksTest):
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


if __name__ == "__main__":
    unittest.main()
