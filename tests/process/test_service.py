"""A process under a service manager (systemd): when it says that it is ready, that it lives, and that it stops; the
levels of its log; and `status --wait`. The manager is a stub, a socket of the test."""

import array
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import tempfile
import unittest

from store import CLEAN_ENVIRONMENT, DEADLINE_S, PYGMY, PORTS, Store, free_port_base, pygmy, tcp, wait_for

CREDENTIALS = struct.calcsize("3i")
WATCHDOG = {"WATCHDOG_USEC": "100000"}


class Manager:
    """Hears the messages of one process, or of a process and its children."""

    def __init__(self, test, name=None):
        self.home = tempfile.TemporaryDirectory(prefix="pygmy-")
        test.addCleanup(self.home.cleanup)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        test.addCleanup(self.socket.close)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.path = name or self.home.name + "/notify"
        self.socket.bind("\0" + name[1:] if name else self.path)
        self.heard = []  # (pid, line)

    @property
    def environment(self):
        return {"NOTIFY_SOCKET": self.path}

    def lines(self):
        """Returns all lines that have come until now."""
        while True:
            try:
                text, more, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(CREDENTIALS))
            except BlockingIOError:
                return [line for _, line in self.heard]
            pid = array.array("i", more[0][2][:CREDENTIALS])[0]
            self.heard += [(pid, line) for line in text.decode().splitlines()]

    def said(self):
        """The lines that are told once."""
        return [line for line in self.lines() if line != "WATCHDOG=1" and not line.startswith("STATUS=")]

    def status(self):
        return next((line for line in reversed(self.lines()) if line.startswith("STATUS=")), None)

    def count(self, line):
        return self.lines().count(line)

    def wait_for(self, line, times=1):
        wait_for(f"the manager hears {line}", lambda: self.count(line) >= times)


class ServiceTest(unittest.TestCase):
    def setUp(self):
        self.base = free_port_base()
        self.home = tempfile.TemporaryDirectory(prefix="pygmy-")
        self.addCleanup(self.home.cleanup)

    def start(self, *arguments, environment, stderr=None):
        """Starts one process of a store."""
        with open(self.home.name + "/out", "ab") as output:
            process = subprocess.Popen([PYGMY, *map(str, arguments)], env={**CLEAN_ENVIRONMENT, **environment},
                                       stdout=output, stderr=stderr or output)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def directory(self, name):
        path = f"{self.home.name}/{name}"
        os.mkdir(path)
        return path

    def start_broker(self, environment):
        return self.start("broker", "--listen", tcp(self.base), "--data", self.directory("broker-1"),
                          environment=environment)

    def start_replica(self, role, port, environment):
        return self.start(role, "--listen", tcp(self.base + port), "--brokers", tcp(self.base), "--data",
                          self.directory(role + "-1"), environment=environment)

    def start_frontend(self, environment):
        return self.start("frontend", "--listen", tcp(self.base + 10), "--brokers", tcp(self.base),
                          environment=environment)

    def start_bridge(self, environment, *options):
        return self.start("bridge", "--listen", f"127.0.0.1:{self.base + PORTS - 1}", *options, environment=environment)

    def start_node(self, environment, *options):
        return self.start("node", "--data", self.directory("node"), "--port-base", self.base, "--http",
                          self.base + PORTS - 1, *options, environment=environment)

    def ask(self, *arguments, timeout="20s"):
        return pygmy(*arguments, "--frontend", tcp(self.base + 10), "--timeout", timeout)


