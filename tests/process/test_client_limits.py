"""The requests a second and the connections that one client may have."""

import contextlib
import socket
import sys
import time
import unittest

from store import BOOKSTORE, ROOT, Single, wait_for

sys.path[:0] = [str(ROOT / "tests/protocol"), str(ROOT / "faults")]
import client as protocol  # noqa: E402
from peer import Peer, was_answered  # noqa: E402


class RateTest(unittest.TestCase):
    RATE, BURST = 5, 50

    @classmethod
    def setUpClass(cls):
        cls.store = Single("--catalogue", BOOKSTORE, "--client-rate", cls.RATE, "--client-burst", cls.BURST)
        cls.addClassCleanup(cls.store.clean)
        cls.store.start()

    def client(self):
        client = protocol.Client(self.store.frontends)
        self.addCleanup(client.close)
        return client

    def look_up(self, client, times=1, **header):
        """Sends look-ups in one frame. Returns the message of the refusal of each, or "ok"."""
        headers = ({"v": 1, "t": "lookup", "id": i + 1, "ttl": 60_000, **header} for i in range(times))
        client.sockets[0].send(protocol.frame(*(part for each in headers for part in (each, {"item": 1}))))
        answers = []

        def all_are_answered():
            answers.extend(client.receive(time.monotonic() + 1))
            return len(answers) == times
        wait_for("all look-ups are answered", all_are_answered)
        return [f"{header['err']}: {body['message']}" if "err" in header else "ok" for header, body in answers]

    def assert_used_up(self, told, whom):
        """The burst was served, and all other look-ups are refused."""
        self.assertGreaterEqual(told.count("ok"), self.BURST)
        busy = f"busy: this {whom} may send {self.RATE} requests a second, and {self.BURST} at once: try again in 1 s"
        self.assertEqual(set(told), {"ok", busy})

    def test_a_client_that_asks_too_often_is_busy_and_the_others_are_not(self):
        greedy, modest = self.client(), self.client()
        self.assert_used_up(self.look_up(greedy, 10 * self.BURST), "connection")
        self.assertEqual(self.look_up(modest), ["ok"])
        wait_for("the client is served again", lambda: self.look_up(greedy) == ["ok"])
        wait_for("the frontend tells how many it refused",
                 lambda: self.store.beat("frontend-1")["counters"]["over_rate"] > 0)

    def test_all_connections_with_one_token_share_its_rate(self):
        mine, others = (self.store.read("grant", "reader")["token"].encode() for _ in range(2))
        first, second = self.client(), self.client()
        for token in (mine, others):  # from now on the frontend knows their credentials
            self.assertEqual(self.look_up(first, token=token), ["ok"])
        told = self.look_up(first, 5 * self.BURST, token=mine) + self.look_up(second, 5 * self.BURST, token=mine)
        self.assert_used_up(told, "token")
        self.assertLess(told.count("ok"), 2 * self.BURST, "each connection has a rate of its own")
        self.assertEqual(self.look_up(second, token=others), ["ok"])


class ConnectionsTest(unittest.TestCase):
    """One address may have so many connections to a frontend."""
    MAX = 8

    @classmethod
    def setUpClass(cls):
        cls.store = Single("--catalogue", BOOKSTORE, "--client-connections", cls.MAX)
        cls.addClassCleanup(cls.store.clean)
        cls.store.start()

    def refused(self):
        return self.store.beat("frontend-1")["counters"].get("connections_refused", 0)

    def dial(self, address, number):
        """Opens connections and returns those that were greeted before they were closed."""
        peers = []
        for _ in range(number):
            with contextlib.suppress(OSError):
                peers.append(Peer(self.store.base + 10, timeout_s=30, address=address))
                self.addCleanup(peers[-1].close)
        return peers

    @staticmethod
    def is_served(peer):
        with contextlib.suppress(OSError, StopIteration):
            return was_answered(peer.ask("lookup", {"item": 1}))
        return False

    def test_an_address_with_many_connections_gets_no_more_and_others_are_served(self):
        before = self.refused()
        greedy = self.dial("127.0.0.2", 3 * self.MAX)
        wait_for("those that are too many are closed and counted", lambda: self.refused() == before + 2 * self.MAX)
        self.assertEqual([self.is_served(peer) for peer in greedy[:self.MAX]], [True] * self.MAX)
        self.assertFalse(any(self.is_served(peer) for peer in greedy[self.MAX:]))
        self.assertEqual([self.is_served(peer) for peer in self.dial("127.0.0.3", self.MAX)], [True] * self.MAX)
        self.assertIn("127.0.0.2 has as many connections here as an address may have (8", self.store.log("node-1"))
        for peer in greedy:
            peer.close()
        wait_for("the address gets in again", lambda: any(map(self.is_served, self.dial("127.0.0.2", 1))))


class ConnectionsWithKeysTest(unittest.TestCase):
    """Strangers that do not even begin a handshake count, too."""
    MAX = 8

    def test_a_stranger_with_many_connections_keeps_no_client_out(self):
        store = Single("--secure", "--catalogue", BOOKSTORE, "--client-connections", self.MAX)
        self.addCleanup(store.clean)
        store.start()
        store.environment = {"PYGMY_KEY_FILE": store.data + "/keys/operator.key"}
        for _ in range(3 * self.MAX):
            stranger = socket.create_connection(("127.0.0.1", store.base + 10), 60, ("127.0.0.2", 0))
            self.addCleanup(stranger.close)
        self.assertEqual(store.ask("lookup", 1).code, 0)
        wait_for("those that are too many are counted",
                 lambda: store.beat("frontend-1")["counters"].get("connections_refused", 0) >= 2 * self.MAX)


class OneASecondTest(unittest.TestCase):
    """Each command has a connection of its own. Its first request is served, and its second one comes too early."""
    TOLD = "the store refuses, because this client asks too often: this connection may send 1 requests a second"

    @classmethod
    def setUpClass(cls):
        cls.store = Single("--catalogue", BOOKSTORE, "--client-rate", 1)
        cls.addClassCleanup(cls.store.clean)
        cls.store.start()

    def test_a_command_asks_again_after_the_time_that_it_is_told(self):
        told = self.store.ask("lookup", 1, timeout="30s")
        self.assertEqual((told.code, told.err), (0, ""), "the item and then the currency")

    def test_a_command_that_may_not_wait_so_long_says_that_it_asks_too_often(self):
        told = self.store.ask("lookup", 1, timeout="500ms")
        self.assertEqual(told.code, 0, told)
        self.assertIn(f"the store does not tell its currency, so amounts are shown with two decimals: busy: {self.TOLD}", told.err)
        told = self.store.ask("price", 1, "5.00", timeout="500ms")
        self.assertEqual(told.code, 3, told)
        self.assertIn(f"pygmy: busy: {self.TOLD}", told.err)
        self.assertNotIn("pygmy outcome", told.err, "the change surely had no effect")


if __name__ == "__main__":
    unittest.main()
