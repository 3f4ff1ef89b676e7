"""The promises G1, G3 and G4 while nothing fails."""

import concurrent.futures
import unittest

from store import StoreTest, pygmy


class Promises(StoreTest):
    def test_of_two_who_change_what_both_saw_one_is_refused(self):
        seen = self.store.read("lookup", 2)["version"]
        self.assertEqual(self.store.ask("price", 2, "9.99", "--expect-version", seen).code, 0)
        refused = self.store.ask("restock", 2, 1, "--expect-version", seen, "--json")
        self.assertEqual((refused.code, refused.json["error"]["code"]), (1, "version_changed"), refused)
        self.assertEqual(refused.json["error"]["version"], self.store.read("lookup", 2)["version"])

    def test_every_process_says_that_it_is_well(self):
        for process in self.store.ps():
            self.assertEqual(pygmy("health", "--of", process["endpoint"]).code, 0, process)
        self.assertEqual(pygmy("health", environment={"PYGMY_LISTEN": self.store.frontends[0]}).code, 0)
        nobody = pygmy("health", "--of", "tcp://127.0.0.1:1")
        self.assertEqual(nobody.code, 1, nobody)

    def test_a_hundred_pieces_make_exactly_a_hundred_orders(self):
        item = self.add_item(stock=100)
        with concurrent.futures.ThreadPoolExecutor(12) as buyers:
            ends = list(buyers.map(lambda n: self.store.ask("buy", item, "--json", "--customer", f"buyer-{n}"), range(130)))
        self.assertEqual(sorted(end.code for end in ends), [0] * 100 + [1] * 30)
        orders = {end.json["no"] for end in ends if end.code == 0}
        self.assertEqual(len(orders), 100)
        self.assertEqual({end.json["error"]["code"] for end in ends if end.code == 1}, {"out_of_stock"})
        self.assertEqual(self.store.stock(item), 0)

    def test_the_same_key_gives_the_same_order_through_any_frontend(self):
        item = self.add_item(stock=10)
        bought = [self.store.read("buy", item, "--qty", 2, "--key", "again", frontends=[frontend])
                  for frontend in self.store.frontends * 2]
        self.assertEqual(len({order["no"] for order in bought}), 1)
        self.assertEqual(self.store.stock(item), 8)

    def test_the_same_key_with_another_body_is_refused(self):
        item = self.add_item(stock=10)
        self.store.read("buy", item, "--key", "one-body")
        refused = self.store.ask("buy", item, "--qty", 2, "--key", "one-body", "--json")
        self.assertEqual((refused.code, refused.json["error"]["code"]), (1, "key_reused"))
        self.assertEqual(self.store.stock(item), 9)

    def test_the_outcome_of_a_key_is_final(self):
        item = self.add_item(stock=10)
        order = self.store.read("buy", item, "--key", "done")["no"]
        self.assertIn(str(order), self.store.ask("outcome", "done").out)
        self.store.read("outcome", "never-used")
        late = self.store.ask("buy", item, "--key", "never-used", "--json")
        self.assertEqual((late.code, late.json["error"]["code"]), (1, "key_voided"))
        self.assertEqual(self.store.stock(item), 9)

    def test_one_frontend_shows_what_the_other_has_acknowledged(self):
        item = self.add_item(stock=1000)
        one, other = [self.store.frontends[0]], [self.store.frontends[-1]]
        left = 1000
        for _ in range(25):
            self.assertEqual(self.store.stock(item, frontends=other), left)  # the item is in its cache now
            self.store.read("buy", item, frontends=one)
            left -= 1
            self.assertEqual(self.store.stock(item, frontends=other), left)
            one, other = other, one

    def test_an_order_of_several_items_is_whole_or_nothing(self):
        plenty, none = self.add_item(stock=10), self.add_item(stock=0)
        refused = self.store.ask("buy", f"{plenty}:3", f"{none}:1", "--json")
        self.assertEqual((refused.code, refused.json["error"]["code"]), (1, "out_of_stock"))
        self.assertEqual(self.store.stock(plenty), 10)


if __name__ == "__main__":
    unittest.main()
