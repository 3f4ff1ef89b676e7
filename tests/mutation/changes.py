"""Makes the changes for `./dev mutants`. Each is one small fault that a person could have written.

No change touches comments, directives and texts (also the arguments of fmt::format), logs, a CHECK or a static_assert
(without a fault of ours, no test can reach it), named constants (the value is a choice, and tests use the name), and calls
that only reserve memory. The compiler decides which changes are programs.
"""

import re
from dataclasses import dataclass

from tokens import partners, tokens_of

RELATIONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&"}
SIGNS = {"+=": "-=", "-=": "+="}
ASSIGNMENTS = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}
GUARDS = {"CHECK", "static_assert"}
TEXTS = {("log", "::"), ("fmt", "::")}  # the arguments of these namespaces' functions are texts for people
SILENT = {"reserve", "shrink_to_fit"}
SYMMETRIC = {"min", "max"}
SHOWN_MAX = 100  # characters
SCOPES = {"namespace", "struct", "class", "enum", "union", "extern"}
# A statement that begins with one of these words is not a call or an assignment of its own.
KEYWORDS = set("""return if else for while do switch case default break continue goto throw try catch using typedef static
    const constexpr auto delete template public private protected friend virtual explicit inline struct class enum union
    namespace operator co_return co_await co_yield CHECK static_assert""".split())


@dataclass(frozen=True)
class Change:
    kind: str
    line: int
    begin: int
    old: str
    new: str

    def applied(self, text):
        return text[:self.begin] + self.new + text[self.begin + len(self.old):]

    def __str__(self):
        return f"{shown(self.old)} -> {shown(self.new)}"


def shown(text):
    """The text as one line of at most SHOWN_MAX characters."""
    line = re.sub(r"\s+", " ", text).strip()
    return "(nothing)" if line in ("", ";") else line if len(line) <= SHOWN_MAX else line[:SHOWN_MAX] + "..."


def one_more(number):
    """The number plus one; nothing for a number that is not whole."""
    form = re.fullmatch(r"(0[xX](?=[\da-fA-F])|0[bB]|0(?=\d)|)((?<=[xX])[\da-fA-F']+?|[\d']+)((?:[uUlLzZ]|ms|us|ns|s|min|h)*)", number)
    if not form:
        return None
    base, write = {"0x": (16, "x"), "0b": (2, "b"), "0": (8, "o"), "": (10, "d")}[form[1].lower()]
    return form[1] + format(int(form[2].replace("'", ""), base) + 1, write) + form[3]


