#!/usr/bin/python3
"""Tests of pygmy-faults: short seeded runs of faults, its judgement, and its clean-up.

The tests assert no times, because they run on busy and slow machines. Only long runs judge the bound of one second.
"""

import contextlib
import itertools
import json
import os
import pathlib
import random
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import types
import unittest
from unittest import mock

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = str(ROOT / "faults/pygmy-faults")
sys.path.insert(0, str(ROOT / "faults"))

import campaign
import delay
import history
import load
import network
import process_faults
import report
import store
import visitors

# Bounds for a busy machine: a run that is void because of its rate would prove nothing about the script.
PATIENT = ["--min-ops", "1", "--bound-ms", "60000", "--wait", "60"]


def started(*options):
    return subprocess.Popen(["/usr/bin/python3", SCRIPT, *PATIENT, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def ran(*options):
    """Returns (exit code, output)."""
    with started(*options) as script:
        out, _ = script.communicate(timeout=200)
    return script.returncode, out


class ShortRun(unittest.TestCase):
    """One run on loopback: every role is killed and paused, all processes are restarted, and each other fault that needs
    no privilege comes once."""

    FAULTS = "kill,pause,restart,stop:frontend,clock:writer,syscall:catalog,power"
    ROLES = ("broker", "writer", "order", "catalog", "frontend")

    def test_the_promises_hold_and_each_fault_was_on(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "seen.json")
            code, out = ran("--loopback", "--seed", "1", "--short", "--faults", self.FAULTS, "--json", str(file))
            self.assertEqual(code, report.PASS, out)
            seen = json.loads(file.read_text())
        proven = {(r["fault"], r["role"]) for r in seen["rounds"] if r["proven"]}
        self.assertLessEqual({(fault, role) for fault in ("kill", "pause") for role in self.ROLES}, proven)
        self.assertLessEqual({("restart", "all"), ("stop", "frontend")}, proven)
        for fault in ("clock", "syscall", "power"):
            self.assertTrue(fault in {name for name, _ in proven} or f"not available: {fault}: " in out, out)
        self.assertGreater(min(r["ops"] for r in seen["rounds"]), 0)
        self.assertIn("audit: exit code 0", out)
        self.assertIn("cleaned up: 8 processes ended", out)


class ShortRunOfNodes(unittest.TestCase):
    """A fault of a node hits all its cores at once. The same checks hold at the end."""

    def proven(self, *options):
        """Returns the pairs (fault, role) that were proven in a run that passes, and its output."""
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "seen.json")
            code, out = ran("--loopback", "--seed", "1", "--short", "--json", str(file), *options)
            self.assertEqual(code, report.PASS, out)
            self.assertIn("audit: exit code 0", out)
            return {(r["fault"], r["role"]) for r in json.loads(file.read_text())["rounds"] if r["proven"]}, out

    def test_the_whole_store_is_one_node(self):
        proven, out = self.proven("--single")
        self.assertLessEqual({(fault, "node") for fault in ("kill", "pause", "stop")} | {("restart", "all")}, proven)
        for fault in ("clock", "syscall", "power"):
            self.assertTrue((fault, "node") in proven or f"not available: {fault}: " in out, out)
        self.assertIn("cleaned up: 1 processes ended", out)

    def test_three_nodes_of_which_one_has_the_broker(self):
        proven, out = self.proven("--nodes", "--faults", "kill,pause:writer")
        self.assertEqual(proven, {("kill", "broker"), ("kill", "writer"), ("kill", "node"), ("pause", "writer")})
        self.assertIn("cleaned up: 3 processes ended", out)


class ShortRunWithKeys(unittest.TestCase):
    """Every process and client has a key. Tokens and keys are revoked under the faults."""

    def test_the_promises_hold_and_revoked_keys_get_no_answer(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "seen.json")
            code, out = ran("--loopback", "--seed", "1", "--short", "--secure", "--json", str(file),
                            "--faults", "kill:broker,pause:frontend")
            self.assertEqual(code, report.PASS, out)
            seen = json.loads(file.read_text())
        self.assertEqual({(r["fault"], r["role"]) for r in seen["rounds"] if r["proven"]},
                         {("kill", "broker"), ("pause", "frontend")})
        for counted in ("ops", "revoked", "keys_revoked", "keys_connected"):
            self.assertGreater(sum(r[counted] for r in seen["rounds"]), 0, counted)
        self.assertIn("audit: exit code 0", out)


class ShortRunOfThePythonLibrary(unittest.TestCase):
    def test_no_client_sees_an_error_and_the_history_holds(self):
        program = shlex.quote(str(ROOT / "python/examples/load.py"))
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "seen.json")
            code, out = ran("--loopback", "--seed", "1", "--short", "--load", program, "--faults", "kill:frontend,pause:writer",
                            "--json", str(file))
            self.assertEqual(code, report.PASS, out)
            rounds = json.loads(file.read_text())["rounds"]
        self.assertEqual({(r["fault"], r["role"], r["history"]) for r in rounds if r["proven"]},
                         {("kill", "frontend", "holds"), ("pause", "writer", "holds")})


