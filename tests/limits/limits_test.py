#!/usr/bin/python3
"""Checks docs/LIMITS.md, which is made of table.py, of constants in the code, and of the options that the program declares.

    PYGMY=build/release/pygmy tests/limits/limits_test.py [--write]     --write: only makes docs/LIMITS.md (./dev limits)
"""

import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from constants import ROOT, Duration, constants, declared, value  # noqa: E402
from table import INSIDE, SECTIONS  # noqa: E402

PAGE = ROOT / "docs/LIMITS.md"
PROCESSES = ("broker", "catalog", "order", "frontend", "bridge", "node")
HEAD = """# Limits and defaults

This page lists the bounds that a user, a client or an operator of a store can meet, and the defaults of the options. `./dev limits`
makes it from the code: the values are those of the named constants, and the options are those that the program declares. To change
a text, change `tests/limits/table.py`. The test `limits` fails if this page and the code differ.

A value is fixed, unless the column *option* names what changes it. Words like `limit` are [refusals](PROTOCOL.md#5-refusals); numbers
like 413 are statuses of HTTP. [SECURITY](SECURITY.md#limits-for-each-client) says how the shares of clients work together.
"""
OPTIONS = """
## Options

A size like 64 MiB is written as `64mb`. Each option has a variable and a key in a file, too ([OPERATIONS](OPERATIONS.md#options)). "all
processes" are those that `pygmy up` starts. A switch is off unless it is given.

| option | of | default | range |
|---|---|---|---|
"""
# A line of a manual page: \\fB--name,--other\\fR TYPE(1 to 10)=default, and what else is to be said of it.
OPTION = re.compile(r"^\\fB(?P<names>-[^\\]*)\\fR *(?P<type>\S+?)?(?:\((?P<least>[^ )]+) to (?P<most>[^)]+)\))?"
                    r"(?:=(?P<default>\S+))?(?: .*)?$", re.M)


def bytes_text(number):
    for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if number >= size and number * 4 % size == 0:
            return f"{number / size:g} {unit}"
    return f"{number:,} bytes"


def duration_text(seconds):
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        if seconds >= size and (unit != "days" or seconds > size) and round(seconds * 1e6) % (size * 1_000_000) == 0:
            return f"{round(seconds / size)} {unit}"
    return f"{seconds * 1000:g} ms"


def text_of(number, unit):
    if isinstance(number, Duration) or unit == "ms":
        return duration_text(number if isinstance(number, Duration) else number / 1000)
    return bytes_text(number) if unit == "bytes" else f"{number:,} {unit}".rstrip()


def limits():
    for title, about, rows in SECTIONS:
        yield f"\n## {title}\n\n" + (f"{about}\n\n" if about else "") + "| bound | value | beyond it | option | constant |\n|---|---|---|---|---|\n"
        for row, unit, bounded, beyond, option in rows:
            file, name = row.split()
            yield f"| {bounded} | {text_of(value(file, name), unit)} | {beyond} | {option} | `{name}` in {file} |\n"


def manual(*words):
    page = subprocess.run([os.environ["PYGMY"], "help", "--man", *words], check=True, capture_output=True, text=True).stdout
    return re.sub(r"\\([-:&])", lambda match: match[1].strip(":&"), page)


def commands():
    """Each command as its words, those with commands of their own, too."""
    waiting = [()]
    while waiting:
        words = waiting.pop()
        name = "-".join(("pygmy", *words))
        below = [(*words, page.removeprefix(name + "-")) for page in re.findall(r"^\.BR (\S+) \(1\)$", manual(*words), re.M)
                 if page.startswith(name + "-")]
        waiting += below
        if words:
            yield words


def options_of(words):
    """(names, default, range) of the options that have a default or a range, as the program declares them."""
    for option in OPTION.finditer(manual(*words)):
        default, least, most = option["default"], option["least"], option["most"]
        if default == "VALUE":
            continue  # NAME=VALUE is its type
        if option["type"] == "SIZE":
            default, least, most = (bytes_text(int(each)) if each else each for each in (default, least, most))
        names = ", ".join(f"`{name}`" for name in option["names"].split(",") if name.startswith("--"))
        if default or least:
            yield names, "`" + default.replace("|", "\\|") + "`" if default else "none", f"{least} to {most}" if least else ""


def options():
    of = {}
    for words in commands():
        for row in options_of(words):
            of.setdefault(row, []).append(" ".join(words))
    for (names, default, span), of_row in sorted(of.items()):
        processes = [name for name in of_row if name in ("up", *PROCESSES)]
        others = sorted(name for name in of_row if name not in processes)
        if len(others) > 8:
            others = [f"{len(others)} commands that end by themselves, like {others[0]}"]
        if set(PROCESSES) <= set(processes):
            processes = [name for name in processes if name == "up"] + ["all processes"]
        shown = ", ".join([*sorted(processes, key=lambda name: (name != "up", name)), *others])
        yield f"| {names} | {shown} | {default} | {span} |\n"


def page():
    return "".join([HEAD, *limits(), OPTIONS, *options()])


class Limits(unittest.TestCase):
    def test_the_page_says_what_the_code_says(self):
        self.assertTrue(PAGE.read_text() == page(), "docs/LIMITS.md and the code differ: run ./dev limits, and look at git diff")

    def test_each_bound_of_the_code_is_on_the_page_or_met_by_nobody(self):
        told = {tuple(row.split()) for _, _, rows in SECTIONS for row, *_ in rows}
        inside = {(file, name) for file, names in INSIDE.items() for name in names.split()}
        bounds = {(file, name) for file, name in constants() if re.search(r"Max(Cents|Ms)?$", name)}
        self.assertEqual(bounds - told - inside, set(), "put it into a section of table.py, or into INSIDE")
        self.assertEqual(inside & told, set())
        self.assertEqual(inside - set(constants()), set(), "INSIDE of table.py names what is gone")

    def test_a_row_is_told_once(self):
        rows = [row for _, _, section in SECTIONS for row, *_ in section]
        self.assertEqual(sorted(set(rows)), sorted(rows))

    def test_values_are_those_of_a_compiler(self):
        """Each kind of expression once; the numbers are written out here."""
        for file, name, expected in (("msg/limits.h", "kTotalMaxCents", 9007199254740991), ("msg/envelope.h", "kFrameBytesMax", 2359296),
                                     ("broker/sequencer.h", "kQueueAgeMax", Duration(5)), ("broker/sequencer.h", "kAheadMax", 3600000),
                                     ("bridge/sign_ins.h", "kAgeMax", Duration(43200)), ("bridge/server.h", "connections", 10000)):
            found = value(file, name)
            self.assertEqual((type(found), found), (type(expected), expected), name)

    def test_an_expression_that_is_not_understood_is_an_error(self):
        with self.assertRaisesRegex(AssertionError, "kAsciiMax is not understood"):
            value("history/rules.cpp", "kAsciiMax")
        self.assertIn("kAsciiMax", declared("history/rules.cpp"))


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(page())
    else:
        unittest.main()
