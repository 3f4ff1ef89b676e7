"""Reaches the hosts over ssh: one connection each, which all commands and tunnels share."""

import pathlib
import shlex
import shutil
import socket
import subprocess
import tempfile

from .read import Mistake

HELPER = "/run/pygmy-deploy.sh"
SCRIPT = pathlib.Path(__file__).with_name("host.sh")
SSH_S = 15  # within which a host must answer


class Trouble(Exception):
    """Something went wrong on a host. The message names it."""


class Stopped(Trouble):
    """An upgrade or a rollback has stopped on its way."""


class Remote:
    """A host. `with` ends its connection."""

    def __init__(self, host):
        self.host, self.name = host, host.name
        self.folder = tempfile.mkdtemp(prefix="pygmy-deploy-")  # mode 0700; the path of a socket is short
        self.options = ["-o", "BatchMode=yes", "-o", f"ConnectTimeout={SSH_S}", "-o", f"ControlPath={self.folder}/s",
                        "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3"]
        for flag, value in (("-l", host.user), ("-p", host.port), ("-i", host.identity and pathlib.Path(host.identity).expanduser())):
            if value:
                self.options += [flag, str(value)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["ssh", *self.options, "-O", "exit", self.host.ssh], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def connect(self):
        """Connects, and brings host.sh to the host. It runs as root, by sudo if need be."""
        if shutil.which("ssh") is None:
            raise Mistake("the program ssh is missing: apt install openssh-client")
        master = subprocess.run(["ssh", *self.options, "-o", "ControlMaster=yes", "-o", "ControlPersist=yes", "-f", "-N", self.host.ssh],
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.errors(), text=True)
        if master.returncode != 0:
            raise Trouble(f"{self.name}: ssh {self.host.ssh} does not work: {self.said()}. Try it by hand, without a password")
        self.root = [] if self.ssh(["id", "-u"]).strip() == b"0" else ["sudo", "-n"]
        self.ssh([*self.root, "sh", "-c", f"umask 077; cat > {HELPER}.new && mv {HELPER}.new {HELPER}"], SCRIPT.read_bytes())

    def errors(self):
        """The master goes on in the background, so its errors go to a file: a pipe would stay open."""
        return open(f"{self.folder}/errors", "w")

    def said(self):
        return pathlib.Path(self.folder, "errors").read_text().strip().replace("\r", "")

    def ssh(self, words, given=b""):
        done = subprocess.run(["ssh", *self.options, self.host.ssh, "--", shlex.join(map(str, words))], input=given, capture_output=True)
        if done.returncode != 0:
            why = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
            if "sudo:" in why:
                why += f". The user must be root, or may run sudo without a password ({self.host.ssh})"
            raise Trouble(f"{self.name}: {why}")
        return done.stdout

    def do(self, verb, *arguments, given=b""):
        """Runs a verb of host.sh and returns its lines."""
        return self.ssh([*self.root, "sh", HELPER, verb, *arguments], given).decode(errors="replace").splitlines()

    def show(self, verb, *arguments, given):
        """Runs a verb, whose output goes to ours. Returns its exit code."""
        return subprocess.run(["ssh", *self.options, self.host.ssh, "--", shlex.join([*self.root, "sh", HELPER, verb, *arguments])],
                              input=given).returncode

    def facts(self):
        return dict(line.split("=", 1) for line in self.do("facts"))

    def states(self, names):
        """Returns name -> (state, pid, program) of units."""
        return {name: (state, int(pid), program) for name, state, pid, program in map(str.split, self.do("state", *names) if names else ())}

    def tunnel(self, address, port):
        """Returns the port of this machine that leads to a port at the host."""
        for _ in range(5):
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                ours = free.getsockname()[1]
            done = subprocess.run(["ssh", *self.options, "-O", "forward", "-L", f"127.0.0.1:{ours}:{address}:{port}", self.host.ssh],
                                  capture_output=True, text=True)
            if done.returncode == 0:
                return ours
        raise Trouble(f"{self.name}: ssh forwards no port: {done.stderr.strip()} (AllowTcpForwarding in sshd_config)")
