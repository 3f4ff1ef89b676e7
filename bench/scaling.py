#!/usr/bin/env python3
"""Measures the processor time of an order in each process, and how it grows: `./dev bench --scaling`.

On a few cores all processes compete for them, so operations a second say little about larger machines. The processor
time that one order costs each process says more. An order is a durable buy here, by 8 clients with --inflight under
way each. Each row is a store of its own with one thing changed. Compare only figures of one run.
"""

import argparse
import collections
import os
import pathlib

from run import BUILD, Store, run_json

TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")
ROLES = ("etcd", "broker", "writer", "order", "catalog", "frontend", "node")
LAYOUTS = {
    "as `up` makes it": {},
    "1 frontend": {"frontends": 1},
    "4 frontends": {"frontends": 4},
    "1 catalog": {"catalogs": 1},
    "4 catalogs": {"catalogs": 4},
    "2 orders": {"orders": 2},
    "5 orders": {"orders": 5},
    "100,000 items": {"items": 100_000},
    "after 300,000 orders": {"before": 300_000},
    "2 brokers, etcd x3": {"cluster": True},
    "one process": {"single": True},
}


def processor_us(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_US


def by_role(data):
    """Returns [processor time so far, number of processes] of each role, in microseconds. The writer is a role here, and
    a process with several roles is a node."""
    roles = collections.defaultdict(list)
    for process in run_json(BUILD / "pygmy", "ps", "--data", data, "--json", whole=True):
        roles[process["pid"]].append("writer" if process["writer"] else process["role"])
    spent = collections.defaultdict(lambda: [0, 0])
    for pid, of_process in roles.items():
        role = of_process[0] if len(of_process) == 1 else "node"
        spent[role][0] += processor_us(pid)
        spent[role][1] += 1
    return spent


def measure(layout, port_base, seconds, inflight):
    layout = dict(layout)
    items, before = layout.pop("items", 1000), layout.pop("before", 0)
    options = [word for name, value in layout.items() for word in ([f"--{name}"] if value is True else [f"--{name}", value])]
    store = Store(port_base, options, items, http=False)
    try:
        data = store.directory.name + "/data"
        done = 0
        while done < before:
            done += store.bench("buy", "uniform", 8, 32, 2)["ops"]
        store.bench("buy", "uniform", 8, inflight, 1)
        start = by_role(data)
        run = store.bench("buy", "uniform", 8, inflight, seconds)
        end = by_role(data)
        each = {role: (end[role][0] - start[role][0]) / run["ops"] / end[role][1] for role in ROLES if end[role][1]}
        return run["ops_s"], each, sum(end[role][0] - start[role][0] for role in end) / run["ops"]
    finally:
        store.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--inflight", type=int, default=8, help="of each of the 8 clients")
    parser.add_argument("--only", choices=LAYOUTS, action="append", help="only this row; may be given again")
    parser.add_argument("--port-base", type=int, default=17400)
    options = parser.parse_args()
    print(f"{'processor time of one order, us':32}" + "".join(f"{role:>10}" for role in ROLES) + f"{'all':>10}{'orders/s':>10}")
    for name in options.only or LAYOUTS:
        ops_s, each, total = measure(LAYOUTS[name], options.port_base, options.seconds, options.inflight)
        cells = "".join(f"{each[role]:>10.1f}" if role in each else f"{'':>10}" for role in ROLES)
        print(f"{name:32}{cells}{total:>10.1f}{ops_s:>10,.0f}", flush=True)


if __name__ == "__main__":
    main()
