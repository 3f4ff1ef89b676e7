#!/usr/bin/python3
"""references.py finds each reference that leads nowhere, and finds nothing else."""

import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import references  # noqa: E402

PAGES = {
    "docs/ARCHITECTURE.md": """
| | promise |
| G4 | no stale answer |
## DESIGN 3: the stream
### DESIGN 5: the gate
1. leases
4. a leader that is new
## Words
9. not a rule
""",
    "docs/TRAPS.md": "# Traps\n### 5 Options\n### 16 Clocks\n",
    "docs/PROTOCOL.md": "## 6 The stream\n### 6.2 PUB and replay\n",
    "docs/TESTING.md": "## The model\n",
    "docs/adr/0009-a-refusal.md": "",
    "tests/sim/run.h": "",
    "tests/msg/roles_test.cpp": "TEST(Roles, AreThere) {}\nTEST_F(Keys,\n       AreLong) {}\n",
    "tests/process/test_access.py": "",
}


class References(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        for name, text in PAGES.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def found(self, text, file="broker/core.h"):
        return list(references.faults(self.root, [(pathlib.Path(file), text)]))

    def assert_missing(self, text, *names, file="broker/core.h"):
        self.assertEqual(self.found(text, file), [f"{file}:1: there is no {name}" for name in names])

    def test_is_quiet_about_references_that_lead_somewhere(self):
        for text in ("DESIGN 3", "DESIGN 5.1, 5.4", "DESIGN section 5", "rules 1 and 4", "TRAPS 5, 16", "PROTOCOL 6 and 6.2",
                     "ADR 9", "ADR 0009", "G4", 'docs/TESTING.md, "The model"', 'NOTES "Mine"',
                     "Tests: tests/sim/run.h, tests/sim.", "run.h", "tests/sim/*.cpp", "DATA/up.json"):
            self.assert_missing(f"// {text}\n")

    def test_finds_a_test_that_a_page_names_and_that_is_not_there(self):
        for text in ("`Roles.AreThere`, `Keys.AreLong`", "`process.access`", "Roles.AreGone", "`process.NAME_single`"):
            self.assert_missing(text, file="docs/TESTING.md")
        self.assert_missing("`Roles.AreGone` or `process.gone`", "test Roles.AreGone", "test process.gone", file="docs/TESTING.md")
        self.assert_missing("// `Roles.AreGone`")

    def test_finds_an_attack_without_a_test(self):
        for tests in ("`process.access`", "the same", "the thief, and `Roles.AreThere`"):
            self.assert_missing(f"| 1 | a client | sends | {tests} |\n", file="docs/SECURITY.md")
        self.assert_missing("| 1 | a client | sends `x` | comes later |\n", "test of this attack", file="docs/SECURITY.md")

    def test_finds_a_number_that_is_not_there(self):
        for reference in ("DESIGN 4", "DESIGN 5.2", "DESIGN 5.9", "TRAPS 6", "TRAPS 1", "PROTOCOL 6.1", "ADR 8", "rule 2", "G5"):
            self.assert_missing(f"// ({reference}).\n", reference)

    def test_finds_each_wrong_number_of_several(self):
        self.assert_missing("// TRAPS 5, 7 and 8\n", "TRAPS 7", "TRAPS 8")
        self.assert_missing("// DESIGN 5.1 to 5.3\n", "DESIGN 5.3")
        self.assert_missing("// Rules 1 and 3\n", "rule 3")

    def test_finds_a_heading_that_is_not_there(self):
        self.assert_missing('// TESTING "The models"\n', 'TESTING "The models"')

    def test_finds_a_reference_that_goes_on_in_the_next_line(self):
        self.assert_missing("// It stops (ADR\n// 8).\n", "ADR 8")
        self.assert_missing("# It stops (TRAPS\n# 6).\n", "TRAPS 6", file="faults/run.py")

    def test_says_in_which_line(self):
        self.assertEqual(self.found("\n\n// G7\n"), ["broker/core.h:3: there is no G7"])

    def test_finds_a_path_that_is_not_there(self):
        for path in ("tests/sim/walk.h", "tests/simulation", "broker/gone.cpp", "docs/adr/0010-none.md"):
            self.assert_missing(f"// Tests: {path}.\n", path)
        self.assert_missing('#include "broker/gone.h"  // tests/gone\n', "tests/gone")
        self.assert_missing('open("broker/gone.cpp");\n')

    def test_looks_into_sources_and_pages_alone(self):
        for file in ("faults/run.py", "tests/model/gate.pml", "web/src/app.tsx", "cmake/a.cmake", "dev", "docs/HTTP.md"):
            self.assert_missing("TRAPS 99", "TRAPS 99", file=file)
        self.assert_missing("TRAPS 99", file="samples/toys.csv")
        self.assert_missing("tests/gone/a.cpp", file="docs/HTTP.md")


if __name__ == "__main__":
    unittest.main()
