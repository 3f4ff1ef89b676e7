#!/usr/bin/python3
"""The units on a Debian 12 that systemd has booted: a process that starts serves, one that hangs is started again,
pygmy.target stops all, the commands of OPERATIONS give them keys, and pygmy-deploy runs them. The machine is a container of
systemd-nspawn with a network of its own.
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import time

from packages import PYGMY, ROOT, Packages, made_by_mmdebstrap, require, require_root_and_mirror, run, skip

DEADLINE_S = 180
QUICK = "/etc/systemd/system/pygmy@.service.d/quick.conf"


def wait_for(what, condition):
    until = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"not within {DEADLINE_S} s: {what}")
        time.sleep(0.1)


class Machine:
    """Boots the directory. Use it in a `with` block."""

    def __init__(self, directory):
        self.directory = directory

    def __enter__(self):
        self.nspawn = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot", "--console=pipe", "--private-network",
             f"--directory={self.directory}"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True)
        wait_for("the machine has booted", self.has_booted)
        return self

    def __exit__(self, *_):
        os.kill(int(self.leader), signal.SIGKILL)  # the first process of the machine: all others end with it
        self.nspawn.wait()
        self.nspawn.stderr.close()

    def has_booted(self):
        if self.nspawn.poll() is not None:
            skip(f"systemd-nspawn cannot boot here: {self.nspawn.stderr.read().strip()}")
        children = pathlib.Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children").read_text().split()
        self.leader = children[0] if children else None
        return self.leader and self.tried("systemctl", "is-system-running").stdout.strip() in ("running", "degraded")

    def tried(self, *command):
        return subprocess.run(["nsenter", "--all", f"--target={self.leader}", *map(str, command)], capture_output=True,
                              text=True)

    def run(self, *command):
        done = self.tried(*command)
        if done.returncode != 0:
            log = self.tried("journalctl", "--no-pager", "--unit=pygmy*", "--lines=40").stdout
            raise AssertionError(f"{command}\nended with {done.returncode}:\n{done.stdout}\n{done.stderr}\n{log}")
        return done.stdout

    def of(self, unit, what):
        return self.run("systemctl", "show", f"--property={what}", "--value", unit).strip()


def check_a_node(machine):
    machine.run("systemctl", "enable", "--now", "pygmy@1")
    machine.run("pygmy", "add", "--title", "Tea", "--topic", "drinks", "--price", "1", "--stock", "5")
    machine.run("pygmy", "buy", "1")
    assert machine.run("stat", "--format=%U %a", "/var/lib/pygmy/broker-1") == "pygmy 700\n"
    said = machine.run("journalctl", "--no-pager", "--unit=pygmy@1", "--output=export")
    assert "PRIORITY=6\n" in said and "MESSAGE=<6>" not in said, said
    print("a node serves when systemctl says that it has started")


def check_the_watchdog(machine):
    before = machine.of("pygmy@1", "MainPID")
    machine.run("systemctl", "kill", "--signal=STOP", "pygmy@1")
    wait_for("the hung process is replaced", lambda: machine.of("pygmy@1", "NRestarts") != "0")
    wait_for("the new one serves", lambda: machine.of("pygmy@1", "ActiveState") == "active")
    assert machine.of("pygmy@1", "MainPID") != before
    machine.run("pygmy", "order", "1")
    print("a process that hangs is started again")


def check_single_processes(machine):
    """They take over the data of the node."""
    machine.run("systemctl", "disable", "--now", "pygmy@1")
    units = [f"pygmy-{role}@1" for role in ("broker", "catalog", "order", "frontend", "bridge")]
    machine.run("systemctl", "enable", "--now", *units, "pygmy.target")
    machine.run("pygmy", "status", "--wait", "--timeout", "60s")
    machine.run("pygmy", "order", "1")
    machine.run("pygmy", "health", "--of", "127.0.0.1:8080")
    machine.run("systemctl", "stop", "pygmy.target")
    # The units stop after their target, in the opposite order of their starts.
    wait_for("all have stopped", lambda: {machine.of(unit, "ActiveState") for unit in units} == {"inactive"})
    assert {machine.of(unit, "Result") for unit in units} == {"success"}
    machine.run("systemctl", "start", "pygmy.target")
    machine.run("pygmy", "order", "1")
    print("single processes serve, and pygmy.target stops and starts all of them")


def check_keys(machine):
    """The commands of the page turn the store of check_single_processes into one with keys."""
    page = (ROOT / "docs/OPERATIONS.md").read_text()
    block = re.search(r"^#### Keys for the units$.*?^```console\n(.*?)^```", page, re.M | re.S)[1]
    for command in re.findall(r"^\$ (.*)$", block, re.M):
        machine.run("bash", "-euo", "pipefail", "-c", command)
    wait_for("a stranger gets nothing", lambda: "wants a key" in machine.tried("pygmy", "lookup", "1").stderr)
    key = ("--key-file", "/var/lib/pygmy/keys/operator.key")
    machine.run("pygmy", "order", "1", "--timeout", "60s", *key)
    assert machine.run("stat", "--format=%U %a", "/var/lib/pygmy/keys", "/var/lib/pygmy/keys/order-1.key",
                       "/var/lib/pygmy/keys/bridge.token") == "pygmy 700\npygmy 600\npygmy 600\n"
    wait_for("the bridge reads its token",
             lambda: "a token was read" in machine.run("journalctl", "--no-pager", "--unit=pygmy-bridge@1"))
    pid = machine.of("pygmy-order@1", "MainPID")
    assert machine.tried("nsenter", "--mount", f"--target={pid}", "touch", "/var/lib/pygmy/keys/allowed").returncode != 0
    print("the units have keys, and cannot write them")


def check_other_machines(machine):
    """Where other machines reach it, a unit without keys does not start."""
    machine.run("systemctl", "stop", "pygmy.target", "pygmy-broker@1")  # the target alone would not wait for the broker
    machine.run("mv", "/etc/pygmy/all.env", "/etc/pygmy/off")
    machine.run("sh", "-c", "echo PYGMY_LISTEN=tcp://0.0.0.0:7400 > /etc/pygmy/broker-1.env")
    machine.tried("systemctl", "start", "pygmy-broker@1")
    wait_for("the broker refuses",
             lambda: "other machines reach" in machine.run("journalctl", "--no-pager", "--unit=pygmy-broker@1"))
    print("without keys a unit does not listen for other machines")


SSH = """#!/bin/sh
exec /usr/bin/ssh -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o IdentityFile={key} \\
  -o 'ProxyCommand=nsenter --all --target={leader} /usr/sbin/sshd -i -o AuthorizedKeysFile=/srv/key.pub -o StrictModes=no' "$@"
