#!/usr/bin/env python3
"""Measures the time until a new replica of a large store answers: `./dev bench --snapshot`.

Sells for --seconds, then adds a catalog and an order replica, twice each: one replays the whole stream, one fetches a
snapshot of another replica's view. Meanwhile a client looks orders up, which no cache answers, to measure the cost for
others. Starts and stops its own store.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time

from run import BUILD, Store, run_json

DEADLINE_S = 600


def live_after(store, port_base, role, number, behind):
    """Returns the seconds until `status` says that the replica is live, its log, and the size of its view in bytes."""
    data = f"{store.directory.name}/{role}-{number}"
    os.mkdir(data)
    port = port_base + (30 if role == "catalog" else 50) + number - 1
    began = time.monotonic()
    with open(data + ".log", "w") as log:
        replica = subprocess.Popen(
            [BUILD / "pygmy", role, "--instance", f"{role}-{number}", "--brokers", f"tcp://127.0.0.1:{port_base}",
             "--listen", f"tcp://127.0.0.1:{port}", "--data", data, "--snapshot-behind", str(behind)],
            stdout=log, stderr=log)
    try:
        while time.monotonic() - began < DEADLINE_S:
            status = run_json(BUILD / "pygmy", "status", "--frontend", store.frontends, "--json", whole=True)
            if any(p["instance"] == f"{role}-{number}" and p["state"] == "live" for p in status["processes"]):
                return time.monotonic() - began, open(data + ".log").read(), os.path.getsize(f"{data}/{role}.db")
            time.sleep(0.02)
        sys.exit(f"{role}-{number} was not live within {DEADLINE_S} s")
    finally:
        replica.terminate()
        replica.wait()


def p99_of_lookups(store, seconds):
    return f"{store.bench('order', 'uniform', 1, 1, seconds)['p99_us']:,}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="of selling")
    parser.add_argument("--port-base", type=int, default=17400)
    options = parser.parse_args()
    store = Store(options.port_base)
    pool = concurrent.futures.ThreadPoolExecutor(1)
    try:
        store.bench("buy", "uniform", 8, 64, options.seconds)
        status = run_json(BUILD / "pygmy", "status", "--frontend", store.frontends, "--json", whole=True)
        print(f"{status['watermark']:,} events")
        print(f"  {'nobody':<28}           orders looked up: p99 {p99_of_lookups(store, 5):>7} us")
        number = 6
        for role in ("catalog", "order"):
            for behind, how in ((0, "replays"), (1, "fetches a snapshot")):
                p99 = pool.submit(p99_of_lookups, store, 3)
                seconds, log, size = live_after(store, options.port_base, role, number, behind)
                number += 1
                print(f"  {role + ' ' + how:<28} {seconds:8.1f} s orders looked up: p99 {p99.result():>7} us, "
                      f"view {size / 2**20:,.0f} MiB")
                made = [line for log_file in pathlib.Path(store.directory.name, "data/log").glob(f"{role}-*.log")
                        for line in re.findall(r"\| (made a snapshot.*)", log_file.read_text())]
                print("".join(f"      {line}\n" for line in made), end="")
                for line in re.findall(r"\| (fetched a snapshot.*|nobody gives.*)", log):
                    print(f"      {line}")
    finally:
        store.close()


if __name__ == "__main__":
    main()
