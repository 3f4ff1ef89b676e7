"""The Debian packages of this build, made in a directory of their own, and skipping where a tool is missing."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYGMY = pathlib.Path(os.environ.get("PYGMY", ROOT / "build/release/pygmy")).resolve()
BUILD = PYGMY.parent
SKIPPED = 77


def skip(why):
    print("skipped: " + why)
    sys.exit(SKIPPED)


def require(*programs):
    for program in programs:
        if shutil.which(program) is None:
            skip(f"{program} is missing: ./dev setup")


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}\nended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


class Packages:
    """`program` and `library` are the files of the packages. Use it in a `with` block."""

    def __enter__(self):
        self.home = tempfile.TemporaryDirectory(prefix="pygmy-package-")
        self.work = pathlib.Path(self.home.name)
        run("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", self.work, cwd=self.work)
        self.library, self.program = sorted(self.work.glob("*.deb"))
        return self

    def __exit__(self, *_):
        self.home.cleanup()

    def unpacked(self, package):
        folder = self.work / package.stem
        run("dpkg-deb", "-x", package, folder)
        return folder
