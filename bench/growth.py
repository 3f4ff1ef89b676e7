#!/usr/bin/env python3
"""Measures how throughput and latency grow with the store and its clients: `./dev bench --growth`.

Each line changes one thing: frontends (the edges of the store), catalog replicas, order replicas, items, orders in the
store, lines of an order (the size of an event), or clients. Each point is a store of its own, but for clients, lines and
orders, which grow on one store. With --plots DIR it writes an SVG plot of each
line, and the figures as CSV, into DIR (needs gnuplot-nox). Compare only figures of one run.
"""

import argparse
import csv
import pathlib
import shutil
import subprocess
import sys

from run import BUILD, Store, run_json

FIGURES = ("buy_s", "buy_p50_us", "buy_p99_us", "lookup_s", "lookup_p50_us", "lookup_p99_us")


def bench(store, op, clients, inflight, seconds, *more):
    return run_json(BUILD / "pygmy", "bench", "--frontend", store.frontends, "--items-of-the-store", "--yes", "--op", op,
                    "--clients", clients, "--inflight", inflight, "--warmup", seconds / 4, "--seconds", seconds,
                    "--trace-every", 0, "--json", *more)


def figures(store, seconds, clients=8, inflight=8, lines=1):
    point = {}
    for op in ("buy", "lookup"):
        got = bench(store, op, clients, inflight, seconds, "--lines", lines)
        point |= {f"{op}_s": got["ops_s"], f"{op}_p50_us": got["p50_us"], f"{op}_p99_us": got["p99_us"]}
    return point


class Growth:
    def __init__(self, options):
        self.port, self.seconds, self.most = options.port_base, options.seconds, options.most

    def on_stores(self, values, layout):
        for value in values:
            options, items = layout(value)
            store = Store(self.port, options, items)
            try:
                yield value, figures(store, self.seconds)
            finally:
                store.close()

    def up_to_most(self, base, first):
        value = first
        while value <= self.most:
            yield value
            value *= base

    def frontends(self):
        return self.on_stores((1, 2, 4, 8), lambda n: (("--frontends", n), 1000))

    def catalogs(self):
        return self.on_stores((1, 2, 4, 8), lambda n: (("--catalogs", n), 1000))

    def orders_replicas(self):
        return self.on_stores((1, 2, 3, 5, 8), lambda n: (("--orders", n), 1000))

    def items(self):
        return self.on_stores(self.up_to_most(10, 100), lambda n: ((), n))

    def orders(self):
        """The store sells until it has so many orders."""
        store = Store(self.port)
        try:
            sold = 0
            for wanted in self.up_to_most(10, 10_000):
                while sold < wanted:
                    sold += bench(store, "buy", 8, 64, 2)["ops"]
                point = figures(store, self.seconds)
                yield sold, point
                sold += round(point["buy_s"] * self.seconds)
        finally:
            store.close()

    def lines(self):
        store = Store(self.port)
        try:
            for lines in (1, 2, 5, 10, 20, 50, 100):
                yield lines, figures(store, self.seconds, lines=lines)
        finally:
            store.close()

    def clients(self):
        """Clients with one request under way each."""
        store = Store(self.port)
        try:
            for clients in (1, 4, 16, 64, 256, 1024, 4096, 10_000):
                yield clients, figures(store, self.seconds, clients, 1)
        finally:
            store.close()


LINES = {"frontends": Growth.frontends, "catalogs": Growth.catalogs, "order replicas": Growth.orders_replicas,
         "items": Growth.items, "orders": Growth.orders, "lines": Growth.lines, "clients": Growth.clients}


def plot(directory, name):
    """Throughput and p99 against what grows, both axes logarithmic."""
    file = name.replace(" ", "-")
    lines = [f'"{file}.csv" using 1:{2 + FIGURES.index(figure)} with linespoints title "{title}"{axes}'
             for figure, title, axes in (("buy_s", "buys/s", ""), ("lookup_s", "look-ups/s", ""),
                                         ("buy_p99_us", "p99 of buys, us", " axes x1y2 dashtype 2"),
                                         ("lookup_p99_us", "p99 of look-ups, us", " axes x1y2 dashtype 2"))]
    script = (f'set terminal svg size 800,500\nset output "{file}.svg"\nset datafile separator ","\nset key outside below\n'
              f'set logscale xyy2\nset xlabel "{name}"\nset ylabel "operations a second"\nset y2label "us"\n'
              f'set ytics nomirror\nset y2tics\nset grid\nplot {", ".join(lines)}\n')
    subprocess.run(["gnuplot"], input=script, text=True, cwd=directory, check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3, help="of each measurement")
    parser.add_argument("--most", type=int, default=100_000, help="the most items and the most orders")
    parser.add_argument("--port-base", type=int, default=17400)
    parser.add_argument("--only", choices=LINES, action="append", help="only this line; may be given again")
    parser.add_argument("--plots", type=pathlib.Path, metavar="DIR", help="write CSV files and plots into DIR")
    options = parser.parse_args()
    if options.plots:
        if not shutil.which("gnuplot"):
            sys.exit("the plots need gnuplot: apt-get install gnuplot-nox")
        options.plots.mkdir(parents=True, exist_ok=True)
    growth = Growth(options)
    for name in options.only or LINES:
        print(f"{name:>14}" + "".join(f"{figure:>16}" for figure in FIGURES), flush=True)
        rows = []
        for value, point in LINES[name](growth):
            print(f"{value:>14,}" + "".join(f"{point[figure]:>16,.0f}" for figure in FIGURES), flush=True)
            rows.append([value, *(point[figure] for figure in FIGURES)])
        if options.plots:
            with open(options.plots / (name.replace(" ", "-") + ".csv"), "w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(rows)
            plot(options.plots, name)


if __name__ == "__main__":
    main()
