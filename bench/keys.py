#!/usr/bin/env python3
"""Measures the cost of keys (CURVE): `./dev bench --keys`.

Starts a store with keys and one without, side by side, and asks them in turn in short rounds, so that the rest of the
machine disturbs both. Each ratio is that of the medians, with keys / without, and is followed by the lowest and the
highest ratio of a round. The first pair of stores is as `up` makes it: clients and frontends talk over TCP, and the
processes of a store over ipc, where keys encrypt nothing. In the second pair all talk over TCP, as on several machines.
`cpu us` is the processor time that all processes of the store take for one request. All stores are stopped at the end.
"""

import argparse
import json
import os
import statistics
import sys

from against import ask
from run import BUILD, Store

WITHOUT, WITH = "without", "with keys"
# A path of this length is too long for sockets of ipc, so `up` starts processes that talk over TCP.
SHAPES = {"clients over TCP, processes over ipc": "data", "all over TCP": "d" * 100}
LOADS = {f"{name}, {many}": f"--op {op} --items hot --clients {clients} --inflight {inflight} --trace-every 0"
         for many, clients, inflight in (("alone", 1, 1), ("64", 8, 8))
         for name, op in (("buy", "buy"), ("look-up", "lookup"))}
FIGURES = ("ops/s", "p50 us", "p99 us", "cpu us")


def started(shape, port_base):
    stores = {}
    try:
        for number, (name, options) in enumerate(((WITHOUT, []), (WITH, ["--secure"]))):
            stores[name] = Store(port_base + 100 * number, options, http=False, data=SHAPES[shape])
            has_ipc = any((stores[name].data / "run").glob("*.sock"))
            if has_ipc != ("ipc" in shape):
                sys.exit(f"{shape}: the store has {'' if has_ipc else 'no '}sockets of ipc")
    except BaseException:
        close(stores)
        raise
    return stores


def close(stores):
    for store in stores.values():
        store.close()


def in_turn(stores, rounds, seconds):
    """Returns the measurements of each store, for each load. The stores take turns to be asked first."""
    runs = {load: {name: [] for name in stores} for load in LOADS}
    for number in range(rounds):
        for load, options in LOADS.items():
            for name in list(stores)[::-1 if number % 2 else 1]:
                runs[load][name].append(ask(stores[name], BUILD / "pygmy", options, seconds))
    return runs


def compared(runs):
    """Returns, for each figure, the medians of the two stores, their ratio, and the lowest and highest of a round."""
    result = {}
    for figure in FIGURES:
        without, with_keys = ([run[figure] for run in runs[name]] for name in (WITHOUT, WITH))
        ratios = [b / a for a, b in zip(without, with_keys)]
        medians = statistics.median(without), statistics.median(with_keys)
        result[figure] = {WITHOUT: medians[0], WITH: medians[1], "ratio": medians[1] / medians[0],
                          "lowest": min(ratios), "highest": max(ratios)}
    return result


def print_table(shape, results):
    print(f"{shape:38} {WITHOUT:>12} {WITH:>12} {'ratio':>8}")
    for load, result in results.items():
        for figure, each in result.items():
            print(f"  {load:18} {figure:17} {each[WITHOUT]:>12,.1f} {each[WITH]:>12,.1f} {each['ratio']:>8.2f}  "
                  f"from {each['lowest']:.2f} to {each['highest']:.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--port-base", type=int, default=17700, help="200 ports from here are used")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    options = parser.parse_args()
    busy = os.getloadavg()[0]
    if not options.json:
        print(f"median of {options.rounds} rounds of {options.seconds} s; load average before: {busy:.1f}", flush=True)
    shapes = {}
    for shape in SHAPES:
        stores = started(shape, options.port_base)
        try:
            measured = in_turn(stores, options.rounds, options.seconds)
            shapes[shape] = {load: compared(runs) for load, runs in measured.items()}
        finally:
            close(stores)
        if not options.json:
            print_table(shape, shapes[shape])
    if options.json:
        print(json.dumps({"load_average": busy, "shapes": shapes}))


if __name__ == "__main__":
    main()
