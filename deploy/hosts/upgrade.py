"""`pygmy-deploy upgrade` and `rollback`: another package, and one process at a time."""

import re

from .deploy import Deployment
from .local import sum_of
from .plan import RESTARTS
from .read import Mistake
from .remote import Stopped, Trouble
from .store import pids_of


class Upgrade(Deployment):
    def upgrade(self, package):
        wanted = sum_of(package)
        self.require_whole()
        self.say(f"copying {package} to all hosts")
        facts = self.each(lambda remote: remote.facts())
        self.each(lambda remote: wanted in facts[remote.name]["cached"].split() or self.bring(remote, package, wanted))
        first = next(iter(self.remotes.values()))
        require_neighbours("\n".join(first.do("version")), "\n".join(first.do("version_of", wanted)))
        installed = {fact["installed"] for fact in facts.values()} - {wanted}
        if wanted != self.local.state.get("package"):
            self.local.save(package=wanted, before=self.local.state.get("package") or next(iter(installed), ""), left="")
        self.roll(wanted, self.local.state.get("before", ""))

    def rollback(self):
        state = self.local.state
        if state.get("before"):
            self.local.save(package=state["before"], before="", left=state["package"])
        elif not state.get("left"):
            raise Mistake("there was no upgrade with pygmy-deploy. To install an older package: pygmy-deploy upgrade HOSTS --package FILE")
        self.pids = pids_of(self.store.status())
        self.roll(state["package"], state["left"])

    def require_whole(self):
        try:
            self.pids = self.store.wait_level(5)
        except Trouble as trouble:
            raise Trouble(f"the store is not whole, so nothing was changed: {trouble}. See pygmy-deploy status") from None

    def roll(self, wanted, other):
        """Installs the package host by host, and restarts each process that runs another program, one at a time. Stops at the first
        sign of trouble."""
        done = []
        try:
            for name, remote in self.remotes.items():
                if remote.facts()["installed"] != wanted:
                    self.say(f"{name}: installing")
                    remote.do("add_package", wanted, other)
                states = remote.states(self.units(name, RESTARTS))
                for unit, (state, _, program) in states.items():
                    if state != "running" or program != "installed":
                        self.restart(name, unit)
                        done.append(unit)
                remote.do("drop_aside")
        except Trouble as trouble:
            raise Stopped(f"stopped: {trouble}\nrestarted before that: {', '.join(done) or 'nothing'}. All other processes were left "
                          "alone") from None
        self.wait_started()
        self.say("every process runs this package")


def require_neighbours(old, new):
    """Refuses a program that does not run, and two releases that cannot run side by side (ADR 17). `old` and `new`: the output of
    pygmy --version. Pure."""
    spoken, understood = [], []
    for which, text in (("installed", old), ("new", new)):
        found = re.search(r"speaks version (\d+), understands (\d+)(?: to (\d+))?", text)
        if not found:
            raise Trouble(f"the {which} program does not tell its versions, so nothing was changed: {text}")
        spoken.append(int(found[1]))
        understood.append(range(int(found[2]), int(found[3] or found[2]) + 1))
    if spoken[0] not in understood[1] or spoken[1] not in understood[0]:
        raise Trouble("these releases cannot run side by side, so nothing was changed: the old one speaks version "
                      f"{spoken[0]} and the new one {spoken[1]}. Upgrade by one release at a time (OPERATIONS, Upgrades)")
