"""A store of `pygmy up` that the tests of the protocol share, and a client of it. PYGMY names the program."""

import os
import pathlib
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT / "tests/process")]

from client import Client, Refused  # noqa: E402
from store import free_port_base  # noqa: E402

READY_S = 90  # for a whole store to start on a busy machine
DONE_S = 20


class RunningStore:
    """`pygmy up` on its own data and ports, stopped by SIGINT at the end."""

    def __init__(self, program):
        self.data = tempfile.mkdtemp(prefix="pygmy-protocol-")
        self.base = free_port_base()
        self.lines = queue.Queue()
        self.log = open(os.path.join(self.data, "up.log"), "w+")
        self.process = subprocess.Popen(
            [program, "up", "--data", os.path.join(self.data, "store"), "--port-base", str(self.base),
             "--catalogue", str(ROOT / "samples/bookstore.csv"), "--http", "off"],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.strip())
        self.lines.put(None)

    def wait_ready(self):
        deadline = time.monotonic() + READY_S
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self.lines.get(timeout=left)
            except queue.Empty:
                break
            if line is None:
                break
            if line == "ready":
                return
        self.log.seek(0)
        raise RuntimeError("the store did not become ready:\n" + self.log.read()[-4000:])

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        self.process.stdout.close()
        self.log.close()
        shutil.rmtree(self.data)
        return code

    def at(self, offset):
        return f"tcp://127.0.0.1:{self.base + offset}"


@unittest.skipUnless(os.environ.get("PYGMY"), "set PYGMY to the program to try a real store")
class StoreTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.store = RunningStore(os.environ["PYGMY"])
        cls.addClassCleanup(cls.store.stop)
        cls.store.wait_ready()

    def setUp(self):
        self.client = Client([self.store.at(10), self.store.at(12)])
        self.addCleanup(self.client.close)

    def refused(self, word, call, *arguments, **named):
        with self.assertRaises(Refused) as caught:
            call(*arguments, **named)
        self.assertEqual(caught.exception.word, word)
        return caught.exception.body
