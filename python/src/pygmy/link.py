"""The configuration of a client, and its sockets: one DEALER to each frontend, with a monitor of its handshakes.

The sockets of a zmq.Context and of a zmq.asyncio.Context are set up alike, so both clients share this file. Bounds: a
socket queues as many frames as a client may have requests under way, and takes frames of answers up to the limit of
the protocol.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import zmq
from zmq.utils.monitor import parse_monitor_message

from . import wire
from .core import Options
from .errors import SetupError
from .keys import KeyFile, read_key_file, read_token_file

DEFAULT_FRONTENDS = "tcp://127.0.0.1:7410,tcp://127.0.0.1:7412"
OUTCOME_S = 30.0  # least patience for the outcome of a write that nobody knows
UNDER_WAY_MAX = 1024  # requests of one client; a frontend takes 2048
QUEUED_MAX = 4 * UNDER_WAY_MAX
DIAL_AGAIN_S = 0.5  # after a handshake for which libzmq gives an endpoint up
CLOSED_MAX = 3  # failed handshakes in a row before the reason counts, if it may pass
ENDPOINT = re.compile(r"tcp://[^\s,:/]+:\d{1,5}|tcp://\[[0-9a-fA-F:]+\]:\d{1,5}|ipc://[^\s,]+")

WANTS_KEY = ("wants a key: give key_file=FILE or set PYGMY_KEY_FILE (`pygmy keys add client NAME` makes the file)")
HAS_NONE = "has no keys: if it is the right store, leave key_file and PYGMY_KEY_FILE out"
DENIED = ("does not admit this key: it was revoked, is not on the store's list (`pygmy keys list`), or may not open this "
          "process")
CLOSES = ("closes each connection: the key may be of another store, or may not open this process. Look which key key_file "
          "or PYGMY_KEY_FILE names, and whether `pygmy keys list --keys DIR` of this store has its name")


@dataclass(frozen=True, slots=True)
class Config:
    frontends: tuple[str, ...]
    key: KeyFile | None
    options: Options


def config_of(frontends: str | Sequence[str] | None, key_file: str | None, token_file: str | None, token: str | None,
              timeout: float) -> Config:
    """Completes what the application gave with PYGMY_FRONTEND, PYGMY_KEY_FILE and PYGMY_TOKEN."""
    given = frontends or os.environ.get("PYGMY_FRONTEND") or DEFAULT_FRONTENDS
    listed = tuple(given.split(",") if isinstance(given, str) else given)
    for endpoint in listed:
        if not ENDPOINT.fullmatch(endpoint):
            raise SetupError(f"'{endpoint}' is not an endpoint: it looks like tcp://127.0.0.1:7410 (PYGMY_FRONTEND)")
    path = key_file or os.environ.get("PYGMY_KEY_FILE")
    if token_file:
        token = read_token_file(token_file)
    elif token is None:
        token = os.environ.get("PYGMY_TOKEN")
    return Config(tuple(dict.fromkeys(listed)), read_key_file(path) if path else None,
                  Options(timeout=timeout, token=token or None))


@dataclass(slots=True)
class Bar:
    """Why a frontend does not let this client in. `final`: trying again will not help."""

    why: str
    final: bool


@dataclass(slots=True)
class Link:
    """The connection to one frontend. `socket` and `monitor` are those of the context that made them."""

    socket: Any
    monitor: Any
    endpoint: str
    has_key: bool
    closed: int = 0  # failed handshakes in a row
    again: float | None = field(default=None)  # when it is dialled again

    def on_handshake(self, parts: list[bytes], now: float) -> Bar | None:
        """Takes a message of the monitor."""
        told = parse_monitor_message(parts)
        event, value = told["event"], told["value"]
        if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            self.closed = 0
            return None
        self.closed += 1
        if event in (zmq.EVENT_HANDSHAKE_FAILED_AUTH, zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL) and self.again is None:
            self.again = now + DIAL_AGAIN_S
        if event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
            return Bar(DENIED, self.closed >= CLOSED_MAX)  # a frontend learns of a new key within a second
        if event == zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL and value == zmq.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH:
            return Bar(HAS_NONE if self.has_key else WANTS_KEY, True)
        return Bar(CLOSES, False) if self.has_key and self.closed >= CLOSED_MAX else None

    def dial_again(self, now: float) -> None:
        """libzmq gives an endpoint up after some failed handshakes; it is dialled again."""
        if self.again is None or now < self.again:
            return
        self.again = None
        try:
            self.socket.disconnect(self.endpoint)
        except zmq.ZMQError:
            pass  # it was given up
        self.socket.connect(self.endpoint)

    def close(self) -> None:
        self.socket.disable_monitor()
        self.monitor.close(0)
        self.socket.close(0)


def open_link(context: Any, endpoint: str, key: KeyFile | None) -> Link:
    socket = context.socket(zmq.DEALER)
    socket.linger = 0
    socket.immediate = True
    socket.maxmsgsize = wire.ANSWERS_BYTES_MAX
    socket.sndhwm = socket.rcvhwm = QUEUED_MAX
    socket.handshake_ivl = 3000
    socket.reconnect_ivl = 20
    socket.reconnect_ivl_max = 200
    uses_key = key is not None and endpoint.startswith("tcp://")
    if key is not None and uses_key:
        try:
            socket.curve_serverkey, socket.curve_publickey, socket.curve_secretkey = key.store, key.public, key.secret
        except zmq.ZMQError:
            socket.close(0)
            raise SetupError("a key of the key file cannot be used: is it damaged, or has libzmq no CURVE?") from None
    monitor = socket.get_monitor_socket(
        zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_AUTH |
        zmq.EVENT_HANDSHAKE_SUCCEEDED)
    monitor.linger = 0
    socket.connect(endpoint)
    return Link(socket, monitor, endpoint, uses_key)
