#!/usr/bin/python3
"""deciders.py finds each fault in a table with that fault, and finds nothing in a table without faults."""

import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import deciders  # noqa: E402

REQUESTS = """
struct ItemReply {
  Item item;
  static constexpr auto fields() { return std::tuple(field("item", &ItemReply::item)); }
};
struct Lookup {
  static constexpr std::string_view kType = "lookup";
  using Reply = ItemReply;
  static constexpr auto fields() { return std::tuple(field("title", &Lookup::title)); }
};
"""
TYPES = """
struct Item {
  static constexpr auto fields() { return std::tuple(field("id", &Item::id), field("price",
                                                                                   &Item::price)); }
};
"""
EVENTS = """
struct KeyVoided {
  static constexpr std::string_view kType = "key_voided";
  static constexpr auto fields() { return std::tuple(field("key", &KeyVoided::key)); }
};
"""
REFUSAL = 'constexpr CodeFacts facts(Code code) {\n  switch (code) {\n    case kBusy:\n      return {"busy", kElsewhere};\n  }\n}\n'
HEAD = "<!-- deciders -->\n| what | judge | checker | audit | tests |\n|---|---|---|---|---|\n"
ROWS = ["| `lookup.item` `Item.id` | `agrees` | - | - | - |", "| `Item.price` | - | `price_of` | - | - |",
        "| `key_voided.key` | - | - | `keys_alike` | - |", "| `err busy` | - | - | - | `Edge.Busy` |"]
END = "\n<!-- end of deciders -->\n"


class Deciders(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        for name, text in [("requests", REQUESTS), ("types", TYPES), ("events", EVENTS), ("refusal", REFUSAL)]:
            self.given(f"msg/{name}.h", text)
        self.given("tests/sim/judge.cpp", "bool agrees();")
        self.given("history/keys.cpp", "int price_of();")
        self.given("books/audit.cpp", "void keys_alike();")
        self.given("tests/frontend/edge_test.cpp", "TEST_F(Edge, Busy) {}")
        self.given("tests/process/test_kills.py", "")

    def given(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def found(self, rows, more=""):
        self.given(deciders.PAGE, HEAD + "\n".join(rows) + END + more)
        return [fault.split(": ", 1)[1] for fault in deciders.faults(self.root)]

    def test_is_quiet_about_a_whole_table(self):
        self.assertEqual(self.found(ROWS), [])

    def test_finds_what_has_no_row(self):
        for row, names in enumerate([["Item.id", "lookup.item"], ["Item.price"], ["key_voided.key"], ["err busy"]]):
            wanted = [f"no row says who decides whether {name} is right" for name in names]
            self.assertEqual(self.found(ROWS[:row] + ROWS[row + 1:]), wanted)

    def test_finds_a_row_without_a_decider(self):
        self.assertEqual(self.found(ROWS[:3] + ["| `err busy` | - | - | - | - |"]),
                         ["nobody decides whether err busy is right"])

    def test_finds_an_empty_cell_and_a_missing_one(self):
        self.assertEqual(self.found(ROWS[:3] + ["| `err busy` | | - | - | `Edge.Busy` |"]), ["an empty cell"])
        self.assertEqual(self.found(ROWS[:3] + ["| `err busy` | - | - | `Edge.Busy` |"]), ["4 cells instead of 5"])

    def test_finds_a_decider_that_is_not_there(self):
        for cell in ("| `agreed` | - | - | - |", "| - | `agrees` | - | - |", "| - | - | - | `Edge.Busier` |",
                     "| - | - | - | `process.gone` |", "| - | - | - | `tests/none.cpp` |"):
            self.assertEqual(len(self.found(ROWS[:3] + ["| `err busy` " + cell])), 1, cell)
        for cell in ("`process.kills`", "`tests/process/test_kills.py`"):
            self.assertEqual(self.found(ROWS[:3] + [f"| `err busy` | - | - | - | {cell} |"]), [])

    def test_finds_a_row_about_nothing_and_one_too_many(self):
        self.assertEqual(self.found(ROWS + ["| `Item.weight` | `agrees` | - | - | - |"]), ["no answer and no event has Item.weight"])
        self.assertEqual(self.found(ROWS + [ROWS[3]]), ["err busy has two rows"])

    def test_finds_a_real_fault_that_nobody_has(self):
        head = "<!-- real faults -->\n| fault | source | simulation | tests |\n|---|---|---|---|\n"
        end = "\n<!-- end of real faults -->\n"
        self.assertEqual(self.found(ROWS, head + "| a `torn` write | SQLite | `agrees` | - |" + end), [])
        self.assertEqual(self.found(ROWS, head + "| a torn write | SQLite | no | - |" + end),
                         ["neither the simulation nor a test has it"])
        self.assertEqual(self.found(ROWS, head + "| a torn write | | `agrees` | - |" + end), ["an empty cell"])
        self.assertEqual(self.found(ROWS, head + "| a torn write | SQLite | `none` | - |" + end),
                         ["there is no none in tests/sim/"])


if __name__ == "__main__":
    unittest.main()