class InNamespaces(unittest.TestCase):
    def test_a_writer_is_cut_off_and_an_order_replica_is_slow(self):
        pairs = "cut:writer,delay:order"
        code, out = ran("--seed", "1", "--short", "--faults", pairs)
        if "not available" in out:
            self.skipTest(out)
        self.assertEqual(code, report.PASS, out)
        self.assertRegex(out, r"cut +writer +1 +1 ")
        self.assertRegex(out, r"delay +order +1 +1 ")

    def test_a_node_is_cut_off_with_all_its_cores(self):
        code, out = ran("--seed", "1", "--short", "--nodes", "--faults", "cut:node,part:writer")
        if "not available" in out:
            self.skipTest(out)
        self.assertEqual(code, report.PASS, out)
        self.assertRegex(out, r"cut +node +1 +1 ")
        self.assertRegex(out, r"part +writer +1 +1 ")


class OnCtrlC(unittest.TestCase):
    def test_nothing_is_left_behind(self):
        with started("--seed", "1", "--faults", "none") as script:
            home = ""
            for line in script.stdout:
                home = home or line.rpartition("data in ")[2].strip()
                if "on: nothing" in line:
                    script.send_signal(signal.SIGINT)
                    break
            rest = script.stdout.read()
            self.assertEqual(script.wait(60), report.VOID, rest)
        self.assertIn("cleaned up: 8 processes ended", rest)
        self.assertFalse(os.path.exists(home))
        self.assertEqual([line for line in processes() if home in line], [])


class Options(unittest.TestCase):
    def test_a_fault_that_is_not_available_is_named_with_the_reason(self):
        code, out = ran("--loopback", "--faults", "cut,disk")
        self.assertEqual(code, report.VOID, out)
        self.assertIn("not available: cut: --loopback", out)
        self.assertIn("not available: disk: --loopback", out)

    def test_an_unknown_fault_is_a_mistake_of_usage(self):
        self.assertEqual(ran("--faults", "flood")[0], report.USAGE)
        self.assertEqual(ran("--single", "--faults", "part")[0], report.USAGE, "a lone node has nobody to be parted from")

    def test_shapes_that_do_not_fit_together_are_a_mistake_of_usage(self):
        for options in (("--single", "--nodes"), ("--single", "--cluster"), ("--abuse", "--nodes"),
                        ("--abuse", "--secure")):
            self.assertEqual(ran(*options)[0], report.USAGE, options)


