"""`pygmy demo` on real processes: it serves customers, survives its own faults, and leaves nothing behind."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest
import urllib.request

from store import CLEAN_ENVIRONMENT, DEADLINE_S, PYGMY, free_port_base, port_is_free, pygmy, wait_for

SUMMARY = re.compile(r"^(\d+) orders?, (\d+) kills?, (\d+) pauses?, (\d+) errors?; audit ok$", flags=re.M)


class DemoTest(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.mkdtemp(prefix="pygmy-")
        self.addCleanup(shutil.rmtree, self.temporary)
        self.base = free_port_base()

    def environment(self, **more):
        return {**CLEAN_ENVIRONMENT, "TMPDIR": self.temporary, **more}

    def start(self, *options, **environment):
        demo = subprocess.Popen([PYGMY, "demo", "--no-browser", "--port-base", str(self.base), *map(str, options)],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self.environment(**environment))
        self.addCleanup(demo.stdout.close)
        self.addCleanup(demo.wait)
        self.addCleanup(demo.kill)
        return demo

    def read_until(self, demo, what):
        lines = ""
        for line in demo.stdout:
            lines += line
            if re.search(what, line):
                return lines
        raise AssertionError(f"no line with {what}:\n{lines}")

    def processes(self):
        """Those with a file or argument in the demo's directory."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as words:
                    if self.temporary.encode() in words.read():
                        found.append(int(pid))
            except OSError:
                pass  # it has ended
        return found

    def assert_nothing_is_left(self):
        self.assertEqual(os.listdir(self.temporary), [])
        self.assertEqual(self.processes(), [])
        self.assertTrue(port_is_free(self.base))


class Demos(DemoTest):
    def test_customers_survive_kills_and_pauses(self):
        demo = self.start("--faults", "--seed", 3, "--minutes", 0.5)
        said = demo.communicate(timeout=4 * DEADLINE_S)[0]
        self.assertEqual(demo.returncode, 0, said)
        orders, kills, pauses, errors = map(int, SUMMARY.search(said).groups())
        self.assertGreater(orders, 0)
        self.assertGreater(kills + pauses, 0)
        self.assertEqual(errors, 0)
        self.assertIn("(seed 3)", said)
        self.assertEqual(len(re.findall(r"(?m) is killed$", said)), kills)
        self.assertEqual(len(re.findall(r"(?m) is paused for ", said)), pauses)
        self.assertNotIn("bridge-1", said)
        self.assertRegex(said, r"(?m)^ok +stock ")
        self.assert_nothing_is_left()

    def test_ctrl_c_ends_it_with_an_audit(self):
        demo = self.start()
        said = self.read_until(demo, "Ctrl-C ends the demo")
        site = re.search(r"storefront +(\S+)", said)[1]
        with urllib.request.urlopen(site + "v1/items/1", timeout=DEADLINE_S) as answer:
            self.assertEqual(answer.status, 200)
        self.assertRegex(said, rf"pygmy top --frontend tcp://127.0.0.1:{self.base + 10},")
        self.read_until(demo, r"\d orders, ")
        demo.send_signal(signal.SIGINT)
        said = demo.communicate(timeout=DEADLINE_S)[0]
        self.assertEqual(demo.returncode, 0, said)
        self.assertRegex(said, SUMMARY)
        self.assert_nothing_is_left()

    def test_the_next_demo_removes_what_a_killed_one_left(self):
        demo = self.start()
        self.read_until(demo, "a store of its own starts")
        wait_for("the store starts", self.processes)
        demo.send_signal(signal.SIGKILL)
        demo.wait(timeout=DEADLINE_S)
        wait_for("its processes have ended", lambda: not self.processes())
        left = os.listdir(self.temporary)
        self.assertRegex(left[0], r"^pygmy-demo-\w{6}$")
        for other in ("pygmy-demo-notes1", "pygmy-demo-", "pygmy-lab-abcdef"):  # of other programs
            os.mkdir(f"{self.temporary}/{other}")
        ended = self.start("--minutes", 0.02)
        said = ended.communicate(timeout=DEADLINE_S)[0]
        self.assertEqual(ended.returncode, 0, said)
        self.assertEqual(set(os.listdir(self.temporary)), {"pygmy-demo-notes1", "pygmy-demo-", "pygmy-lab-abcdef"})

    def test_ctrl_c_while_the_store_starts(self):
        demo = self.start()
        self.read_until(demo, "a store of its own starts")
        demo.send_signal(signal.SIGTERM)
        said = demo.communicate(timeout=DEADLINE_S)[0]
        self.assertEqual(demo.returncode, 3, said)
        self.assertIn("interrupted", said)
        self.assert_nothing_is_left()

    def test_the_users_own_store_is_not_meant(self):
        with tempfile.NamedTemporaryFile() as key:
            demo = self.start("--minutes", 0.02, PYGMY_KEY_FILE=key.name, PYGMY_TOKEN="x", PYGMY_FRONTEND="tcp://127.0.0.1:1",
                              PYGMY_CATALOGUE="/no/such")
            said = demo.communicate(timeout=DEADLINE_S)[0]
        self.assertEqual(demo.returncode, 0, said)

    def test_a_catalogue_of_ones_own(self):
        catalogue = self.temporary + "/mine.csv"
        with open(catalogue, "w") as file:
            file.write("id,title,topic,price,stock\n5,Only one,things,1.00,1\n")
        demo = self.start("--catalogue", catalogue, "--rate", 200, "--minutes", 0.1)
        said = demo.communicate(timeout=DEADLINE_S)[0]
        self.assertEqual(demo.returncode, 0, said)
        self.assertGreater(int(SUMMARY.search(said)[1]), 1, "it was restocked")

    def test_a_faulty_catalogue_is_named(self):
        catalogue = self.temporary + "/mine.csv"
        with open(catalogue, "w") as file:
            file.write("id,title,topic,price,stock\n5,Only one,things,cheap,1\n")
        ran = pygmy("demo", "--no-browser", "--port-base", self.base, "--catalogue", catalogue,
                    environment={"TMPDIR": self.temporary})
        self.assertEqual(ran.code, 1, ran)
        self.assertIn("mine.csv:2", ran.err)
        self.assertEqual(os.listdir(self.temporary), ["mine.csv"])


if __name__ == "__main__":
    unittest.main()