class Source:
    """A text, its tokens, and the tokens that may be changed."""

    def __init__(self, text):
        self.text, self.tokens = text, tokens_of(text)
        self.other = partners(self.tokens)
        self.kept = set(self.guarded())
        self.bodies = self.find_bodies()

    def word(self, place):
        return self.tokens[place].text if 0 <= place < len(self.tokens) else ""

    def name(self, place):
        return 0 <= place < len(self.tokens) and self.tokens[place].kind == "name"

    def change(self, kind, first, last, new):
        """Replaces the tokens from first to last by the new text."""
        begin, end = self.tokens[first].begin, self.tokens[last].end
        return Change(kind, self.tokens[first].line, begin, self.text[begin:end], new)

    def written(self, first, last):
        return self.text[self.tokens[first].begin:self.tokens[last].end]

    def guarded(self):
        for place, token in enumerate(self.tokens):
            text = (token.text, self.word(place + 1)) in TEXTS
            begin = place + (3 if text else 1)
            if (token.text in GUARDS or text) and self.word(begin) == "(":
                first = place - 2 if self.word(place - 1) == "::" else place
                yield from range(first, self.other.get(begin, begin) + 1)
            elif token.text == "constexpr" and self.word(place - 1) != "if":
                yield from range(place, self.end_of_constant(place))

    def end_of_constant(self, place):
        """For a constexpr function, only the word itself is left alone, because a function is not a constant."""
        begin = place
        while self.word(place) not in (";", "(", "{", "=", ""):
            place += 1
        if self.word(place) not in ("=", "{"):
            return begin + 1
        while self.word(place) not in (";", ""):
            place = self.other.get(place, place) + 1
        return place

    def find_bodies(self):
        """The places of tokens that are inside a function."""
        inside, scopes, head = set(), [], []
        for place, token in enumerate(self.tokens):
            if token.text == "{":
                scopes.append(self.opens_body(scopes, head))
                head = []
            elif token.text == "}":
                if scopes:
                    scopes.pop()
                head = []
            elif token.text == ";" and self.word(place) == ";":
                head = []
            else:
                head.append(place)
            if scopes and scopes[-1]:
                inside.add(place)
        return inside

    def opens_body(self, scopes, head):
        words = [self.word(place) for place in head]
        if any(word in SCOPES for word in words) and "(" not in words and "=" not in words:
            return False
        return bool(scopes and scopes[-1]) or "(" in words or not words

    def relations(self):
        for place, token in enumerate(self.tokens):
            spaced = self.text[token.begin - 1:token.begin].isspace() and self.text[token.end:token.end + 1].isspace()
            if token.text in RELATIONS and spaced and self.word(place - 1) not in ("operator", "template"):
                yield self.change("relation", place, place, RELATIONS[token.text])
            elif token.text in SIGNS and self.word(place - 1) != "operator":
                yield self.change("sign", place, place, SIGNS[token.text])

    def numbers(self):
        for place, token in enumerate(self.tokens):
            pure = token.text == "0" and self.word(place - 1) == "=" and self.word(place - 2) in (")", "const", "noexcept")
            more = one_more(token.text) if token.kind == "number" and not pure else None
            if more:
                yield self.change("number", place, place, more)

    def branches(self):
        for place, token in enumerate(self.tokens):
            if token.text != "if" or self.word(place + 1) != "(" or place + 1 not in self.other:
                continue
            first, last = place + 2, self.other[place + 1] - 1
            parts = [at for at in range(first, last + 1) if self.word(at) == ";" and self.depth(first, at) == 0]
            first = parts[-1] + 1 if parts else first
            if first <= last and not self.declares(first, last) and not self.compares(first, last):
                yield self.change("branch", first, last, f"!({self.written(first, last)})")

    def compares(self, first, last):
        """Returns whether the condition is one == or !=; negating it would be the same change as changing the operator."""
        found = [self.word(place) for place in self.flat(first, last) if self.word(place) in RELATIONS]
        return found in (["=="], ["!="])

    def depth(self, first, place):
        return sum((self.word(at) in "([{") - (self.word(at) in ")]}") for at in range(first, place))

    def flat(self, first, last):
        """The places from first to last that are not inside brackets."""
        place = first
        while place <= last:
            yield place
            place = self.other.get(place, place) + 1 if self.word(place) in "([{" else place + 1

    def declares(self, first, last):
        """Returns whether the statement begins like `Type name` or `auto& name`."""
        if self.word(first) in ("const", "auto"):
            return True
        for place in self.flat(first, last):
            if self.word(place) in ASSIGNMENTS | {"(", "?", "&&", "||"}:
                return False
            if place > first and self.name(place) and (self.name(place - 1) or self.word(place - 1) in (">", "&", "*")):
                return self.word(place - 1) != "*" or place - 1 > first
        return False

    def statements(self):
        for place in range(len(self.tokens)):
            if place not in self.bodies or not self.begins_statement(place):
                continue
            last = next((at for at in self.flat(place, len(self.tokens) - 1) if self.word(at) in (";", "}", "{", ":", ",")), None)
            if last is None or self.word(last) != ";" or self.declares(place, last) or not self.acts(place, last - 1):
                continue
            yield self.change("statement", place, last, ";")

    def begins_statement(self, place):
        before = self.word(place - 1)
        control = before == ")" and self.word(self.other.get(place - 1, 0) - 1) in ("if", "for", "while")
        starts = self.name(place) or self.word(place) in ("*", "++", "--", "(")
        return starts and self.word(place) not in KEYWORDS and (before in ("{", "}", ";", "else") or control)

    def acts(self, first, last):
        """Returns whether the statement is a call, an assignment, or an increment or decrement."""
        places = list(self.flat(first, last))
        if any(self.word(place) in ASSIGNMENTS for place in places):
            return True
        if self.word(first) in ("++", "--") or self.word(last) in ("++", "--"):
            return True
        called = self.word(self.other.get(last, 0) - 1) if self.word(last) == ")" else ""
        return bool(called) and self.name(self.other[last] - 1) and called not in SILENT

    def links(self):
        """Leaves out one call of a chain such as hash.add(a).add(b)."""
        for place in range(1, len(self.tokens)):
            begin = place + 2
            if self.word(place) == "." and self.name(place + 1) and self.word(begin) == "(" and begin in self.other:
                before = self.other.get(place - 1, place)  # the call that this one follows
                same = self.word(place - 1) == ")" and self.word(before - 1) == self.word(place + 1)
                if same or self.word(self.other[begin] + 2) == self.word(place + 1) and self.word(self.other[begin] + 1) == ".":
                    yield self.change("link", place, self.other[begin], "")

    def exchanges(self):
        for place, token in enumerate(self.tokens):
            if token.text != "(" or place not in self.bodies or place not in self.other or not self.name(place - 1):
                continue
            if self.word(place - 1) in KEYWORDS | SYMMETRIC:
                continue
            for left, right in self.neighbours(place):
                kinds = [self.kind_of(*argument) for argument in (left, right)]
                texts = [self.written(*argument) for argument in (left, right)]
                if kinds[0] and kinds[0] == kinds[1] and texts[0] != texts[1]:
                    yield self.change("exchange", left[0], right[1], f"{texts[1]}, {texts[0]}")

    def neighbours(self, place):
        """Pairs of neighbouring arguments, each as first and last token, of the call whose bracket is at the place."""
        end, begin, arguments = self.other[place], place + 1, []
        for at in self.flat(begin, end):
            if at == end or self.word(at) == ",":
                arguments.append((begin, at - 1))
                begin = at + 1
        return [pair for pair in zip(arguments, arguments[1:]) if all(first <= last for first, last in pair)]

    def kind_of(self, first, last):
        """`name` for a chain of names, calls and members, `number` for a literal, nothing for anything else."""
        if first == last and self.tokens[first].kind == "number":
            return "number"
        chain = all(self.name(at) or self.word(at) in ("::", ".", "->", "(", "[") for at in self.flat(first, last))
        two_names = any(self.name(at) and self.name(at + 1) for at in range(first, last))
        return "name" if self.name(first) and chain and not two_names else None


def changes_of(text):
    """All changes of a text, in its order."""
    source = Source(text)
    kept = {source.tokens[place].begin for place in source.kept}
    found = [*source.relations(), *source.numbers(), *source.branches(), *source.statements(), *source.links(),
             *source.exchanges()]
    return sorted((change for change in found if change.begin not in kept), key=lambda change: (change.begin, change.kind))
