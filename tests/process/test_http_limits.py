"""The limits of the bridge for each address: requests a second and connections, with and without a proxy in front."""

import contextlib
import http.client
import socket
import unittest

from store import BOOKSTORE, free_port_base, Store, wait_for


class HttpLimits(unittest.TestCase):
    BURST = 20
    CONNECTIONS = 5

    @classmethod
    def setUpClass(cls):
        base = free_port_base()
        cls.port = base + 62
        cls.store = Store("--single", "--catalogue", BOOKSTORE, "--http", cls.port, "--rate", 1, "--burst", cls.BURST,
                          "--connections", cls.CONNECTIONS, "--trusted-proxy", "127.0.0.2", port_base=base)
        cls.addClassCleanup(cls.store.clean)
        cls.store.start()

    def ask(self, address, path="/v1/items/1", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60, source_address=(address, 0))
        with contextlib.closing(connection):
            connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            answer.read()
            return answer

    def test_1_one_address_is_refused_and_the_others_are_served(self):
        statuses = [self.ask("127.0.0.3").status for _ in range(3 * self.BURST)]
        self.assertEqual(statuses[:self.BURST], [200] * self.BURST)
        self.assertIn(429, statuses)
        refused = self.ask("127.0.0.3")
        while refused.status != 429:
            refused = self.ask("127.0.0.3")
        self.assertGreaterEqual(int(refused.headers["Retry-After"]), 1)
        self.assertIn("r=0", refused.headers["RateLimit"])
        self.assertEqual(self.ask("127.0.0.4").status, 200)
        self.assertEqual(self.ask("127.0.0.3", "/healthz").status, 200)
        wait_for("the address is served again", lambda: self.ask("127.0.0.3").status == 200)

    def test_2_behind_a_proxy_each_visitor_counts(self):
        for visitor in ("9.9.9.9", "2001:db8::1"):
            statuses = [self.ask("127.0.0.2", X_Forwarded_For=f"1.1.1.{i}, {visitor}").status for i in range(3 * self.BURST)]
            self.assertIn(429, statuses, "a made-up address before it does not help")
        self.assertEqual(self.ask("127.0.0.2", X_Forwarded_For="8.8.8.8").status, 200)

    def test_3_a_stranger_cannot_name_another_address(self):
        statuses = [self.ask("127.0.0.5", X_Forwarded_For=f"7.7.7.{i}").status for i in range(3 * self.BURST)]
        self.assertIn(429, statuses)

    def test_4_connections_of_one_address_are_bounded(self):
        def is_served(held, address):
            with contextlib.suppress(ConnectionError):
                connection = held.enter_context(socket.create_connection(("127.0.0.1", self.port), 60, (address, 0)))
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                return connection.recv(100) != b""
            return False
        with contextlib.ExitStack() as held:
            self.assertEqual([is_served(held, "127.0.0.6") for _ in range(self.CONNECTIONS + 2)],
                             [True] * self.CONNECTIONS + [False] * 2)
            self.assertTrue(is_served(held, "127.0.0.7"))
            self.assertTrue(all(is_served(held, "127.0.0.2") for _ in range(self.CONNECTIONS + 2)), "a proxy is not bounded")

        def is_served_again():
            with contextlib.ExitStack() as held:
                return is_served(held, "127.0.0.6")
        wait_for("the address is served again after its connections have ended", is_served_again)


if __name__ == "__main__":
    unittest.main()
