#!/usr/bin/python3
"""pygmy-deploy on three machines with an sshd each (network.py): up by three lines and by TOML, a firewall of exactly the ports
of `plan`, a machine that loses its processes, and an upgrade and a rollback under load in which no request fails.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parents[1] / "package")]
from network import OPERATOR, ROOT, Network, run  # noqa: E402
import sandbox  # noqa: E402
from packages import PYGMY, Packages, require, skip  # noqa: E402
from store import wait_for  # noqa: E402

NEXT = os.environ.get("RELEASES", str(ROOT / "build/release/tests/versions")) + "/pygmy-next"
DEPLOY = ROOT / "deploy/pygmy-deploy"
MACHINES = ("a", "b", "c", "d", "e", "f", "client")  # the files call d, e and f one, two and three
LINES = "catalogs: a b\norders: a b c\nfrontends: b c\n"


def packages_of(work):
    """Returns the package of this program, one of the next release, and one of a program that does not start."""
    with Packages() as packages:
        made = work / "made"
        made.mkdir()
        first, later, broken = (made / f"{name}.deb" for name in ("first", "next", "broken"))
        folder = work / "unpacked"
        run("dpkg-deb", "--raw-extract", packages.program, folder)
        run("dpkg-deb", "-Znone", "--root-owner-group", "--build", folder, first)
        control = folder / "DEBIAN/control"
        control.write_text(control.read_text().replace("\nVersion: ", "\nVersion: 9.").replace("\nInstalled-Size", "\nX-Size"))
        run("strip", "-o", folder / "usr/bin/pygmy", NEXT)
        run("dpkg-deb", "-Znone", "--root-owner-group", "--build", folder, later)
        (folder / "usr/bin/pygmy").write_text(f"""#!/bin/sh
