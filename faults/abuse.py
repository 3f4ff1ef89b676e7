"""Attacks on a store by strangers that need no key and no library, and checks of the store meanwhile.

Each attack is a function (target, dice) that opens its own connections. Meanwhile `Watch` checks that no process ends,
that no process uses more than RSS_MAX_MB of memory, and that another client always gets answers. `pygmy-faults --abuse`
and tests/process/test_abuse.py use this module.
"""

import contextlib
import dataclasses
import os
import pathlib
import resource
import select
import socket
import threading
import time

from peer import Peer, request, was_answered

RSS_MAX_MB = 300
TITLE_BYTES = 400
BATCH = 256  # items of one `add`
SEARCHES = 2048  # the most requests that one client may have under way
FRAME_BYTES_MAX = 512 * 1024


@dataclasses.dataclass
class Target:
    routers: list       # ports of all ROUTERs
    frontends: list     # ports of the two frontends
    publisher: int      # port of the broker's PUB
    http: int           # port of the bridge, or None
    pids: dict          # instance -> pid


# --- preparing the store ---

def fill(target, batches=4):
    """Adds items with long titles, so that a page of a search is as large as possible."""
    with Peer(target.frontends[0], timeout_s=30) as client:
        for batch in range(batches):
            items = [{"title": f"{batch * BATCH + i:07}" + "t" * (TITLE_BYTES - 7), "topic": "fat", "price": 1, "stock": 9}
                     for i in range(BATCH)]
            answer = client.ask("add", {"key": f"fat-{batch}", "items": items}, ttl=30_000)
            assert was_answered(answer), answer[:200]


# --- the attacks ---

def fill_and_reset(target, dice, shots=1):
    """Fills the inbound queue of every ROUTER and resets the connection."""
    many = b"".join(request("no_such_type", {"item": 1}, id=i + 1) for i in range(3000))
    for _ in range(shots):
        for port in dice.sample(target.routers, len(target.routers)):
            peer = Peer(port, receive_buffer=4096, timeout_s=0.3)
            peer.flood(many, 500)
            peer.reset()


def searches_in_one_frame(target, dice, clients=4):
    """Sends one frame with as many large searches as a client may have under way, from clients that do not read."""
    frame = b"".join(request("search", {"limit": 1000, "after": 0}, id=i + 1, fresh=True) for i in range(SEARCHES))
    with contextlib.ExitStack() as stack:
        for _ in range(clients):
            stack.enter_context(Peer(dice.choice(target.frontends), receive_buffer=4096)).send(frame)
        look_on(3)


