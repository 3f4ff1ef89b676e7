#!/usr/bin/env python3
"""Measures the HTTP bridge against a bare Beast hello, in one run: `./dev bench --http`.

wrk with 64 connections, keep-alive. The hello and a cached lookup take turns, and the median of several rounds counts.
Then it measures the memory of the bridge's process with 1,000 event streams and 3,000 idle connections. Starts and
stops its own store; --single: a store of one process, whose bridge reads the memory of its frontend.
"""

import argparse
import re
import resource
import socket
import statistics
import subprocess
import time

from run import BUILD, Store, run_json

CONNECTIONS = 64


def wrk(port, path, seconds):
    told = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", f"http://127.0.0.1:{port}{path}"],
                          capture_output=True, text=True, check=True).stdout
    if re.search("Non-2xx|Socket errors", told):
        raise SystemExit(told)
    scale = {"us": 1, "ms": 1000, "s": 1_000_000}
    quantile = {}
    for part in ("50", "99"):
        number, unit = re.search(rf"{part}%\s+([0-9.]+)(us|ms|s)", told).groups()
        quantile[part] = float(number) * scale[unit]
    return float(re.search(r"Requests/sec:\s+([0-9.]+)", told).group(1)), quantile["50"], quantile["99"]


def wait_for_port(port):
    until = time.monotonic() + 10
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > until:
                raise


def connect(port, request, count):
    opened = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
    for each in opened:
        each.sendall(request)
    for each in opened:
        each.recv(4096)
    return opened


def resident_mib(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--port-base", type=int, default=17400)
    parser.add_argument("--single", action="store_true")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)

    store = Store(options.port_base, ["--single"] if options.single else [])
    port = options.port_base + 75
    hello = subprocess.Popen([BUILD / "bench" / "hello_bench", str(port + 1)])
    try:
        wait_for_port(port + 1)
        runs = {"hello": [], "lookup": []}
        for _ in range(options.rounds):
            runs["hello"].append(wrk(port + 1, "/", options.seconds))
            runs["lookup"].append(wrk(port, "/v1/items/1", options.seconds))
        median = {name: [statistics.median(each) for each in zip(*measured)] for name, measured in runs.items()}
        processes = run_json(BUILD / "pygmy", "ps", "--data", store.directory.name + "/data", "--json", whole=True)
        pid = next(process["pid"] for process in processes if process["role"] == "bridge")
        fresh = resident_mib(pid)
        idle = connect(port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 3000)
        streams = connect(port, b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n", 1000)
        full = resident_mib(pid)
        for each in idle + streams:
            each.close()
    finally:
        hello.terminate()
        hello.wait()
        store.close()

    print(f"median of {options.rounds} rounds of {options.seconds} s, {CONNECTIONS} connections")
    for name, (rate, p50, p99) in (("bare Beast hello", median["hello"]), ("cached lookup over HTTP", median["lookup"])):
        print(f"  {name:30} {rate:>10,.0f}/s   p50 {p50:>7,.0f} us   p99 {p99:>7,.0f} us")
    print(f"  {'cached lookup / hello':30} {median['lookup'][0] / median['hello'][0]:>10.2f}")
    print(f"  {'memory of the bridge':30} {fresh:>10.1f} MiB; with 1,000 streams and 3,000 idle connections {full:.1f} MiB")


if __name__ == "__main__":
    main()
