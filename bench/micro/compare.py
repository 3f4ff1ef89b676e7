#!/usr/bin/env python3
"""Runs the micro-benchmarks: `./dev bench --micro`. With --compare it compares them with the kept ones
(baseline.json beside this file), with --write it keeps them as the new ones.

Each time is divided by that of a loop without code of ours (reference.cpp) in the same round, and the median of the rounds
counts. So a slower machine does not look like a regression. A ratio above 1 is slower than the kept one. The exit code is 0
whatever the ratios are: they are for people, because a busy machine changes them.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = HERE.parents[1] / "build/release/bench/micro/micro_bench"
KEPT = HERE / "baseline.json"
REFERENCE = "reference"
SLOWER = 1.1  # from here on a ratio is marked


def one_round(seconds):
    """Returns the nanoseconds of processor time of each benchmark."""
    done = subprocess.run([PROGRAM, "--benchmark_format=json", f"--benchmark_min_time={seconds}"], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(f"{PROGRAM} ended with {done.returncode}: {done.stderr.strip()}")
    return {one["name"]: one["cpu_time"] for one in json.loads(done.stdout)["benchmarks"]}


def measure(rounds, seconds):
    """Returns the median nanoseconds, and the median times in units of the reference."""
    all_rounds = [one_round(seconds) for _ in range(rounds)]
    times = {name: statistics.median(one[name] for one in all_rounds) for name in all_rounds[0]}
    units = {name: statistics.median(one[name] / one[REFERENCE] for one in all_rounds) for name in all_rounds[0]}
    return times, units


def ratios(units, kept):
    """Returns the ratio of each benchmark to the kept one, or None if none is kept."""
    return {name: unit / kept[name] if name in kept else None for name, unit in units.items() if name != REFERENCE}


def verdict(ratio):
    if ratio is None:
        return "is new"
    if ratio >= SLOWER:
        return f"{ratio:.2f}  slower"
    return f"{ratio:.2f}" + ("  faster" if ratio <= 1 / SLOWER else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.1, help="of each benchmark in a round, at least")
    parser.add_argument("--compare", action="store_true", help="compare with baseline.json")
    parser.add_argument("--write", action="store_true", help="keep the results in baseline.json")
    options = parser.parse_args()
    times, units = measure(options.rounds, options.seconds)
    kept = json.loads(KEPT.read_text()) if options.compare else {}
    compared = ratios(units, kept)
    print(f"{'':32}{'ns':>12}{'references':>12}{'  to the kept one' if options.compare else ''}")
    for name, time in times.items():
        told = f"  {verdict(compared[name])}" if options.compare and name in compared else ""
        print(f"{name:32}{time:>12,.0f}{units[name]:>12.2f}{told}")
    for name in sorted(set(kept) - set(units)):
        print(f"{name:32}{'is gone':>12}")
    if options.write:
        KEPT.write_text(json.dumps({name: round(unit, 4) for name, unit in units.items()}, indent=2) + "\n")


if __name__ == "__main__":
    main()
