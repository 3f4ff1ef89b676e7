"""Reads the value of a constant, or of a member with a default, from the C++ source that declares it.

It understands what our constants are made of: integers, sums, products, shifts, durations, casts and other constants.
Anything else is an error, and so is a name that is declared twice in one file with different values.
"""

import functools
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = [*re.findall(r"^pygmy_library\((\w+)", (ROOT / "CMakeLists.txt").read_text(), re.M), "cli"]
DECLARED = re.compile(r"^\s*(?:inline |static )*(?:constexpr )?[\w:<>, ]+?[ &*](\w+)(?: = |\{)([^;]+?)\}?;", re.M)
CONSTANT = re.compile(r"\bconstexpr [\w:<>, ]+? (k[A-Z]\w*)(?: = |\{)")
UNITS = {"microseconds": 1e-6, "milliseconds": 1e-3, "seconds": 1, "minutes": 60, "hours": 3600}
ALLOWED = re.compile(r"[\d\s().*/+<-]+|<<")


class Duration(float):
    """In seconds."""


@functools.cache
def sources():
    return {str(file.relative_to(ROOT)): file.read_text() for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.[ch]*"))}


@functools.cache
def declared(file):
    """{name: expression}"""
    found = {}
    for name, expression in DECLARED.findall(re.sub(r"//[^\n]*", "", sources()[file])):
        if found.setdefault(name, expression) != expression:
            found[name] = None  # not a value of this file
    return found


def place_of(name, beside):
    """The file that declares a name which the file `beside` uses: that file, its header, or one that has it alone."""
    near = [beside, re.sub(r"\.cpp$", ".h", beside)]
    places = [file for file in near if file in sources() and name in declared(file)] or \
        [file for file in sources() if name in declared(file)]
    assert len({declared(file)[name] for file in places}) == 1, f"{beside}: {name} is declared in {places}"
    return places[0]


@functools.cache
def value(file, name):
    """An integer, or a Duration."""
    text = declared(file).get(name) if file in sources() else None
    assert text, f"{file} does not declare {name} in one way; these do: {[at for at in sources() if declared(at).get(name)]}"
    is_duration = "std::chrono::" in text and ".count()" not in text
    per = 1e-3 if ".count()" in text else 1  # a count is one of milliseconds here
    text = re.sub(r"(?<=\d)'(?=\d)|(?<=\d)(?:ULL|U|L)\b|\.count\(\)", "", text)
    text = re.sub(r"std::u?int\d+_t\{([^}]*)\}", r"(\1)", text)

    def number(match):
        word = match[0].split("::")[-1]
        if word in UNITS:
            return f"{UNITS[word]}*"
        of = place_of(word, file)
        inner = value(of, word)
        return repr(inner.real)

    # A duration around a count (milliseconds(kTtlMs)) multiplies; one around a duration (milliseconds(minutes(10))) converts.
    text = re.sub(r"std::chrono::\w+\((?=std::chrono::)", "(", text)
    text = re.sub(r"\b[A-Za-z_][\w:]*", number, text)
    assert ALLOWED.fullmatch(text.replace("e-", "")), f"{file}: {name} is not understood: {text}"
    result = eval(text, {"__builtins__": {}}) / per  # digits and operators only
    return Duration(result) if is_duration else round(result)


def constants():
    """(file, name) of every constant of the code."""
    return [(file, name) for file, text in sources().items() for name in CONSTANT.findall(text)]
