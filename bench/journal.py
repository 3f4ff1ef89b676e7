#!/usr/bin/env python3
"""Measures the time that a broker needs to open a large journal: `./dev bench --journal`.

Sells for a few seconds, then stops the store. It appends blocks like the last ones to the journal, one after another
as a broker would, until the journal has --mib MiB. (A broker does not read their events when it opens the file.) Then
it starts the broker and asks it for the last block: with the file in the page cache, without it, and after a kill -9.
"""

import argparse
import contextlib
import hashlib
import os
import pathlib
import re
import sqlite3
import statistics
import subprocess
import sys
import time

import msgpack

from run import BUILD, ROOT, Store

sys.path.insert(0, str(ROOT / "tests/protocol"))

from client import Client  # noqa: E402

DEADLINE_S = 120
TRIES = 3


def grow(file, mib):
    """Appends blocks until they have `mib` MiB. Returns their number and the last seq."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as journal:
        rows = journal.execute("SELECT no, last, bytes FROM blocks ORDER BY no DESC LIMIT 100").fetchall()
        no, last, data = rows[0]
        end, like = msgpack.unpackb(data), msgpack.unpackb(max((row[2] for row in rows), key=len))
        size = sum(row[0] for row in journal.execute("SELECT length(bytes) FROM blocks"))
        journal.execute("BEGIN")
        while size < mib * 2**20:
            no, first, last = no + 1, last + 1, last + like["count"]
            block = {**end, "no": no, "first": first, "count": like["count"], "events": like["events"],
                     "prev": hashlib.sha256(data[:-32]).digest()}
            data = msgpack.packb(block)
            data = data[:-32] + hashlib.sha256(data[:-32]).digest()
            size += len(data)
            journal.execute("INSERT INTO blocks(no, first, last, bytes) VALUES (?, ?, ?, ?)", (no, first, last, data))
        journal.execute("COMMIT")
        journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return no, last


def forget(directory):
    """Removes the files of the directory from the page cache."""
    for file in pathlib.Path(directory).iterdir():
        with open(file, "rb") as opened:
            os.fsync(opened.fileno())
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def opened(directory, port, last, end):
    """Returns the seconds until a started broker replays the last block, and its greatest memory in MiB."""
    endpoint = f"tcp://127.0.0.1:{port}"
    began = time.monotonic()
    broker = subprocess.Popen([BUILD / "pygmy", "broker", "--instance", "broker-1", "--listen", endpoint, "--data",
                               directory], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = Client([endpoint], DEADLINE_S)
    try:
        client.ask("replay", {"from": last, "bytes": 1})
        took = time.monotonic() - began
        status = pathlib.Path(f"/proc/{broker.pid}/status").read_text()
        return took, int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024
    finally:
        client.close()
        end(broker)
        broker.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5, help="of selling")
    parser.add_argument("--mib", type=int, default=1024, help="size of the journal's blocks")
    parser.add_argument("--port-base", type=int, default=17400)
    options = parser.parse_args()
    store = Store(options.port_base)
    try:
        store.bench("buy", "uniform", 8, 64, options.seconds)
        store.stop()
        directory = pathlib.Path(store.directory.name, "data/broker-1")
        blocks, last = grow(directory / "journal.db", options.mib)
        print(f"journal of {(directory / 'journal.db').stat().st_size / 2**20:,.0f} MiB, {blocks:,} blocks, {last:,} events")
        for what, cold, end in (("in the page cache", False, subprocess.Popen.terminate),
                                ("not in the page cache", True, subprocess.Popen.terminate),
                                ("after a kill -9", False, subprocess.Popen.kill)):
            opened(directory, options.port_base, last, end)
            tries = []
            for _ in range(TRIES):
                if cold:
                    forget(directory)
                tries.append(opened(directory, options.port_base, last, end))
            seconds, memory = (statistics.median(each) for each in zip(*tries))
            print(f"  {what:<24} {seconds:8.3f} s until it replays, {memory:6.1f} MiB of memory")
    finally:
        store.close()


if __name__ == "__main__":
    main()
