"""Edges inside other processes: a bridge that holds one, and the bridge of a node, which reads the node's."""

import os
import re
import signal
import subprocess
import tempfile
import unittest

from http_client import Http
from store import PYGMY, Single, StoreTest, free_port_base, tcp, wait_for


def ready(http):
    try:
        return http.get("/readyz").status == 200
    except OSError:
        return False


class EdgeOfABridge(StoreTest):
    OPTIONS = ()

    def setUp(self):
        self.paused = []
        self.addCleanup(lambda: [os.kill(pid, signal.SIGCONT) for pid in self.paused])
        port = free_port_base()
        self.log = tempfile.TemporaryFile("w+")
        self.addCleanup(self.log.close)
        self.bridge = subprocess.Popen([PYGMY, "bridge", "--instance", "bridge-7", "--listen", f"127.0.0.1:{port}",
                                        "--brokers", tcp(self.store.base)], stderr=self.log)
        self.addCleanup(self.bridge.wait)
        self.addCleanup(self.bridge.kill)
        self.http = Http(port)
        wait_for("the bridge is ready", lambda: ready(self.http))

    def pause_frontends(self):
        for process in self.store.ps():
            if process["role"] == "frontend":
                self.paused.append(process["pid"])
                os.kill(process["pid"], signal.SIGSTOP)

    def test_it_needs_no_frontend(self):
        item = self.add_item(5)
        self.pause_frontends()
        self.assertEqual(self.http.get(f"/v1/items/{item}").json["stock"], 5)
        order = self.http.write("POST", "/v1/orders", {"lines": [{"item": item, "quantity": 2}]}, "a key")
        self.assertEqual(order.status, 201)
        self.assertEqual(self.http.get(f"/v1/items/{item}").json["stock"], 3)

    def test_a_change_through_a_frontend_shows_in_its_memory_at_once(self):
        item = self.add_item(50)
        for left in range(49, 29, -1):
            self.http.get(f"/v1/items/{item}")
            self.assertEqual(self.store.ask("buy", item).code, 0)
            self.assertEqual(self.http.get(f"/v1/items/{item}").json["stock"], left)

    def test_it_is_known_as_a_frontend_and_gives_its_lease_back(self):
        beat = self.store.beat("bridge-7")
        self.assertEqual((beat["role"], beat["state"]), ("frontend", "live"))
        self.bridge.terminate()
        self.assertEqual(self.bridge.wait(timeout=60), 0)
        wait_for("it is silent or drains", lambda: self.store.beat("bridge-7")["state"] == "draining")

    def test_a_paused_edge_answers_nothing_old(self):
        item = self.add_item(9)
        self.http.get(f"/v1/items/{item}")
        os.kill(self.bridge.pid, signal.SIGSTOP)
        self.assertEqual(self.store.ask("buy", item).code, 0)
        os.kill(self.bridge.pid, signal.SIGCONT)
        self.assertEqual(self.http.get(f"/v1/items/{item}").json["stock"], 8)


class BridgeOfANode(unittest.TestCase):
    # The core measures the time of each request that reaches it; nobody measures what is read from its memory.
    def test_its_cached_look_ups_are_read_from_memory(self):
        base = free_port_base()
        store = Single("--http", base + 62, port_base=base)
        self.addCleanup(store.clean)
        store.start()
        store.ask("add", "--title", "Tea", "--topic", "drinks", "--price", "1.00", "--stock", "7")
        http = Http(base + 62)

        def hits_and_measured():
            text = http.get("/metrics").body.decode()
            return [sum(map(int, re.findall(series + r" (\d+)", text))) for series in
                    (r"pygmy_cache_hits_total\{[^}]*\}", r'pygmy_request_seconds_count\{[^}]*kind="read"\}')]
        self.assertEqual(http.get("/v1/items/1").json["stock"], 7)
        for _ in range(20):
            self.assertEqual(http.get("/v1/items/1").json["stock"], 7)
        wait_for("they are counted as hits", lambda: hits_and_measured()[0] >= 20)
        self.assertLess(hits_and_measured()[1], 10)
        self.assertEqual(store.ask("buy", 1).code, 0)
        self.assertEqual(http.get("/v1/items/1").json["stock"], 6)
        self.assertEqual(store.stop(), 0)


if __name__ == "__main__":
    unittest.main()
