"""An `up` that lacks disk, processes, descriptors or a reader of its output: the store keeps running, and recovers by
itself when the machine has enough of them again."""

import os
import pathlib
import resource
import shutil
import signal
import subprocess
import unittest

from store import BOOKSTORE, PYGMY, Store, alive, pygmy, wait_for

UNPRIVILEGED = 54321  # a user that has no other process
KIB = 1024
# The words before a command that give it a small disk of its own, in the directory DISK.
ON_A_SMALL_DISK = ("unshare", "--mount", *(() if os.geteuid() == 0 else ("--map-root-user",)), "sh", "-c",
                   'mount -t tmpfs -o size=16m none "$0" && exec "$@"')


def can_mount():
    return subprocess.run([*ON_A_SMALL_DISK, "/mnt", "true"], capture_output=True).returncode == 0


class Without(unittest.TestCase):
    def started(self, *options, through=(), at=None):
        store = Store("--catalogs", "2", "--orders", "2", "--frontends", "1", "--catalogue", BOOKSTORE, *options,
                      through=through, **(at or {}))
        self.addCleanup(store.clean)
        return store.start()

    def told(self, store, line):
        wait_for(f"`up` says: {line}", lambda: line in store.printed())

    def check_goes_on(self, store):
        self.assertIsNone(store.up.poll(), store.printed())
        store.read("outcome", "it-goes-on")
        self.assertEqual(store.stock(1), 1000)

    def check_all_back(self, store):
        def all_live():
            listed = pygmy("ps", "--data", store.data, "--json").json
            return all(p["state"] == "live" for p in listed)
        wait_for("all processes are live", all_live)

    def test_its_state_file_cannot_be_written(self):
        store = self.started()
        before = pathlib.Path(store.data, "up.json").read_text()
        os.mkdir(store.data + "/up.json.new")
        store.kill("catalog-2")
        self.told(store, "up.json cannot be written: Is a directory")
        store.kill("order-1")
        self.told(store, "order-1      killed by signal 9")
        self.check_goes_on(store)
        self.assertEqual(pathlib.Path(store.data, "up.json").read_text(), before)
        self.assertEqual(store.printed().count("cannot be written"), 1)
        os.rmdir(store.data + "/up.json.new")
        self.told(store, "up.json is written again")
        self.check_all_back(store)

    def test_no_file_may_grow(self):
        store = self.started()
        before = pathlib.Path(store.data, "up.json").read_text()
        limits = resource.prlimit(store.up.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(store.up.pid, resource.RLIMIT_FSIZE, (0, limits[1]))
        for instance in ("catalog-2", "order-1"):
            pid = store.kill(instance)
            wait_for("its end is seen", lambda: not alive(pid))
        self.check_goes_on(store)
        self.assertEqual(pathlib.Path(store.data, "up.json").read_text(), before)
        resource.prlimit(store.up.pid, resource.RLIMIT_FSIZE, limits)
        self.check_all_back(store)

    def test_there_is_no_descriptor(self):
        store = self.started()
        limits = resource.prlimit(store.up.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(store.up.pid, resource.RLIMIT_NOFILE, (3, limits[1]))
        store.kill("catalog-2")
        self.told(store, "up.json cannot be written: Too many open files")
        self.check_goes_on(store)
        resource.prlimit(store.up.pid, resource.RLIMIT_NOFILE, limits)
        self.check_all_back(store)

    @unittest.skipIf(os.geteuid() != 0, "wants root, to be a user whose processes can be counted")
    def test_there_is_no_process(self):
        home = Store(port_base=1)  # for its directory
        self.addCleanup(home.clean)
        program = shutil.copy(PYGMY, home.home + "/pygmy")
        os.chmod(home.home, 0o755)
        os.mkdir(home.data)
        os.chown(home.data, UNPRIVILEGED, UNPRIVILEGED)
        become = ("setpriv", "--reuid", str(UNPRIVILEGED), "--clear-groups")
        store = self.started(through=become, at={"data": home.data, "program": program})
        limit = (*become, "prlimit", "--pid", str(store.up.pid))
        subprocess.run([*limit, "--nproc=1:"], check=True)
        store.kill("catalog-2")
        self.told(store, "catalog-2    cannot be started: Resource temporarily unavailable")
        store.kill("order-1")
        self.told(store, "order-1      killed by signal 9")
        self.check_goes_on(store)
        self.assertEqual(store.printed().count("cannot be started"), 1)
        subprocess.run([*limit, "--nproc=10000:"], check=True)
        self.check_all_back(store)

    @unittest.skipUnless(can_mount(), "no mount namespace here")
    def test_the_disk_under_all_data_is_full(self):
        home = Store(port_base=1)
        self.addCleanup(home.clean)
        os.mkdir(home.home + "/disk")
        at = {"data": home.home + "/disk/data"}
        store = Store("--catalogue", BOOKSTORE, through=(*ON_A_SMALL_DISK, home.home + "/disk"), **at)
        self.addCleanup(store.clean)
        store.output = home.home + "/out"
        store.start()
        disk = f"/proc/{store.up.pid}/root{home.home}/disk"
        store.data = disk + "/data"
        for frontend in store.frontends:
            store.read("lookup", 2, frontends=[frontend])
        self.assertEqual(store.ask("buy", 1).code, 0)
        self.fill(disk)
        wait_for("no order is taken any more", lambda: store.ask("buy", 1, timeout="1s").code == 3)
        wait_for("status tells it", lambda: "the disk is full. Writes wait" in store.ask("status").out)
        for frontend in store.frontends:  # exact answers, and not from a cache
            self.assertEqual(store.read("lookup", 2, frontends=[frontend])["id"], 2)
            self.assertEqual(store.read("order", 1, frontends=[frontend])["no"], 1)
            self.assertEqual(len(store.read("search", "--limit", "3", frontends=[frontend])["items"]), 3)
        os.remove(disk + "/fill")
        wait_for("orders are taken again", lambda: store.ask("buy", 1, timeout="1s").code == 0)
        self.assertNotIn("ended", store.printed())
        self.check_all_back(store)
        self.assertEqual(store.ask("audit", timeout="20s").code, 0)

    def fill(self, disk):
        file = os.open(disk + "/fill", os.O_WRONLY | os.O_CREAT)
        with self.assertRaises(OSError):
            while True:
                os.write(file, b"." * 4 * KIB)
        os.close(file)

    def test_nobody_reads_its_output(self):
        store = Store("--catalogs", "1", "--orders", "1", "--frontends", "1", "--catalogue", BOOKSTORE)
        self.addCleanup(store.clean)
        reading, writing = os.pipe()
        store.up = subprocess.Popen([PYGMY, "up", "--data", store.data, "--port-base", str(store.base), *store.options],
                                    stdout=writing, stderr=writing)
        wait_for("it works", lambda: store.ask("buy", 1, timeout="1s").code == 0)
        os.set_blocking(writing, False)
        with self.assertRaises(BlockingIOError):
            while True:
                os.write(writing, b".")
        os.set_blocking(writing, True)
        for _ in range(3):
            store.wait_restarted("catalog-1", store.kill("catalog-1"))
        os.close(reading)  # from now on a write to the pipe fails
        os.close(writing)
        store.wait_restarted("catalog-1", store.kill("catalog-1"))
        self.assertEqual(store.stop(signal.SIGTERM), 0)


if __name__ == "__main__":
    unittest.main()
