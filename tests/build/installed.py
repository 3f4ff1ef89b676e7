#!/usr/bin/python3
"""The example of examples/edge, built against an installation in a directory of its own, and run on a real store."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "process"))

from store import PYGMY, Store, free_port_base  # noqa: E402

BUILD = pathlib.Path(PYGMY).resolve().parent
EXAMPLE = ROOT / "examples" / "edge"


def run(*command, environment=None):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=250,
                          env={**os.environ, **(environment or {})})
    if done.returncode != 0:
        raise AssertionError(f"{command}\nended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.TemporaryDirectory(prefix="pygmy-")
        cls.addClassCleanup(cls.home.cleanup)
        cls.work = pathlib.Path(cls.home.name)
        cls.prefix = cls.work / "prefix"
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)

    def the_example_works(self, program, *options):
        base = free_port_base()
        store = Store("--http", "off", *options, data=str(self.work / f"data-{base}"), port_base=base)
        self.addCleanup(store.clean)
        store.start()
        key_file = []
        if options:
            keys = store.data + "/keys"
            store.environment = {"PYGMY_KEY_FILE": keys + "/operator.key"}
            key_file = run(PYGMY, "keys", "add", "frontend", "edge-example", "--keys", keys).split()
        store.ask("add", "--title", "Tea", "--topic", "drinks", "--price", "1.00", "--stock", "7")
        said = run(program, f"tcp://127.0.0.1:{base}", 1, *key_file)
        self.assertEqual(said, "Tea: 7 in stock\norder 1; 0 of 40000 look-ups after it were stale\n"
                               "its outcome is known; 1 items of its topic\n")
        self.assertEqual(store.stock(1), 6)
        self.assertEqual(store.stop(), 0)

    def test_a_cmake_project_finds_the_package(self):
        build = self.work / "build"
        run("cmake", "-S", EXAMPLE, "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run("cmake", "--build", build)
        self.the_example_works(build / "edge_example")

    def test_a_compiler_finds_it_by_pkg_config(self):
        where = {"PKG_CONFIG_PATH": ":".join(map(str, self.prefix.rglob("pkgconfig")))}
        flags = run("pkg-config", "--cflags", "--libs", "pygmy", environment=where).split()
        self.assertIn(str(self.prefix), " ".join(flags))
        program = self.work / "edge"
        run("c++", "-std=c++20", "-Wall", "-Wextra", "-Werror", EXAMPLE / "main.cpp", "-o", program, *flags)
        self.the_example_works(program)
        self.the_example_works(program, "--secure")

    def test_the_public_header_needs_nothing_of_ours(self):
        headers = [str(path.relative_to(self.prefix)) for path in self.prefix.rglob("*.h")]
        self.assertEqual(headers, ["include/pygmy/edge.h"])


if __name__ == "__main__":
    unittest.main()
