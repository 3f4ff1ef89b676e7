"""Subscribers of the bridge that do not read are cut off. They cost the bridge and others little, and miss no event."""

import re
import socket
import time
import unittest
import uuid

from http_client import HttpStoreTest, read_all, seq_of
from store import PYGMY, is_sanitized, resident_kib, wait_for

READERS = 40
ITEMS = 200  # items in one event, some 100 kB
EVENTS = 100  # more events than the bridge's window holds


class SlowReaders(HttpStoreTest):
    def add_items(self, count, title):
        items = [{"title": f"{title} {i}", "topic": "tests", "price": 100, "stock": 1} for i in range(count)]
        answer = self.http.write("POST", "/v1/items", {"items": items})
        self.assertEqual(answer.status, 201, answer)
        return answer.json["items"][0]["version"]

    def subscribe(self, place, room=None):
        """Subscribes, and returns the connection without reading. `room`: size of its receive buffer in bytes."""
        connection = socket.socket()
        self.addCleanup(connection.close)
        if room:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        connection.settimeout(20)
        connection.connect(("127.0.0.1", self.http.port))
        connection.sendall(f"GET /v1/events HTTP/1.1\r\nHost: shop\r\nLast-Event-ID: {place}\r\n\r\n".encode())
        return connection

    def streams(self):
        return int(re.search(r"^pygmy_http_streams (\d+)$", self.http.get("/metrics").body.decode(), re.M)[1])

    def test_a_subscriber_that_does_not_read_is_cut_off_and_continues_where_it_was(self):
        for _ in range(EVENTS):
            last = self.add_items(ITEMS, uuid.uuid4().hex + "x" * 340)
        bridge = self.store.process("bridge-1")["pid"]
        before = resident_kib(bridge)
        places = [0, last - EVENTS // 2]  # before the bridge's window, and in it
        stalled = [self.subscribe(places[i % 2], room=4096) for i in range(READERS)]
        wait_for("all have subscribed", lambda: self.streams() == READERS)
        begun = time.monotonic()

        with self.http.stream("/v1/events?type=items_added") as reader:  # another subscriber does not wait for them
            last = self.add_items(1, uuid.uuid4().hex)
            self.assertEqual(seq_of(reader.next(deadline_s=5)[0]), last)
        if not is_sanitized(PYGMY):  # a sanitizer needs memory of its own
            self.assertLess(resident_kib(bridge) - before, 64 * 1024, f"{READERS} readers with some 10 MB before them")
        wait_for("all are cut off", lambda: self.streams() == 0)
        self.assertLess(time.monotonic() - begun, 20)

        left = read_all(stalled[0])
        self.assertLess(len(left), 1024 * 1024, "only the kernel's buffers held data for it")
        got = whole_events(left)
        while got[-1] < last:
            got += whole_events(self.read_until(last, self.subscribe(got[-1])))
        self.assertEqual(got, list(range(1, last + 1)))

    @staticmethod
    def read_until(last, connection):
        """Returns everything up to the end of event `last`, which is small, or of the connection."""
        text = bytearray()
        while not (text.endswith(b"\n\n") and b"id: %d-" % last in text[-1000:]):
            piece = connection.recv(65536)
            if not piece:
                break
            text += piece
        return text


def whole_events(text):
    """Returns the ids of the events that came whole. A browser forgets an event of which it has a part."""
    return [int(found) for found in re.findall(rb"^id: (\d+)-[0-9a-f]+\nevent: .*\ndata: .*\n\n", text, re.M)]


if __name__ == "__main__":
    unittest.main()
