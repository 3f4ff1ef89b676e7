"""Several roles in one process (`pygmy up --single`, `pygmy node`): killed, stopped, restarted, and mixed with processes."""

import os
import pathlib
import shutil
import signal
import subprocess
import unittest

from store import BOOKSTORE, CLEAN_ENVIRONMENT, PYGMY, SINGLE, Single, Store, StoreTest, deep_catalogue, \
    free_port_base, pygmy, tcp, wait_for


class OneProcess(StoreTest):
    OPTIONS = ("--catalogue", deep_catalogue())
    SHAPE = SINGLE

    def test_it_is_one_process_with_one_of_each_role(self):
        processes = self.store.ps()
        self.assertEqual([p["instance"] for p in processes], ["broker-1", "catalog-1", "order-1", "frontend-1"])
        self.assertEqual(len({p["pid"] for p in processes}), 1)
        self.assertEqual({p["state"] for p in processes}, {"live"})
        self.assertTrue(next(p for p in processes if p["role"] == "order")["writer"])
        self.assertIn("pygmy\0node\0", pathlib.Path(f"/proc/{processes[0]['pid']}/cmdline").read_text())

    def test_its_cores_do_not_talk_through_sockets(self):
        """Nobody is connected to the sockets that only processes of the store use."""
        self.store.read("buy", 1)
        sockets = pathlib.Path("/proc/net/unix").read_text()
        connected = [line for line in sockets.splitlines()
                     if f"{self.store.data}/run/" in line and line.split()[5] == "03"]
        self.assertEqual(connected, [])

    def test_told_to_stop_it_stops_one_core_after_the_other_and_comes_back(self):
        load = self.store.bench(4)
        pid = self.store.kill("broker-1", signal.SIGTERM)
        self.store.wait_restarted("broker-1", pid)
        report = load.result()
        self.assertEqual((report["errors"], report["refused"]), (0, {}), report)
        self.assertIn("node-1       ended with exit code 0", self.store.printed())


class Shapes(unittest.TestCase):
    def test_a_store_is_started_as_several_processes_and_as_one_in_turn(self):
        store = Store("--catalogue", BOOKSTORE)
        self.addCleanup(store.clean)
        orders = []
        for shape in ((), ("--single",), (), ("--single",)):
            store.options = ("--http", "off", *shape)
            store.frontends = [tcp(store.base + 10)]
            if not orders:
                store.options += ("--catalogue", BOOKSTORE)
            store.start()
            orders.append(store.read("buy", 1, "--key", f"order-{len(orders)}")["no"])
            for number, order in enumerate(orders):
                self.assertEqual(store.read("outcome", f"order-{number}")["order"]["no"], order)
            store.wait_level()
            self.assertEqual(store.ask("audit").code, 0)
            self.assertEqual(store.stop(), 0)
        self.assertEqual(orders, list(range(orders[0], orders[0] + 4)))

    def test_a_replica_of_it_that_lost_its_data_has_all_of_it_again(self):
        store = Single("--catalogue", BOOKSTORE)
        self.addCleanup(store.clean)
        store.start()
        order = store.read("buy", 1, "--key", "kept")["no"]
        pid = store.process("order-1")["pid"]
        shutil.rmtree(store.data + "/order-1")
        store.ask("buy", 1, "--key", "later", timeout="20s")  # the node notices when it commits its view, and ends
        store.wait_restarted("order-1", pid)
        self.assertEqual(store.read("outcome", "kept")["order"]["no"], order)
        self.assertEqual(store.ask("audit").code, 0)

    def test_a_broker_whose_data_is_gone_begins_no_new_stream(self):
        store = Single("--catalogue", BOOKSTORE)
        self.addCleanup(store.clean)
        store.start()
        pid = store.process("broker-1")["pid"]
        shutil.rmtree(store.data + "/broker-1")
        os.kill(pid, signal.SIGKILL)
        wait_for("it says so", lambda: "broker-1 does not exist" in store.log("node-1"))
        self.assertFalse(os.path.exists(store.data + "/broker-1"))

    def test_options_that_one_process_cannot_have(self):
        for more in (("--orders", "2"), ("--brokers", "1"), ("--cluster", "--bind", "0.0.0.0")):
            refused = pygmy("up", "--single", *more, "--data", "/nowhere")
            self.assertEqual(refused.code, 2, refused)
            self.assertIn("--single", refused.err)


class TwoNodes(unittest.TestCase):
    """The roles of a store in two nodes: what one has not, it reaches through sockets in the other."""

    def setUp(self):
        self.store = Store(port_base=free_port_base())
        self.addCleanup(self.store.clean)
        os.mkdir(self.store.data)
        self.base = self.store.base
        self.store.frontends = [tcp(self.base + 10)]
        self.nodes = []
        self.addCleanup(self.end)

    def node(self, roles, *more):
        self.nodes.append(subprocess.Popen(
            [PYGMY, "node", "--roles", roles, "--data", self.store.data, "--port-base", str(self.base), *more],
            env=CLEAN_ENVIRONMENT))
        return self.nodes[-1]

    def end(self):
        for node in self.nodes:
            if node.poll() is None:
                node.kill()
                node.wait()

    def test_they_are_one_store(self):
        broker = ("--brokers", tcp(self.base))
        first = self.node("broker,order")
        second = self.node("catalog,frontend", *broker)
        wait_for("a write works", lambda: self.store.ask("import", BOOKSTORE).code == 0)
        stock = self.store.stock(1)
        self.store.read("buy", 1)
        self.assertEqual(self.store.stock(1), stock - 1)
        first.kill()
        first.wait()
        first = self.node("broker,order")
        self.store.read("buy", 1)
        self.assertEqual(self.store.stock(1), stock - 2)
        self.assertEqual(self.store.ask("audit").code, 0)
        for node in (second, first):
            node.terminate()
            self.assertEqual(node.wait(timeout=30), 0)

    def test_one_that_lacks_somebody_to_hear_says_so(self):
        for roles, option in (("order", "--brokers"), ("bridge", "--frontend")):
            refused = pygmy("node", "--roles", roles, "--data", self.store.data)
            self.assertEqual(refused.code, 1, refused)
            self.assertIn(option, refused.err)
        self.assertEqual(pygmy("node", "--roles", "nothing", "--data", self.store.data).code, 2)


if __name__ == "__main__":
    unittest.main()
