"""The HTTP bridge as it starts and stops, without a store, and on a stream that was trimmed."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import msgpack
import zmq

from http_client import Http, read_all, seq_of
from store import BOOKSTORE, PYGMY, Store, free_port_base, pygmy, tcp, wait_for


class Stopping(unittest.TestCase):
    def test_requests_under_way_are_answered_and_streams_end(self):
        base = free_port_base()
        store = Store("--catalogue", BOOKSTORE, "--http", base + 62, port_base=base)
        self.addCleanup(store.clean)
        store.start()
        http = Http(base + 62)
        self.assertEqual(http("POST", "/ops/processes/order-1/kill").status, 403)
        with http.stream("/v1/events") as events:
            self.assertEqual(store.stop(), 0)
            self.assertEqual(events.response.read().replace(b"retry: 1000\n\n", b"").replace(b": beat\n\n", b""), b"")
        with self.assertRaises(OSError):
            http.get("/healthz")

    def test_a_request_under_way_is_answered_although_the_signal_to_stop_comes_twice(self):
        base = free_port_base()
        store = Store("--catalogue", BOOKSTORE, "--orders", 1, "--http", base + 62, port_base=base)
        self.addCleanup(store.clean)
        store.start()
        http = Http(base + 62)
        store.kill("order-1", signal.SIGSTOP)
        body = json.dumps({"lines": [{"item": 1, "quantity": 1}]}).encode()
        with socket.create_connection(("127.0.0.1", http.port), timeout=20) as waiting:
            waiting.sendall(b"POST /v1/orders HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: k\r\nContent-Length: %d\r\n\r\n%s"
                            % (len(body), body))
            self.assertEqual(http.get("/healthz").status, 200)  # with its one thread it has read the order by now
            bridge = store.kill("bridge-1", signal.SIGTERM)

            def refuses():
                try:
                    socket.create_connection(("127.0.0.1", http.port)).close()
                    return False
                except OSError:
                    return True
            wait_for("it takes nothing new", refuses)
            os.kill(bridge, signal.SIGTERM)
            store.kill("order-1", signal.SIGCONT)
            self.assertTrue(read_all(waiting).startswith(b"HTTP/1.1 201 "))

    def test_without_a_store_it_says_so(self):
        base = free_port_base()
        log = tempfile.TemporaryFile("w+")
        self.addCleanup(log.close)
        bridge = subprocess.Popen([PYGMY, "bridge", "--listen", f"127.0.0.1:{base}", "--frontend", tcp(base + 1)], stderr=log)
        self.addCleanup(bridge.wait)
        self.addCleanup(bridge.terminate)
        http = Http(base)

        def answers():
            try:
                return http.get("/healthz").status == 200
            except OSError:
                return False
        wait_for("the bridge listens", answers)
        self.assertEqual(http.get("/readyz", X_Request_Id="id-7").status, 503)

        def logged():
            log.seek(0)
            return 'request id-7: "GET /readyz" was answered with 503' in log.read()
        wait_for("the id is in the log", logged)
        begun = time.monotonic()
        order = http.write("POST", "/v1/orders", {"lines": [{"item": 1, "quantity": 1}]}, "a key")
        self.assertEqual(order.status, 504)
        self.assertEqual(order.json["outcome"], "/v1/outcomes/a%20key")
        self.assertEqual(order.headers["Location"], order.json["outcome"])
        self.assertLess(time.monotonic() - begun, 8)
        self.assertEqual(http.get("/v1/items/1").status, 503)

    def test_a_subscriber_whose_place_was_trimmed_is_reset(self):
        """A process between bridge and frontend pretends that the first events were trimmed."""
        base = free_port_base()
        store = Store("--catalogue", BOOKSTORE, port_base=base)
        self.addCleanup(store.clean)
        store.start()
        trimmed = Trimmed(base + 60, store.frontends[0], first=5)
        self.addCleanup(trimmed.stop)
        bridge = subprocess.Popen([PYGMY, "bridge", "--listen", f"127.0.0.1:{base + 62}", "--frontend", tcp(base + 60)],
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(bridge.wait)
        self.addCleanup(bridge.terminate)
        http = Http(base + 62)
        wait_for("the bridge is ready", lambda: is_ready(http))
        with http.stream("/v1/events", Last_Event_ID="1") as events:
            place, kind, data = events.next()
            self.assertEqual((kind, data), ("reset", {"seq": seq_of(place)}))
            self.assertGreater(data["seq"], 1)
            self.assertEqual(seq_of(events.next()[0]), data["seq"] + 1)

    def test_a_port_that_is_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            refused = pygmy("bridge", "--listen", f"127.0.0.1:{port}")
            self.assertEqual(refused.code, 1)
            self.assertIn("--listen", refused.err)


class Trimmed(threading.Thread):
    """A frontend whose stream begins with seq `first`. It passes requests on to a real frontend."""

    def __init__(self, port, frontend, first):
        super().__init__()
        self.port, self.frontend, self.first = port, frontend, first
        self.over = threading.Event()
        self.start()

    def run(self):
        with zmq.Context() as context, context.socket(zmq.ROUTER) as clients, context.socket(zmq.DEALER) as store:
            clients.bind(tcp(self.port))
            store.connect(self.frontend)
            client = None  # the bridge, the only client
            while not self.over.is_set():
                if clients.poll(20):
                    client, *more, frame = clients.recv_multipart()
                    store.send(self.changed(frame))
                while client and store.poll(0):
                    clients.send_multipart([client, *more, store.recv()])
            context.destroy(linger=0)

    def changed(self, frame):
        parts = msgpack.Unpacker()
        parts.feed(frame)
        messages = list(parts)
        for header, body in zip(messages[::2], messages[1::2]):
            if header["t"] == "events":
                body["from"] = max(body["from"], self.first)
        return b"".join(map(msgpack.packb, messages))

    def stop(self):
        self.over.set()
        self.join()


def is_ready(http):
    try:
        return http.get("/readyz").status == 200
    except OSError:
        return False


if __name__ == "__main__":
    unittest.main()
