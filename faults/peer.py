"""A stranger at a socket of the store. It speaks ZMTP 3.0 and MessagePack by hand, because a library would behave well.

A `Peer` is one connection, which sends any bytes and reads only when it is told to. The module has only what the attacks
need.
"""

import socket
import struct

GREETING = b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\0NULL" + b"\0" * 16 + b"\0" + b"\0" * 31
RESET = struct.pack("ii", 1, 0)  # SO_LINGER with 0 seconds: close() resets the connection


def packed(value):
    """Encodes the types of values that requests hold as MessagePack."""
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return bytes([value]) if value < 128 else b"\xcf" + struct.pack(">Q", value)
    if isinstance(value, str):
        text = value.encode()
        return b"\xda" + struct.pack(">H", len(text)) + text
    if isinstance(value, dict):
        return bytes([0x80 + len(value)]) + b"".join(packed(key) + packed(inner) for key, inner in value.items())
    return b"\xdc" + struct.pack(">H", len(value)) + b"".join(map(packed, value))


def request(kind, body, id=1, **header):
    return packed({"v": 1, "t": kind, "id": id, **header}) + packed(body)


def message(payload):
    """Returns a ZMTP message of one frame."""
    return b"\x02" + struct.pack(">Q", len(payload)) + payload


class Peer:
    def __init__(self, port, kind="DEALER", receive_buffer=None, timeout_s=5, address="127.0.0.1"):
        """`address`: from which it comes."""
        self.socket = socket.socket()
        self.socket.bind((address, 0))
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout_s)
        self.socket.connect(("127.0.0.1", port))
        ready = b"\x05READY\x0bSocket-Type" + struct.pack(">I", len(kind)) + kind.encode()
        self.read = self.socket.makefile("rb")
        self.socket.sendall(GREETING)
        self.read.read(len(GREETING))  # libzmq disconnects a peer that does not wait for its greeting
        self.socket.sendall(b"\x04" + bytes([len(ready)]) + ready)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, payload):
        self.socket.sendall(message(payload))

    def send_raw(self, data):
        self.socket.sendall(data)

    def flood(self, payload, times):
        """Sends `payload` up to `times` times. Returns how often, if the other side reads nothing for timeout_s or hangs
        up earlier."""
        data = message(payload)
        for sent in range(times):
            try:
                self.socket.sendall(data)
            except OSError:
                return sent
        return times

    def frames(self):
        """Yields the frames that come in, without ZMTP commands."""
        while flags := self.read.read(1):
            size = struct.unpack(">Q", self.read.read(8))[0] if flags[0] & 2 else self.read.read(1)[0]
            payload = self.read.read(size)
            if not flags[0] & 4:
                yield payload

    def ask(self, kind, body, **header):
        """Sends a request and returns the bytes of the first answer."""
        self.send(request(kind, body, **header))
        return next(self.frames())

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.close()

    def close(self):
        self.read.close()
        self.socket.close()


def was_answered(frame):
    return b"err" not in frame[:64]
