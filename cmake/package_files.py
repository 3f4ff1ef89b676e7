#!/usr/bin/python3
"""Writes what the Debian package holds beside the program: manual pages, completions, and Debian's changelog.

    package_files.py PROGRAM ROOT        into the folder of this build, laid out as below /usr

The program itself knows its commands, so it writes the pages and the completions.
"""

import gzip
import pathlib
import re
import shutil
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parent.parent
DOCUMENTATION = "share/doc/pygmy"
COMPLETIONS = {"bash": "share/bash-completion/completions/pygmy", "zsh": "share/zsh/vendor-completions/_pygmy",
               "fish": "share/fish/vendor_completions.d/pygmy.fish"}
PAGE_OF_COMMAND = re.compile(r"^\.BR (pygmy\S+) \(1\)$", re.M)
# Debian's changelog names the version and its day; CHANGELOG.md says what is new.
CHANGELOG = """pygmy ({version}) unstable; urgency=medium

  * See CHANGELOG.md.gz.

 -- The Pygmy authors <pygmy@example.org>  {date}
"""


def run(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout


def write(root, path, text):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if path.endswith(".gz"):
        file.write_bytes(gzip.compress(text.encode(), mtime=0))  # the same bytes in every build
    else:
        file.write_text(text)


def write_pages(program, root, words=()):
    """Writes the page of a command and those of its commands."""
    page = run(program, "help", "--man", *words)
    name = "-".join(("pygmy", *words))
    write(root, f"share/man/man1/{name}.1.gz", page)
    for below in PAGE_OF_COMMAND.findall(page.replace("\\-", "-")):
        command = below.removeprefix(name + "-")
        if below != command:  # not the page of the program itself
            write_pages(program, root, (*words, command))


def day_of_sources():
    """The day of the commit, as Debian writes it; without git, that of CHANGELOG.md."""
    try:
        return run("git", "-C", SOURCE, "log", "-1", "--format=%cD").strip()
    except (OSError, subprocess.CalledProcessError):
        return run("date", "--rfc-email", "--reference", SOURCE / "CHANGELOG.md").strip()


def main(program, root):
    shutil.rmtree(root, ignore_errors=True)
    write_pages(program, root)
    write(root, "share/man/man1/pygmy-deploy.1.gz", (SOURCE / "deploy/package/pygmy-deploy.1").read_text())
    for shell, path in COMPLETIONS.items():
        write(root, path, run(program, "completion", shell))
    version = run(program, "--version").split()[1]
    write(root, f"{DOCUMENTATION}/changelog.gz", CHANGELOG.format(version=version, date=day_of_sources()))
    write(root, f"{DOCUMENTATION}/CHANGELOG.md.gz", (SOURCE / "CHANGELOG.md").read_text())


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
