"""Webhooks: receivers that die, are gone, are private or get another key; a bridge that is killed; dead letters."""

import base64
import collections
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import random
import re
import signal
import socket
import ssl
import tempfile
import threading
import time
import unittest
import uuid

from http_client import Http, resolved
from store import BOOKSTORE, ROOT, Store, free_port_base, pygmy, wait_for
from test_tls import certify

SMALL = ("--catalogs", "1", "--orders", "1", "--frontends", "1", "--catalogue", BOOKSTORE)
# The first pauses are short, so that a receiver that comes back gets its events at once; nothing dies meanwhile.
PATIENT = [20, 50, 100, 100, 100, 200, 500, 1000, 2000, 5000, 60_000]
DEATHS = 100


def new_key():
    return "whsec_" + base64.b64encode(os.urandom(32)).decode()


def example():
    """The receiver of docs/OPERATIONS.md."""
    code = (ROOT / "docs/OPERATIONS.md").read_text().partition("```python\n# receiver.py")[2].partition("```")[0]
    names = {"__name__": "receiver"}
    exec(compile("# receiver.py" + code, "docs/OPERATIONS.md", "exec"), names)
    return names


is_signed = example()["is_signed"]


class Receiver:
    """Notes the events that it takes. It can be closed, in the middle of a request, and opened again on its port."""

    def __init__(self, key, tls=None):
        self.keys = [key]
        self.tls = tls
        self.port = free_port_base()
        self.status = 204
        self.says_close = False
        self.dies = lambda: None  # called with each request: "before" or "after" it is noted it dies; None: it lives
        self.events = []  # bodies, in the order in which they came
        self.ids = []
        self.connections = 0
        self.refused = collections.Counter()  # by reason
        self.lock = threading.Lock()
        self.server = None
        self.open()

    def open(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"  # the connection stays open

            def setup(self):
                super().setup()
                with receiver.lock:
                    receiver.connections += 1

            def do_POST(self):
                receiver.on_request(self)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_):
                pass  # the sender has gone

        self.server = Server(("127.0.0.1", self.port), Handler)
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.tls / "cert.pem", self.tls / "key.pem")
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self):
        server, self.server = self.server, None
        if server:
            server.shutdown()
            server.server_close()

    def on_request(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        with self.lock:
            if not any(is_signed(handler.headers, body, key) for key in self.keys):
                self.refused["signature"] += 1
                return self.answer(handler, 401)
            death = self.dies()
            if death != "before" and self.status < 300:
                self.events.append(json.loads(body))
                self.ids.append(handler.headers["webhook-id"])
            elif self.status >= 300:
                self.refused[self.status] += 1
        if not death:
            return self.answer(handler, self.status)
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)  # without an answer
        self.close()
        self.open()

    def answer(self, handler, status):
        handler.send_response(status)
        handler.send_header("Content-Length", "0")
        if self.says_close:
            handler.send_header("Connection", "close")
        handler.end_headers()

    def seqs(self):
        with self.lock:
            return [event["data"]["seq"] for event in self.events]


def first_comings(seqs):
    return list(dict.fromkeys(seqs))


