"""Brings a plan to its hosts: up, down, upgrade, rollback, status."""

import concurrent.futures
import contextlib
import re

from .files import archive, keys_of_host, of_host
from .local import sum_of
from .plan import RESTARTS, STARTS
from .read import ROLES, Mistake
from .remote import Remote, Trouble
from .store import Store, obstacle

GRANTS = (("admin.token", "admin", "pygmy-deploy"), ("bridge.token", "operator", "the bridges"))


class Deployment:
    """Use it in a `with` block. `some`: go on without the hosts that cannot be reached."""

    def __init__(self, plan, local, say, timeout_s, some=False):
        self.plan, self.local, self.say, self.timeout_s, self.some = plan, local, say, timeout_s, some
        self.remotes, self.unreachable, self.stack = {}, {}, contextlib.ExitStack()
        self.pids = {}  # of each instance, when the store was last whole
        self.installed = local.state.get("package")  # the package that `up` was given

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

    # up

    def up(self, package, named):
        """`named`: the command names the package. One that the file names is only for hosts that have none."""
        facts = self.each(lambda remote: remote.facts())
        self.check_journal()
        self.install_first(facts, package, named)
        self.local.make_keys(self.plan)
        self.each(lambda remote: remote.do("prepare", *filter(None, [remote.host.data])))
        left = self.save_places()
        changed = self.configure()
        if self.plan.etcd:
            self.start_etcd()
        before = self.each(lambda remote: remote.states(self.units(remote.name, STARTS)))
        self.say("starting what does not run")
        self.each(lambda remote: remote.do("start", *(name for name in self.units(remote.name, STARTS) if name != "etcd"
                                                      and before[remote.name][name][0] != "running")))
        self.wait_started()
        self.grant()
        for name in changed:
            host = next(unit.host for unit in self.plan.units if unit.name == name)
            if before[host][name][0] == "running" and not name.startswith("etcd-"):
                self.restart(host, name)
        self.wait_started()
        if self.plan.etcd and not self.local.state.get("cluster"):
            self.each(lambda remote: [remote.do("forbid_new", name) for name in self.units(remote.name, STARTS, ("etcd",))])
            self.local.save(cluster=True)
        self.part_with(left)
        self.say("ready")

    def check_journal(self):
        journal = "etcd" if self.plan.etcd else "sqlite"
        if self.local.state.get("journal", journal) != journal:
            raise Mistake(f"the stream of this store is in {self.local.state['journal']}. To move it, make a backup and restore it "
                          "(OPERATIONS, Restoring onto etcd)")
        before = {name: host for name, host in self.local.state["places"].items() if name.startswith("etcd-")}
        if before and before != {unit.name: unit.host for unit in self.plan.units if unit.kind == "etcd"}:
            raise Mistake(f"the members of etcd are on {', '.join(before.values())}, and pygmy-deploy does not move them: name these hosts "
                          "with etcd, or move a member by hand first (OPERATIONS, A cluster)")
        self.journal = journal

    def save_places(self):
        """Returns the names of the units that there were and that are not planned any more."""
        before, places = self.local.state["places"], {unit.name: unit.host for unit in self.plan.units}
        left = {*before, *self.local.state.get("parting", ())} - {*places}
        for host in sorted({before[name] for name in left if name in before} - {*self.plan.hosts}):
            self.say(f"{host} is not in the file any more: what runs there is left alone, and loses its keys")
        self.local.save(places=places, parting=sorted(left), journal=self.journal, package=self.installed)
        return left

    def part_with(self, units):
        """Revokes the keys of units that are not planned any more, and lets the store forget them."""
        ours = {part.instance for unit in self.plan.units for part in unit.parts}
        for unit in units:
            kind, _, number = unit.rpartition("-")
            for instance in {f"{role}-{number}" for role in ({"node": ROLES, "etcd": ()}.get(kind, (kind,)))} - ours:
                self.local.revoke(instance)
                self.store.pygmy("forget", instance, capture_output=True)
        if units:
            self.configure()
        self.local.save(parting=[])

    def install_first(self, facts, package, named):
        """Installs the package where there is none, or, if it is named, another one and no process runs."""
        for name, fact in facts.items():
            if fact["user"] != "0":
                raise Trouble(f"{name}: {self.plan.hosts[name].ssh} lets us in, but not as root")
        missing = [name for name, fact in facts.items() if not fact["version"]]
        if not package or not (missing or named):
            if missing:
                raise Mistake(f"the package pygmy is not installed on {', '.join(missing)}: give it with --package FILE")
            return
        wanted = sum_of(package)
        other = [name for name, fact in facts.items() if fact["installed"] != wanted] if named else missing
        if not named and self.installed not in (None, wanted):
            raise Mistake(f"{', '.join(missing)} needs a package, and the others have had another upgrade than {package}: name the "
                          "package with --package FILE")
        for name in other:
            states = self.remotes[name].states(facts[name]["deployed"].split())
            if any(state != "stopped" for state, _, _ in states.values()):
                raise Mistake(f"{name} runs another package ({facts[name]['version']}): pygmy-deploy upgrade HOSTS --package {package}")
        if other:
            self.say(f"installing {package} on {', '.join(other)}")
        self.each(lambda remote: self.bring(remote, package, wanted) and remote.do("add_package", wanted),
                  {name: self.remotes[name] for name in other})
        self.installed = wanted

    def bring(self, remote, package, wanted):
        remote.do("put", wanted, given=open(package, "rb").read())
        return True

    def configure(self):
        """Brings variables and keys to each host. Stops what is not planned there any more. Returns the names of the units that have
        new variables."""
        self.say("bringing keys and configuration")
        said = self.each(lambda remote: remote.do("configure", given=archive(
            of_host(self.plan, remote.name, self.local.state["token"]), self.local.files(keys_of_host(self.plan, remote.name)))))
        gone = {name: [line.split()[1] for line in lines if line.startswith("gone ")] for name, lines in said.items()}
        self.each(lambda remote: remote.do("disable", *gone[remote.name]) if gone[remote.name] else None)
        return [line.split()[1] for lines in said.values() for line in lines if line.startswith("changed ")]

    def start_etcd(self):
        members = {name: self.remotes[name] for name in self.plan.etcd}
        self.say("starting etcd")
        self.each(lambda remote: remote.do("add_etcd"), members)
        names = {name: self.units(name, STARTS, ("etcd",)) for name in members}
        if not self.local.state.get("cluster"):
            self.each(lambda remote: remote.do("allow_new", *names[remote.name]), members)
        self.each(lambda remote: remote.do("start", *names[remote.name]), members)

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

    def grant(self):
        """Grants an admin's token, and one for the bridges, once."""
        for file, role, label in GRANTS:
            if not (self.local.directory / file).exists():
                done = self.store.pygmy("grant", role, "--label", label, "--timeout", "30s", capture_output=True)
                if done.returncode != 0:
                    raise Trouble(f"pygmy grant {role}: {done.stderr.strip()}")
                self.local.write(file, done.stdout.encode())
                if file == "bridge.token":
                    self.configure()

    # upgrade and rollback

    def upgrade(self, package):
        wanted = sum_of(package)
        self.require_whole()
        self.say(f"copying {package} to all hosts")
        facts = self.each(lambda remote: remote.facts())
        self.each(lambda remote: wanted in facts[remote.name]["cached"].split() or self.bring(remote, package, wanted))
        installed = {fact["installed"] for fact in facts.values()} - {wanted}
        if wanted != self.local.state.get("package"):
            self.local.save(package=wanted, before=self.local.state.get("package") or next(iter(installed), ""))
        self.roll(wanted, self.local.state["before"])

    def rollback(self):
        state = self.local.state
        if state.get("before"):
            self.local.save(package=state["before"], before="", left=state["package"])
        elif not state.get("left"):
            raise Mistake("there was no upgrade with pygmy-deploy. To install an older package: pygmy-deploy upgrade HOSTS --package FILE")
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
                    old = remote.do("versions")
                    remote.do("add_package", wanted, other)
                    require_neighbours("\n".join(old), "\n".join(remote.do("versions")))
                states = remote.states(self.units(name, RESTARTS))
                for unit, (state, _, program) in states.items():
                    if state != "running" or program == "old":
                        self.restart(name, unit)
                        done.append(unit)
                remote.do("drop_aside")
        except Trouble as trouble:
            raise Trouble(f"stopped: {trouble}\nrestarted before that: {', '.join(done) or 'nothing'}. All other processes were left "
                          "alone") from None
        self.wait_started()
        self.say("every process runs this package")

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

    # down and status

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


def require_neighbours(old, new):
    """Refuses two releases that cannot run side by side (ADR 17). `old` and `new`: the output of pygmy --version. Pure."""
    spoken, understood = [], []
    for text in (old, new):
        found = re.search(r"speaks version (\d+), understands (\d+)(?: to (\d+))?", text)
        if not found:
            return
        spoken.append(int(found[1]))
        understood.append(range(int(found[2]), int(found[3] or found[2]) + 1))
    if spoken[0] not in understood[1] or spoken[1] not in understood[0]:
        raise Trouble("these releases cannot run side by side: the old one speaks version "
                      f"{spoken[0]} and the new one {spoken[1]}. Upgrade by one release at a time (OPERATIONS, Upgrades)")
