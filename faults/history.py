"""Checks the records of the load generators and the prober with `pygmy check`, after each round.

Each round has a history of its own, because no client works between two rounds. Records that hold are removed.
"""

import json
import pathlib
import subprocess

from store import ENVIRONMENT

CHECK_S = 300
LINES_SHOWN = 6
VERDICTS = {0: "holds", 1: "VIOLATED", 3: "not decided"}


class Record:
    """The prober's requests and answers, in the format of `bench --record`."""

    def __init__(self, file):
        self.out = open(file, "w") if file else None
        self.operations = 0

    def add(self, kind, request, invoked_ns, returned_ns, printed):
        """`printed`: the parsed output of the command with --json; empty if there was no answer."""
        if not self.out:
            return
        told = {"type": kind, "request": request, "client": 1, "invoked": invoked_ns, "returned": returned_ns}
        if "no" in printed:
            told["answer"] = {"order": printed}
        elif "stock" in printed:
            told["answer"] = {"item": printed}
        else:
            error = printed.get("error", {"code": "unknown", "message": "no answer"})
            told |= {"err": error["code"], "answer": {"message": error["message"]}}
        self.out.write(json.dumps(told) + "\n")
        self.operations += 1

    def end(self):
        if self.out:
            self.out.write(json.dumps({"operations": self.operations}) + "\n")
            self.out.close()


class History:
    def __init__(self, program, home):
        self.program, self.home = program, pathlib.Path(home)
        offered = self.text("bench", "--help")
        self.available = self.runs("check", "--help") == 0 and "--record" in offered
        self.judges_changes = "--changes" in offered  # of items: edits, places
        self.files = {}

    def run(self, *words):
        return subprocess.run([self.program, *words], capture_output=True, text=True, env=ENVIRONMENT, timeout=CHECK_S)

    def runs(self, *words):
        return self.run(*words).returncode

    def text(self, *words):
        return self.run(*words).stdout

    def file(self, number, who):
        """Returns the file for the record of `who` in this round, or None if the program cannot record."""
        if not self.available:
            return None
        self.files.setdefault(number, []).append(self.home / f"history-{number}-{who}.jsonl")
        return str(self.files[number][-1])

    def check(self, number):
        """Returns the verdict on a round in a word, with the reasons if it is not `holds`."""
        files = self.files.pop(number, [])
        if not files:
            return "not checked"
        try:
            checked = self.run("check", *map(str, files))
        except subprocess.TimeoutExpired:
            return f"not decided within {CHECK_S} s"
        verdict = VERDICTS.get(checked.returncode, f"not checked: exit code {checked.returncode}")
        if checked.returncode == 0:
            for file in files:
                file.unlink()
            return verdict
        told = (checked.stdout + checked.stderr).strip()
        report = self.home / f"history-{number}.txt"
        report.write_text(told + "\n")
        return f"{verdict}: {' / '.join(line.strip() for line in told.splitlines()[:LINES_SHOWN] if line)} ... see {report}"
