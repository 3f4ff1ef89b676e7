"""A catalogue of real size: this machine's Debian packages. Without an index of packages it has made-up items."""

import subprocess
import unittest

from store import ROOT, StoreTest, scratch_file

ITEMS_MIN = 50_000


def large_catalogue():
    path = scratch_file("large.csv")
    with open(path, "wb") as file:
        made = subprocess.run([str(ROOT / "samples/debian-catalogue")], stdout=file, stderr=subprocess.DEVNULL)
    with open(path, "rb") as file:
        rows = sum(1 for _ in file)
    if made.returncode != 0 or rows < ITEMS_MIN:
        with open(path, "w") as text:
            text.write("id,title,topic,price,stock\n")
            text.writelines(f"{i},\"package-{i}, a made-up thing\",section {i % 50},{i % 90}.99,{i % 100}\n"
                            for i in range(1, ITEMS_MIN + 10_001))
    return path


class Large(StoreTest):
    OPTIONS = ("--catalogue", large_catalogue())

    def test_it_is_all_there(self):
        page = self.store.read("search", "--limit", 1, "--after", ITEMS_MIN - 1)
        self.assertEqual(page["items"][0]["id"], ITEMS_MIN)
        self.store.wait_level()
        item = self.store.read("lookup", 12_345)
        self.assertEqual(self.store.read("lookup", item["title"])["id"], 12_345)
        found = self.store.read("search", "--text", item["title"].split(",")[0], "--limit", 1000)
        self.assertIn(12_345, [hit["id"] for hit in found["items"]])

    def test_every_view_is_rebuilt_from_it(self):
        pid = self.store.kill("catalog-2")
        self.store.wait_restarted("catalog-2", pid)
        self.store.wait_level()


if __name__ == "__main__":
    unittest.main()
