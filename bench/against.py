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
import subprocess
import sys
import tempfile

LOADS = [f"--op {op} --items {items} --clients {clients} --inflight {inflight}"
         for op, items, clients, inflight in [
             ("buy", "hot", 1, 1), ("buy", "hot", 8, 8), ("buy", "hot", 8, 32), ("buy", "hot", 8, 128),
             ("buy", "uniform", 8, 8), ("lookup", "hot", 1, 1), ("lookup", "hot", 8, 8), ("lookup", "uniform", 8, 8)]]


class Store:
    def __init__(self, program, port_base, items, options):
        self.directory = tempfile.TemporaryDirectory(prefix="pygmy-against-")
        home = pathlib.Path(self.directory.name)
        catalogue = home / "items.csv"
        rows = ["title,topic,price,stock"] + [f"Item {i},bench,9.99,1000000000" for i in range(items)]
        catalogue.write_text("\n".join(rows) + "\n")
        self.data = home / "data"
        self.frontend = f"tcp://127.0.0.1:{port_base + 10}"
        self.process = subprocess.Popen(
            [program, "up", "--data", self.data, "--port-base", str(port_base), "--http", "off", "--catalogue", catalogue,
             *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if not any(line.strip().startswith("ready") for line in self.process.stdout):
            sys.exit(f"the store of {program} did not become ready")

    def cpu_us(self):
        processes = json.loads((self.data / "up.json").read_text())["processes"]
        threads = [thread for pid in {each["pid"] for each in processes}
                   for thread in pathlib.Path(f"/proc/{pid}/task").iterdir()]
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1000

    def ask(self, generator, load, seconds):
        before = self.cpu_us()
        done = subprocess.run([generator, "bench", "--frontend", self.frontend, *load.split(), "--seconds", str(seconds),
                               "--json"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"bench ended with {done.returncode}: {done.stderr.strip()}")
        result = json.loads(done.stdout)
        return {"ops/s": result["ops_s"], "p50 us": result["p50_us"], "p99 us": result["p99_us"],
                "cpu us": (self.cpu_us() - before) / max(1, result["ops"])}

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=60)
        self.directory.cleanup()


def compare(stores, generator, load, rounds, seconds):
    runs = [[], []]
    for _ in range(rounds):
        for store, of_store in zip(stores, runs):
            of_store.append(store.ask(generator, load, seconds))
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
            stores.append(Store(program, options.port_base + 100 * number, options.items, more))
        for load in options.load or LOADS:
            compare(stores, options.new, load, options.rounds, options.seconds)
    finally:
        for store in stores:
            store.close()


if __name__ == "__main__":
    main()
