#!/usr/bin/python3
"""delay.py QUEUE MILLISECONDS delays the packets that a rule of iptables sends to an NFQUEUE.

It runs in the network namespace of the rule, on machines without sch_netem. It speaks nfnetlink itself, because it needs
only three messages. It gets only the numbers of the packets (NFQNL_COPY_META), and accepts each packet when its delay is
over, in the order of arrival. It prints `ready` when it has started. On SIGTERM it accepts all packets that wait, prints
how many packets it has delayed, and ends.
"""

import collections
import select
import signal
import socket
import struct
import sys
import time

NETLINK_NETFILTER = 12
QUEUE_SUBSYSTEM = 3 << 8
PACKET, CONFIG, VERDICT_BATCH = (QUEUE_SUBSYSTEM | kind for kind in (0, 2, 3))
A_PACKET_HEADER, A_VERDICT_HEADER = 1, 2
A_COMMAND, A_PARAMETERS, A_LENGTH_MAX = 1, 2, 3
BIND, COPY_META, ACCEPT = 1, 1, 1
WAITING_MAX = 65536  # packets; the kernel drops further packets, and TCP sends them again


def attribute(kind, data):
    return struct.pack("HH", 4 + len(data), kind) + data + b"\0" * (-len(data) % 4)


def message(kind, queue, data):
    return struct.pack("IHHIIBBH", 20 + len(data), kind, 1, 0, 0, 0, 0, socket.htons(queue)) + data


def attributes(data):
    while len(data) >= 4:
        length, kind = struct.unpack_from("HH", data)
        yield kind & 0x3FFF, data[4:length]
        data = data[max(4, length + 3 & ~3):]


def packets(data):
    """Yields the packet numbers in `data`, which came from the socket."""
    while len(data) >= 20:
        length, kind = struct.unpack_from("IH", data)
        if kind == PACKET:
            yield from (struct.unpack_from(">I", value)[0] for name, value in attributes(data[20:length])
                        if name == A_PACKET_HEADER)
        data = data[max(20, length + 3 & ~3):]


def open_queue(queue):
    link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    link.bind((0, 0))
    for data in (attribute(A_COMMAND, struct.pack(">BBH", BIND, 0, 0)),
                 attribute(A_PARAMETERS, struct.pack(">IB", 0, COPY_META)),
                 attribute(A_LENGTH_MAX, struct.pack(">I", WAITING_MAX))):
        link.send(message(CONFIG, queue, data))
    return link


def main():
    queue, delay = int(sys.argv[1]), int(sys.argv[2]) / 1000
    link = open_queue(queue)
    waiting, delayed, stopped = collections.deque(), 0, []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    print("ready", flush=True)
    while not stopped:
        wait = max(0, waiting[0][0] - time.monotonic()) if waiting else 0.1
        if select.select([link], [], [], wait)[0]:
            try:
                came = link.recv(1 << 16)
            except OSError:  # too many packets at once (ENOBUFS): they are lost
                continue
            waiting.extend((time.monotonic() + delay, number) for number in packets(came))
        last = None
        while waiting and waiting[0][0] <= time.monotonic():
            last, delayed = waiting.popleft()[1], delayed + 1
        if last is not None:  # a batch accepts this number and all numbers before it
            link.send(message(VERDICT_BATCH, queue, attribute(A_VERDICT_HEADER, struct.pack(">II", ACCEPT, last))))
    if waiting:
        link.send(message(VERDICT_BATCH, queue,
                          attribute(A_VERDICT_HEADER, struct.pack(">II", ACCEPT, waiting[-1][1]))))
    print(delayed + len(waiting), flush=True)


if __name__ == "__main__":
    main()
