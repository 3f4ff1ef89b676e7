#!/usr/bin/python3
"""Builds each mutant of mutants.py and runs seeds of the simulator until one notices it.

    ./dev sim --mutants [--seeds K] [--only WORD] [--missing] [--write]

--missing tries those that have no row in the table of docs/TESTING.md, and --write puts the results into it.

The product has no switches for this. The one changed file is compiled as the release build compiles it, and linked ahead
of the libraries, so that the archive's own member is not linked (both would be a linker error). The exit code is 1 if a
mutant survives.
"""

import argparse
import json
import pathlib
import re
import shlex
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mutants import MUTANTS  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "release"
OUT = ROOT / "build" / "mutants"
SECONDS_MAX = 300  # for one mutant
PAGE = ROOT / "docs" / "TESTING.md"
HEAD = "| mutant | rule | seed | what was broken |\n|---|---|---|---|"
TABLE = re.compile(r"(?<=<!-- mutants -->\n).*?(?=<!-- end of mutants -->)", re.S)


def mutated(mutant):
    text = (ROOT / mutant.file).read_text(encoding="utf-8")
    for old, new in mutant.changes:
        if text.count(old) != 1:
            sys.exit(f"{mutant.name}: its old text occurs {text.count(old)} times in {mutant.file}")
        text = text.replace(old, new)
    return text


def compile_command(file):
    """The source that the build compiles for this file, perhaps together with others (a unity build), and the command."""
    for entry in json.loads((BUILD / "compile_commands.json").read_text(encoding="utf-8")):
        compiled = pathlib.Path(entry["file"])
        together = compiled.match("Unity/*.cxx") and f'"{ROOT / file}"' in compiled.read_text(encoding="utf-8")
        if together or compiled == ROOT / file:
            return compiled, shlex.split(entry["command"])
    sys.exit(f"{file} is not part of the release build")


def link_command():
    commands = subprocess.run(["ninja", "-C", BUILD, "-t", "commands", "pygmy-sim"], check=True, capture_output=True,
                              text=True).stdout.splitlines()
    words = shlex.split(commands[-1])
    return [word for word in words if word not in (":", "&&")]


def build(mutant):
    """The path of a simulator with this mutation."""
    source, thing, program = OUT / pathlib.Path(mutant.file).name, OUT / "mutant.o", OUT / "pygmy-sim"
    source.write_text(mutated(mutant), encoding="utf-8")
    compiled, words = compile_command(mutant.file)
    if compiled != ROOT / mutant.file:
        text = compiled.read_text(encoding="utf-8").replace(f'"{ROOT / mutant.file}"', f'"{source}"')
        source = OUT / "together.cpp"
        source.write_text(text, encoding="utf-8")
    words[words.index("-o") + 1] = str(thing)
    words[words.index("-c") + 1] = str(source)
    words = [word for word in words if not word.endswith("ccache")] + ["-w", "-O1", "-g0"]
    subprocess.run(words, cwd=BUILD, check=True)
    words = link_command()
    words[words.index("-o") + 1] = str(program)
    first = next(place for place, word in enumerate(words) if word.endswith(".a"))
    subprocess.run(words[:first] + [str(thing)] + words[first:], cwd=BUILD, check=True)
    return program


def verdict(text):
    """(seed, broken promise), from a simulator's output."""
    if found := re.search(r"^seed (\d+) breaks a promise: (.*)", text, flags=re.M):
        return found[1], found[2]
    seed = re.search(r"--seed (\d+)", text)
    why = re.search(r"^.*CHECK.*$", text, flags=re.M)
    return seed[1] if seed else "?", re.sub(r"\S*/(?=\w+/\w+\.)", "", why[0]).strip() if why else "the process ended"


def shortened(why):
    """The text as one cell of a table."""
    why = why.replace("|", "\\|").replace("<", "&lt;")
    return why if len(why) <= 100 else why[:100] + "..."


def hunt(mutant, seeds):
    """(caught, seed, broken promise)"""
    program = build(mutant) if mutant.file else BUILD / "tests" / "sim" / "pygmy-sim"
    command = [program, "--seed", "1", "--seeds", str(seeds), "--acts", "2", *mutant.arguments]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX, errors="replace")
    except subprocess.TimeoutExpired:
        return False, "-", f"nothing in {SECONDS_MAX} s"
    if run.returncode == 0:
        return False, "-", f"nothing in {seeds} seeds"
    return True, *verdict(run.stdout + run.stderr)


def rows_of(page):
    return {row.split(" | ")[0][2:]: row for row in TABLE.search(page)[0].splitlines()[2:]}


def write(told):
    """Puts the rows that were made now into the page's table, and keeps the rows of the other mutants."""
    page = PAGE.read_text(encoding="utf-8")
    rows = rows_of(page) | told
    table = [HEAD, *(rows[mutant.name] for mutant in MUTANTS if mutant.name in rows)]
    PAGE.write_text(TABLE.sub(lambda _: "\n".join(table) + "\n", page), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(prog="./dev sim --mutants")
    parser.add_argument("--seeds", type=int, default=400)
    parser.add_argument("--only", default="", metavar="WORD")
    parser.add_argument("--missing", action="store_true")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    known = rows_of(PAGE.read_text(encoding="utf-8")) if arguments.missing else {}
    chosen = [mutant for mutant in MUTANTS if arguments.only in mutant.name and mutant.name not in known]
    survivors, told = [], {}
    print(HEAD)
    for mutant in chosen:
        caught, seed, why = hunt(mutant, arguments.seeds)
        if not caught:
            survivors.append(mutant.name)
        told[mutant.name] = f"| {mutant.name} | {mutant.rule} | {seed} | {shortened(why)} |"
        print(told[mutant.name], flush=True)
        if arguments.write:
            write(told)
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutants caught" +
          (f"; survived: {', '.join(survivors)}" if survivors else ""))
    return 1 if survivors or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
