#!/usr/bin/python3
"""The pure parts of pygmy-deploy: how it reads a file of hosts, and the plan, the firewall and the files that it makes of it."""

import io
import pathlib
import sys
import tarfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "deploy"))
from hosts.upgrade import require_neighbours  # noqa: E402
from hosts.files import archive, compose_of, keys_of_host, of_host  # noqa: E402
from hosts.firewall import rules  # noqa: E402
from hosts.plan import make_plan, stream_of  # noqa: E402
from hosts.read import Mistake, read  # noqa: E402
from hosts.remote import Trouble  # noqa: E402
from hosts.store import NO_ANSWER, obstacle  # noqa: E402

THREE_LINES = "catalogs: a b\norders: a b c\nfrontends: b c\n"
CLUSTER = THREE_LINES + "brokers: a b c\n"


def planned(text, name="shop", **known):
    return make_plan(read(text, name), **known)


def places(plan):
    return {unit.name: unit.host for unit in plan.units}


def variables(plan, name):
    return next(unit.variables for unit in plan.units if unit.name == name)


class Test(unittest.TestCase):
    def refused(self, text, *words, name="shop", **known):
        with self.assertRaises(Mistake) as caught:
            planned(text, name, **known)
        for word in words:
            self.assertIn(word, str(caught.exception))


class Lines(Test):
    def test_three_lines_are_a_store(self):
        """The broker is on the first host of orders, and each frontend has a bridge beside it."""
        self.assertEqual(places(planned(THREE_LINES)), {
            "broker-1": "a", "catalog-1": "a", "catalog-2": "b", "order-1": "a", "order-2": "b", "order-3": "c", "frontend-1": "b",
            "frontend-2": "c", "bridge-1": "b", "bridge-2": "c"})

    def test_comments_one_role_twice_on_a_host_and_users(self):
        plan = planned("# ours\ncatalogs: ann@a a  # two\norder: a\nfrontend: a\nbridges:\n")
        self.assertEqual([(part.instance, part.endpoint) for part in plan.parts("catalog")],
                         [("catalog-1", "tcp://a:7430"), ("catalog-2", "tcp://a:7431")])
        self.assertEqual((plan.hosts["a"].user, plan.hosts["a"].ssh, plan.parts("bridge")), ("ann", "a", []))

    def test_mistakes_name_the_line(self):
        self.refused("catalogs a\n", "line 1", "catalogs: HOST")
        self.refused(THREE_LINES + "orders: d\n", "two lines of orders: lines 2 and 4")
        self.refused("catalogs: a\norders: a\n", "frontends: HOST HOST")
        self.refused("catalogs: -oProxyCommand=x\n", "line 1", "not a host")
        self.refused("catalogs: ann@a\norders: bob@a\nfrontends: a\n", "line 2", "two users")


class Toml(Test):
    TWO = '[hosts.a]\nroles = ["broker", "catalog", "order"]\n[hosts.b]\nroles = ["frontend", "bridge"]\n'

    def toml(self, text, **how):
        return planned(text, "shop.toml", **how)

    def test_each_host_says_how_it_is_reached(self):
        plan = self.toml("""port-base = 7700
            [ssh]
            user = "ann"
            [hosts.a]
            ssh = "bob@203.0.113.5"
            address = "10.0.0.5"
            bind = "10.0.0.5"
            port = 2222
            port-base = 7800
            roles = ["broker", "catalog", "order", "frontend"]
            """)
        a = plan.hosts["a"]
        self.assertEqual((a.ssh, a.user, a.port, a.address), ("203.0.113.5", "bob", 2222, "10.0.0.5"))
        self.assertEqual(variables(plan, "order-1"), {"PYGMY_LISTEN": "tcp://10.0.0.5:7850", "PYGMY_ADVERTISE": "tcp://10.0.0.5:7850",
                                                      "PYGMY_BROKERS": "tcp://10.0.0.5:7800"})

    def test_options_are_of_all_of_a_role_and_of_a_host(self):
        plan = self.toml('[options]\ncurrency = "EUR"\n[options.frontend]\ncache-bytes = "1mb"\n' + self.TWO +
                         '[hosts.b.options.frontend]\ncache-bytes = "2mb"\nlog-json = true\n')
        self.assertEqual(variables(plan, "frontend-1")["PYGMY_CACHE_BYTES"], "2mb")
        self.assertEqual(variables(plan, "frontend-1")["PYGMY_LOG_JSON"], "true")
        self.assertIn("PYGMY_CURRENCY=EUR\n", of_host(plan, "a")["all.env"])

    def test_a_node_has_several_roles_and_other_processes_other_numbers(self):
        plan = self.toml('[hosts.a]\nnode = ["broker", "order"]\n[hosts.b]\nroles = ["order", "catalog", "frontend"]\n')
        self.assertEqual(places(plan), {"node-1": "a", "catalog-2": "b", "order-2": "b", "frontend-2": "b"})
        self.assertEqual(variables(plan, "node-1")["PYGMY_ROLES"], "broker,order")
        self.assertEqual(variables(plan, "node-1")["PYGMY_MEMBERS"], "order-1,catalog-2,order-2")

    def test_mistakes(self):
        for text, *words in (("x = 1\n", "no x"), ('[hosts.a]\nroles = ["till"]\n', "till is not a role"), ("[hosts\n", "not TOML"),
                             ('[hosts.a]\nroles = "order"\n', "roles must be a list"), ("", "no [hosts.NAME]"),
                             (self.TWO + '[options]\nkeys = "x"\n', "keys follows"),
                             (self.TWO + '[options]\nhost = "x\\ny"\n', "characters"),
                             (self.TWO.replace('[hosts.b]', '[hosts.b]\ndata = "x y"'), "absolute path"),
                             (self.TWO.replace('[hosts.b]', '[hosts.b]\nuser = "-l"'), "user cannot be"),
                             ('[hosts.a]\nnode = ["order", "order"]\n', "each role once"),
                             (self.TWO.replace("broker", "order"), "role broker")):
            self.refused(text, *words, name="shop.toml")


