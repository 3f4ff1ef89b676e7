"""Faults of the network, made by rules of iptables in the namespace of the process. They need namespaces."""

import pathlib
import subprocess
import sys

import network
from fault import CLUSTER, Fault, NotOn
from sandbox import die_with_parent

DELAY = str(pathlib.Path(__file__).resolve().parent / "delay.py")


class OnTheNet(Fault):
    """A fault that is made by rules of iptables."""

    cluster = CLUSTER
    what = "dropped"  # says in the proof what the rules do to packets
    needs = "-j DROP"

    @classmethod
    def why_not(cls, machine):
        return machine.no_namespaces or network.why_no_rule(cls.needs)

    def rules(self, target):
        raise NotImplementedError

    def round_trip(self, target):
        return network.round_trip_ms(target.address, target.port_of(next(iter(target.cores))))

    def on(self, target):
        self.before_ms = self.round_trip(target)
        self.store.network.rules(target.instance, **self.rules(target))
        return self.seen(target)

    def seen(self, target):
        took = self.round_trip(target)
        if took is not None:
            raise NotOn(f"a connection was made in {took:.1f} ms")
        return f"connect: {self.before_ms:.1f} ms before, none in {network.CONNECT_S * 1000:.0f} ms now"

    def proof_later(self, target):
        count = self.store.network.counted(target.instance)
        if not count:
            raise NotOn("the rule has met no packet")
        return f"{count} packets {self.what}"

    def off(self, target):
        self.store.network.clear(target.instance)


class Cut(OnTheNet):
    """the process is cut off from all others, both ways"""

    name = "cut"

    def rules(self, target):
        return {"inward": ["-j DROP"], "outward": ["-j DROP"]}


class CutIn(OnTheNet):
    """no packet reaches the process; its own packets arrive"""

    name = "cut-in"

    def rules(self, target):
        return {"inward": ["-j DROP"]}


class CutOut(OnTheNet):
    """no packet of the process arrives; packets reach it"""

    name = "cut-out"

    def rules(self, target):
        return {"outward": ["-j DROP"]}


class Part(OnTheNet):
    """two processes cannot reach each other; all others reach both"""

    name, one_second, cluster = "part", False, ()
    roles = ("writer", "order", "catalog", "frontend")
    single = ()

    def rules(self, target):
        talks_to = {"frontend": ("broker", "catalog", "order"), "node": ("node",)}.get(target.role, ("broker", "frontend"))
        self.other = self.dice.choice([p for p in self.store.processes.values() if p.role in talks_to and p is not target])
        return {"inward": [f"-s {self.other.address} -j DROP"], "outward": [f"-d {self.other.address} -j DROP"]}

    def seen(self, target):
        return f"from {self.other.instance} only"


class Drop(OnTheNet):
    """1 to 20 % of the packets are lost, both ways"""

    name, one_second, what = "drop", False, "lost"
    needs = "-m statistic --mode random --probability 0.1 -j DROP"

    def rules(self, target):
        self.percent = self.dice.choice((1, 5, 10, 20))
        lose = f"-m statistic --mode random --probability {self.percent / 100} -j DROP"
        return {"inward": [lose], "outward": [lose]}

    def seen(self, target):
        return f"{self.percent} % of the packets"


class Delay(OnTheNet):
    """all packets of the process arrive late (by NFQUEUE, because a machine may lack sch_netem)"""

    name, one_second, what = "delay", False, "late"
    needs = "-j NFQUEUE --queue-num 1"
    helper = None

    def rules(self, target):
        self.ms = self.dice.choice((5, 20, 50, 100, 200))
        self.helper = subprocess.Popen(
            [*self.store.network.enter(target.instance), sys.executable, DELAY, "1", str(self.ms)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent,
            start_new_session=True)
        if self.helper.stdout.readline().strip() != "ready":
            raise NotOn("the helper that delays did not start")
        return {"outward": [self.needs]}

    def seen(self, target):
        took = self.round_trip(target)
        if took is None or took < self.ms:
            raise NotOn(f"a round trip takes {took} ms")
        return f"connect: {self.before_ms:.1f} ms before, {took:.1f} ms now"

    def off(self, target):
        super().off(target)
        self.helper.terminate()
        self.helper.wait(5)
        self.helper.stdout.close()
