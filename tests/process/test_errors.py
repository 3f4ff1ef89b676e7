"""Mistakes of a user end with one line that says what to do, and with an exit code that is not 0."""

import os
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import unittest

from store import BOOKSTORE, CLEAN_ENVIRONMENT, PYGMY, Store, free_port_base, pygmy, tcp, wait_for


class Errors(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="pygmy-")
        self.addCleanup(shutil.rmtree, self.home)
        self.base = free_port_base()

    def path(self, name, content=None):
        path = os.path.join(self.home, name)
        if content is not None:
            pathlib.Path(path).write_text(content)
        return path

    def directory(self, name):
        os.mkdir(self.path(name))
        return self.path(name)

    def complains(self, arguments, *words, code=1, environment=None):
        ended = pygmy(*arguments, environment=environment)
        self.assertEqual(ended.code, code, ended)
        self.assertEqual(len(ended.err.strip().splitlines()), 1, ended)
        for word in words:
            self.assertIn(word, ended.err)

    def broker(self, data, *more):
        return ("broker", "--data", data, "--listen", tcp(self.base), "--log-level", "error", *more)

    def replica(self, role, data):
        return (role, "--data", data, "--listen", tcp(self.base + 30), "--brokers", tcp(self.base), "--log-level", "error")

    def up(self, *more, data=None):
        http = () if "--http" in more else ("--http", "off")
        return ("up", "--data", data or self.path("data"), "--port-base", self.base, *http, *more)

    # Usage: exit code 2.

    def test_no_command(self):
        self.complains([], "--help", code=2)

    def test_an_unknown_command(self):
        self.complains(["bye"], "bye", code=2)

    def test_an_unknown_option(self):
        self.complains(self.up("--wrong"), "--wrong", "pygmy up --help", code=2)

    def test_a_missing_option(self):
        self.complains(["broker", "--data", self.home], "--listen", code=2)

    def test_a_port_out_of_range(self):
        for listen in ("tcp://127.0.0.1:70000", "tcp://127.0.0.1:0", "tcp://127.0.0.1:x", "127.0.0.1:7400"):
            with self.subTest(listen):
                self.complains(["broker", "--data", self.home, "--listen", listen], "--listen", code=2)
        self.complains(["up", "--port-base", "65500"], "--port-base", code=2)

    def test_journals_and_brokers_that_do_not_go_together(self):
        self.complains(self.up("--brokers", "2"), "--cluster", code=2)
        self.complains(self.up("--journal", "paper"), "sqlite", "etcd", code=2)
        self.complains(self.up("--cluster", "--etcd", "127.0.0.1:2379"), "--etcd", code=2)

    def test_a_lease_shorter_than_the_heartbeats(self):
        self.complains(self.up("--lease-ms", "100", "--heartbeat-ms", "90"), "--lease-ms", code=2)

    def test_a_number_that_is_not_valid(self):
        self.complains(self.up("--orders", "many"), "--orders", code=2)
        self.complains(self.up("--orders", "0"), "--orders", code=2)
        self.complains(self.up(), "PYGMY_ORDERS: ", code=2, environment={"PYGMY_ORDERS": "0"})

    # The configuration file.

    def test_a_setting_that_nobody_knows(self):
        file = self.path("p.toml", "data = \"x\"\n[broker]\nlease-ms = 300\nleese = 1\n")
        self.complains(self.up("--config", file), file + ":4:", "leese", code=2)

    def test_broken_toml(self):
        file = self.path("p.toml", "data = \n")
        self.complains(self.up("--config", file), file + ":1:", code=2)

    def test_a_setting_of_the_wrong_kind(self):
        file = self.path("p.toml", "[up]\norders = \"many\"\n")
        self.complains(self.up("--config", file), file + ":2:", "orders", code=2)

    def test_no_such_configuration(self):
        self.complains(self.up("--config", self.path("none.toml")), "none.toml", code=2)
        self.complains(self.up(), "none.toml", code=2, environment={"PYGMY_CONFIG": self.path("none.toml")})

    def test_flag_before_environment_before_file_before_default(self):
        file = self.path("p.toml", "lease-ms = 301\nheartbeat-ms = 31\n[up]\norders = 4\n[order]\nheartbeat-ms = 77\n")
        shown = pygmy("up", "--print-config", "--lease-ms", 303, "--config", file,
                      environment={"PYGMY_LEASE_MS": "302", "PYGMY_HEARTBEAT_MS": "32"})
        self.assertEqual(shown.code, 0, shown)
        lines = shown.out.splitlines()
        for line in ("lease-ms = 303", "heartbeat-ms = 32", "orders = 4", "catalogs = 2"):
            self.assertIn(line, lines)

    def test_lists_are_printed_and_read_as_arrays(self):
        endpoints = ["tcp://a:1", "ipc:///Smith, Jones/b.sock"]
        for given in (endpoints, [",".join(endpoints)]):
            options = [word for endpoint in given for word in ("--brokers", endpoint)]
            shown = pygmy("frontend", "--print-config", "--listen", tcp(self.base), *options)
            self.assertIn('brokers = ["tcp://a:1", "ipc:///Smith, Jones/b.sock"]', shown.out.splitlines(), shown)
        file = self.path("p.toml", shown.out)
        self.assertEqual(pygmy("frontend", "--print-config", "--config", file).out, shown.out)
        shown = pygmy("frontend", "--print-config", "--listen", tcp(self.base),
                      environment={"PYGMY_BROKERS": ",".join(endpoints)})
        self.assertIn('brokers = ["tcp://a:1", "ipc:///Smith, Jones/b.sock"]', shown.out.splitlines(), shown)

    def test_printed_options_can_be_read_again(self):
        options = ("--instance", "broker-7", "--data", self.home, "--listen", tcp(self.base))
        file = self.path("p.toml", pygmy("broker", "--print-config", *options).out)
        self.assertEqual(pygmy("broker", "--print-config", "--config", file).out, pathlib.Path(file).read_text())
        self.assertIn('instance = "broker-7"', pathlib.Path(file).read_text())

    # The machine.

    def test_a_missing_directory(self):
        for role in ("catalog", "order"):
            self.complains(self.replica(role, self.path("none")), self.path("none"), "mkdir")
        self.complains(self.broker(self.path("none")), self.path("none"), "mkdir")
        self.complains(self.up(data=self.path("none/deeper")), self.path("none"), "mkdir")

    def test_a_file_instead_of_a_directory(self):
        self.complains(self.up(data=self.path("file", "")), "not a directory")

    def test_a_foreign_file_in_the_place_of_the_journal(self):
        data = self.directory("broker")
        file = self.path("broker/journal.db", "this is no database" * 100)
        self.complains(self.broker(data), file)
        self.assertEqual(pathlib.Path(file).read_text(), "this is no database" * 100, "it was left alone")

    def test_a_foreign_file_in_the_place_of_a_view_is_put_aside(self):
        """A view is made anew from the stream, so a replica does not wait for a person; but it destroys nothing (ADR 27)."""
        for role in ("catalog", "order"):
            with self.subTest(role):
                data = self.directory(role)
                self.path(f"{role}/{role}.db", "this is no database" * 100)
                replica = subprocess.Popen([PYGMY, *self.replica(role, data)], stderr=subprocess.PIPE, text=True)
                self.addCleanup(replica.communicate)
                self.addCleanup(replica.kill)
                asides = wait_for("it is put aside", lambda data=data: list(pathlib.Path(data).glob("*.aside-*")))
                self.assertEqual(asides[0].read_text(), "this is no database" * 100, "it was left alone")

    def test_a_database_of_another_program(self):
        for role, name in (("broker", "journal.db"), ("catalog", "catalog.db"), ("order", "order.db")):
            with self.subTest(role):
                data = self.directory(role)
                database = sqlite3.connect(self.path(f"{role}/{name}"))
                database.execute("CREATE TABLE things (name)")
                database.commit()
                database.close()
                self.complains(self.broker(data) if role == "broker" else self.replica(role, data), name)

    def test_up_stops_when_a_child_cannot_start(self):
        self.directory("data")
        self.path("data/up.lock", "")
        self.directory("data/order-2")
        database = sqlite3.connect(self.path("data/order-2/order.db"))
        database.execute("CREATE TABLE things (name)")
        database.commit()
        database.close()
        ended = pygmy(*self.up())
        self.assertEqual(ended.code, 1, ended)
        self.assertIn("order-2 does not start", ended.err)
        self.assertIn("order.db", ended.err)

    def test_a_port_in_use(self):
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", self.base + 51))
            taken.listen()
            self.complains(self.up(), str(self.base + 51), "--port-base")
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", self.base))
            taken.listen()
            self.complains(self.broker(self.home), str(self.base))

    def test_a_catalogue_that_cannot_be_loaded(self):
        self.complains(self.up("--catalogue", self.path("none.csv")), "none.csv")
        bad = self.path("bad.csv", "id,title,topic,price,stock\n1,A,t,1.00,5\n2,B,t,much,5\n")
        self.complains(self.up("--catalogue", bad), bad + ":3")

    def test_two_on_the_same_data(self):
        store = Store("--catalogue", BOOKSTORE)
        self.addCleanup(store.clean)
        store.start()
        self.complains(self.up(data=store.data), f"pid {store.up.pid}", store.data)
        order = store.data + "/order-1"
        self.complains(self.replica("order", order), f"pid {store.process('order-1')['pid']}", order)
        broker = store.data + "/broker-1"
        self.complains(self.broker(broker), f"pid {store.process('broker-1')['pid']}", broker)

    def test_nothing_runs(self):
        self.complains(("ps", "--data", self.home), "pygmy up", code=3)
        self.complains(("lookup", 1, "--frontend", tcp(self.base + 10), "--timeout", "300ms"), tcp(self.base + 10), code=3)

    # Correct use.

    def test_version_and_help(self):
        self.assertRegex(pygmy("--version").out, r"^pygmy \d+\.\d+")
        for command in ("up", "ps", "broker", "catalog", "order", "frontend", "bridge", "health"):
            shown = pygmy(command, "--help")
            self.assertEqual(shown.code, 0)
            self.assertIn("Example: ", shown.out, command)

    def test_a_name_has_one_meaning(self):
        """`brokers` are endpoints, in variables and files; the number of brokers that `up` starts is `broker-count`."""
        self.complains(self.up(), "PYGMY_BROKER_COUNT: ", code=2, environment={"PYGMY_BROKER_COUNT": tcp(self.base)})
        endpoints = self.path("p.toml", f'brokers = ["{tcp(self.base)}"]\n')
        for given, words in (({"PYGMY_BROKERS": tcp(self.base)}, ()), ({}, ("--config", endpoints))):
            shown = pygmy("up", "--print-config", "--journal", "etcd", "--brokers", 3, *words, environment=given)
            self.assertIn("broker-count = 3", shown.out.splitlines(), shown)

    def test_a_wrong_value_of_a_variable_is_told_with_the_name_of_the_variable(self):
        self.complains(self.up(), "PYGMY_LEASE_MS: ", code=2, environment={"PYGMY_LEASE_MS": "long"})
        self.complains(self.up("--lease-ms", "long"), "--lease-ms: ", code=2, environment={"PYGMY_LEASE_MS": "700"})

    def test_a_variable_means_what_the_command_that_runs_takes_it_for(self):
        """CLI11 would read the variables of all commands."""
        self.complains(("order", "--data", self.path("none"), "--listen", tcp(self.base)), "mkdir -p",
                       environment={"PYGMY_BROKERS": tcp(self.base)})

    def test_a_process_started_alone_with_a_file_and_the_environment(self):
        self.directory("data")
        file = self.path("p.toml", f'data = "{self.path("data")}"\n[broker]\nlisten = "{tcp(self.base)}"\n')
        with subprocess.Popen([PYGMY, "broker"], stderr=subprocess.PIPE, text=True,
                              env={**CLEAN_ENVIRONMENT, "PYGMY_CONFIG": file, "PYGMY_INSTANCE": "lone"}) as broker:
            lines = []
            wait_for("it says where it listens", lambda: lines.append(broker.stderr.readline()) or f"listening on {tcp(self.base)}" in lines[-1])
            self.assertIn("lone", lines[-1])
            self.assertIn(str(broker.pid), lines[-1])
            broker.terminate()
            self.assertEqual(broker.wait(timeout=10), 0)


if __name__ == "__main__":
    unittest.main()