class Plans(Test):
    def test_a_unit_keeps_its_name_where_it_was(self):
        before = places(planned(THREE_LINES))
        after = places(planned("catalogs: a b\norders: a c d\nfrontends: b c\n", before=before))
        self.assertEqual((after["order-1"], after["order-3"], after["order-4"]), ("a", "c", "d"))
        self.assertNotIn("order-2", after)

    def test_the_only_broker_stays_where_the_stream_is(self):
        was = stream_of(planned(THREE_LINES))
        self.assertEqual(was, ["broker-1", "a"])
        self.refused(THREE_LINES + "brokers: b\n", "broker-1 on a", "broker-1 on b", "backup", stream=was)
        self.refused('[hosts.b]\nnode = ["broker", "catalog", "order", "frontend"]\n', "on b", name="shop.toml", stream=was)
        planned('[hosts.a]\nnode = ["broker", "catalog", "order", "frontend"]\n', "shop.toml", stream=was)

    def test_three_brokers_keep_the_stream_in_etcd(self):
        plan = planned(CLUSTER)
        self.assertEqual([unit.host for unit in plan.units if unit.kind == "etcd"], ["a", "b", "c"])
        self.assertEqual(variables(plan, "broker-2")["PYGMY_ETCD"], "a:7460,b:7460,c:7460")
        self.assertEqual(variables(plan, "order-1")["PYGMY_BROKERS"], "tcp://a:7400,tcp://b:7400,tcp://c:7400")
        etcd = of_host(plan, "b", "token")["etcd-2.env"]
        self.assertIn("ETCD_INITIAL_CLUSTER=etcd-1=https://a:7465,etcd-2=https://b:7465,etcd-3=https://c:7465\n", etcd)
        self.assertIn("ETCD_PEER_CLIENT_CERT_AUTH=true\n", etcd)
        self.refused(THREE_LINES + "brokers: a b\n", "3 or 5 members")
        self.refused(THREE_LINES + "etcd: a b c\n", "two or more brokers")

    def test_each_host_gets_its_own_keys_alone(self):
        plan = planned(THREE_LINES)
        self.assertEqual(keys_of_host(plan, "c"), ["order-3.key", "frontend-2.key", "bridge-2.key", "allowed", "store.key", "bridge.token"])
        plan = planned(CLUSTER + "bridges: d\n")
        self.assertEqual(keys_of_host(plan, "d"), ["bridge-1.key", "bridge.token"], "a bridge alone needs no key of the store")
        self.assertIn("etcd/member.key", keys_of_host(plan, "a"))
        self.assertNotIn("operator.key", keys_of_host(plan, "a"))

    def test_keys_are_files_of_their_owner_and_variables_are_not_secret(self):
        plan = planned(THREE_LINES)
        with tarfile.open(fileobj=io.BytesIO(archive(of_host(plan, "a"), {"order-1.key": b"secret"}))) as tar:
            modes = {entry.name: entry.mode for entry in tar}
        self.assertEqual((modes["keys/order-1.key"], modes["etc/order-1.env"], modes["etc/deployed"]), (0o600, 0o644, 0o644))


