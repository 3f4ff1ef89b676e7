"""`pygmy lab` on real processes: all experiments in a short form, and what is in their tables. No time is asserted."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from store import CLEAN_ENVIRONMENT, DEADLINE_S, PYGMY, StoreTest, free_port_base, pygmy

REQUESTS = 12
CLIENTS = (1, 2)
TIMEOUT_S = 280  # of a run: it starts seven stores


def scratch(case):
    directory = tempfile.mkdtemp(prefix="pygmy-")
    case.addClassCleanup(shutil.rmtree, directory)
    return directory


class Experiments(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.output, cls.temporary = scratch(cls), scratch(cls)
        cls.ran = pygmy("lab", "--requests", REQUESTS, "--clients", ",".join(map(str, CLIENTS)), "--port-base", free_port_base(),
                        "--output", cls.output, "--json", environment={"TMPDIR": cls.temporary}, timeout=TIMEOUT_S)
        assert cls.ran.code == 0, cls.ran
        cls.experiments = cls.ran.json["experiments"]

    def rows(self, name):
        tables = {table["name"]: table["rows"] for table in self.experiments[name[0]]["tables"]}
        return tables[name]

    def test_every_experiment_was_made_and_told(self):
        self.assertEqual(list(self.experiments), list("abcdefgh"))
        for letter in self.experiments:
            self.assertIn(f"lab: ({letter}) ", self.ran.err)

    def test_every_check_holds(self):
        checks = [check for one in self.experiments.values() for check in one["checks"]]
        self.assertGreaterEqual(len(checks), 8)
        self.assertEqual([check for check in checks if not check["holds"]], [])

    def test_the_store_is_gone(self):
        self.assertEqual(os.listdir(self.temporary), [])

    def test_a_every_client_makes_all_requests_through_its_tiers(self):
        rows = self.rows("a-tiers")
        self.assertEqual(len(rows), 2 * len(CLIENTS) * 4)
        for row in rows:
            self.assertEqual(row["count"], row["clients"] * REQUESTS)
            self.assertNotEqual(row["frontend ms"], "-")
            self.assertEqual(row["request"] in ("buy", "order query"), row["order ms"] != "-", row)
            if row["cache"] == "no cache" and row["request"] in ("search", "look-up"):
                self.assertEqual(row["hits"], 0)
                self.assertNotEqual(row["catalog ms"], "-")
        self.assertGreater(sum(row["hits"] for row in rows if row["cache"] == "cache" and row["request"] == "search"), 0)

    def test_b_buys_with_the_probability(self):
        rows = self.rows("b-sweep")
        self.assertEqual([round(row["p"], 1) for row in rows], [0, 0.2, 0.4, 0.6, 0.8, 1])
        for column in ("buy, cache", "buy, no cache"):
            self.assertEqual(rows[0][column], "-")
            self.assertGreater(rows[-1][column], 0)

    def test_c_is_a_hit_then_a_miss(self):
        steps = {row["step"]: row for row in self.rows("c-steps")}
        self.assertEqual({row["count"] for row in steps.values()}, {REQUESTS})
        self.assertGreater(steps["hit"]["hits"], 0)
        self.assertEqual(steps["miss"]["hits"], 0)

    def test_d_the_bought_items_were_cached(self):
        of_cached = {row["frontends have"]: row["of cached items"] for row in self.rows("d-cost")}
        self.assertEqual(of_cached["no cache"], 0)
        self.assertGreater(of_cached["cache"], 0)

    def test_e_no_request_is_lost(self):
        rows = {row["killed"]: row for row in self.rows("e-kills")}
        self.assertEqual(list(rows), ["nothing", "a follower", "the writer", "a catalog replica"])
        for row in rows.values():
            self.assertEqual((row["buys"], row["lost"], row["asked again"], row["replicas alike"]), (REQUESTS, 0, REQUESTS, "yes"))
        self.assertEqual([row["instance"].split("-")[0] for row in rows.values()], ["", "order", "order", "catalog"])
        self.assertIn({"what": "every killed process has ended, and another one has taken its place", "holds": True},
                      self.experiments["e"]["checks"])

    def test_f_both_replicas_answer_until_one_is_silent(self):
        by = {}
        for row in self.rows("f-requests"):
            by.setdefault(row["phase"], []).append(row["answered by"])
        self.assertEqual(list(by), ["all live", "catalog-2 dead", "catalog-2 silent", "catalog-2 back"])
        self.assertEqual(set(" and ".join(by["all live"] + by["catalog-2 back"]).split(" and ")), {"catalog-1", "catalog-2"})
        self.assertEqual(by["catalog-2 silent"], ["catalog-1"] * 5)

    def test_g_the_client_made_all_requests(self):
        self.assertEqual(sum(row["count"] for row in self.rows("g-requests")), REQUESTS)

    def test_h_the_cache_keeps_its_bound(self):
        counters = {row["counter"]: row["of the frontend"] for row in self.rows("h-counters")}
        self.assertLessEqual(counters["cache_entries"], 4)
        self.assertGreater(counters["cache_misses"], 0)
        for row in self.rows("h-contents"):
            self.assertLessEqual(len(row["the cache holds, last used first"].split()), 4)

    def test_published_figures_are_beside_ours(self):
        for letter in "bcd":
            self.assertGreater(len(self.rows(letter + "-published")), 0)

    def test_every_table_is_a_file_and_the_page_has_all(self):
        page = pathlib.Path(self.output, "index.html").read_text()
        for one in self.experiments.values():
            self.assertIn(one["title"], page)
            for table in one["tables"]:
                lines = pathlib.Path(self.output, table["name"] + ".csv").read_text().splitlines()
                self.assertEqual(len(lines), 1 + len(table["rows"]), table["name"])
        self.assertNotIn("<script", page)

    @unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed")
    def test_every_plot_is_drawn(self):
        page = pathlib.Path(self.output, "index.html").read_text()
        drawn = sorted(path.stem for path in pathlib.Path(self.output).glob("*.svg"))
        self.assertEqual(drawn, ["a-clients", "b-sweep", "c-means", "d-means", "e-seconds", "g-stock", "h-time"])
        for name in drawn:
            self.assertEqual(pathlib.Path(self.output, name + ".png").read_bytes()[:4], b"\x89PNG")
        self.assertEqual(page.count("<img "), len(drawn))


class OnARunningStore(StoreTest):
    def lab(self, *arguments, **more):
        output = tempfile.mkdtemp(prefix="pygmy-")
        self.addCleanup(shutil.rmtree, output)
        return output, pygmy("lab", *arguments, "--requests", 4, "--output", output, "--frontend",
                             ",".join(self.store.frontends), **more)

    def test_without_gnuplot_there_are_tables_and_no_plots(self):
        output, ran = self.lab("c", environment={"PATH": "/nowhere"})
        self.assertEqual(ran.code, 0, ran)
        self.assertIn("apt install gnuplot-nox", ran.err)
        self.assertTrue(os.path.exists(output + "/c-steps.csv"))
        self.assertNotIn("<img", pathlib.Path(output, "index.html").read_text())
        self.assertIn("hit again", ran.out)

    def test_it_sells_nothing_of_the_shop(self):
        before = self.store.stock(1)
        _, ran = self.lab("a", "d", "--clients", "1", "--json")
        self.assertEqual(ran.code, 0, ran)
        self.assertEqual(list(ran.json["experiments"]), ["a", "d"])
        tiers = ran.json["experiments"]["a"]["tables"][0]["rows"]
        self.assertEqual({row["hits"] for row in tiers if row["cache"] == "no cache" and row["request"] == "look-up"}, {0})
        self.assertEqual(self.store.stock(1), before)
        for item in self.store.read("search", "--topic", "bench")["items"]:
            self.assertEqual(item["stock"], 0)

    def test_an_experiment_that_kills_is_refused(self):
        _, ran = self.lab("e")
        self.assertEqual(ran.code, 2)
        self.assertIn("--frontend", ran.err)

    def test_it_leaves_out_what_kills(self):
        _, ran = self.lab("--clients", "1", "--json", timeout=TIMEOUT_S)
        self.assertEqual((ran.code, list(ran.json["experiments"])), (0, list("abcd")), ran)


class Beginnings(unittest.TestCase):
    def test_ctrl_c_ends_its_store_and_leaves_nothing(self):
        with tempfile.TemporaryDirectory() as temporary:
            lab = subprocess.Popen([PYGMY, "lab", "g", "--requests", "1000000", "--port-base", str(free_port_base()), "--output",
                                    temporary + "/out"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env={**CLEAN_ENVIRONMENT, "TMPDIR": temporary})
            self.addCleanup(lab.kill)
            for line in lab.stderr:
                if "(g) 1000000 requests" in line:
                    break
            lab.send_signal(signal.SIGINT)
            _, said = lab.communicate(timeout=DEADLINE_S)
            self.assertEqual(lab.returncode, 3, said)
            self.assertIn("interrupted", said)
            self.assertEqual(os.listdir(temporary), [])

    def test_a_port_that_is_taken_is_named(self):
        base = free_port_base()
        with socket.socket() as taken, tempfile.TemporaryDirectory() as temporary:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", base + 10))
            taken.listen()
            ran = pygmy("lab", "c", "--port-base", base, "--output", temporary + "/out", environment={"TMPDIR": temporary})
            self.assertEqual(ran.code, 1, ran)
            self.assertIn(f"port {base + 10} is in use", ran.err)
            self.assertIn("--port-base", ran.err)
            self.assertEqual(os.listdir(temporary), [])


if __name__ == "__main__":
    unittest.main()
