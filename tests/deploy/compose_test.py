#!/usr/bin/python3
"""compose.yaml: each service sees its own key alone, and the store that its services make has keys, an admin's token and
a bridge with a token. The services run as processes of this machine (containers.py). deploy/verify-compose.sh checks the
same with a container engine.
"""

import json
import os
import pathlib
import re
import shutil
import sys
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "process"))
from containers import ALL, CLUSTER, COMPOSE, SERVICES, Containers, address, mounts  # noqa: E402
from store import PYGMY, ROOT, pygmy, scratch_file, wait_for  # noqa: E402

MEMBERS = {service["environment"]["PYGMY_INSTANCE"]: name for name, service in SERVICES.items()
           if "PYGMY_INSTANCE" in service.get("environment", {})}


class File(unittest.TestCase):
    def test_each_service_reads_its_own_key_alone(self):
        """Only `keys` has all. The operator also writes the bridge's token."""
        self.assertEqual(sorted(MEMBERS), ["bridge-1", "broker-1", "catalog-1", "catalog-2", "frontend-1", "frontend-2",
                                           "order-1", "order-2", "order-3"])
        expected = {name: {"/keys": (f"keys-of-{instance}", True)} for instance, name in MEMBERS.items()}
        expected["operator"] = {"/keys": ("keys-of-operator", False), "/bridge": ("keys-of-bridge-1", False)}
        expected["bookstore"] = {"/keys": ("keys-of-operator", True)}
        expected["keys"] = {"/keys": ("keys", False), **{f"/of/{one}": (f"keys-of-{one}", False)
                                                        for one in (*MEMBERS, "operator")}}
        expected["broker"]["/data"] = ("stream", False)
        self.assertEqual({name: mounts(name) for name in SERVICES}, expected)
        self.assertEqual({volume for name in ALL for volume, _ in mounts(name).values()}, set(COMPOSE["volumes"]))

    def test_each_process_has_keys(self):
        for instance, name in MEMBERS.items():
            variables = SERVICES[name]["environment"]
            self.assertEqual(variables["PYGMY_KEYS"], "/keys")
            self.assertNotIn("PYGMY_INSECURE", variables)
            if name != "bridge":  # it is asked over HTTP
                self.assertEqual(variables["PYGMY_KEY_FILE"], f"/keys/{instance}.key")

    def test_the_broker_knows_its_replicas(self):
        replicas = {one for one in MEMBERS if one.startswith(("catalog", "order"))}
        self.assertEqual(set(SERVICES["broker"]["environment"]["PYGMY_MEMBERS"].split(",")), replicas)

    def test_only_the_bridge_is_reached_from_this_machine_and_only_from_it(self):
        self.assertEqual({name: service["ports"] for name, service in ALL.items() if "ports" in service},
                         {"bridge": ["127.0.0.1:8080:8080"], **{f"node-{n}": [f"127.0.0.1:808{n}:8080"] for n in (1, 2, 3)}})

    def test_only_the_services_without_a_network_are_root(self):
        for name, service in ALL.items():
            self.assertEqual((service["cap_drop"], service["read_only"]), (["ALL"], True))
            expected = ("root", ["CHOWN"], "none") if name in ("keys", "cluster-keys") else (None, None, None)
            self.assertEqual((service.get("user"), service.get("cap_add"), service.get("network_mode")), expected, name)

    def test_a_service_that_goes_on_running_has_a_health_check_and_the_others_end(self):
        """That of its image, unless the service switches it off."""
        for stage in re.split(r"^FROM ", (ROOT / "Dockerfile").read_text(), flags=re.M)[1:]:
            self.assertEqual("HEALTHCHECK" in stage, " AS build\n" not in stage, stage)
        ending = {"keys", "operator", "bookstore"}
        self.assertEqual({name for name, service in ALL.items() if service.get("healthcheck") == {"disable": True}},
                         ending | {f"cluster-{name}" for name in ending})
        self.assertEqual({name for name, service in ALL.items() if service["restart"] != "unless-stopped"},
                         ending | {f"cluster-{name}" for name in ending})

    def test_each_image_lists_its_packages(self):
        for stage in re.split(r"^FROM ", (ROOT / "Dockerfile").read_text(), flags=re.M)[1:]:
            self.assertRegex(stage, r"dpkg-query -W .* > \S*/usr/share/doc/pygmy/(build-)?packages.txt")


