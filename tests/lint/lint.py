#!/usr/bin/python3
"""Checks what the compiler does not check: includes between folders, the doors to the libraries, links, paths of a
machine, sentences that begin without a subject, that every counter and every variable is explained (counters.py,
variables.py), that mutants still fit the code, that every answer has a decider (deciders.py), and that references by
number and by path lead somewhere (references.py).

    tests/lint/lint.py [ROOT]       one line for each fault; exit code 1 if there is one

The table in docs/ARCHITECTURE.md says which folders a folder may include. Only the standard library is used.
"""

import os
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "mutation")]
import counters  # noqa: E402
import deciders  # noqa: E402
import harmless  # noqa: E402
import references  # noqa: E402
import variables  # noqa: E402

# This page has the table of folders, in rows of `| `folder/` | what | base, msg | ... |`.
TABLE_PAGE = "docs/ARCHITECTURE.md"
TABLE_ROW = re.compile(r"^\| `(\w+)/` \|[^|]*\| *([^|]*?) *\|", flags=re.M)
ALL = None  # the folder may include all our folders

# The only folders that may include a library's headers. Tests are free.
DOORS = {
    r"msgpack(\.hpp|/)": {"msg"},
    r"zmq": {"net", "bench"},
    r"spdlog/": {"base"},
    r"SQLiteCpp/|sqlite3\.h": {"disk", "storage", "broker", "backup"},
    r"CLI/|toml\+\+/": {"cli"},
    r"nlohmann/": {"json", "bridge", "process", "keys", "tasks", "load", "up", "books"},
    r"openssl/": {"msg", "bridge", "tasks", "keys"},
    r"boost/": {"bridge", "bench"},
    r"unicode/": {"text"},
    r"grpcpp/|google/protobuf": {"broker", "bench"},
}

SOURCES = {".h", ".cpp"}
SKIPPED = {".git", "build", "data", "node_modules", "__pycache__"}
LINES_MAX = 500
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
# Standard output is written by base/print.h alone, which shows texts from outside. bench/ prints figures for scripts.
BARE_PRINT = re.compile(r"\bfmt::print\(|\bprintf\(|\bstd::(puts|cout)\b")
MAY_PRINT = {"base", "bench", "tests", "examples"}
# A path on one developer's machine does not belong in the tree. The pattern is written so that it does not match
# itself.
MACHINE_PATH = re.compile(r"(?<![\w.$}~-])/(?:work|root|home/[a-z]+)/")
# A sentence of a comment or of a page, and the name of a test, begin with their subject. These words do not name one.
COMMENT = {**dict.fromkeys((".h", ".cpp", ".ts", ".tsx", ".mjs"), r"(?:^|[;{}),(])\s*// (.*)"), ".py": r"(?:^|\s)# (.*)|\"\"\"(.*)",
           ".md": "(.*)"}
NO_SUBJECT = re.compile(r"(?:^(?:[*-] )?|[.] )(?:What|Who|Whoever|Nor|Whether)\b[^?]*$")
NO_SUBJECT_NAME = re.compile(r"\bTEST(?:_[FP])?\(\w+, (?:What|Who|Nor)[A-Z]|\bdef test_(?:what|who|nor)_|\btest\(\"(?:what|who|nor) ")
MUTANTS = "tests/sim/mutants.py"
LISTED = "tests/mutation/listed.py"
# The README must show these commands, and CI runs them.
README_COMMANDS = ["./dev up", "./dev test"]


def files_of(root):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - SKIPPED)
        yield from (pathlib.Path(folder, name).relative_to(root) for name in sorted(set(names) - SKIPPED))


def text_of(path):
    """The text of a file; empty for a file that is not text or is gone."""
    try:
        return path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError):
        return ""


def table_of(text):
    words = {"all": ALL, "nothing": set()}
    return {folder: words.get(may, set(may.split(", "))) for folder, may in TABLE_ROW.findall(text)}


def include_faults(file, line, header, table):
    folder, to = file.parts[0], header.split("/")[0]
    may = table.get(folder, ALL)
    if "/" in header and to in table and to != folder and may is not ALL and to not in may:
        yield f"{file}:{line}: {folder}/ may not include {to}/ ({header})"
    for library, doors in DOORS.items():
        if re.match(library, header) and folder != "tests" and folder not in doors:
            yield f"{file}:{line}: {header} may be included in {', '.join(sorted(doors))} only"


