"""The rights of clients as the vocabulary in msg/ says them, and requests of every kind to try them with."""

import re
import sys

from store import ROOT

sys.path.insert(0, str(ROOT / "tests/protocol"))
import client as protocol  # noqa: E402

DENIED = ("forbidden", "unauthenticated")


def request_text():
    """The headers with all requests."""
    return "".join((ROOT / "msg" / name).read_text() for name in ("requests.h", "requests_items.h", "requests_orders.h"))


def vocabulary():
    """{type of request: the roles that may send it}, of all requests that clients send."""
    text = request_text() + "".join((ROOT / "msg" / f"{name}.h").read_text() for name in ("credentials", "internal"))
    sets = {name: {role.lower() for role in re.findall(r"ClientRole::k(\w+)", roles)}
            for name, roles in re.findall(r"constexpr ClientRoles (kFor\w+)\(([^)]*)\);", text)}
    requests = re.findall(r'kType = "(\w+)";\s*static constexpr auto kFrom = \w+;\s*static constexpr auto kFor = (\w+);', text)
    return {kind: sets[name] for kind, name in requests if name in sets}


def objects():
    """{type of request: its field that names an order or a hold}, of all requests that touch one by its number."""
    text = request_text()
    structs = re.findall(r'kType = "(\w+)";(.*?)\n};', text, flags=re.S)
    fields = {kind: re.search(r"^  (?:OrderNo|HoldNo) (\w+);", struct, flags=re.M) for kind, struct in structs}
    return {kind: field[1] for kind, field in fields.items() if field}


def routes():
    """{(method, path): the request that a client must be allowed to send}, as the bridge's own tests have it."""
    text = (ROOT / "tests/bridge/rights_test.cpp").read_text()
    return {(method, path): kind for method, path, kind in re.findall(r'\{"([A-Z]+) (/v1/[^"]+)", "(\w*)"\}', text)}


def bodies(order=1):
    """A body for each request, of which none does harm. `order`: the number of an order."""
    new = protocol.new_key
    return {
        "lookup": {"item": 1}, "search": {}, "order": {"no": order}, "orders": {}, "status": {}, "store": {},
        "forget": {"instance": "nobody-1"}, "events": {"from": 1, "partly": True}, "outcome": {"key": new()}, "credentials": {}, "whoami": {},
        "cancel": {"key": new(), "no": order, "kind": "cancel", "lines": [{"item": 1, "quantity": 1000000}]},
        "hold": {"key": new(), "lines": [{"item": 1, "quantity": 1}], "ttl": 1}, "confirm": {"key": new(), "hold": 1000000},
        "extend": {"key": new(), "hold": 1000000, "ttl": 1}, "release": {"key": new(), "hold": 1000000},
        "show_hold": {"hold": 1000000}, "holds": {},
        "place": {"key": new(), "type": "buy", "lines": [{"item": 1, "quantity": 1}]},
        "add": {"key": new(), "items": [{"title": "t", "topic": "tests", "price": 1, "stock": 1}]},
        "price": {"key": new(), "item": 2, "price": 4900}, "restock": {"key": new(), "item": 2, "delta": 1},
        "edit": {"key": new(), "item": 2, "retired": False}, "count": {"key": new(), "item": 2, "stock": 1000}, "movements": {"item": 2},
        "transfer": {"key": new(), "item": 2, "quantity": 1, "to": "annex", "opens": True},
        "subscribe": {"key": new(), "name": new()}, "acknowledge": {"key": new(), "name": "none", "cursor": 1},
        "unsubscribe": {"key": new(), "name": "none"}, "subscriptions": {},
        "grant": {"key": new(), "hash": bytes.fromhex(new() * 2), "role": "reader"},
        "revoke": {"key": new(), "id": 1}, "note": {"key": new(), "act": "forget", "subject": "nobody-1"}}
