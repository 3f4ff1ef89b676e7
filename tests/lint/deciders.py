"""Compares the table of deciders in docs/TESTING.md with the definitions in msg/.

Every field of every answer and every event, and every word of refusal, has a row. A decider says whether an answer is
right: a function of the simulation's judge, of the history checker, a check of the audit, or a test. Every row names at
least one. Each name in backticks must exist where its column says. So lint fails at a new field without a decider, and at
a decider that is gone.

The second table lists the faults of disks, networks, clocks and processes that the simulation has. It is checked for empty
cells and for names that do not exist.
"""

import re

PAGE = "docs/TESTING.md"
HEADERS = ["requests", "requests_items", "requests_orders", "credentials",
           "internal", "snapshot", "types", "envelope", "refusal", "events"]
# The columns of each table, as the folders in which the names of a column must exist.
JUDGE, CHECKER, AUDIT, TESTS = ["tests/sim"], ["history"], ["books"], ["tests"]
ANSWER_COLUMNS = [JUDGE, CHECKER, AUDIT, TESTS]
FAULT_COLUMNS = [None, None, ["tests/sim"], TESTS]
# Parts of requests: no answer holds them.
ASKED_ONLY = {"DemandLine", "NewItem", "CancelLine", "ConfirmLine"}
ASKED_FIELDS = {"Header.token", "Header.by", "Header.who", "Header.ttl", "Header.min", "Header.stale_ok", "Header.fresh",
                "Header.trace"}
# A broker keeps these for itself, beside the journal.
KEPT_ONLY = {"Control", "Holder"}

FIELD = re.compile(r'field\("(\w+)",\s*&(\w+)::')
REQUEST = re.compile(r'struct (\w+) \{\s*static constexpr std::string_view kType = "(\w+)";'
                     r'(?:\s*static constexpr auto kFrom = \w+;)?(?:\s*static constexpr auto kFor = \w+;)?'
                     r'(?:\s*using Reply = (\w+);)?')
CODES = re.compile(r"constexpr CodeFacts facts\(Code code\) \{(.*?)\n\}", flags=re.S)
NAME = re.compile(r"`([^`]+)`")
NOBODY = "-"


def told(headers):
    """The names of everything that an answer or an event can tell. `headers` is {name: text} of the headers of msg/."""
    fields = {}
    for text in headers.values():
        for name, struct in FIELD.findall(text):
            fields.setdefault(struct, []).append(name)
    requests = {struct: (word, reply) for text in headers.values() for struct, word, reply in REQUEST.findall(text)}
    events = {struct for struct, _, _ in REQUEST.findall(headers.get("events", ""))}
    replies = {reply for _, reply in requests.values() if reply}
    names = set()
    for struct, (word, reply) in requests.items():
        names |= {f"{word}.{field}" for field in fields.get(struct if struct in events else reply, [])}
    for struct in set(fields) - set(requests) - replies - ASKED_ONLY - KEPT_ONLY:
        names |= {f"{struct}.{field}" for field in fields[struct]}
    for codes in CODES.findall(headers.get("refusal", "")):
        names |= {f"err {word}" for word in re.findall(r'"(\w+)"', codes)}
    return names - ASKED_FIELDS


def rows_of(text, begin, end):
    """(line number, cells) of each row of the table between two comments, without its head."""
    rows, inside = [], False
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() == f"<!-- {begin} -->":
            inside = True
        elif line.strip() == f"<!-- {end} -->":
            inside = False
        elif inside and line.startswith("|") and not re.match(r"\|[-| ]+\|$", line):
            rows.append((number, [cell.strip() for cell in line.strip().strip("|").split("|")]))
    return rows[1:]


class Sources:
    """Looks names up in the sources of a folder; reads each folder once."""

    def __init__(self, root):
        self.root, self.words, self.texts = root, {}, {}

    def text(self, folder):
        if folder not in self.texts:
            files = sorted((self.root / folder).rglob("*")) if (self.root / folder).is_dir() else []
            kept = [file for file in files if file.suffix in {".h", ".cpp", ".py", ".mjs", ".pml"}]
            self.texts[folder] = "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in kept)
            self.words[folder] = set(re.findall(r"\w+", self.texts[folder]))
        return self.texts[folder]

    def has(self, folder, name):
        text = self.text(folder)
        if "/" in name:
            return (self.root / name).exists()
        if suite := re.fullmatch(r"(\w+)\.(\w+)", name):
            test = rf"TEST(?:_[FP])?\(\s*{suite[1]},\s*{suite[2]}\s*\)"
            return re.search(test, text) is not None or ctest_has(self.root, name)
        return all(word in self.words[folder] for word in re.findall(r"\w+", name))


def ctest_has(root, name):
    """Returns whether `name`, e.g. process.kills, is a test that CMake makes from a Python script."""
    kind, _, script = name.partition(".")
    return (root / "tests" / kind / f"test_{script}.py").exists()


def cell_faults(where, cell, folders, sources):
    if not cell:
        yield f"{where}: an empty cell"
    for name in NAME.findall(cell) if folders else []:
        if not any(sources.has(folder, name) for folder in folders):
            yield f"{where}: there is no {name} in {', '.join(folders)}/"


def faults(root):
    page = root / PAGE
    if not page.exists() or "<!-- deciders -->" not in page.read_text(encoding="utf-8"):
        return
    text = page.read_text(encoding="utf-8")
    headers = {name: (root / "msg" / f"{name}.h").read_text(encoding="utf-8") for name in HEADERS
               if (root / "msg" / f"{name}.h").exists()}
    sources, wanted, seen = Sources(root), told(headers), set()
    for number, cells in rows_of(text, "deciders", "end of deciders"):
        where = f"{PAGE}:{number}"
        names = NAME.findall(cells[0])
        for name in names:
            if name not in wanted:
                yield f"{where}: no answer and no event has {name}"
            if name in seen:
                yield f"{where}: {name} has two rows"
            seen.add(name)
        if len(cells) != 1 + len(ANSWER_COLUMNS):
            yield f"{where}: {len(cells)} cells instead of {1 + len(ANSWER_COLUMNS)}"
            continue
        for cell, folders in zip(cells[1:], ANSWER_COLUMNS):
            yield from cell_faults(where, cell, folders, sources)
        if not any(NAME.search(cell) for cell in cells[1:]):
            yield f"{where}: nobody decides whether {', '.join(names)} is right"
    for name in sorted(wanted - seen):
        yield f"{PAGE}:1: no row says who decides whether {name} is right"
    yield from fault_table_faults(text, sources)


def fault_table_faults(text, sources):
    for number, cells in rows_of(text, "real faults", "end of real faults"):
        where = f"{PAGE}:{number}"
        if len(cells) != len(FAULT_COLUMNS):
            yield f"{where}: {len(cells)} cells instead of {len(FAULT_COLUMNS)}"
            continue
        for cell, folders in zip(cells, FAULT_COLUMNS):
            yield from cell_faults(where, cell, folders, sources)
        if not any(NAME.search(cell) for cell in cells[2:]):
            yield f"{where}: neither the simulation nor a test has it"
