"""What every fault has: whom it may hit, how it comes on, what proves that it is on, and how it goes.

`on(target)` returns the proof as a sentence, or raises NotOn. `off(target)` puts everything right. What can be seen only
after a while (a packet that was lost, a call that failed) is asked for by `proof_later`. What a fault needs of the
machine is in `why_not`.
"""

import signal

from store import STARTED_S, wait_for

EVERYBODY = ("broker", "writer", "order", "catalog", "frontend")
CLUSTER = ("leader", "etcd")  # in a cluster as well; `broker` is then one that stands by
WITH_DATA = EVERYBODY[:-1]


class NotOn(Exception):
    """The fault could not be shown to be on; the round proves nothing."""


class Fault:
    name, roles = "", EVERYBODY
    lasts_s = (0.3, 3.0)
    cluster = ()  # roles of a cluster that it may hit, too
    one_second = True  # G6: nobody waits for more than a second, unless it is the broker

    def __init__(self, store, role, dice):
        self.store, self.role, self.dice = store, role, dice

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
        """What can wait until the load is over."""

    def make_writer(self, target):
        """Of a writer that had to be stopped: it has handed over. For a moment nobody else is there to decide."""
        if self.role != "writer":
            return
        others = [p for p in self.store.of_role("order") if p is not target]
        for other in others:
            other.end(signal.SIGTERM)
        wait_for(f"{target.instance} is the writer", lambda: self.store.writer() is target, STARTED_S)
        for other in others:
            other.start()


class Nothing(Fault):
    """no fault: what the machine does by itself, to compare with"""

    name, roles = "none", ("all",)

    def on(self, target):
        return "nothing"

    def off(self, target):
        pass
