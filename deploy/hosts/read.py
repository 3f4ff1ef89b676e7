"""Reads the file of hosts. It has one of two forms: lines of `catalogs: a b`, or TOML."""

import dataclasses
import re
import tomllib

ROLES = ("broker", "catalog", "order", "frontend", "bridge")
# The words of the lines, in both numbers; `etcd` is no role of ours, but has hosts.
WORDS = {word: role for role in ROLES for word in (role, role + "s")} | {"etcd": "etcd"}
HOST = re.compile(r"(?:([a-z_][a-z0-9_-]*)@)?([A-Za-z0-9][A-Za-z0-9._-]*)")
ADDRESS = re.compile(r"[A-Za-z0-9:][A-Za-z0-9:.-]*")
OPTION = re.compile(r"[a-z][a-z0-9-]*")
VALUE = re.compile(r"[A-Za-z0-9_./:,@%+*=~ \[\]-]*")  # needs no quoting in a file of variables
# The options that the plan sets.
OURS = {"instance", "name", "roles", "listen", "bind", "advertise", "port-base", "http", "brokers", "frontend", "members", "keys",
        "insecure", "data", "journal", "etcd", "etcd-ca", "etcd-cert", "etcd-key", "bridge-token", "config", "ipc"}
OF_FILE = {"package": str, "keys": str, "port-base": int, "http": str, "etcd": list, "ssh": dict, "options": dict, "hosts": dict}
OF_SSH = {"user": str, "port": int, "identity": str}
OF_HOST = {"ssh": str, "address": str, "bind": str, "data": str, "roles": list, "node": list, "port-base": int,
           "http": str, "options": dict, **OF_SSH}


class Mistake(Exception):
    """The file of hosts is wrong, or a command cannot do what it is asked. The message says what to do."""


@dataclasses.dataclass
class Host:
    name: str
    roles: list = dataclasses.field(default_factory=list)  # one process each
    node: list = dataclasses.field(default_factory=list)   # roles of one process
    ssh: str = ""          # the host that ssh connects to
    user: str = ""
    port: int = 0          # of ssh; 0: ssh decides
    identity: str = ""
    address: str = ""      # by which the other hosts reach it
    bind: str = "0.0.0.0"
    data: str = ""         # another directory than /var/lib/pygmy
    port_base: int = 0
    http: str = ""
    options: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Hosts:
    hosts: dict                # name -> Host, in the order of the file
    package: str = ""
    keys: str = ""
    port_base: int = 7400
    http: str = "127.0.0.1:8080"
    etcd: list = dataclasses.field(default_factory=list)     # names of hosts
    options: dict = dataclasses.field(default_factory=dict)  # "" or a role -> option -> value


def read(text, name):
    """Returns the Hosts of a file. `name` ends in .toml if the text is TOML."""
    found = read_toml(text) if name.endswith(".toml") else read_lines(text)
    for host in found.hosts.values():
        complete(host, found)
    return found


