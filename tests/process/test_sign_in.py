"""Signing in over HTTP, with and without TLS, in a store with `--anonymous none`: the cookie, its flags and its end, pages of other
sites, streams that end with their token, who may see the figures, and the limits of one token."""

import contextlib
import http.client
import json
import pathlib
import ssl
import subprocess
import tempfile
import unittest

from store import BOOKSTORE, Store, StoreTest, free_port_base, wait_for

REQUESTS = 2000  # with one token at once: more than any test here makes but the one about the limit


def certify(directory):
    certificate, key = f"{directory}/cert.pem", f"{directory}/key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out",
                    certificate], check=True, capture_output=True)
    return certificate, key


class Browser:
    """A page of the bridge: it keeps the cookie that it gets, and sends it with the origin of its site."""

    def __init__(self, port, tls=False):
        self.port, self.scheme, self.cookie = port, "https" if tls else "http", None
        self.context = ssl._create_unverified_context() if tls else None

    def connection(self):
        if self.context:
            return http.client.HTTPSConnection("localhost", self.port, timeout=60, context=self.context)
        return http.client.HTTPConnection("localhost", self.port, timeout=60)

    def send(self, connection, method, path, body=None, origin=True, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if origin:
            headers["Origin"] = f"{self.scheme}://localhost:{self.port}" if origin is True else origin
        if self.cookie:
            headers["Cookie"] = self.cookie
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        return connection.getresponse()

    def ask(self, method, path, body=None, **options):
        with contextlib.closing(self.connection()) as connection:
            answer = self.send(connection, method, path, body, **options)
            answer.text = answer.read().decode()
            answer.set_cookie = answer.headers["Set-Cookie"]
            return answer

    def sign_in(self, token):
        answer = self.ask("POST", "/v1/session", {"token": token})
        if answer.status == 200:
            self.cookie = answer.set_cookie.split(";")[0]
        return answer


class SignInTest(StoreTest):
    @classmethod
    def setUpClass(cls):
        base = free_port_base()
        cls.port, cls.tls_port = base + 70, base + 71
        cls.store = Store("--catalogue", BOOKSTORE, "--http", str(cls.port), port_base=base)
        cls.addClassCleanup(cls.store.clean)
        cls.store.start()
        cls.tokens, cls.ids = {}, {}
        cls.grant("admin", "admin")
        for role in ("reader", "clerk", "operator"):
            cls.grant(role, role)
        cls.grant("ann", "buyer", "--customer", "ann")
        cls.store.stop()
        cls.store.environment = {"PYGMY_TOKEN": cls.tokens["admin"]}
        cls.store.options += ("--anonymous", "none", "--token-rate", "200", "--token-burst", str(REQUESTS))
        cls.store.start()

    @classmethod
    def grant(cls, name, *arguments):
        granted = cls.store.read("grant", *arguments, "--label", name, token=cls.tokens.get("admin"))
        cls.ids[name], cls.tokens[name] = granted["id"], granted["token"]

    def browser(self, name=None):
        browser = Browser(self.port)
        if name:
            answer = browser.sign_in(self.tokens[name])
            self.assertEqual(answer.status, 200, answer.text)
        return browser

    def order(self, browser, key, **options):
        return browser.ask("POST", "/v1/orders", {"lines": [{"item": 1, "quantity": 1}]}, Idempotency_Key=key, **options)

    def test_a_cookie_stands_for_the_token(self):
        ann = self.browser()
        self.assertEqual(ann.ask("GET", "/v1/items/1").status, 401)
        self.assertEqual(json.loads(ann.ask("GET", "/v1/whoami").text), {"anonymous": "none"})
        signed_in = ann.sign_in(self.tokens["ann"])
        self.assertEqual(json.loads(signed_in.text)["credential"]["customer"], "ann")
        name, *flags = signed_in.set_cookie.split("; ")
        self.assertRegex(name, r"^pygmy_session=[0-9a-f]{64}$")
        self.assertEqual(sorted(flags), ["HttpOnly", "Path=/", "SameSite=Strict"])
        self.assertEqual(ann.ask("GET", "/v1/items/1").status, 200)
        placed = self.order(ann, "cookie-1")
        self.assertEqual((placed.status, json.loads(placed.text)["customer"]), (201, "ann"))
        mine = json.loads(ann.ask("GET", "/v1/orders").text)["orders"]
        self.assertEqual({order["customer"] for order in mine}, {"ann"})
        self.assertNotEqual(self.browser("ann").cookie, ann.cookie)

    def test_a_wrong_token_signs_nobody_in(self):
        for token in ("nonsense", "", "pygmy_" + "0" * 64, "x" * 10_000):
            refused = self.browser().sign_in(token)
            self.assertEqual((refused.status, refused.set_cookie), (401, None), token)
            self.assertEqual(refused.headers["WWW-Authenticate"], 'Bearer realm="pygmy"')

    def test_a_page_of_another_site_has_no_use_of_the_cookie(self):
        ann = self.browser("ann")
        for origin in ("http://evil.example", "null", f"http://localhost:{self.port + 1}", f"https://localhost.evil:{self.port}"):
            self.assertEqual(self.order(ann, "forged", origin=origin).status, 403, origin)
        for site in ("cross-site", "same-site", "none"):
            self.assertEqual(self.order(ann, "forged", origin=None, Sec_Fetch_Site=site).status, 403, site)
        self.assertEqual(self.order(ann, "forged", origin=None).status, 403, "the browser does not say where it comes from")
        self.assertEqual(self.order(ann, "forged", origin="http://evil.example", Sec_Fetch_Site="same-origin").status, 403)
        self.assertEqual(self.store.read("outcome", "forged", token=self.tokens["admin"])["outcome"], "void")
        self.assertEqual(self.order(ann, "own", origin=None, Sec_Fetch_Site="same-origin").status, 201)
        foreign = Browser(self.port)
        signed_in = foreign.ask("POST", "/v1/session", {"token": self.tokens["ann"]}, origin="http://evil.example")
        self.assertEqual((signed_in.status, signed_in.set_cookie), (403, None))

    def test_a_token_goes_before_the_cookie(self):
        ann = self.browser("ann")
        clerk = {"Authorization": f"Bearer {self.tokens['clerk']}"}
        self.assertEqual(json.loads(ann.ask("GET", "/v1/whoami", **clerk).text)["credential"]["role"], "clerk")
        self.assertEqual(ann.ask("GET", "/v1/whoami", Authorization="Bearer nonsense").status, 401)
        self.assertEqual(ann.ask("GET", "/v1/items/1").status, 200, "the refused token was not that of the cookie")

    def test_signing_out_ends_the_cookie_and_its_streams(self):
        clerk = self.browser("clerk")
        with self.stream(clerk, "/v1/metrics/live") as live:
            self.assertTrue(live.readline())
            self.assertEqual(clerk.ask("DELETE", "/v1/session").status, 204)
            self.assert_ends(live)
        refused = clerk.ask("GET", "/v1/items/1")
        self.assertEqual(refused.status, 401)
        self.assertIn("Max-Age=0", refused.set_cookie)
        self.assertEqual(self.browser("clerk").ask("GET", "/v1/items/1").status, 200)

    @contextlib.contextmanager
    def stream(self, browser, path, **headers):
        with contextlib.closing(browser.connection()) as connection:
            answer = browser.send(connection, "GET", path, origin=None, **headers)
            self.assertEqual(answer.status, 200, path)
            yield answer

    def assert_ends(self, answer):
        """The bridge closes the stream. Until then it may send what was under way."""
        with contextlib.suppress(ConnectionError, http.client.IncompleteRead):
            while answer.readline():
                pass

    def test_a_revoked_token_ends_at_once_also_its_open_streams(self):
        for way in ("cookie", "bearer"):
            self.grant(way, "operator")
            browser, headers = Browser(self.port), {}
            if way == "cookie":
                self.assertEqual(browser.sign_in(self.tokens[way]).status, 200)
            else:
                headers = {"Authorization": f"Bearer {self.tokens[way]}"}
            with self.stream(browser, "/v1/events", **headers) as events, self.stream(browser, "/v1/metrics/live", **headers) as live:
                self.store.read("revoke", self.ids[way], token=self.tokens["admin"])
                self.assertEqual(browser.ask("GET", "/v1/items/1", **headers).status, 401)
                self.assert_ends(events)
                self.assert_ends(live)
            self.assertEqual(browser.ask("GET", "/v1/events", **headers).status, 401)

    def test_an_expired_token_ends_its_stream(self):
        granted = self.store.read("grant", "operator", "--expires", "3s", token=self.tokens["admin"])
        headers = {"Authorization": f"Bearer {granted['token']}"}
        with self.stream(Browser(self.port), "/v1/metrics/live", **headers) as live:
            self.assert_ends(live)
        self.assertEqual(Browser(self.port).ask("GET", "/v1/items/1", **headers).status, 401)

    def test_figures_and_events_are_for_the_staff(self):
        for path in ("/metrics", "/v1/metrics/recent", "/v1/status"):
            self.assertEqual(self.browser().ask("GET", path).status, 401, path)
            for name, status in (("reader", 403), ("ann", 403), ("clerk", 200), ("operator", 200), ("admin", 200)):
                self.assertEqual(self.browser(name).ask("GET", path).status, status, (path, name))
        for path in ("/v1/events", "/v1/metrics/live"):
            self.assertEqual(self.browser().ask("GET", path).status, 401, path)
        for name in ("reader", "ann"):
            self.assertEqual(self.browser(name).ask("GET", "/v1/metrics/live").status, 403, name)
        for path in ("/healthz", "/readyz", "/docs", "/openapi.json", "/", "/ops"):
            self.assertEqual(self.browser().ask("GET", path).status, 200, path)
        self.assertIn("pygmy_commit_seq", wait_for("the bridge has heard the store", lambda: self.figures("pygmy_commit_seq")))

    def figures(self, name):
        text = self.browser("operator").ask("GET", "/metrics").text
        return text if name in text else None

    def test_the_bridge_shows_the_events_to_the_staff(self):
        with self.stream(self.browser("clerk"), "/v1/events?from=1&type=store_created") as events:
            lines = [events.readline().decode() for _ in range(6)]
        self.assertIn("event: store_created\n", lines)

    def test_a_buyer_sees_its_own_orders_in_the_events_and_no_others(self):
        def of_bob(data):
            return any("bob" in str(value) for value in data.values())
        self.store.read("buy", 1, "--customer", "bob", token=self.tokens["clerk"])
        own = self.store.read("buy", 1, token=self.tokens["ann"])["no"]
        self.store.read("buy", 1, "--customer", "bob", token=self.tokens["clerk"])
        seen = []
        with self.stream(self.browser("ann"), "/v1/events?from=1&type=order_placed") as events:
            while len(seen) < 3 or not any(each.get("no") == own for each in seen):
                line = events.readline().decode()
                if line.startswith("data: "):
                    seen.append(json.loads(line[6:]))
        self.assertFalse([data for data in seen if of_bob(data)])
        with self.stream(self.browser("ann"), "/v1/events?from=1&customer=bob&customer=ann") as events:
            line = next(line for line in iter(events.readline, b"") if line.startswith(b"data: "))
        self.assertEqual(json.loads(line[6:])["customer"], "ann")

    def test_the_currency_is_for_all_who_see_prices(self):
        self.assertEqual(self.browser().ask("GET", "/v1/store").status, 401)
        reader = self.browser("reader")
        wait_for("the bridge has heard the store", lambda: reader.ask("GET", "/v1/store").status == 200)

    def test_the_limits_of_one_token_are_told(self):
        told = self.browser("operator").ask("GET", "/v1/items/1")
        self.assertRegex(told.headers["RateLimit"], r'^"token";r=\d+;t=\d+$')
        self.assertIn(f"q={REQUESTS}", told.headers["RateLimit-Policy"])
        self.assertIsNone(self.browser().ask("GET", "/v1/whoami").headers["RateLimit"])

    def test_no_token_and_no_cookie_is_kept_anywhere(self):
        ann = self.browser("ann")
        self.order(ann, "kept")
        self.browser().sign_in("pygmy_wrong-token")
        secrets = [token.encode() for token in (*self.tokens.values(), ann.cookie.split("=")[1], "pygmy_wrong-token")]
        files = [file for file in pathlib.Path(self.store.data).rglob("*") if file.is_file()]
        for file in [*files, pathlib.Path(self.store.output)]:
            kept = file.read_bytes()
            self.assertFalse([secret for secret in secrets if secret in kept], file)


class SignInUnderTlsTest(unittest.TestCase):
    def test_the_cookie_is_secure_and_for_this_host_alone(self):
        home = tempfile.TemporaryDirectory(prefix="pygmy-")
        self.addCleanup(home.cleanup)
        certificate, key = certify(home.name)
        base = free_port_base()
        store = Store("--single", "--catalogue", BOOKSTORE, "--http", base + 62, "--tls-cert", certificate, "--tls-key", key, port_base=base)
        self.addCleanup(store.clean)
        store.start()
        store.frontends = store.frontends[:1]
        token = store.read("grant", "buyer", "--customer", "ann")["token"]
        browser = Browser(base + 62, tls=True)
        signed_in = browser.sign_in(token)
        name, *flags = signed_in.set_cookie.split("; ")
        self.assertRegex(name, r"^__Host-pygmy_session=[0-9a-f]{64}$")
        self.assertEqual(sorted(flags), ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"])
        self.assertIn("credential", browser.ask("GET", "/v1/whoami").text)
        lines = {"lines": [{"item": 1, "quantity": 1}]}
        plain_page = f"http://localhost:{base + 62}"
        self.assertEqual(browser.ask("POST", "/v1/orders", lines, Idempotency_Key="a", origin=plain_page).status, 403)
        self.assertEqual(browser.ask("POST", "/v1/orders", lines, Idempotency_Key="b").status, 201)
        browser.cookie = browser.cookie.replace("__Host-", "")
        self.assertNotIn("credential", browser.ask("GET", "/v1/whoami").text, "anybody on the way could have set it")


if __name__ == "__main__":
    unittest.main()
