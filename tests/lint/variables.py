"""The table of variables in docs/OPERATIONS.md is made of the one in cli/help.cpp, which has every variable that the
code names.

  tests/lint/variables.py --write    rewrites the table
"""
import pathlib
import re
import sys

DECLARATIONS = "cli/help.cpp"
PAGE = "docs/OPERATIONS.md"
HEAD = "| variable | what it sets; the option |\n|---|---|\n"
ROW = re.compile(r'\{"(PYGMY_\w+)",\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\}')
# Of the environment of the program: what it reads itself, and what CLI11 reads for an option.
NAMED = re.compile(r'(?:\b(?:get|set|unset)env|\benvname)\("(PYGMY_\w+)"')
FOLDERS_WITHOUT = {"tests", "bench"}  # they are other programs


def rows_of(declarations):
    return {name: "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text)) for name, text in ROW.findall(declarations)}


def table_of(declarations):
    return HEAD + "".join(f"| `{name}` | {what} |\n" for name, what in rows_of(declarations).items())


def place_of(page):
    """Where the table is in the page, as (begin, end), or None."""
    begin = page.find(HEAD)
    if begin < 0:
        return None
    end = page.find("\n\n", begin)
    return begin, len(page) if end < 0 else end + 1


def faults(root, sources):
    """`sources`: (file, text) of the code."""
    file = root / DECLARATIONS
    if not file.exists():
        return
    declarations = file.read_text(encoding="utf-8")
    known = rows_of(declarations)
    for source, text in sources:
        if source.parts[0] in FOLDERS_WITHOUT:
            continue
        for name in sorted(set(NAMED.findall(text)) - set(known)):
            yield f"{source}: the variable {name} is not in the table of {DECLARATIONS}"
    page = (root / PAGE).read_text(encoding="utf-8")
    place = place_of(page)
    if not place or page[place[0]:place[1]] != table_of(declarations):
        yield f"{PAGE}: its table of variables is not that of {DECLARATIONS}: run tests/lint/variables.py --write"


def main():
    root = pathlib.Path(__file__).parents[2].resolve()
    if sys.argv[1:] != ["--write"]:
        sys.exit(__doc__)
    page = (root / PAGE).read_text(encoding="utf-8")
    place = place_of(page)
    if not place:
        sys.exit(f"{PAGE} has no table of variables: give it the lines\n{HEAD}")
    table = table_of((root / DECLARATIONS).read_text(encoding="utf-8"))
    (root / PAGE).write_text(page[:place[0]] + table + page[place[1]:], encoding="utf-8")


if __name__ == "__main__":
    main()
