#!/usr/bin/env python3
"""Measures look-ups in a program that holds an edge: `./dev bench --edge`.

The items are in the edge's memory. One thread and two threads take turns, while nothing changes and while a client buys
without pause; the median of several rounds counts. Starts and stops its own store.
"""

import argparse
import statistics
import subprocess

from run import BUILD, Store, run_json

ITEMS = 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--port-base", type=int, default=17400)
    options = parser.parse_args()

    store = Store(options.port_base, items=ITEMS)
    broker = f"tcp://127.0.0.1:{options.port_base}"
    runs = {}
    try:
        for _ in range(options.rounds):
            for changes in (False, True):
                for threads in (1, 2):
                    buyer = subprocess.Popen(
                        [BUILD / "pygmy", "bench", "--frontend", store.frontends, "--items-of-the-store", "--yes", "--op", "buy",
                         "--items", "uniform", "--clients", "1", "--inflight", "1", "--seconds", str(options.seconds + 1)],
                        stdout=subprocess.DEVNULL) if changes else None
                    measured = run_json(BUILD / "bench" / "edge_bench", broker, ITEMS, threads, options.seconds)
                    if measured["failed"]:
                        raise SystemExit(f"{measured['failed']} look-ups failed")
                    runs.setdefault((changes, threads), []).append(measured)
                    if buyer:
                        buyer.wait()
    finally:
        store.close()

    print(f"median of {options.rounds} rounds of {options.seconds} s, {ITEMS} items in memory")
    for (changes, threads), measured in runs.items():
        name = f"{threads} thread{'s' if threads > 1 else ' '}, {'one client buys' if changes else 'nothing changes'}"
        rate, p50, p99 = (statistics.median(one[key] for one in measured) for key in ("ops_s", "p50_us", "p99_us"))
        print(f"  {name:30} {rate:>12,.0f}/s   p50 {p50:>6,.2f} us   p99 {p99:>8,.2f} us")


if __name__ == "__main__":
    main()
