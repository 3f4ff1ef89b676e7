"""Reports of sales, and exports of orders, holds and movements."""

import json
import time
import unittest

from tasks import TasksTest


class Reports(TasksTest):
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


if __name__ == "__main__":
    unittest.main()
