"""The command line of pygmy-deploy."""

import argparse
import contextlib
import fcntl
import json
import os
import pathlib
import signal
import sys

from .deploy import Deployment
from .firewall import rules
from .local import Local
from .plan import make_plan
from .read import Mistake, read
from .remote import Stopped, Trouble
from .up import Up
from .upgrade import Upgrade

EXAMPLES = """examples:
  printf '%s\\n' 'catalogs: a b' 'orders: a b c' 'frontends: b c' > shop
  pygmy-deploy plan shop                                   # what would run where; the ports that each host opens
  pygmy-deploy up shop --package pygmy_0.1.0_amd64.deb
  pygmy-deploy run shop -- import /usr/share/pygmy/bookstore.csv
  pygmy-deploy run shop -- buy 1 --customer ann
  pygmy-deploy run shop --there -- audit
  pygmy-deploy status shop --json
  pygmy-deploy upgrade shop --package pygmy_0.2.0_amd64.deb
  pygmy-deploy rollback shop
  pygmy-deploy down shop

HOSTS is a file of lines like those above, or of TOML if its name ends in .toml. DEPLOY.md describes both.
exit codes: 0: done; 1: it did not work on a host; 2: the file or the command is wrong; 3 of status: the store is not whole"""


def parser():
    main = argparse.ArgumentParser(prog="pygmy-deploy", formatter_class=argparse.RawDescriptionHelpFormatter,
                                   description="Runs a Pygmy store on several hosts, over ssh.", epilog=EXAMPLES)
    commands = main.add_subparsers(dest="command", required=True, metavar="COMMAND")
    texts = {"plan": "show what would run where, and the ports that each host must open; change nothing",
             "up": "install, configure and start what does not run; again: bring changes of HOSTS to the hosts",
             "status": "show hosts, processes and the state of the store",
             "upgrade": "install a package and restart the processes one at a time; stop at the first sign of trouble",
             "rollback": "go back to the package before the last upgrade, in the same way",
             "down": "stop all processes; the data stay",
             "files": "write what each host gets into a directory, with a compose.yaml: for hosts of containers",
             "run": "run a command of pygmy as the operator of the store: run HOSTS -- buy 1"}
    for name, text in texts.items():
        one = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", epilog=EXAMPLES,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
        one.add_argument("hosts", metavar="HOSTS", help="the file of hosts")
        one.add_argument("--keys", metavar="DIR", help="the operator's directory of keys (default: HOSTS with the ending .keys)")
        one.add_argument("--pygmy", metavar="PROGRAM", default="pygmy", help="the program pygmy of this machine")
        one.add_argument("--timeout", metavar="SECONDS", type=float, default=120, help="how long a restart may take (default: 120)")
        if name in ("up", "upgrade"):
            one.add_argument("--package", metavar="FILE", help="the Debian package (default: package in HOSTS)")
        if name in ("plan", "status"):
            one.add_argument("--json", action="store_true", help="print JSON")
        if name == "files":
            one.add_argument("--to", metavar="DIR", required=True, help="the files of DIR/HOST are replaced, its data are not")
        if name == "run":
            one.add_argument("--there", action="store_true",
                             help="run it on a host of a frontend, which reaches every process, as audit must")
            one.add_argument("words", nargs="*", metavar="-- COMMAND", help="the command, behind --")
    return main


def say(text):
    print(text, file=sys.stderr, flush=True)


def main(words=None):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    words = sys.argv[1:] if words is None else words
    end = words.index("--") if "--" in words else len(words)
    chosen = parser().parse_args(words[:end])
    if chosen.command == "run":
        chosen.words += words[end + 1:]
    try:
        return run(chosen)
    except Mistake as mistake:
        say(f"pygmy-deploy: {mistake}")
        return 2
    except Trouble as trouble:
        say(f"pygmy-deploy: {trouble}")
        if chosen.command == "upgrade" and isinstance(trouble, Stopped):
            say(f"to go on once it is mended: the same command again; to go back: pygmy-deploy rollback {chosen.hosts}")
        return 1
    except OSError as error:
        say(f"pygmy-deploy: {error}")
        return 1
    except KeyboardInterrupt:
        say("pygmy-deploy: interrupted; the same command goes on where this one was")
        return 130


