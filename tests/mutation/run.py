#!/usr/bin/python3
"""Makes small changes in the source, one at a time, and checks whether a test notices each.

    ./dev mutants [FOLDER ...]      a sample of the changes of these folders; of all folders if none is named
    ./dev mutants --changed [BASE]  changes of the lines that differ from BASE (origin/main, or else the last commit)
    ./dev mutants --listed          the changes of listed.py, which a person has chosen
    ./dev mutants --list [FOLDER ...]   shows the changes and tries none

Each change is compiled and linked into the unit tests of its folder. If these do not notice it, it is linked into the
simulator, which then runs some seeds. A crash and a hang count as noticed; a change that does not compile does not count.
Survivors that harmless.txt explains do not count. The exit code is 1 if fewer than 90 % of a folder's changes are noticed.
"""

import argparse
import concurrent.futures
import json
import pathlib
import random
import re
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import harmless  # noqa: E402
from build import ROOT, Build, ends_well  # noqa: E402
from changes import Change, changes_of  # noqa: E402
from listed import LISTED  # noqa: E402

FOLDERS = ["base", "msg", "text", "net", "ledger", "stream", "disk", "storage", "broker", "broker/etcd", "catalog", "order", "frontend",
           "client", "edge", "history", "backup", "json", "bridge", "process", "tasks", "load", "up", "books", "lab", "top", "demo",
           "cli"]
# The folders whose unit tests also run a folder's code, if not only its own do.
UNITS = {"disk": ["disk", "storage"], "storage": ["storage", "order", "catalog"], "broker/etcd": ["etcd"], "up": ["up", "process"]}
SIMULATED = {"base", "msg", "text", "ledger", "stream", "broker", "catalog", "order", "frontend", "client", "history"}
# These open sockets, start processes or ask a store that runs. Only process tests run them: they are left out.
# Without the ends of their names, by folder.
BY_PROCESSES = {
    "bridge": ["server"],
    "process": ["bridge", "fetch_view", "host", "part", "part_broker", "part_frontend", "part_replica", "process", "run_node",
                "up_state"],
    "tasks": ["access", "catalogue", "check", "currency", "events", "goods", "health", "interruption", "output", "shop", "status", "tasks",
              "trace"],
    "load": ["bench", "contents", "generator", "parts", "report"],
    "up": ["etcd_cluster", "etcd_members", "journal", "own_store", "ps", "ready", "supervisor", "up"],
    "books": ["at", "audit", "audit_files", "backup", "books", "brokers", "progress", "rescue", "restore", "restore_etcd", "trim"],
    "lab": ["draw", "experiments", "kill_processes", "lab", "measure_cache", "measure_sweep", "measure_tiers", "rig",
            "shop_at_random", "show_spread", "watch_cache"],
    "top": ["asker", "terminal", "top"],
    "demo": ["browser", "demo"],
    "cli": ["backup_commands", "commands", "commands_shared", "etcd_options", "main", "options", "options_config",
            "options_file", "output_end", "completion", "watch_commands", "load_commands", "client_commands", "lab_command", "versions"],
}
# Programs whose tests mostly wait for a server: so many parts of them run at once.
PARTS = {"etcd_test": 4}
SCORE_MIN = 90  # per cent
UNIT_SECONDS = 60
SEED_SECONDS = 30


@dataclass
class Tried:
    file: str
    line: int
    change: str
    by: str  # what noticed it: units, seeds, nobody; or harmless, or no program

    def __str__(self):
        return f"{self.file}:{self.line}: {self.change}"


def text_of(file):
    return (ROOT / file).read_text(encoding="utf-8")


def files_of(folder):
    """The files that unit tests run."""
    return [str(path.relative_to(ROOT)) for path in sorted((ROOT / folder).iterdir())
            if path.suffix in (".cpp", ".h") and path.stem not in BY_PROCESSES.get(folder, [])]


def folder_of(file):
    return str(pathlib.Path(file).parent)


def programs_of(folder):
    return [f"{name}_test" for name in UNITS.get(folder, [folder])]


def lines_changed(base):
    """{file: numbers of its lines that differ from the base}"""
    diff = subprocess.run(["git", "diff", "-U0", base, "--", "*.cpp", "*.h"], cwd=ROOT, check=True, capture_output=True, text=True)
    return lines_of_diff(diff.stdout)


def lines_of_diff(diff):
    lines, file = {}, None
    for line in diff.splitlines():
        if line.startswith("+++ "):
            file = line.removeprefix("+++ ").removeprefix("b/")
        elif hunk := re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line):
            first, count = int(hunk[1]), int(hunk[2] or 1)
            lines.setdefault(file, set()).update(range(first, first + count))
    return lines


def base_or_default(base):
    if base:
        return base
    known = subprocess.run(["git", "rev-parse", "-q", "--verify", "origin/main"], cwd=ROOT, capture_output=True)
    return "origin/main" if known.returncode == 0 else "HEAD~1"


def candidates(arguments):
    """{folder: [(file, change)]}, in the order of the tries."""
    if arguments.listed:
        return {"listed": [(listed.file, change_of_listed(listed)) for listed in LISTED]}
    lines = lines_changed(base_or_default(arguments.changed)) if arguments.changed is not None else None
    found = {}
    for folder in arguments.folders or FOLDERS:
        found[folder] = [(file, change) for file in files_of(folder) if lines is None or file in lines
                         for change in changes_of(text_of(file)) if lines is None or change.line in lines[file]]
        random.Random(f"{arguments.seed} {folder}").shuffle(found[folder])
    return {folder: changes for folder, changes in found.items() if changes}