def read_lines(text):
    found, seen = Hosts({}), {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.partition("#")[0].strip()
        if not line:
            continue
        word, colon, names = line.partition(":")
        role = WORDS.get(word.strip())
        if not colon or not role:
            raise Mistake(f"line {number}: expected `catalogs: HOST HOST ...`, also with brokers, orders, frontends, bridges, etcd: {line}")
        if role in seen:
            raise Mistake(f"line {number}: there are two lines of {role}s: lines {seen[role]} and {number}")
        seen[role] = number
        for one in names.split():
            host = host_of_line(one, number, found.hosts)
            found.etcd.append(host.name) if role == "etcd" else host.roles.append(role)
    for role in ("catalog", "order", "frontend"):
        if not of_role(found, role):
            raise Mistake(f"no line names the hosts of {role}s, like `{role}s: HOST HOST`")
    if "broker" not in seen:
        of_role(found, "order")[0].roles.append("broker")
    if "bridge" not in seen:
        for host in of_role(found, "frontend"):
            host.roles.append("bridge")
    return found


def host_of_line(text, number, hosts):
    parsed = HOST.fullmatch(text)
    if not parsed:
        raise Mistake(f"line {number}: {text} is not a host: HOST or USER@HOST")
    user, name = parsed[1] or "", parsed[2]
    host = hosts.setdefault(name, Host(name, user=user))
    if user and host.user != user:
        raise Mistake(f"line {number}: {name} has two users: {host.user or 'none'} and {user}")
    return host


def of_role(found, role):
    return [host for host in found.hosts.values() if role in host.roles + host.node]


def read_toml(text):
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Mistake(f"not TOML: {error}") from None
    check(table, OF_FILE, "the file")
    ssh = table.get("ssh", {})
    check(ssh, OF_SSH, "[ssh]")
    found = Hosts({}, **{key.replace("-", "_"): table[key] for key in ("package", "keys", "port-base", "http", "etcd") if key in table},
                  options=options_of(table.get("options", {}), "[options]"))
    for name, one in table.get("hosts", {}).items():
        where = f"[hosts.{name}]"
        if not isinstance(one, dict) or not HOST.fullmatch(name) or "@" in name:
            raise Mistake(f"{where} is not the table of a host")
        check(one, OF_HOST, where)
        values = {**ssh, **one, "options": options_of(one.get("options", {}), where + ".options")}
        found.hosts[name] = Host(name, **{key.replace("-", "_"): value for key, value in values.items()})
    if not found.hosts:
        raise Mistake("the file has no [hosts.NAME]")
    return found


def check(table, kinds, where):
    for key, value in table.items():
        if key not in kinds:
            raise Mistake(f"{where}: there is no {key}; it may have {', '.join(sorted(kinds))}")
        if not isinstance(value, kinds[key]) or isinstance(value, bool):
            raise Mistake(f"{where}: {key} must be {'a table' if kinds[key] is dict else 'a ' + kinds[key].__name__}")


def options_of(table, where):
    """Options for all processes, and tables of options for those of a role."""
    split = {"": {}}
    for key, value in table.items():
        if isinstance(value, dict):
            if key not in (*ROLES, "node"):
                raise Mistake(f"{where}: {key} is not a role")
            split[key] = {name: option(name, one, f"{where}.{key}") for name, one in value.items()}
        else:
            split[""][key] = option(key, value, where)
    return split


def option(name, value, where):
    if name in OURS:
        raise Mistake(f"{where}: {name} follows from the hosts and their roles")
    if isinstance(value, list):
        value = ",".join(map(str, value))
    value = str(value).lower() if isinstance(value, bool) else str(value)
    if not OPTION.fullmatch(name) or not VALUE.fullmatch(value) or value != value.strip():
        raise Mistake(f"{where}: {name} has a name or a value with characters that cannot be passed on")
    return value


def complete(host, found):
    """Fills in what the file does not say, and checks what it says."""
    user, at, target = host.ssh.rpartition("@")
    host.ssh, host.user = target or host.name, user if at else host.user
    host.address = host.address or host.ssh
    host.http = host.http or found.http
    host.port_base = host.port_base or found.port_base
    if not 1024 <= host.port_base <= 65460:
        raise Mistake(f"{host.name}: port-base must be 1024 to 65460")
    for what, text, shape in (("ssh", host.ssh, ADDRESS), ("address", host.address, ADDRESS), ("bind", host.bind, ADDRESS),
                              ("http", host.http, re.compile(r"[^\s:]+:\d+|\[[0-9a-fA-F:]+\]:\d+")),
                              ("user", host.user or "root", re.compile(r"[a-z_][a-z0-9_-]*"))):
        if not shape.fullmatch(text):
            raise Mistake(f"{host.name}: {what} cannot be {text!r}")
    if host.data and not re.fullmatch(r"(/[A-Za-z0-9._-]+)+", host.data):
        raise Mistake(f"{host.name}: data must be an absolute path of letters, digits, '.', '_' and '-'")
    for role in host.roles + host.node:
        if role not in ROLES:
            raise Mistake(f"{host.name}: {role} is not a role; there are {', '.join(ROLES)}")
    if host.roles and host.node:
        raise Mistake(f"{host.name}: it has either roles or a node")
    if len(set(host.node)) < len(host.node):
        raise Mistake(f"{host.name}: a node has each role once; name several processes in roles")
