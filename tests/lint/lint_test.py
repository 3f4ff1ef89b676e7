#!/usr/bin/python3
"""Each rule of lint.py finds the fault in a tree that has it, and finds nothing in a tree without faults."""

import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import lint  # noqa: E402

TABLE = """
| folder | what | may include | the only door to |
|---|---|---|---|
| `base/` | numbers | nothing | spdlog |
| `msg/` | the language | base | msgpack |
| `ledger/` | pure | base, msg | |
| `stream/` | following | base, msg | |
| `order/` | the writer | base, msg, stream, ledger | |
| `frontend/` | the edge | base, msg, stream | |
| `client/` | retry | base, msg | |
| `cli/` | the program | all | CLI11 |
| `bench/` | measurements | base | |
| `tests/` | mirrors | all | |

| | promise |
|---|---|
| G1 | never oversell |
"""
README = "$ ./dev up\n$ ./dev test\n"


class Lint(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        self.given("README.md", README)
        self.given(lint.TABLE_PAGE, TABLE)

    def given(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def found(self):
        return list(lint.faults(self.root))

    def test_is_quiet_about_a_good_tree(self):
        self.given("base/ids.h", "#pragma once\n#include <vector>\n")
        self.given("msg/codec.cpp", '#include "msg/codec.h"\n#include <msgpack.hpp>\n#include "base/ids.h"\n')
        self.given("tests/msg/pack_test.cpp", '#include <msgpack.hpp>\n#include "order/core.h"\n')
        self.given("cli/main.cpp", '#include <CLI/CLI.hpp>\n#include "order/core.h"\n')
        self.given("docs/A.md", "# One `two`, three\n[b](B.md#half-a-page) [c](#one-two-three) [d](https://example.org/x)\n")
        self.given("docs/B.md", "## Half a page\n")
        self.assertEqual(self.found(), [])

    def test_finds_a_sentence_without_a_subject(self):
        for name, text in (("base/a.cpp", "// %s is left out.\n"), ("base/b.cpp", "int a;  // A number. %s may be 0.\n"),
                           ("tests/a.py", '"""%s it tells."""\n'), ("tests/b.py", "a = 1  # %s it counts\n"),
                           ("docs/A.md", "* All is well. %s is not.\n"), ("base/c.ts", "// %s the page shows.\n")):
            for word in ("What", "Who", "Nor", "Whoever", "Whether"):
                self.given(name, text % word)
                self.assertEqual([fault.split(": ")[1] for fault in self.found()], ["a sentence without a subject"], name)
                self.given(name, text % ("Nothing of " + word.lower()))
                self.assertEqual(self.found(), [], name)
                (self.root / name).unlink()
        self.given("base/q.cpp", "// What is missing? Nothing.\n")
        self.assertEqual(self.found(), [], "a question")

    def test_finds_the_name_of_a_test_without_a_subject(self):
        name = "TEST_F(Cache, %sIsNew) {}\n"
        for word in ("What", "Who", "Nor"):
            self.given("tests/base/a.cpp", name % word)
            self.assertEqual(len(self.found()), 1, word)
        self.given("tests/base/a.cpp", name % "Nothing")
        self.assertEqual(self.found(), [])

    def test_finds_an_include_against_the_table(self):
        self.given("ledger/items.cpp", '#include "base/ids.h"\n#include "stream/replica.h"\n')
        self.given("frontend/core.cpp", '#include "order/core.h"\n')
        self.assertEqual(self.found(), [
            "frontend/core.cpp:1: frontend/ may not include order/ (order/core.h)",
            "ledger/items.cpp:2: ledger/ may not include stream/ (stream/replica.h)"])

    def test_finds_that_the_table_is_gone(self):
        self.given(lint.TABLE_PAGE, "")
        self.given("base/ids.cpp", "")
        self.assertEqual(len(self.found()), 1)

    def test_finds_a_library_beside_its_door(self):
        for header in ("zmq.hpp", "msgpack.hpp", "spdlog/spdlog.h", "sqlite3.h", "nlohmann/json.hpp", "CLI/CLI.hpp"):
            self.given("client/core.cpp", f"#include <{header}>\n")
            self.assertIn(f"client/core.cpp:1: {header} may be included in", "".join(self.found()))

    def test_finds_output_beside_base_print(self):
        self.given("base/print.h", "#pragma once\nvoid print() { fmt::print(); }\n")
        self.given("client/core.cpp", 'base::print("{}\\n", key);\nstd::snprintf(digits, 3, "x");\n')
        self.assertEqual(self.found(), [])
        for bare in ('fmt::print("{}\\n", key);', 'std::printf("x");', 'std::puts("x");', "std::cout << key;"):
            self.given("client/core.cpp", f"\n  {bare}\n")
            self.assertEqual(self.found(),
                             ["client/core.cpp:2: print with base::print or base::print_exact (base/print.h)"])

    def test_finds_a_folder_that_the_table_does_not_know(self):
        self.given("util/misc.h", "#pragma once\n")
        self.assertEqual(self.found(), ["util/misc.h:1: the folder util/ is not in the table of docs/ARCHITECTURE.md"])

    def test_finds_a_header_without_pragma_once(self):
        self.given("base/ids.h", "namespace base {}\n")
        self.assertEqual(self.found(), ["base/ids.h:1: a header without #pragma once"])

    def test_warns_of_a_long_file(self):
        self.given("base/long.cpp", "\n" * (lint.LINES_MAX + 1))
        self.assertIn(": warning: more than", self.found()[0])

    def test_finds_a_link_that_leads_nowhere(self):
        self.given("docs/A.md", "[b](B.md)\n[c](#nothing)\n")
        self.assertEqual(self.found(), ["docs/A.md:1: the link B.md leads nowhere",
                                        "docs/A.md:2: docs/A.md has no heading #nothing"])

    def test_finds_the_path_of_a_machine(self):
        for path in ("/" + "work/main", "/" + "root/x", "/" + "home/ann/x"):
            self.given("bench/run.py", f"open('{path}')\n")
            self.assertEqual(len(self.found()), 1, path)
        self.given("bench/run.py", "path = base / 'build/work/x'\n")
        self.assertEqual(self.found(), [])

    def test_finds_a_mutant_that_does_not_fit_the_code_any_more(self):
        mutants = (pathlib.Path(__file__).parents[1] / "sim" / "mutants.py").read_text(encoding="utf-8")
        head = mutants[:mutants.index("MUTANTS = [")]
        self.given(lint.MUTANTS, head + 'MUTANTS = [Mutant("off", "G1", "base/a.cpp", [("x < 1", "x < 2")])]\n')
        self.given("base/a.cpp", "if (x < 1) return;\n")
        self.assertEqual(self.found(), [])
        for text in ("if (x < 3) return;\n", "x < 1 || x < 1\n"):
            self.given("base/a.cpp", text)
            self.assertEqual(len(self.found()), 1, text)
        self.given(lint.MUTANTS, head + 'MUTANTS = [Mutant("off", "G1", "base/a.h", [("x < 1", "x < 2")])]\n')
        self.given("base/a.h", "// A. Threads: none.\n#pragma once\nif (x < 1) return;\n")
        self.assertEqual(len(self.found()), 1)

    def test_finds_a_listed_change_that_does_not_fit_the_code_any_more(self):
        listed = (pathlib.Path(__file__).parents[1] / "mutation" / "listed.py").read_text(encoding="utf-8")
        head = listed[:listed.index("LISTED = [")]
        self.given(lint.LISTED, head + 'LISTED = [Listed("base/a.cpp", "x < 1", "x < 2", "the bound")]\n')
        self.given("base/a.cpp", "if (x < 1) return;\n")
        self.assertEqual(self.found(), [])
        self.given("base/a.cpp", "if (x < 3) return;\n")
        self.assertEqual(len(self.found()), 1)

    def test_finds_an_explained_survivor_whose_line_is_gone(self):
        self.given(lint.harmless.FILE, "base/a.cpp: if (x < 1) return;\n< -> <=\nx is never 1\n")
        self.given("base/a.cpp", "  if (x < 1) return;\n")
        self.assertEqual(self.found(), [])
        self.given("base/a.cpp", "  if (x < 2) return;\n")
        self.assertEqual(len(self.found()), 1)

    def test_finds_a_readme_without_its_commands(self):
        self.given("README.md", "$ make\n")
        self.assertEqual(len(self.found()), 2)


if __name__ == "__main__":
    unittest.main()
