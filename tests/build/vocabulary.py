#!/usr/bin/python3
"""Adds a word to a copy of the vocabulary and finds the sources that then do not compile: those that must decide about it.

A source that still compiles would ignore the new event, refusal or request, or treat it as another one. The tree itself
does not change: the changed headers are in a directory that the compiler searches first. Each experiment compiles (syntax
only) the sources that it names. A source counts as refused only if the compiler's error names the new word.
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPILER = shutil.which("clang++-14") or shutil.which("clang++") or "c++"
FLAGS = ["-std=c++20", "-fsyntax-only", "-Werror=switch", "-Werror=switch-enum", "-DMSGPACK_NO_BOOST", "-DFMT_SHARED",
         "-DSPDLOG_SHARED_LIB", "-DSPDLOG_COMPILED_LIB", "-DSPDLOG_FMT_EXTERNAL"]


def refused(sources, changes):
    """The sources that do not compile with the headers changed: {header: [(old text, new text)]}."""
    with tempfile.TemporaryDirectory() as overlay:
        for header, edits in changes.items():
            text = (ROOT / header).read_text()
            for old, new in edits:
                assert text.count(old) == 1, f"{header}: '{old}' occurs {text.count(old)} times"
                text = text.replace(old, new)
            place = pathlib.Path(overlay) / header
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)

        def fails(source):
            command = [COMPILER, *FLAGS, f"-I{overlay}", f"-I{ROOT}", str(ROOT / source)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0 or "xperiment" in done.stderr, f"{source} does not compile:\n{done.stderr}"
            return done.returncode != 0
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            return {source for source, failed in zip(sources, pool.map(fails, sources)) if failed}


# A new event; then its effects, one for each question.
EVENT = {"msg/events.h": [
    ("struct Event {", """struct Experiment {
  static constexpr std::string_view kType = "experiment";
  std::string key;
  static constexpr auto fields() { return std::tuple(field("key", &Experiment::key)); }
  friend bool operator==(const Experiment&, const Experiment&) = default;
};

struct Event {"""),
    ("StockOk>", "StockOk, Experiment>")]}
EFFECTS = {"msg/effects.h": [
    ("}  // namespace effects", """template <class Visit>
void items(const Experiment&, const Visit&) {}
inline const std::string* key(const Experiment& experiment) { return &experiment.key; }
inline const std::string* customer(const Experiment&) { return nullptr; }
inline OrderNo new_order(const Experiment&) { return {}; }
}  // namespace effects""")]}
ASK_EFFECTS = ["frontend/shared_reads.cpp", "ledger/outlook.cpp", "catalog/core.cpp", "bridge/feed.cpp", "history/keys.cpp"]
DECIDE_EVENT = ["msg/well_formed.cpp", "ledger/items.cpp", "ledger/orders.cpp", "ledger/key_record.cpp", "ledger/holds.cpp", "ledger/movements.cpp", "order/replies.cpp",
                "books/audit_stream.cpp", "msg/partly.cpp"]

CODE = ("  kUnknown,\n};", "  kUnknown,\n  kExperiment,\n};")
FACTS = ("      return {\"unknown\", CodeClass::kUnknown, Reach::kNothing};",
         "      return {\"unknown\", CodeClass::kUnknown, Reach::kNothing};\n"
         "    case Code::kExperiment:\n"
         "      return {\"experiment\", CodeClass::kBusiness, Reach::kThisCopy};")
DECIDE_CODE = ["bridge/problems.cpp", "history/touches.cpp", "history/rules.cpp", "tests/sim/judge_refusals.cpp"]
DECIDE_REQUEST = ["ledger/decide.cpp", "ledger/validate.cpp", "ledger/digest.cpp", "ledger/repeat.cpp", "order/replies.cpp",
                  "history/rules.cpp", "history/describe.cpp", "history/asked.cpp"]

