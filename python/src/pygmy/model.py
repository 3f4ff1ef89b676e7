"""The things of the shop as they come in answers: frozen, with the names of docs/PROTOCOL.md 4.

Money is an integer in minor units of the store's currency (cents). Times are milliseconds since 1970 UTC. A seq is a
place in the stream.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .errors import Unreadable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Pieces at a place other than `main`."""

    place: str
    pieces: int


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of sale: the most pieces of an order, or of a customer within `window` ms; the time of sale."""

    per_order: int | None = None
    per_customer: int | None = None
    window: int | None = None
    from_: int | None = field(default=None, metadata={"name": "from"})
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    id: int
    title: str
    topic: str
    price: int
    stock: int
    version: int
    held: int = 0
    retired: bool = False
    edited: int | None = None
    terms: Terms | None = None
    places: tuple[Place, ...] = ()
    description: str = ""
    topics: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    low: int | None = None

    @property
    def available(self) -> int:
        """The pieces that can be bought or held now."""
        return self.stock - self.held


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an order or of a cancellation; `stock` is that of the item right after it."""

    item: int
    quantity: int
    price: int
    stock: int
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Cancellation:
    no: int
    seq: int
    at: int
    kind: str
    key: str
    lines: tuple[Line, ...]
    total: int
    reason: str = ""
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    no: int
    seq: int
    at: int
    type: str
    key: str
    customer: str
    lines: tuple[Line, ...]
    total: int
    by: int | None = None
    state: str = "placed"
    cancellations: tuple[Cancellation, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldLine:
    """A line of a hold; `held` are the held pieces of the item right after it."""

    item: int
    quantity: int
    price: int
    held: int


@dataclass(frozen=True, slots=True)
class Hold:
    no: int
    seq: int
    version: int
    at: int
    expires: int
    state: str
    key: str
    customer: str
    lines: tuple[HeldLine, ...]
    order: int | None = None
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """`outcome` is `order`, `change` or `void`. A void key did nothing and never will."""

    outcome: str
    seq: int
    order: Order | None = None
    hold: Hold | None = None

    @property
    def happened(self) -> bool:
        return self.outcome != "void"


@dataclass(frozen=True, slots=True)
class Items:
    """A page. If there is a `next`, ask again with `after=next`."""

    items: tuple[Item, ...]
    next: int | None = None


@dataclass(frozen=True, slots=True)
class Orders:
    orders: tuple[Order, ...]
    next: int | None = None


@dataclass(frozen=True, slots=True)
class Holds:
    holds: tuple[Hold, ...]
    next: int | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    item: int
    seq: int
    at: int
    kind: str
    delta: int
    stock: int
    held_delta: int = 0
    held: int = 0
    order: int | None = None
    hold: int | None = None
    reason: str = ""
    by: int | None = None
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Movements:
    """A page, the newest first. If there is a `next`, ask again with `before=next`."""

    movements: tuple[Movement, ...]
    next: int | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    name: str
    id: int
    version: int
    at: int
    cursor: int
    ttl: int
    types: tuple[str, ...] = ()
    acknowledged: int | None = None
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """`last` is the last event; a subscription is `last` - `cursor` events behind."""

    subscriptions: tuple[SubscriptionState, ...]
    last: int


@dataclass(frozen=True, slots=True)
class Subscribed:
    """`seq` is that of the event of the request's key. A subscription that has ended since is None."""

    seq: int
    subscription: SubscriptionState | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """The knowledge of one frontend. It may be old."""

    edge: str
    leased: bool
    lease_left_ms: int
    applied: int
    mark: int
    writer: str
    epoch: int
    processes: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Currency:
    code: str
    digits: int


@dataclass(frozen=True, slots=True)
class StoreInfo:
    store: str
    currency: Currency | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    id: int
    role: str
    customer: str
    label: str
    at: int
    expires: int | None = None
    revoked: int | None = None


@dataclass(frozen=True, slots=True)
class Whoami:
    """`anonymous` are the rights of a client without a credential. Unless `leased`, the answer may be old."""

    anonymous: str
    leased: bool
    credential: Credential | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the stream (docs/PROTOCOL.md 7). `data` has the fields of its type, as plain maps and arrays; an
    order's own `type` is `order_type` there."""

    seq: int
    at: int
    type: str
    by: int | None
    data: Mapping[str, Any]


def decoded(cls: type[T], value: Any) -> T:
    """Makes a value of this type, or raises Unreadable. Fields that are not known are ignored (PROTOCOL 9)."""
    kind: Any = cls
    return typing.cast(T, _reader(kind)(value))


@functools.cache
def _reader(kind: Any) -> Any:
    """Returns the function that reads a value of this type."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):  # only `T | None`
        inner = _reader(next(each for each in arguments if each is not types.NoneType))
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        each = _reader(arguments[0])
        return lambda value: tuple(map(each, _checked(list, value)))
    if origin is Mapping:
        return functools.partial(_checked, dict)
    if dataclasses.is_dataclass(kind):
        return _reader_of_fields(kind)
    return functools.partial(_checked, kind)


def _reader_of_fields(cls: Any) -> Any:
    hints = typing.get_type_hints(cls)
    fields = [(f.name, f.metadata.get("name", f.name), _reader(hints[f.name]),
               f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING)
              for f in dataclasses.fields(cls)]

    def read(value: Any) -> Any:
        value = _checked(dict, value)
        made = {}
        for name, on_wire, reader, required in fields:
            if value.get(on_wire) is not None:
                made[name] = reader(value[on_wire])
            elif required:
                raise Unreadable(f"{cls.__name__} has no {on_wire}")
        return cls(**made)

    return read


def _checked(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise Unreadable(f"{kind.__name__} expected, and {type(value).__name__} found")
    return value
