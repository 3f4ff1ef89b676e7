"""Events over HTTP while the store restarts, or while another history of the store takes its place."""

import os
import signal
import subprocess
import time
import unittest

from http_client import Http, seq_of
from store import BOOKSTORE, CLEAN_ENVIRONMENT, PYGMY, Store, free_port_base, pygmy, scratch_file, tcp, wait_for

SMALL = ("--catalogs", "1", "--orders", "1", "--frontends", "2")


def cpu_ticks(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


class Events(unittest.TestCase):
    def store(self, *options, data=None):
        base = free_port_base()
        store = Store(*SMALL, "--http", base + 62, *options, data=data, port_base=base)
        self.addCleanup(store.clean)
        store.start()
        return store, Http(base + 62)

    def test_an_id_of_an_abandoned_history_is_reset(self):
        store, http = self.store("--catalogue", BOOKSTORE)
        kept = store.read("buy", 1)["seq"]
        left = store.read("buy", 1)["seq"]
        with http.stream(f"/v1/events?from={kept}") as events:
            kept_id = events.next()[0]
            while seq_of(left_id := events.next()[0]) < left:
                pass
        backup, data = scratch_file("backup"), scratch_file("data")
        self.assertEqual(pygmy("backup", backup, "--brokers", tcp(store.base)).code, 0)
        self.assertEqual(store.stop(), 0)
        self.assertEqual(pygmy("restore", backup, "--data", data, "--to-seq", kept).code, 0)
        restored, http = self.store(data=data)
        while restored.read("buy", 2)["seq"] < left + 10:
            pass
        with http.stream("/v1/events", Last_Event_ID=left_id) as events:
            self.assertEqual(events.next()[1], "reset", "another event has this seq now")
        with http.stream("/v1/events", Last_Event_ID=kept_id) as events:
            first = events.next()
            self.assertNotEqual(first[1], "reset", "both histories have this event")
            self.assertEqual(seq_of(first[0]), kept + 1)

    def test_frontends_that_start_while_the_broker_is_away_reset_nobody(self):
        store, http = self.store("--catalogue", BOOKSTORE)
        placed = store.read("buy", 1)
        first = placed["no"]
        with http.stream(f"/v1/events?type=order_placed&from={placed['seq']}") as events:
            self.assertEqual(events.next()[2]["no"], first)
            broker = store.process("broker-1")["pid"]
            os.kill(broker, signal.SIGSTOP)
            try:
                before = {name: store.kill(name) for name in ("frontend-1", "frontend-2")}
                for name, pid in before.items():
                    wait_for(f"{name} was started again", lambda: store.process(name)["pid"] not in (0, pid))
                # The broker is away for longer than the bridge waits before it believes that the stream is another one.
                bridge = store.process("bridge-1")["pid"]
                begun, ticks = time.monotonic(), cpu_ticks(bridge)
                wait_for("16 s have gone by", lambda: time.monotonic() > begun + 16)
                used = (cpu_ticks(bridge) - ticks) / os.sysconf("SC_CLK_TCK")
            finally:
                os.kill(broker, signal.SIGCONT)
            self.assertLess(used, 2, "the bridge waits for the store without spinning")
            wait_for("the store sells again", lambda: store.ask("buy", 1, "--key", "after").code == 0)
            _, kind, order = events.next()
            self.assertEqual((kind, order.get("no")), ("order_placed", first + 1), "no reset, no repeated event")

    def test_a_bridge_whose_frontend_knows_no_broker_does_not_spin(self):
        base = free_port_base()
        for command in (["frontend", "--listen", tcp(base), "--brokers", tcp(base + 5)],
                        ["bridge", "--listen", f"127.0.0.1:{base + 62}", "--frontend", tcp(base)]):
            process = subprocess.Popen([PYGMY, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       env=CLEAN_ENVIRONMENT)
            self.addCleanup(process.wait)
            self.addCleanup(process.terminate)

        def answers():
            try:
                return Http(base + 62).get("/healthz").status == 200
            except OSError:
                return False
        wait_for("the bridge listens", answers)
        begun, ticks = time.monotonic(), cpu_ticks(process.pid)
        wait_for("3 s have gone by", lambda: time.monotonic() > begun + 3)
        self.assertLess((cpu_ticks(process.pid) - ticks) / os.sysconf("SC_CLK_TCK"), 0.5)


if __name__ == "__main__":
    unittest.main()
