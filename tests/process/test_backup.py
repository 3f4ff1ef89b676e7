"""Backups of a running store are whole and sound, and continue after a kill. A restored store is as it was."""

import datetime
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

import msgpack

from store import BOOKSTORE, CLEAN_ENVIRONMENT, PYGMY, Store, StoreTest, deep_catalogue, pygmy, scratch_file, tcp

SMALL = ("--catalogs", "1", "--orders", "1", "--frontends", "1")


def manifest(directory):
    return json.loads(pathlib.Path(directory, "manifest.json").read_text())


def blocks(directory, query="SELECT no, first, last FROM blocks ORDER BY no", *values):
    database = sqlite3.connect(f"file:{directory}/blocks.db?mode=rw", uri=True)
    try:
        rows = database.execute(query, values).fetchall()
        database.commit()
        return rows
    finally:
        database.close()


def last_block(directory):
    """Returns the number of the last block. 0: there is no block yet, or the file is being written."""
    try:
        (last,), = blocks(directory, "SELECT max(no) FROM blocks")
    except sqlite3.OperationalError:
        return 0
    return last or 0


def instant(at):
    """The text of an instant in milliseconds since 1970."""
    second = datetime.datetime.fromtimestamp(at // 1000, datetime.timezone.utc)
    return f"{second:%Y-%m-%dT%H:%M:%S}.{at % 1000:03}Z"


def flip(directory, block):
    """Flips one bit in the middle of a block."""
    (data,), = blocks(directory, "SELECT bytes FROM blocks WHERE no = ?", block)
    damaged = bytearray(data)
    damaged[len(damaged) // 2] ^= 1
    blocks(directory, "UPDATE blocks SET bytes = ? WHERE no = ?", bytes(damaged), block)


class Backups(StoreTest):
    """Backups of one store with much stock, on which the tests put load."""

    OPTIONS = ("--catalogue", deep_catalogue())

    def backup_command(self, directory, store=None):
        return "backup", directory, "--brokers", tcp((store or self.store).base), "--timeout", "20s", "--json"

    def backup(self, directory, store=None):
        done = pygmy(*self.backup_command(directory, store))
        self.assertEqual(done.code, 0, done)
        return done.json

    def backed_up(self):
        directory = scratch_file("backup")
        self.backup(directory)
        return directory

    def check_sound(self, directory):
        verified = pygmy("verify", directory)
        self.assertEqual(verified.code, 0, verified)
        self.assertNotIn("FAILED", verified.out)

    def refused(self, *arguments, words):
        result = pygmy(*arguments)
        self.assertEqual(result.code, 1, result)
        self.assertIn(words, result.out + result.err)
        return result

    def restore(self, directory, *options):
        """Restores a backup and starts the store. Returns the store and the output of restore."""
        data = scratch_file("data")
        told = pygmy("restore", directory, "--data", data, "--json", *options)
        self.assertEqual(told.code, 0, told)
        store = Store(*SMALL, data=data)
        self.addCleanup(store.clean)
        return store.start(), told.json

    # While the store runs.

    def test_under_load(self):
        load = self.store.bench(4, op="buy")
        directory = scratch_file("backup")
        first = self.backup(directory)
        self.check_sound(directory)
        second = self.backup(directory)
        self.check_sound(directory)
        self.assertEqual(load.result()["errors"], 0)
        third = self.backup(directory)
        self.check_sound(directory)
        self.assertGreater(second["new_events"], 0)
        self.assertEqual(second["seq"] + third["new_events"], third["seq"])
        self.assertLess(first["seq"], second["seq"])
        self.store.wait_level()
        view = self.store.beat("order-1")
        last = self.backup(directory)
        self.assertEqual((last["seq"], last["items_digest"]), (view["applied"], view["digest"]),
                         "the backup makes the shop that the live views have")

    def test_it_holds_the_very_bytes_of_the_journal(self):
        directory = self.backed_up()
        journal = sqlite3.connect(f"file:{self.store.data}/broker-1/journal.db?mode=ro", uri=True)
        self.addCleanup(journal.close)
        last = manifest(directory)["block"]
        kept = journal.execute("SELECT no, first, last, bytes FROM blocks WHERE no <= ? ORDER BY no", (last,)).fetchall()
        self.assertEqual(blocks(directory, "SELECT no, first, last, bytes FROM blocks ORDER BY no"), kept)

    def test_two_at_once_on_one_directory(self):
        directory = self.backed_up()
        with open(directory + "/lock", "r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.refused(*self.backup_command(directory), words="another process")

    def test_a_broker_that_is_started_again_meanwhile(self):
        directory = self.backed_up()
        pid = self.store.kill("broker-1")
        self.backup(directory)
        self.store.wait_restarted("broker-1", pid)

    def test_no_broker(self):
        result = pygmy("backup", scratch_file("backup"), "--brokers", tcp(1), "--timeout", "300ms")
        self.assertEqual(result.code, 3, result)
        self.assertIn("no broker answers at tcp://127.0.0.1:1 (tried for 300 ms): ", result.err)

    # Interrupted backups.

    def kill_in_the_middle(self, directory, had):
        """Kills a backup once it has more than `had` blocks. Returns whether the kill came before its end."""
        with subprocess.Popen([PYGMY, *self.backup_command(directory)], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, env=CLEAN_ENVIRONMENT) as running:
            while running.poll() is None and last_block(directory) <= had:
                pass
            running.kill()
            return running.wait() == -signal.SIGKILL

    def in_time(self, attempt):
        for _ in range(20):
            self.store.bench(1, op="buy", clients=16).result()
            if attempt():
                return
        self.fail("twenty backups were quicker than the kill")

    def test_killed_before_there_was_one(self):
        def attempt():
            self.directory = scratch_file("backup")
            return self.kill_in_the_middle(self.directory, 0) and not os.path.exists(self.directory + "/manifest.json")

        self.in_time(attempt)
        self.assertGreater(last_block(self.directory), 0)
        self.refused("verify", self.directory, words="not hold a whole backup")
        self.refused("restore", self.directory, "--data", scratch_file("data"), words="not hold a whole backup")
        done = self.backup(self.directory)
        self.assertLess(done["new_events"], done["seq"], "it continued with the blocks that were there")
        self.check_sound(self.directory)

    def test_killed_while_it_continued_a_backup(self):
        directory = scratch_file("backup")

        def attempt():
            self.before = self.backup(directory)
            self.store.bench(1, op="buy", clients=16).result()
            return (self.kill_in_the_middle(directory, self.before["block"]) and
                    manifest(directory)["seq"] == self.before["seq"])

        self.in_time(attempt)
        self.assertGreater(last_block(directory), self.before["block"])
        self.check_sound(directory)
        restored = pygmy("restore", directory, "--data", scratch_file("data"), "--json")
        self.assertEqual(restored.json["seq"], self.before["seq"], "blocks after the manifest's end do not count")
        self.assertGreater(self.backup(directory)["seq"], self.before["seq"])
        self.check_sound(directory)

    # Damaged backups.

    def test_a_flipped_bit_in_any_block(self):
        whole = self.backed_up()
        last, seq = manifest(whole)["block"], manifest(whole)["seq"]
        for block in sorted({1, 2, last // 3, last // 2, last - 1, last}):
            with self.subTest(block=block):
                damaged = scratch_file("damaged")
                shutil.copytree(whole, damaged)
                flip(damaged, block)
                found = self.refused("verify", damaged, words=f"FAILED  blocks    block {block}: ")
                self.assertIn(f"FAILED  chain     block {block} cannot be read", found.out)
                data = scratch_file("data")
                self.refused("restore", damaged, "--data", data, words=f"block {block}")
                self.assertFalse(os.path.exists(data), "it left nothing behind")
                self.refused("at", seq, "lookup", 1, "--backup", damaged, words=f"block {block}")
                self.refused(*self.backup_command(damaged), words=f"block {block}")
                self.assertEqual(manifest(damaged), manifest(whole))

    def expect_prefix(self, store, unsound):
        """The blocks before this one can be backed up, again and again, checked, and restored."""
        directory = scratch_file("backup")
        for _ in range(2):
            stopped = pygmy(*self.backup_command(directory, store))
            self.assertEqual(stopped.code, 4, stopped)
            self.assertIn(f"block {unsound}", stopped.json["stopped"])
            self.assertIn(f"block {unsound}", stopped.err)
        self.assertEqual(manifest(directory)["block"], unsound - 1)
        self.check_sound(directory)
        seq = manifest(directory)["seq"]
        restored, told = self.restore(directory, "--to-seq", seq)
        self.assertEqual(told["seq"], seq)
        self.assertEqual(restored.ask("audit", timeout="20s").code, 0)
        return restored

    def test_of_a_journal_with_a_damaged_block_the_sound_part(self):
        store = Store("--catalogue", deep_catalogue(), *SMALL)
        self.addCleanup(store.clean)
        store.start()
        for _ in range(80):
            store.read("buy", 1)
        self.assertEqual(store.stop(), 0)
        journal = sqlite3.connect(store.data + "/broker-1/journal.db")
        (data,), = journal.execute("SELECT bytes FROM blocks WHERE no = 10").fetchall()
        damaged = bytearray(data)
        damaged[len(damaged) // 2] ^= 1
        journal.execute("UPDATE blocks SET bytes = ? WHERE no = 10", (bytes(damaged),))
        journal.commit()
        journal.close()
        store.start()
        self.expect_prefix(store, 10)

    def test_of_a_stream_with_an_event_that_nobody_can_apply_the_part_before_it(self):
        store = Store("--catalogue", deep_catalogue(), *SMALL)
        self.addCleanup(store.clean)
        store.start()
        store.read("buy", 1)
        unsound = self.append_a_strange_event(store) + 1
        self.assertEqual(self.expect_prefix(store, unsound).read("order", 1)["no"], 1)

    def append_a_strange_event(self, store):
        """Puts an event behind the others that a broker would refuse today. Returns the block before."""
        self.assertEqual(store.stop(), 0)
        journal = sqlite3.connect(store.data + "/broker-1/journal.db")
        no, last, data = journal.execute("SELECT no, last, bytes FROM blocks ORDER BY no DESC LIMIT 1").fetchone()
        event = msgpack.packb({"t": "from_the_future", "v": 1, "at": 0})
        block = msgpack.packb({**msgpack.unpackb(data), "no": no + 1, "first": last + 1, "count": 1, "events": event,
                               "prev": hashlib.sha256(data[:-32]).digest()})
        block = block[:-32] + hashlib.sha256(block[:-32]).digest()
        journal.execute("INSERT INTO blocks(no, first, last, bytes) VALUES (?, ?, ?, ?)", (no + 1, last + 1, last + 1, block))
        journal.commit()
        journal.close()
        store.start(ready=False)
        return no

    def test_a_missing_block(self):
        directory = self.backed_up()
        last = manifest(directory)["block"]
        blocks(directory, "DELETE FROM blocks WHERE no = ?", last // 2)
        self.refused("verify", directory, words=f"FAILED  blocks    block {last // 2}: missing")

    def test_a_manifest_that_says_more_than_there_is(self):
        directory = self.backed_up()
        blocks(directory, "DELETE FROM blocks WHERE no = ?", manifest(directory)["block"])
        self.refused("verify", directory, words="FAILED  manifest")
        self.refused("restore", directory, "--data", scratch_file("data"), words="nothing was restored")

    def test_a_manifest_of_another_shop(self):
        directory = self.backed_up()
        told = manifest(directory)
        pathlib.Path(directory, "manifest.json").write_text(json.dumps({**told, "items_digest": "0123456789abcdef"}))
        self.refused("verify", directory, words=f"FAILED  digests   at seq {told['seq']}")
        self.refused("restore", directory, "--data", scratch_file("data"), words="do not make the shop")
        self.refused(*self.backup_command(directory), words="0123456789abcdef")

    # Restored stores.

    def test_nobody_else_may_read_a_store_a_backup_or_what_is_restored(self):
        directory = self.backed_up()
        restored, _ = self.restore(directory)
        for top in (self.store.data, directory, restored.data):
            for path in [pathlib.Path(top), *pathlib.Path(top).rglob("*")]:
                self.assertEqual(path.lstat().st_mode & 0o077, 0, path)

    def test_a_time_is_an_instant(self):
        item = self.add_item(1_000_000)
        before = self.store.read("buy", item)
        # The next order is placed in another second, and not at its first millisecond.
        while (after := self.store.read("buy", item))["at"] // 1000 == before["at"] // 1000 or after["at"] % 1000 == 0:
            before = after
        second = instant(after["at"] // 1000 * 1000)
        _, told = self.restore(self.backed_up(), "--to-time", second)
        self.assertEqual(told["seq"], before["seq"], second)

    def test_to_a_seq_and_to_a_time(self):
        item = self.add_item(50)
        orders = []
        for _ in range(3):
            orders.append(self.store.read("buy", item, "--qty", 5))
            time.sleep(0.005)  # orders get a time in milliseconds, and the times must differ
        directory = self.backed_up()
        for number, until in ((0, ("--to-seq", orders[0]["seq"])), (1, ("--to-time", instant(orders[1]["at"])))):
            with self.subTest(until=until):
                store, told = self.restore(directory, *until)
                self.assertEqual(told["seq"], orders[number]["seq"])
                self.assertEqual(store.stock(item), 45 - 5 * number)
                self.assertEqual(store.read("order", orders[number]["no"]), orders[number])
                self.assertEqual(store.ask("order", orders[number + 1]["no"]).code, 1, "it was placed later")
                self.assertEqual(store.read("outcome", orders[number + 1]["key"])["outcome"], "void")
                self.assertEqual(store.read("buy", item)["no"], orders[number]["no"] + 1, "it continues to sell")
                audit = store.ask("audit", timeout="20s")
                self.assertEqual(audit.code, 0, audit)
                self.assertEqual(store.stop(), 0)

    def test_to_the_end(self):
        self.store.bench(1, op="buy").result()
        self.store.wait_level()
        digest = self.store.beat("order-1")["digest"]
        directory = self.backed_up()
        order = self.store.read("order", manifest(directory)["orders"])
        store, told = self.restore(directory)
        self.assertEqual(told["items_digest"], digest)
        self.assertEqual(store.read("order", order["no"]), order)
        self.assertEqual(store.read("outcome", order["key"])["order"], order, "keys are known")
        self.backup(directory, store)
        self.check_sound(directory)  # the restored store continues the same history

    def test_a_block_is_restored_whole_or_not_at_all(self):
        self.store.bench(1, op="buy").result()
        directory = self.backed_up()
        no, first, last = next(row for row in reversed(blocks(directory)) if row[2] - row[1] > 1)
        told = pygmy("restore", directory, "--data", scratch_file("data"), "--to-seq", last - 1)
        self.assertEqual(told.code, 0, told)
        self.assertIn(f"as of seq {first - 1},", told.out)
        self.assertIn(f"seq {last - 1} is in the middle of block {no}, seq {first}..{last}", told.out)
        then = pygmy("at", last - 1, "lookup", 1, "--backup", directory, "--json")
        self.assertEqual(then.json["as_of"], last - 1, "`at` shows any seq")

    def test_views_that_are_newer_than_the_restored_stream_are_refused(self):
        """The restored stream ends before the view, or has another block at that place."""
        for sold in (0, 40):
            with self.subTest(sold=sold):
                store = Store("--catalogue", deep_catalogue(), *SMALL)
                self.addCleanup(store.clean)
                store.start()
                seq = store.read("buy", 1)["seq"]
                for _ in range(5):
                    store.read("buy", 2)
                directory = scratch_file("backup")
                self.backup(directory, store)
                self.assertEqual(store.stop(), 0)
                data = scratch_file("data")
                restored = pygmy("restore", directory, "--data", data, "--to-seq", seq)
                self.assertEqual(restored.code, 0, restored)
                again = Store(*SMALL, data=data)
                self.addCleanup(again.clean)
                if sold:
                    again.start()
                    again.read("import", self.many_items())
                    for _ in range(sold):
                        again.read("buy", 3)
                    self.assertEqual(again.stop(), 0)
                    shutil.rmtree(data + "/catalog-1")
                shutil.copytree(store.data + "/catalog-1", data + "/catalog-1")
                again.start(ready=False)
                self.assertEqual(again.up.wait(timeout=60), 1)
                self.assertRegex(again.printed(), "the journal is gone, or an older copy|catalog-1 does not start: .*does not follow")

    @staticmethod
    def many_items():
        path = scratch_file("many.csv")
        pathlib.Path(path).write_text("id,title,topic,price,stock\n" +
                                      "".join(f"{i},Item {i},tests,1.00,1\n" for i in range(1000, 1100)))
        return path

    def test_directories_seqs_and_times_that_cannot_be_restored_to(self):
        directory = self.backed_up()
        data = scratch_file("data")
        os.mkdir(data)
        pathlib.Path(data, "kept").write_text("mine")
        self.refused("restore", directory, "--data", data, words="not empty")
        self.assertEqual(os.listdir(data), ["kept"])
        end = manifest(directory)["seq"]
        new = scratch_file("new")
        self.refused("restore", directory, "--data", new, "--to-seq", end + 1, words=f"ends with seq {end}")
        self.refused("restore", directory, "--data", new, "--to-time", "2100-01-01 00:00", words="the last event of the backup")
        self.refused("restore", directory, "--data", new, "--to-time", "1999-01-01 00:00", words="no earlier state")
        self.refused("restore", directory, "--data", new, "--to-time", "yesterday", words="is not a time")
        self.assertEqual(pygmy("restore", directory, "--data", new, "--to-seq", 1, "--to-time", "x").code, 2)
        self.assertFalse(os.path.exists(new))

    def test_an_interrupted_restore_is_begun_anew(self):
        directory = self.backed_up()
        data = scratch_file("data")
        os.makedirs(data + "/broker-1.restoring")
        pathlib.Path(data, "broker-1.restoring", "journal.db").write_text("half of it")
        self.assertEqual(pygmy("restore", directory, "--data", data).code, 0)
        self.assertEqual(os.listdir(data), ["broker-1"])

    # Other histories.

    def test_another_store(self):
        directory = self.backed_up()
        other = Store("--catalogue", BOOKSTORE, *SMALL)
        self.addCleanup(other.clean)
        other.start()
        self.refused(*self.backup_command(directory, other), words="another store")
        self.check_sound(directory)

    def test_a_store_that_was_restored_to_a_moment_before(self):
        item = self.add_item(50)
        seq = self.store.read("buy", item)["seq"]
        self.store.read("buy", item)
        directory = self.backed_up()
        store, _ = self.restore(directory, "--to-seq", seq)
        for _ in range(10):
            store.read("buy", item)
        self.refused(*self.backup_command(directory, store), words="a directory of its own")
        self.check_sound(directory)

    # The store as it was at a seq.

    def test_at(self):
        item = self.add_item(9, title="Möbius at the seaside")
        versions = [self.store.read("lookup", item)]
        for _ in range(3):
            self.store.read("buy", item)
            versions.append(self.store.read("lookup", item))
        order = self.store.read("buy", item)
        directory = self.backed_up()
        for source in (("--backup", directory), ("--frontend", ",".join(self.store.frontends))):
            def at(seq, *what):
                return pygmy("at", seq, *what, *source, "--json")
            for version in versions:
                then = at(version["version"], "lookup", item).json
                self.assertEqual(then["as_of"], version["version"])
                self.assertEqual({name: then[name] for name in version}, version)
            self.assertEqual(at(versions[2]["version"], "lookup", "möbius AT the seaside").json["stock"], 7)
            self.assertEqual(at(versions[1]["version"], "search", "--text", "mobi sea").json["items"], versions[1:2])
            self.assertEqual(at(order["seq"], "order", order["no"]).json, order)
            self.assertEqual(at(order["seq"] - 1, "order", order["no"]).code, 1)
            self.assertEqual(at(versions[0]["version"] - 1, "lookup", item).code, 1)
            self.assertEqual(at(versions[0]["version"] - 1, "search", "--text", "mobius").json["items"], [])
            page = at(order["seq"], "search", "--limit", 2).json
            self.assertEqual([i["id"] for i in page["items"]], [1, 2])
            self.assertEqual([i["id"] for i in at(order["seq"], "search", "--limit", 1, "--after", page["next"]).json["items"]], [3])
            self.assertEqual(at(10**9, "lookup", item).code, 1)
            self.assertEqual(pygmy("at", order["seq"], "lookup", item, "--backup", directory,
                                   environment={"PYGMY_FRONTEND": tcp(1)}).code, 0, "with a backup it asks no frontend")
            self.assertEqual(at(0, "lookup", item).code, 2)

    def test_help(self):
        for command in (("backup",), ("verify",), ("restore",), ("at",), ("at", 1, "lookup"), ("at", 1, "order"), ("at", 1, "search"),
                        ("at", 1, "movements"), ("at", 1, "holds")):
            shown = pygmy(*command, "--help")
            self.assertEqual(shown.code, 0, shown)
            self.assertIn("Example: pygmy", shown.out)


if __name__ == "__main__":
    unittest.main()