class Containers(Test):
    def test_a_host_of_containers_gets_a_compose_file(self):
        plan = planned(THREE_LINES + "bridges: c\n")
        made = yaml.safe_load(compose_of(plan, "c"))["services"]
        self.assertEqual(set(made), {"order-3", "frontend-2", "bridge-1"})
        for name, service in made.items():
            self.assertEqual((service["network_mode"], service["read_only"], service["cap_drop"]), ("host", True, ["ALL"]))
            self.assertEqual(service["env_file"], ["etc/all.env", f"etc/{name}.env"])
            self.assertEqual(service["environment"]["PYGMY_INSTANCE"], name)
            self.assertIn("./keys:/var/lib/pygmy/keys:ro", service["volumes"])
        self.assertEqual(made["order-3"]["environment"]["PYGMY_DATA"], "/var/lib/pygmy/order-3")
        self.assertIn("./data/order-3:/var/lib/pygmy/order-3", made["order-3"]["volumes"])


class Firewall(Test):
    def opened(self, plan):
        return {(rule.host, rule.ports): rule.sources for rule in rules(plan)}

    def test_each_host_opens_what_others_need(self):
        opened = self.opened(planned(THREE_LINES))
        self.assertEqual(opened, {
            ("a", (22, 22)): ("the operator",), ("a", (7400, 7402)): ("b", "c"), ("a", (7430, 7430)): ("b", "c"),
            ("a", (7450, 7450)): ("b", "c"), ("b", (22, 22)): ("the operator",), ("b", (7430, 7430)): ("a", "c"),
            ("b", (7450, 7450)): ("a", "c"), ("b", (7410, 7410)): ("c", "clients"), ("c", (22, 22)): ("the operator",),
            ("c", (7450, 7450)): ("a", "b"), ("c", (7410, 7410)): ("b", "clients")})

    def test_etcd_is_for_brokers_and_members(self):
        opened = self.opened(planned(THREE_LINES + "brokers: a b\netcd: a c d\n"))
        self.assertEqual((opened["d", (7460, 7460)], opened["d", (7465, 7465)]), (("a", "b"), ("a", "c")))

    def test_http_is_open_only_if_the_file_says_so(self):
        text = '[hosts.a]\nroles = ["broker", "catalog", "order", "frontend", "bridge"]\n'
        self.assertNotIn(("a", (8080, 8080)), self.opened(planned(text, "shop.toml")))
        self.assertIn(("a", (443, 443)), self.opened(planned('http = "0.0.0.0:443"\n' + text, "shop.toml")))


class Waiting(Test):
    def status(self, plan, **changed):
        processes = [{"instance": part.instance, "silent": False, "state": "live", "pid": 7}
                     for part in plan.parts("broker", "catalog", "order", "frontend")]
        for one in processes:
            one |= changed.get(one["instance"].replace("-", "_"), {})
        return {"writer": changed.get("writer", "order-1"), "diverged": [], "processes": processes}

    def test_the_first_obstacle_is_named(self):
        plan = planned(THREE_LINES)
        self.assertIsNone(obstacle(plan, self.status(plan), {}))
        self.assertEqual(obstacle(plan, None, {}), NO_ANSWER)
        self.assertIn("writer", obstacle(plan, self.status(plan, writer=""), {}))
        self.assertEqual(obstacle(plan, self.status(plan, order_2={"silent": True}), {}), "order-2 is silent")
        self.assertEqual(obstacle(plan, self.status(plan, order_2={"state": "starting"}), {}), "order-2 is starting")
        self.assertEqual(obstacle(plan, self.status(plan), {"order-2": 7}), "order-2 has not come back")
        self.assertIsNone(obstacle(plan, self.status(plan, order_2={"pid": 8}), {"order-2": 7}))

    def test_releases_that_are_not_neighbours_are_refused(self):
        def said(speaks, understands):
            return f"pygmy 1\nspeaks version {speaks}, understands {understands}; views: catalog 11, order 16\n"
        require_neighbours(said(1, "1"), said(1, "1 to 2"))
        require_neighbours(said(1, "1 to 2"), said(2, "1 to 3"))
        for old, new in ((said(1, "1"), "pygmy: not found"), (said(1, "1"), said(2, "1 to 3")), (said(2, "1 to 3"), said(1, "1"))):
            with self.assertRaises(Trouble):
                require_neighbours(old, new)


if __name__ == "__main__":
    unittest.main()
