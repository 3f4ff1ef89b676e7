"""Clients use both frontends while the writer is killed: one order of the operations explains all answers (G3, G4)."""

import json
import os
import unittest

from store import BENCH, POOL, StoreTest, deep_catalogue, pygmy, scratch_file, wait_for

SECONDS = 10
OPS_MIN = 20  # operations per second, of a machine however busy; a run with fewer proves nothing (TRAPS 23)


def lines_of(file):
    with open(file) as opened:
        return [json.loads(line) for line in opened]


def write(file, lines):
    with open(file, "w") as opened:
        opened.writelines(json.dumps(line) + "\n" for line in lines)


class History(StoreTest):
    OPTIONS = ("--catalogue", deep_catalogue())

    def load(self, frontend, file, op="mix", *more):
        order = self.store.frontends if frontend == 0 else self.store.frontends[::-1]
        return POOL.submit(lambda: self.store.read(
            *BENCH, "--op", op, "--items", "hot", "--clients", 4, "--inflight", 4, "--seconds", SECONDS, "--record", file,
            *more, frontends=order))

    def recorded(self):
        """Runs two loads during which the writer is killed, and one that reads the stream. Returns their records."""
        files = [scratch_file("first.jsonl"), scratch_file("second.jsonl"), scratch_file("events.jsonl")]
        loads = [self.load(frontend, file) for frontend, file in enumerate(files[:2])]
        loads.append(self.load(0, files[2], "events", "--stale-ok", "2s"))
        wait_for("they write", lambda: all(os.path.exists(file) and os.path.getsize(file) for file in files))
        writer = self.store.writer()
        killed = self.store.kill(writer["instance"])
        self.assertFalse(any(load.done() for load in loads), "the writer was killed under load")
        self.store.wait_restarted(writer["instance"], killed)
        for load in loads:
            report = load.result()
            self.assertEqual(report["errors"], 0, report)
            self.assertGreater(report["ops"], (OPS_MIN if report["op"] == "mix" else 5) * SECONDS, report)
        return files

    def tampered(self, file, change):
        """Copies a record, and lets `change` alter the first line of the second half that it can. Returns the path of the
        copy, and the line."""
        lines = lines_of(file)
        changed = next(line for line in lines[len(lines) // 2:-1] if "err" not in line and change(line))
        copy = scratch_file("tampered.jsonl")
        write(copy, lines)
        return copy, changed

    def check(self, *files, code):
        checked = pygmy("check", *files, "--json")
        self.assertEqual(checked.code, code, checked)
        return checked.json

    def test_it_has_an_order_and_a_tampered_one_has_none(self):
        first, second, events = self.recorded()
        holds = self.check(first, second, events, code=0)
        self.assertEqual(holds["verdict"], "holds")
        self.assertEqual(holds["operations"], sum(len(lines_of(file)) - 1 for file in (first, second, events)))

        # One record alone lacks the orders of the other load.
        self.check(first, code=1)

        def one_piece_more(line):
            if line["type"] == "lookup":
                line["answer"]["item"]["stock"] += 1
                return True

        def a_piece_not_taken(line):
            if line["type"] == "place":
                line["answer"]["order"]["lines"][0]["stock"] += 1
                return True

        def as_at_the_beginning(line):
            if line["type"] == "lookup":
                line["answer"] = oldest["answer"]
                return True

        def a_block_left_out(line):
            if len(line["answer"]["blocks"]) > 2:
                del line["answer"]["blocks"][1]
                return True

        def an_end_that_is_none(line):
            if line["answer"]["blocks"]:
                line["answer"] = {"blocks": [], "mark": line["request"]["from"] - 1}
                return True

        for change in (a_block_left_out, an_end_that_is_none):
            with self.subTest(change.__name__):
                copy, _ = self.tampered(events, change)
                self.check(first, second, copy, code=1)

        oldest = next(line for line in lines_of(first) if line["type"] == "lookup")
        for change in (one_piece_more, a_piece_not_taken, as_at_the_beginning):
            with self.subTest(change.__name__):
                copy, changed = self.tampered(first, change)
                found = self.check(copy, second, code=1)
                self.assertIn(f"client {changed['client']:>3}", json.dumps(found["violations"]))

    def test_places_and_edits_are_judged(self):
        file = scratch_file("changes.jsonl")
        report = self.store.read(*BENCH, "--op", "mix", "--items", "hot", "--clients", 4, "--requests", 5000, "--record",
                                 file, "--changes")
        self.assertEqual(report["errors"], 0, report)
        self.assertLessEqual({"transfer", "restock", "count", "edit"}, {line.get("type") for line in lines_of(file)})
        self.check(file, code=0)

        def a_piece_at_another_place(line):
            places = line["answer"].get("item", {}).get("places", []) if line.get("type") == "lookup" else []
            if places and places[0]["pieces"] > 1:
                places[0]["pieces"] -= 1
                return True

        def another_title(line):
            if line.get("type") == "lookup":
                line["answer"]["item"]["title"] = "Another"
                return True

        for change in (a_piece_at_another_place, another_title):
            with self.subTest(change.__name__):
                copy, _ = self.tampered(file, change)
                self.check(copy, code=1)

    def test_a_broken_record_is_refused(self):
        file = scratch_file("broken.jsonl")
        line = {"client": 0, "invoked": 1, "returned": 2, "type": "order", "request": {"no": 1}, "err": "unknown_order",
                "answer": {"message": "there is none"}}
        for lines in ([line], [line, {"operations": 2}], [{**line, "request": {"no": -1}}, {"operations": 1}],
                      [{**line, "returned": 0}, {"operations": 1}], [{**line, "type": "add"}, {"operations": 1}],
                      ["text"], [{}], [{"operations": 0}, line]):
            write(file, lines)
            checked = pygmy("check", file)
            self.assertEqual((checked.code, checked.out), (2, ""), checked)
            self.assertIn(file, checked.err)
        write(file, [line, {"operations": 1}])
        self.assertEqual(pygmy("check", file).code, 0)
        self.assertEqual(pygmy("check", file + ".missing").code, 2)


if __name__ == "__main__":
    unittest.main()
