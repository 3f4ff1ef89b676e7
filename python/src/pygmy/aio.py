"""AsyncClient: the core with sockets of zmq.asyncio, for programs with many requests under way."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import time
from collections.abc import Callable, Coroutine, Generator, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

import zmq
import zmq.asyncio

from . import requests, stream
from .answer import Answer, answer_of
from .core import Core, End, Options
from .errors import Closed
from .link import OUTCOME_S, UNDER_WAY_MAX, Config, Link, config_of, open_link
from .model import Event, Outcome
from .requests import Request

P = ParamSpec("P")
T = TypeVar("T")


class _Engine:
    """The sockets of a client and of its copies with other options. It belongs to the event loop of its first request.
    A request beyond UNDER_WAY_MAX waits until another one has ended."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._core = Core(config.frontends)
        self._links: list[Link] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._room = asyncio.Semaphore(UNDER_WAY_MAX)
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._loop: asyncio.AbstractEventLoop  # of the first request

    async def ask(self, request: Request[Any], options: Options) -> End:
        async with self._room:
            if self._closed:
                raise Closed("the client was closed")
            self._start()
            future: asyncio.Future[End] = self._loop.create_future()

            def done(end: End) -> None:
                if not future.done():
                    future.set_result(end)

            self._core.submit(request.kind, request.body, request.key is not None, options, time.monotonic(), done)
            self._turn()
            try:
                return await future
            finally:
                if future.cancelled():
                    self._core.forget(done)

    def _start(self) -> None:
        if self._links:
            if self._loop is not asyncio.get_running_loop():
                raise Closed("an AsyncClient serves one event loop: make another one for this loop")
            return
        self._loop = asyncio.get_running_loop()
        self._context = zmq.asyncio.Context()
        self._links = [open_link(self._context, endpoint, self._config.key) for endpoint in self._config.frontends]
        for index, link in enumerate(self._links):
            self._tasks += [asyncio.create_task(self._read(index, link)), asyncio.create_task(self._watch(index, link))]

    async def _read(self, index: int, link: Link) -> None:
        while True:
            parts = await link.socket.recv_multipart()
            self._core.on_frame(index, parts[-1], time.monotonic())
            self._turn()

    async def _watch(self, index: int, link: Link) -> None:
        while True:
            parts = await link.monitor.recv_multipart()
            bar = link.on_handshake(parts, time.monotonic())
            if bar:
                self._core.on_barred(index, bar.why, bar.final, time.monotonic())
            self._turn()

    def _turn(self) -> None:
        """Sends what is to be sent, and sets the timer."""
        for frame in self._core.take_frames():
            sent = self._links[frame.frontend].socket.send(frame.data, zmq.DONTWAIT)  # it is done at once
            if sent.exception() is not None:
                self._core.on_unsent(frame, time.monotonic())
        times = [self._core.next_time(), *(link.again for link in self._links)]
        at = min((each for each in times if each is not None), default=None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if at is not None:
            self._timer = self._loop.call_later(max(0.0, at - time.monotonic()), self._tick)

    def _tick(self) -> None:
        self._timer = None
        now = time.monotonic()
        for link in self._links:
            link.dial_again(now)
        self._core.on_tick(now)
        self._turn()

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        self._core.close(time.monotonic())  # no answer will be read
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for link in self._links:
            link.close()
        if self._links:
            self._context.term()


def _method(build: Callable[P, Request[T]]) -> Callable[Concatenate[AsyncClient, P], Coroutine[Any, Any, T]]:
    """Makes the method that sends the request and returns its result."""

    @functools.wraps(build)
    async def method(self: AsyncClient, /, *arguments: P.args, **named: P.kwargs) -> T:
        return (await self.ask(build(*arguments, **named))).result()

    method.__signature__ = requests.signature_of_method(build)  # type: ignore[attr-defined]
    return method


class AsyncClient:
    """The client for asyncio. Any number of tasks of one event loop may use it at once; see Client for the arguments.

    If a task is cancelled while it waits for a write, the write may still take effect: use its key to find out.
    """

    def __init__(self, frontends: str | Sequence[str] | None = None, *, key_file: str | None = None,
                 token_file: str | None = None, token: str | None = None, timeout: float = 5.0) -> None:
        config = config_of(frontends, key_file, token_file, token, timeout)
        self._engine, self._options = _Engine(config), config.options

    def with_options(self, **changes: Any) -> AsyncClient:
        """Returns a client on the same connections with other Options. It is closed with this one."""
        copy = object.__new__(AsyncClient)
        copy._engine, copy._options = self._engine, dataclasses.replace(self._options, **changes)
        return copy

    async def close(self) -> None:
        await self._engine.close()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def ask(self, request: Request[T]) -> Answer[T]:
        """Sends a request of pygmy.requests, waits for its end, and returns it with the parts of its header."""
        end = await self._engine.ask(request, self._options.waiting(request.wait))
        return answer_of(request, end, self._outcome)

    async def _outcome(self, key: str) -> Outcome:
        return (await self._patient().ask(requests.outcome(key))).result()

    def _patient(self) -> AsyncClient:
        return self.with_options(timeout=max(self._options.timeout, OUTCOME_S))

    def follow(self, start: int | None = None) -> AsyncFollower:
        """Iterates over the events from the seq `start` on, without end; 1: the whole stream; None: from now on."""
        return AsyncFollower(self, start)

    def subscription(self, name: str, *, start: int | None = None, types: Sequence[str] | None = None,
                     ttl: float | None = None) -> AsyncSubscription:
        """The subscription of this name, for `async with`. If there is none, it is made: from the seq `start` on (None:
        from now on), about these `types` (None: all), dropped after `ttl` seconds without a word (None: 7 days)."""
        return AsyncSubscription(self, stream.opened(name, start, None if types is None else tuple(types), ttl))

    async def _drive(self, steps: Generator[Any, Any, T]) -> T:
        """Carries out a procedure of stream.py."""
        told: Any = None
        while True:
            try:
                step = steps.send(told)
            except StopIteration as end:
                result: T = end.value
                return result
            if isinstance(step, stream.Pause):
                await asyncio.sleep(step.seconds)
                told = time.monotonic()
            else:
                told = await self.ask(step)

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

class AsyncFollower:
    """An asynchronous iterator over events. An error does not end it: iterate again, and it continues at the same
    place."""

    def __init__(self, client: AsyncClient, start: int | None) -> None:
        self._client, self._feed = client, stream.Feed(start)

    def __aiter__(self) -> AsyncFollower:
        return self

    async def __anext__(self) -> Event:
        return await self._client._drive(self._feed.one())


class AsyncSubscription:
    """An asynchronous iterator over the events of a subscription, in an `async with`. See Subscription."""

    def __init__(self, client: AsyncClient, opening: stream.Steps[stream.Cursor]) -> None:
        self._client, self._opening = client, opening

    def __aiter__(self) -> AsyncSubscription:
        return self

    async def __anext__(self) -> Event:
        return await self._client._drive(self._cursor.one(time.monotonic()))

    def done(self, event: Event) -> None:
        """You are done with this event and with all before it."""
        self._cursor.done(event)

    async def acknowledge(self) -> None:
        """Acknowledges what is done now. It may wait for a second, because the store takes one acknowledgement a second."""
        await self._client._drive(self._cursor.finish())

    async def __aenter__(self) -> AsyncSubscription:
        self._cursor = await self._client._drive(self._opening)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.acknowledge()
