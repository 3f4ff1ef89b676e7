#!/usr/bin/env python3
"""Types the commands of docs/GUIDE.md at a real store, and runs its programs.

A block of code whose first line names a file (`# shop.py`, `// shop.mjs`) is written to that file. The commands of the
console blocks are then run in their order, in a directory of their own, and must print the shape that is shown. The program
in C++ is built by the tests of the packages.

    guide_test.py            PYGMY: the program
"""

import os
import pathlib
import re
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/process"), str(ROOT / "tests/readme")]
from readme_test import Store, faults, tour  # noqa: E402
from store import free_port_base  # noqa: E402

GUIDE = ROOT / "docs/GUIDE.md"
FILE = re.compile(r"```(?:python|js)\n(?:#|//) (\S+)\n(.*?)```", re.S)
ELSEWHERE = ("pygmy up ", "cmake ", "guide-edge/")  # the store that is started here; the tests of the packages
LEAST = 11  # commands


def here(command, base):
    """The command with the ports of the store that is started here."""
    return command.replace("localhost:8080", f"127.0.0.1:{base + 60}")


def libraries(directory):
    """Makes the client libraries of the tree usable in the directory."""
    modules = directory / "node_modules"
    modules.mkdir()
    (modules / "pygmy-client").symlink_to(ROOT / "typescript")
    return {"PYTHONPATH": str(ROOT / "python/src")}


def is_typescript_built():
    """False where npm is missing."""
    return shutil.which("node") and (ROOT / "typescript/dist").is_dir()


def run(text, store, base, directory):
    store.environment |= libraries(directory) | {
        "PYGMY_URL": f"http://127.0.0.1:{base + 60}", "PYGMY_BROKERS": f"tcp://127.0.0.1:{base}",
        "PATH": f"{pathlib.Path(sys.executable).parent}:{store.environment['PATH']}"}
    for name, code in FILE.findall(text):
        (directory / name).write_text(code)
    for command, shown in tour(text):
        if command.startswith(ELSEWHERE) or command.startswith("node ") and not is_typescript_built():
            continue
        yield command, shown, *store.run(here(command, base), directory)


def main():
    base = free_port_base()
    store = Store(os.environ.get("PYGMY", str(ROOT / "build/release/pygmy")), base, str(base + 60))
    try:
        with tempfile.TemporaryDirectory(prefix="pygmy-guide-") as directory:
            results = list(run(GUIDE.read_text(), store, base, pathlib.Path(directory)))
    finally:
        store.close()
    found = list(faults(results, "the guide"))
    print("\n\n".join(found) if found else f"{len(results)} commands of the guide do what it shows")
    return 1 if found or len(results) < LEAST else 0


if __name__ == "__main__":
    sys.exit(main())
