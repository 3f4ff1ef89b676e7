"""HTTPS: the bridge with a certificate, as browsers, curl, health checks and the renewal of certificates meet it."""

import contextlib
import http.client
import json
import pathlib
import socket
import ssl
import subprocess
import tempfile
import unittest

from store import BOOKSTORE, PYGMY, SHAPE, free_port_base, is_sanitized, pygmy, resident_kib, store_of, wait_for


def certify(directory, name):
    """Makes a self-signed certificate for this name, and puts it and its key into the directory, one after the other."""
    new = pathlib.Path(tempfile.mkdtemp(dir=directory))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1",
                    "-keyout", new / "key.pem", "-out", new / "cert.pem"], check=True, capture_output=True)
    for file in ("cert.pem", "key.pem"):
        (new / file).rename(directory / file)
    new.rmdir()


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="pygmy-tls-")
        cls.addClassCleanup(directory.cleanup)
        cls.directory = pathlib.Path(directory.name)
        certify(cls.directory, "shop.example")
        base = free_port_base()
        cls.port = base + 62
        cls.store = store_of(SHAPE, "--catalogue", BOOKSTORE, "--http", cls.port, "--tls-cert", cls.directory / "cert.pem",
                             "--tls-key", cls.directory / "key.pem", port_base=base)
        cls.addClassCleanup(cls.store.clean)
        cls.store.start()

    def context(self):
        return ssl.create_default_context(cafile=self.directory / "cert.pem")

    def connection(self):
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context(), timeout=60)

    def get(self, path):
        with contextlib.closing(self.connection()) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def served(self):
        """The name in the certificate that a new connection gets."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=60) as raw:
                with self.context().wrap_socket(raw, server_hostname="127.0.0.1") as tls:
                    return dict(each[0] for each in tls.getpeercert()["subject"])["commonName"]
        except ssl.SSLCertVerificationError:
            return "another one than in the file"

    def test_1_the_shop_is_served_and_everything_names_it_by_https(self):
        status, body = self.get("/v1/items/1")
        self.assertEqual((status, json.loads(body)["id"]), (200, 1))
        self.assertIn(f"https://127.0.0.1:{self.port}", self.store.printed())
        self.assertNotIn(f"http://127.0.0.1:{self.port}", self.store.printed())
        self.assertEqual({p["endpoint"] for p in self.store.ps() if p["role"] == "bridge"}, {f"https://127.0.0.1:{self.port}"})

    def test_2_a_health_check_needs_no_certificate(self):
        self.assertEqual(pygmy("health", "--of", f"https://127.0.0.1:{self.port}/readyz").code, 0)
        self.assertEqual(pygmy("health", "--of", f"https://127.0.0.1:{self.port}/nothing").code, 1)
        self.assertEqual(pygmy("health", "--of", f"http://127.0.0.1:{self.port}/readyz").code, 1)
        # A container has its options in the environment.
        in_container = {"PYGMY_LISTEN": f"0.0.0.0:{self.port}", "PYGMY_TLS_CERT": str(self.directory / "cert.pem")}
        self.assertEqual(pygmy("health", environment=in_container).code, 0)

    def test_3_openssl_agrees_on_tls_1_2_and_1_3_and_on_nothing_older(self):
        def negotiated(*options):
            asked = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", *options], text=True,
                                   input="", capture_output=True, timeout=60, check=False)
            return asked.stdout.partition("\nNew, ")[2].partition(",")[0] if asked.returncode == 0 else None
        self.assertEqual(negotiated("-tls1_3"), "TLSv1.3")
        self.assertEqual(negotiated("-tls1_2"), "TLSv1.2")
        self.assertIsNone(negotiated("-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"))

    def test_4_a_page_of_this_site_may_order_and_one_of_another_site_may_not(self):
        def order(origin):
            with contextlib.closing(self.connection()) as connection:
                connection.request("POST", "/v1/orders", json.dumps({"lines": [{"item": 1, "quantity": 1}]}),
                                   {"Content-Type": "application/json", "Idempotency-Key": origin, "Origin": origin})
                return connection.getresponse().status
        self.assertEqual(order(f"https://127.0.0.1:{self.port}"), 201)
        self.assertEqual(order("https://evil.example"), 403)

    def test_5_a_renewed_certificate_is_taken_without_a_restart(self):
        pid = self.store.process("bridge-1")["pid"]
        self.assertEqual(self.served(), "shop.example")
        certify(self.directory, "renewed.example")
        wait_for("new connections get the renewed certificate", lambda: self.served() == "renewed.example")
        self.assertEqual(self.store.process("bridge-1")["pid"], pid)
        metrics = self.get("/metrics")[1].decode()
        self.assertRegex(metrics, r"(?m)^pygmy_http_certificate_expires_seconds \d{10}$")

    def test_6_silent_strangers_cannot_take_the_memory(self):
        pid = self.store.process("bridge-1")["pid"]
        before = resident_kib(pid)
        with contextlib.ExitStack() as strangers:
            for _ in range(2100):
                stranger = strangers.enter_context(socket.create_connection(("127.0.0.1", self.port), timeout=60))
                with contextlib.suppress(ConnectionError):  # there are too many
                    stranger.sendall(b"\x16\x03\x01")
            if not is_sanitized(PYGMY):  # a sanitizer needs memory of its own
                self.assertLess(resident_kib(pid) - before, 250 * 1024)
        wait_for("the shop answers again", self.is_served)

    def is_served(self):
        with contextlib.suppress(OSError):
            return self.get("/v1/items/1")[0] == 200

    def test_7_faults_of_the_options_are_told_before_anything_starts(self):
        file = self.directory / "cert.pem"
        for options, word in ((["--tls-cert", file], "--tls-key"), (["--tls-key", file], "--tls-cert"),
                              (["--tls-cert", "/nowhere.pem", "--tls-key", file], "/nowhere.pem"),
                              (["--tls-cert", file, "--tls-key", file], str(file))):
            result = pygmy("bridge", "--listen", f"127.0.0.1:{self.store.base + 63}", "--frontend", self.store.frontends[0], *options)
            self.assertNotEqual(result.code, 0)
            self.assertIn(word, result.err)


if __name__ == "__main__":
    unittest.main()
