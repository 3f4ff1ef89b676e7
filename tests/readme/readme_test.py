#!/usr/bin/env python3
"""Types the README's tour at a real store, so that it cannot rot.

Every `$ command` of its console blocks is run in order by bash, with `pygmy` on the PATH; `./dev up` and `./dev test` stand
for the store that is started here and for this very run. A command has to end as the README shows: with a complaint
(`pygmy: ...`) or without, and what it prints has to have the shape that is shown: the same lines once numbers, keys and
times are left out.

    readme_test.py           check       (PYGMY: the program)
    readme_test.py --write   put what the commands print into the README, on the default ports
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/process"))
from store import free_port_base  # noqa: E402

README = ROOT / "README.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.S)
STORE_COMMANDS = {"./dev up", "./dev test"}


def tour(text):
    """The commands and what is shown below each: [(command, output)]."""
    steps = []
    for block in BLOCK.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            steps.append((command.split("  #")[0].strip(), output.rstrip("\n")))
    return steps


def shape(output):
    """The part of an output that does not change from run to run."""
    kinds = []
    for line in output.splitlines():
        line = re.sub(r"=+", "", line)
        line = re.sub(r"[0-9a-z]*[0-9][0-9a-z.:_-]*", "N", line)
        kinds.append(" ".join(line.split()))
    return kinds


class Store:
    def __init__(self, program, port_base, http):
        self.directory = tempfile.TemporaryDirectory(prefix="pygmy-readme-")
        data = self.directory.name + "/data"
        self.process = subprocess.Popen(
            [program, "up", "--catalogue", "samples/bookstore.csv", "--data", data, "--port-base", str(port_base),
             "--http", http], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.output = []
        for line in self.process.stdout:
            self.output.append(line.rstrip("\n").replace(data, "./data"))
            if self.output[-1] == "ready":
                break
        self.environment = dict(
            os.environ, PATH=f"{pathlib.Path(program).parent}:{os.environ['PATH']}", PYGMY_DATA=data,
            PYGMY_FRONTEND=f"tcp://127.0.0.1:{port_base + 10},tcp://127.0.0.1:{port_base + 12}")

    def run(self, command, directory=ROOT):
        done = subprocess.run(["bash", "-c", command], cwd=directory, env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60)
        return done.returncode, done.stdout.rstrip("\n")

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        self.directory.cleanup()


def run_tour(store, steps):
    for command, shown in steps:
        if command == "./dev up" and shown:
            yield command, shown, 0, "\n".join(store.output)
        elif command not in STORE_COMMANDS:
            yield command, shown, *store.run(command)


def faults(results, page="the README"):
    for command, shown, code, output in results:
        if (code != 0) != shown.startswith("pygmy: "):
            yield f"$ {command}\nended with {code}, which is not what {page} shows:\n{output}"
        elif not command.startswith(("kill", "pygmy status", "pygmy trace", "./dev")) and shape(output) != shape(shown):
            yield f"$ {command}\nprinted:\n{output}\nwhere {page} shows:\n{shown}"


def write(text, results):
    outputs = {}
    for command, _, _, output in results:
        outputs.setdefault(command, []).append(output)

    def block(match):
        lines = []
        for part in re.split(r"^\$ ", match.group(1), flags=re.M)[1:]:
            line, _, shown = part.partition("\n")
            command = line.split("  #")[0].strip()
            lines.append("$ " + line)
            if shown.strip() and outputs.get(command):
                lines += [row.rstrip() for row in outputs[command].pop(0).splitlines()]
        return "```console\n" + "\n".join(lines) + "\n```"

    README.write_text(BLOCK.sub(block, text))


def main():
    writing = "--write" in sys.argv
    text = README.read_text()
    program = os.environ.get("PYGMY", str(ROOT / "build/release/pygmy"))
    base = 7400 if writing else free_port_base()
    store = Store(program, base, "8080" if writing else str(base + 60))
    try:
        results = list(run_tour(store, tour(text)))
    finally:
        store.close()
    if writing:
        write(text, results)
        return 0
    found = list(faults(results))
    print("\n\n".join(found) if found else f"{len(results)} commands of the README do what it shows")
    return 1 if found or len(results) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