[ "$1" != --version ] || {{ echo "{run(PYGMY, "--version").stdout}"; exit 0; }}
echo cannot run >&2
exit 1
""")
        run("dpkg-deb", "-Znone", "--root-owner-group", "--build", folder, broken)
        shutil.rmtree(folder)
        return first, later, broken


def version_of(package):
    return run("dpkg-deb", "-f", package, "Version").stdout.strip()


class Load:
    """`pygmy bench` at the client, until the end of the `with` block."""

    def __init__(self, shop):
        self.shop = shop

    def __enter__(self):
        self.reports, self.over = self.shop.work / "reports", self.shop.work / "over"
        for file in (self.reports, self.over):
            file.unlink(missing_ok=True)
        loop = 'out=$1 over=$2; shift 2; until [ -e "$over" ]; do "$@" >>"$out" || echo "\\"code $?\\"" >>"$out"; done'
        self.bench = subprocess.Popen(
            [*self.shop.client.enter(), "sh", "-c", loop, "load", self.reports, self.over,
             *self.shop.asked("bench", "--op", "mix", "--clients", 4, "--rate", 80, "--seconds", 2, "--json")],
            env=self.shop.of_client, stderr=subprocess.PIPE, text=True)
        wait_for("a first report", lambda: self.reports.exists() and self.reports.stat().st_size > 0)
        return self

    def __exit__(self, *_):
        self.over.touch()
        self.said = self.bench.communicate(timeout=60)[1]
        decoder, text = json.JSONDecoder(), self.reports.read_text()
        self.found = []
        while text := text.strip():
            report, end = decoder.raw_decode(text)
            self.found.append(report)
            text = text[end:]


class Shop(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = cls.network.machines["client"]
        cls.environment = {**os.environ, "PATH": f"{cls.network.ssh}:/usr/bin:/bin:/usr/sbin:/sbin"}

    def deploy(self, *words, code=0):
        done = subprocess.run([DEPLOY, words[0], "--pygmy", PYGMY, *map(str, words[1:])], capture_output=True, text=True,
                              env=self.environment, timeout=200)
        self.assertEqual(done.returncode, code, f"{words}\n{done.stdout}\n{done.stderr}")
        return done

    def write(self, name, text):
        (self.work / name).write_text(text)
        self.file = self.work / name
        self.keys = self.file.with_suffix(".keys")
        plan = json.loads(self.deploy("plan", self.file, "--json").stdout)
        self.units = {unit["unit"]: unit for unit in plan["units"]}
        self.frontends = ",".join(part["endpoint"] for unit in plan["units"] for part in unit["parts"] if part["role"] == "frontend")
        for host in {rule["host"] for rule in plan["firewall"]}:
            self.machine(host).open_only([(self.address_of(source), *rule["ports"]) for rule in plan["firewall"]
                                          if rule["host"] == host for source in rule["from"]])
        return plan

    def address_of(self, source):
        known = {"the operator": OPERATOR, "clients": self.client.address}
        return known.get(source) or self.machine(source).address

    def machine(self, host):
        return self.network.machines[{"one": "d", "two": "e", "three": "f"}.get(host, host)]

    @property
    def of_client(self):
        return {"PATH": self.environment["PATH"], "PYGMY_KEY_FILE": str(self.keys / "operator.key")}

    def asked(self, *words):
        return [str(PYGMY), *map(str, words), "--frontend", self.frontends]

    def pygmy(self, *words, code=0):
        done = run(*self.client.enter(), *self.asked(*words), check=False, env=self.of_client)
        self.assertEqual(done.returncode, code, done)
        return done.stdout

    def kill_processes(self, name):
        """Those of the store: first what would start them again."""
        self.machine(name).run("pkill", "-KILL", "-f", "^/bin/sh /usr/lib/pygmy/supervise", check=False)
        self.machine(name).run("pkill", "-KILL", "-x", "pygmy", check=False)

    def status(self, code=0):
        return json.loads(self.deploy("status", self.file, "--json", code=code).stdout)

    def no_request_failed(self, load):
        self.assertGreater(len(load.found), 2)
        for report in load.found:
            self.assertIsInstance(report, dict, (report, load.said))
            self.assertEqual((report["errors"], report["refused"]), (0, {}), report)


NODES = """
package = "made/first.deb"
keys = "nodes.keys"
port-base = 7700
[ssh]
user = "root"
port = 22
identity = "{files}/operator"
[options]
currency = "EUR"
[options.node]
cache-bytes = "16mb"
[hosts.one]
ssh = "10.78.0.14"
bind = "10.78.0.14"
node = ["broker", "catalog", "order", "frontend", "bridge"]
data = "/srv/shop"
[hosts.two]
ssh = "root@10.78.0.15"
node = ["broker", "catalog", "order", "frontend"]
[hosts.three]
ssh = "f"
address = "10.78.0.16"
node = ["broker", "catalog", "order", "frontend"]
"""


@unittest.skipUnless(shutil.which("etcd"), "etcd is missing: ./dev setup")
class ByToml(Shop):
    """A node on each machine, and an etcd of three members with certificates: any machine may be lost."""

    def test_nodes_on_etcd(self):
        text = NODES.format(files=self.network.files)
        self.write("nodes.toml", text.replace("currency", "curency"))
        self.assertIn("no process has the option curency", self.deploy("up", self.file, code=2).stderr)
        self.write("nodes.toml", text)
        self.deploy("up", self.file)
        self.deploy("run", self.file, "--", "import", ROOT / "samples/bookstore.csv")
        self.pygmy("buy", 1, "--customer", "ann")
        self.machine("one").run("test", "-d", "/srv/shop/broker-1")
        self.assertIn("EUR", self.pygmy("lookup", 1))
        self.a_member_without_its_data_does_not_start()
        with Load(self) as load:
            self.deploy("upgrade", self.file, "--package", self.next)
        self.no_request_failed(load)
        self.a_machine_is_lost()

    def a_member_without_its_data_does_not_start(self):
        two = self.machine("two")
        two.run("sh", "-c", "mv /var/lib/pygmy/etcd-2 /var/lib/pygmy/away; pkill -KILL -x etcd")
        wait_for("it says why", lambda: "had some" in two.run("cat", "/var/log/pygmy/etcd-2.log").stdout)
        self.pygmy("buy", 1, "--customer", "bob")
        two.run("mv", "/var/lib/pygmy/away", "/var/lib/pygmy/etcd-2")
        self.deploy("up", self.file)

    def a_machine_is_lost(self):
        writer = self.units[f"node-{self.status()['store']['writer'].partition('-')[2]}"]["host"]
        self.machine(writer).holder.kill()
        self.pygmy("buy", 1, "--customer", "carl", "--timeout", "20s")
        table = self.status(code=3)
        self.assertEqual([host["host"] for host in table["hosts"] if not host["reachable"]], [writer])
        self.deploy("down", self.file, code=1)


class ByLines(Shop):
    def test_a_store_of_three_lines(self):
        plan = self.write("shop", LINES)
        self.assertEqual([unit["host"] for unit in plan["units"] if unit["unit"] == "broker-1"], ["a"])
        self.deploy("upgrade", self.file, "--package", self.first, code=2)
        said = self.deploy("up", self.file, "--package", self.first)
        self.no_secret_in(said.stdout + said.stderr)
        self.assertIn("pygmy-deploy run", said.stdout)
        self.check_files()
        self.deploy("upgrade", self.file, "--package", self.first)  # nothing to do
        self.a_host_that_cannot_write_keeps_its_keys()
        self.deploy("run", self.file, "--", "import", ROOT / "samples/bookstore.csv")
        self.pygmy("buy", 1, "--customer", "ann")
        self.a_host_loses_its_processes()
        self.the_bridge_has_its_token()
        with Load(self) as load:
            self.an_upgrade_that_fails_stops()
            self.deploy("upgrade", self.file, "--package", self.next)
            self.assertEqual(self.programs(), {version_of(self.next)})
            said = self.deploy("rollback", self.file).stderr
            self.assertIn("makes its view anew", said)
        self.no_request_failed(load)
        self.assertEqual(self.programs(), {version_of(self.first)})
        self.assertIn("ann", self.pygmy("order", 1))
        self.deploy("run", self.file, "--there", "--", "audit")
        self.the_file_changes()
        self.deploy("down", self.file)
        self.assertEqual({unit["state"] for host in self.status(code=3)["hosts"] for unit in host["units"]}, {"stopped"})

    def the_file_changes(self):
        """c loses its order replica and gets a catalog replica."""
        self.write("shop", "catalogs: a b c\norders: a b\nfrontends: b c\n")
        said = self.deploy("up", self.file).stderr
        self.assertEqual([line for line in said.splitlines() if "restarting" in line], ["a: restarting broker-1"], "it has other members")
        self.assertIn("ann", self.pygmy("order", 1))
        self.assertIn("catalog-3", self.units)
        self.assertNotIn("order-3", self.pygmy("status"))
        self.assertNotIn("order-3", (self.keys / "allowed").read_text())
        self.assertIn("stopped", self.machine("c").run("sh", "/run/pygmy-deploy.sh", "state", "order-3").stdout)

    def no_secret_in(self, text):
        for file in self.keys.glob("*.key"):
            self.assertNotIn(file.read_text().splitlines()[-1].split()[-1], text)
        self.assertNotIn((self.keys / "admin.token").read_text().strip(), text)

    def check_files(self):
        """Each machine has its own keys alone, and only the user pygmy reads them."""
        found = self.machine("c").run("find", "/var/lib/pygmy/keys", "-printf", "%P %u %m\\n").stdout
        self.assertEqual(sorted(found.split("\n")[1:-1]), [f"{name} pygmy 600" for name in (
            "allowed", "bridge-2.key", "bridge.token", "frontend-2.key", "order-3.key", "store.key")])
        arguments = self.machine("c").run("sh", "-c", "cat /proc/[0-9]*/cmdline /etc/pygmy/* | tr '\\0' ' '").stdout
        self.no_secret_in(arguments)

    def a_host_that_cannot_write_keeps_its_keys(self):
        """As on a full disk: new keys cannot be laid down, so the old ones stay where they are."""
        self.machine("c").run("sh", "-c", "cd /var/lib/pygmy/keys && mkdir .new && touch .new/foreign")
        self.assertIn(".new", self.deploy("up", self.file, code=1).stderr)
        self.machine("c").run("rm", "-r", "/var/lib/pygmy/keys/.new")
        self.check_files()
        self.deploy("up", self.file)

    def a_host_loses_its_processes(self):
        self.kill_processes("c")
        self.pygmy("buy", 1, "--customer", "bob")
        table = self.status(code=3)
        self.assertRegex(table["trouble"], "order-3|frontend-2")
        self.assertEqual({unit["state"] for host in table["hosts"] if host["host"] == "c" for unit in host["units"]}, {"stopped"})
        said = self.deploy("upgrade", self.file, "--package", self.next, code=1).stderr
        self.assertIn("nothing was changed", said)
        self.assertNotIn("rollback", said, "that would undo an earlier upgrade")
        self.deploy("up", self.file)
        self.assertIsNone(self.status()["trouble"])

    def the_bridge_has_its_token(self):
        health = self.machine("c").run("pygmy", "health", "--of", "127.0.0.1:8080")
        self.assertEqual(health.returncode, 0)

    def an_upgrade_that_fails_stops(self):
        """On the first machine, at the first process: its program does not start."""
        said = self.deploy("upgrade", self.file, "--package", self.broken, "--timeout", 3, code=1).stderr
        self.assertIn("restarted before that: nothing", said)
        self.assertRegex(said, "its log ends with:\n(  .*\n)*  cannot run")
        self.assertIn("to go back: pygmy-deploy rollback", said)
        self.assertNotIn("b: installing", said)
        self.deploy("rollback", self.file)
        self.assertEqual(self.programs(), {version_of(self.first)})

    def programs(self):
        """The versions that the machines have; every process runs the one of its machine."""
        table = self.status()
        for host in table["hosts"]:
            for unit in host["units"]:
                self.assertEqual((unit["state"], unit["program"]), ("running", "installed"), unit)
        return {host["package"] for host in table["hosts"]}


def run_all():
    with tempfile.TemporaryDirectory(prefix="pygmy-hosts-") as home:
        Shop.work = pathlib.Path(home)
        os.chmod(home, 0o755)
        Shop.first, Shop.next, Shop.broken = packages_of(Shop.work)
        Shop.network = Network(Shop.work, MACHINES, [Shop.work, PYGMY.parent])
        done = unittest.main(exit=False).result
        Shop.network.close()
        return not done.wasSuccessful()


def main():
    if os.geteuid() != 0:
        skip("machines that install packages want root")
    require("sshd", "ssh", "ssh-keygen", "ip", "unshare", "nsenter", "iptables-restore", "dpkg-deb", "apt-get", "strip", "pkill")
    if why := sandbox.why_not():
        skip(f"namespaces cannot be made here: {why}")
    if not pathlib.Path(NEXT).exists():
        skip(f"{NEXT} is missing")
    return sandbox.inside(run_all)


if __name__ == "__main__":
    sys.exit(main())