class Ready(ServiceTest):
    def test_a_node_is_ready_when_it_serves_and_says_that_it_stops(self):
        manager = Manager(self)
        node = self.start_node(manager.environment)
        manager.wait_for("READY=1")
        self.assertEqual(self.ask("add", "--title", "Tea", "--topic", "drinks", "--price", "1", "--stock", "1").code, 0)
        node.send_signal(signal.SIGTERM)
        self.assertEqual(node.wait(DEADLINE_S), 0)
        self.assertEqual(manager.said(), ["READY=1", "STOPPING=1"])
        self.assertIn("STATUS=broker: leads; catalog: live; order: live; frontend: has a lease; bridge: serves",
                      manager.lines())
        self.assertEqual(manager.status(), "STATUS=stopping")

    def test_each_role_is_ready_when_it_serves(self):
        managers = {role: Manager(self) for role in ("broker", "catalog", "order", "frontend", "bridge")}
        watched = {role: {**manager.environment, **WATCHDOG} for role, manager in managers.items()}
        self.start_replica("catalog", 30, watched["catalog"])
        self.start_replica("order", 50, watched["order"])
        self.start_frontend(watched["frontend"])
        self.start_bridge(watched["bridge"], "--brokers", tcp(self.base))
        for role in ("catalog", "order", "frontend", "bridge"):
            managers[role].wait_for("WATCHDOG=1", times=3)
            self.assertNotIn("READY=1", managers[role].lines(), f"{role} has no broker yet")
        self.assertEqual(managers["frontend"].status(), "STATUS=frontend: has no lease")
        self.start_broker(watched["broker"])
        for manager in managers.values():
            manager.wait_for("READY=1")
        wait_for("a status follows", lambda: managers["order"].status() == "STATUS=order: live")

    def test_a_bridge_without_an_edge_of_its_own_is_ready_when_a_frontend_answers(self):
        manager = Manager(self)
        self.start_bridge({**manager.environment, **WATCHDOG}, "--frontend", tcp(self.base + 10))
        manager.wait_for("WATCHDOG=1", times=3)
        self.start_frontend({})
        wait_for("the frontend answers", lambda: "answered by frontend-1" in self.ask("status").out)
        manager.wait_for("WATCHDOG=1", times=manager.count("WATCHDOG=1") + 40)  # it is asked every second
        self.assertEqual(manager.said(), [], "the frontend has no lease")
        self.assertEqual(manager.status(), "STATUS=bridge: has no edge that answers")
        self.start_broker({})
        manager.wait_for("READY=1")
        self.assertEqual(manager.status(), "STATUS=bridge: serves")

    def test_the_manager_may_listen_at_an_abstract_name(self):
        manager = Manager(self, name=f"@pygmy-test-{os.getpid()}")
        self.start_broker(manager.environment)
        manager.wait_for("READY=1")

    def test_a_process_runs_without_the_manager_that_was_named(self):
        self.start_node({"NOTIFY_SOCKET": self.home.name + "/nobody", **WATCHDOG})
        self.assertEqual(self.ask("status", "--wait").code, 0)

    def test_a_hostile_environment_stops_no_process(self):
        self.start_node({"NOTIFY_SOCKET": "/" + 100_000 * "x", "WATCHDOG_USEC": "-1", "WATCHDOG_PID": "nobody"})
        self.assertEqual(self.ask("status", "--wait").code, 0)

    def test_up_speaks_for_its_store_and_its_children_are_silent(self):
        manager = Manager(self)
        store = Store("--catalogs", "1", "--orders", "1", "--frontends", "1")
        self.addCleanup(store.clean)
        store.environment = {**manager.environment, **WATCHDOG}
        store.start()
        manager.wait_for("WATCHDOG=1", times=3)
        manager.wait_for("READY=1")  # it follows the line `ready`
        self.assertEqual(store.stop(), 0)
        self.assertEqual({pid for pid, _ in manager.heard}, {store.up.pid})
        self.assertEqual(manager.said(), ["READY=1", "STOPPING=1"])
        self.assertIn("STATUS=ready; 4 of 4 processes run", manager.lines())


