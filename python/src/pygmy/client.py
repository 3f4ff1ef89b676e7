"""Client: the core with blocking sockets, for programs that do one thing after another."""

from __future__ import annotations

import dataclasses
import functools
import math
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

import zmq

from . import requests, stream
from .answer import Answer, answer_of
from .core import Core, End, Options
from .errors import Closed
from .link import OUTCOME_S, Config, config_of, open_link
from .model import Event, Outcome
from .requests import Request

P = ParamSpec("P")
T = TypeVar("T")


class _Engine:
    """The sockets of a client and of its copies with other options. One thread at a time."""

    def __init__(self, config: Config) -> None:
        self._context: zmq.Context[Any] = zmq.Context()
        self._core = Core(config.frontends)
        self._links = [open_link(self._context, endpoint, config.key) for endpoint in config.frontends]
        self._poller = zmq.Poller()
        for link in self._links:
            self._poller.register(link.socket, zmq.POLLIN)
            self._poller.register(link.monitor, zmq.POLLIN)
        self._lock = threading.Lock()
        self._closed = False

    def ask(self, request: Request[Any], options: Options) -> End:
        if not self._lock.acquire(blocking=False):
            raise Closed("a Client serves one thread at a time: make a Client for each thread")
        ends: list[End] = []
        done = ends.append
        try:
            if self._closed:
                raise Closed("the client was closed")
            self._core.submit(request.kind, request.body, request.key is not None, options, time.monotonic(), done)
            while not ends:
                self._send()
                self._wait()
                self._receive()
                self._core.on_tick(time.monotonic())
            return ends[0]
        finally:
            if not ends:
                self._core.forget(done)
            self._lock.release()

    def _send(self) -> None:
        for frame in self._core.take_frames():
            try:
                self._links[frame.frontend].socket.send(frame.data, zmq.DONTWAIT)
            except zmq.Again:
                self._core.on_unsent(frame, time.monotonic())

    def _wait(self) -> None:
        times = [link.again for link in self._links if link.again is not None]
        until = min([*times, self._core.next_time() or math.inf])
        self._poller.poll(None if until == math.inf else max(0, math.ceil((until - time.monotonic()) * 1000)))

    def _receive(self) -> None:
        now = time.monotonic()
        for index, link in enumerate(self._links):
            for parts in _received(link.monitor):
                bar = link.on_handshake(parts, now)
                if bar:
                    self._core.on_barred(index, bar.why, bar.final, now)
            for parts in _received(link.socket):
                self._core.on_frame(index, parts[-1], now)
            link.dial_again(now)

    def close(self) -> None:
        with self._lock:
            if not self._closed:
                self._closed = True
                for link in self._links:
                    link.close()
                self._context.term()


def _received(socket: Any) -> Iterator[list[bytes]]:
    while True:
        try:
            yield socket.recv_multipart(zmq.DONTWAIT)
        except zmq.Again:
            return


def _method(build: Callable[P, Request[T]]) -> Callable[Concatenate[Client, P], T]:
    """Makes the method that sends the request and returns its result."""

    @functools.wraps(build)
    def method(self: Client, /, *arguments: P.args, **named: P.kwargs) -> T:
        return self.ask(build(*arguments, **named)).result()

    method.__signature__ = requests.signature_of_method(build)  # type: ignore[attr-defined]
    return method


