"""Traces for a collector: a request's trace through all tiers, and a collector that is down, slow or strange."""

import collections
import contextlib
import http.server
import json
import socket
import threading
import time
import tempfile
import unittest

from http_client import Http
from store import BOOKSTORE, SHAPE, free_port_base, pygmy, resident_kib, store_of, wait_for

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{CALLER}-01"
ONLY_CALLERS = ("--trace-sample", "0")


class Collector:
    """Takes spans as the OpenTelemetry collector does at /v1/traces. `answers`: (status, headers) of the next requests."""

    def __init__(self, port):
        self.port = port
        self.answers = collections.deque()
        self.requests = []  # when, path, type
        self.spans = []
        self.resources = []
        self.gate = threading.Event()  # requests wait for it
        self.gate.set()
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.requests.append((time.monotonic(), self.path, self.headers["Content-Type"]))
                collector.gate.wait()
                status, headers = collector.answers.popleft() if collector.answers else (200, {})
                if status == 200:
                    collector.take(json.loads(body))
                answer = b'{"partialSuccess":{}}'
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(answer)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # the sender has gone

        self.server = Server(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def take(self, body):
        for resource in body["resourceSpans"]:
            self.resources.append(attributes(resource["resource"]))
            for scope in resource["scopeSpans"]:
                self.spans += scope["spans"]

    def of(self, trace):
        return [span for span in list(self.spans) if span["traceId"] == trace]

    def close(self):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()


def attributes(one):
    return {each["key"]: next(iter(each["value"].values())) for each in one["attributes"]}


def interval(span):
    return int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])