class Cluster(unittest.TestCase):
    """The profile `cluster`: a store of its own, in three nodes on an etcd of three members."""

    def test_its_services_do_not_start_without_the_profile_and_share_no_volume_with_the_others(self):
        numbered = [f"{kind}-{n}" for kind in ("etcd", "node") for n in (1, 2, 3)]
        self.assertEqual(set(CLUSTER), {"cluster-keys", "cluster-operator", "cluster-bookstore", *numbered})
        self.assertEqual(set(CLUSTER) | set(SERVICES), set(ALL))
        volumes = [{volume for name in part for volume, _ in mounts(name).values()} for part in (CLUSTER, SERVICES)]
        self.assertEqual(set.intersection(*volumes), set())

    def test_one_service_starts_all_of_it(self):
        reached, waiting = set(), ["cluster-bookstore"]
        while waiting:
            name = waiting.pop()
            reached.add(name)
            waiting += ALL[name].get("depends_on", {})
        self.assertEqual(reached, set(CLUSTER))

    def test_each_node_and_each_member_reads_its_own_keys_alone(self):
        for kind in ("node", "etcd"):
            for n in (1, 2, 3):
                self.assertEqual(mounts(f"{kind}-{n}")["/keys"], (f"cluster-keys-of-{kind}-{n}", True))
                self.assertEqual(mounts(f"{kind}-{n}")["/data"], (f"{kind}-{n}", False))
                if kind == "node":
                    self.assertEqual(mounts(f"node-{n}")["/bridge"], ("cluster-tokens", True))

    def test_the_keys_and_the_certificates_are_dealt(self):
        containers = Containers()
        self.addCleanup(shutil.rmtree, containers.home)
        for _ in ("the first run", "a second one"):
            ended = containers.run("cluster-keys")
            self.assertEqual(ended.code, 0, ended)
        files = {name: {file.name: file.read_bytes() for file in (containers.home / f"cluster-keys-of-{name}").iterdir() if file.is_file()}
                 for name in ("node-2", "etcd-1", "etcd-3", "operator")}
        of_node = {f"{role}-2.key" for role in ("broker", "catalog", "order", "frontend", "bridge")}
        self.assertEqual(set(files["node-2"]), of_node | {"store.key", "allowed", "ca.pem", "broker.pem", "broker.key"})
        self.assertEqual(set(files["etcd-1"]), {"ca.pem", "member.pem", "member.key"})
        self.assertEqual(files["etcd-1"], files["etcd-3"])
        self.assertEqual(set(files["operator"]), {"operator.key"})
        self.assertEqual(files["etcd-1"]["ca.pem"], files["node-2"]["ca.pem"])
        self.assertEqual([file.name for file in (containers.home / "cluster-tokens").iterdir()], ["tokens"])

    def test_the_members_let_nobody_in_without_a_certificate(self):
        for n in (1, 2, 3):
            variables = CLUSTER[f"etcd-{n}"]["environment"]
            for kind in ("", "PEER_"):
                self.assertEqual(variables[f"ETCD_{kind}CLIENT_CERT_AUTH"], "true")
                self.assertTrue(variables[f"ETCD_LISTEN_{kind or 'CLIENT_'}URLS"].startswith("https://"))
            self.assertEqual(variables["ETCD_PEER_CERT_ALLOWED_CN"], "etcd")
            self.assertIn(f"etcd-{n}=https://etcd-{n}:2380", variables["ETCD_INITIAL_CLUSTER"])


class Keys(unittest.TestCase):
    """The service `keys` alone."""

    def setUp(self):
        self.containers = Containers()
        self.addCleanup(shutil.rmtree, self.containers.home)

    def deal(self, *words):
        ended = self.containers.run("keys", *words)
        self.assertEqual(ended.code, 0, ended)

    def volume(self, name):
        return {file.name: file.read_text() for file in (self.containers.home / name).iterdir() if file.is_file()}

    def test_each_volume_has_the_files_that_its_service_reads(self):
        self.deal()
        listener = {"store.key", "allowed"}
        for one in (*MEMBERS, "operator"):
            expected = {f"{one}.key"} | (set() if one in ("bridge-1", "operator") else listener)
            self.assertEqual(set(self.volume(f"keys-of-{one}")), expected)
            for file in (self.containers.home / f"keys-of-{one}").iterdir():
                self.assertEqual(file.stat().st_mode & 0o777, 0o700 if file.name == "tokens" else 0o600, file)
        listed = [line.split()[:2] for line in self.volume("keys-of-order-3")["allowed"].splitlines() if line[0] != "#"]
        self.assertEqual(sorted(listed), sorted([one.split("-")[0], one] for one in (*MEMBERS, "operator")))

    def test_a_second_run_changes_nothing(self):
        self.deal()
        before = {volume: self.volume(volume) for volume in COMPOSE["volumes"]}
        self.deal()
        self.assertEqual({volume: self.volume(volume) for volume in COMPOSE["volumes"]}, before)

    def test_a_run_that_was_cut_short_is_made_good(self):
        """Of the store's directory there is only a part, and a copy was left behind."""
        (self.containers.home / "keys/all").mkdir()
        (self.containers.home / "keys/all/allowed").touch()
        (self.containers.home / "keys-of-order-1/order-1.key.new").touch()
        self.deal()
        self.assertEqual(set(self.volume("keys-of-order-1")), {"order-1.key", "store.key", "allowed"})

    def test_a_service_that_is_new_gets_a_key_and_the_others_hear_of_it(self):
        self.deal()
        before = self.volume("keys-of-order-1")
        (self.containers.root("keys") / "of/catalog-3").mkdir()
        self.deal()
        self.assertTrue((self.containers.root("keys") / "of/catalog-3/catalog-3.key").exists())
        after = self.volume("keys-of-order-1")
        self.assertIn("catalog catalog-3 ", after.pop("allowed"))
        before.pop("allowed")
        self.assertEqual(after, before)

    def test_an_error_of_a_command_is_an_error(self):
        self.deal()
        self.assertNotEqual(self.containers.run("keys", "revoke", "nobody").code, 0)


