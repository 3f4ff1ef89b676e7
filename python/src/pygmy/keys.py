"""Keys of requests, and files of secrets: key files of `pygmy keys`, and tokens of `pygmy grant`."""

from __future__ import annotations

import os
import secrets
import stat
import time
from dataclasses import dataclass, field

from .errors import SetupError

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
FILE_BYTES_MAX = 4096
KEY_CHARS = 40  # of a key of CURVE in Z85
KEY_LINES = ("pygmy-key", "role", "name", "store", "public", "secret")


def new_key() -> str:
    """Makes a key for one purpose: the time, so that keys rise, and 82 random bits."""
    left, digits = time.time_ns() // 1_000_000, []
    for _ in range(9):
        left, digit = divmod(left, 36)
        digits.append(DIGITS[digit])
    return "".join(reversed(digits)) + "".join(secrets.choice(DIGITS) for _ in range(16))


@dataclass(frozen=True, slots=True)
class KeyFile:
    """Whom a client is, and the store that it talks to. The keys are in Z85."""

    role: str
    name: str
    store: bytes
    public: bytes
    secret: bytes = field(repr=False)


def secret_text(path: str) -> str:
    """Reads a file that holds a secret. A file of this user that others may use is refused, as ssh does."""
    try:
        with open(path, "rb") as file:
            told = os.fstat(file.fileno())
            if told.st_uid == os.geteuid() and stat.S_IMODE(told.st_mode) & 0o077:
                raise SetupError(f"{path}: others may use this file: chmod 600 {path}")
            data = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise SetupError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > FILE_BYTES_MAX:
        raise SetupError(f"{path}: has more than {FILE_BYTES_MAX} bytes")
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:
        raise SetupError(f"{path}: is not a text file") from None


def read_key_file(path: str) -> KeyFile:
    """Reads what `pygmy keys add client NAME` has made. No error shows a secret."""
    lines = [line.split(" ", 1) for line in secret_text(path).splitlines()]
    if [line[0] for line in lines] != list(KEY_LINES) or any(len(line) != 2 for line in lines) or lines[0][1] != "1":
        raise SetupError(f"{path}: is not a key file of a process or a client (`pygmy keys add client NAME` makes one)")
    _, role, name, store, public, secret = (line[1] for line in lines)
    if any(len(key) != KEY_CHARS for key in (store, public, secret)):
        raise SetupError(f"{path}: a key in it is damaged; copy the file again")
    return KeyFile(role, name, store.encode(), public.encode(), secret.encode())


def read_token_file(path: str) -> str:
    token = secret_text(path).strip()
    if not token:
        raise SetupError(f"{path}: is empty; it needs the token that `pygmy grant` printed")
    return token