class WebhooksTest(unittest.TestCase):
    def setUp(self):
        home = tempfile.TemporaryDirectory(prefix="pygmy-webhooks-")
        self.addCleanup(home.cleanup)
        self.home = pathlib.Path(home.name)
        self.webhooks = []
        self.key = new_key()

    def private(self, name, text):
        file = self.home / name
        file.touch(mode=0o600)
        file.write_text(text)
        return file

    def receiver(self, name="till", key=None, tls=None, **more):
        """A receiver, and the webhook that sends to it."""
        receiver = Receiver(key or self.key, tls)
        self.addCleanup(receiver.close)
        self.private(f"{name}.key", (key or self.key) + "\n")
        url = f"{'https' if tls else 'http'}://127.0.0.1:{receiver.port}/hook"
        self.webhooks.append({"name": name, "url": url, "types": ["order_placed"], "from": 1, "keys": [f"{name}.key"],
                              "allow_private": True, "pauses": PATIENT, **more})
        return receiver

    def file(self):
        return self.private("webhooks.json", json.dumps({"webhooks": self.webhooks}))

    def start(self, *options):
        base = free_port_base()
        self.store = Store(*SMALL, "--http", base + 62, "--webhooks", self.file(), *options, port_base=base)
        self.addCleanup(self.store.clean)
        self.store.start()
        self.http = Http(base + 62)
        description = self.http.get("/openapi.json").json
        self.http.openapi = resolved(description, description)
        self.addCleanup(lambda: self.assertEqual(self.http.undescribed, []))

    def buy(self, count):
        """Places orders, and returns the seqs of their events."""
        seqs = []
        for _ in range(count):
            answer = self.http.write("POST", "/v1/orders", {"lines": [{"item": 1, "quantity": 1}]}, uuid.uuid4().hex)
            self.assertEqual(answer.status, 201, answer)
            seqs.append(answer.json["seq"])
        return seqs

    def state(self, name="till"):
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer = self.http.get("/v1/webhooks")
            if answer.status == 200:
                return next((each for each in answer.json["webhooks"] if each["name"] == name), {})
        return {}

    def cursor_passes(self, seq, name="till"):
        wait_for(f"the cursor of {name} passes {seq}", lambda: self.state(name).get("cursor", 0) >= seq)

    def acknowledged(self, name="till"):
        all_of_them = self.store.read("subscriptions")["subscriptions"]
        return next((each["cursor"] for each in all_of_them if each["name"] == name), 0)

    def figure(self, name):
        found = re.search(rf"(?m)^pygmy_{re.escape(name)} (\d+)$", self.http.get("/metrics").body.decode())
        return int(found[1]) if found else None

    def dead(self, name="till"):
        return [each["seq"] for each in self.http.get(f"/v1/webhooks/{name}/dead_letters").json["dead_letters"]]

    def stock(self, pieces):
        answer = self.http.write("POST", "/v1/items/1/movements", {"delta": pieces})
        self.assertEqual(answer.status, 201, answer)