class AVisitor(unittest.TestCase):
    """A program that answers at once stands for the store."""

    def visit(self, looked, revoked=0):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder, "pygmy")
            program.write_text(f"""#!/bin/sh
case $1 in
  grant) echo '{{"id": 7, "token": "t"}}';;
  revoke) exit {revoked};;
  lookup) test "$PYGMY_TOKEN" = t && exit {looked}; exit 1;;
esac
""")
            program.chmod(0o755)
            told = types.SimpleNamespace(program=str(program), frontends=["tcp://a:1", "tcp://b:1"],
                                         of_clients=store.ENVIRONMENT)
            visitor = visitors.Visitors(told, 5)
            visitor.stop()
            visitor.revoked, visitor.broken = 0, []
            visitor.visit()
            return visitor

    def test_a_token_that_is_served_after_its_revocation_is_a_broken_promise(self):
        visitor = self.visit(looked=0)
        self.assertEqual((visitor.revoked, len(visitor.broken)), (1, 4), "two frontends, exactly and with an old answer")
        self.assertIn("tcp://b:1 served the token of credential 7", visitor.broken[-1])

    def test_a_token_that_is_refused_is_right(self):
        self.assertEqual(self.visit(looked=1).broken, [])

    def test_a_revocation_without_an_answer_proves_nothing(self):
        visitor = self.visit(looked=0, revoked=3)
        self.assertEqual((visitor.revoked, visitor.broken), (0, []))


class AHolderOfAKey(unittest.TestCase):
    """A program that answers at once stands for the store. It serves new clients with a key until it has revoked the
    key, or for ever. A client that is connected has one request answered before the revocation. Its last one is long
    after."""

    LATE = {"invoked": 2 ** 62}

    def visit(self, served_for_ever=False, last=LATE, revoked=0, admitted=True):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(visitors, "CUT_S", 0):
            home = pathlib.Path(folder)
            program = home / "pygmy"
            program.write_text(f"""#!/bin/sh
case "$1 $2" in
  "keys add") touch {home}/made; test {int(admitted)} = 1 && touch {home}/listed; echo {home}/made;;
  "keys revoke") test {int(served_for_ever)} = 1 || rm -f {home}/listed; exit {revoked};;
  "lookup "*) test -f "$PYGMY_KEY_FILE" -a -z "$PYGMY_TOKEN" -a -f {home}/listed;;
  "bench "*) while [ "$1" != --record ]; do shift; done
    echo '{json.dumps({"invoked": 1, "answer": {}})}' >"$2"
    echo '{json.dumps(last)}' >>"$2";;
esac
""")
            program.chmod(0o755)
            told = store.Store(str(program), folder, network.Loopback(), 20_000, 1, secure=True)
            told.of_clients = {**told.of_clients, "PYGMY_TOKEN": "an admin's"}
            holder = visitors.KeyHolders(told, "holder")
            holder.stop()
            holder.revoked, holder.broken = 0, []
            holder.visit()
            self.assertEqual(list(home.glob("holder-*")), [], "no key and no record is left")
            return holder

    def test_a_new_client_that_is_served_after_the_revocation_is_a_broken_promise(self):
        holder = self.visit(served_for_ever=True)
        self.assertEqual((holder.revoked, len(holder.broken)), (1, 4), "two frontends, exactly and with an old answer")
        self.assertIn("tcp://127.0.0.1:20021 served a new client", holder.broken[-1])

    def test_a_connected_client_that_is_served_after_the_revocation_is_a_broken_promise(self):
        holder = self.visit(last={**self.LATE, "answer": {"item": {}}})
        self.assertEqual((holder.revoked, len(holder.broken)), (1, 2))
        self.assertIn("a client that was connected", holder.broken[-1])

    def test_a_key_that_is_refused_is_right(self):
        for last in (self.LATE, {**self.LATE, "answer": {"message": "late"}, "err": "unknown"}):
            holder = self.visit(last=last)
            self.assertEqual((holder.revoked, holder.served, holder.broken), (1, 2, []))

    def test_a_revocation_that_failed_and_a_key_that_was_never_served_prove_nothing(self):
        for seen in ({"revoked": 1}, {"admitted": False}):
            holder = self.visit(last={**self.LATE, "answer": {}}, **seen)
            self.assertEqual((holder.revoked, holder.broken), (0, []))


