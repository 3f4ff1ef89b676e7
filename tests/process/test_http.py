"""The HTTP bridge against a real store: REST, idempotency, events."""

import concurrent.futures
import contextlib
import http.client
import http.server
import json
import random
import re
import socket
import threading
import unittest
import uuid

import yaml

from http_client import HttpStoreTest, seq_of
from store import ROOT, SINGLE, pygmy, wait_for


class HttpTest(HttpStoreTest):
    OPTIONS = (*HttpStoreTest.OPTIONS, "--demo")
    HEARD = 9  # processes with a heartbeat; one is the edge of the bridge
    EDGE = "bridge-1"

    # Reading.

    def test_an_item_and_its_version(self):
        item = self.add(5)
        shown = self.status(200, self.http.get(f"/v1/items/{item}"))
        self.assertEqual(shown.json["stock"], 5)
        self.assertGreaterEqual(int(shown.headers["X-Pygmy-Seq"]), shown.json["version"])
        tag = shown.headers["ETag"]
        self.assertEqual(self.status(304, self.http.get(f"/v1/items/{item}", If_None_Match=tag)).body, b"")
        self.status(201, self.buy(item))
        changed = self.status(200, self.http.get(f"/v1/items/{item}", If_None_Match=tag))
        self.assertEqual(changed.json["stock"], 4)
        self.assertNotEqual(changed.headers["ETag"], tag)

    def test_lists_come_in_pages(self):
        first = self.status(200, self.http.get("/v1/items?limit=2")).json
        self.assertEqual(len(first["items"]), 2)
        second = self.http.get(f"/v1/items?limit=2&after={first['next']}").json
        self.assertGreater(second["items"][0]["id"], first["items"][1]["id"])
        found = self.http.get("/v1/items?topic=distributed+systems&text=rpc").json["items"]
        self.assertEqual([item["title"] for item in found], ["RPCs for Dummies"])
        topics = {each["topic"]: each["items"] for each in self.http.get("/v1/topics").json["topics"]}
        self.assertEqual(topics["distributed systems"], 3)

    def test_paths_that_do_not_exist(self):
        for target in ("/v1/items/999999", "/v1/orders/999999", "/v1/nothing", "/nothing"):
            self.status(404, self.http.get(target))
        self.status(405, self.http("DELETE", "/v1/items/1"))

    def test_status_is_that_of_the_command(self):
        over_http = self.status(200, self.http.get("/v1/status")).json
        self.assertEqual(over_http.keys(), self.store.status().keys())
        self.assertEqual(len(over_http["processes"]), self.HEARD)

    # Ordering.

    def test_an_order_with_its_place(self):
        item = self.add(5)
        placed = self.status(201, self.buy(item, 2, customer="ann"))
        self.assertEqual(self.http.get(placed.headers["Location"]).body, placed.body)
        mine = self.http.get("/v1/orders?customer=ann").json["orders"]
        self.assertIn(placed.json, mine)
        refused = self.status(400, self.buy(item, customer="ann "))
        self.assertIn("customer: begins or ends with a space", refused.json["detail"])

    def test_the_same_key_gives_the_same_bytes(self):
        item = self.add(50)
        key = uuid.uuid4().hex
        first = self.status(201, self.buy(item, 2, key))
        self.status(201, self.buy(item, 5))
        again = self.status(201, self.buy(item, 2, key))
        self.assertEqual(again.body, first.body)
        self.assertEqual(again.headers["Location"], first.headers["Location"])
        self.status(422, self.buy(item, 3, key))
        self.assertEqual(self.http.get(f"/v1/items/{item}").json["stock"], 43)
        outcome = self.http.get(f"/v1/outcomes/{key}").json
        self.assertEqual((outcome["outcome"], outcome["order"]), ("order", first.json))

    def test_the_same_key_gives_the_same_bytes_for_changes_too(self):
        item = self.add(10)
        requests = [("POST", f"/v1/items/{item}/movements", {"delta": 5, "reason": "found"}, 201),
                    ("PATCH", f"/v1/items/{item}", {"price": 999}, 200),
                    ("PATCH", f"/v1/items/{item}", {"title": "Another", "topic": "t", "retired": False}, 200),
                    ("POST", "/v1/items", {"items": [{"title": "Twice", "topic": "t", "price": 1, "stock": 2}]}, 201)]
        for method, target, body, status in requests:
            key = uuid.uuid4().hex
            first = self.status(status, self.http.write(method, target, body, key))
            self.status(201, self.buy(item))
            self.status(200, self.http.write("PATCH", f"/v1/items/{item}", {"price": 5}))
            self.assertEqual(self.status(status, self.http.write(method, target, body, key)).body, first.body)
        self.assertEqual(self.http.get(f"/v1/items/{item}").json["stock"], 11)

    def test_a_price_of_another_version_is_left_alone(self):
        item = self.add(1)
        tag = self.http.get(f"/v1/items/{item}").headers["ETag"]
        key = uuid.uuid4().hex
        first = self.status(200, self.http.write("PATCH", f"/v1/items/{item}", {"price": 300}, key, If_Match=tag))
        self.assertEqual(first.json["was"], 250)
        self.status(412, self.http.write("PATCH", f"/v1/items/{item}", {"price": 400}, If_Match=tag))
        again = self.status(200, self.http.write("PATCH", f"/v1/items/{item}", {"price": 300}, key, If_Match=tag))
        self.assertEqual(again.body, first.body)
        self.assertEqual(self.http.get(f"/v1/items/{item}").json["price"], 300)

    def test_an_item_is_edited_and_retired(self):
        item = self.add(3)
        path, mine = f"/v1/items/{item}", uuid.uuid4().hex
        tag = self.http.get(path).headers["ETag"]
        key = uuid.uuid4().hex
        edited = self.status(200, self.http.write("PATCH", path, {"title": mine}, key, If_Match=tag))
        self.assertEqual((edited.json["item"], edited.json["title"]), (item, mine))
        self.status(412, self.http.write("PATCH", path, {"title": "Else"}, If_Match=tag))
        self.assertEqual([each["id"] for each in self.http.get(f"/v1/items?text={mine}").json["items"]], [item])
        self.status(200, self.http.write("PATCH", path, {"retired": True}))
        again = self.status(200, self.http.write("PATCH", path, {"title": mine}, key, If_Match=tag))
        self.assertEqual(again.body, edited.body, "also after another edit")
        self.assertEqual(self.http.get(f"/v1/items?text={mine}").json["items"], [])
        listed = self.http.get(f"/v1/items?retired=true&after={item - 1}&limit=1").json["items"]
        self.assertEqual([(each["id"], each["retired"]) for each in listed], [(item, True)])
        self.assertEqual(self.status(409, self.buy(item)).json["type"], "/problems/not_for_sale")
        self.assertTrue(self.http.get(path).json["retired"])
        self.status(200, self.http.write("PATCH", path, {"retired": False}))
        self.status(201, self.buy(item))
        self.status(400, self.http.write("PATCH", path, {"retired": True, "price": 5}))

    def test_refusals_say_what_is_left(self):
        item = self.add(3)
        sold_out = self.status(409, self.buy(item, 4)).json
        self.assertEqual((sold_out["type"], sold_out["item"], sold_out["stock"]), ("/problems/out_of_stock", item, 3))
        lines = [{"item": item, "quantity": 1, "price": 1}]
        dearer = self.status(409, self.http.write("POST", "/v1/orders", {"lines": lines})).json
        self.assertEqual((dearer["type"], dearer["price"]), ("/problems/price_changed", 250))
        self.status(409, self.http.write("POST", f"/v1/items/{item}/movements", {"delta": -4}))
        self.status(400, self.http("POST", "/v1/orders", {"lines": lines}))
        self.status(404, self.buy(999999))
        key = uuid.uuid4().hex
        self.assertEqual(self.http.get(f"/v1/outcomes/{key}").json["outcome"], "void")
        self.assertEqual(self.status(409, self.buy(item, 1, key)).json["type"], "/problems/key_voided")

    def test_many_at_once_never_sell_too_much(self):
        item = self.add(30)
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: self.buy(item).status, range(60)))
        self.assertEqual((answers.count(201), answers.count(409)), (30, 30))

    def test_whatever_the_description_allows_is_answered(self):
        """Requests are made from /openapi.json, some of them slightly wrong. Every answer must be described there."""
        dice = random.Random(677)
        for _ in range(300):
            path, operations = dice.choice(sorted(self.http.openapi["paths"].items()))
            method, operation = dice.choice(sorted(operations.items()))
            if operation["responses"].get("200", {}).get("content", {}).get("text/event-stream") or "ops" in path:
                continue
            target = "/".join(self.some_text(dice) if "{" in part else part for part in path.split("/"))
            query = "&".join(f"{each['name']}={self.some_text(dice)}" for each in operation["parameters"]
                             if each["in"] == "query" and dice.random() < 0.7)
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            answer = self.http(method.upper(), f"{target}?{query}", self.some_value(dice, body) if body else None,
                               **({"Idempotency_Key": uuid.uuid4().hex} if dice.random() < 0.9 else {}))
            self.assertLess(answer.status, 500, f"{method} {target}?{query}: {answer}")

    @staticmethod
    def some_text(dice):
        return dice.choice(["1", "2", "0", "7", "tests", "%00", "%F0%9F%90%B7", "-1", "18446744073709551616", "a+b"])

    def some_value(self, dice, schema):
        if dice.random() < 0.03:
            return dice.choice([None, [], {}, "", -1, 1.5, True, "x" * 1000])
        kind = schema["type"] if isinstance(schema["type"], str) else dice.choice(schema["type"])
        if kind == "null":
            return None
        if kind == "object" and "properties" not in schema:
            return {name: self.some_value(dice, schema["additionalProperties"]) for name in dice.sample("abc", dice.choice([0, 1, 2]))}
        if kind == "object":
            return {name: self.some_value(dice, each) for name, each in schema["properties"].items()
                    if name in schema.get("required", []) and dice.random() < 0.98 or dice.random() < 0.3}
        if kind == "array":
            return [self.some_value(dice, schema["items"]) for _ in range(dice.choice([0, 1, 1, 2, 3]))]
        if "enum" in schema:
            return dice.choice(schema["enum"])
        if kind == "integer":
            return dice.choice([1, 1, 2, 3, schema.get("minimum", 0), schema.get("maximum", 5), -5])
        return dice.choice(["x", "", "tests", "\u00e9\u20ac", "RPCs for Dummies"])

    # Events.

    def test_a_sale_is_seen_at_once(self):
        item = self.add(9)
        with self.http.stream(f"/v1/events?item={item}&type=order_placed") as events:
            placed = self.buy(item, 2).json
            seq, kind, data = events.next()
            self.assertEqual((int(seq.partition("-")[0]), kind), (placed["seq"], "order_placed"))
            self.assertEqual(data["lines"], placed["lines"])
            self.assertEqual(self.http.get(f"/v1/items/{item}").json["stock"], 7)

    def test_nothing_is_lost_between_two_connections(self):
        item = self.add(100)
        first = self.buy(item).json["seq"]
        seqs = [self.buy(item).json["seq"] for _ in range(5)]
        with self.http.stream(f"/v1/events?item={item}", Last_Event_ID=str(first)) as events:
            got = [seq_of(events.next()[0]) for _ in range(5)]
        self.assertEqual(got, seqs)

    def test_an_id_says_which_history_it_is_of(self):
        item = self.add(100)
        with self.http.stream(f"/v1/events?item={item}") as events:
            self.buy(item)
            seen = events.next()[0]
        self.assertRegex(seen, "^[0-9]+-[0-9a-f]{8}$")
        following = self.buy(item).json["seq"]
        for target, headers in (("/v1/events?", {"Last_Event_ID": seen}), (f"/v1/events?after={seen}&", {})):
            with self.http.stream(f"{target}item={item}", **headers) as events:
                self.assertEqual(seq_of(events.next()[0]), following)
        foreign = seen.replace(seen[-8:], "00000000")
        with self.http.stream("/v1/events", Last_Event_ID=foreign) as events:
            self.assertEqual(events.next()[1], "reset", "another history had this seq")

    def test_the_whole_stream_from_its_first_event(self):
        with self.http.stream("/v1/events?from=1") as events:
            self.assertEqual(events.next()[1], "store_created")
            seqs = [seq_of(events.next()[0]) for _ in range(5)]
        self.assertEqual(seqs, [2, 3, 4, 5, 6])

    def test_topics_and_customers_are_told_apart(self):
        topic, customer = uuid.uuid4().hex, uuid.uuid4().hex
        other, item = self.add(5), self.add(5, topic.upper())
        with self.http.stream(f"/v1/events?topic={topic}&type=order_placed") as by_topic, \
                self.http.stream(f"/v1/events?customer={customer}") as by_customer:
            self.buy(other, customer="somebody else")
            mine = self.buy(item, customer=customer).json
            self.assertEqual(by_topic.next()[2]["no"], mine["no"])
            self.assertEqual(by_customer.next()[2]["no"], mine["no"])

    def test_a_place_that_is_not_there_is_reset(self):
        with self.http.stream("/v1/events", Last_Event_ID="1000000000") as events:
            self.assertEqual(events.next()[1], "reset")
            item = self.add(1)
            self.assertEqual(events.next()[2]["items"][0]["id"], item)

    def test_the_control_room_gets_status_and_lag(self):
        with self.http.stream("/v1/metrics/live") as live:
            data = wait_for("the status is in it", lambda: (d := live.next()[2]) and d["status"] and d)
        self.assertEqual(len(data["status"]["processes"]), self.HEARD)
        self.assertIn("order-1", data["lag"])

    def test_orders_are_counted_as_they_come(self):
        item = self.add(50)
        with self.http.stream("/v1/metrics/live") as live:
            live.next()
            for _ in range(5):
                self.status(201, self.buy(item))
            counted = []
            wait_for("they are counted", lambda: counted.append(live.next()[2]["orders_s"]) or sum(counted) >= 5)
        self.assertIn('pygmy_stream_events_total{type="order_placed"}', self.http.get("/metrics").body.decode())

    # Health, metrics, traces, pages.

    def test_health(self):
        self.assertEqual(self.status(200, self.http.get("/healthz")).body, b"ok\n")
        self.assertEqual(self.status(200, self.http.get("/readyz")).json, {"ready": True})
        url = f"http://127.0.0.1:{self.http.port}/readyz"
        self.assertEqual(pygmy("health", "--url", url).code, 0)
        self.assertEqual(pygmy("health", "--url", url.replace("readyz", "v1/nothing")).code, 1)
        self.assertEqual(pygmy("health", "--url", "http://127.0.0.1:1/").code, 1)

    @unittest.skipUnless(socket.has_ipv6, "no IPv6")
    def test_health_of_a_bridge_with_an_address_of_ipv6(self):
        class Ready(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.send_response(200 if self.headers["Host"] == f"[::1]:{port}" else 400)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.HTTPServer):
            address_family = socket.AF_INET6

        with Server(("::1", 0), Ready) as server:
            port = server.server_address[1]
            threading.Thread(target=server.serve_forever, daemon=True).start()
            for place in (f"[::1]:{port}", f"[::]:{port}", f"http://[::1]:{port}/readyz"):
                done = pygmy("health", "--of", place)
                self.assertEqual(done.code, 0, (place, done.err))
            self.assertEqual(pygmy("health", "--of", f"[::1:{port}").code, 1)
            server.shutdown()

    def test_metrics_have_one_type_each_and_tell_of_every_process(self):
        self.buy(self.add(1))

        def told():
            text = self.http.get("/metrics").body.decode()
            return text if 'pygmy_decided_total{role="order"' in text else None
        text = wait_for("the heartbeats are in it", told)
        types = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
        self.assertEqual(len(types), len(set(types)))
        for line in text.splitlines():
            self.assertRegex(line, r'^(# (HELP|TYPE) pygmy_\w+ .+|pygmy_\w+(\{[^\n]*\})? [0-9.e+-]+)$')
        self.assertIn('pygmy_process_up{role="broker",instance="broker-1"} 1', text)
        self.assertNotIn("pygmy_undeclared", text)

    def test_dashboard_and_alerts_name_metrics_that_are_served(self):
        files = ("deploy/grafana/pygmy.json", "deploy/prometheus/alerts.yml")
        names = {name for file in files for name in re.findall(r"pygmy_\w+", (ROOT / file).read_text())}
        only_with_tls = {"pygmy_http_certificate_expires_seconds"}  # test_tls.py looks at it
        names = {name for name in names if not name.startswith("pygmy_webhook_")}  # test_webhooks.py looks at them
        metrics = {re.sub("_(bucket|sum|count)$", "", name) for name in names} - only_with_tls
        not_served = lambda: metrics - set(re.findall(r"^# TYPE (\w+)", self.http.get("/metrics").body.decode(), flags=re.M))
        with contextlib.suppress(AssertionError):  # a frontend that has just started has not heard all counters yet
            wait_for("all are served", lambda: not not_served())
        self.assertEqual(not_served(), set())
        json.loads((ROOT / "deploy/grafana/pygmy.json").read_text())

    def test_prometheus_is_told_whose_metrics_they_are_and_what_to_watch(self):
        folder = ROOT / "deploy/prometheus"
        config = yaml.safe_load((folder / "prometheus.yml").read_text())
        self.assertTrue(all(job["honor_labels"] for job in config["scrape_configs"]), "an alert names a process")
        for file in config["rule_files"]:
            for group in yaml.safe_load((folder / file).read_text())["groups"]:
                for rule in group["rules"]:
                    self.assertTrue(rule["expr"] and rule["annotations"]["summary"] and rule["labels"]["severity"], rule)

    def test_requests_are_counted_by_type(self):
        before = self.lookups_counted()
        for _ in range(3):
            self.http.get("/v1/items/1")
        wait_for("they are counted", lambda: self.lookups_counted() >= before + 3)

    def test_it_holds_an_edge(self):
        """So it answers cached look-ups from its memory."""
        beat = wait_for("its edge has a lease", lambda: next(
            (p for p in self.store.status()["processes"] if p["instance"] == self.EDGE and p["state"] == "live"), None))
        self.assertEqual(beat["role"], "frontend")

    def lookups_counted(self):
        text = self.http.get("/metrics").body.decode()
        return sum(map(int, re.findall(r'^pygmy_requests_total{role="frontend",.*type="lookup"} (\d+)$', text, re.M)))

    def test_a_trace_goes_through_the_tiers(self):
        item = self.add(2)
        trace = self.status(200, self.http("POST", "/v1/trace", {"request": "buy", "item": item})).json
        tiers = [span["tier"] for span in trace["spans"]]
        self.assertEqual(tiers[:3], ["client", "frontend", "order"])
        self.assertEqual(tiers[-1], "gate")
        timing = self.http.get(f"/v1/items/{item}?trace=1").headers["Server-Timing"]
        self.assertRegex(timing, r"^client;dur=[0-9.]+, frontend;dur=")

    def test_pages(self):
        home = self.status(200, self.http.get("/"))
        self.assertIn("default-src 'self'", home.headers["Content-Security-Policy"])
        self.assertEqual(home.headers["X-Content-Type-Options"], "nosniff")
        page = self.status(200, self.http.get("/docs"))
        self.assertIn("default-src 'none'", page.headers["Content-Security-Policy"])
        docs = page.body.decode()
        self.assertIn("/v1/items/{id}", docs)

    # Browsers, proxies and odd clients.

    def test_a_page_whose_name_was_led_here_gets_nothing(self):
        """DNS rebinding: the browser takes this bridge for evil.example's own site."""
        item = self.add(5)
        evil = {"Host": "evil.example", "Origin": "http://evil.example", "Sec_Fetch_Site": "same-origin"}
        lines = {"lines": [{"item": item, "quantity": 1}]}
        self.status(421, self.http.write("POST", "/v1/orders", lines, **evil))
        for target in (f"/v1/items/{item}", "/", "/metrics", f"/buy/{item}", "/v1/events"):
            self.status(421, self.http.get(target, **evil))
        self.assertEqual(self.http.get(f"/v1/items/{item}").json["stock"], 5)
        self.status(200, self.http.get("/healthz", **evil))
        for name in ("localhost", "LOCALHOST.:1", "127.0.0.1", "[::1]", "shop"):
            self.status(200, self.http.get(f"/v1/items/{item}", Host=name))

    def test_pages_of_other_sites_and_prefetches_buy_nothing(self):
        item = self.add(5)
        for header in ({"Sec_Fetch_Site": "cross-site"}, {"Origin": "http://evil.example"}, {"Sec_Purpose": "prefetch"},
                       {"Referer": "http://evil.example/a"}, {"User_Agent": "Mozilla/5.0"}):
            self.status(403, self.http.get(f"/buy/{item}", **header))
            self.status(403, self.http.get(f"/buy?item={item}", **header))
        self.assertEqual(self.http.get(f"/v1/items/{item}").json["stock"], 5)

    def test_a_page_of_a_welcome_site_may_buy_and_read(self):
        item = self.add(5)
        friend = {"Origin": "https://friend.example", "Sec_Fetch_Site": "cross-site"}
        asked = self.status(204, self.http("OPTIONS", "/v1/orders", Access_Control_Request_Method="POST", **friend))
        self.assertIn("POST", asked.headers["Access-Control-Allow-Methods"])
        self.assertIn("Idempotency-Key", asked.headers["Access-Control-Allow-Headers"])
        bought = self.status(201, self.http.write("POST", "/v1/orders", {"lines": [{"item": item, "quantity": 1}]}, **friend))
        self.assertEqual(bought.headers["Access-Control-Allow-Origin"], "https://friend.example")
        self.assertIsNone(self.http.get("/v1/items", Origin="http://evil.example").headers["Access-Control-Allow-Origin"])

    def test_answers_are_compressed_on_request(self):
        for target in ("/metrics", "/openapi.json", "/docs", "/v1/items?limit=1000"):
            for _ in range(20):
                self.add(1) if "items" in target else None
            plain = self.status(200, self.http.get(target))
            packed = self.status(200, self.http.get(target, Accept_Encoding="gzip"))
            self.assertEqual(packed.headers["Content-Encoding"], "gzip", target)
            self.assertLess(len(packed.raw), len(plain.raw) / 2, target)
            if target != "/metrics":
                self.assertEqual(packed.body, plain.body)
            refused = self.http.get(target, Accept_Encoding="gzip;q=0")
            self.assertIsNone(refused.headers["Content-Encoding"])

    def test_a_request_has_an_id(self):
        self.assertEqual(self.http.get("/v1/items", X_Request_Id="id-1").headers["X-Request-Id"], "id-1")
        made = {self.http.get("/v1/items").headers["X-Request-Id"] for _ in range(3)}
        self.assertEqual(len(made), 3)

    def test_the_greatest_id_does_not_end_the_ids_that_the_store_gives(self):
        greatest = {"id": 2**53 - 1, "title": uuid.uuid4().hex, "topic": "tests", "price": 1, "stock": 1}
        added = self.http.write("POST", "/v1/items", {"items": [greatest]})
        self.assertEqual(added.headers["Location"], f"/v1/items/{2**53 - 1}")
        key = uuid.uuid4().hex
        body = {"items": [{"title": uuid.uuid4().hex, "topic": "tests", "price": 1, "stock": 1} for _ in range(3)]}
        first = self.status(201, self.http.write("POST", "/v1/items", body, key))
        ids = [item["id"] for item in first.json["items"]]
        self.assertEqual(ids, list(range(ids[0], ids[0] + 3)))
        self.assertEqual(self.http.write("POST", "/v1/items", body, key).body, first.body)

    # The labs' clients.

    def test_the_paths_of_the_labs(self):
        http = self.http
        self.assertEqual(http.get("/books?topic=distributed+systems").json[1],
                         {"id": 2, "title": "RPCs for Dummies"})
        book = http.get("/books/2").json
        self.assertEqual(book["price"], 49.95)
        bought = self.status(200, http("POST", "/books/2")).json
        self.assertEqual(bought["quantity"], book["quantity"] - 1)
        self.status(200, http.get("/buy?id=2"))
        self.assertEqual(http.get("/lookup?id=2").json["quantity"], book["quantity"] - 2)
        self.assertEqual(len(http.get("/search?topic=distributed+systems").json["items"]), 3)
        self.assertEqual(http.get("/search/distributed%20systems").json, http.get("/search?topic=distributed+systems").json)
        self.assertEqual(http.get("/lookup/2").json, http.get("/books/2").json)
        self.assertEqual(http.get("/buy/2").json["quantity"], book["quantity"] - 3)
        self.assertEqual(http("POST", "/buy/2").json["quantity"], book["quantity"] - 4)
        self.status(403, http.get("/buy/2", Origin="http://evil.example"))
        product = http.get("/products/RPCs%20for%20Dummies").json["data"]
        self.assertEqual(product, http.get("/stocks?stock_name=RPCs+for+Dummies").json["data"])
        order = http("POST", "/orders", {"name": "RPCs for Dummies", "quantity": 2}).json["data"]["order_number"]
        self.assertEqual(http.get(f"/orders/{order}").json["data"],
                         {"number": order, "name": "RPCs for Dummies", "quantity": 2, "type": "buy"})
        missing = self.status(404, http.get("/products/Nothing")).json["error"]
        self.assertEqual(missing["code"], 404)

    # The demonstration.

    def test_the_writer_is_killed_over_http_and_no_request_fails(self):
        item = self.add(1000)
        writer = self.store.writer()
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            buys = [pool.submit(self.buy, item) for _ in range(40)]
            self.status(202, self.http("POST", f"/ops/processes/{writer['instance']}/kill"))
            buys += [pool.submit(self.buy, item) for _ in range(40)]
            self.assertEqual({each.result().status for each in buys}, {201})
        self.store.wait_restarted(writer["instance"], writer["pid"])
        self.status(404, self.http("POST", "/ops/processes/nobody-1/kill"))
        self.status(403, self.http("POST", "/ops/processes/order-1/kill", Origin="http://evil.example"))


class HttpOfOneProcess(HttpTest):
    SHAPE = SINGLE
    HEARD = 4
    EDGE = "frontend-1"

    def test_the_writer_is_killed_over_http_and_no_request_fails(self):
        """The bridge goes with it, and comes back with it."""
        item = self.add(1000)
        node = self.store.writer()
        self.status(404, self.http("POST", f"/ops/processes/{node['instance']}/pause"))
        with contextlib.suppress(OSError, http.client.HTTPException):
            self.http("POST", f"/ops/processes/{node['instance']}/kill")
        self.store.wait_restarted(node["instance"], node["pid"])
        wait_for("the bridge answers", lambda: self.answers("/readyz"))
        self.assertEqual(self.buy(item).status, 201)

    def answers(self, path):
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.http.get(path).status == 200


if __name__ == "__main__":
    unittest.main()
