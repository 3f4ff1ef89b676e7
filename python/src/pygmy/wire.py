"""The bytes of the protocol: frames of messages, and blocks of events (docs/PROTOCOL.md 2 and 6).

Everything here is a function of its arguments. Bytes that cannot be read raise Unreadable.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import msgpack  # type: ignore[import]

from .errors import Unreadable, WrongArgument

VERSION = 1
ANSWERS_BYTES_MAX = 2_359_296  # of a frame of answers (PROTOCOL 3)
TTL_MS_MAX = 600_000

Body = dict[str, Any]


def pack(kind: str, number: int, body: bytes, **header: Any) -> bytes:
    """Returns a frame with one request. `body`: from packed(). Fields of the header that are None are left out."""
    given = {name: value for name, value in header.items() if value is not None}
    head: bytes = msgpack.packb({"v": VERSION, "t": kind, "id": number, **given})
    return head + body


def packed(kind: str, body: Body) -> bytes:
    """Returns the bytes of a request's body. Raises WrongArgument, which names the field."""
    packer = msgpack.Packer(autoreset=False)
    packer.pack_map_header(len(body))
    for name, value in body.items():
        try:
            packer.pack(name)
            packer.pack(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise WrongArgument(f"{kind}: {name}: {value!r} cannot be sent: {error}") from None
    data: bytes = packer.bytes()
    return data


def values_of(data: bytes) -> list[Any]:
    """Returns the MessagePack values in `data`, which must be whole."""
    unpacker = msgpack.Unpacker(raw=False, max_buffer_size=ANSWERS_BYTES_MAX)
    values = []
    try:
        unpacker.feed(data)
        while unpacker.tell() < len(data):
            values.append(unpacker.unpack())
    except (ValueError, msgpack.UnpackException) as error:
        raise Unreadable(f"not MessagePack: {error}") from None
    return values


def messages_of(frame: bytes) -> list[tuple[Body, Body]]:
    """Returns the pairs (header, body) of a frame."""
    values = values_of(frame)
    if len(values) % 2 != 0 or not all(isinstance(value, dict) for value in values):
        raise Unreadable("not pairs of a header and a body")
    return list(zip(values[0::2], values[1::2]))


@dataclass(frozen=True, slots=True)
class Block:
    """A block of the stream, or the part of it that this client may see."""

    first: int  # seq of its first event
    count: int
    prev: bytes  # hash of the block before
    hash: bytes
    events: tuple[tuple[int, Body], ...]  # (seq, event)

    @property
    def last(self) -> int:
        return self.first + self.count - 1


def block_of(data: bytes) -> Block:
    """Reads a block and checks its hash."""
    (fields,) = values_of(data) if data else ({},)
    try:
        if fields["v"] > VERSION:
            raise Unreadable(f"a block has the format {fields['v']}, and this library reads {VERSION}: install a newer one")
        if hashlib.sha256(data[:-32]).digest() != fields["hash"]:
            raise Unreadable(f"block {fields['no']} is damaged: its hash is another")
        events = values_of(fields["events"])
        if len(events) != fields["count"]:
            raise Unreadable(f"block {fields['no']} has {len(events)} events and says {fields['count']}")
        return Block(fields["first"], fields["count"], fields["prev"], fields["hash"],
                     tuple(enumerate(events, fields["first"])))
    except (KeyError, TypeError):
        raise Unreadable("a block lacks a field, or has one of a wrong type") from None


def part_of(fields: Body) -> Block:
    """Reads a part of `events`, which has the events that this client may see."""
    try:
        events = tuple((shown["seq"], values_of(shown["event"])[0]) for shown in fields["events"])
        return Block(fields["first"], fields["count"], fields["prev"], fields["hash"], events)
    except (KeyError, TypeError, IndexError):
        raise Unreadable("a part of the stream lacks a field, or has one of a wrong type") from None