def large_frames(target, dice, megabytes=600, connections=1):
    """Sends frames of the largest size, and larger ones, faster than the process can handle them."""
    one = request("no_such_type", {})
    frame = one * (FRAME_BYTES_MAX // len(one))
    port = dice.choice(target.routers)

    def flood():
        with Peer(port, timeout_s=1) as peer:
            peer.flood(frame, megabytes * 1_000_000 // len(frame) // connections)
        with Peer(port, timeout_s=1) as peer:
            peer.flood(frame * 4, 10)
    in_parallel([flood] * connections)


def subscriptions(target, dice, connections=1):
    """Sends subscriptions of megabytes, and a hundred thousand small subscriptions."""
    def subscribe():
        with Peer(target.publisher, "SUB", timeout_s=2) as peer, contextlib.suppress(OSError):
            for _ in range(20):
                peer.send(b"\x01" + os.urandom(1_900_000))
        with Peer(target.publisher, "SUB", timeout_s=2) as peer, contextlib.suppress(OSError):
            for i in range(100_000):
                peer.send_raw(b"\0\x09\x01" + i.to_bytes(8, "big"))
    in_parallel([subscribe] * connections)
    look_on(1)


def unread_gets(target, dice, connections=3000):
    """Asks over HTTP for pages of the largest size and does not read them."""
    if target.http is None:
        return
    with contextlib.ExitStack() as stack:
        for _ in range(connections):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.settimeout(5)
            with contextlib.suppress(OSError):
                connection.connect(("127.0.0.1", target.http))
                connection.sendall(b"GET /v1/items?limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        look_on(3)


def without_descriptors(target, dice, descriptors=160):
    """Lowers a frontend's limit of descriptors and opens more connections than that for a while. Returns the share of a
    processor that the frontend used meanwhile."""
    number = dice.randrange(len(target.frontends))
    pid = target.pids[f"frontend-{number + 1}"]
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (descriptors, before[1]))
    try:
        with contextlib.ExitStack() as stack:
            for _ in range(2 * descriptors):
                connection = stack.enter_context(socket.socket())
                connection.setblocking(False)
                connection.connect_ex(("127.0.0.1", target.frontends[number]))
            begin, used = time.monotonic(), processor_s(pid)
            look_on(2)
            return (processor_s(pid) - used) / (time.monotonic() - begin)
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


def connections_without_end(target, dice, connections=3000):
    """Opens connections to one process from an address that nobody else has. Returns how many of them stay open."""
    port, held, closed = dice.choice(target.routers), [], select.poll()
    with contextlib.ExitStack() as stack:
        for _ in range(connections):
            with contextlib.suppress(OSError):  # it may be closed before it is greeted
                held.append(stack.enter_context(Peer(port, timeout_s=2, address="127.0.0.9")))
                closed.register(held[-1].socket, select.POLLRDHUP)
        number = -1
        while number != (number := len(closed.poll(0))):  # until no more are closed
            look_on(1)
        return len(held) - number


ATTACKS = (fill_and_reset, searches_in_one_frame, large_frames, subscriptions, unread_gets, without_descriptors,
           connections_without_end)


def look_on(seconds):
    """Lets the attack go on for `seconds` while the watch measures."""
    time.sleep(seconds)


def in_parallel(jobs):
    def run(job):
        with contextlib.suppress(OSError):  # the store may disconnect an attacker, or have no room for one
            job()
    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# --- checking the store meanwhile ---

def processor_s(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid):
    with contextlib.suppress(OSError):
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) // 1024
    return 0


class Watch(threading.Thread):
    """A client that was connected before the attack makes one request after another. After each request the watch notes
    the memory of every process."""

    def __init__(self, target):
        super().__init__(daemon=True)
        self.target, self.stopping = target, threading.Event()
        self.waits_s, self.unanswered, self.largest_mb = [], [], {}
        self.dialled = {}  # port -> (connection, its answers)

    def __enter__(self):
        for port in self.target.frontends:
            connection = Peer(port, timeout_s=10)
            self.dialled[port] = connection, connection.frames()
        self.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.join()
        for connection, _ in self.dialled.values():
            connection.close()

    def run(self):
        turn = 0
        while not self.stopping.wait(0.05):
            turn += 1
            self.ask(self.target.frontends[turn % len(self.target.frontends)], turn)
            for instance, pid in self.target.pids.items():
                self.largest_mb[instance] = max(self.largest_mb.get(instance, 0), rss_mb(pid))

    def ask(self, port, turn):
        kind, body = (("search", {"limit": 1}), ("lookup", {"item": 1}))[turn // 2 % 2]
        begin = time.monotonic()
        try:
            answer = self.answer_of(port, request(kind, body, id=turn, fresh=True, ttl=10_000))
            if not was_answered(answer):
                self.unanswered.append(f"{kind}: {answer[:200]}")
        except (OSError, StopIteration) as error:
            self.unanswered.append(f"{kind} at port {port}: {error!r}")
            return
        self.waits_s.append(time.monotonic() - begin)

    def answer_of(self, port, asked):
        connection, answers = self.dialled[port]
        connection.send(asked)
        return next(answers)

    def p99_s(self):
        ascending = sorted(self.waits_s)
        return ascending[max(0, len(ascending) * 99 // 100 - 1)] if ascending else 0.0

    def faults(self, rss_max_mb=RSS_MAX_MB):
        """Yields a sentence for each fault that the watch has seen."""
        for instance, pid in self.target.pids.items():
            if not pathlib.Path(f"/proc/{pid}").exists():
                yield f"{instance} has ended"
        for instance, megabytes in self.largest_mb.items():
            if megabytes > rss_max_mb:
                yield f"{instance} had {megabytes} MB"
        if self.unanswered:
            yield f"another client was not answered {len(self.unanswered)} of {len(self.waits_s)} times: {self.unanswered[0]}"
        if not self.waits_s:
            yield "the other client made no request"
