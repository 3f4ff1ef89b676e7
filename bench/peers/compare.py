#!/usr/bin/env python3
"""Compares Pygmy with other ways to keep a shop, in one run: `./dev bench --peers`, or bench/peers/run.sh.

Every server runs alone, on loopback, with a data directory of its own, and makes durable what it acknowledges as far as it
can. The servers take turns (A B C ... A B C ...), and each figure is the median of the rounds, so that the noise of the
machine meets all of them. Loads: `pygmy bench`, pgbench, redis-benchmark, and for etcd, NATS and the bare log the programs
beside this one. --write puts the results into docs/BENCHMARKS.md.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import sys

from servers import ROOT, SERVERS, Log

POINTS = {
    "buy alone": lambda server, seconds: server.buy("uniform", 1, seconds),
    "buy, hot, 64": lambda server, seconds: server.buy("hot", 64, seconds),
    "buy, hot, 256": lambda server, seconds: server.buy("hot", 256, seconds),
    "buy, 1,000 items, 64": lambda server, seconds: server.buy("uniform", 64, seconds),
    "buy, 1,000 items, 256": lambda server, seconds: server.buy("uniform", 256, seconds),
    "look-up alone": lambda server, seconds: server.lookup(1, seconds),
    "look-up, 64": lambda server, seconds: server.lookup(64, seconds),
}
KEYS = ("ops_s", "p50_us", "p99_us")
PAGE = ROOT / "docs/BENCHMARKS.md"
BEGIN, END = "<!-- written by bench/peers/run.sh --write -->\n", "<!-- end of what it writes -->\n"


def measure_all(kinds, rounds, seconds, port, say):
    """Returns the measurements of each server's name and point."""
    measured = {kind.name: {point: [] for point in POINTS} for kind in kinds}
    for number in range(rounds):
        for kind in kinds:
            say(f"round {number + 1} of {rounds}: {kind.name}")
            server = kind(port)
            server.start()
            try:
                for point, measure in POINTS.items():
                    result = measure(server, seconds)
                    if result is not None:
                        measured[kind.name][point].append(result)
            finally:
                server.stop()
    return measured


def medians(measured):
    return {name: {point: {key: statistics.median(one[key] for one in results) for key in KEYS}
                   for point, results in points.items() if results} for name, points in measured.items()}


def flush_us(port):
    """The time that the disk takes to flush one record, in microseconds."""
    log = Log(port)
    try:
        return log.buy("hot", 1, 1)["p50_us"]
    finally:
        log.stop()


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def machine(port):
    load = os.getloadavg()[0]
    busy = ""
    if load > os.cpu_count():
        busy = ". **The machine was busy with other work**, so a flush and a change of process took longer than on a quiet one"
    return (f"{os.cpu_count()} cores ({processor()}), {platform.system()} {platform.release()}; one flush of the disk: "
            f"{flush_us(port):,.0f} us; load average before the run: {load:.1f}{busy}")


def age(kind):
    """The version and when Debian built it, as the dates of its files tell."""
    server = kind.__new__(kind)
    version = server.version()
    files = [pathlib.Path(file) for file in server.files() if os.path.exists(file)]
    if not files:
        return version
    built = datetime.date.fromtimestamp(max(file.stat().st_mtime for file in files))
    return f"{version}, built in {built:%Y-%m}"


def amount(number):
    return f"{number / 1000:,.1f} k" if number >= 10_000 else f"{number:,.0f}"


def micros(number):
    return f"{number / 1000:,.1f} ms" if number >= 10_000 else f"{number:,.0f} us"


def cell(figure):
    return f"{amount(figure['ops_s'])}/s, {micros(figure['p50_us'])}, {micros(figure['p99_us'])}" if figure else ""


def table(rows, heads):
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def figures_table(figures):
    return table([[name, *(cell(points.get(point)) for point in POINTS)] for name, points in figures.items()], ["", *POINTS])


def ratios_table(figures):
    """The factor by which Pygmy does more operations a second."""
    rows = []
    for ours in [name for name in figures if name.startswith("Pygmy")]:
        for theirs in [name for name in figures if not name.startswith("Pygmy")]:
            both = [(figures[ours].get(point), figures[theirs].get(point)) for point in POINTS]
            rows.append([f"{ours} / {theirs}", *(f"{a['ops_s'] / b['ops_s']:.2f}" if a and b and b["ops_s"] else "" for a, b in both)])
    return table(rows, ["", *POINTS])


def section(figures, kinds, place, options):
    versions = "; ".join(f"{kind.name}: {age(kind)}" for kind in kinds if age(kind))
    notes = "".join(f"* **{kind.name}** {kind.note}.\n" for kind in kinds if kind.note)
    return (f"Machine: {place}. Median of {options.rounds} rounds of {options.seconds:g} s a point. Versions: {versions}.\n\n"
            f"{notes}\nEach cell: operations a second, p50, p99. The number after a point is that of requests under way.\n\n"
            f"{figures_table(figures)}\nRatios of operations a second:\n\n{ratios_table(figures)}")


def write(text):
    page = PAGE.read_text()
    if BEGIN not in page or END not in page:
        sys.exit(f"{PAGE} has no place for the results")
    head, rest = page.split(BEGIN)
    PAGE.write_text(head + BEGIN + "\n" + text + "\n" + END + rest.split(END)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2, help="of each point")
    parser.add_argument("--port-base", type=int, default=17400)
    parser.add_argument("--only", metavar="WORD", action="append", help="only servers whose name has this word; may be given again")
    parser.add_argument("--write", action="store_true", help="put the results into docs/BENCHMARKS.md")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    kinds = [kind for kind in SERVERS if not options.only or any(word.lower() in kind.name.lower() for word in options.only)]
    place = machine(options.port_base)
    measured = measure_all(kinds, options.rounds, options.seconds, options.port_base,
                           lambda what: print(what, file=sys.stderr, flush=True))
    figures = medians(measured)
    text = section(figures, kinds, place, options)
    print(json.dumps(figures) if options.json else text)
    if options.write:
        write(text)


if __name__ == "__main__":
    main()
