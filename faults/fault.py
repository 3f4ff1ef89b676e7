"""The base class of all faults.

A fault names the roles that it may hit, in each shape of a store: a process of that role, or a node with such a core. `on(target)` turns it on, and returns the proof as a sentence or raises NotOn.
`proof_later(target)` returns a proof that can be seen only after a while, such as a lost packet or a failed call.
`off(target)` undoes the fault. `why_not(machine)` says why the machine does not allow the fault.
"""

import signal

from store import NODES, PROCESSES, SINGLE, STARTED_S, wait_for

EVERYBODY = ("broker", "writer", "order", "catalog", "frontend")
OF_NODES = ("broker", "writer", "node")  # the nodes with the broker and with the writer, and another
CLUSTER = ("leader", "etcd")  # further roles of a cluster, in which `broker` is a standby
BRIDGES = ("bridge",)
WITH_DATA = EVERYBODY[:-1]


class NotOn(Exception):
    """There is no proof that the fault was on, so the round proves nothing."""


class Fault:
    name, roles = "", EVERYBODY
    lasts_s = (0.3, 3.0)
    single = ("node",)  # of a store that is one node
    nodes = OF_NODES  # of a store that is several nodes
    cluster = ()  # further roles that it may hit in a cluster
    bridges = ()  # further roles that it may hit in a store with bridges
    one_second = True  # G6: clients wait for at most a second, unless the fault hits a single broker

    def __init__(self, store, role, dice):
        self.store, self.role, self.dice = store, role, dice

    @classmethod
    def roles_in(cls, shape, cluster, bridges=0):
        further = (cls.cluster if cluster else ()) + (cls.bridges if bridges else ())
        return {PROCESSES: cls.roles, SINGLE: cls.single, NODES: cls.nodes}[shape] + further

    @classmethod
    def why_not(cls, machine):
        return None

    def on(self, target):
        raise NotImplementedError

    def proof_later(self, target):
        return ""

    def off(self, target):
        raise NotImplementedError

    def after(self, target):
        """Undoes the rest when the load is over."""

    def make_writer(self, target):
        """Makes a writer the writer again after it was stopped and has handed over: stops the other order replicas until
        the target is appointed."""
        if self.role != "writer":
            return
        others = [p for p in self.store.of_role("order") if p is not target]
        for other in others:
            other.end(signal.SIGTERM)
        wait_for(f"{target.instance} is the writer", lambda: self.store.writer() is target, STARTED_S)
        for other in others:
            other.start()


class Nothing(Fault):
    """no fault: shows the pauses of the machine itself, to compare with"""

    name = "none"
    roles = single = nodes = ("all",)

    def on(self, target):
        return "nothing"

    def off(self, target):
        pass
