"""A store that is stopped and started again continues where it stopped."""

import shutil
import signal
import unittest

from store import BOOKSTORE, Store, alive, wait_for


class Restart(unittest.TestCase):
    def test_a_store_on_the_same_data_continues(self):
        store = Store("--catalogue", BOOKSTORE)
        self.addCleanup(store.clean)
        store.start()
        stock = store.stock(1)
        first = store.read("buy", 1, "--key", "kept")
        pids = [p["pid"] for p in store.ps()]
        self.assertEqual(store.stop(), 0)
        self.assertFalse(any(alive(pid) for pid in pids))

        store.start()
        self.assertEqual(store.stock(1), stock - 1, "the catalogue was not loaded again")
        self.assertEqual(store.read("buy", 1, "--key", "kept")["no"], first["no"])
        self.assertEqual(store.read("buy", 1)["no"], first["no"] + 1)

        self.assertEqual(store.stop(signal.SIGINT), 0)
        store.options = ()
        store.start()
        self.assertEqual(store.stock(1), stock - 2)
        self.assertEqual(store.ask("audit").code, 0)

    def test_a_killed_up_takes_its_children_along_and_starts_again(self):
        store = Store("--catalogue", BOOKSTORE)
        self.addCleanup(store.clean)
        store.start()
        order = store.read("buy", 1)["no"]
        pids = [p["pid"] for p in store.ps()]
        store.stop(signal.SIGKILL)
        wait_for("no child outlives it", lambda: not any(alive(pid) for pid in pids))
        store.start()
        self.assertEqual(store.read("buy", 1)["no"], order + 1)

    def test_a_replica_that_lost_its_data_has_all_of_it_again(self):
        store = Store("--catalogue", BOOKSTORE)
        self.addCleanup(store.clean)
        store.start()
        store.read("buy", 1)
        self.assertEqual(store.stop(), 0)
        shutil.rmtree(store.data + "/catalog-1")
        shutil.rmtree(store.data + "/order-2")
        store.start()
        store.wait_level()
        self.assertEqual(store.ask("audit").code, 0)

    def test_views_of_another_store_are_refused(self):
        store, other = (Store("--catalogue", BOOKSTORE) for _ in range(2))
        for each in (store, other):
            self.addCleanup(each.clean)
            each.start()
            if each is store:
                each.read("buy", 1)
            self.assertEqual(each.stop(), 0)
        shutil.rmtree(store.data + "/catalog-1")
        shutil.copytree(other.data + "/catalog-1", store.data + "/catalog-1")
        store.start(ready=False)
        self.assertEqual(store.up.wait(timeout=60), 1)
        self.assertRegex(store.printed(), "does not start: .*this view is of store")


if __name__ == "__main__":
    unittest.main()
