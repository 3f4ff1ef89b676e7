#!/usr/bin/env python3
"""Compares two builds of pygmy: `python3 bench/against.py OLD NEW --single`.

Starts a store of each program, side by side, and asks them in turn with the load generator of NEW, so that whatever
else the machine does meets both. Prints the median of each figure, and NEW / OLD. `cpu` is the processor time that all
processes of the store took for one request; it depends least on the rest of the machine. Both stores are stopped at the end.
"""

import argparse
import json
import pathlib
import statistics

from run import Store, run_json

LOADS = [f"--op {op} --items {items} --clients {clients} --inflight {inflight}"
         for op, items, clients, inflight in [
             ("buy", "hot", 1, 1), ("buy", "hot", 8, 8), ("buy", "hot", 8, 32), ("buy", "hot", 8, 128),
             ("buy", "uniform", 8, 8), ("lookup", "hot", 1, 1), ("lookup", "hot", 8, 8), ("lookup", "uniform", 8, 8)]]


def cpu_us(store):
    processes = json.loads((store.data / "up.json").read_text())["processes"]
    threads = [thread for pid in {each["pid"] for each in processes}
               for thread in pathlib.Path(f"/proc/{pid}/task").iterdir()]
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1000


def ask(store, generator, load, seconds):
    before = cpu_us(store)
    result = run_json(generator, "bench", "--frontend", store.frontends, *load.split(), "--seconds", seconds, "--json",
                      *store.client_options)
    return {"ops/s": result["ops_s"], "p50 us": result["p50_us"], "p99 us": result["p99_us"],
            "cpu us": (cpu_us(store) - before) / max(1, result["ops"])}


def compare(stores, generator, load, rounds, seconds):
    runs = [[], []]
    for _ in range(rounds):
        for store, of_store in zip(stores, runs):
            of_store.append(ask(store, generator, load, seconds))
    old, new = ({name: statistics.median(run[name] for run in of_store) for name in of_store[0]} for of_store in runs)
    print(load.replace("--", ""))
    for name in old:
        print(f"  {name:8} {old[name]:>12,.1f} {new[name]:>12,.1f} {new[name] / old[name]:>8.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", help="a program pygmy")
    parser.add_argument("new", help="another one")
    parser.add_argument("--single", action="store_true", help="one process a store (up --single)")
    parser.add_argument("--load", action="append", help="options of `pygmy bench`; may be given several times")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--port-base", type=int, default=17700, help="200 ports from here are used")
    options = parser.parse_args()
    more = ["--single"] if options.single else []
    stores = []
    try:
        for number, program in enumerate((options.old, options.new)):
            stores.append(Store(options.port_base + 100 * number, more, options.items, program, http=False))
        for load in options.load or LOADS:
            compare(stores, options.new, load, options.rounds, options.seconds)
    finally:
        for store in stores:
            store.close()


if __name__ == "__main__":
    main()
