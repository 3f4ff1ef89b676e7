"""The HTTP bridge and connections: hostile and odd bytes, slow and idle clients."""

import json
import socket
import time
import unittest
import uuid

from http_client import HttpStoreTest, read_all
from store import PYGMY, is_sanitized, resident_kib


class Connections(HttpStoreTest):
    def test_requests_that_could_be_taken_for_two_are_refused(self):
        rest = "Host: shop\r\n"
        body = "\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: shop\r\n\r\n"
        for name, head in {
                "CL and TE": rest + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
                "TE and CL": rest + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
                "two CL": rest + "Content-Length: 5\r\nContent-Length: 6\r\n",
                "the same CL twice": rest + "Content-Length: 5\r\nContent-Length: 5\r\n",
                "a list of CL": rest + "Content-Length: 5, 5\r\n",
                "a signed CL": rest + "Content-Length: +5\r\n",
                "a negative CL": rest + "Content-Length: -5\r\n",
                "another coding": rest + "Transfer-Encoding: gzip, chunked\r\n",
                "a coding like chunked": rest + "Transfer-Encoding: xchunked\r\n",
                "two codings": rest + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                "a folded header": rest + "X: a\r\n b\r\n",
                "a space before the colon": rest + "Content-Length : 5\r\n",
                "no Host": "",
                "two Hosts": rest + rest,
                "a bare LF": rest + "X: a\nY: b\r\n",
                "a NUL": rest + "X: a\0b\r\n"}.items():
            with self.subTest(name):
                got = self.http.raw(f"POST /v1/orders HTTP/1.1\r\n{head}{body}".encode())
                self.assertTrue(got.startswith(b"HTTP/1.1 400 "), got)
                self.assertEqual(got.count(b"HTTP/1.1 "), 1, "no second answer follows")

    def test_headers_after_the_body_are_not_taken_for_headers(self):
        body = b'{"lines":[{"item":2,"quantity":1}]}'
        chunk = b"%x\r\n%s\r\n" % (len(body), body)
        for end, status in ((b"0\r\nIdempotency-Key: late\r\n\r\n", b"400"), (b"0\r\n\r\n", b"201")):
            key = b"" if b"Key" in end else b"Idempotency-Key: %s\r\n" % uuid.uuid4().hex.encode()
            got = self.http.raw(b"POST /v1/orders HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + key +
                                b"Transfer-Encoding: chunked\r\n\r\n" + chunk + end)
            self.assertTrue(got.startswith(b"HTTP/1.1 " + status), got)
        self.assertIn(b"after the body", self.http.raw(b"POST /v1/orders HTTP/1.1\r\nHost: a\r\nIdempotency-Key: k\r\n"
                                                       b"Transfer-Encoding: chunked\r\n\r\n" + chunk + b"0\r\nX: y\r\n\r\n"))

    def test_broken_requests(self):
        for name, data, status in [
                ("no HTTP", b"hello\r\n\r\n", b"400"),
                ("TLS", bytes.fromhex("160301020001000001fc0303") + b"\r\n\r\n", b"400"),
                ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"505"),
                ("a bad chunk", b"POST /orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n", b"400"),
                ("a large head", b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20000 + b"\r\n\r\n", b"431"),
                ("a large body", b"POST /v1/orders HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n", b"413"),
                ("another expectation", b"POST /v1/orders HTTP/1.1\r\nHost: a\r\nExpect: pigs\r\nContent-Length: 5\r\n\r\n",
                 b"417"),
                ("an absolute target", b"GET http://shop/healthz HTTP/1.1\r\nHost: other\r\n\r\n", b"200"),
                ("a target of another host", b"GET http://other/ HTTP/1.1\r\nHost: a\r\n\r\n", b"421"),
                ("two hosts in HTTP/1.0", b"GET / HTTP/1.0\r\nHost: a\r\nHost: other\r\n\r\n", b"400"),
                ("another host", b"GET / HTTP/1.1\r\nHost: other\r\n\r\n", b"421")]:
            with self.subTest(name):
                got = self.http.raw(data, wait_s=3)
                self.assertTrue(got.startswith(b"HTTP/1.1 " + status), got[:200])
        self.status(200, self.http.get("/healthz"))

    def test_a_client_of_http10_knows_when_the_answer_ends(self):
        one = b"GET /v1/items/2 HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"
        got = self.http.raw(one + one.replace(b"Connection: keep-alive\r\n", b""), wait_s=20)
        self.assertEqual(got.count(b"Connection: keep-alive\r\n"), 1)
        self.assertEqual(got.count(b'{"id":2,'), 2)

    def test_requests_in_a_row_on_one_connection(self):
        one = b"GET /v1/items/2 HTTP/1.1\r\nHost: a\r\n\r\n"
        head = b"HEAD /v1/items/2 HTTP/1.1\r\nHost: a\r\n\r\n"
        last = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        got = self.http.raw(one * 20 + head + last, wait_s=20)
        self.assertEqual(got.count(b"HTTP/1.1 200 OK"), 22)
        self.assertEqual(got.count(b'{"id":2,'), 20, "the answer to HEAD has no body")
        self.assertTrue(got.endswith(b"ok\n"))

    def test_a_body_in_chunks_and_one_that_is_announced(self):
        item = self.add(9)
        body = json.dumps({"lines": [{"item": item, "quantity": 1}]}).encode()
        head = b"POST /v1/orders HTTP/1.1\r\nHost: a\r\nIdempotency-Key: %s\r\n"
        chunks = b"".join(b"1\r\n" + bytes([byte]) + b"\r\n" for byte in body) + b"0\r\n\r\n"
        got = self.http.raw(head % uuid.uuid4().hex.encode() + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
        self.assertTrue(got.startswith(b"HTTP/1.1 201 "), got)
        with socket.create_connection(("127.0.0.1", self.http.port), timeout=10) as connection:
            connection.sendall(head % uuid.uuid4().hex.encode() + b"Connection: close\r\nExpect: 100-continue\r\nContent-Length: "
                               + str(len(body)).encode() + b"\r\n\r\n")
            self.assertEqual(connection.recv(100), b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.sendall(body)
            self.assertTrue(read_all(connection).startswith(b"HTTP/1.1 201 "))

    def test_a_slow_client_is_cut_off_and_nobody_waits_for_it(self):
        with socket.create_connection(("127.0.0.1", self.http.port), timeout=20) as slow:
            slow.sendall(b"GET / HTTP/1.1\r\n")
            begun = time.monotonic()
            self.status(200, self.http.get("/healthz"))
            for _ in range(5):  # a header every second does not extend the deadline
                time.sleep(1)
                slow.sendall(b"X: y\r\n")
            self.assertTrue(read_all(slow).startswith(b"HTTP/1.1 408 "))
            self.assertLess(time.monotonic() - begun, 15)

    def test_thousands_of_idle_connections_are_cheap(self):
        bridge = self.store.process("bridge-1")["pid"]
        before = resident_kib(bridge)
        idle = [socket.create_connection(("127.0.0.1", self.http.port)) for _ in range(1500)]
        streams = [socket.create_connection(("127.0.0.1", self.http.port)) for _ in range(300)]
        try:
            for each in idle:
                each.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            for each in streams:
                each.sendall(b"GET /v1/events HTTP/1.1\r\nHost: a\r\n\r\n")
            for each in idle + streams:
                each.recv(4096)
            begun = time.monotonic()
            self.status(201, self.buy(self.add(1)))
            self.assertLess(time.monotonic() - begun, 5)
            if not is_sanitized(PYGMY):  # a sanitizer needs memory of its own
                self.assertLess(resident_kib(bridge) - before, 32 * 1024)
        finally:
            for each in idle + streams:
                each.close()


if __name__ == "__main__":
    unittest.main()
