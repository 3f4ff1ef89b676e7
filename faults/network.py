"""The network of a store: a bridge with a machine for each process, or loopback.

A machine is a network namespace, and a host name of its own, so that no process takes another for one on its machine and
talks to it past the network.

    client (10.77.0.1) -- bridge --+-- broker-1 (10.77.0.11)
                                   +-- order-1  (10.77.0.12) ...

A fault of the network is a rule of iptables in the namespace of the process that it hits. The rule counts packets, which
proves that it has met some.
"""

import os
import re
import shutil
import socket
import subprocess
import time

from sandbox import die_with_parent

CLIENT = "10.77.0.1"
CONNECT_S = 0.4


def run(*command, text=None):
    ran = subprocess.run(command, input=text, capture_output=True, text=True, timeout=10)
    if ran.returncode != 0:
        raise OSError(f"{' '.join(command)}: {ran.stderr.strip()}")
    return ran.stdout


def round_trip_ms(address, port):
    """Returns how long a connection from the client takes in milliseconds, which is one round trip. None: no connection
    was made within CONNECT_S."""
    began = time.monotonic()
    try:
        socket.create_connection((address, port), CONNECT_S).close()
    except OSError:
        return None
    return (time.monotonic() - began) * 1000


class Loopback:
    """Needs no privilege; the network cannot have faults."""

    namespaces = False

    def add(self, instance):
        return "127.0.0.1"

    def enter(self, instance):
        return []

    def close(self):
        pass


class Bridge:
    namespaces = True

    def __init__(self):
        self.addresses, self.holders = {}, {}
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "shop", "type", "bridge")
        run("ip", "address", "add", CLIENT + "/24", "dev", "shop")
        run("ip", "link", "set", "shop", "up")

    def add(self, instance):
        """Makes a machine and returns its address. An idle process keeps it while the real process restarts."""
        holder = subprocess.Popen(["unshare", "--net", "--uts", "sleep", "infinity"], preexec_fn=die_with_parent,
                                  start_new_session=True)
        self.holders[instance] = holder
        self.await_namespace(holder.pid)
        number = len(self.addresses) + 11
        run("ip", "link", "add", f"shop{number}", "type", "veth", "peer", "name", "eth0", "netns", str(holder.pid))
        run("ip", "link", "set", f"shop{number}", "master", "shop", "up")
        self.addresses[instance] = f"10.77.0.{number}"
        self.inside(instance, "hostname", instance)
        self.inside(instance, "ip", "link", "set", "lo", "up")
        self.inside(instance, "ip", "address", "add", self.addresses[instance] + "/24", "dev", "eth0")
        self.inside(instance, "ip", "link", "set", "eth0", "up")
        return self.addresses[instance]

    def await_namespace(self, pid):
        for _ in range(500):
            with open(f"/proc/{pid}/comm") as name:
                if name.read().strip() == "sleep":
                    return
            time.sleep(0.01)
        raise OSError("unshare did not start")

    def enter(self, instance):
        spaces = f"/proc/{self.holders[instance].pid}/ns"
        return ["nsenter", f"--net={spaces}/net", f"--uts={spaces}/uts"]

    def inside(self, instance, *command, text=None):
        return run(*self.enter(instance), *command, text=text)

    def rules(self, instance, inward=(), outward=()):
        """Adds rules of iptables for incoming packets and for outgoing packets."""
        for chain, rules in (("INPUT", inward), ("OUTPUT", outward)):
            for rule in rules:
                self.inside(instance, "iptables", "-A", chain, *rule.split())

    def clear(self, instance):
        self.inside(instance, "iptables", "-F")

    def counted(self, instance):
        """Returns how many packets the rules have met so far."""
        saved = self.inside(instance, "iptables-save", "-c", "-t", "filter")
        return sum(int(packets) for packets in re.findall(r"^\[(\d+):\d+\] -A", saved, re.M))

    def close(self):
        for holder in self.holders.values():
            holder.kill()
            holder.wait()


def why_no_rule(rule):
    """Returns why this machine does not allow the rule, or None. It tries the rule in a namespace that is then removed."""
    user = ["--user", "--map-root-user"] if os.geteuid() else []
    tried = subprocess.run(["unshare", *user, "--net", "iptables", "-A", "OUTPUT", *rule.split()], capture_output=True,
                           text=True)
    return tried.stderr.strip().splitlines()[0] if tried.returncode else None


def missing_tools():
    return [tool for tool in ("ip", "iptables", "nsenter", "unshare") if not shutil.which(tool)]
