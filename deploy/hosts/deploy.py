"""A plan on its hosts: the connections to them, one restart, down and status."""

import concurrent.futures
import contextlib

from .plan import STARTS
from .remote import Remote, Trouble
from .store import Store, obstacle

class Deployment:
    """Use it in a `with` block. `some`: go on without the hosts that cannot be reached."""

    def __init__(self, plan, local, say, timeout_s, some=False):
        self.plan, self.local, self.say, self.timeout_s, self.some = plan, local, say, timeout_s, some
        self.remotes, self.unreachable, self.stack = {}, {}, contextlib.ExitStack()
        self.pids = {}  # of each instance, when the store was last whole

    def __enter__(self):
        with self.stack:
            every = {name: self.stack.enter_context(Remote(host)) for name, host in self.plan.hosts.items()}
            for name, trouble in self.each(lambda remote: remote.connect(), every, keep=True).items():
                if isinstance(trouble, Trouble):
                    self.unreachable[name] = str(trouble)
                else:
                    self.remotes[name] = every[name]
            if self.unreachable and not self.some:
                raise Trouble("\n".join(self.unreachable.values()))
            self.stack = self.stack.pop_all()
        self.store = Store(self.plan, self.remotes, self.local)
        return self

    def __exit__(self, *_):
        self.stack.close()

    def each(self, do, remotes=None, keep=False):
        """Calls do(remote) for all hosts at once. Returns name -> result; with `keep` a Trouble is a result, too."""
        remotes = self.remotes if remotes is None else remotes

        def one(remote):
            try:
                return do(remote)
            except Trouble as trouble:
                if keep:
                    return trouble
                raise
        with concurrent.futures.ThreadPoolExecutor(len(remotes) or 1) as pool:
            return dict(zip(remotes, pool.map(one, remotes.values())))

    def units(self, host, order, kinds=None):
        """Returns the names of a host's units in the order of their kinds."""
        units = [unit for unit in self.plan.on(host) if unit.kind in (kinds or order)]
        return [unit.name for unit in sorted(units, key=lambda unit: order.index(unit.kind))]

    def bring(self, remote, package, wanted):
        remote.do("put", wanted, given=open(package, "rb").read())
        return True

    def wait_started(self):
        try:
            self.pids = self.store.wait_level(self.timeout_s)
        except Trouble as trouble:
            raise Trouble(f"{trouble}{self.words_of_the_failing()}") from None

    def words_of_the_failing(self):
        """Returns the last lines of the logs of units that do not run."""
        text = ""
        for name, remote in self.remotes.items():
            for unit, (state, _, _) in remote.states(self.units(name, STARTS)).items():
                if state != "running":
                    text += f"\n{unit} on {name} is {state}. Its log ends with:\n  " + "\n  ".join(remote.do("log", unit))
        return text

    def restart(self, host, name):
        """Restarts a unit and waits until all of the store is live and level again."""
        unit = next(one for one in self.plan.units if one.name == name)
        before, remote = self.pids, self.remotes[host]
        self.say(f"{host}: restarting {name}")
        for line in remote.do("restart", name):
            self.say(f"{host}: {line.removeprefix('aside ')} makes its view anew, because its format is newer")
        try:
            instances = [part.instance for part in unit.parts]
            self.pids = self.store.wait_level(self.timeout_s, {one: before.get(one) for one in instances}, instances)
        except Trouble as trouble:
            log = "\n  ".join(remote.do("log", name))
            raise Trouble(f"after the restart of {name} on {host}: {trouble}\nits log ends with:\n  {log}") from None

    def down(self):
        for kind in reversed(STARTS):
            names = {host: self.units(host, STARTS, (kind,)) for host in self.remotes}
            if any(names.values()):
                self.say(f"stopping {', '.join(name for one in names.values() for name in one)}")
            self.each(lambda remote: remote.do("disable", *names[remote.name]) if names[remote.name] else None)

    def status(self):
        """Returns what hosts and store say, as a table for JSON."""
        facts = self.each(lambda remote: remote.facts())
        states = self.each(lambda remote: remote.states(self.units(remote.name, STARTS)))
        try:
            store = self.store.status()
        except Trouble:
            store = None
        hosts = []
        for name in self.plan.hosts:
            one = {"host": name, "reachable": name in self.remotes}
            if one["reachable"]:
                one |= {"package": facts[name]["version"], "systemd": facts[name]["systemd"] == "yes",
                        "units": [{"unit": unit, "state": state, "pid": pid, "program": program}
                                  for unit, (state, pid, program) in states[name].items()]}
            else:
                one["why"] = self.unreachable[name]
            hosts.append(one)
        return {"hosts": hosts, "trouble": obstacle(self.plan, store, {}), "store": store}