class Watchdog(ServiceTest):
    def test_a_process_that_stands_still_is_not_heard_any_more(self):
        """The stopped process has been silent for as long as another one needs for twenty pings."""
        stopped, other = Manager(self), Manager(self)
        broker = self.start_broker({**stopped.environment, **WATCHDOG})
        self.start_replica("catalog", 30, {**other.environment, **WATCHDOG})
        stopped.wait_for("WATCHDOG=1", times=3)
        broker.send_signal(signal.SIGSTOP)
        wait_for("it stands still", lambda: " (pygmy) T " in pathlib.Path(f"/proc/{broker.pid}/stat").read_text())
        before = stopped.count("WATCHDOG=1")
        other.wait_for("WATCHDOG=1", times=other.count("WATCHDOG=1") + 20)
        self.assertEqual(stopped.count("WATCHDOG=1"), before)
        broker.send_signal(signal.SIGCONT)
        stopped.wait_for("WATCHDOG=1", times=before + 1)

    def test_a_watchdog_of_another_process_is_not_ours(self):
        ours, other = Manager(self), Manager(self)
        self.start_broker({**ours.environment, **WATCHDOG, "WATCHDOG_PID": "1"})
        self.start_replica("catalog", 30, {**other.environment, **WATCHDOG})
        ours.wait_for("READY=1")
        other.wait_for("WATCHDOG=1", times=10)
        self.assertEqual(ours.said(), ["READY=1"])
        self.assertNotIn("WATCHDOG=1", ours.lines())

    def test_a_bridge_whose_server_hangs_is_not_heard_any_more(self):
        """The server reads its token every second, here from a pipe that nobody writes. Its loop goes on."""
        hung, other = Manager(self), Manager(self)
        token, trap, pipe = (f"{self.home.name}/{name}" for name in ("token", "trap", "pipe"))
        os.mkfifo(pipe, 0o600)
        os.link(pipe, trap)
        self.start_broker({**other.environment, **WATCHDOG})
        self.start_bridge({**hung.environment, **WATCHDOG}, "--brokers", tcp(self.base), "--bridge-token", token)
        hung.wait_for("READY=1")
        os.replace(trap, token)

        def is_silent():
            before = hung.count("WATCHDOG=1")
            other.wait_for("WATCHDOG=1", times=other.count("WATCHDOG=1") + 10)
            return hung.count("WATCHDOG=1") == before
        wait_for("the server hangs, and the bridge is silent", is_silent)
        before = hung.count("WATCHDOG=1")
        os.unlink(token)
        os.close(os.open(pipe, os.O_WRONLY))  # the server reads on
        hung.wait_for("WATCHDOG=1", times=before + 1)


class Journal(ServiceTest):
    def log_of_a_broker(self, name_of):
        """Returns the lines of a broker whose standard error is a pipe that JOURNAL_STREAM names as `name_of` does."""
        reader, writer = os.pipe()
        broker = self.start("broker", "--listen", tcp(self.base), "--data", self.directory("broker-1"),
                            environment={"JOURNAL_STREAM": name_of(os.fstat(writer))}, stderr=writer)
        os.close(writer)
        with os.fdopen(reader) as log:
            first = log.readline()
            broker.send_signal(signal.SIGTERM)
            return [first, *log.readlines()]

    def test_the_journal_is_told_the_level_of_each_line(self):
        for line in self.log_of_a_broker(lambda file: f"{file.st_dev}:{file.st_ino}"):
            self.assertRegex(line, r"^<6>\d{4}-.* info  broker-1 \| ")

    def test_a_standard_error_that_is_not_the_journal_has_no_levels(self):
        for line in self.log_of_a_broker(lambda file: f"{file.st_dev}:{file.st_ino + 1}"):
            self.assertRegex(line, r"^\d{4}-.* info  broker-1 \| ")


class Wait(ServiceTest):
    def test_status_waits_until_the_store_serves(self):
        waiting = subprocess.Popen([PYGMY, "status", "--wait", "--json", "--timeout", "60s", "--frontend",
                                    tcp(self.base + 10)],
                                   env=CLEAN_ENVIRONMENT, stdout=subprocess.PIPE, text=True)
        self.addCleanup(waiting.stdout.close)
        self.start_frontend({})
        self.start_broker({})
        self.start_replica("catalog", 30, {})
        self.assertIsNone(waiting.poll(), "there is no writer yet")
        self.start_replica("order", 50, {})
        told = json.loads(waiting.stdout.read())
        self.assertEqual(waiting.wait(60), 0)
        release = pygmy("--version").out.splitlines()[0].removeprefix("pygmy ")
        self.assertEqual({process["release"] for process in told["processes"]}, {release})
        self.assertIn(f"\nrelease {release}\n", self.ask("status").out)
        self.assertEqual(self.ask("add", "--title", "Tea", "--topic", "drinks", "--price", "1", "--stock", "1").code, 0)

    def test_it_names_the_obstacle_when_its_time_is_over(self):
        self.start_frontend({})
        self.start_broker({})
        self.start_replica("order", 50, {})
        wait_for("there is a writer", lambda: "writer order-1" in self.ask("status").out)
        waited = self.ask("status", "--wait", timeout="1s")
        self.assertEqual(waited.code, 3)
        self.assertIn("the store is not complete yet: no catalog replica is live", waited.err)

    def test_without_a_store_it_ends_like_other_commands(self):
        waited = self.ask("status", "--wait", timeout="500ms")
        self.assertEqual(waited.code, 3)
        self.assertIn("pygmy: unavailable:", waited.err)


if __name__ == "__main__":
    unittest.main()
