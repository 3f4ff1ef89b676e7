"""The base of tests of single commands: a store for each class, commands that run beside the test, and its goods."""

import json
import pathlib
import subprocess

from store import CLEAN_ENVIRONMENT, PYGMY, StoreTest, scratch_file


class TasksTest(StoreTest):
    def popen(self, *arguments, **more):
        process = subprocess.Popen([PYGMY, *map(str, arguments), "--frontend", ",".join(self.store.frontends)],
                                   stdout=subprocess.PIPE, text=True, env=CLEAN_ENVIRONMENT, **more)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        return process

    def file(self, text):
        path = scratch_file("items.csv")
        pathlib.Path(path).write_text(text)
        return path

    def items(self):
        return [json.loads(line) for line in self.store.ask("export", "items", "--json").out.splitlines()]

    def goods(self):
        """The stock of every item of the shop, without those of bench."""
        return {item["id"]: item["stock"] for item in self.items() if item["topic"] != "bench"}
