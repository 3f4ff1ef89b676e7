"""`pygmy top` on a real store: its frames, in a terminal (pty) and elsewhere, and what it leaves behind."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
import unittest

from store import CLEAN_ENVIRONMENT, DEADLINE_S, PYGMY, StoreTest, free_port_base, pygmy, tcp

SEQUENCE = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
HOME = b"\x1b[H"
BEGIN, END = b"\x1b[?1049h", b"\x1b[?1049l"
EVERY = ("--interval", "200ms")


class Terminal:
    """A `top` in a terminal of its own."""

    def __init__(self, case, *arguments, columns=80, rows=24, environment=None):
        self.master, self.slave = pty.openpty()
        case.addCleanup(os.close, self.slave)
        case.addCleanup(os.close, self.master)
        self.resize(columns, rows)
        self.before = termios.tcgetattr(self.slave)
        self.output = b""
        self.top = subprocess.Popen([PYGMY, "top", *EVERY, *map(str, arguments)], stdin=self.slave, stdout=self.slave,
                                    stderr=subprocess.PIPE, env={**CLEAN_ENVIRONMENT, "TERM": "xterm", **(environment or {})})
        case.addCleanup(self.top.stderr.close)
        case.addCleanup(self.top.wait)
        case.addCleanup(self.top.kill)

    def resize(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys):
        os.write(self.master, keys.encode())

    def read(self):
        while select.select([self.master], [], [], 0.05)[0]:
            self.output += os.read(self.master, 65536)

    def frames(self):
        """The whole frames so far, without sequences."""
        self.read()
        whole = self.output.split(HOME)[1:]
        return [SEQUENCE.sub(b"", frame).decode() for frame in whole if frame.endswith(b"\x1b[J") or END in frame]

    def wait_for(self, what, condition):
        """Waits until a new frame is as it should be, and returns it."""
        seen, until = len(self.frames()), time.monotonic() + DEADLINE_S
        while time.monotonic() < until:
            for frame in self.frames()[seen:]:
                if condition(frame):
                    return frame
            if self.top.poll() is not None:
                break
        raise AssertionError(f"no frame in which {what}:\n" + "\n----\n".join(self.frames()[-2:]))

    def end(self):
        code = self.top.wait(timeout=DEADLINE_S)
        self.read()
        return code


class Frames(StoreTest):
    def top(self, *arguments):
        return pygmy("top", *EVERY, *arguments, "--frontend", ",".join(self.store.frontends))

    def terminal(self, **size):
        return Terminal(self, "--frontend", ",".join(self.store.frontends), **size)

    def assert_restored(self, terminal):
        self.assertEqual(termios.tcgetattr(terminal.slave), terminal.before)
        self.assertEqual(terminal.output.count(BEGIN), 1)
        self.assertTrue(terminal.output.endswith(END), terminal.output[-80:])
        self.assertIn(b"\x1b[?25h", terminal.output, "the cursor")

    def test_one_frame_has_every_process_and_the_rates(self):
        ran = self.top("--once")
        self.assertEqual((ran.code, ran.err), (0, ""), ran)
        self.assertNotIn("\x1b", ran.out)
        for instance in ("broker-1", "catalog-2", "order-3", "frontend-2"):
            self.assertRegex(ran.out, rf"(?m)^{instance} .* live")
        self.assertRegex(ran.out, r"(?m)^stream     commit \d+ \+\d+/s, watermark \d+ \+\d+/s$")
        self.assertRegex(ran.out, r"live, writer")

    def test_one_frame_as_json(self):
        ran = self.top("--once", "--json")
        self.assertEqual(ran.code, 0, ran)
        self.assertEqual(len(ran.out.splitlines()), 1)
        self.assertEqual({row["instance"] for row in ran.json["processes"]},
                         {row["instance"] for row in ran.json["status"]["processes"]})
        self.assertIn("commit_s", ran.json["rates"])
        self.assertNotIn("refusal", ran.json)

    def test_an_item_that_is_sold_is_hot(self):
        with subprocess.Popen([PYGMY, "top", *EVERY, "--json", "--frontend", ",".join(self.store.frontends)],
                              stdout=subprocess.PIPE, text=True, env=CLEAN_ENVIRONMENT) as top:
            self.addCleanup(top.kill)
            rates = next(frame for frame in map(json.loads, top.stdout) if frame["rates"])
            self.assertIsNotNone(rates["status"])
            for _ in range(3):
                self.store.read("buy", 2, "--qty", 2)
            hot = next(frame["hot"] for frame in map(json.loads, top.stdout)
                       if frame["hot"] and frame["hot"][0]["pieces"] == 6 and frame["hot"][0]["title"])
            self.assertEqual(hot, [{"item": 2, "title": "RPCs for Dummies", "pieces": 6}])
            top.send_signal(signal.SIGTERM)
            for line in top.stdout:
                json.loads(line)
            self.assertEqual(top.wait(timeout=DEADLINE_S), 0)

    def test_it_fits_the_terminal_also_when_that_changes(self):
        terminal = self.terminal(columns=80, rows=24)
        frame = terminal.wait_for("the rates are told", lambda frame: "requests   " in frame and "/s in all" in frame)
        self.assertEqual(len(frame.split("\r\n")), 24)
        self.assertLessEqual(max(map(len, frame.split("\r\n"))), 80)
        self.assertIn("restarts", frame)
        terminal.resize(60, 16)
        frame = terminal.wait_for("there are 16 lines", lambda frame: len(frame.split("\r\n")) == 16)
        self.assertLessEqual(max(map(len, frame.split("\r\n"))), 60)
        self.assertIn("make the terminal higher", frame)
        terminal.type("q")
        self.assertEqual(terminal.end(), 0)
        self.assert_restored(terminal)

    def test_keys_sort_and_pause(self):
        terminal = self.terminal()
        terminal.wait_for("it sorts by name", lambda frame: "s sorts by name" in frame)
        terminal.type("s")
        terminal.wait_for("it sorts by lag", lambda frame: "s sorts by lag" in frame)
        terminal.type(" ")
        frame = terminal.wait_for("it is paused", lambda frame: "PAUSED" in frame)
        again = terminal.wait_for("it is still paused", lambda frame: "PAUSED" in frame)
        self.assertEqual(frame, again)
        terminal.type(" ")
        terminal.wait_for("it goes on", lambda frame: "PAUSED" not in frame)
        terminal.type("q")
        self.assertEqual(terminal.end(), 0)

    def test_every_signal_restores_the_terminal(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                terminal = self.terminal()
                terminal.wait_for("the store is told", lambda frame: "told by frontend" in frame)
                terminal.top.send_signal(number)
                terminal.top.send_signal(number)  # an impatient user
                self.assertEqual(terminal.end(), 0)
                self.assert_restored(terminal)

    def test_a_store_that_goes_and_comes_back(self):
        terminal = self.terminal(columns=120)
        terminal.wait_for("the store is told", lambda frame: "told by frontend" in frame)
        self.store.stop()
        frame = terminal.wait_for("nobody answers", lambda frame: "NO ANSWER" in frame)
        self.assertIn("the figures are of then", frame.replace("\r\n           ", " "))
        self.assertRegex(frame, r"NO ANSWER  for \d")
        self.assertNotIn("/s in all", frame)
        self.store.start()
        terminal.wait_for("the store answers again", lambda frame: "NO ANSWER" not in frame and "/s in all" in frame)
        terminal.type("q")
        self.assertEqual(terminal.end(), 0)


class WithoutAStore(unittest.TestCase):
    def test_one_frame_is_a_complaint(self):
        nowhere = tcp(free_port_base())
        ran = pygmy("top", "--once", "--timeout", "100ms", "--frontend", nowhere)
        self.assertEqual((ran.code, ran.out), (3, ""), ran)
        self.assertIn(f"no store answers at {nowhere}", ran.err)

    def test_it_goes_on_asking(self):
        nowhere = tcp(free_port_base())
        terminal = Terminal(self, "--frontend", nowhere, columns=120)
        frame = terminal.wait_for("nobody answers", lambda frame: "NO ANSWER" in frame)
        self.assertIn(f"asking {nowhere}", frame)
        terminal.type("q")
        self.assertEqual(terminal.end(), 3)


if __name__ == "__main__":
    unittest.main()
