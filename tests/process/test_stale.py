"""Without a broker no answer claims to be current, and an answer to a stale_ok request is marked with its age
(DESIGN 5.9)."""

import time
import unittest

from store import StoreTest, wait_for


class WithoutBroker(StoreTest):
    OPTIONS = (*StoreTest.OPTIONS, "--no-restart")
    AUDIT = False  # there is no stream any more

    def test_only_a_stale_answer_and_only_when_asked_for(self):
        stock = self.store.stock(2)
        self.store.kill("broker-1")
        refused = wait_for("the lease has ended", lambda: self.refusal("lookup", 2))
        self.assertEqual(refused.code, 3, refused)
        self.assertIn("stale-ok", refused.err.replace("stale_ok", "stale-ok"))
        old = self.store.read("lookup", 2, "--stale-ok", "60s")
        self.assertEqual(old["stock"], stock)
        self.assertTrue(old["stale"])
        self.assertGreater(old["version"], 0)
        self.assertGreaterEqual(old["stale_ms"], 0)
        self.assertIn("old", self.store.ask("lookup", 2, "--stale-ok", "60s").err)

        lapsed = time.monotonic()
        wait_for("a bound of 1 s is passed", lambda: self.refusal("lookup", 2, "--stale-ok", "1s"))
        self.assertLess(time.monotonic() - lapsed, 20)

        write = self.store.ask("buy", 2, "--key", "blind", "--json", timeout="1s")
        self.assertEqual(write.code, 3, write)
        self.assertIn("outcome", write.out + write.err)

    def refusal(self, *arguments):
        """Returns the refusal of a frontend. On a busy machine there may be no answer at all within the timeout."""
        answer = self.store.ask(*arguments, timeout="300ms")
        return answer if answer.code and "no store answers" not in answer.err else None


if __name__ == "__main__":
    unittest.main()
