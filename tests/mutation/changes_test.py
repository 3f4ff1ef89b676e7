#!/usr/bin/python3
"""Tests the tokens of a source, and each kind of change on small texts."""

import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
from changes import changes_of, one_more  # noqa: E402
from tokens import partners, tokens_of  # noqa: E402


def words(text):
    return [token.text for token in tokens_of(text)]


def changes(text, kind):
    return [str(change) for change in changes_of(text) if change.kind == kind]


def in_body(text, kind):
    return changes("void f() {\n" + text + "\n}\n", kind)


class TokensTest(unittest.TestCase):
    def test_comments_and_directives_are_no_tokens(self):
        self.assertEqual(words('#include "a < b"\n#define X \\\n  1 < 2\na // b < c\n/* d\n< */ e'), ["a", "e"])

    def test_texts_are_one_token(self):
        self.assertEqual(words(r'f("a \" < b", R"x(c )" < d)x", u8"e")'), ["f", "(", r'"a \" < b"', ",", 'R"x(c )" < d)x"', ",", 'u8"e"', ")"])

    def test_characters_and_digits_apart(self):
        self.assertEqual(words(r"'\'' + 1'000ms + 0x1fU + 1.5e-3"), [r"'\''", "+", "1'000ms", "+", "0x1fU", "+", "1.5e-3"])

    def test_the_longest_operator(self):
        self.assertEqual(words("a<=>b<<=c->d::e&&f"), ["a", "<=>", "b", "<<=", "c", "->", "d", "::", "e", "&&", "f"])

    def test_lines_and_places(self):
        text = 'a\n/* \n */ b R"(\n)" c'
        self.assertEqual([(token.text, token.line) for token in tokens_of(text) if token.kind == "name"], [("a", 1), ("b", 3), ("c", 4)])
        self.assertTrue(all(text[token.begin:token.end] == token.text for token in tokens_of(text)))

    def test_brackets_find_their_partners(self):
        self.assertEqual(partners(tokens_of('f(a[1], ")")')), {1: 8, 8: 1, 3: 5, 5: 3})


class ChangesTest(unittest.TestCase):
    def test_relations(self):
        found = in_body("return a < b && c >= d || e != f;", "relation")
        self.assertEqual(found, ["< -> <=", "&& -> ||", ">= -> >", "|| -> &&", "!= -> =="])

    def test_templates_and_references_are_no_relations(self):
        self.assertEqual(changes("template <class T> std::vector<int> f(T&& t);\nbool operator<(A a, B b);", "relation"), [])

    def test_numbers_by_one(self):
        self.assertEqual(in_body("x = 41 + 0x0f + 500ms;", "number"), ["41 -> 42", "0x0f -> 0x10", "500ms -> 501ms"])
        self.assertEqual([one_more(text) for text in ("0", "0644", "1'000U", "0b1", "1.5", "2e3")], ["1", "0645", "1001U", "0b10", None, None])

    def test_pure_virtual_functions_and_named_constants_are_left_alone(self):
        self.assertEqual(changes("struct A { virtual void f() const = 0; };\nconstexpr int kMost = 64 * 1024;", "number"), [])
        self.assertEqual(changes("constexpr int f() { return 3; }", "number"), ["3 -> 4"])

    def test_branches(self):
        found = in_body("if (a && b) return;\nif (const auto x = f(); !x) return;\nif (auto y = g()) return;\nif constexpr (c) return;", "branch")
        self.assertEqual(found, ["a && b -> !(a && b)", "!x -> !(!x)"])

    def test_a_branch_on_one_equality_is_changed_once(self):
        self.assertEqual(in_body("if (a == 0) return;", "branch"), [])
        self.assertEqual(in_body("if (a == 0) return;", "relation"), ["== -> !="])

    def test_statements_that_stand_alone(self):
        found = in_body("a.b()->c(1);\nx = y;\n++n;\nif (z) g();\nelse h();\nfor (auto& e : all) e.stop();", "statement")
        self.assertEqual(found, [f"{old} -> (nothing)" for old in ("a.b()->c(1);", "x = y;", "++n;", "g();", "h();", "e.stop();")])

    def test_declarations_and_jumps_are_no_statements_to_drop(self):
        self.assertEqual(in_body("int a = f();\nauto& b = g();\nstd::string c(h());\nconst A d{i()};\nreturn j();\nusing B = C;", "statement"), [])
        self.assertEqual(changes("class A {\n A();\n void f() const;\n int n_ = g();\n};\nvoid h(int a);", "statement"), [])

    def test_code_that_only_reserves_memory_is_kept(self):
        self.assertEqual(in_body("rows.reserve(9);\nrows.shrink_to_fit();", "statement"), [])

    def test_statements_of_members_and_lambdas(self):
        text = "struct A {\n  A() : n_{1} { start(); }\n  void f() { each([&](int i) { sum += i; }); }\n};"
        self.assertEqual(changes(text, "statement"), ["start(); -> (nothing)", "each([&](int i) { sum += i; }); -> (nothing)", "sum += i; -> (nothing)"])

    def test_signs(self):
        self.assertEqual(in_body("a += b; c -= d;", "sign"), ["+= -> -=", "-= -> +="])

    def test_a_link_of_a_chain(self):
        self.assertEqual(in_body("hash.add(a.id()).add(b);", "link"), [".add(a.id()) -> (nothing)", ".add(b) -> (nothing)"])
        self.assertEqual(in_body("x.begin().next();", "link"), [])

    def test_neighbouring_arguments_of_one_kind(self):
        self.assertEqual(in_body("f(a, b.c(), 1, 2);", "exchange"), ["a, b.c() -> b.c(), a", "1, 2 -> 2, 1"])
        self.assertEqual(in_body("std::min(a, b); f(a, a); f(a, b + c);", "exchange"), [])
        self.assertEqual(changes("void f(A, B);", "exchange"), [])

    def test_checks_logs_and_texts_are_left_alone(self):
        text = 'CHECK(a < 1, "b {}", c);\nbase::log::info("d {} {}", e, f);\nreturn fmt::format("{} {}", g, 2);'
        self.assertEqual(changes_of("void f() {\n" + text + "\n}"), [])
        self.assertEqual(changes_of("static_assert(sizeof(A) < 9);"), [])

    def test_a_change_changes_one_place(self):
        text = "bool f() { return 1 < 2; }  // 1 < 2"
        self.assertEqual([change.applied(text) for change in changes_of(text)],
                         ["bool f() { return 2 < 2; }  // 1 < 2", "bool f() { return 1 <= 2; }  // 1 < 2", "bool f() { return 1 < 3; }  // 1 < 2"])


if __name__ == "__main__":
    unittest.main()
