"""Reads harmless.txt: survivors that no test can notice, or that none should notice, each with the reason."""

from dataclasses import dataclass

FILE = "tests/mutation/harmless.txt"


@dataclass(frozen=True)
class Entry:
    file: str
    line: str  # of the source, without the spaces around it
    change: str
    reason: str


def entries(text):
    """The entries of a text. An entry is a paragraph of `FILE: LINE OF THE SOURCE`, `OLD -> NEW`, and the reason."""
    text = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    return [entry(paragraph) for paragraph in text.split("\n\n") if paragraph.strip()]


def entry(paragraph):
    first, change, *reason = [line.strip() for line in paragraph.strip().splitlines()]
    file, line = first.split(": ", 1)
    if not reason:
        raise ValueError(f"{FILE}: {change} of {file} has no reason")
    return Entry(file, line, change, " ".join(reason))


def explains(found, file, text, change):
    line = text.splitlines()[change.line - 1].strip()
    return any((entry.file, entry.line, entry.change) == (file, line, str(change)) for entry in found)


def faults(root):
    """Names the entries whose line is no longer in the source."""
    for entry in entries((root / FILE).read_text(encoding="utf-8")):
        path = root / entry.file
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        if entry.line not in (line.strip() for line in lines):
            yield f"{FILE}:1: {entry.file} has no line `{entry.line}` any more"