class Running(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.containers = Containers()
        cls.addClassCleanup(shutil.rmtree, cls.containers.home)
        cls.addClassCleanup(cls.containers.stop)
        for name in SERVICES:
            cls.containers.start(name)
        cls.frontends = ("--frontend", f"tcp://{address('frontend-1')}:7410")

    def operator(self, *words):
        return self.containers.run("operator", *words)

    def http(self, path, token=None, body=None):
        headers = {"Host": "localhost:8080", "Content-Type": "application/json", "Idempotency-Key": "compose"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(f"http://{address('bridge')}:8080{path}", headers=headers,
                                         data=json.dumps(body).encode() if body else None)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def admin_token(self):
        file = self.containers.root("operator") / "keys/tokens/admin.token"
        read = self.containers.run("operator", str(file), program="cat")
        self.assertEqual(read.code, 0, read)
        return read.out.strip()

    def test_every_service_is_healthy_by_its_own_key(self):
        for name in MEMBERS.values():
            wait_for(f"{name} is healthy", lambda one=name: self.containers.is_healthy(one))

    def test_the_operator_does_everything(self):
        self.assertEqual(self.operator("buy", "1", "--customer", "ann").code, 0)
        self.assertEqual(self.operator("audit").code, 0)

    def test_a_stranger_gets_nothing(self):
        for name in MEMBERS.values():
            if name == "bridge":
                continue
            variables = self.containers.environment(name)
            stranger = pygmy("health", "--of", variables["PYGMY_LISTEN"])
            self.assertEqual(stranger.code, 1, name)
            self.assertRegex(stranger.err, "wants a key|closes each connection")  # the first try may only see the latter (TRAPS 42)

    def test_a_frontends_key_opens_no_more_than_a_clients(self):
        """That of a container in which somebody runs commands."""
        self.assertEqual(self.containers.run("frontend-1", "lookup", "1", program=PYGMY).code, 0)
        self.assertIn("unauthenticated", self.containers.run("frontend-1", "buy", "1", program=PYGMY).err)

    def test_the_admins_token_is_one_over_http(self):
        order = {"customer": "bob", "lines": [{"item": 2, "quantity": 1}]}
        self.assertEqual(self.http("/v1/items/2")[0], 200)
        self.assertEqual(self.http("/v1/orders", body=order)[0], 401)
        self.assertIn(self.http("/v1/orders", self.admin_token(), order)[0], (200, 201))

    def test_the_bridge_has_a_token_of_its_own(self):
        token = self.admin_token()
        wait_for("the bridge shows the status of the replicas",
                 lambda: 'instance="order-3"' in self.http("/metrics", token)[1])
        kept = (self.containers.home / "keys-of-bridge-1/tokens/bridge.token").read_text().strip()
        self.assertNotEqual(kept, token)
        self.assertEqual(self.operator("whoami", "--json").code, 0)

    def test_a_second_start_grants_nothing(self):
        def credentials():
            return self.operator("credentials", "--json").out
        before, token = credentials(), self.admin_token()
        for name in ("keys", "operator"):
            self.assertEqual(self.containers.run(name).code, 0)
        self.assertEqual((credentials(), self.admin_token()), (before, token))

    def test_a_client_gets_in_until_it_is_revoked(self):
        keys = self.containers.root("keys")
        self.assertEqual(self.containers.run("keys", "add", "client", "till-7").code, 0)
        mine = scratch_file("till-7.key")
        shutil.copy(keys / "keys/all/till-7.key", mine)
        os.chmod(mine, 0o600)
        ask = ("lookup", 1, *self.frontends, "--key-file", mine, "--timeout", "3s")
        wait_for("the new key gets in", lambda: pygmy(*ask).code == 0)
        self.assertEqual(self.containers.run("keys", "revoke", "till-7").code, 0)
        wait_for("the revoked key is refused", lambda: "does not admit this key" in pygmy(*ask).err)


if __name__ == "__main__":
    unittest.main()