class AProgramOfAnotherLibrary(unittest.TestCase):
    """A program that ends at once stands for the load of `--load`."""

    REPORT = {"ops": 30, "seconds": 2.0, "max_us": 900, "errors": 0, "errors_by_code": {}, "refused": {}}

    def ran(self, prints, urls=()):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder, "program")
            program.write_text(f"""#!/bin/sh
echo "    1 s  10 ops/s  0 errors" >&2
printf '\\r    2 s  20 ops/s  0 errors\\n' >&2
echo "$* with $PYGMY_TOKEN" >{folder}/asked
echo '{prints}'
""")
            program.chmod(0o755)
            told = types.SimpleNamespace(frontends=["tcp://a:1", "tcp://b:1"], urls=urls,
                                         of_clients={**store.ENVIRONMENT, "PYGMY_TOKEN": "t"})
            self.program = load.LoadProgram(told, f"{program} --own", 2, 5, "file")
            return self.program.result(), pathlib.Path(folder, "asked").read_text()

    def test_it_is_asked_as_the_help_says_and_its_report_and_its_seconds_count(self):
        report_, asked = self.ran(json.dumps(self.REPORT))
        self.assertEqual(report_, self.REPORT)
        self.assertEqual(asked, "--own --frontends tcp://a:1,tcp://b:1 --seconds 2 --timeout 5 --record file with t\n")
        self.assertEqual([ops for _, ops in self.program.seconds], [10, 20])

    def test_it_gets_the_addresses_of_the_bridges(self):
        _, asked = self.ran(json.dumps(self.REPORT), ["http://a:2", "http://b:2"])
        self.assertIn(" --timeout 5 --url http://a:2,http://b:2 --record ", asked)

    def test_bridges_are_processes_of_the_store_and_faults_hit_them(self):
        listens = store.Store("pygmy", self.folder(), network.Loopback(), 10_000, 1, bridges=2).processes["bridge-2"].command
        self.assertEqual(listens[:6], ["pygmy", "bridge", "--instance", "bridge-2", "--listen", "127.0.0.1:10027"])
        hit = [kind.name for kind in (process_faults.Kill, process_faults.Clock)
               if "bridge" in kind.roles_in(store.PROCESSES, False, 2)]
        self.assertEqual(hit, ["kill"])
        self.assertNotIn("bridge", process_faults.Kill.roles_in(store.PROCESSES, False))

    def folder(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        return made.name

    def test_one_without_a_whole_report_is_an_error(self):
        for prints in ("no report", "[]", json.dumps({**self.REPORT, "max_us": 1}).replace("max_us", "max")):
            report_, _ = self.ran(prints)
            self.assertEqual(report_["errors"], 1)
            self.assertIn("ended with code 0", report_["first_error"])

    def test_it_takes_the_place_of_the_mix_alone(self):
        asked = types.SimpleNamespace(frontends=["a"], urls=[], of_clients=store.ENVIRONMENT, program="true")
        recorded = types.SimpleNamespace(file=lambda *_: None, judges_changes=True)
        of = campaign.Campaign(asked, 1, campaign.SHORT, 3000, recorded, print, load="true")
        made = [of.generator(1, op, 1, 1, 5) for op in campaign.LOAD_CLIENTS]
        self.assertEqual([each.name for each in made], ["true", "bench --op buy"])
        for each in made:
            each.stop()

    def test_one_that_is_not_there_is_a_mistake_of_usage(self):
        self.assertEqual(ran("--load", "/no/such/program")[0], report.USAGE)
        self.assertEqual(ran("--load", "true", "--abuse")[0], report.USAGE)


class ARound:
    """A round that went well except for the values that the test gives, and the judgement on it."""

    def __init__(self, role="writer", **seen):
        self.kind = process_faults.Kill
        self.round = campaign.Round(1, "kill", role, proven=True, ops=10_000, load_s=5, worst_ms=100)
        self.dead = seen.pop("dead", [])
        for name, value in seen.items():
            setattr(self.round, name, value)

    def broken(self):
        judge = campaign.Campaign(self, 1, campaign.SHORT, 3000, None, lambda line: None)
        judge.judge(self.round, self.kind)
        return self.round.broken

    def died_by_themselves(self):
        return self.dead

    def verdict(self, ops_min=200):
        return report.verdict([self.round], self.broken(), report.why_void([self.round], ops_min))


class Judging(unittest.TestCase):
    def test_a_good_round_passes(self):
        self.assertEqual(ARound().verdict(), report.PASS)

    def test_an_error_of_a_client_fails(self):
        self.assertEqual(ARound(errors=["probe buy: unknown"]).verdict(), report.FAIL)

    def test_a_long_pause_because_of_one_process_fails_and_because_of_the_only_broker_does_not(self):
        self.assertEqual(ARound(worst_ms=3001).verdict(), report.FAIL)
        self.assertEqual(ARound(alone=True, worst_ms=3001).verdict(), report.PASS)

    def test_a_process_that_dies_by_itself_fails(self):
        dead = types.SimpleNamespace(instance="order-2", running=types.SimpleNamespace(returncode=-11),
                                     last_words=lambda: "")
        self.assertEqual(ARound(dead=[dead]).verdict(), report.FAIL)

    def test_a_history_without_an_order_fails(self):
        self.assertEqual(ARound(history="VIOLATED: item 7").verdict(), report.FAIL)

    def test_few_operations_or_a_fault_that_was_not_on_make_it_void(self):
        self.assertEqual(ARound().verdict(ops_min=2001), report.VOID)
        self.assertEqual(ARound(proven=False).verdict(), report.VOID)
        self.assertEqual(report.verdict([], [], report.why_void([], 1)), report.VOID)

    def test_an_acknowledged_order_that_is_not_there_any_more_breaks_the_books(self):
        outcomes = {"a": 0, "b": 3}
        asking = types.SimpleNamespace(ask=lambda _, key, __: subprocess.CompletedProcess(
            [], outcomes[key], json.dumps({"order": {"no": 1}}), "key b is void"))
        books = campaign.Campaign(asking, 1, campaign.SHORT, 3000, None, print)
        books.kept = {"a": 1}
        self.assertEqual(list(books.broken_books()), [])
        books.kept = {"a": 1, "b": 2}
        self.assertEqual(len(list(books.broken_books())), 1)
        books.kept = {"a": 2}
        self.assertEqual(len(list(books.broken_books())), 1)

    def test_the_same_seed_gives_the_same_order_and_every_pair_comes_once_before_any_comes_again(self):
        pairs = [(kind, role) for kind in (process_faults.Kill, process_faults.Pause) for role in kind.roles]

        def order(seed):
            return list(itertools.islice(campaign.schedule(pairs, seed), len(pairs)))

        self.assertEqual(order(1), order(1))
        self.assertNotEqual(order(1), order(2))
        self.assertEqual(len(set(order(1))), len(pairs))


class Shapes(unittest.TestCase):
    """The processes of a store, and which of them a fault hits."""

    def store(self, shape, cluster=False):
        home = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, home)
        return store.Store("pygmy", home, network.Loopback(), 20_000, 1, shape, cluster)

    def target(self, of, role, writer="order-1", leader="broker-1"):
        of.writer, of.leader = lambda: of.process_of(writer), lambda: of.process_of(leader)
        return campaign.Campaign(of, 1, campaign.SHORT, 3000, None, print).target(role, random.Random(1))

    def test_no_two_processes_share_a_port(self):
        for shape, cluster in ((store.PROCESSES, True), (store.SINGLE, False), (store.NODES, True)):
            made = self.store(shape, cluster)
            ports = [p.port + 1 for p in made.with_core("etcd")]
            for process in made.processes.values():
                for core in process.cores:
                    port = process.port_of(core)
                    ports += range(port, port + (3 if core == "broker" else 1))
            self.assertEqual(len(ports), len(set(ports)), ports)
            self.assertLess(max(ports), 20_000 + store.PORTS)

    def test_a_fault_of_the_only_broker_hits_its_node(self):
        for shape in (store.PROCESSES, store.SINGLE, store.NODES):
            made = self.store(shape)
            self.assertIs(self.target(made, "broker"), made.process_of("broker-1"))
            self.assertTrue(made.is_only_broker(made.process_of("broker-1")))
        self.assertFalse(self.store(store.NODES, cluster=True).is_only_broker(made.process_of("broker-1")))

    def test_of_several_nodes_that_of_the_writer_or_of_the_leader_is_hit(self):
        made = self.store(store.NODES)
        self.assertEqual(self.target(made, "writer", writer="order-2").instance, "node-2")
        self.assertEqual(self.target(made, "node", writer="order-2").instance, "node-3")
        made = self.store(store.NODES, cluster=True)
        self.assertEqual(self.target(made, "leader", leader="broker-3").instance, "node-3")
        self.assertEqual(self.target(made, "broker", writer="order-2", leader="broker-3").instance, "node-1")

    def test_processes_have_keys_in_a_secure_store_alone_and_etcd_has_certificates(self):
        home = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, home)
        secure = store.Store("pygmy", home, network.Loopback(), 20_000, 1, store.NODES, True, secure=True)
        with_keys = {p.role for p in secure.processes.values() if f"--keys {home}/keys" in " ".join(p.command)}
        self.assertEqual(with_keys, {"node"})
        secure.keys.mkdir()
        secure.make_certificates()
        asking = secure.of_role("etcd")[0].command
        for word in ("--client-cert-auth", "--peer-client-cert-auth", *secure.certificates()):
            self.assertIn(word, asking)
        self.assertIn("https://127.0.0.1:20001", asking)
        self.assertTrue(all(set(secure.certificates()) <= set(p.command) for p in secure.of_role("node")))
        checked = subprocess.run(["openssl", "verify", "-CAfile", *secure.certificates()[:2]], capture_output=True)
        self.assertEqual(checked.returncode, 0, checked)
        self.assertFalse(any("--keys" in p.command for p in self.store(store.NODES, cluster=True).processes.values()))

    def test_a_node_knows_the_brokers_of_the_others(self):
        commands = [" ".join(p.command) for p in self.store(store.NODES).of_role("node")]
        self.assertNotIn("--brokers", commands[0])
        self.assertIn("--roles catalog,order,frontend", commands[1])
        self.assertIn("--brokers tcp://127.0.0.1:20000 ", commands[1])