REQUEST = {"msg/requests.h": [("struct Outcome {", """struct Experiment {
  static constexpr std::string_view kType = "experiment";
  static constexpr auto kFrom = kByEverybody;
  static constexpr auto kFor = kForEverybody;
  using Reply = OrderReply;
  std::string key;
  static constexpr auto fields() { return std::tuple(field("key", &Experiment::key)); }
};

struct Outcome {""")]}


def listed(old, new):
    return {**REQUEST, "msg/catalogue.h": [(old, new)]}


def told(purpose):
    """The sources that the table "Where to change what" names for this purpose."""
    page = (ROOT / "docs/ARCHITECTURE.md").read_text()
    row = re.search(rf"^\| {re.escape(purpose)} \| (.*) \|$", page, re.M)
    return set(re.findall(r"`(\w+/[\w.]+)`", row.group(1)))


class VocabularyTest(unittest.TestCase):
    def test_an_event_without_effects_is_refused_by_all_that_ask_for_them(self):
        self.assertEqual(refused(ASK_EFFECTS, EVENT), set(ASK_EFFECTS))

    def test_an_event_with_effects_is_refused_where_it_must_be_decided(self):
        self.assertEqual(refused(["ledger/outlook.cpp", *DECIDE_EVENT], {**EVENT, **EFFECTS}), set(DECIDE_EVENT))

    def test_a_refusal_without_a_row_is_refused_everywhere(self):
        self.assertEqual(refused(["msg/envelope.cpp"], {"msg/refusal.h": [CODE]}), {"msg/envelope.cpp"})

    def test_a_refusal_with_a_row_is_refused_where_it_must_be_decided(self):
        sources = ["msg/envelope.cpp", *DECIDE_CODE]
        self.assertEqual(refused(sources, {"msg/refusal.h": [CODE, FACTS]}), set(DECIDE_CODE))

    def test_a_word_that_is_missing_is_refused(self):
        kinds = {"msg/types.h": [("enum class OrderType : std::uint8_t { kBuy, kSell };",
                                  "enum class OrderType : std::uint8_t { kBuy, kSell, kExperiment };")]}
        self.assertEqual(refused(["msg/codec.cpp"], kinds), {"msg/codec.cpp"})

    def test_a_request_for_the_writer_is_refused_where_it_must_be_decided(self):
        added = listed("Restock, Cancel, Outcome>", "Restock, Cancel, Outcome, Experiment>")
        self.assertEqual(refused([*DECIDE_REQUEST, "frontend/requests.cpp"], added), set(DECIDE_REQUEST))

    def test_the_architecture_names_these_sources(self):
        self.assertEqual(told("add an event"), {*EVENT, *EFFECTS, *DECIDE_EVENT})
        self.assertEqual(told("add a request of the writer"), {*REQUEST, "msg/catalogue.h", *DECIDE_REQUEST})
        product = {source for source in DECIDE_CODE if not source.startswith("tests/")}
        self.assertEqual(told("add a refusal"), {"msg/refusal.h", *product})

    def test_a_request_without_its_senders_or_without_its_roles_is_refused(self):
        for line, source in (("  static constexpr auto kFrom = kByEverybody;\n", "msg/serve.cpp"),
                             ("  static constexpr auto kFor = kForEverybody;\n", "frontend/passing.cpp")):
            added = listed("Requests<Lookup, Search>", "Requests<Lookup, Search, Experiment>")
            (header, edits), = REQUEST.items()
            added[header] = [(old, new.replace(line, "")) for old, new in edits]
            self.assertEqual(refused([source], added), {source})

    def test_a_request_for_a_replica_is_refused_by_that_replica(self):
        replicas = ["order/core.cpp", "catalog/core.cpp"]
        self.assertEqual(refused(replicas, listed("Requests<GetOrder, ListOrders>",
                                                  "Requests<GetOrder, ListOrders, Experiment>")), {"order/core.cpp"})
        self.assertEqual(refused(replicas, listed("Requests<Lookup, Search>", "Requests<Lookup, Search, Experiment>")),
                         {"catalog/core.cpp"})


if __name__ == "__main__":
    sys.exit(unittest.main())
