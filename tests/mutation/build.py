"""Compiles one changed file as a build compiles it, and links it ahead of the existing objects.

The product has no switches for this, and the source tree does not change: the changed file is written to a folder that is
first on the include path. An object on the command line comes before the libraries, so the archive's own member, which
defines the same symbols, is not linked.
"""

import contextlib
import functools
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPILE_SECONDS = 1800
PATIENCE = 5  # a program may wait this many times as long as it may run, for the machine may be busy
MEMORY_MAX = 8 << 30  # bytes of data; a change may make a program allocate without end. etcd maps a file of 10 GB


@functools.cache
def shelter():
    """The words that run a command with this source tree read-only. A changed program once ran over the end of a list of
    paths, removed what it found there, and found the paths of the tests. Nothing, where the system does not allow it."""
    read_only = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    words = ["unshare", *as_root, "--mount", "sh", "-c", read_only, str(ROOT)]
    return words if subprocess.run([*words, "true"], capture_output=True).returncode == 0 else []


def ends_well(command, seconds, variables=()):
    """Returns whether the command ends well within so many seconds of processor time. Afterwards its temporary files and the
    processes that it started are gone."""
    limited = [*shelter(), "prlimit", f"--data={MEMORY_MAX}", f"--cpu={seconds}", "--core=0", *command]
    with tempfile.TemporaryDirectory(prefix="pygmy-mutant-", ignore_cleanup_errors=True) as place:
        process = subprocess.Popen(limited, cwd=place, env={"TMPDIR": place, "PATH": os.environ["PATH"], **dict(variables)},
                                   start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return process.wait(PATIENCE * seconds) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def parts_of(source):
    """The sources that are compiled together: those of a unity build, or the source itself."""
    if not source.match("Unity/*.cxx"):
        return [source]
    return [pathlib.Path(part) for part in re.findall(r'^#include "(.*)"', source.read_text(encoding="utf-8"), flags=re.M)]


def includers(header):
    """The sources of the header's folder that include it, also through other headers of the folder."""
    found, headers = set(), [header]
    for included in headers:
        line = f'#include "{included.relative_to(ROOT)}"'
        for other in sorted(header.parent.iterdir()):
            if other.suffix not in (".cpp", ".h") or line not in other.read_text(encoding="utf-8"):
                continue
            if other.suffix == ".cpp":
                found.add(other)
            elif other not in headers:
                headers.append(other)
    return found


class Build:
    def __init__(self, preset, out):
        self.folder, self.out = ROOT / "build" / preset, out
        shutil.rmtree(out, ignore_errors=True)
        (out / "source").mkdir(parents=True)
        self.units = {}  # object: (source, words of its command, sources in it)
        for entry in json.loads((self.folder / "compile_commands.json").read_text(encoding="utf-8")):
            words = [word for word in shlex.split(entry["command"]) if not word.endswith("ccache")]
            source = pathlib.Path(entry["file"])
            self.units[words[words.index("-o") + 1]] = (source, words, parts_of(source))

    def objects_of(self, file, programs):
        """The objects that hold the file. For a header: those of the sources in its folder that include it, and of all
        tests of the programs, because each holds copies of its inline functions."""
        path = ROOT / file
        sources = {path}
        if path.suffix == ".h":
            sources.update(includers(path))
            for program in programs:
                sources.update((ROOT / "tests" / program.removesuffix("_test")).glob("*.cpp"))
        return [name for name, (_, _, parts) in self.units.items() if sources & set(parts)]

    def compiled(self, file, text, programs=()):
        """{object of the build: the changed object}; nothing if the change does not compile."""
        shutil.rmtree(self.out / "source")
        changed = self.out / "source" / file
        changed.parent.mkdir(parents=True)
        changed.write_text(text, encoding="utf-8")
        objects = {}
        for number, name in enumerate(self.objects_of(file, programs)):
            objects[name] = str(self.out / f"{number}.o")
            if not self.compile(name, file, changed, objects[name]):
                return None
        return objects

    def compile(self, name, file, changed, thing):
        source, words, parts = self.units[name]
        if parts == [ROOT / file]:
            source = changed
        elif ROOT / file in parts:
            together = source.read_text(encoding="utf-8").replace(f'"{ROOT / file}"', f'"{changed}"')
            source = self.out / "together.cpp"
            source.write_text(together, encoding="utf-8")
        words = list(words)
        words[words.index("-o") + 1] = thing
        words[words.index("-c") + 1] = str(source)
        words[1:1] = [f"-I{self.out / 'source'}"]
        run = subprocess.run([*words, "-w", "-O0", "-g0"], cwd=self.folder, capture_output=True, timeout=COMPILE_SECONDS)
        return run.returncode == 0

    @functools.cache
    def link_command(self, target):
        run = subprocess.run(["ninja", "-C", self.folder, "-t", "commands", target], check=True, capture_output=True, text=True)
        words = shlex.split(run.stdout.splitlines()[-1])[2:]  # after `: &&`
        return words[:words.index("&&")] if "&&" in words else words

    def linked(self, target, objects):
        """The path of the program, linked with the changed objects."""
        words, program = list(self.link_command(target)), self.out / target
        words[words.index("-o") + 1] = str(program)
        first = next(place for place, word in enumerate(words) if word.endswith(".a"))
        ahead = [thing for name, thing in objects.items() if name not in words]
        words = [objects.get(word, word) for word in words[:first]] + ahead + words[first:]
        subprocess.run(words, cwd=self.folder, check=True, capture_output=True)
        return program
