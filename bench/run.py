#!/usr/bin/env python3
"""Measures the store against a bare ZeroMQ echo, in one run: `./dev bench`.

Machines are noisy, so only the ratios of one run count. Each figure is the median of several rounds in which the parts
take turns. Starts its own store in a temporary directory, and stops it at the end.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"


def run_json(*command, whole=False):
    """Returns the last line that the command prints, or its whole output, parsed as JSON."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout if whole else done.stdout.strip().splitlines()[-1])


class Store:
    def __init__(self, port_base, options=(), items=1000, program=BUILD / "pygmy", http=True, data="data"):
        self.directory = tempfile.TemporaryDirectory(prefix="pygmy-bench-")
        self.data = pathlib.Path(self.directory.name, data)
        self.client_options = ["--key-file", self.data / "keys/operator.key"] if "--secure" in options else []
        self.frontends = f"tcp://127.0.0.1:{port_base + 10}"
        catalogue = pathlib.Path(self.directory.name) / "bench.csv"
        rows = ["id,title,topic,price,stock"] + [f"{i},Bench item {i},bench,9.99,1000000000" for i in range(1, items + 1)]
        catalogue.write_text("\n".join(rows) + "\n")
        self.process = subprocess.Popen(
            [program, "up", "--data", self.data, "--port-base", str(port_base),
             "--catalogue", catalogue, "--http", str(port_base + 75) if http else "off", *map(str, options)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if line.strip().startswith("ready"):
                return
        sys.exit("the store did not become ready")

    def bench(self, op, items, clients, inflight, seconds):
        return run_json(BUILD / "pygmy", "bench", "--frontend", self.frontends, "--items-of-the-store", "--yes", "--op", op,
                        "--items", items, "--clients", clients, "--inflight", inflight, "--seconds", seconds, "--json",
                        *self.client_options)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)

    def close(self):
        self.stop()
        self.directory.cleanup()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--port-base", type=int, default=17400)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    options = parser.parse_args()

    seconds = options.seconds
    echo = BUILD / "bench" / "echo_bench"
    # For an item of the bench's catalogue, a lookup has 39 bytes and its answer 118.
    parts = {
        "echo, 1 client x 1": lambda: run_json(echo, 1, 1, seconds, 39, 118),
        "cached lookup, 1 x 1": lambda: store.bench("lookup", "hot", 1, 1, seconds),
        "echo, 8 x 8": lambda: run_json(echo, 8, 8, seconds, 39, 118),
        "cached lookup, 8 x 8": lambda: store.bench("lookup", "hot", 8, 8, seconds),
        "durable buy, hot, 1 x 1": lambda: store.bench("buy", "hot", 1, 1, seconds),
        "durable buy, hot, 8 x 8": lambda: store.bench("buy", "hot", 8, 8, seconds),
        "durable buy, uniform, 8 x 8": lambda: store.bench("buy", "uniform", 8, 8, seconds),
        "mix, uniform, 8 x 8": lambda: store.bench("mix", "uniform", 8, 8, seconds),
    }
    results = {name: [] for name in parts}
    store = Store(options.port_base)
    try:
        for _ in range(options.rounds):
            for name, measure in parts.items():
                results[name].append(measure())
    finally:
        store.close()

    figures = {name: {key: statistics.median(run[key] for run in runs) for key in ("ops_s", "p50_us", "p99_us")}
               for name, runs in results.items()}
    ratios = {
        "cached lookup / echo, 1 x 1": figures["cached lookup, 1 x 1"]["ops_s"] / figures["echo, 1 client x 1"]["ops_s"],
        "cached lookup / echo, 8 x 8": figures["cached lookup, 8 x 8"]["ops_s"] / figures["echo, 8 x 8"]["ops_s"],
    }
    if options.json:
        print(json.dumps({"figures": figures, "ratios": ratios}))
        return
    print(f"median of {options.rounds} rounds of {seconds} s")
    for name, figure in figures.items():
        print(f"  {name:30} {figure['ops_s']:>10,.0f}/s   p50 {figure['p50_us']:>7,.0f} us   p99 {figure['p99_us']:>7,.0f} us")
    for name, ratio in ratios.items():
        print(f"  {name:30} {ratio:>10.2f}")


if __name__ == "__main__":
    main()
