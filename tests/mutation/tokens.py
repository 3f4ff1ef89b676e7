"""Cuts C++ source into tokens, as far as the changes of `./dev mutants` need it: it looks up no name and expands no
macro."""

import re
from dataclasses import dataclass

# The first kind that matches takes the text. An operator may be any character, so it comes last.
KINDS = {
    "comment": r"//(?:\\\n|[^\n])*|/\*.*?\*/",
    "directive": r"(?:(?<=\n)|\A)[ \t]*#(?:\\\n|[^\n])*",
    "string": r'(?:u8|[uUL])?R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|(?:u8|[uUL])?"(?:\\.|[^"\\\n])*"',
    "character": r"(?:u8|[uUL])?'(?:\\.|[^'\\\n])+'",
    "number": r"\.?\d(?:[eEpP][+-]|'?\w|\.)*",
    "name": r"[A-Za-z_]\w*",
    "space": r"\s+",
    "operator": r"<=>|<<=|>>=|->\*|\.\.\.|::|->|\+\+|--|&&|\|\||[-+*/%&|^=!<>]=|<<|>>|.",
}
TOKEN = re.compile("|".join(f"(?P<{kind}>{form})" for kind, form in KINDS.items()), re.S)


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    begin: int
    line: int

    @property
    def end(self):
        return self.begin + len(self.text)


def tokens_of(text):
    """The tokens of the text, without spaces, comments and directives."""
    tokens, line = [], 1
    for match in TOKEN.finditer(text):
        if match.lastgroup not in ("space", "comment", "directive"):
            tokens.append(Token(match.lastgroup, match[0], match.start(), line))
        line += match[0].count("\n")
    return tokens


def partners(tokens):
    """For the place of each bracket, the place of its partner."""
    opened, other = [], {}
    for place, token in enumerate(tokens):
        if token.kind != "operator":
            continue
        if token.text in "([{":
            opened.append(place)
        elif token.text in ")]}" and opened:
            begin = opened.pop()
            other[begin], other[place] = place, begin
    return other
