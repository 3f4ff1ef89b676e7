#!/usr/bin/python3
"""Runs gate.pml through spin: unchanged it must hold in every state, and with a broken rule it must not.

    tests/model/model_test.py                   checks all; exit code 1 if a result is not as expected
    tests/model/model_test.py --trail MUTANT    prints the shortest story in which a client gets a stale answer

Needs spin and gcc. Only the standard library is used. See docs/TESTING.md, "The model".
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import time

MODEL = pathlib.Path(__file__).resolve().with_name("gate.pml")
DEPTH_MAX = 20_000
MEMORY_MAX_MB = 1_500
VIOLATED = "assertion violated"
STEP = re.compile(r" *(broker \d|edge \d|a tick)")  # not the state at the end

# Runs that must hold: a name and the bounds. The second has smaller bounds but looks at the answers of both edges.
HOLDS = [
    ("2 writes, 2 takeovers", ["-DWRITES=2", "-DTAKEOVERS=2"]),
    ("1 write, 1 takeover, answers of both edges", ["-DWRITES=1", "-DTAKEOVERS=1", "-DBOTH"]),
    ("1 write, 1 takeover, look-ups of a thread", ["-DWRITES=1", "-DTAKEOVERS=1", "-DTHREADS"]),
    ("3 writes, 1 takeover, requests with a token", ["-DWRITES=3", "-DTAKEOVERS=1", "-DCREDENTIALS"]),
]

# The last states that a run must be able to reach; otherwise it proves nothing about them.
FAR_ENDS = [
    ("the last write answered from a cache", []),
    ("a token served, and denied after its revocation", ["-DCREDENTIALS"]),
]

# Mutants that must fail: each is an #ifdef in gate.pml, beside the rule that it breaks.
MUTANTS = [
    "ACKNOWLEDGED_BEFORE_APPLIED",
    "BEGINNING_FORGETS_NOTHING",
    "BEGINNING_TAKES_OLD_LOOK_UPS",
    "CLOCK_READ_BEFORE_THE_CALL",
    "CREDENTIAL_USED_WITHOUT_LEASE",
    "EVENTS_SHOWN_BEYOND_THE_WATERMARK",
    "EVENT_LEAVES_THE_CACHE",
    "EVENT_LEAVES_THE_CREDENTIAL",
    "FILL_AFTER_INVALIDATION_KEPT",
    "GRANT_CARRIES_THE_WATERMARK",
    "GRANT_WITHOUT_COMMIT_SEQ",
    "HOLDER_NOT_RECORDED",
    "LATER_LEASE_COVERS",
    "LEASE_CHECKED_BEFORE_VALUE",
    "LEASE_COUNTED_FROM_RECEIPT",
    "LEASE_GIVEN_BACK_AND_USED",
    "LEASE_NOT_BOUNDED_BY_PROOF",
    "NOT_FENCED",
    "NO_MARGIN_AT_THE_BROKER",
    "NO_MARGIN_AT_THE_EDGE",
    "NO_WAIT_AFTER_TAKEOVER",
    "OLD_LOOK_UP_KEPT",
    "READ_NOT_GATED",
    "REPLICA_IGNORES_MIN",
    "TAIL_READ_BEFORE_TAKEOVER",
    "TOKEN_NOT_GATED",
    "WATERMARK_IGNORES_HOLDERS",
    "WRITE_NOT_GATED",
]


def run(folder, *command):
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def must(folder, *command):
    code, output = run(folder, *command)
    if code != 0:
        sys.exit(f"{' '.join(command)}:\n{output}")
    return output


def search(folder, defines, shortest=False):
    """The output of the search, and its seconds. Breadth-first search finds the shortest way to a violation."""
    must(folder, "spin", *defines, "-a", str(MODEL))
    how = ["-O0", "-DBFS"] if shortest else ["-O2"]  # a short search ends sooner than gcc optimizes it
    must(folder, "gcc", "-w", "-DSAFETY", "-DNOREDUCE", f"-DMEMLIM={MEMORY_MAX_MB}", *how, "-o", "pan", "pan.c")
    began = time.monotonic()
    _, output = run(folder, "./pan", f"-m{DEPTH_MAX}", "-w24")
    return output, time.monotonic() - began


def figure(pattern, output):
    found = re.search(pattern, output)
    return found.group(1) if found else "?"


def faults_of_what_holds(output):
    if figure(r"errors: (\d+)", output) != "0":
        yield "an assertion is violated"
    for sign in ["Search not completed", "max search depth too small", "out of memory"]:
        if sign in output:
            yield sign


def check_holds(folder):
    ok = True
    for name, defines in HOLDS:
        output, seconds = search(folder, defines)
        faults = list(faults_of_what_holds(output))
        ok = ok and not faults
        states = int(figure(r"(\d+) states, stored", output).replace("?", "0"))
        depth = figure(r"depth reached (\d+)", output)
        print(f"{'FAILS' if faults else 'holds'}  {name}: {states:,} states, depth {depth}, {seconds:.1f} s", flush=True)
        for fault in faults:
            print(f"       {fault}")
        if VIOLATED in output:
            print(shortest_story(folder, defines))
    return ok


def check_far_ends(folder):
    ok = True
    for name, defines in FAR_ENDS:
        output, seconds = search(folder, ["-DFAR_END", *defines])
        reached = VIOLATED in output
        ok = ok and reached
        print(f"{'reached' if reached else 'NOT REACHED'}  {name}: {seconds:.1f} s", flush=True)
    return ok


def check_mutants(folder):
    ok = True
    for mutant in MUTANTS:
        output, seconds = search(folder, [f"-D{mutant}"], shortest=True)
        found = VIOLATED in output
        ok = ok and found
        print(f"{'found' if found else 'MISSED'}  {mutant}: {seconds:.1f} s", flush=True)
    return ok


def shortest_story(folder, defines):
    """The model's output on its shortest way to a stale answer."""
    output, _ = search(folder, defines, shortest=True)
    if VIOLATED not in output:
        return "no stale answer was found"
    replayed = must(folder, "spin", *defines, "-T", "-t", "-k", "gate.pml.trail", str(MODEL))
    return "\n".join(line.strip() for line in replayed.splitlines() if STEP.match(line))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trail", metavar="MUTANT", choices=MUTANTS)
    mutant = parser.parse_args().trail
    with tempfile.TemporaryDirectory() as folder:
        if mutant:
            return print(shortest_story(folder, [f"-D{mutant}"]))
        checks = [check_holds(folder), check_far_ends(folder), check_mutants(folder)]
        sys.exit(0 if all(checks) else 1)


if __name__ == "__main__":
    main()