def source_faults(file, text, table):
    lines = text.splitlines()
    if file.parts[0] not in table:
        yield f"{file}:1: the folder {file.parts[0]}/ is not in the table of {TABLE_PAGE}"
    if file.suffix == ".h" and "#pragma once" not in lines:
        yield f"{file}:1: a header without #pragma once"
    if len(lines) > LINES_MAX:
        yield f"{file}:{len(lines)}: warning: more than {LINES_MAX} lines"
    for number, line in enumerate(lines, 1):
        if found := INCLUDE.match(line):
            yield from include_faults(file, number, found[1], table)
        if BARE_PRINT.search(line) and file.parts[0] not in MAY_PRINT:
            yield f"{file}:{number}: print with base::print or base::print_exact (base/print.h)"


def wording_faults(file, text):
    comment = re.compile(COMMENT[file.suffix])
    for number, line in enumerate(text.splitlines(), 1):
        said = comment.search(line)
        if NO_SUBJECT_NAME.search(line) or (said and NO_SUBJECT.search(next(filter(None, said.groups()), ""))):
            yield f"{file}:{number}: a sentence without a subject: {line.strip()[:80]}"


def anchors_of(text):
    """The anchors of a page's headings, made as GitHub makes them."""
    headings = re.findall(r"^#+ +(.+?)\s*$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def link_faults(root, file, text):
    for number, line in enumerate(text.splitlines(), 1):
        for link in LINK.findall(line):
            if re.match(r"[a-z]+:", link):
                continue
            target, _, anchor = link.partition("#")
            path = (root / file).parent / target if target else root / file
            if not path.exists():
                yield f"{file}:{number}: the link {link} leads nowhere"
            elif anchor and path.suffix == ".md" and anchor not in anchors_of(text_of(path)):
                yield f"{file}:{number}: {target or file} has no heading #{anchor}"


def readme_faults(text):
    for command in README_COMMANDS:
        if not re.search(rf"^\$ {re.escape(command)}\b", text, flags=re.M):
            yield f"README.md:1: it does not show the command {command}"


def old_texts(root):
    """(the list, a name, a file, its old text) of every change in the lists."""
    named = {}
    for file in (MUTANTS, LISTED):
        if (root / file).exists():
            exec(compile(text_of(root / file), file, "exec"), named)  # it only defines a list
    for mutant in named.get("MUTANTS", []):
        yield from ((MUTANTS, mutant.name, mutant.file, old) for old, _ in mutant.changes)
    yield from ((LISTED, change.breaks, change.file, change.old) for change in named.get("LISTED", []))


def mutant_faults(root):
    """Each old text must occur exactly once in its file, and each explained survivor must still be there."""
    for where, name, file, old in old_texts(root):
        times = text_of(root / file).count(old)
        if times != 1:
            yield f"{where}:1: '{name}': its old text occurs {times} times in {file}"
        if where == MUTANTS and not file.endswith(".cpp"):
            yield f"{where}:1: '{name}': one source is compiled anew, and {file} is a header"
    if (root / harmless.FILE).exists():
        yield from harmless.faults(root)


def faults(root):
    table = table_of(text_of(root / TABLE_PAGE))
    yield from mutant_faults(root)
    yield from deciders.faults(root)
    yield from counters.faults(root)
    yield from references.faults(root, ((file, text_of(root / file)) for file in files_of(root)))
    yield from variables.faults(root, ((file, text_of(root / file)) for file in files_of(root) if file.suffix in SOURCES))
    for file in files_of(root):
        text = text_of(root / file)
        if file.suffix in SOURCES:
            yield from source_faults(file, text, table)
        if file.suffix in COMMENT:
            yield from wording_faults(file, text)
        if file.suffix == ".md":
            yield from link_faults(root, file, text)
        if str(file) == "README.md":
            yield from readme_faults(text)
        for number, line in enumerate(text.splitlines(), 1):
            if MACHINE_PATH.search(line):
                yield f"{file}:{number}: the path of a machine: {line.strip()[:80]}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]).resolve()
    found = list(faults(root))
    print("\n".join(found) if found else "lint: nothing found")
    return 1 if any(": warning: " not in fault for fault in found) else 0


if __name__ == "__main__":
    sys.exit(main())