def run(chosen):
    path = pathlib.Path(chosen.hosts)
    try:
        found = read(path.read_text(), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise Mistake(f"{path} cannot be read: {getattr(error, 'strerror', error)}") from None
    except Mistake as mistake:
        raise Mistake(f"{path}: {mistake}") from None
    keys = chosen.keys or (path.parent / found.keys if found.keys else path.with_suffix(".keys"))
    local = Local(chosen.pygmy, keys)
    plan = make_plan(found, local.state["places"], local.state.get("stream"))
    if chosen.command == "plan":
        print(json.dumps(plan_table(plan), indent=1) if chosen.json else plan_text(plan))
        return 0
    if chosen.command in ("up", "files"):
        local.check_options(plan)
    if chosen.command == "files":
        local.write_hosts(plan, chosen.to)
        say(f"written: {', '.join(f'{chosen.to}/{host}' for host in plan.hosts)}. DEPLOY says how to start them")
        return 0
    if chosen.command != "up" and not (local.directory / "operator.key").exists():
        raise Mistake(f"{local.directory} has no keys of a store: pygmy-deploy up {path} makes them, or --keys names another directory")
    chosen.named = getattr(chosen, "package", None)
    package = chosen.named or (found.package and path.parent / found.package)
    if chosen.command == "upgrade" and not package:
        raise Mistake("upgrade needs a package: --package FILE")
    some = chosen.command in ("status", "down", "run")
    kind = {"up": Up, "upgrade": Upgrade, "rollback": Upgrade}.get(chosen.command, Deployment)
    with alone(local, chosen.command), kind(plan, local, say, chosen.timeout, some) as deployment:
        return act(chosen, deployment, package)


def act(chosen, deployment, package):
    if chosen.command == "up":
        deployment.up(package, named=bool(chosen.named))
        print(how_to_use(chosen, deployment))
    elif chosen.command == "upgrade":
        deployment.upgrade(package)
    elif chosen.command == "rollback":
        deployment.rollback()
    elif chosen.command == "run":
        store = deployment.store
        return store.pygmy_there(chosen.words) if chosen.there else store.pygmy(*chosen.words).returncode
    elif chosen.command == "down":
        deployment.down()
        for why in deployment.unreachable.values():
            say(f"pygmy-deploy: {why}")
        return 1 if deployment.unreachable else 0
    else:
        table = deployment.status()
        print(json.dumps(table, indent=1) if chosen.json else status_text(table))
        return 3 if table["trouble"] or deployment.unreachable else 0
    return 0


@contextlib.contextmanager
def alone(local, command):
    """One command at a time changes the hosts."""
    if command in ("status", "run"):
        yield
        return
    lock = pathlib.Path(f"{str(local.directory).rstrip('/')}.lock")
    with open(os.open(lock, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Mistake(f"another pygmy-deploy is at work on this store ({lock})") from None
        yield


def plan_table(plan):
    return {"units": [{"unit": unit.name, "host": unit.host, "parts": [
                {"role": part.role, "instance": part.instance, "endpoint": part.endpoint} for part in unit.parts]} for unit in plan.units],
            "firewall": [{"host": rule.host, "ports": list(rule.ports), "from": list(rule.sources), "for": rule.what}
                         for rule in rules(plan)]}


def plan_text(plan):
    lines = []
    for name, host in plan.hosts.items():
        lines.append(f"{name} ({host.address})")
        for unit in plan.on(name):
            lines.append(f"  {unit.name:12} " + "  ".join(f"{part.instance} {part.endpoint}" if unit.kind == "node" else part.endpoint
                                                          for part in unit.parts))
    lines.append("\nports that each host opens, over TCP, and nothing else:")
    for rule in rules(plan):
        first, last = rule.ports
        ports = f"{first}-{last}" if last > first else str(first)
        lines.append(f"  {rule.host:12} {ports:10} from {', '.join(rule.sources)}  ({rule.what})")
    if not plan.etcd:
        broker = plan.parts("broker")[0].instance
        lines.append(f"\nthe stream is in a file of {broker} on {plan.unit_of(broker).host}: without that host the store stands still. "
                     "With `brokers:` and three hosts it is in etcd")
    return "\n".join(lines)


def status_text(table):
    lines = []
    programs = {"installed": "", "old": "  runs another program than is installed",
                "changed": "  runs with other options than the file has"}
    for host in table["hosts"]:
        if not host["reachable"]:
            lines.append(f"{host['host']:12} cannot be reached: {host['why']}")
        else:
            lines.append(f"{host['host']:12} pygmy {host['package'] or 'is not installed'}")
        for unit in host.get("units", []):
            lines.append(f"  {unit['unit']:12} {unit['state']:9} pid {unit['pid']}{programs.get(unit['program'], '')}")
    store = table["store"]
    if store:
        lines.append(f"store {store['store']}: writer {store['writer']}, seq {store['commit']}, watermark {store['watermark']}")
    lines.append(f"trouble: {table['trouble']}" if table["trouble"] else "every process is live")
    return "\n".join(lines)


def how_to_use(chosen, deployment):
    keys = deployment.local.directory
    frontends = ",".join(part.endpoint for part in deployment.plan.parts("frontend"))
    return f"""its operator, from here:    pygmy-deploy run {chosen.hosts} -- status
an admin's token:           {keys}/admin.token
a client's key:             pygmy keys add client till-7 --keys {keys} && pygmy-deploy up {chosen.hosts}
a client's frontends:       export PYGMY_FRONTEND={frontends}"""