class Otlp(unittest.TestCase):
    def start(self, *options, collector=True):
        base = free_port_base()
        self.port = base + 63
        self.collector = Collector(self.port) if collector else None
        if collector:
            self.addCleanup(self.collector.close)
        self.store = store_of(SHAPE, "--catalogue", BOOKSTORE, "--http", base + 62, "--otlp", f"http://127.0.0.1:{self.port}",
                              *options, port_base=base)
        self.addCleanup(self.store.clean)
        self.store.start()
        self.http = Http(base + 62)

    def buy(self, **headers):
        answer = self.http.write("POST", "/v1/orders", {"lines": [{"item": 1, "quantity": 1}]}, **headers)
        self.assertEqual(answer.status, 201, answer)
        return answer

    def look(self, number):
        """A lookup in a trace of its own, by its caller."""
        trace = f"{number + 1:032x}"
        answer = self.http.get("/v1/items/1", traceparent=f"00-{trace}-{CALLER}-01")
        self.assertEqual(answer.status, 200, answer)
        return trace

    def figure(self, name):
        text = self.http.get("/metrics").body.decode()
        return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(f"pygmy_{name} "))

    def test_an_order_is_one_trace_through_all_tiers(self):
        self.start(*ONLY_CALLERS)
        before = time.time_ns()
        answer = self.buy(traceparent=PARENT)
        after = time.time_ns()
        self.assertEqual(answer.headers["traceparent"], PARENT)
        spans = wait_for("the trace has come", lambda: self.collector.of(TRACE))
        named = {span["name"]: span for span in spans}
        ids = {span["spanId"]: span for span in spans}
        self.assertEqual(len(ids), len(spans))
        self.assertEqual(set(self.collector.spans[0]), {"traceId", "spanId", "parentSpanId", "name", "kind",
                                                        "startTimeUnixNano", "endTimeUnixNano", "attributes", "status"})
        tree = {name: ids[span["parentSpanId"]]["name"] for name, span in named.items() if span["parentSpanId"] in ids}
        for inner, outer in (("place", "POST /v1/orders"), ("frontend", "place"), ("order", "frontend"), ("gate", "frontend"),
                             ("decide", "order"), ("commit", "order"), ("append", "commit"), ("queue", "commit"),
                             ("flush", "commit"), ("apply", "frontend"), ("watermark", "frontend")):
            self.assertEqual(tree.get(inner), outer, spans)
        root = named["POST /v1/orders"]
        self.assertEqual((root["parentSpanId"], root["kind"], root["status"]), (CALLER, 2, {}))
        self.assertEqual((named["place"]["kind"], named["flush"]["kind"]), (3, 1))
        self.assertEqual(attributes(root), {"http.request.method": "POST", "http.route": "/v1/orders", "url.scheme": "http",
                                            "http.response.status_code": "201"})
        roles = {name: attributes(span).get("pygmy.role") for name, span in named.items()}
        self.assertEqual([roles[name] for name in ("frontend", "order", "flush")], ["frontend", "order", "broker"])
        self.assertLessEqual(before, interval(root)[0])
        self.assertLessEqual(interval(root)[1], after)
        for span in spans:
            begin, end = interval(span)
            outer = interval(ids.get(span["parentSpanId"], span))
            self.assertTrue(outer[0] <= begin <= end <= outer[1], (span, outer))
        resource = self.collector.resources[0]
        self.assertEqual((resource["service.name"], resource["service.instance.id"]), ("pygmy", "bridge-1"))
        self.assertEqual(resource["service.version"], pygmy("--version").out.split()[1])
        self.assertEqual(self.collector.requests[0][1:], ("/v1/traces", "application/json"))

    def test_only_what_a_caller_traces_is_sent_and_nothing_of_the_customer(self):
        self.start(*ONLY_CALLERS)
        secret = "ann.secret"
        self.http.get("/v1/items/1")
        for invalid in (PARENT[:-2] + "00", PARENT.upper(), PARENT.replace(TRACE, "0" * 32), "ff" + PARENT[2:], "x" * 8000):
            self.http.get("/v1/items/1", traceparent=invalid)
        self.http.write("POST", "/v1/orders", {"lines": [{"item": 1, "quantity": 1}], "customer": secret}, key=secret + "key",
                        traceparent=PARENT)
        self.http.get(f"/v1/outcomes/{secret}key?trace=1", traceparent=PARENT)
        wait_for("both have come", lambda: len([s for s in self.collector.of(TRACE) if s["kind"] == 2]) == 2)
        self.assertEqual({span["traceId"] for span in self.collector.spans}, {TRACE})
        self.assertNotIn(secret, json.dumps(self.collector.spans))

    def test_of_the_others_a_part_is_traced_and_the_answer_names_the_trace(self):
        self.start("--trace-sample", "1")
        answer = self.buy()
        trace = answer.headers["traceparent"].split("-")[1]
        wait_for("the trace has come", lambda: self.collector.of(trace))
        refused = self.http.get("/v1/items/999999999")
        self.assertEqual(refused.status, 404)
        trace = refused.headers["traceparent"].split("-")[1]
        root = wait_for("its trace has come", lambda: [s for s in self.collector.of(trace) if s["kind"] == 2])[0]
        self.assertNotIn("parentSpanId", root)
        self.assertEqual((attributes(root)["http.response.status_code"], root["status"]), ("404", {}))
        lookup = next(s for s in self.collector.of(trace) if s["kind"] == 3)
        self.assertEqual(attributes(lookup)["error.type"], "unknown_item")

    def test_a_collector_that_has_no_time_gets_them_later_as_it_says(self):
        self.start(*ONLY_CALLERS)
        self.collector.answers += [(429, {}), (503, {"Retry-After": "3"})]
        trace = self.look(1)
        wait_for("the spans come again", lambda: self.collector.of(trace))
        times = [at for at, _, _ in self.collector.requests]
        self.assertEqual(len(times), 3)
        self.assertGreaterEqual(times[1] - times[0], 0.9)
        self.assertGreaterEqual(times[2] - times[1], 2.9)
        wait_for("both failures are counted", lambda: self.figure("spans_failed_tries_total") == 2)
        self.assertEqual(self.figure("spans_dropped_total"), 0)
        self.assertIn("takes no spans: it answers 429", self.logged())
        wait_for("it is told", lambda: "takes spans again" in self.logged())

    def logged(self):
        return self.store.log("bridge-1" if SHAPE != "single" else "node-1")

    def test_spans_that_are_refused_are_dropped_and_counted(self):
        self.start(*ONLY_CALLERS)
        self.collector.answers.append((400, {}))
        self.look(1)
        wait_for("they are dropped", lambda: self.figure("spans_dropped_total") > 2)
        trace = self.look(2)
        wait_for("the next are taken", lambda: self.collector.of(trace))

    def test_garbage_instead_of_an_answer_is_no_answer(self):
        self.start(*ONLY_CALLERS, collector=False)
        with socket.create_server(("127.0.0.1", self.port)) as strange:
            trace = self.look(1)
            for garbage in (b"\x00\xff" * 5000, b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000, b""):
                connection, _ = strange.accept()
                with connection, contextlib.suppress(OSError):
                    connection.recv(1)
                    connection.sendall(garbage)
        self.collector = Collector(self.port)
        self.addCleanup(self.collector.close)
        wait_for("they come nevertheless", lambda: self.collector.of(trace))

    def test_answers_do_not_wait_for_a_collector_and_what_waits_is_bounded(self):
        self.start("--trace-sample", "1")
        self.collector.gate.clear()  # it takes requests and does not answer
        process = self.store.process("bridge-1")["pid"]
        wait_for("a batch is under way", lambda: self.http.get("/v1/items/1") and self.collector.requests)
        before = resident_kib(process)
        begin = time.monotonic()
        for number in range(1500):
            self.http.get("/v1/items/1")
        self.assertLess(time.monotonic() - begin, 60)
        self.assertGreater(self.figure("spans_waiting_bytes"), 10_000, "at least those of the 200 traces that may begin at once")
        self.assertLessEqual(self.figure("spans_waiting_bytes"), 4 * 1024 * 1024)
        self.assertLess(resident_kib(process) - before, 40 * 1024)
        self.stop_within(4)

    def stop_within(self, seconds):
        begin = time.monotonic()
        self.assertEqual(self.store.stop(), 0)
        self.assertLess(time.monotonic() - begin, seconds)

    def test_a_stop_sends_the_last_spans(self):
        self.start(*ONLY_CALLERS)
        traces = [self.look(number) for number in range(20)]
        self.assertEqual(self.store.stop(), 0)
        for trace in traces:
            self.assertTrue(self.collector.of(trace), trace)

    def test_without_a_collector_the_store_works_and_stops(self):
        self.start(*ONLY_CALLERS, collector=False)
        self.look(1)
        wait_for("it is tried", lambda: self.figure("spans_failed_tries_total"))
        self.assertIn("cannot be reached", self.logged())
        self.stop_within(4)


class Refused(unittest.TestCase):
    def test_options_that_make_no_sense(self):
        for options, reason in ((("--otlp", "127.0.0.1:4318"), "write it like http://127.0.0.1:4318/v1/traces"),
                                (("--otlp", "http://user:secret@collector"), "has a user or a password"),
                                (("--trace-sample", "0.5"), "--otlp"),
                                (("--otlp", "http://127.0.0.1:4318", "--trace-sample", "1.5"), "--trace-sample")):
            ran = pygmy("bridge", "--listen", f"127.0.0.1:{free_port_base()}", *options)
            self.assertNotEqual(ran.code, 0, options)
            self.assertIn(reason, ran.err)
            self.assertNotIn("secret", ran.err)

    def test_a_store_without_a_bridge_sends_no_traces(self):
        with tempfile.TemporaryDirectory() as directory:
            ran = pygmy("up", "--data", f"{directory}/data", "--port-base", free_port_base(), "--http", "off", "--otlp", "http://127.0.0.1:4318")
        self.assertEqual(ran.code, 1, ran)
        self.assertIn("there are none with --http off", ran.err)


if __name__ == "__main__":
    unittest.main()
