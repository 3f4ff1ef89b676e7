"""HTTP for the tests: requests whose answers are checked against /openapi.json, raw bytes, and event streams."""

import gzip
import http.client
import json
import re
import socket
import time
import uuid

from store import BOOKSTORE, StoreTest, free_port_base, store_of


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.raw = status, headers, body
        self.body = gzip.decompress(body) if headers["Content-Encoding"] == "gzip" else body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {dict(self.headers)} {self.body[:500]!r}"


def resolved(value, root):
    """`value` with the parts of `root` that it refers to in the place of its references."""
    if isinstance(value, list):
        return [resolved(each, root) for each in value]
    if not isinstance(value, dict):
        return value
    if "$ref" not in value:
        return {name: resolved(each, root) for name, each in value.items()}
    part = root
    for name in value["$ref"].removeprefix("#/").split("/"):
        part = part[name]
    return resolved(part, root)


def mismatch(value, schema, where="answer"):
    """Returns why `value` does not match this JSON Schema, or None. It knows the parts of JSON Schema that the bridge's
    description uses."""
    kind = schema.get("type")
    types = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
    if kind and (not isinstance(value, types[kind]) or (kind == "integer" and isinstance(value, bool))):
        return f"{where} is not of type {kind}: {value!r}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{where} is none of {schema['enum']}: {value!r}"
    if kind == "integer" and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        return f"{where} is out of range: {value}"
    if kind == "array":
        found = [mismatch(each, schema["items"], f"{where}[{i}]") for i, each in enumerate(value)]
        return next(filter(None, found), None)
    if kind == "object":
        missing = [name for name in schema.get("required", []) if name not in value]
        if missing:
            return f"{where} lacks {missing}"
        more = schema.get("additionalProperties", {})
        for name, each in value.items():
            inner = schema.get("properties", {}).get(name, more)
            if inner is False:
                return f"{where} has an unknown member {name}"
            if wrong := mismatch(each, inner, f"{where}.{name}"):
                return wrong
    return None


class Http:
    """A client of one bridge. It notes every answer that does not match /openapi.json in `undescribed`."""

    def __init__(self, port):
        self.port = port
        self.openapi = None
        self.undescribed = []

    def __call__(self, method, target, body=None, **headers):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        data = None
        if body is not None:
            data = body if isinstance(body, (bytes, str)) else json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, target, data, sent)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        finally:
            connection.close()
        self.check(method, target.partition("?")[0], answer)
        return answer

    def get(self, target, **headers):
        return self("GET", target, **headers)

    def write(self, method, target, body, key=None, **headers):
        return self(method, target, body, Idempotency_Key=key or uuid.uuid4().hex, **headers)

    def operation(self, method, path):
        for template, operations in self.openapi["paths"].items():
            if method.lower() in operations and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
                return operations[method.lower()]
        return None

    def check(self, method, path, answer):
        if self.openapi is None or method in ("HEAD", "OPTIONS") or answer.status == 304:
            return
        operation = self.operation(method, path)
        if operation is None:
            return
        described = operation["responses"].get(str(answer.status))
        if described is None:
            self.undescribed.append(f"{method} {path}: {answer.status} is not described")
            return
        if not described.get("content") and not answer.headers["Content-Type"]:
            return
        kind = (answer.headers["Content-Type"] or "nothing").partition(";")[0]
        if kind not in described.get("content", {}):
            self.undescribed.append(f"{method} {path}: {answer.status} is {kind}")
        elif kind.endswith("json"):
            if wrong := mismatch(answer.json, described["content"][kind]["schema"]):
                self.undescribed.append(f"{method} {path}: {wrong}")

    def raw(self, data, wait_s=5):
        """Sends bytes. Returns everything that comes until the other side closes or is silent for `wait_s` seconds."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait_s) as connection:
            connection.sendall(data)
            return read_all(connection)

    def stream(self, target, **headers):
        return Events(self.port, target, headers)


def read_all(connection):
    got = b""
    try:
        while piece := connection.recv(65536):
            got += piece
    except (TimeoutError, ConnectionResetError):
        pass
    return got


class Events:
    """A stream of server-sent events, read one at a time."""

    def __init__(self, port, target, headers):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.connection.request("GET", target, headers={name.replace("_", "-"): text for name, text in headers.items()})
        self.response = self.connection.getresponse()
        assert self.response.status == 200, self.response.read()

    def next(self, deadline_s=20):
        """Returns the next event as (id, type, data). The id is "SEQ-TAG"."""
        until = time.monotonic() + deadline_s
        event = {}
        while time.monotonic() < until:
            line = self.response.readline().decode().rstrip("\n")
            if line == "" and "data" in event:
                return event.get("id"), event.get("event"), json.loads(event["data"])
            if line == "":
                event = {}
            elif not line.startswith(":"):
                name, _, value = line.partition(": ")
                event[name] = value
        raise AssertionError("no event in time")

    def close(self):
        self.response.close()  # otherwise the socket stays open
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def seq_of(event_id):
    return int(event_id.partition("-")[0])


class HttpStoreTest(StoreTest):
    """One store with a bridge for each class. Every answer must match /openapi.json."""

    OPTIONS = ("--catalogue", BOOKSTORE, "--host", "a", "--host", "shop", "--cors", "https://friend.example")

    @classmethod
    def setUpClass(cls):
        # The bridge gets a free port of the store's range that no other process uses.
        base = free_port_base()
        cls.store = store_of(cls.SHAPE, *cls.OPTIONS, "--http", base + 62, port_base=base)
        cls.addClassCleanup(cls.store.clean)
        cls.store.start()
        cls.http = Http(base + 62)
        description = cls.http.get("/openapi.json").json
        cls.http.openapi = resolved(description, description)

    def tearDown(self):
        self.assertEqual(self.http.undescribed, [])
        self.http.undescribed.clear()

    def status(self, wanted, answer):
        self.assertEqual(answer.status, wanted, answer)
        return answer

    def add(self, stock, topic="tests"):
        body = {"items": [{"title": f"Item {uuid.uuid4().hex}", "topic": topic, "price": 250, "stock": stock}]}
        return self.status(201, self.http.write("POST", "/v1/items", body)).json["items"][0]["id"]

    def buy(self, item, quantity=1, key=None, **more):
        return self.http.write("POST", "/v1/orders", {"lines": [{"item": item, "quantity": quantity}], **more}, key)
