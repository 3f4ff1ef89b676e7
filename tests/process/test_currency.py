"""The currency of a store: commands, HTTP and files tell the same, and a wrong one is refused."""

import pathlib
import tempfile
import unittest

from http_client import Http
from store import Store, free_port_base, pygmy


class Currency(unittest.TestCase):
    def setUp(self):
        home = tempfile.TemporaryDirectory(prefix="pygmy-")
        self.addCleanup(home.cleanup)
        self.home = pathlib.Path(home.name)

    def start(self, name, *options):
        base = free_port_base()
        store = Store(*options, "--http", base + 62, data=str(self.home / name), port_base=base)
        self.addCleanup(store.clean)
        store.start()
        store.web = Http(base + 62)
        return store

    def stop(self, store):
        self.assertEqual(store.stop(), 0)

    def file(self, name, text):
        path = self.home / name
        path.write_text(text)
        return path

    def refused(self, result, words, code):
        self.assertEqual(result.code, code, result)
        self.assertIn(words, result.err)

    def test_everybody_tells_the_currency_of_the_store_and_a_wrong_one_is_refused(self):
        tea = self.file("tea.csv", "title,topic,price,stock\nSencha,tea,2500,10\n")
        store = self.start("yen", "--currency", "JPY", "--catalogue", tea)
        self.assertIn("  2500 JPY  10 in stock", store.ask("lookup", "Sencha").out)
        self.assertEqual(store.read("lookup", "Sencha")["price"], 2500)
        self.assertIn("total 5000 JPY", store.ask("buy", "1:2").out)
        self.refused(store.ask("price", 1, "25.50"), "is not an amount in JPY", 2)
        self.assertIn("2600 JPY", store.ask("price", 1, "2600").out)
        self.refused(store.ask("buy", 1, "--expect-price", "2500"), "price_changed: the price of item 1 is 2600 JPY now", 1)
        changes = ("events", "--type", "price_changed")
        self.assertIn('"price":"2600 JPY","was":"2500 JPY"', store.ask(*changes).out)
        self.assertIn('"price":2600,"was":2500', store.ask(*changes, "--json").out)
        yen = {"code": "JPY", "digits": 0}
        self.assertEqual(store.web.get("/v1/store").json["currency"], yen)
        self.assertEqual(store.web.get("/v1/status").json["currency"], yen)
        self.assertIn("currency JPY, 0 decimals", store.ask("status").out)
        self.assertIn("2600 JPY", store.ask("at", store.status()["commit"], "lookup", 1).out)

        # Files name it, and a file in another currency does not come in.
        exported = store.ask("export", "items").out
        self.assertEqual(exported, "id,title,topic,price,stock,retired,terms,places,description,topics,attributes,low,currency\n"
                                   "1,Sencha,tea,2600,8,,,,,,,,JPY\n")
        self.assertTrue(store.ask("export", "orders").out.startswith(
            "order,seq,time,type,customer,key,item,quantity,price,total,state,taken_back,places,currency\n"))
        euros = self.file("euros.csv", "title,topic,price,stock,currency\nAssam,tea,25.50,1,EUR\n")
        self.refused(store.ask("import", euros), "the price is in EUR, but the store has JPY", 2)
        self.refused(store.ask("import", tea, "--currency", "EUR"), "the store has JPY", 2)
        self.assertEqual(store.ask("import", euros, "--dry-run").code, 0, "no store is asked")
        self.stop(store)

        # It is kept, and no other replaces it.
        wrong = pygmy("up", "--data", store.data, "--port-base", store.base, "--http", "off", "--currency", "USD")
        self.refused(wrong, "the currency of this store is JPY", 1)
        store.start()
        self.assertIn("2600 JPY", store.ask("lookup", 1).out)
        self.stop(store)

    def test_a_currency_of_three_decimals_comes_back_out_of_a_file(self):
        gold = self.file("gold.csv", "title,topic,price,stock\nGold,metals,1.250,5\n")
        store = self.start("dinars", "--currency", "KWD", "--catalogue", gold, "--single")
        exported = self.file("exported.csv", store.ask("export", "items").out)
        self.stop(store)
        other = self.start("other", "--currency", "KWD", "--catalogue", exported, "--single")
        self.assertEqual(other.read("lookup", 1)["price"], 1250)
        self.stop(other)
        euro = self.start("euro", "--currency", "EUR", "--single")
        self.refused(euro.ask("import", exported), "the price is in KWD, but the store has EUR", 2)
        self.stop(euro)

    def test_a_store_without_a_currency_is_as_before_and_gets_none(self):
        store = self.start("plain", "--single", "--catalogue",
                           self.file("plain.csv", "id,title,topic,price,stock\n7,Tux,toys,25.5,3\n"))
        self.assertEqual(store.ask("export", "items").out, 
                         "id,title,topic,price,stock,retired,terms,places,description,topics,attributes,low\n7,Tux,toys,25.50,3,,,,,,,\n")
        self.assertNotIn("currency", store.web.get("/v1/store").json)
        self.assertNotIn("currency", store.status())
        self.stop(store)
        late = pygmy("up", "--data", store.data, "--port-base", store.base, "--http", "off", "--single",
                     "--currency", "EUR")
        self.refused(late, "created without a currency", 1)

    def test_a_code_that_is_none_is_refused(self):
        wrong = pygmy("up", "--data", self.home / "none", "--currency", "EUT")
        self.refused(wrong, "'EUT' is not a currency", 2)
        self.assertFalse((self.home / "none").exists())


if __name__ == "__main__":
    unittest.main()
