"""The core of both clients: requests under way, deadlines, copies, and failover between frontends.

It opens no socket and reads no clock: requests, frames and times go in, frames and ends come out. Times are seconds of
any monotonic clock.

A request is first sent to one frontend. After `try_next` without an answer, or after `busy` or `unavailable`, the same
request with the same key is also sent to the next frontend, until its deadline. The first definite answer counts. At
the deadline a read ends as `unavailable` with the last reason heard, and a write as `unknown`, never as failed. If a
write is refused while another copy of it may still take effect, the core asks for the outcome of its key before it
tells the refusal. A frontend that was silent, or cannot answer now, is not asked first until it says that it can.

Bound: a caller has as many requests under way as it submits; each keeps its body. Tests: tests/python/test_core.py.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from . import errors, wire
from .errors import Refusal, SetupError, Unreadable

BACKOFF_MIN_S = 0.1  # pauses after a refusal that may be over soon (PROTOCOL 2.1)
BACKOFF_MAX_S = 1.0
SILENCE_MAX_S = 2.0  # after each tour of all frontends the patience doubles, up to this
PROBE_EVERY_S = 1.0  # a silent frontend is asked so often whether it answers again
CONNECT_S = 0.05  # a frontend that was never heard may still be connecting: it stays the first choice for so long
UNSENT_S = 0.01  # without a connection: the first pause; the next ones are longer
UNSENT_MAX_S = 0.1
ANSWER_RESERVE = 0.1  # of the time left: the ttl is shorter by so much, so that a frontend's own reason arrives in time
COPY_BITS = 8  # an id on the wire names the request and its copy
COPY_MASK = (1 << COPY_BITS) - 1
PROBE = 0  # the request number of probes; requests count from 1
NOTHING = wire.packed("whoami", {})


@dataclass(frozen=True, slots=True)
class Options:
    timeout: float = 5.0  # seconds until the deadline of a request
    try_next: float = 0.3  # seconds of silence after which the next frontend is asked, too
    stale_ok: float | None = None  # seconds: the greatest age of an answer if no exact one is to be had
    fresh: bool = False  # true: do not answer from the frontend's cache
    trace: bool = False  # true: tell the time of each tier in `spans`
    token: str | None = field(default=None, repr=False)  # of the credential

    def __post_init__(self) -> None:
        if not isinstance(self.timeout, (int, float)) or not self.timeout > 0:
            raise SetupError(f"a timeout of {self.timeout!r} s leaves no time for an answer: give seconds, such as 5.0")
        if self.token is not None and not (isinstance(self.token, str) and self.token):
            raise SetupError("the token is no text, or empty: leave it out to ask without one")

    def waiting(self, wait: float) -> Options:
        """Returns the options of a request that the store may keep waiting for so many seconds (PROTOCOL 2.1)."""
        return replace(self, timeout=self.timeout + wait, try_next=self.try_next + wait) if wait else self


@dataclass(frozen=True, slots=True)
class End:
    """The end of a request. Either `refusal` or `body` is set."""

    header: wire.Body
    body: wire.Body | None
    refusal: Refusal | None
    frontend: str | None  # that answered
    took: float  # seconds


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame that is to be sent to a frontend."""

    frontend: int
    data: bytes
    number: int
    copy: int


@dataclass(slots=True)
class _Frontend:
    endpoint: str
    heard: float | None = None
    suspect: bool = False
    probed: float = 0.0


@dataclass(slots=True)
class _Flight:
    kind: str
    body: bytes
    key: str | None
    is_write: bool
    options: Options
    done: Callable[[End], None]
    started: float
    deadline: float
    frontend: int
    copies: int = 0
    sent: float = 0.0
    again: float = 0.0  # when the next copy is sent, unless an answer comes
    backing_off: bool = False
    refusals: int = 0
    unsent: int = 0  # copies in a row that no connection took
    reason: str = ""  # of the last refusal
    retry_ms: int | None = None  # the last refusal says that this client asks too often
    open: set[int] = field(default_factory=set)  # copies that may have had an effect, or may still have one
    refused: End | None = None  # the end if the key is void; while it is set, the copies ask for the outcome
    happened: bool = False  # the outcome says that the write took effect; it is sent again to get its answer

    @property
    def did_nothing(self) -> bool:
        """The request has had no effect, and no copy of it can still have one."""
        return not self.is_write or not (self.open or self.refused or self.happened)

    def close(self, copy: int) -> None:
        """A copy has had no effect and will have none. After 256 copies several share an id, and none is closed."""
        if self.copies <= COPY_MASK + 1:
            self.open.discard(copy)