"""


class Operator:
    """Somebody with pygmy-deploy and an ssh that reaches the machine, which has no network."""

    def __init__(self, machine, work):
        self.file = work / "shop.toml"
        self.file.write_text("""[hosts.machine]
address = "127.0.0.1"
user = "admin"
data = "/srv/shop"
roles = ["broker", "catalog", "catalog", "order", "order", "frontend", "bridge"]
""")
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", work / "key")
        (machine.directory / "srv/key.pub").write_bytes((work / "key.pub").read_bytes())
        folder = work / "bin"
        folder.mkdir()
        (folder / "ssh").write_text(SSH.format(key=work / "key", leader=machine.leader))
        (folder / "ssh").chmod(0o755)
        self.environment = {**os.environ, "PATH": f"{folder}:/usr/bin:/bin"}

    def deploy(self, command, *words):
        return run(ROOT / "deploy/pygmy-deploy", command, "--pygmy", PYGMY, self.file, *words, env=self.environment)


def check_deploy(machine, packages):
    """pygmy-deploy starts, upgrades and stops units."""
    machine.tried("systemctl", "stop", "pygmy.target", "pygmy-broker@1")
    machine.tried("systemctl", "disable", *[f"pygmy-{role}@1" for role in ("broker", "catalog", "order", "frontend", "bridge")])
    machine.run("sh", "-c", "rm -rf /etc/pygmy /var/lib/pygmy; systemctl reset-failed; useradd -m admin; "
                "echo 'admin ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/admin")
    operator = Operator(machine, packages.work)
    operator.deploy("up")
    operator.deploy("run", "--", "add", "--title", "Tea", "--topic", "drinks", "--price", "1", "--stock", "5")
    operator.deploy("run", "--", "buy", "1")
    assert machine.of("pygmy-order@2", "UnitFileState") == "enabled"
    machine.run("test", "-e", "/srv/shop/order-2/order.db")
    before = machine.of("pygmy-order@2", "MainPID")
    operator.deploy("upgrade", "--package", packages.program)
    assert machine.of("pygmy-order@2", "MainPID") != before
    status = json.loads(operator.deploy("status", "--json"))
    assert {(unit["state"], unit["program"]) for unit in status["hosts"][0]["units"]} == {("running", "installed")}, status
    operator.deploy("run", "--there", "--", "audit")
    operator.deploy("down")
    assert machine.of("pygmy-order@2", "ActiveState") == "inactive"
    print("pygmy-deploy runs a store of units")


def main():
    require_root_and_mirror()
    require("mmdebstrap", "cpack", "dpkg-shlibdeps", "systemd-nspawn", "ssh")
    with Packages() as packages:
        root = packages.work / "root"
        made_by_mmdebstrap(root, "--include=systemd,systemd-sysv,dbus,openssh-server,sudo",
                           f"--customize-hook=copy-in {packages.program} /srv",
                           '--customize-hook=chroot "$1" sh -c "apt-get install -y -qq --no-install-recommends /srv/*.deb"')
        quick = root / QUICK.lstrip("/")
        quick.parent.mkdir()
        quick.write_text("[Service]\nWatchdogSec=2s\n")
        with Machine(root) as machine:
            for check in (check_a_node, check_the_watchdog, check_single_processes, check_keys, check_other_machines):
                check(machine)
            check_deploy(machine, packages)


if __name__ == "__main__":
    main()
