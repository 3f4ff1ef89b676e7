"""What the load generators have recorded, checked by `pygmy check`, round by round while nothing else happens.

A round has its history to itself: no client is at work between two rounds. Records are removed once they hold.
"""

import pathlib
import subprocess

from store import ENVIRONMENT

CHECK_S = 300
VERDICTS = {0: "holds", 1: "VIOLATED", 3: "not decided"}


class History:
    def __init__(self, program, home):
        self.program, self.home = program, pathlib.Path(home)
        self.available = self.runs("check", "--help") == 0 and "--record" in self.text("bench", "--help")
        self.files = {}

    def run(self, *words):
        return subprocess.run([self.program, *words], capture_output=True, text=True, env=ENVIRONMENT, timeout=CHECK_S)

    def runs(self, *words):
        return self.run(*words).returncode

    def text(self, *words):
        return self.run(*words).stdout

    def file(self, number, who):
        """Where `who` is to record in this round; None: the program cannot record."""
        if not self.available:
            return None
        self.files.setdefault(number, []).append(self.home / f"history-{number}-{who}.jsonl")
        return str(self.files[number][-1])

    def check(self, number):
        """The verdict in a word, with the reasons if it is not `holds`."""
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
        return f"{verdict}: {(checked.stdout + checked.stderr).strip()}"
