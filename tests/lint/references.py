"""Checks that each reference by number or by path, in a source or a page, leads to something in this repository.

    DESIGN 5.4       item 4 under the heading "DESIGN 5: ..." of docs/ARCHITECTURE.md; "rule 4" is short for it
    TRAPS 16         the heading "16 ..." of docs/TRAPS.md
    PROTOCOL 6.2     the heading "6.2 ..." of docs/PROTOCOL.md
    ADR 9            the file docs/adr/0009-*.md
    G4               the row "| G4 | ..." of docs/ARCHITECTURE.md
    TESTING "Title"  the heading "Title" of docs/TESTING.md, and so for every page of docs/
    tests/sim/run.h  in a comment of C++: a file or folder, seen from the root or from the file that names it
    `Suite.Test`     in a page: a test in C++
    `process.NAME`   in a page: the file tests/process/test_NAME.py

Each attack in the table of docs/SECURITY.md names a test.
"""

import re

PAGES = {"DESIGN": ("docs/ARCHITECTURE.md", "DESIGN "), "TRAPS": ("docs/TRAPS.md", ""), "PROTOCOL": ("docs/PROTOCOL.md", "")}
PROMISES_PAGE = "docs/ARCHITECTURE.md"
ATTACKS_PAGE = "docs/SECURITY.md"
SUFFIXES = {".h", ".cpp", ".py", ".pml", ".ts", ".tsx", ".mjs", ".cmake", ".md"}
NAMES = {"CMakeLists.txt", "dev"}
# The tests of lint use references that lead nowhere.
EXAMPLES = {"tests/lint/references_test.py", "tests/lint/references.py"}

NUMBERS = r"(\d+(?:\.\d+)?(?:(?:,| and| or| to) +\d+(?:\.\d+)?)*)(?![\d%])"
NUMBERED = re.compile(rf"\b(DESIGN|TRAPS|PROTOCOL|ADR)\s+(?:section +)?{NUMBERS}")
RULE = re.compile(rf"\b[Rr]ules? +{NUMBERS}")
PROMISE = re.compile(r"\bG(\d)\b")
TITLED = re.compile(r'\b([A-Z]{4,})(?:\.md)?,? +"([^"]+)"')
COMMENT = re.compile(r"(?:^|\s)//(.*)")
# A path that begins with capitals (DATA/up.json) is a path of a running store.
FILE = re.compile(r"(?<![\w./$*:-])((?:[a-z][\w.-]*/)+[\w.-]+\.(?:h|cpp|py|pml|md|tsx?|mjs|json|cmake|txt))(?![\w*{])")
TEST = re.compile(r"\bTEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)")
NAMED_TEST = re.compile(r"`([A-Z]\w+\.[A-Z]\w+)`")
NAMED_SCRIPT = re.compile(r"`process\.([a-z_]+)`")
ATTACK = re.compile(r"^\| \d+ \|.*\| *([^|]*?) *\|$", flags=re.M)
TESTS = re.compile(r"(?<![\w./$*:-])(tests(?:/[\w-]+)+)(?![\w./]*[\w*{])")


def unbroken(text):
    """The text as one line of the same length, without the marks that begin a comment line."""
    return re.sub(r"\n[ \t]*(?://|#+(?= )|\*)?[ \t]*", lambda found: " " * len(found[0]), text)


def numbers_of(text, mark):
    """The numbers of the headings that begin with `mark` and a number, and of the items under them."""
    numbers, section = set(), None
    for line in text.splitlines():
        if heading := re.match(rf"#+ {mark}(\d+(?:\.\d+)?)\b", line):
            section = heading[1]
            numbers.add(section)
        elif line.startswith("#"):
            section = None
        elif section and (item := re.match(r"(\d+)\. ", line)):
            numbers.add(f"{section}.{item[1]}")
    return numbers


class Known:
    """Everything that a reference may lead to."""

    def __init__(self, root):
        self.root = root
        self.numbers = {word: numbers_of(self.text(page), mark) for word, (page, mark) in PAGES.items()}
        self.numbers["ADR"] = {str(int(file.name[:4])) for file in root.glob("docs/adr/[0-9]*-*.md")}
        self.tests = {".".join(test) for file in root.glob("tests/**/*.cpp") for test in TEST.findall(file.read_text("utf-8"))}
        self.promises = set(re.findall(r"^\| G(\d) \|", self.text(PROMISES_PAGE), flags=re.M))

    def text(self, page):
        path = self.root / page
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def has_heading(self, page, title):
        return re.search(rf"^#+ +{re.escape(title)}\s*$", self.text(page), flags=re.M) is not None

    def has_page(self, page):
        return (self.root / page).exists()


def unknown(text, known):
    """(offset, reference) of each reference in the text that leads nowhere."""
    for found in NUMBERED.finditer(text):
        for number in re.findall(r"\d+(?:\.\d+)?", found[2]):
            if (str(int(number)) if found[1] == "ADR" else number) not in known.numbers[found[1]]:
                yield found.start(), f"{found[1]} {number}"
    for found in RULE.finditer(text):
        for number in re.findall(r"\d+", found[1]):
            if f"5.{number}" not in known.numbers["DESIGN"]:
                yield found.start(), f"rule {number}"
    for found in PROMISE.finditer(text):
        if found[1] not in known.promises:
            yield found.start(), found[0]
    for found in TITLED.finditer(text):
        page, title = f"docs/{found[1]}.md", re.sub(r"\s+", " ", found[2])
        if known.has_page(page) and not known.has_heading(page, title):
            yield found.start(), f'{found[1]} "{title}"'


def unknown_tests(text, known):
    """(offset, reference) of each test that a page names and that does not exist."""
    for found in NAMED_TEST.finditer(text):
        if found[1] not in known.tests:
            yield found.start(), f"test {found[1]}"
    for found in NAMED_SCRIPT.finditer(text):
        if not (known.root / f"tests/process/test_{found[1]}.py").exists():
            yield found.start(), f"test process.{found[1]}"


def untested_attacks(text):
    """The offset of each attack that names no test, and not that of the attack before it."""
    for found in ATTACK.finditer(text):
        if "`" not in found[1] and found[1] != "the same":
            yield found.start(), "test of this attack"


def path_faults(root, file, text):
    for number, line in enumerate(text.splitlines(), 1):
        comment = COMMENT.search(line)
        for path in FILE.findall(comment[1]) + TESTS.findall(comment[1]) if comment else []:
            if not (root / path).exists() and not (root / file).parent.joinpath(path).exists():
                yield f"{file}:{number}: there is no {path}"


def faults(root, texts):
    """One line for each reference that leads nowhere. `texts`: (file, text) of all files."""
    known = Known(root)
    for file, text in texts:
        if str(file) in EXAMPLES or (file.suffix not in SUFFIXES and file.name not in NAMES):
            continue
        missing = list(unknown(unbroken(text), known))
        if file.suffix == ".md":
            missing += unknown_tests(text, known)
        if str(file) == ATTACKS_PAGE:
            missing += untested_attacks(text)
        for offset, reference in missing:
            yield f"{file}:{text.count(chr(10), 0, offset) + 1}: there is no {reference}"
        if file.suffix in {".h", ".cpp"}:
            yield from path_faults(root, file, text)
