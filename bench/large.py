#!/usr/bin/env python3
"""Measures a store with many items and orders: `./dev bench --large`.

Imports --items items, then sells until there are --orders orders. Prints the time of the import, the memory and the
disk that an item and an order take, the time until the store serves again after an end and after a kill -9, and the
time and the greatest memory of audit, backup and verify. Starts and stops its own store; --single: of one process.
"""

import argparse
import collections
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import time

from run import BUILD, ROOT, Store, run_json

sys.path.insert(0, str(ROOT / "tests/protocol"))

from client import Client  # noqa: E402

DEADLINE_S = 600
WORDS = ("advanced art blue cooking design distributed dummies found graduate green guide how impatient introduction lost "
         "minutes mountain networks project river student systems two world").split()
TOPICS = ("cooking", "databases", "distributed systems", "graduate school", "history", "networks", "physics", "poetry")
FIRST_ID = 1_000_000  # beyond the items of the Store


def write_catalogue(file, items):
    chosen = random.Random(1)
    with open(file, "w", encoding="utf-8") as out:
        out.write("id,title,topic,price,stock\n")
        for number in range(items):
            title = " ".join(chosen.choices(WORDS, k=4))
            out.write(f"{FIRST_ID + number},{title} {number},{chosen.choice(TOPICS)},{chosen.randint(1, 9999) / 100},1000\n")


def status(store):
    return run_json(BUILD / "pygmy", "status", "--frontend", store.frontends, "--json", whole=True)


def roles_of(store):
    """Returns the pid of each process of the store with its name: its instance, or `node` if it has several roles."""
    names = collections.defaultdict(list)
    for process in run_json(BUILD / "pygmy", "ps", "--data", store.directory.name + "/data", "--json", whole=True):
        names[process["pid"]].append(process["instance"])
    return {pid: name[0] if len(name) == 1 else "node" for pid, name in names.items()}


def caught_up(store):
    until = time.monotonic() + DEADLINE_S
    while any(each["lag"] for each in status(store)["processes"] if "lag" in each):
        if time.monotonic() > until:
            sys.exit("a replica does not catch up")
        time.sleep(0.2)


def memory(store):
    """Returns the memory of each process that is not of files, in bytes."""
    caught_up(store)
    return {name: 1024 * int(re.search(r"Anonymous:\s+(\d+)", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text())[1])
            for pid, name in roles_of(store).items()}


def disk(store):
    data = pathlib.Path(store.directory.name, "data")
    return {each.name: sum(file.stat().st_size for file in each.rglob("*") if file.is_file())
            for each in data.iterdir() if each.is_dir() and each.name != "log"}


def show_growth(what, count, before, after):
    grown = {name: (after[name] - size) / count for name, size in before.items() if name in after}
    print(f"  {what:<28} " + ", ".join(f"{name} {each:,.0f} B" for name, each in sorted(grown.items()) if each >= 1))


def run_measured(what, *command):
    """Runs the program, and prints its time and its greatest memory."""
    began = time.monotonic()
    process = subprocess.Popen([str(part) for part in (BUILD / "pygmy", *command)], stdout=subprocess.DEVNULL)
    _, ended, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(ended)
    if process.returncode != 0:
        sys.exit(f"{what} ended with {process.returncode}")
    print(f"  {what:<28} {time.monotonic() - began:8.1f} s, {used.ru_maxrss / 1024:8.1f} MiB of memory", flush=True)


def import_items(store, items):
    file = store.directory.name + "/many.csv"
    write_catalogue(file, items)
    before, on_disk, epoch = memory(store), disk(store), status(store)["epoch"]
    run_measured(f"import of {items:,} items", "import", file, "--frontend", store.frontends)
    began = time.monotonic()
    after = memory(store)
    print(f"  {'until all replicas had them':<28} {time.monotonic() - began:8.1f} s more; "
          f"{'the writer has' if status(store)['epoch'] == epoch else 'ANOTHER WRITER HAS'} decided all of it")
    show_growth("memory of an item", items, before, after)
    show_growth("disk of an item", items, on_disk, disk(store))


def sell(store, orders):
    before, on_disk = memory(store), disk(store)
    first = last = status(store)["watermark"]
    while last - first < orders:
        left = orders - (last - first)
        run_json(BUILD / "pygmy", "bench", "--frontend", store.frontends, "--op", "buy", "--clients", 8, "--inflight", 64,
                 "--requests", left, "--trace-every", 0, "--json")
        last = status(store)["watermark"]
    print(f"  {last - first:,} events of selling")
    show_growth("memory of an order", orders, before, memory(store))
    show_growth("disk of an order", orders, on_disk, disk(store))


def until_served(store, began):
    """Returns the seconds from `began` until an order is placed."""
    client = Client([store.frontends], DEADLINE_S)
    try:
        client.ask("place", {"key": f"large-{began}", "type": "buy", "lines": [{"item": 1, "quantity": 1}]})
        return time.monotonic() - began
    finally:
        client.close()


def restart(store, options, port_base):
    store.stop()
    began = time.monotonic()
    store.process = subprocess.Popen(
        [BUILD / "pygmy", "up", "--data", store.directory.name + "/data", "--port-base", str(port_base), "--http", "off",
         *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print(f"  {'up again after an end':<28} {until_served(store, began):8.2f} s until it sells")
    for pid, name in roles_of(store).items():
        began = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        print(f"  {'kill -9 of ' + name:<28} {until_served(store, began):8.2f} s until it sells", flush=True)
        caught_up(store)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--single", action="store_true")
    parser.add_argument("--port-base", type=int, default=17400)
    options = parser.parse_args()
    layout = ["--single"] if options.single else []
    print("one process" if options.single else "eight processes", flush=True)
    store = Store(options.port_base, layout, http=False)
    try:
        if options.items:
            import_items(store, options.items)
        if options.orders:
            sell(store, options.orders)
        restart(store, layout, options.port_base)
        backup, brokers = store.directory.name + "/backup", f"tcp://127.0.0.1:{options.port_base}"
        run_measured("audit", "audit", "--data", store.directory.name + "/data", "--frontend", store.frontends)
        run_measured("backup", "backup", backup, "--brokers", brokers)
        run_measured("verify", "verify", backup)
    finally:
        store.close()


if __name__ == "__main__":
    main()
