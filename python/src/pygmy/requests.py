"""The requests of an application: a function each, which Client and AsyncClient have as methods.

A function checks nothing that the store checks: the store refuses with `invalid` and says why. A write without a `key`
gets a new one. Give a key of your own if your program may ask twice for one purpose, e.g. after a restart: the key
takes effect once at most, and the same arguments with the same key get the first answer.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from . import model, wire
from .errors import WrongArgument
from .keys import new_key

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Want:
    """A line of a request. `price`: the price that the customer saw; at another one the request is refused with
    `price_changed`. `place`: where all pieces of the line come from (buy)."""

    item: int
    quantity: int = 1
    price: int | None = None
    place: str | None = None



@dataclass(frozen=True, slots=True)
class NewItem:
    """An item to add; without an `id` it gets the next one."""

    title: str
    topic: str
    price: int
    stock: int = 0
    id: int | None = None
    description: str | None = None
    topics: tuple[str, ...] | None = None
    attributes: Mapping[str, str] | None = None


# A line: an item (one piece), a pair (item, quantity), or a Want.
LineLike: TypeAlias = int | tuple[int, int] | Want


@dataclass(frozen=True, slots=True)
class Request(Generic[T]):
    """A request that was made and is not sent. `part`: the field of the answer that is the result; empty: all of it."""

    kind: str
    body: wire.Body
    result: type[T]
    part: str = ""
    wait: float = 0.0  # seconds that the store may keep it waiting on purpose

    @property
    def key(self) -> str | None:
        return self.body.get("key")

    def read(self, body: wire.Body) -> T:
        """Raises Unreadable."""
        return model.decoded(self.result, body.get(self.part) if self.part else body)


def signature_of_method(build: Callable[..., Request[Any]]) -> inspect.Signature:
    """Returns the signature of the method that sends the request and returns its result, for `help`."""
    built = inspect.signature(build)
    this = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    result = str(built.return_annotation).removeprefix("Request[").removesuffix("]")
    return built.replace(parameters=[this, *built.parameters.values()], return_annotation=result)


def _given(**fields: Any) -> wire.Body:
    return {name: value for name, value in fields.items() if value is not None}


def _want(line: LineLike) -> Want:
    match line:
        case Want(item=int(), quantity=int()):
            return line
        case int():
            return Want(line)
        case (int(item), int(quantity)) if isinstance(line, tuple):
            return Want(item, quantity)
    raise WrongArgument(f"{line!r} is no line: a line is an item, a pair of an item and a quantity, or a Want, such as in "
                        "buy(2), buy((2, 3), (5, 1)), or buy(*lines) for a list")


def _lines(lines: tuple[LineLike, ...]) -> list[wire.Body]:
    wants = [_want(each) for each in lines]
    return [_given(item=want.item, quantity=want.quantity, price=want.price, place=want.place) for want in wants]


def _write(kind: str, key: str | None, result: type[T], part: str, /, **fields: Any) -> Request[T]:
    return Request(kind, {"key": new_key() if key is None else key, **_given(**fields)}, result, part)


# --- reading ---


def lookup(item: int | None = None, *, title: str | None = None) -> Request[model.Item]:
    """Finds one item by its id or by its whole title."""
    if isinstance(item, str):
        raise WrongArgument(f"lookup: {item!r} is no id; to find a title: lookup(title={item!r})")
    return Request("lookup", _given(item=item, title=title), model.Item, "item")


def search(topic: str | None = None, text: str | None = None, *, after: int | None = None, limit: int | None = None,
           retired: bool | None = None, low: bool | None = None) -> Request[model.Items]:
    """Finds items by topic, by words of the title, or by both; without both, all items. One page, ascending by id."""
    return Request("search", _given(topic=topic, text=text, after=after, limit=limit, retired=retired, low=low), model.Items)


def order(no: int) -> Request[model.Order]:
    """Finds one order by its number."""
    return Request("order", {"no": no}, model.Order, "order")


def orders(customer: str | None = None, *, after: int | None = None, limit: int | None = None) -> Request[model.Orders]:
    """Lists orders, ascending by number: one page."""
    return Request("orders", _given(customer=customer, after=after, limit=limit), model.Orders)


def show_hold(no: int) -> Request[model.Hold]:
    """Shows one hold, also after its end."""
    return Request("show_hold", {"hold": no}, model.Hold, "hold")


def holds(customer: str | None = None, *, after: int | None = None, limit: int | None = None) -> Request[model.Holds]:
    """Lists open holds, ascending by number: one page."""
    return Request("holds", _given(customer=customer, after=after, limit=limit), model.Holds)


def movements(item: int, *, before: int | None = None, limit: int | None = None) -> Request[model.Movements]:
    """Lists what moved the stock of an item, the newest first: one page."""
    return Request("movements", _given(item=item, before=before, limit=limit), model.Movements)


def subscriptions(name: str | None = None) -> Request[model.Subscriptions]:
    """Lists subscriptions."""
    return Request("subscriptions", _given(name=name), model.Subscriptions)


def status() -> Request[model.Status]:
    """Asks one frontend for its knowledge about the store."""
    return Request("status", {}, model.Status)


def store() -> Request[model.StoreInfo]:
    """Asks for the name and the currency of the store."""
    return Request("store", {}, model.StoreInfo)


def whoami() -> Request[model.Whoami]:
    """Asks for the rights of this client."""
    return Request("whoami", {}, model.Whoami)


# --- orders and holds ---


def buy(*lines: LineLike, customer: str | None = None, key: str | None = None) -> Request[model.Order]:
    """Buys: all lines or none. `buy(2)`, `buy((2, 3), (5, 1))`, `buy(Want(2, price=2499))`."""
    return _write("place", key, model.Order, "order", type="buy", customer=customer, lines=_lines(lines))


def sell(*lines: LineLike, customer: str | None = None, key: str | None = None) -> Request[model.Order]:
    """Takes pieces into the store by an order: all lines or none."""
    return _write("place", key, model.Order, "order", type="sell", customer=customer, lines=_lines(lines))


def cancel(no: int, *lines: LineLike, kind: str = "cancel", reason: str | None = None,
           key: str | None = None) -> Request[model.Order]:
    """Takes pieces of an order back, without lines all that remain. `kind`: `cancel`, `return` or `scrap`."""
    return _write("cancel", key, model.Order, "order", no=no, kind=kind, lines=_lines(lines) or None, reason=reason)


def hold(*lines: LineLike, seconds: float, customer: str | None = None, key: str | None = None) -> Request[model.Hold]:
    """Keeps pieces for a customer for so many seconds, at most a day: all lines or none."""
    return _write("hold", key, model.Hold, "hold", customer=customer, lines=_lines(lines), ttl=round(seconds * 1000))


def confirm(no: int, *lines: LineLike, key: str | None = None) -> Request[model.Order]:
    """Ends a hold and makes an order of its pieces, without lines of all of them."""
    return _write("confirm", key, model.Order, "order", hold=no, lines=_lines(lines) or None)


def extend(no: int, *, seconds: float, key: str | None = None) -> Request[model.Hold]:
    """Moves the end of an open hold to so many seconds from now."""
    return _write("extend", key, model.Hold, "hold", hold=no, ttl=round(seconds * 1000))


def release(no: int, *, key: str | None = None) -> Request[model.Hold]:
    """Ends an open hold; its pieces are available again."""
    return _write("release", key, model.Hold, "hold", hold=no)


def outcome(key: str) -> Request[model.Outcome]:
    """Tells the effect of a key. If it has had none, it is void from now on: the answer is final."""
    return Request("outcome", {"key": key}, model.Outcome)


# --- changes of items ---


def add(*items: NewItem, key: str | None = None) -> Request[tuple[model.Item, ...]]:
    """Adds items: all or none."""
    bodies = [_given(id=each.id, title=each.title, topic=each.topic, price=each.price, stock=each.stock,
                     description=each.description, topics=None if each.topics is None else list(each.topics),
                     attributes=None if each.attributes is None else dict(each.attributes)) for each in items]
    return _write("add", key, tuple[model.Item, ...], "items", items=bodies)


def price(item: int, cents: int, *, version: int | None = None, key: str | None = None) -> Request[model.Item]:
    """Changes a price. `version`: that of the item as you saw it; if it has changed since: `version_changed`."""
    return _write("price", key, model.Item, "item", item=item, price=cents, version=version)


def edit(item: int, *, title: str | None = None, topic: str | None = None, topics: tuple[str, ...] | None = None,
         description: str | None = None, attributes: Mapping[str, str | None] | None = None,
         retired: bool | None = None, low: int | None = None, terms: model.Terms | None = None,
         version: int | None = None, key: str | None = None) -> Request[model.Item]:
    """Changes what is given, and nothing else. An attribute with the value None is removed; Terms() removes all terms."""
    body = _write("edit", key, model.Item, "item", item=item, title=title, topic=topic, description=description,
                  topics=None if topics is None else list(topics), retired=retired, low=low, version=version,
                  attributes=None if attributes is None else dict(attributes))
    if terms is not None:
        body.body["terms"] = _given(per_order=terms.per_order, per_customer=terms.per_customer, window=terms.window,
                                    until=terms.until, **{"from": terms.from_})
    return body


def restock(item: int, delta: int, *, reason: str | None = None, place: str | None = None, opens: bool | None = None,
            version: int | None = None, key: str | None = None) -> Request[model.Item]:
    """Adds pieces to the stock, or takes pieces out. `opens`: the place may be a new one."""
    return _write("restock", key, model.Item, "item", item=item, delta=delta, reason=reason, version=version, place=place,
                  opens=opens)


def count(item: int, stock: int, *, reason: str | None = None, place: str | None = None, opens: bool | None = None,
          version: int | None = None, key: str | None = None) -> Request[model.Item]:
    """The pieces at a place were counted: they are so many from now on."""
    return _write("count", key, model.Item, "item", item=item, stock=stock, reason=reason, version=version, place=place,
                  opens=opens)


def transfer(item: int, quantity: int, *, source: str | None = None, target: str | None = None,
             reason: str | None = None, opens: bool | None = None, version: int | None = None,
             key: str | None = None) -> Request[model.Item]:
    """Moves pieces from one place to another; a place that is not given is `main`."""
    request = _write("transfer", key, model.Item, "item", item=item, quantity=quantity, to=target, reason=reason,
                     version=version, opens=opens)
    if source is not None:
        request.body["from"] = source
    return request


# --- the stream ---


@dataclass(frozen=True, slots=True)
class Pulled:
    """A page of the stream as it came."""

    mark: int  # the page shows no event after it
    blocks: tuple[bytes, ...] = ()
    parts: tuple[Mapping[str, Any], ...] = ()


def events(start: int, *, wait: float = 0.0, size: int | None = None) -> Request[Pulled]:
    """Pulls one page of the stream from the seq `start`; `wait`: seconds to wait for an event. See stream.py."""
    body = _given(**{"from": start}, bytes=size, wait=round(wait * 1000) or None, partly=True)
    return Request("events", body, Pulled, wait=wait)


def subscribe(name: str, *, start: int | None = None, types: tuple[str, ...] | None = None,
              ttl: float | None = None, key: str | None = None) -> Request[model.Subscribed]:
    """Makes a subscription. `ttl`: seconds after which it is dropped unless it is acknowledged; 7 days unless given."""
    request = _write("subscribe", key, model.Subscribed, "", name=name, types=None if types is None else list(types),
                     ttl=None if ttl is None else round(ttl * 1000))
    if start is not None:
        request.body["from"] = start
    return request


def acknowledge(name: str, cursor: int, *, key: str | None = None) -> Request[model.Subscribed]:
    """Moves the cursor of a subscription: all events up to it are done with."""
    return _write("acknowledge", key, model.Subscribed, "", name=name, cursor=cursor)


@dataclass(frozen=True, slots=True)
class Ended:
    seq: int


def unsubscribe(name: str, *, key: str | None = None) -> Request[Ended]:
    """Ends a subscription."""
    return _write("unsubscribe", key, Ended, "", name=name)