class Deliveries(WebhooksTest):
    def test_nothing_is_lost_and_the_order_is_kept_though_the_receiver_dies_a_hundred_times(self):
        receiver = self.receiver()
        chance = random.Random(11)
        deaths = collections.Counter()

        in_a_row = [0]

        def dies():
            # Every second request is the last one of its receiver, until it has died often enough.
            may_die = deaths.total() < DEATHS and in_a_row[0] < 3
            death = chance.choice(["before", "after", None, None]) if may_die else None
            in_a_row[0] = in_a_row[0] + 1 if death else 0
            if death:
                deaths[death] += 1
            return death
        receiver.dies = dies
        self.start()
        self.stock(500)
        seqs = self.buy(150)
        self.cursor_passes(seqs[-1])
        self.assertEqual(deaths.total(), DEATHS)
        self.assertEqual(first_comings(receiver.seqs()), seqs)
        self.assertEqual(len(receiver.seqs()), len(seqs) + deaths["after"], "only those without an answer come again")
        self.assertEqual(receiver.refused.total(), 0, "each try is signed")
        self.assertEqual([event["type"] for event in receiver.events], ["order_placed"] * len(receiver.events))
        self.assertEqual(self.state()["dead_letters"], 0)
        self.assertGreater(self.state()["failed"], 0, "it dies again when the event comes on a new connection")
        wait_for("the subscription is acknowledged", lambda: self.acknowledged() >= seqs[-1])
        wait_for("the figures tell it", lambda: self.figure('webhook_delivered_total{webhook="till"}') == 150)
        self.assertEqual(self.figure('webhook_failed_total{webhook="till"}'), self.state()["failed"])
        self.assertGreaterEqual(receiver.connections, DEATHS)
        # The acknowledgement itself, and the events about processes, are behind the cursor.
        wait_for("the lag is told", lambda: self.figure('subscription_lag_events{subscription="till"}') in range(50))

    def test_a_connection_is_kept_and_opened_anew_if_the_receiver_closes_it(self):
        receiver = self.receiver()
        self.start()
        begun = time.monotonic()
        seqs = self.buy(20)
        self.cursor_passes(seqs[-1])
        self.assertEqual(receiver.seqs(), seqs)
        # It is kept for 10 s without an event, and for a minute at most.
        self.assertLessEqual(receiver.connections, 1 + (time.monotonic() - begun) // 10)
        before = receiver.connections
        receiver.says_close = True
        seqs += self.buy(3)
        self.cursor_passes(seqs[-1])
        self.assertEqual(receiver.seqs(), seqs)
        self.assertGreaterEqual(receiver.connections, before + 2, "the first may have come on the kept one")
        self.assertEqual(self.state()["failed"], 0)

    def test_a_killed_bridge_goes_on_at_the_cursor(self):
        receiver = self.receiver()
        self.start()
        self.stock(500)
        seqs = self.buy(10)
        wait_for("the subscription is acknowledged", lambda: self.acknowledged() >= seqs[-1])
        before = len(receiver.seqs())
        self.assertEqual(first_comings(receiver.seqs()), seqs)
        for _ in range(3):
            seqs += self.buy(5)
            self.store.kill("bridge-1")
            wait_for("the bridge is back", self.state)
        self.cursor_passes(seqs[-1])
        self.assertEqual(first_comings(receiver.seqs()), seqs)
        self.assertNotIn(seqs[0], receiver.seqs()[before:], "acknowledged events do not come again")

    def test_no_event_comes_twice_after_a_clean_stop(self):
        receiver = self.receiver()
        self.start()
        self.stock(500)
        seqs = []
        for _ in range(3):
            # Events are acknowledged every 2 s, so these are not when the bridge is told to stop.
            seqs += self.buy(5)
            old = self.store.kill("bridge-1", signal.SIGTERM)
            self.store.wait_restarted("bridge-1", old)
            wait_for("the bridge is back", self.state)
        seqs += self.buy(5)
        self.assertEqual(self.store.stop(), 0)
        self.assertNotIn("does not stop", self.store.printed())
        self.store.start()
        wait_for("the bridge is back", self.state)
        seqs += self.buy(1)
        self.cursor_passes(seqs[-1])
        self.assertEqual(receiver.seqs(), seqs)

    def test_two_webhooks_do_not_wait_for_each_other(self):
        fast = self.receiver("fast")
        slow = self.receiver("slow", pauses=[3_600_000])
        slow.status = 503
        self.start()
        seqs = self.buy(3)
        self.cursor_passes(seqs[-1], "fast")
        self.assertEqual(fast.seqs(), seqs)
        wait_for("the other one is refused", lambda: self.state("slow").get("last_status") == 503)
        told = self.state("slow")
        self.assertEqual((told["state"], told["fault"]), ("failing", "the receiver answers 503"))
        self.assertGreater(told["next_try"], told["last_at"] + 3_500_000)
        self.assertLess(told["cursor"], seqs[0])
        slow.status = 200
        self.assertEqual(self.http("POST", "/v1/webhooks/slow/enable").status, 200)
        self.cursor_passes(seqs[-1], "slow")
        self.assertEqual(slow.seqs(), seqs)


class Ends(WebhooksTest):
    def test_a_receiver_that_is_gone_gets_nothing_until_it_is_enabled_also_from_the_next_bridge(self):
        receiver = self.receiver()
        receiver.status = 410
        self.start()
        seqs = self.buy(2)
        wait_for("the webhook is disabled", lambda: self.state().get("state") == "disabled")
        self.assertEqual(receiver.refused[410], 1)
        state = pathlib.Path(self.store.data, "bridge-1", "till.d", "state.json")
        wait_for("the disk has it", lambda: json.loads(state.read_text())["disabled"])
        receiver.status = 204
        self.store.kill("bridge-1")
        wait_for("the next bridge knows it", lambda: self.state().get("state") == "disabled")
        self.assertEqual((receiver.refused[410], receiver.seqs()), (1, []))
        wait_for("the figures tell it", lambda: self.figure('webhook_disabled{webhook="till"}') == 1)
        self.assertEqual(self.http("POST", "/v1/webhooks/till/enable").status, 200)
        self.cursor_passes(seqs[-1])
        self.assertEqual(receiver.seqs(), seqs)

    def test_dead_letters_are_kept_and_sent_again(self):
        receiver = self.receiver(pauses=[10])
        receiver.status = 500
        self.start()
        seqs = self.buy(3)
        wait_for("all are dead", lambda: self.state().get("dead_letters") == 3)
        self.assertEqual(receiver.refused[500], 6, "each is tried twice")
        self.assertEqual(self.dead(), seqs)
        files = pathlib.Path(self.store.data, "bridge-1", "till.d")
        kept = [json.loads(file.read_text()) for file in files.glob("*-*.json")]
        self.assertEqual(sorted(event["data"]["seq"] for event in kept), seqs)
        self.assertEqual({file.stat().st_mode & 0o777 for file in files.glob("*.json")}, {0o600})
        wait_for("the subscription is acknowledged", lambda: self.acknowledged() >= seqs[-1])
        self.store.kill("bridge-1")
        wait_for("the next bridge has them", lambda: self.state().get("dead_letters") == 3)
        receiver.status = 200
        one = self.http("POST", f"/v1/webhooks/till/dead_letters/{seqs[1]}/redeliver")
        self.assertEqual((one.status, one.json), (202, {"redelivered": 1}))
        wait_for("it is delivered", lambda: receiver.seqs() == [seqs[1]])
        self.assertEqual(self.http("DELETE", f"/v1/webhooks/till/dead_letters/{seqs[2]}").status, 204)
        self.assertEqual(self.http("POST", "/v1/webhooks/till/dead_letters/redeliver").json, {"redelivered": 1})
        wait_for("all are delivered", lambda: receiver.seqs() == [seqs[1], seqs[0]])
        wait_for("no file is left", lambda: not list(files.glob("*-*.json")))
        more = self.buy(1)
        self.cursor_passes(more[0])
        self.assertEqual(receiver.seqs(), [seqs[1], seqs[0], *more])

    def test_a_key_is_replaced_without_a_restart(self):
        receiver = self.receiver()
        self.start()
        self.stock(5000)
        self.cursor_passes(self.buy(1)[0])
        old, new = self.key, new_key()
        self.private("till.key", f"{old}\n{new}\n")  # both
        receiver.keys = [new]  # the receiver changes over; until the bridge has looked, it refuses
        self.cursor_passes(self.buy(1)[0])
        self.private("till.key", f"{new}\n")
        self.cursor_passes(self.buy(1)[0])
        receiver.keys = [old]
        refused = receiver.refused["signature"]
        wait_for("the old key is not used any more", lambda: self.buy(1) and receiver.refused["signature"] > refused)
        receiver.keys = [new]
        self.cursor_passes(self.buy(1)[0])
        logs = [file.read_text() for file in pathlib.Path(self.store.data, "log").iterdir()]
        self.assertGreater(len(logs), 1)
        for text in (self.store.printed(), *logs):
            for key in (old, new):
                self.assertNotIn(key.removeprefix("whsec_"), text)


    def test_a_changed_file_is_read_again_and_one_with_a_fault_is_not_used(self):
        first = self.receiver()
        self.start()
        seqs = self.buy(2)
        self.cursor_passes(seqs[-1])
        mailer = self.receiver("mailer")  # gets all events from the first one on
        self.private("webhooks.json", "{")
        wait_for("the fault is logged", lambda: "the former ones stay" in self.store.log("bridge-1"))
        seqs += self.buy(1)
        self.cursor_passes(seqs[-1])
        self.file()
        wait_for("the new webhook is there", lambda: self.state("mailer"))
        seqs += self.buy(1)
        self.cursor_passes(seqs[-1])
        self.cursor_passes(seqs[-1], "mailer")
        self.assertEqual((first.seqs(), mailer.seqs()), (seqs, seqs))
        moved = Receiver(self.key)
        self.addCleanup(moved.close)
        self.webhooks[0]["url"] = f"http://127.0.0.1:{moved.port}/hook"
        seqs += self.buy(3)
        self.file()
        wait_for("the receiver is another one", lambda: self.state().get("receiver", "").endswith(f":{moved.port}"))
        seqs += self.buy(1)
        self.cursor_passes(seqs[-1])
        self.assertEqual(first.seqs() + moved.seqs(), seqs, "none is lost, and none comes twice")
        del self.webhooks[0]
        self.file()
        wait_for("the webhook has ended", lambda: not self.state())
        self.assertGreaterEqual(self.acknowledged(), seqs[-1])
        more = self.buy(1)
        self.cursor_passes(more[0], "mailer")
        self.assertEqual(mailer.seqs(), seqs + more)
        self.assertEqual(first.seqs() + moved.seqs(), seqs)


class Receivers(WebhooksTest):
    def test_a_private_address_is_refused_by_default(self):
        certify(self.home, "localhost")
        receiver = self.receiver(tls=self.home, ca="cert.pem", allow_private=False)
        self.start()
        self.buy(1)
        wait_for("the address is refused", lambda: "allow_private" in self.state().get("fault", ""))
        self.assertEqual(receiver.seqs(), [])

    def test_a_receiver_under_tls_must_have_the_right_certificate(self):
        certify(self.home, "localhost")
        known = self.receiver("known", tls=self.home, ca="cert.pem")
        unknown = self.receiver("unknown", tls=self.home)
        self.start()
        seqs = self.buy(2)
        self.cursor_passes(seqs[-1], "known")
        self.assertEqual(known.seqs(), seqs)
        wait_for("the certificate is refused", lambda: "TLS" in self.state("unknown").get("fault", ""))
        self.assertEqual(unknown.seqs(), [])


class Faults(WebhooksTest):
    def refused(self, *words):
        """The bridge and `up` refuse the file, and name what is wrong."""
        file = self.home / "webhooks.json"
        for command in (["bridge", "--listen", "127.0.0.1:1", "--data", self.home], ["up", "--data", self.home / "up"]):
            result = pygmy(*command, "--webhooks", file)
            self.assertNotEqual(result.code, 0, result)
            for word in words:
                self.assertIn(word, result.err + result.out)

    def test_faults_of_the_files_are_told_before_anything_starts(self):
        self.receiver()
        webhook = self.webhooks[0]
        for change, word in (({"url": "ftp://a.example"}, "webhooks[0].url"),
                             ({"types": ["order"]}, "webhooks[0].types"), ({"pauses": [0]}, "webhooks[0].pauses"),
                             ({"keys": ["missing.key"]}, "missing.key"),
                             ({"allow_private": False}, "webhooks[0].url"), ({"more": 1}, "webhooks[0].more")):
            self.webhooks = [{**webhook, **change}]
            self.file()
            self.refused("webhooks.json" if "webhooks[0]" in word else word, word)
        self.webhooks = [webhook]
        self.file()
        for name in ("till.key", "webhooks.json"):
            (self.home / name).chmod(0o644)
            self.refused(f"chmod 600 {self.home / name}")
            (self.home / name).chmod(0o600)


if __name__ == "__main__":
    unittest.main()
