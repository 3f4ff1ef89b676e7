#!/usr/bin/python3
"""make_wheel.py FOLDER makes the wheel of this library in FOLDER, and prints its path. It leaves the source tree as it is.

It needs python3-setuptools and python3-wheel of Debian 12. The same sources give the same bytes.
"""

import contextlib
import os
import pathlib
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def make(folder):
    from setuptools import build_meta  # after the change of the directory, which it remembers
    return build_meta.build_wheel(folder)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: make_wheel.py DIRECTORY    (it needs Debian's python3-setuptools and python3-wheel)")
    folder = pathlib.Path(sys.argv[1]).resolve()
    os.environ.setdefault("SOURCE_DATE_EPOCH", "315532800")  # 1980, the first year of a zip file
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copytree(HERE, scratch, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"))
        shutil.copy(HERE.parent / "LICENSE", scratch)
        os.chdir(scratch)
        with contextlib.redirect_stdout(sys.stderr):
            name = make(str(folder))
        os.chdir(HERE)
    print(folder / name)


if __name__ == "__main__":
    main()
