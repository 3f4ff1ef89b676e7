"""The bridge behind nginx and behind Caddy, each with the lines that docs/HTTP.md has for it: the proxy has the certificate."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import tempfile
import unittest

from store import BOOKSTORE, Store, free_port_base, wait_for
from test_tls import certify

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "HTTP.md"
BURST = 20


def lines_for(proxy, **changes):
    """The page's block of this language, with each key of `changes` replaced by its value."""
    text = re.search(rf"^```{proxy}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.S | re.M).group(1)
    for old, new in changes.items():
        if old not in text:
            raise AssertionError(f"docs/HTTP.md has no {old} for {proxy}")
        text = text.replace(old, str(new))
    return text


class Behind:
    """The tests of each proxy. A subclass starts it in `directory`, at `tls_port`, and names the file of its authority."""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="pygmy-proxy-")
        cls.addClassCleanup(directory.cleanup)
        cls.directory = pathlib.Path(directory.name)
        base = free_port_base()
        cls.port, cls.tls_port = base + 62, base + 71
        cls.store = Store("--single", "--catalogue", BOOKSTORE, "--http", cls.port, "--host", "shop.example", "--rate", 1,
                          "--burst", BURST, "--trusted-proxy", "127.0.0.1", port_base=base)
        cls.addClassCleanup(cls.store.clean)
        cls.store.start()
        cls.token = cls.store.read("grant", "clerk")["token"]
        log = cls.directory / "log"
        with open(log, "wb") as out:
            proxy = subprocess.Popen(cls.command(), stdout=out, stderr=out, env={**os.environ, "HOME": directory.name})
        cls.addClassCleanup(proxy.wait)
        cls.addClassCleanup(proxy.terminate)
        wait_for("the proxy answers", lambda: cls.answers(proxy, log))

    @classmethod
    def answers(cls, proxy, log):
        if proxy.poll() is not None:
            raise AssertionError(log.read_text())
        with contextlib.suppress(OSError):
            return cls.ask("GET", "/healthz", address="127.0.0.9").status == 200

    @classmethod
    def connection(cls, address):
        raw = socket.create_connection(("127.0.0.1", cls.tls_port), timeout=60, source_address=(address, 0))
        connection = http.client.HTTPConnection("shop.example", cls.tls_port)
        connection.sock = ssl.create_default_context(cafile=cls.authority()).wrap_socket(raw, server_hostname="shop.example")
        return connection

    @classmethod
    def ask(cls, method, path, body=None, address="127.0.0.2", **headers):
        with contextlib.closing(cls.connection(address)) as connection:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            answer = connection.getresponse()
            answer.body = answer.read()
            return answer

    def test_1_the_pages_of_the_shop_and_its_items_are_served(self):
        for path, kind in (("/", "text/html"), ("/v1/items/1", "application/json")):
            answer = self.ask("GET", path, address="127.0.0.3")
            self.assertEqual((answer.status, answer.headers["Content-Type"].partition(";")[0]), (200, kind))

    def test_2_a_page_of_this_site_may_order_and_one_of_another_site_may_not(self):
        for origin, status in ((f"https://shop.example:{self.tls_port}", 201), ("https://evil.example", 403)):
            answer = self.ask("POST", "/v1/orders", {"lines": [{"item": 1, "quantity": 1}]}, address="127.0.0.4",
                              Content_Type="application/json", Idempotency_Key=origin, Origin=origin)
            self.assertEqual(answer.status, status, answer.body)

    def test_3_each_visitor_has_a_rate_of_its_own_and_cannot_tell_another_address(self):
        statuses = [self.ask("GET", "/v1/items/1", address="127.0.0.5", X_Forwarded_For=f"9.9.9.{i}").status
                    for i in range(3 * BURST)]
        self.assertEqual(statuses[:BURST // 2], [200] * (BURST // 2))
        self.assertIn(429, statuses)
        self.assertEqual(self.ask("GET", "/v1/items/1", address="127.0.0.6").status, 200)

    def test_4_who_signs_in_gets_a_cookie_for_tls_alone(self):
        answer = self.ask("POST", "/v1/session", {"token": self.token}, address="127.0.0.7",
                          Content_Type="application/json", Origin=f"https://shop.example:{self.tls_port}")
        self.assertEqual(answer.status, 200, answer.body)
        self.assertRegex(answer.headers["Set-Cookie"], r"^__Host-.*; Secure")

    def test_5_an_event_is_told_at_once(self):
        with contextlib.closing(self.connection("127.0.0.8")) as connection:
            connection.request("GET", "/v1/events", headers={"Accept": "text/event-stream"})
            stream = connection.getresponse()
            self.assertEqual(stream.status, 200)
            self.assertEqual(self.store.ask("restock", "1", "1").code, 0)
            line = b"..."
            while line and not line.startswith(b"data: "):
                line = stream.readline()
            self.assertEqual(json.loads(line.removeprefix(b"data: "))["type"], "stock_moved")


class BehindNginx(Behind, unittest.TestCase):
    @classmethod
    def authority(cls):
        return cls.directory / "cert.pem"

    @classmethod
    def command(cls):
        certify(cls.directory, "shop.example")
        server = lines_for("nginx", **{"listen 443": f"listen 127.0.0.1:{cls.tls_port}",
                                       "/etc/ssl/fullchain.pem": cls.directory / "cert.pem",
                                       "/etc/ssl/privkey.pem": cls.directory / "key.pem",
                                       "127.0.0.1:8080": f"127.0.0.1:{cls.port}"})
        temporary = "".join(f"{kind}_temp_path {cls.directory}/{kind};\n"
                            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        user = "user root;" if os.geteuid() == 0 else ""
        (cls.directory / "nginx.conf").write_text(
            f"{user} pid {cls.directory}/pid; error_log stderr; daemon off; events {{}}\n"
            f"http {{ access_log off;\n{temporary}{server}}}\n", encoding="utf-8")
        return ["/usr/sbin/nginx", "-e", "stderr", "-c", cls.directory / "nginx.conf"]


class BehindCaddy(Behind, unittest.TestCase):
    @classmethod
    def authority(cls):
        return cls.directory / "data" / "pki" / "authorities" / "local" / "root.crt"

    @classmethod
    def command(cls):
        site = lines_for("caddyfile", **{"shop.example {": f"shop.example:{cls.tls_port} {{\n  tls internal\n",
                                         "127.0.0.1:8080": f"127.0.0.1:{cls.port}"})
        (cls.directory / "Caddyfile").write_text(
            f"{{\n  admin off\n  skip_install_trust\n  auto_https disable_redirects\n  default_bind 127.0.0.1\n"
            f"  storage file_system {cls.directory}/data\n}}\n{site}", encoding="utf-8")
        return ["caddy", "run", "--adapter", "caddyfile", "--config", cls.directory / "Caddyfile"]


if __name__ == "__main__":
    unittest.main()
