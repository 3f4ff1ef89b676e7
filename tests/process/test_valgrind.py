"""From start to stop, with a few requests in between, no process reads what it did not write or forgets what it owns."""

import pathlib
import re
import tempfile
import unittest

from store import BOOKSTORE, Store, wait_for

# Everything is some thirty times slower.
PATIENCE = ("--lease-ms", 10_000, "--heartbeat-ms", 500, "--catalogs", 1, "--orders", 1, "--frontends", 1)
SUMMARY = re.compile(r"ERROR SUMMARY: (\d+) errors")
LOST = re.compile(r"(?:definitely|indirectly) lost: ([\d,]+) bytes")


class UnderValgrind(unittest.TestCase):
    def test_start_and_stop(self):
        with tempfile.TemporaryDirectory(prefix="pygmy-") as logs:
            store = Store("--catalogue", BOOKSTORE, *PATIENCE, under=(
                "valgrind", "--quiet", "--verbose", "--trace-children=yes", "--leak-check=full", "--errors-for-leak-kinds=definite",
                f"--log-file={logs}/%p"))
            self.addCleanup(store.clean)
            store.start(ready=False)
            wait_for("the store is ready", store.is_ready, deadline_s=120)
            only = [store.frontends[0]]
            self.assertEqual(store.read("buy", 1, frontends=only, timeout="30s")["order"], 1)
            self.assertEqual(store.stock(1, frontends=only, timeout="30s"), 999)
            self.assertEqual(store.ask("lookup", 99, frontends=only, timeout="30s").code, 1)
            self.assertEqual(store.stop(), 0)
            found = {path.name: path.read_text() for path in pathlib.Path(logs).iterdir()}
        self.assertEqual(len(found), 5, "`up` and its four children")
        for text in found.values():
            self.assertEqual(SUMMARY.findall(text)[-1:], ["0"], text)
            self.assertEqual(set(LOST.findall(text)) - {"0"}, set(), text)


if __name__ == "__main__":
    unittest.main()