class Recording(unittest.TestCase):
    """The prober's record, made from the output of the commands."""

    ORDER = {"no": 4, "seq": 9, "at": 2345, "type": "buy", "key": "k", "customer": "",
             "lines": [{"item": 2, "quantity": 1, "price": 250, "stock": 9}], "total": 250}
    ITEM = {"id": 2, "title": "A", "topic": "b", "price": 250, "stock": 9, "version": 5}

    def test_orders_items_and_refusals_are_the_bodies_of_the_protocol_and_the_end_is_marked(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "probe.jsonl")
            record = history.Record(file)
            for printed in (self.ORDER, self.ITEM, {"error": {"code": "unknown", "message": "late"}}, {}):
                record.add("place", {"key": "k"}, 1, 2, printed)
            record.end()
            order, item, refused, silent, end = map(json.loads, file.read_text().splitlines())
        self.assertEqual(order["answer"]["order"], self.ORDER)
        self.assertEqual(item["answer"]["item"], self.ITEM)
        self.assertEqual((refused["err"], refused["answer"], silent["err"]), ("unknown", {"message": "late"}, "unknown"))
        self.assertEqual(end, {"operations": 4})


class Delaying(unittest.TestCase):
    def test_reads_the_numbers_of_packets_from_a_message_of_the_kernel(self):
        def packet(number):
            attributes = delay.attribute(9, b"other") + delay.attribute(
                delay.A_PACKET_HEADER, number.to_bytes(4, "big") + b"\x08\x00\x03")
            return delay.message(delay.PACKET, 1, attributes)
        self.assertEqual(list(delay.packets(packet(7) + packet(8))), [7, 8])
        self.assertEqual(list(delay.packets(delay.message(delay.CONFIG, 1, b""))), [])


def processes():
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            yield (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")


if __name__ == "__main__":
    unittest.main()
