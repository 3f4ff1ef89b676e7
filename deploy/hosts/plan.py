"""Makes the plan of a store: which process runs on which host, with which options. Pure."""

import dataclasses
import ipaddress

from .read import ROLES, Mistake, of_role

KEYS = "/var/lib/pygmy/keys"  # on every host, as OPERATIONS has it
PORTS = {"broker": (0, 3), "frontend": (10, 2), "catalog": (30, 1), "order": (50, 1)}  # from the first port: offset, step
PROCESSES_MAX = {"broker": 3, "frontend": 10, "catalog": 20, "order": 10, "bridge": 10}  # of a role on a host: by their ports
ETCD_PORT, ETCD_PEER_PORT = 60, 65
# Restarts go in this order (OPERATIONS, Upgrades), within a host; a stop goes in the opposite order of STARTS.
RESTARTS = ("catalog", "order", "node", "broker", "frontend", "bridge")
STARTS = ("etcd", "broker", "node", "catalog", "order", "frontend", "bridge")


@dataclasses.dataclass
class Part:
    """A process of its own, or the part of a node."""
    role: str
    instance: str
    port: int
    endpoint: str  # for others


@dataclasses.dataclass
class Unit:
    """A host starts and stops it: one process."""
    kind: str  # a role, "node" or "etcd"
    number: int
    host: str
    parts: list
    variables: dict = dataclasses.field(default_factory=dict)

    @property
    def name(self):
        return f"{self.kind}-{self.number}"


@dataclasses.dataclass
class Plan:
    hosts: dict  # name -> read.Host
    units: list
    options: dict
    etcd: list   # names of the hosts of its members; empty: the journal is SQLite

    def on(self, host):
        return [unit for unit in self.units if unit.host == host]

    def parts(self, *roles):
        return [part for unit in self.units for part in unit.parts if part.role in roles]

    def unit_of(self, instance):
        return next(unit for unit in self.units if any(part.instance == instance for part in unit.parts))


def make_plan(found, before=None, stream=None):
    """`before`: the host of each unit of an earlier plan, by name. A unit keeps its name there, and so its data. `stream`: its
    stream_of()."""
    plan = Plan(found.hosts, [], found.options, etcd_hosts(found))
    names = Names(before or {})
    for host in found.hosts.values():
        if host.node:
            plan.units.append(node(host, names.take("node", host.name)))
    # A node's parts have its number, so other processes have higher ones.
    names.first = 1 + max((unit.number for unit in plan.units), default=0)
    for role in ROLES:
        for host in found.hosts.values():
            for place in range(host.roles.count(role)):
                plan.units.append(single(host, role, place, names.take(role, host.name)))
    plan.units += [Unit("etcd", number, host, []) for number, host in enumerate(plan.etcd, 1)]
    check(plan, found, stream)
    for unit in plan.units:
        unit.variables = variables(plan, unit)
    return plan


class Names:
    def __init__(self, before):
        self.before, self.taken, self.first = before, set(), 1

    def take(self, kind, host):
        old = sorted((int(name.rpartition("-")[2]), name) for name, where in self.before.items()
                     if where == host and name.rpartition("-")[0] == kind and name not in self.taken)
        number = next((number for number, _ in old if number >= self.first), None)
        while number is None or f"{kind}-{number}" in self.taken:
            number = next(n for n in range(self.first, 10_000) if f"{kind}-{n}" not in {*self.taken, *self.before})
        self.taken.add(f"{kind}-{number}")
        return number


def etcd_hosts(found):
    brokers = [host.name for host in of_role(found, "broker") for _ in range((host.roles + host.node).count("broker"))]
    hosts = list(found.etcd) or (list(dict.fromkeys(brokers)) if len(brokers) > 1 else [])
    if not hosts:
        return []
    if len(brokers) < 2:
        raise Mistake("etcd is for a store with two or more brokers; one broker keeps its stream in an SQLite file")
    if len(hosts) not in (3, 5) or len(set(hosts)) < len(hosts):
        raise Mistake(f"with {len(brokers)} brokers the stream is in etcd, which has 3 or 5 members on hosts of their own: name 3 hosts of "
                      "brokers, or the hosts of etcd")
    for host in hosts:
        if host not in found.hosts:
            raise Mistake(f"etcd: {host} is not one of the hosts")
    return hosts


