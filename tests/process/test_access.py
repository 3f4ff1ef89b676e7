"""The rights of clients in a store with `--anonymous none`: the matrix of all requests, roles and owners, made from the vocabulary
in msg/, over ZeroMQ and over HTTP; and the end of a revoked token."""

import contextlib
import http.client
import json
import pathlib
import sys
import unittest
import urllib.error
import urllib.request

from http_client import Answer
from rights import DENIED, bodies, objects, routes, vocabulary
from store import BOOKSTORE, ROOT, Store, StoreTest

sys.path.insert(0, str(ROOT / "tests/protocol"))
import client as protocol  # noqa: E402

ROLES = ("reader", "buyer", "clerk", "operator", "admin")


class AccessTest(StoreTest):
    """The store starts open, gets its credentials, and starts again closed."""

    @classmethod
    def setUpClass(cls):
        cls.store = Store("--catalogue", BOOKSTORE, "--http", "0")
        cls.store.options = tuple(str(cls.store.base + 71) if word == "0" else word for word in cls.store.options)
        cls.http = f"http://127.0.0.1:{cls.store.base + 71}"
        cls.addClassCleanup(cls.store.clean)
        cls.store.start()
        cls.ids, cls.tokens = {}, {}
        cls.grant("admin", "admin")
        for role in ("reader", "clerk", "operator"):
            cls.grant(role, role, token=cls.tokens["admin"])
        for buyer in ("ann", "bob"):
            cls.grant(buyer, "buyer", "--customer", buyer, token=cls.tokens["admin"])
        cls.tokens["buyer"] = cls.tokens["ann"]
        cls.store.stop()
        cls.store.environment = {"PYGMY_TOKEN": cls.tokens["admin"]}
        cls.store.options += ("--anonymous", "none")
        cls.store.start()
        cls.orders = {buyer: cls.store.read("buy", 1, "--key", f"of-{buyer}", token=cls.tokens[buyer])["no"]
                      for buyer in ("ann", "bob")}
        cls.client = protocol.Client(cls.store.frontends)
        cls.addClassCleanup(cls.client.close)

    @classmethod
    def grant(cls, name, *arguments, token=None):
        granted = cls.store.read("grant", *arguments, "--label", name, token=token)
        cls.ids[name], cls.tokens[name] = granted["id"], granted["token"]

    def send(self, kind, body, token=None):
        """The word of the refusal, or "ok"; and the body of the answer."""
        options = {} if token is None else {"token": token.encode()}
        try:
            return "ok", self.client.ask(kind, body, **options)[1]
        except protocol.Refused as refused:
            return refused.word, refused.body

    def bodies(self):
        return bodies(self.orders["ann"])

    def test_every_request_of_every_role_is_taken_as_the_vocabulary_says(self):
        kinds = vocabulary()
        self.assertEqual(set(kinds), set(self.bodies()), "a request without a row here is not tested")
        for kind, roles in kinds.items():
            for role in ROLES:
                word, answer = self.send(kind, self.bodies()[kind], self.tokens[role])
                self.assertEqual(word not in DENIED, role in roles, (kind, role, word, answer))

    def new_object(self, kind, who):
        """A new order, or a new hold, of this buyer."""
        body = {"key": protocol.new_key(), "lines": [{"item": 1, "quantity": 1}]}
        if objects()[kind] == "no":
            return self.send("place", {**body, "type": "buy"}, self.tokens[who])[1]["order"]["no"]
        return self.send("hold", {**body, "ttl": 600_000}, self.tokens[who])[1]["hold"]["no"]

    def seen_by_the_staff(self, kind, number):
        shown, field = ("order", "no") if objects()[kind] == "no" else ("show_hold", "hold")
        return self.send(shown, {field: number}, self.tokens["clerk"])

    def assert_own_and_anothers(self, ask):
        """`ask`: sends a request of the buyer ann about the object with this number. Returns a word that is "ok" if it was
        taken, and the answer."""
        none = 999_999
        self.assertEqual(len(objects()), 6, objects())
        for kind in objects():
            own, others = self.new_object(kind, "ann"), self.new_object(kind, "bob")
            before = self.seen_by_the_staff(kind, others)
            refused, unknown = ask(kind, others), ask(kind, none)
            self.assertNotEqual(refused[0], "ok", (kind, refused))
            self.assertEqual(str(refused).replace(str(others), "N"), str(unknown).replace(str(none), "N"), kind)
            self.assertEqual(self.seen_by_the_staff(kind, others), before, f"{kind} had an effect")
            word, answer = ask(kind, own)
            self.assertEqual(word, "ok", (kind, answer))

    def test_a_buyer_touches_its_own_objects_and_cannot_tell_anothers_from_none(self):
        own = {"cancel": {"kind": "cancel"}, "extend": {"ttl": 700_000}}
        keyed = {kind for kind in objects() if "key" in self.bodies()[kind]}

        def ask(kind, number):
            key = {"key": protocol.new_key()} if kind in keyed else {}
            return self.send(kind, {**key, **own.get(kind, {}), objects()[kind]: number}, self.tokens["ann"])
        self.assert_own_and_anothers(ask)

    def test_over_http_a_buyer_touches_its_own_objects_and_cannot_tell_anothers_from_none(self):
        paths = {kind: (method, path) for (method, path), kind in routes().items()}
        bodies = {"cancel": {"kind": "cancel"}, "confirm": {}, "extend": {"ttl": 700_000}}

        def ask(kind, number):
            method, path = paths[kind]
            answer = self.asked(method, path.replace("{no}", str(number)), self.tokens["ann"], bodies.get(kind))
            self.assertIn(answer.status, (200, 201, 404))
            return "ok" if answer.status < 400 else "unknown", answer.json
        self.assert_own_and_anothers(ask)

    def http_bodies(self):
        """A body for each route that takes one, of which none does harm."""
        new = protocol.new_key
        return {
            ("POST", "/v1/items"): {"items": [{"title": new(), "topic": "tests", "price": 1, "stock": 1}]},
            ("PATCH", "/v1/items/{id}"): {"price": 4900}, ("POST", "/v1/items/{id}/movements"): {"delta": 1},
            ("POST", "/v1/items/{id}/counts"): {"stock": 1000},
            ("POST", "/v1/items/{id}/transfers"): {"pieces": 1, "to_place": "annex", "opens": True},
            ("POST", "/v1/orders"): {"lines": [{"item": 1, "quantity": 1}]},
            ("POST", "/v1/orders/{no}/cancellations"): {"kind": "cancel", "lines": [{"item": 1, "quantity": 1000000}]},
            ("POST", "/v1/holds"): {"lines": [{"item": 1, "quantity": 1}], "ttl": 1},
            ("POST", "/v1/holds/{no}/confirm"): {}, ("POST", "/v1/holds/{no}/extend"): {"ttl": 1},
            ("POST", "/v1/subscriptions"): {"name": new()},
            ("POST", "/v1/subscriptions/{name}/acknowledgements"): {"cursor": 1},
            ("POST", "/v1/trace"): {"request": "lookup", "item": 1}}

    def asked(self, method, target, token=None, body=None):
        """Without the body of an answer that never ends."""
        port = int(self.http.rpartition(":")[2])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"Idempotency-Key": protocol.new_key()}
        headers |= {} if token is None else {"Authorization": f"Bearer {token}"}
        headers |= {} if body is None else {"Content-Type": "application/json"}
        with contextlib.closing(connection):
            connection.request(method, target, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            endless = answer.headers["Content-Type"] == "text/event-stream"
            return Answer(answer.status, answer.headers, b"" if endless else answer.read())

    def test_over_http_every_route_of_every_role_is_taken_as_the_vocabulary_says(self):
        kinds = vocabulary()
        described = {(method.upper(), path) for path, methods in self.get("/openapi.json")[2]["paths"].items()
                     for method in methods if path.startswith("/v1/")}
        self.assertEqual(described, set(routes()), "a route without a row is not tested")
        for (method, path), kind in routes().items():
            target = path.replace("{id}", "2").replace("{key}", protocol.new_key()).replace("{name}", "none")
            target = target.replace("{no}", str(self.orders["ann"]) if path.startswith("/v1/orders") else "1000000")
            for role in ROLES if kind else ():
                answer = self.asked(method, target, self.tokens[role], self.http_bodies().get((method, path)))
                self.assertEqual(answer.status != 403, role in kinds[kind], (method, path, role, answer))
                self.assertNotIn(answer.status, (400, 401, 500), (method, path, role, answer))
            if kind not in ("", "whoami"):
                answer = self.asked(method, target, body=self.http_bodies().get((method, path)))
                self.assertEqual(answer.status, 401, (method, path, answer))
                self.assertIn("Bearer", answer.headers["WWW-Authenticate"])

    def test_without_a_valid_token_nothing_is_taken(self):
        for kind in vocabulary():
            for token in (None, "", "pygmy_" + "0" * 64, "x" * 1000, "x" * 10_000):
                told = "ok" if kind == "whoami" and not token else "invalid" if len(token or "") > 2048 else "unauthenticated"
                self.assertEqual(self.send(kind, self.bodies()[kind], token)[0], told, (kind, token))

    def test_everybody_may_ask_who_it_is(self):
        word, told = self.send("whoami", {})
        self.assertEqual((word, told["anonymous"], "credential" in told), ("ok", "none", False))
        for name in ("ann", "clerk"):
            told = self.store.read("whoami", token=self.tokens[name])
            self.assertEqual((told["anonymous"], told["credential"]["id"]), ("none", self.ids[name]))
        self.assertEqual(self.store.read("whoami", token=self.tokens["ann"])["credential"]["customer"], "ann")
        self.assertIn("no token; the rights of clients without one: none", self.store.ask("whoami", token="").out)
        self.assertNotIn("hash", self.store.ask("whoami", "--json", token=self.tokens["ann"]).out)

    def test_questions_of_frontends_are_no_requests_of_clients(self):
        for token in (None, self.tokens["admin"]):
            self.assertEqual(self.send("credential", {"hash": b"h" * 32}, token)[0], "unknown_type")

    def test_a_buyer_cannot_tell_anothers_order_from_none(self):
        ann = self.tokens["ann"]
        self.assertEqual(self.send("order", {"no": self.orders["ann"]}, ann)[0], "ok")
        others, none = (self.send("order", {"no": no}, ann) for no in (self.orders["bob"], 999_999))
        self.assertEqual(others[0], "unknown_order")
        self.assertEqual(str(others).replace(str(self.orders["bob"]), "N"), str(none).replace("999999", "N"))

    def test_a_buyer_cancels_its_own_orders_alone(self):
        def cancel(no, kind="cancel", who="ann"):
            return self.send("cancel", {"key": protocol.new_key(), "no": no, "kind": kind}, self.tokens[who])
        others, none = (cancel(no) for no in (self.orders["bob"], 999_999))
        self.assertEqual(others[0], "unknown_order")
        self.assertEqual(str(others).replace(str(self.orders["bob"]), "N"), str(none).replace("999999", "N"))
        word, placed = self.send("place", {"key": protocol.new_key(), "type": "buy",
                                           "lines": [{"item": 1, "quantity": 1}]}, self.tokens["ann"])
        self.assertEqual(word, "ok")
        no = placed["order"]["no"]
        self.assertEqual(cancel(no, "return")[0], "forbidden")
        word, cancelled = cancel(no)
        self.assertEqual((word, cancelled["order"]["state"]), ("ok", "cancelled"))
        self.assertEqual(cancelled["order"]["cancellations"][0]["by"], self.ids["ann"])
        self.assertEqual(cancel(no)[0], "nothing_remains")

    def test_a_buyer_sees_and_places_orders_of_its_own_customer_alone(self):
        ann = self.tokens["ann"]
        for body in ({}, {"customer": "ann"}):
            word, page = self.send("orders", body, ann)
            self.assertEqual((word, {order["customer"] for order in page["orders"]}), ("ok", {"ann"}))
        self.assertEqual(self.send("orders", {"customer": "bob"}, ann)[0], "forbidden")
        place = {**self.bodies()["place"], "customer": "bob"}
        self.assertEqual(self.send("place", place, ann)[0], "forbidden")
        self.assertEqual(self.send("place", {**self.bodies()["place"], "type": "sell"}, ann)[0], "forbidden")
        self.assertEqual(self.send("outcome", {"key": "of-ann"}, ann)[1]["order"]["no"], self.orders["ann"])
        self.assertEqual(self.send("outcome", {"key": "of-bob"}, ann)[0], "key_reused")
        word, page = self.send("orders", {}, self.tokens["clerk"])
        self.assertLessEqual({"ann", "bob"}, {order["customer"] for order in page["orders"]})

    def test_an_acknowledged_revocation_is_in_force_at_every_frontend(self):
        for number in range(10):
            self.grant(f"temporary-{number}", "reader")
            token = self.tokens[f"temporary-{number}"]
            for frontend in self.store.frontends:
                self.assertEqual(self.store.ask("lookup", 1, frontends=[frontend], token=token).code, 0)
            self.store.read("revoke", self.ids[f"temporary-{number}"], frontends=self.store.frontends[:1])
            for frontend in reversed(self.store.frontends):
                refused = self.store.ask("lookup", 1, "--json", frontends=[frontend], token=token)
                self.assertEqual((refused.code, refused.json["error"]["code"]), (1, "unauthenticated"))
        listed = {each["id"]: each for each in self.store.read("credentials")["credentials"]}
        self.assertIn("revoked", listed[self.ids["temporary-0"]])
        self.assertNotIn("revoked", listed[self.ids["ann"]])

    def test_a_buyer_gets_the_events_of_the_catalogue_and_of_its_own_orders(self):
        def shown(who, *options):
            lines = self.store.ask("events", "--json", *options, token=self.tokens[who]).out.splitlines()
            return [json.loads(line) for line in lines]
        everything, seen = shown("operator"), shown("ann")
        self.assertLessEqual({event["type"] for event in seen},
                             {"store_created", "items_added", "order_placed", "order_cancelled", "price_changed", "stock_moved", "item_edited"})
        orders = {event["seq"]: event for event in seen if event["type"] == "order_placed"}
        for event in everything:
            if event["type"] != "order_placed":
                continue
            told = orders[event["seq"]]
            self.assertEqual(told["lines"], event["lines"], "the stock is that of the shop")
            if event["customer"] == "ann":
                self.assertEqual(told["key"], event["key"])
            else:
                self.assertEqual((told["key"], told["customer"], told["no"]), ("", "", 0))
        self.assertNotIn("of-bob", str(seen))
        self.assertEqual(self.send("events", {"from": 1}, self.tokens["ann"])[0], "forbidden", "not without `partly`")

    def test_credentials_outlive_every_process(self):
        self.store.kill_all()
        self.store.start()
        self.assertEqual(self.send("order", {"no": self.orders["ann"]}, self.tokens["ann"])[0], "ok")
        self.assertEqual(self.send("lookup", {"item": 1})[0], "unauthenticated")

    def test_an_expired_token_ends(self):
        word, answer = self.send("grant", {"key": protocol.new_key(), "hash": protocol.hashlib.sha256(b"short").digest(),
                                           "role": "reader", "expires": 1_000}, self.tokens["admin"])
        self.assertEqual(word, "ok", answer)
        self.assertEqual(self.send("lookup", {"item": 1}, "short")[0], "unauthenticated")

    def test_events_and_orders_name_their_actor(self):
        self.assertEqual(self.store.read("order", self.orders["ann"])["by"], self.ids["ann"])
        shown = self.store.ask("events", "--actor", self.ids["bob"], "--json")
        events = [json.loads(line) for line in shown.out.splitlines()]
        self.assertTrue(events)
        self.assertEqual({event["by"] for event in events}, {self.ids["bob"]})
        self.assertNotIn("hash", shown.out)

    def test_no_token_is_kept_anywhere(self):
        secrets = [token.encode() for token in self.tokens.values()]
        files = [file for file in pathlib.Path(self.store.data).rglob("*") if file.is_file()]
        self.assertGreater(len(files), 5)
        for file in [*files, pathlib.Path(self.store.output)]:
            kept = file.read_bytes()
            self.assertFalse([secret for secret in secrets if secret in kept], file)

    def test_a_token_can_come_from_a_file(self):
        file = pathlib.Path(self.store.home, "token")
        file.write_text(self.tokens["ann"] + "\n")
        file.chmod(0o644)
        exposed = self.store.ask("orders", "--token-file", file, token="nonsense")
        self.assertEqual(exposed.code, 1, exposed)
        self.assertIn(f"chmod 600 {file}", exposed.err)
        file.chmod(0o600)
        self.assertEqual(self.store.ask("orders", "--token-file", file, token="nonsense").code, 0)
        missing = self.store.ask("orders", "--token-file", str(file) + "-missing")
        self.assertEqual(missing.code, 2, missing)
        file.write_text("x" * 100_000)
        endless = self.store.ask("orders", "--token-file", file)
        self.assertEqual(endless.code, 2, endless)
        self.assertIn("at most 512 bytes", endless.err)

    def test_a_buyer_sees_amounts_and_a_clerk_changes_them(self):
        for who in ("reader", "ann"):
            seen = self.store.ask("lookup", 1, token=self.tokens[who])
            self.assertEqual((seen.code, seen.err), (0, ""), "the currency is told to everybody who may look")
        refused = self.store.ask("price", 2, "49.00", token=self.tokens["ann"])
        self.assertEqual(refused.code, 1, refused)
        self.assertIn("does not allow 'price'", refused.err)

    def test_a_client_that_lacks_the_rights_cannot_audit_which_is_no_fault(self):
        for who in ("nonsense", self.tokens["reader"], self.tokens["ann"]):
            told = self.store.ask("audit", token=who)
            self.assertEqual(told.code, 3, told)
            self.assertNotIn("FAILED", told.out)
            self.assertNotIn("partly", told.err)
            self.assertIn("an operator's key", told.err)

    def test_an_id_that_is_no_credential_names_the_list(self):
        told = self.store.ask("revoke", 999_999_999)
        self.assertEqual(told.code, 1, told)
        self.assertIn("pygmy credentials", told.err)

    def test_a_client_that_may_not_grant_is_told_how_to_see_its_role(self):
        for command in (("grant", "reader"), ("revoke", 1), ("credentials",)):
            told = self.store.ask(*command, token=self.tokens["ann"])
            self.assertEqual(told.code, 1, told)
            self.assertIn("--token-file; `pygmy whoami` shows the role that you have", told.err)
        for wrong in (("grant", "buyer"), ("grant", "reader", "--customer", "ann")):
            told = self.store.ask(*wrong)
            self.assertEqual(told.code, 2, told)
            self.assertIn("pygmy grant buyer --customer NAME", told.err)

    def test_a_refusal_says_where_the_token_belongs(self):
        refused = self.store.ask("lookup", 1, token="nonsense")
        self.assertIn("PYGMY_TOKEN", refused.err)
        self.assertIn("--token-file", refused.err)

    # --- over HTTP ---

    def get(self, path, authorization=None):
        headers = {} if authorization is None else {"Authorization": authorization}
        try:
            with urllib.request.urlopen(urllib.request.Request(self.http + path, headers=headers), timeout=60) as answer:
                return answer.status, answer.headers, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, error.headers, json.load(error)

    def test_over_http_a_token_is_a_bearer_token(self):
        for authorization in (None, "Bearer nonsense", "Basic YW5uOmFubg==", "Bearer"):
            status, headers, body = self.get("/v1/items/1", authorization)
            self.assertEqual((status, body["type"]), (401, "/problems/unauthenticated"), authorization)
            self.assertEqual(headers["WWW-Authenticate"], 'Bearer realm="pygmy"')
            self.assertEqual(headers["Content-Type"], "application/problem+json")
        for _ in range(2):  # the second answer comes from a cache
            self.assertEqual(self.get("/v1/items/1", f"Bearer {self.tokens['reader']}")[0], 200)
        status, _, body = self.get(f"/v1/orders/{self.orders['ann']}", f"Bearer {self.tokens['reader']}")
        self.assertEqual((status, body["type"]), (403, "/problems/forbidden"))
        self.assertEqual(self.get(f"/v1/orders/{self.orders['ann']}", f"bearer {self.tokens['ann']}")[0], 200)
        status, _, body = self.get(f"/v1/orders/{self.orders['bob']}", f"Bearer {self.tokens['ann']}")
        self.assertEqual((status, body["type"]), (404, "/problems/unknown_order"))
        self.assertEqual(self.get("/v1/items/1")[0], 401, "no answer to another is given without a token")

    def test_over_http_the_staff_alone_sees_what_the_bridge_itself_asks_for(self):
        for path in ("/v1/status", "/v1/store", "/v1/metrics/recent", "/metrics"):
            self.assertEqual(self.get(path)[0], 401, path)
        self.assertEqual(self.get("/v1/store", f"Bearer {self.tokens['reader']}")[0], 200)
        self.assertEqual(self.get("/v1/items/1", f"Bearer {'x' * 600}")[0], 401)
        self.assertEqual(self.get("/v1/status", f"Bearer {self.tokens['operator']}")[0], 200)
        status, _, recent = self.get("/v1/metrics/recent", f"Bearer {self.tokens['admin']}")
        self.assertEqual((status, "samples" in recent), (200, True))


if __name__ == "__main__":
    unittest.main()
