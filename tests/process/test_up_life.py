"""The life of an `up`: restarts, output, and stopping."""

import json
import os
import pathlib
import pty
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from store import BOOKSTORE, CLEAN_ENVIRONMENT, PYGMY, Store, StoreTest, alive, free_port_base, port_is_free, pygmy, tcp, wait_for


class Life(StoreTest):
    OPTIONS = ("--catalogue", BOOKSTORE, "--catalogs", "1", "--orders", "2", "--cache-bytes", "0", "--lease-ms", "400",
               "--heartbeat-ms", "40")

    def test_ps_tells_every_process(self):
        listed = self.store.ps()
        self.assertEqual([p["role"] for p in listed], ["broker", "catalog", "order", "order", "frontend", "frontend"])
        for process in listed:
            self.assertTrue(alive(process["pid"]))
            self.assertTrue(process["endpoint"].startswith("tcp://127.0.0.1:"))
            wait_for("it is live", lambda: self.store.process(process["instance"])["state"] == "live")
        self.assertEqual(sum(p["writer"] for p in listed), 1)
        self.assertIn("writer", pygmy("ps", "--data", self.store.data).out)

    def test_it_prints_every_process_before_ready(self):
        lines = self.store.printed().splitlines()
        ready = lines.index("ready")
        for process in self.store.ps():
            self.assertTrue(any(process["instance"] in line and "live" in line for line in lines[:ready]), lines)

    def test_a_child_that_dies_is_started_again_and_told(self):
        pid = self.store.kill("catalog-1")
        self.store.wait_restarted("catalog-1", pid)
        self.assertEqual(self.store.process("catalog-1")["restarts"], 1)
        self.assertIn("killed by signal 9", self.store.printed())

    def test_a_broker_that_is_killed_again_and_again_is_back_every_time(self):
        for i in range(10):
            pid = self.store.kill("broker-1")
            wait_for("it is back", lambda: self.store.process("broker-1")["pid"] not in (0, pid), deadline_s=4)
            self.store.read("buy", 1, "--key", f"between-kills-{i}", timeout="4s")

    def test_a_child_that_is_told_to_stop_again_and_again_is_back_every_time(self):
        for i in range(10):
            pid = self.store.kill("catalog-1", signal.SIGTERM)
            wait_for("it is back", lambda: self.store.process("catalog-1")["pid"] not in (0, pid), deadline_s=4)

    def test_a_child_that_ends_by_itself_again_and_again_is_held_back(self):
        view = self.store.data + "/catalog-1"
        pid = self.store.kill("catalog-1", signal.SIGTERM)
        os.rename(view, view + ".away")
        pathlib.Path(view).touch()
        began = self.store.process("catalog-1")["restarts"]
        started = time.monotonic()
        wait_for("it was tried five times", lambda: self.store.process("catalog-1")["restarts"] >= began + 5)
        self.assertGreater(time.monotonic() - started, 0.05 + 0.1 + 0.2, "the waits double")
        self.assertIn("catalog-1    ended with exit code 1", self.store.printed())
        os.remove(view)
        os.rename(view + ".away", view)
        self.store.wait_restarted("catalog-1", pid)


