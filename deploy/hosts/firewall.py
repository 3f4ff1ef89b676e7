"""Lists which host opens which port to whom. Pure."""

import dataclasses

from .plan import ETCD_PEER_PORT, ETCD_PORT, is_loopback

OPERATOR, CLIENTS = "the operator", "clients"
# The roles whose processes connect to a process of this role. A bridge has an edge of its own, so it does what a frontend does.
CALLERS = {"broker": ("broker", "catalog", "order", "frontend", "bridge"), "catalog": ("catalog", "frontend", "bridge"),
           "order": ("order", "frontend", "bridge"), "frontend": ("bridge",)}


@dataclasses.dataclass(frozen=True)
class Rule:
    host: str
    ports: tuple  # the first and the last one
    sources: tuple  # names of hosts, OPERATOR or CLIENTS
    what: str


def rules(plan):
    """Returns what each host must let in, and nothing else. Traffic within a host is not among it."""
    found = []
    for name, host in plan.hosts.items():
        found.append(Rule(name, (host.port or 22,) * 2, (OPERATOR,), "ssh"))
        for unit in plan.on(name):
            if unit.kind == "etcd":
                found += etcd(plan, name)
            for part in unit.parts:
                found += of_part(plan, unit, part)
    return found


def of_part(plan, unit, part):
    last = part.port + 2 if part.role == "broker" else part.port
    if part.role == "bridge":
        if unit.kind == "node" or not is_loopback(plan.hosts[unit.host].http.rpartition(":")[0]):
            yield Rule(unit.host, (part.port, last), (CLIENTS,), f"{part.instance}, HTTP")
        return
    callers = hosts_of(plan, CALLERS[part.role], unit.host)
    sources = (*callers, CLIENTS) if part.role == "frontend" else callers
    if sources:
        yield Rule(unit.host, (part.port, last), sources, part.instance)


def etcd(plan, host):
    base = plan.hosts[host].port_base
    brokers = hosts_of(plan, ("broker",), host)
    if brokers:
        yield Rule(host, (base + ETCD_PORT,) * 2, brokers, "etcd, for brokers")
    yield Rule(host, (base + ETCD_PEER_PORT,) * 2, tuple(one for one in plan.etcd if one != host), "etcd, for its members")


def hosts_of(plan, roles, but):
    """Returns the hosts with a process of one of these roles, without `but`."""
    return tuple(host for host in plan.hosts
                 if host != but and any(part.role in roles for unit in plan.on(host) for part in unit.parts))
