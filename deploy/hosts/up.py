"""`pygmy-deploy up`: brings the plan to its hosts and starts what does not run."""

from .deploy import Deployment
from .files import archive, keys_of_host, of_host
from .local import sum_of
from .plan import RESTARTS, STARTS, stream_of
from .read import ROLES, Mistake
from .remote import Trouble

GRANTS = (("admin.token", "admin", "pygmy-deploy"), ("bridge.token", "operator", "the bridges"))


class Up(Deployment):
    def up(self, package, named):
        """`named`: the command names the package. One that the file names is only for hosts that have none."""
        facts = self.each(lambda remote: remote.facts())
        journal = self.check_journal()
        installed = self.install_first(facts, package, named)
        self.local.make_keys(self.plan)
        self.each(lambda remote: remote.do("prepare", *filter(None, [remote.host.data])))
        left = self.save_places(journal=journal, package=installed, stream=None if self.plan.etcd else stream_of(self.plan))
        self.configure()
        if self.plan.etcd:
            self.start_etcd()
        before = self.each(lambda remote: remote.states(self.units(remote.name, STARTS)))
        self.say("starting what does not run")
        self.each(lambda remote: remote.do("start", *(name for name in self.units(remote.name, STARTS)
                                                      if before[remote.name][name][0] != "running")))
        self.wait_started()
        self.grant()
        for host, states in before.items():
            for name in self.units(host, RESTARTS):
                if states[name][2] == "changed":
                    self.restart(host, name)
        self.wait_started()
        if self.plan.etcd and not self.local.state.get("cluster"):
            self.each(lambda remote: [remote.do("forbid_new", name) for name in self.units(remote.name, STARTS, ("etcd",))])
            self.local.save(cluster=True)
        self.part_with(left)
        self.say("ready")

    def check_journal(self):
        """Refuses a plan whose stream would be elsewhere. Returns the kind of its journal."""
        journal = "etcd" if self.plan.etcd else "sqlite"
        if self.local.state.get("journal", journal) != journal:
            raise Mistake(f"the stream of this store is in {self.local.state['journal']}. To move it, make a backup and restore it "
                          "(OPERATIONS, Restoring onto etcd)")
        before = {name: host for name, host in self.local.state["places"].items() if name.startswith("etcd-")}
        if before and before != {unit.name: unit.host for unit in self.plan.units if unit.kind == "etcd"}:
            raise Mistake(f"the members of etcd are on {', '.join(before.values())}, and pygmy-deploy does not move them: name these hosts "
                          "with etcd, or move a member by hand first (OPERATIONS, A cluster)")
        return journal

    def save_places(self, **more):
        """Returns the names of the units that there were and that are not planned any more."""
        before, places = self.local.state["places"], {unit.name: unit.host for unit in self.plan.units}
        left = {*before, *self.local.state.get("parting", ())} - {*places}
        for host in sorted({before[name] for name in left if name in before} - {*self.plan.hosts}):
            self.say(f"{host} is not in the file any more: what runs there is left alone, and loses its keys")
        self.local.save(places=places, parting=sorted(left), **more)
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
        """Installs the package where there is none, or, if it is named, another one and no process runs. Returns its sum."""
        installed = self.local.state.get("package")
        for name, fact in facts.items():
            if fact["user"] != "0":
                raise Trouble(f"{name}: {self.plan.hosts[name].ssh} lets us in, but not as root")
        missing = [name for name, fact in facts.items() if not fact["version"]]
        if not package or not (missing or named):
            if missing:
                raise Mistake(f"the package pygmy is not installed on {', '.join(missing)}: give it with --package FILE")
            return installed
        wanted = sum_of(package)
        other = [name for name, fact in facts.items() if fact["installed"] != wanted] if named else missing
        if not named and installed not in (None, wanted):
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
        return wanted

    def configure(self):
        """Brings variables and keys to each host. Stops what is not planned there any more."""
        self.say("bringing keys and configuration")
        said = self.each(lambda remote: remote.do("configure", given=archive(
            of_host(self.plan, remote.name, self.local.state["token"]), self.local.files(keys_of_host(self.plan, remote.name)))))
        gone = {name: [line.split()[1] for line in lines if line.startswith("gone ")] for name, lines in said.items()}
        self.each(lambda remote: remote.do("disable", *gone[remote.name]) if gone[remote.name] else None)

    def start_etcd(self):
        members = {name: self.remotes[name] for name in self.plan.etcd}
        self.say("starting etcd")
        self.each(lambda remote: remote.do("add_etcd"), members)
        names = {name: self.units(name, STARTS, ("etcd",)) for name in members}
        if not self.local.state.get("cluster"):
            self.each(lambda remote: remote.do("allow_new", *names[remote.name]), members)
        self.each(lambda remote: remote.do("start", *names[remote.name]), members)

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
