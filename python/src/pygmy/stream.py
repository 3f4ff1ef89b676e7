"""Following the stream, and subscriptions: what to ask next, and what to show. It opens no socket and reads no clock.

A procedure is a generator: it yields requests and pauses, and gets answers. The clients drive it, each in its way. If a
request fails, the procedure ends with its error, and the next one continues at the same place.

Bounds: a Feed keeps the events of one page (2 MiB) that were not shown yet. Tests: tests/python/test_stream.py.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from . import requests, wire
from .answer import Answer
from .errors import AnotherHistory, Refused, Trimmed, Unknown, Unreadable
from .model import Event, SubscriptionState
from .requests import Request

FOLLOW_WAIT_S = 5.0  # a frontend keeps a request for events so long
ACKNOWLEDGE_EVERY_S = 2.0
ACKNOWLEDGE_LEAST_S = 1.1  # the store takes one acknowledgement in 1000 ms of event time
LAST_TRIES = 5
SEQ_MAX = 2 ** 53 - 1
OF_PROGRAMS = {"req", "digest", "hash", "incarnation"}  # fields that only the store's own programs need


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


R = TypeVar("R")
Steps: TypeAlias = Generator[Request[Any] | Pause, Answer[Any] | float, R]  # a Pause, too, is answered with the time


def event_of(seq: int, fields: wire.Body) -> Event:
    """Makes the event that an application sees."""
    try:
        data = {"order_type" if name == "type" else name: value for name, value in fields.items()
                if name not in OF_PROGRAMS and name not in ("t", "v", "at", "by")}
        return Event(seq, fields["at"], fields["t"], fields.get("by"), data)
    except (KeyError, TypeError):
        raise Unreadable(f"event {seq} lacks a field") from None


class Feed:
    """The events from a place on, each once and in order, never before they are acknowledged to everybody."""

    def __init__(self, start: int | None) -> None:
        """`start`: the seq of the first event; 1: of the whole stream; None: from now on."""
        self.next = start
        self._hash: bytes | None = None  # of the block before `next`
        self.pending: deque[Event] = deque()

    def one(self) -> Steps[Event]:
        """Returns the next event, and waits for it."""
        while not self.pending:
            yield from self.pull(FOLLOW_WAIT_S)
        return self.pending.popleft()

    def pull(self, wait: float) -> Steps[None]:
        """Asks for the next page."""
        if self.next is None:
            answer = yield requests.events(SEQ_MAX)
            assert isinstance(answer, Answer)
            self.next = answer.result().mark + 1
        answer = yield requests.events(self.next, wait=wait)
        assert isinstance(answer, Answer)
        self.take(answer.result())

    def take(self, page: requests.Pulled) -> None:
        assert self.next is not None
        blocks = [wire.block_of(each) for each in page.blocks] or [wire.part_of(dict(each)) for each in page.parts]
        for block in blocks:
            if block.last < self.next:
                continue
            if block.first > self.next:
                raise Trimmed(block.first)
            # The events that were read ended with a block, so in this history the next one begins there.
            if self._hash is not None and (block.first != self.next or block.prev != self._hash):
                raise AnotherHistory(f"event {self.next} does not follow the one that was read before: the store was "
                                     "restored to an earlier moment, or is another")
            self.pending.extend(event_of(seq, fields) for seq, fields in block.events if seq >= self.next)
            self.next, self._hash = block.last + 1, block.hash


class Cursor:
    """A subscription: the events from its cursor on, those that the application is done with, and when to acknowledge
    them. An event is shown again after a restart until it was acknowledged, so at least once, in order."""

    def __init__(self, state: SubscriptionState, now: float) -> None:
        self.name = state.name
        self._types = frozenset(state.types)
        self._keep_alive = state.ttl / 3000  # seconds: a third of the time after which it is dropped
        self._feed = Feed(state.cursor + 1)
        self._shown = self._done = state.cursor
        self._moved = False  # the application is done with events that are not acknowledged
        self._acknowledged_at = now
        self._early = 0  # acknowledgements in a row that the store refused with `limit`

    def _wanted(self, event: Event) -> bool:
        return not event.type.startswith("subscription_") and (not self._types or event.type in self._types)

    def done(self, event: Event) -> None:
        """The application is done with this event and all before it."""
        if event.seq > self._shown:
            raise ValueError(f"event {event.seq} has not come yet: the last one was {self._shown}")
        if event.seq > self._done:
            self._done, self._moved = event.seq, True

    def one(self, now: float) -> Steps[Event]:
        """Returns the next event that the subscription is about, and acknowledges meanwhile what is due."""
        while True:
            now = yield from self._acknowledge(now)
            event = self._first()
            if event is not None:
                self._shown = event.seq
                return self._feed.pending.popleft()
            wait = min(FOLLOW_WAIT_S, max(0.1, self._due() - now))
            yield from self._feed.pull(wait)
            now = yield from _now()

    def _first(self) -> Event | None:
        """Returns the first event that was not shown yet, and drops those before it."""
        pending = self._feed.pending
        while pending and not self._wanted(pending[0]):
            pending.popleft()
        return pending[0] if pending else None

    def _due(self) -> float:
        return self._acknowledged_at + (ACKNOWLEDGE_EVERY_S if self._moved else self._keep_alive)

    def _place(self) -> int:
        """Returns the last seq that can be acknowledged: events that nobody wants count, too."""
        if self._done < self._shown:
            return self._done
        first, after = self._first(), self._feed.next
        assert after is not None
        return (first.seq if first else after) - 1

    def _acknowledge(self, now: float) -> Steps[float]:
        """Acknowledges if it is due. Returns the time."""
        if now < self._due():
            return now
        try:
            yield from self._tell()
        except Unknown:
            pass  # the next one covers it
        except Refused as refused:
            if refused.code not in ("limit", "busy", "unavailable") or self._early > 1:
                raise
        self._acknowledged_at = yield from _now()
        return self._acknowledged_at

    def _tell(self) -> Steps[None]:
        answer = yield requests.acknowledge(self.name, self._place())
        assert isinstance(answer, Answer)
        self._early = self._early + 1 if answer.refusal and answer.refusal.code == "limit" else 0
        answer.result()
        self._moved = False

    def finish(self) -> Steps[None]:
        """Acknowledges the rest. Raises the error of the last try."""
        for tries_left in reversed(range(LAST_TRIES)):
            if not self._moved:
                return
            try:
                yield from self._tell()
            except (Unknown, Refused) as error:
                if not tries_left or isinstance(error, Refused) and error.code != "limit":
                    raise
                yield Pause(ACKNOWLEDGE_LEAST_S)  # the last acknowledgement was less than a second ago


def _now() -> Steps[float]:
    now = yield Pause(0)
    assert isinstance(now, float)
    return now


def opened(name: str, start: int | None, types: tuple[str, ...] | None, ttl: float | None) -> Steps[Cursor]:
    """Finds the subscription, or makes it."""
    for tries_left in (1, 0):
        answer = yield requests.subscriptions(name)
        assert isinstance(answer, Answer)
        if answer.refusal is None or answer.refusal.code != "unknown_subscription":
            return Cursor(answer.result().subscriptions[0], (yield from _now()))
        made = yield requests.subscribe(name, start=start, types=types, ttl=ttl)
        assert isinstance(made, Answer)
        if made.refusal is None or made.refusal.code != "limit" or not tries_left:  # another program may have made it
            state = made.result().subscription
            if state is not None:
                return Cursor(state, (yield from _now()))
    raise Refused("unknown_subscription", f"the subscription {name} ended while it was opened")
