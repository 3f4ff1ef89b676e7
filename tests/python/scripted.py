"""Frontends that a test plays, and a clock that it moves, around the core of the library. No socket and no sleep."""

import heapq
import itertools
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python/src"))

import msgpack  # noqa: E402

from pygmy import wire  # noqa: E402
from pygmy.core import Core, Options  # noqa: E402

SILENT, GONE = "silent", "gone"


def reply(header, body, **more):
    return msgpack.packb({"v": 1, "t": "reply", "id": header["id"], **more}) + msgpack.packb(body)


def refuses(code, **fields):
    """A frontend that refuses everything."""
    return lambda header, body: [(0.001, reply(header, {"message": f"said {code}", **fields}, err=code))]


def answers(body, after=0.001):
    """A frontend that answers everything."""
    return lambda header, _: [(after, reply(header, body, seq=7))]


class World:
    """`plays[i]` is the frontend i: SILENT, GONE (no connection takes a frame), or a function of the header and the body
    of a request that returns (delay, frame) for each answer. `sent` are all frames: (time, frontend, header, body)."""

    def __init__(self, *plays, **options):
        self.plays, self.now = list(plays), 100.0
        self.options = Options(**options)
        self.core = Core([f"tcp://f{i}:1" for i in range(len(plays))], seed=1)
        self.sent, self._coming, self._order = [], [], itertools.count()

    def submit(self, kind="lookup", body=None, options=None):
        """Begins a request and returns a list that gets its end."""
        body, ends = body if body is not None else {"item": 2}, []
        self.core.submit(kind, body, "key" in body, options or self.options, self.now, ends.append)
        return ends

    def buy(self, **options):
        return self.submit("place", {"key": "k1", "type": "buy", "lines": [{"item": 2, "quantity": 1}]}, **options)

    def at(self, seconds, frontend, frame):
        heapq.heappush(self._coming, (self.now + seconds, next(self._order), frontend, frame))

    def run(self, seconds, ends=None):
        """Moves the clock. With `ends`, only until the request has ended, which it must."""
        until = self.now + seconds
        while not ends:
            self._flush()
            times = [at for at in (self.core.next_time(), self._coming[0][0] if self._coming else None) if at is not None]
            at = min(times, default=until)
            if at > until or ends:
                break
            self.now = max(self.now, at)
            while self._coming and self._coming[0][0] <= self.now:
                _, _, frontend, frame = heapq.heappop(self._coming)
                self.core.on_frame(frontend, frame, self.now)
            self.core.on_tick(self.now)
            if not times:
                break
        if not ends:
            self.now = until
        if ends is not None:
            assert ends, "the request has not ended"
            return ends[0]

    def _flush(self):
        for frame in self.core.take_frames():
            play = self.plays[frame.frontend]
            ((header, body),) = wire.messages_of(frame.data)
            self.sent.append((round(self.now - 100, 3), frame.frontend, header, body))
            if play == GONE:
                self.core.on_unsent(frame, self.now)
            elif play != SILENT:
                for delay, answer in play(header, body) or ():
                    self.at(delay, frame.frontend, answer)

    def asked(self):
        """Returns (time, frontend, type) of all frames that are not probes."""
        return [(at, frontend, header["t"]) for at, frontend, header, _ in self.sent if header["id"] > 255]