class Client:
    """A client of a store. One thread at a time; each thread makes its own.

    `frontends`: endpoints, as a list or with commas (default: PYGMY_FRONTEND, or those of `pygmy up` on this machine).
    `key_file`: the client's key, in a store with keys (default: PYGMY_KEY_FILE). `token_file` or `token`: of the client's
    credential (default: PYGMY_TOKEN). `timeout`: seconds until the deadline of each request.

    The methods of requests raise Refused; those of writes may also raise Unknown.
    """

    def __init__(self, frontends: str | Sequence[str] | None = None, *, key_file: str | None = None,
                 token_file: str | None = None, token: str | None = None, timeout: float = 5.0) -> None:
        config = config_of(frontends, key_file, token_file, token, timeout)
        self._engine, self._options = _Engine(config), config.options

    def with_options(self, **changes: Any) -> Client:
        """Returns a client on the same connections with other Options: `timeout`, `stale_ok`, `fresh`, `trace`, `token`
        and so on. It is closed with this one."""
        copy = object.__new__(Client)
        copy._engine, copy._options = self._engine, dataclasses.replace(self._options, **changes)
        return copy

    def close(self) -> None:
        self._engine.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, request: Request[T]) -> Answer[T]:
        """Sends a request of pygmy.requests, waits for its end, and returns it with the parts of its header."""
        return answer_of(request, self._engine.ask(request, self._options.waiting(request.wait)), self._outcome)

    def _outcome(self, key: str) -> Outcome:
        return self._patient().ask(requests.outcome(key)).result()

    def _patient(self) -> Client:
        return self.with_options(timeout=max(self._options.timeout, OUTCOME_S))

    def follow(self, start: int | None = None) -> Follower:
        """Iterates over the events from the seq `start` on, without end; 1: the whole stream; None: from now on."""
        return Follower(self, start)

    def subscription(self, name: str, *, start: int | None = None, types: Sequence[str] | None = None,
                     ttl: float | None = None) -> Subscription:
        """Opens the subscription of this name. If there is none, makes it: from the seq `start` on (None: from now on),
        about these `types` (None: all), dropped after `ttl` seconds without a word (None: 7 days)."""
        steps = stream.opened(name, start, None if types is None else tuple(types), ttl)
        return Subscription(self, self._drive(steps))

    def _drive(self, steps: Generator[Any, Any, T]) -> T:
        """Carries out a procedure of stream.py."""
        told: Any = None
        while True:
            try:
                step = steps.send(told)
            except StopIteration as end:
                result: T = end.value
                return result
            if isinstance(step, stream.Pause):
                time.sleep(step.seconds)
                told = time.monotonic()
            else:
                told = self.ask(step)

    lookup = _method(requests.lookup)
    search = _method(requests.search)
    order = _method(requests.order)
    orders = _method(requests.orders)
    show_hold = _method(requests.show_hold)
    holds = _method(requests.holds)
    movements = _method(requests.movements)
    subscriptions = _method(requests.subscriptions)
    status = _method(requests.status)
    store = _method(requests.store)
    whoami = _method(requests.whoami)
    buy = _method(requests.buy)
    sell = _method(requests.sell)
    cancel = _method(requests.cancel)
    hold = _method(requests.hold)
    confirm = _method(requests.confirm)
    extend = _method(requests.extend)
    release = _method(requests.release)
    outcome = _method(requests.outcome)
    add = _method(requests.add)
    price = _method(requests.price)
    edit = _method(requests.edit)
    restock = _method(requests.restock)
    count = _method(requests.count)
    transfer = _method(requests.transfer)
    subscribe = _method(requests.subscribe)
    acknowledge = _method(requests.acknowledge)
    unsubscribe = _method(requests.unsubscribe)


class Follower:
    """An iterator over events. An error does not end it: iterate again, and it continues at the same place."""

    def __init__(self, client: Client, start: int | None) -> None:
        self._client, self._feed = client, stream.Feed(start)

    def __iter__(self) -> Follower:
        return self

    def __next__(self) -> Event:
        return self._client._drive(self._feed.one())


class Subscription:
    """An iterator over the events of a subscription. Call `done` for each event that you are done with.

    What is done is acknowledged every two seconds while you iterate, and at the end of the `with`. After a crash the
    events since the last acknowledgement come again, in order.
    """

    def __init__(self, client: Client, cursor: stream.Cursor) -> None:
        self._client, self._cursor = client, cursor

    def __iter__(self) -> Subscription:
        return self

    def __next__(self) -> Event:
        return self._client._drive(self._cursor.one(time.monotonic()))

    def done(self, event: Event) -> None:
        """You are done with this event and with all before it."""
        self._cursor.done(event)

    def acknowledge(self) -> None:
        """Acknowledges what is done now. It may wait for a second, because the store takes one acknowledgement a second."""
        self._client._drive(self._cursor.finish())

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        self.acknowledge()