def check(plan, found, stream):
    brokers = plan.parts("broker")
    if not brokers:
        raise Mistake("no host has the role broker")
    for role in ("catalog", "order", "frontend"):
        if not plan.parts(role):
            raise Mistake(f"no host has the role {role}")
    for host in found.hosts.values():
        for role, most in PROCESSES_MAX.items():
            if host.roles.count(role) > most:
                raise Mistake(f"{host.name}: at most {most} processes of the role {role} on a host")
        if not plan.on(host.name):
            raise Mistake(f"{host.name}: it has no role")
    if not plan.etcd and stream and list(stream) != stream_of(plan):
        instance, host = stream
        raise Mistake(f"the stream of this store is in a file of {instance} on {host}, and the file of hosts has {' on '.join(stream_of(plan))} "
                      "instead. To move it, make a backup, and restore it there (DEPLOY)")


def stream_of(plan):
    """Returns the broker that keeps the stream in a file, and its host."""
    broker = plan.parts("broker")[0].instance
    return [broker, plan.unit_of(broker).host]


def single(host, role, place, number):
    if role == "bridge":
        at, _, port = host.http.rpartition(":")
        port = int(port) + place
        endpoint = f"http://{bracketed(host.address if is_any(at) else at)}:{port}"
    else:
        offset, step = PORTS[role]
        port = host.port_base + offset + step * place
        endpoint = tcp(host.address, port)
    return Unit(role, number, host.name, [Part(role, f"{role}-{number}", port, endpoint)])


def node(host, number):
    parts = []
    for role in (one for one in ROLES if one in host.node):
        port = int(host.http.rpartition(":")[2]) if role == "bridge" else host.port_base + PORTS[role][0]
        endpoint = f"http://{bracketed(host.address)}:{port}" if role == "bridge" else tcp(host.address, port)
        parts.append(Part(role, f"{role}-{number}", port, endpoint))
    return Unit("node", number, host.name, parts)


def variables(plan, unit):
    """Returns the unit's options, as variables of the environment."""
    host = plan.hosts[unit.host]
    others = [part.endpoint for part in plan.parts("broker") if part not in unit.parts]
    brokers = ",".join(part.endpoint for part in plan.parts("broker"))
    set_ = {}
    if unit.kind == "etcd":
        return {}
    if unit.kind == "node":
        set_ = {"BIND": host.bind, "ADVERTISE": host.address, "ROLES": ",".join(part.role for part in unit.parts),
                "PORT_BASE": host.port_base, "BROKERS": ",".join(others)}
    elif unit.kind == "bridge":
        at, _, _ = host.http.rpartition(":")
        set_ = {"LISTEN": f"{at}:{unit.parts[0].port}", "BROKERS": brokers}
    else:
        port = unit.parts[0].port
        set_ = {"LISTEN": tcp(host.bind, port), "ADVERTISE": tcp(host.address, port), "BROKERS": brokers}
    roles = {part.role for part in unit.parts}
    if "broker" in roles:
        set_["MEMBERS"] = ",".join(part.instance for part in plan.parts("catalog", "order"))
        if plan.etcd:
            set_ |= {"JOURNAL": "etcd", "ETCD": etcd_endpoints(plan), "ETCD_CA": f"{KEYS}/etcd/ca.pem",
                     "ETCD_CERT": f"{KEYS}/etcd/broker.pem", "ETCD_KEY": f"{KEYS}/etcd/broker.key"}
        elif unit.kind == "broker":
            set_.pop("BROKERS")
    if "bridge" in roles:
        set_ |= {"FRONTEND": ",".join(part.endpoint for part in plan.parts("frontend") if part not in unit.parts),
                 "HOST": ",".join(dict.fromkeys((unit.host, host.ssh, host.address))), "BRIDGE_TOKEN": f"{KEYS}/bridge.token"}
        if unit.kind == "node":
            set_["HTTP"] = unit.parts[-1].port
    for options in (plan.options, host.options):
        for name, value in (options.get(unit.kind) or {}).items():
            set_[name.upper().replace("-", "_")] = value
    return {"PYGMY_" + name: str(value) for name, value in set_.items() if value != ""}


def variables_of_all(plan, host):
    """Returns the variables of all units of a host."""
    options = {**plan.options.get("", {}), **plan.hosts[host].options.get("", {})}
    return {"PYGMY_KEYS": KEYS, **{"PYGMY_" + name.upper().replace("-", "_"): value for name, value in options.items()}}


def etcd_endpoints(plan):
    members = [plan.hosts[name] for name in plan.etcd]
    return ",".join(f"{bracketed(host.address)}:{host.port_base + ETCD_PORT}" for host in members)


def tcp(host, port):
    return f"tcp://{bracketed(host)}:{port}"


def bracketed(host):
    return f"[{host}]" if ":" in host else host


def is_any(host):
    """Returns whether a process that binds this listens at all addresses."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return host == "*"


def is_loopback(host):
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
