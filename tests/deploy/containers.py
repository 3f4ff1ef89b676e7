"""The services of compose.yaml without a container engine: each is a process of this machine. Its files are below a
directory of its own, in which links stand for the mounted volumes, and it has an address of its own (127.X.Y.N).
"""

import getpass
import os
import pathlib
import subprocess
import tempfile

import yaml

from store import CLEAN_ENVIRONMENT, PYGMY, ROOT, Result, wait_for

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
ALL = COMPOSE["services"]
SERVICES = {name: service for name, service in ALL.items() if "profiles" not in service}
# The services of the profile `cluster` find each other by names of an engine's network, so they do not run here, except that
# `cluster-keys` deals its keys.
CLUSTER = {name: service for name, service in ALL.items() if service.get("profiles") == ["cluster"]}


def mounts(name):
    """The volumes of a service: {target: (volume, whether it is read-only)}."""
    found = {}
    for line in ALL[name].get("volumes", []):
        volume, target, *mode = line.split(":")
        found[target] = (volume, mode == ["ro"])
    return found


def address(name):
    pid = os.getpid()
    return f"127.{64 + pid // 256 % 64}.{pid % 256}.{list(ALL).index(name) + 1}"


class Containers:
    def __init__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="pygmy-"))
        self.processes = {}
        (self.home / "bin").mkdir()
        (self.home / "bin/pygmy").symlink_to(pathlib.Path(PYGMY).resolve())
        for volume in COMPOSE["volumes"]:
            (self.home / volume).mkdir(mode=0o700)  # of the only user here; in a container it is root's and has 0755
        for name in (*SERVICES, "cluster-keys"):
            self.mount(name)

    def mount(self, name):
        (self.root(name) / "data").mkdir(parents=True)
        for target, (volume, _) in mounts(name).items():
            link = self.root(name) / target[1:]
            if link.is_dir():
                link.rmdir()
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(self.home / volume)

    def root(self, name):
        return self.home / "of" / name

    def here(self, name, word):
        """A word of the service's commands or variables, for this machine."""
        if word == "pygmy":
            return getpass.getuser()  # the user of the image; as a command it is not translated
        for there, place in (("/usr/lib/pygmy/", ROOT / "deploy/compose"), ("/usr/share/pygmy/", ROOT / "samples")):
            word = word.replace(there, f"{place}/")
        if word.startswith(tuple(f"/{first}" for first in ("data", "keys", "of", "bridge"))):
            return f"{self.root(name)}{word}"
        word = word.replace("0.0.0.0", address(name))
        for other in SERVICES:
            word = word.replace(f"tcp://{other}:", f"tcp://{address(other)}:")
        return word

    def environment(self, name):
        variables = ALL[name].get("environment", {})
        return {**CLEAN_ENVIRONMENT, "PATH": f"{self.home}/bin:{os.environ['PATH']}",
                **{key: self.here(name, value) for key, value in variables.items()}}

    def command(self, name, *words):
        """`words` stand in place of the service's own, as with `docker compose run`."""
        service = ALL[name]
        own = words or service.get("command", "").split()
        entry = service.get("entrypoint", [])
        return [*([self.here(name, word) for word in entry] or [PYGMY]), *(self.here(name, word) for word in own)]

    def run(self, name, *words, program=None):
        """Runs a service to its end. `program`: in place of its entry point."""
        command = [program, *words] if program else self.command(name, *words)
        ran = subprocess.run(command, env=self.environment(name), capture_output=True, text=True, timeout=120)
        return Result(ran.returncode, ran.stdout, ran.stderr)

    def is_healthy(self, name):
        process = self.processes[name]
        assert process.poll() is None, f"{name} ended:\n{self.log(name)}"
        return self.run(name, "health", program=PYGMY).code == 0

    def log(self, name):
        return (self.home / f"{name}.log").read_text()

    def start(self, name):
        """As `docker compose up NAME`: first the services that it depends on. A service that ends must end well."""
        if name in self.processes:
            return
        service = SERVICES[name]
        for other, when in service.get("depends_on", {}).items():
            self.start(other)
            if when["condition"] == "service_healthy":
                wait_for(f"{other} is healthy:\n{self.log(other)}", lambda one=other: self.is_healthy(one))
        if service["restart"] != "unless-stopped":
            self.processes[name] = None
            ended = self.run(name)
            assert ended.code == 0, f"{name}: {ended}"
            return
        with open(self.home / f"{name}.log", "w") as log:
            self.processes[name] = subprocess.Popen(self.command(name), env=self.environment(name), stdout=log,
                                                    stderr=log)

    def stop(self):
        running = [process for process in self.processes.values() if process]
        for process in running:
            process.terminate()
        for process in running:
            process.wait(timeout=60)
