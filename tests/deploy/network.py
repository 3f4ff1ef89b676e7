"""Machines for the tests of pygmy-deploy: each has a network, mounts, processes, a host name and an sshd of its own.

    operator (10.78.0.1) -- bridge --+-- a (10.78.0.11)
                                     +-- b (10.78.0.12) ...

The root of a machine is that of this machine, with a layer in memory above it: so it is a Debian that may install packages. All
of it is inside the namespaces of faults/sandbox.py and ends with them.
"""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/process"), str(ROOT / "faults")]
from sandbox import die_with_parent, mount, unmount  # noqa: E402
from store import wait_for  # noqa: E402

OPERATOR = "10.78.0.1"
# $1: the machine's name. $2: its directory. $3: the directory with the files of sshd. All: directories of this machine that it
# shares; the layer shows only the file system of the root.
BOOT = """
set -eu
mount -t overlay overlay -o "lowerdir=/,upperdir=$2/upper,workdir=$2/work" "$2/root"
cd "$2/root"
mount --rbind /dev dev
mount -t proc proc proc
mount -t tmpfs tmpfs run
mkdir -p run/sshd
rm -rf etc/pygmy var/lib/pygmy var/cache/pygmy-deploy var/log/pygmy var/lib/man-db/auto-update var/lib/dpkg/updates/*
hostname "$1"
files=$3
shift 2
for shared in "$@"; do
  mkdir -p "./$shared"
  mount --bind "$shared" "./$shared"
done
exec chroot . /bin/sh -c 'usermod -p "*" root; exec /usr/sbin/sshd -D -e -f "$0/sshd_config"' "$files"
"""
SSHD = """HostKey {files}/host_key
AuthorizedKeysFile {files}/operator.pub
PasswordAuthentication no
UsePAM no
StrictModes no
PermitRootLogin prohibit-password
MaxStartups 100
"""
SSH = """IdentityFile {files}/operator
IdentitiesOnly yes
StrictHostKeyChecking yes
UserKnownHostsFile {files}/known_hosts
User root
"""


def run(*command, check=True, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{command}\nended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done


class Machine:
    def __init__(self, network, name, number):
        self.name, self.address = name, f"10.78.0.{number}"
        home = network.layers / name
        for folder in ("upper", "work", "root", "upper/etc"):
            (home / folder).mkdir(parents=True)
        (home / "upper/etc/hosts").write_text(network.names)
        self.log = network.files / f"{name}.log"
        with self.log.open("w") as log:
            self.holder = subprocess.Popen(
                ["unshare", "--net", "--uts", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", BOOT, "boot", name, home,
                 network.files, *network.shared], stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)
        children = pathlib.Path(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children")
        self.pid = wait_for(f"{name} begins", lambda: self.begun() and children.read_text().split())[0]
        run("ip", "link", "add", f"shop{number}", "type", "veth", "peer", "name", "eth0", "netns", self.pid)
        run("ip", "link", "set", f"shop{number}", "master", "shop", "up")
        net = ("nsenter", f"--net=/proc/{self.pid}/ns/net", "ip")
        run(*net, "link", "set", "lo", "up")
        run(*net, "address", "add", f"{self.address}/24", "dev", "eth0")
        run(*net, "link", "set", "eth0", "up")

    def begun(self):
        if self.holder.poll() is not None:
            raise AssertionError(f"{self.name} does not boot: {self.log.read_text()}")
        return True

    def has_booted(self):
        return self.begun() and "Server listening" in self.log.read_text()

    def enter(self):
        return ["nsenter", "--net", "--uts", "--mount", "--pid", "--root", "--wd=/", f"--target={self.pid}"]

    def run(self, *command, **options):
        return run(*self.enter(), *command, **options)

    def open_only(self, rules):
        """Lets in these rules and the answers to what the machine asks: (sources, first port, last port)."""
        text = ["*filter", ":INPUT DROP", ":FORWARD DROP", ":OUTPUT ACCEPT", "-A INPUT -i lo -j ACCEPT",
                "-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT", "-A INPUT -p icmp -j ACCEPT"]
        for source, first, last in rules:
            text.append(f"-A INPUT -p tcp -s {source} --dport {first}:{last} -j ACCEPT")
        self.run("iptables-restore", input="\n".join([*text, "COMMIT\n"]))


class Network:
    """`machines`: by name. `ssh`: a directory for PATH, with an ssh that knows the machines. `shared`: directories that the
    machines see."""

    def __init__(self, home, names, shared):
        self.files, self.layers, self.shared = pathlib.Path(home, "files"), pathlib.Path(home, "layers"), shared
        for folder in (self.files, self.layers):
            folder.mkdir()
        mount("tmpfs", self.layers, "tmpfs", 0)
        numbers = {name: number for number, name in enumerate(names, 11)}
        self.names = "127.0.0.1 localhost\n" + "".join(f"10.78.0.{number} {name}\n" for name, number in numbers.items())
        self.make_ssh(numbers)
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "shop", "type", "bridge")
        run("ip", "address", "add", f"{OPERATOR}/24", "dev", "shop")
        run("ip", "link", "set", "shop", "up")
        self.machines = {name: Machine(self, name, number) for name, number in numbers.items()}
        for machine in self.machines.values():
            wait_for(f"{machine.name} has an sshd", machine.has_booted)

    def make_ssh(self, numbers):
        for name in ("host_key", "operator"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.files / name)
        (self.files / "sshd_config").write_text(SSHD.format(files=self.files))
        host_key = (self.files / "host_key.pub").read_text()
        (self.files / "known_hosts").write_text("".join(f"10.78.0.{number} {host_key}" for number in numbers.values()))
        (self.files / "ssh_config").write_text(SSH.format(files=self.files) + "".join(
            f"Host {name}\n HostName 10.78.0.{number}\n" for name, number in numbers.items()))
        self.ssh = self.files / "bin"
        self.ssh.mkdir()
        (self.ssh / "ssh").write_text(f'#!/bin/sh\nexec /usr/bin/ssh -F {self.files}/ssh_config "$@"\n')
        os.chmod(self.ssh / "ssh", 0o755)

    def close(self):
        for machine in self.machines.values():
            machine.holder.kill()
            machine.holder.wait()
        unmount(self.layers)
