"""The table of counters in docs/OPERATIONS.md is made of the declarations in base/declared_counters.h.

  tests/lint/counters.py --write    rewrites the table
"""
import pathlib
import re
import sys

DECLARATIONS = "base/declared_counters.h"
PAGE = "docs/OPERATIONS.md"
HEAD = "| counter | of | what it counts; when to worry |\n|---|---|---|\n"
ROW = re.compile(r'\{"(\w+)",\s*([\w| ]+),\s*CounterKind::k(\w+),\s*"(\w*)",\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\}')
OWNERS = {"kOfFrontend": "frontend", "kOfCatalog": "catalog", "kOfOrder": "order", "kOfBroker": "broker",
          "kOfReplicas": "catalog, order", "kOfLoop": "all", "kOfAll": "all"}


def row_of(name, owners, kind, label, text):
    of = ", ".join(OWNERS[owner.strip()] for owner in owners.split("|"))
    what = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text)).replace('\\"', '"')
    shown = f"{name}_{label.upper()}" if label else name
    return f"| `{shown}` | {of} | {'now: ' if kind == 'Gauge' else ''}{what} |\n"


def table_of(declarations):
    return HEAD + "".join(row_of(*found) for found in ROW.findall(declarations))


def place_of(page):
    """Where the table is in the page, as (begin, end), or None."""
    begin = page.find(HEAD)
    if begin < 0:
        return None
    end = page.find("\n\n", begin)
    return begin, len(page) if end < 0 else end + 1


def faults(root):
    file = root / DECLARATIONS
    if not file.exists():
        return
    page = (root / PAGE).read_text(encoding="utf-8")
    place = place_of(page)
    if not place or page[place[0]:place[1]] != table_of(file.read_text(encoding="utf-8")):
        yield f"{PAGE}: its table of counters is not that of {DECLARATIONS}: run tests/lint/counters.py --write"


def main():
    root = pathlib.Path(__file__).parents[2].resolve()
    if sys.argv[1:] != ["--write"]:
        sys.exit(__doc__)
    page = (root / PAGE).read_text(encoding="utf-8")
    place = place_of(page)
    if not place:
        sys.exit(f"{PAGE} has no table of counters: give it the lines\n{HEAD}")
    table = table_of((root / DECLARATIONS).read_text(encoding="utf-8"))
    (root / PAGE).write_text(page[:place[0]] + table + page[place[1]:], encoding="utf-8")


if __name__ == "__main__":
    main()