class End(unittest.TestCase):
    def started(self, *options, **more):
        store = Store("--catalogs", "1", "--orders", "1", "--frontends", "1", *options, **more)
        self.addCleanup(store.clean)
        return store.start()

    def check_gone(self, store, pids):
        self.assertFalse(any(alive(pid) for pid in pids))
        self.assertTrue(port_is_free(store.base))
        self.assertFalse(os.path.exists(store.data + "/up.json"))

    def test_ctrl_c_stops_all_of_it(self):
        store = self.started()
        pids = [p["pid"] for p in store.ps()]
        self.assertEqual(store.stop(signal.SIGINT), 0)
        self.check_gone(store, pids)
        for instance in ("broker-1", "catalog-1", "order-1", "frontend-1"):
            self.assertIn("stopped", store.log(instance).splitlines()[-1])

    def test_a_child_that_does_not_stop_is_killed(self):
        store = self.started()
        pids = [p["pid"] for p in store.ps()]
        store.kill("catalog-1", signal.SIGSTOP)
        self.assertEqual(store.stop(), 0)
        self.assertIn("catalog-1    does not stop: killed", store.printed())
        self.check_gone(store, pids)

    def test_no_restart_leaves_it_dead(self):
        store = self.started("--no-restart")
        store.kill("catalog-1")
        wait_for("it is told", lambda: store.process("catalog-1")["state"] == "dead")
        self.assertEqual(store.process("catalog-1")["restarts"], 0)
        store.read("outcome", "writes-go-on")

    def test_when_up_was_killed_ps_says_so_and_takes_no_stranger_for_its_process(self):
        store = self.started()
        store.kill_all()
        state = json.loads(pathlib.Path(store.data, "up.json").read_text())
        for process in state["processes"]:
            process["pid"] = os.getpid()
        pathlib.Path(store.data, "up.json").write_text(json.dumps(state))
        for listed in (pygmy("ps", "--data", store.data), pygmy("ps", "--data", store.data, "--json")):
            self.assertEqual(listed.code, 3, listed)
            self.assertIn(f"no `pygmy up` runs on {store.data}", listed.err)
            self.assertNotIn("alive", listed.out)
        self.assertEqual({p["state"] for p in listed.json}, {"dead"})

    def test_a_closed_terminal_does_not_stop_what_was_started_under_nohup(self):
        store = self.started(through=("nohup",))
        store.up.send_signal(signal.SIGHUP)
        store.up.send_signal(signal.SIGHUP)
        store.read("outcome", "it-goes-on")
        self.assertEqual(store.stop(), 0)

    def test_a_closed_terminal_stops_all_of_it(self):
        store = Store("--catalogs", "1", "--orders", "1", "--frontends", "1")
        self.addCleanup(store.clean)
        up, terminal = pty.fork()
        if up == 0:
            output = os.open(store.output, os.O_WRONLY | os.O_CREAT)
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.execve(PYGMY, [PYGMY, "up", "--data", store.data, "--port-base", str(store.base), *store.options],
                      CLEAN_ENVIRONMENT)
        try:
            wait_for("it is ready", lambda: os.path.exists(store.output) and "ready" in store.printed().splitlines())
            pids = [p["pid"] for p in store.ps()]
        except BaseException:
            os.kill(up, signal.SIGKILL)
            raise
        os.close(terminal)
        self.assertEqual(os.waitpid(up, 0)[1], 0)
        self.check_gone(store, pids)

    def test_a_path_may_hold_any_character(self):
        for name in ("Smith, Jones & Co", "ü,n", "a=b", "it's", "[a,b]", "ipc:,tcp:", "q\"%20?#x"):
            store = self.started(data=os.path.join(tempfile.mkdtemp(prefix="p-"), name))
            self.addCleanup(shutil.rmtree, os.path.dirname(store.data))
            store.read("outcome", "a-write")
            self.assertTrue(os.listdir(store.data + "/run"), "over ipc")
            self.assertEqual(store.stop(), 0)

    def test_a_second_process_with_a_name_in_use_is_ignored_and_told(self):
        store = self.started()
        store.wait_level()
        data = tempfile.mkdtemp(prefix="pygmy-")
        self.addCleanup(shutil.rmtree, data)
        second = subprocess.Popen([PYGMY, "order", "--instance", "order-1", "--listen", tcp(store.base + 59), "--brokers",
                                   tcp(store.base), "--data", data], stderr=subprocess.DEVNULL)
        self.addCleanup(second.wait)
        self.addCleanup(second.kill)
        first = store.process("order-1")["pid"]
        line = f"two processes run under the name order-1, with pid {first} and pid {second.pid}"
        wait_for("status tells it", lambda: line in store.ask("status").out)
        self.assertEqual(store.ask("status").code, 1)
        self.assertIn(line, pygmy("ps", "--data", store.data).err)
        self.assertIn(line, store.log("broker-1"))
        wait_for("the first is the writer", lambda: store.process("order-1")["writer"])
        epoch = store.ask("status", "--json").json["epoch"]
        for i in range(5):
            store.read("outcome", f"a-write-{i}")
        self.assertEqual(store.ask("status", "--json").json["epoch"], epoch)
        second.kill()
        wait_for("that is over", lambda: store.ask("status").code == 0)

    def test_it_runs_without_ipc_where_the_path_is_too_long(self):
        data = Store("--orders", "1")
        self.addCleanup(data.clean)
        data.data = os.path.join(data.home, "a-directory-with-a-long-name-" * 3)
        data.output = data.home + "/out"
        data.start()
        data.read("outcome", "a-write")
        self.assertEqual(os.listdir(data.data + "/run"), [])

    def test_it_does_not_start_before_its_ports_are_free(self):
        base = free_port_base()
        store = Store("--orders", "1", port_base=base)
        self.addCleanup(store.clean)
        store.start()
        second = pygmy("up", "--data", store.home + "/second", "--port-base", base, "--http", "off")
        self.assertEqual(second.code, 1)
        self.assertFalse(os.path.exists(store.home + "/second/broker-1"), "it has started nothing")


if __name__ == "__main__":
    unittest.main()
