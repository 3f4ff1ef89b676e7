#!/usr/bin/env python3
"""The wheel of the Python library: made, installed into a new environment, and used there as python/README.md says.

Every block of that page runs, in order and word for word. `pygmy up` gets its ports from the environment. A block of text
is what the program before it prints, up to numbers.

    PYGMY=build/release/pygmy /usr/bin/python3 tests/python/test_wheel.py
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib
import unittest

from scripted import ROOT

sys.path[:0] = [str(ROOT / "tests/process"), str(ROOT / "tests/readme")]
from readme_test import shape  # noqa: E402
from store import CLEAN_ENVIRONMENT, DEADLINE_S, PYGMY, free_port_base, wait_for  # noqa: E402

PAGE = (ROOT / "python/README.md").read_text()
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
LEAST_BLOCKS = 16


class Installed:
    """The directory in which a user tries the page, with the program on the PATH."""

    def __init__(self, home):
        self.home = pathlib.Path(home)
        (self.home / "build/release").mkdir(parents=True)
        (self.home / "samples").symlink_to(ROOT / "samples")
        made = subprocess.run(["/usr/bin/python3", "-B", str(ROOT / "python/make_wheel.py"), str(self.home / "build/release")],
                              capture_output=True, text=True, timeout=120)
        assert made.returncode == 0, made
        self.wheel = pathlib.Path(made.stdout.strip())
        (self.home / "bin").mkdir()
        (self.home / "bin/pygmy").symlink_to(pathlib.Path(PYGMY).resolve())
        self.store, self.stores = None, 0
        self.environment = {**CLEAN_ENVIRONMENT, "PATH": f"{self.home}/bin:/usr/bin:/bin"}

    def up(self, command):
        """Starts a store in place of the last one, and waits until it is ready."""
        self.stop()
        base, self.stores = free_port_base(), self.stores + 1
        output = self.home / f"up-{self.stores}.out"
        self.environment["PYGMY_FRONTEND"] = f"tcp://127.0.0.1:{base + 10},tcp://127.0.0.1:{base + 12}"
        with open(output, "w") as file:
            self.store = subprocess.Popen(["bash", "-c", "exec " + command], cwd=self.home, stdout=file, stderr=file,
                                          env={**self.environment, "PYGMY_PORT_BASE": str(base), "PYGMY_HTTP": "off"})
        wait_for(f"`{command}` is ready", lambda: "ready" in output.read_text().splitlines() or self.store.poll() is not None,
                 4 * DEADLINE_S)
        assert self.store.poll() is None, output.read_text()

    def stop(self):
        if self.store:
            self.store.terminate()
            assert self.store.wait(DEADLINE_S) == 0

    def run(self, *command):
        done = subprocess.run(command, cwd=self.home, env=self.environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{command[-1]}\nended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def python(self, text):
        (self.home / "program.py").write_text(text)
        return self.run("shop/bin/python", "program.py")


class Wheel(unittest.TestCase):
    def test_every_block_of_the_page_does_as_it_says(self):
        with tempfile.TemporaryDirectory(prefix="pygmy-") as home:
            place = Installed(home)
            self.addCleanup(place.stop)
            blocks, printed, ran = BLOCK.findall(PAGE), None, 0
            for kind, text in blocks:
                with self.subTest(block=text):
                    if kind == "console":
                        for command in re.findall(r"^\$ (.*)$", text, re.M):
                            place.up(command) if command.startswith("pygmy up") else place.run("bash", "-c", command)
                    elif kind == "python":
                        printed = place.python(text)
                    else:
                        self.assertEqual((kind, shape(printed)), ("text", shape(text)), printed)
                ran += 1
            self.assertGreaterEqual(ran, LEAST_BLOCKS)
            where = place.python("import pygmy; print(pygmy.__file__)")
            self.assertIn("/shop/lib/python3", where, "the library was not taken from this tree")
            place.stop()
            place.store = None

    def test_the_same_sources_give_the_same_wheel_with_its_types_and_its_licence(self):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
            first, second = Installed(one).wheel, Installed(two).wheel
            self.assertEqual(first.read_bytes(), second.read_bytes())
            listed = subprocess.run(["/usr/bin/python3", "-m", "zipfile", "-l", str(first)], capture_output=True, text=True).stdout
        for name in ("pygmy/py.typed", "pygmy/core.py", "LICENSE"):
            self.assertIn(name, listed)
        self.assertNotIn("make_wheel", listed)

    def test_the_wheel_has_the_version_of_the_store(self):
        version = tomllib.loads((ROOT / "python/pyproject.toml").read_text())["project"]["version"]
        self.assertIn(f"project(pygmy VERSION {version} ", (ROOT / "CMakeLists.txt").read_text())
        self.assertIn(f"pygmy-{version}-py3-none-any.whl", PAGE)

    def test_every_method_is_in_the_page_and_every_example_file_runs(self):
        import pygmy
        for name in [name for name in vars(pygmy.Client) if not name.startswith("_")]:
            self.assertTrue(re.search(rf"`{name}[`(]", PAGE) or name == "close", name)
        told = subprocess.run(["/usr/bin/python3", "-B", str(ROOT / "python/examples/load.py"), "--help"], capture_output=True)
        self.assertEqual(told.returncode, 0, told)


if __name__ == "__main__":
    os.umask(0o022)
    unittest.main()