class Core:
    def __init__(self, frontends: Sequence[str], seed: int | None = None) -> None:
        self._frontends = [_Frontend(endpoint) for endpoint in frontends]
        self._random = random.Random(seed)
        self._flights: dict[int, _Flight] = {}
        self._last = PROBE
        self._probes = 0
        self._frames: list[Frame] = []

    # --- the caller's side ---

    def submit(self, kind: str, body: wire.Body, is_write: bool, options: Options, now: float,
               done: Callable[[End], None]) -> int:
        """Begins a request and returns its number. `done` is called with its end. Raises WrongArgument, and then nothing
        has begun."""
        packed = wire.packed(kind, body)
        self._last += 1
        flight = _Flight(kind, packed, body.get("key"), is_write, options, done, now, now + options.timeout,
                         self._first_choice())
        self._flights[self._last] = flight
        self._send(self._last, flight, now)
        return self._last

    def forget(self, done: Callable[[End], None]) -> None:
        """Ends a request without an answer: its caller waits no longer. A write may still take effect."""
        self._flights = {number: flight for number, flight in self._flights.items() if flight.done is not done}

    def close(self, now: float) -> None:
        """Ends all requests: a write that was sent is unknown, any other request is refused."""
        for number, flight in list(self._flights.items()):
            text = "the client was closed before an answer came"
            self._finish(number, self._own_end(Refusal("unavailable" if flight.did_nothing else "unknown", text, {})), now)

    def take_frames(self) -> list[Frame]:
        """Returns the frames that are to be sent, each once."""
        frames, self._frames = self._frames, []
        return frames

    def next_time(self) -> float | None:
        """Returns when on_tick() has work, unless something comes before; None: never."""
        times = [min(flight.deadline, flight.again) for flight in self._flights.values()]
        if self._flights and len(self._frontends) > 1:
            times += [each.probed + PROBE_EVERY_S for each in self._frontends if each.suspect]
        return min(times, default=None)

    # --- the world's side ---

    def on_unsent(self, frame: Frame, now: float) -> None:
        """No connection to the frontend took this frame, so the copy has no effect. The next frontend is asked soon."""
        frontend, flight = self._frontends[frame.frontend], self._flights.get(frame.number)
        connecting = flight is not None and frontend.heard is None and now - flight.started < CONNECT_S
        if not connecting:
            self._suspect(frontend, now)
        if flight is None:
            return
        flight.close(frame.copy)
        flight.copies -= 1
        flight.unsent += 1
        flight.backing_off = True
        if connecting:
            flight.frontend -= 1  # so that the next choice is this one
        tours = min(flight.unsent // len(self._frontends), 8)
        flight.again = now + min(UNSENT_S * 2 ** tours, UNSENT_MAX_S) / len(self._frontends)

    def on_frame(self, index: int, data: bytes, now: float) -> None:
        frontend = self._frontends[index]
        frontend.heard = now
        try:
            messages = wire.messages_of(data)
        except Unreadable:
            return  # it counts as none: the request is sent again
        for header, body in messages:
            number = header.get("id")
            if header.get("t") == "reply" and isinstance(number, int):
                self._on_message(frontend, number >> COPY_BITS, number & COPY_MASK, header, body, now)

    def on_barred(self, index: int, why: str, final: bool, now: float) -> None:
        """A frontend does not let this client in. If none has ever answered and it is `final`, all requests end."""
        text = f"{self._frontends[index].endpoint} {why}"
        for flight in self._flights.values():
            flight.reason, flight.retry_ms = text, None
        if final and not any(each.heard is not None for each in self._frontends):
            for number in sorted(self._flights):
                self._finish(number, self._own_end(Refusal("unauthenticated", text, {})), now)

    def on_tick(self, now: float) -> None:
        for number in sorted(self._flights):
            flight = self._flights.get(number)
            if flight is None:
                continue
            if now >= flight.deadline:
                self._expire(number, flight, now)
            elif now >= flight.again:
                asked = self._frontends[flight.frontend]
                if not flight.backing_off and (asked.heard is None or asked.heard < flight.sent):
                    self._suspect(asked, now)
                flight.frontend = self._next_choice(flight.frontend)
                self._send(number, flight, now)
        self._probe(now)

    # --- sending ---

    def _first_choice(self) -> int:
        return self._next_choice(len(self._frontends) - 1)

    def _next_choice(self, after: int) -> int:
        """Returns the next frontend that is not suspect; if all are, simply the next one."""
        count = len(self._frontends)
        order = [(after + step) % count for step in range(1, count + 1)]
        return next((index for index in order if not self._frontends[index].suspect), order[0])

    def _send(self, number: int, flight: _Flight, now: float) -> None:
        copy = flight.copies & COPY_MASK
        left, options = flight.deadline - now, flight.options
        ttl_ms = int(1000 * (left - max(0.05, left * ANSWER_RESERVE)))
        kind, body = flight.kind, flight.body
        if flight.refused:
            kind, body = "outcome", wire.packed("outcome", {"key": flight.key})
        data = wire.pack(
            kind, number << COPY_BITS | copy, body, ttl=min(max(ttl_ms, 1), wire.TTL_MS_MAX),
            stale_ok=None if options.stale_ok is None else round(options.stale_ok * 1000), fresh=options.fresh or None,
            trace=options.trace or None, token=options.token.encode() if options.token else None)
        self._frames.append(Frame(flight.frontend, data, number, copy))
        tours = min(flight.copies // len(self._frontends), 8)
        flight.sent = now
        flight.again = now + min(options.try_next * 2 ** tours, max(SILENCE_MAX_S, options.try_next))
        flight.backing_off = False
        flight.open.add(copy)
        flight.copies += 1

    def _send_anew(self, number: int, refused: End | None, now: float) -> None:
        """Sends under a new number, so that a late answer to an earlier copy is not taken for the answer to this one."""
        flight = self._flights.pop(number)
        flight.refused, flight.copies = refused, 0
        self._last += 1
        self._flights[self._last] = flight
        self._send(self._last, flight, now)

    # --- answers ---

    def _on_message(self, frontend: _Frontend, number: int, copy: int, header: wire.Body, body: wire.Body,
                    now: float) -> None:
        if number == PROBE:
            self._on_probed(frontend, header, body)
            return
        flight = self._flights.get(number)
        if flight is None:
            return  # it has ended, or the id is not ours
        flight.unsent = 0
        refusal = None
        if "err" in header:
            fields = {name: value for name, value in body.items() if isinstance(value, int)}
            refusal = Refusal(str(header["err"]), str(body.get("message", "")), fields)
            if self._try_again(frontend, flight, copy, refusal, now):
                return
        elif header.get("v") != wire.VERSION:
            code = "unknown" if flight.is_write else "unsupported_version"
            refusal = Refusal(code, f"the answer has version {header.get('v')}, which this library does not know", {})
        frontend.suspect = False
        end = End(header, None if refusal else body, refusal, frontend.endpoint, now - flight.started)
        if flight.refused:
            self._on_outcome(number, flight, end, now)
        elif not self._settles(number, flight, copy, end, now):
            self._finish(number, end, now)

    def _try_again(self, frontend: _Frontend, flight: _Flight, copy: int, refusal: Refusal, now: float) -> bool:
        """Returns whether the request is sent again after this refusal, to another frontend if possible.

        A frontend answers `unknown` at the end of the ttl, near our deadline; the caller then gets this answer. An
        earlier one comes from a frontend that stops, or is a word between processes: because of the key it is safe to
        ask again.
        """
        this_try = refusal.code in errors.THIS_TRY
        known = this_try or refusal.code in errors.THIS_COPY or refusal.code in errors.EVERY_COPY
        reserve = max(0.05, flight.options.timeout * ANSWER_RESERVE)
        if not this_try and (known or flight.deadline - now <= reserve):
            return False
        if this_try:
            flight.close(copy)
        flight.reason, flight.retry_ms = refusal.text, refusal.fields.get("retry_ms")
        if refusal.code != "busy":
            self._suspect(frontend, now)
        if flight.backing_off:
            return True
        elsewhere = refusal.code != "busy" and flight.refusals + 1 < len(self._frontends)
        most = min(BACKOFF_MAX_S, BACKOFF_MIN_S * 2 ** min(flight.refusals, 8))
        pause = 0.0 if elsewhere else self._random.uniform(most / 2, most)
        flight.again = now + pause + (flight.retry_ms or 0) / 1000
        flight.backing_off = True
        flight.refusals += 1
        return True

    def _settles(self, number: int, flight: _Flight, copy: int, end: End, now: float) -> bool:
        """A write may be refused while another copy of it can still take effect. Then the outcome of its key is asked
        for first, which makes the refusal final. Returns whether it is asked for."""
        if not flight.is_write or not end.refusal or end.refusal.code not in errors.THIS_COPY:
            return False
        flight.close(copy)
        if not flight.open and not flight.happened:
            return False
        if flight.happened or flight.kind == "outcome":  # no further question could decide it
            self._finish(number, self._as_unknown(end), now)
        else:
            self._send_anew(number, end, now)
        return True

    def _on_outcome(self, number: int, flight: _Flight, end: End, now: float) -> None:
        told = end.body.get("outcome") if end.body else None
        if end.refusal or told not in ("order", "change", "void"):
            self._finish(number, self._as_unknown(end), now)
        elif told != "void":
            flight.happened = True
            self._send_anew(number, None, now)  # with the same key the store gives its first answer again
        else:
            assert flight.refused is not None
            self._finish(number, flight.refused, now)

    @staticmethod
    def _as_unknown(end: End) -> End:
        text = end.refusal.text if end.refusal else "the answer cannot be read"
        return End(end.header, None, Refusal("unknown", text, {}), end.frontend, end.took)

    @staticmethod
    def _own_end(refusal: Refusal) -> End:
        return End({}, None, refusal, None, 0.0)

    def _finish(self, number: int, end: End, now: float) -> None:
        flight = self._flights.pop(number)  # before `done`, which may submit the next request
        flight.done(End(end.header, end.body, end.refusal, end.frontend, now - flight.started))

    def _expire(self, number: int, flight: _Flight, now: float) -> None:
        within = f"{flight.options.timeout:g} s"
        if flight.retry_ms and flight.did_nothing:
            fields = {"retry_ms": flight.retry_ms}
            refusal = Refusal("busy", f"the store refuses, because this client asks too often: {flight.reason}", fields)
        else:
            where = ", ".join(each.endpoint for each in self._frontends)
            text = (f"no definite answer within {within}; last heard: {flight.reason}" if flight.reason else
                    f"no store answers at {where} (tried for {within}): start one with `pygmy up`, or name its frontends")
            refusal = Refusal("unavailable" if flight.did_nothing else "unknown", text, {})
        self._finish(number, self._own_end(refusal), now)

    # --- frontends that do not answer ---

    @staticmethod
    def _suspect(frontend: _Frontend, now: float) -> None:
        if not frontend.suspect:
            frontend.probed = now
        frontend.suspect = True

    def _probe(self, now: float) -> None:
        if len(self._frontends) < 2:
            return
        for index, frontend in enumerate(self._frontends):
            if frontend.suspect and now >= frontend.probed + PROBE_EVERY_S:
                frontend.probed = now
                self._probes += 1
                copy = self._probes & COPY_MASK
                self._frames.append(Frame(index, wire.pack("whoami", PROBE << COPY_BITS | copy or 1, NOTHING, ttl=1000), PROBE, copy))

    @staticmethod
    def _on_probed(frontend: _Frontend, header: wire.Body, body: wire.Body) -> None:
        """A client that may not ask takes the refusal as a sign of life."""
        if header.get("err") in ("unauthenticated", "forbidden") or body.get("leased") is True:
            frontend.suspect = False