def passes(program, parts):
    """Returns whether all tests of the program pass. So many parts of them run at once."""
    command = [program, "--gtest_fail_fast", "--gtest_brief=1"]
    with concurrent.futures.ThreadPoolExecutor(parts) as pool:
        of_part = [{"GTEST_TOTAL_SHARDS": str(parts), "GTEST_SHARD_INDEX": str(part)} for part in range(parts)]
        return all(pool.map(lambda variables: ends_well(command, UNIT_SECONDS, variables), of_part))


def change_of_listed(listed):
    text = text_of(listed.file)
    if text.count(listed.old) != 1:
        sys.exit(f"listed.py: '{listed.old}' occurs {text.count(listed.old)} times in {listed.file}")
    begin = text.index(listed.old)
    return Change("listed", text.count("\n", 0, begin) + 1, begin, listed.old, listed.new)


class Runner:
    def __init__(self, seeds):
        self.build = Build("mutation", ROOT / "build" / "mutants" / "small")
        self.seeds, self.explained = seeds, harmless.entries(text_of(harmless.FILE))

    @staticmethod
    def units(programs):
        return all(passes(program, PARTS.get(program.name, 1)) for program in programs)

    def check(self, folder):
        """Checks that the unchanged tests pass; tests that always fail would notice everything."""
        for program in programs_of(folder):
            if not self.units([self.build.folder / "tests" / program]):
                sys.exit(f"{program} fails without any change")

    def noticed_by(self, file, change):
        """Returns who notices the change: units, seeds or nobody; None if the change does not compile."""
        folder = folder_of(file)
        programs = programs_of(folder)
        objects = self.build.compiled(file, change.applied(text_of(file)), programs)
        if not objects:
            return None
        try:
            if not all(self.units([self.build.linked(program, objects)]) for program in programs):
                return "units"
            if folder not in SIMULATED or not self.seeds:
                return "nobody"
            simulator = self.build.linked("pygmy-sim", objects)
        except subprocess.CalledProcessError:
            return None  # it does not link
        command = [simulator, "--seed", "1", "--seeds", str(self.seeds), "--acts", "2"]
        return "nobody" if ends_well(command, SEED_SECONDS + 10 * self.seeds) else "seeds"

    def attempt(self, file, change):
        by = self.noticed_by(file, change)
        if by == "nobody" and harmless.explains(self.explained, file, text_of(file), change):
            by = "harmless"
        return Tried(file, change.line, str(change), by or "no program")

    def folder(self, folder, changes, sample, ends):
        for name in sorted({folder_of(file) for file, _ in changes}):
            self.check(name)
        tried = []
        for file, change in changes:
            if len(tried) == sample or time.monotonic() > ends:
                break
            found = self.attempt(file, change)
            if found.by == "no program":
                if change.kind == "listed":
                    print(f"{found} is no program", flush=True)
                continue
            tried.append(found)
            if found.by == "nobody":
                print(found, flush=True)
        return tried


def score(tried):
    """Per cent of the changes that can be noticed and are, rounded down."""
    counted = [one for one in tried if one.by != "harmless"]
    return 100 * sum(one.by != "nobody" for one in counted) // len(counted) if counted else 100


def row(folder, changes, tried):
    counts = [sum(one.by == by for one in tried) for by in ("units", "seeds", "nobody", "harmless")]
    return f"| `{folder}` | {len(changes)} | {len(tried)} | " + " | ".join(map(str, counts)) + f" | {score(tried)} % |"


def options():
    parser = argparse.ArgumentParser(prog="./dev mutants")
    parser.add_argument("folders", nargs="*", metavar="FOLDER", choices=[[], *FOLDERS])
    parser.add_argument("--changed", nargs="?", const="", metavar="BASE", help="only changes of the lines that differ from BASE")
    parser.add_argument("--listed", action="store_true", help="the changes of listed.py")
    parser.add_argument("--list", action="store_true", help="show the changes and try none")
    parser.add_argument("--sample", type=int, default=40, metavar="N", help="try N changes of each folder; 0: all")
    parser.add_argument("--seed", default="1", help="seed for the choice of the sample")
    parser.add_argument("--seeds", type=int, default=10, metavar="K", help="seeds of the simulation; 0: only unit tests")
    parser.add_argument("--minutes", type=float, default=float("inf"), metavar="M", help="after M minutes no change is begun")
    parser.add_argument("--json", action="store_true", help="print all results as JSON instead of the table")
    return parser


def main():
    arguments = options().parse_args()
    found = candidates(arguments)
    if arguments.list:
        for changes in found.values():
            for file, change in sorted(changes, key=lambda pair: (pair[0], pair[1].begin)):
                print(f"{file}:{change.line}: {change}")
        return 0
    return try_all(arguments, found)


def try_all(arguments, found):
    runner, ends = Runner(arguments.seeds), time.monotonic() + 60 * arguments.minutes
    whole = arguments.listed or arguments.changed is not None or arguments.sample == 0
    results = {folder: runner.folder(folder, changes, -1 if whole else arguments.sample, ends) for folder, changes in found.items()}
    if arguments.json:
        print(json.dumps({folder: [asdict(one) for one in tried] for folder, tried in results.items()}, indent=1))
    else:
        print("\n| folder | changes | tried | noticed by units | by seeds | survived | harmless | score |\n|---|---|---|---|---|---|---|---|")
        for folder, tried in results.items():
            print(row(folder, found[folder], tried))
    return 1 if any(score(tried) < SCORE_MIN for tried in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
