"""A command that is refused leaves its directory as it found it. No command uses a directory that holds other files."""

import os
import pathlib
import socket
import tempfile
import unittest

from store import BOOKSTORE, Store, free_port_base, pygmy, tcp


class Refusals(unittest.TestCase):
    def setUp(self):
        home = tempfile.TemporaryDirectory(prefix="pygmy-")
        self.addCleanup(home.cleanup)
        self.home = pathlib.Path(home.name)
        self.base = free_port_base()

    def foreign(self, name="mine"):
        directory = self.home / name
        directory.mkdir()
        (directory / "notes.txt").write_text("x")
        (directory / "log").mkdir()
        return directory

    def tree(self):
        return sorted(str(path.relative_to(self.home)) for path in self.home.rglob("*"))

    def check_refused(self, *arguments, words=(), code=1, environment=None):
        before = self.tree()
        ended = pygmy(*arguments, environment=environment)
        self.assertEqual(ended.code, code, ended)
        for word in words:
            self.assertIn(word, ended.err)
        self.assertEqual(self.tree(), before, "nothing is left behind")
        return ended

    def up(self, data, *more):
        http = () if "--http" in more else ("--http", "off")
        return ("up", "--data", data, "--port-base", self.base, *http, *more)

    def listening(self, port):
        taken = socket.socket()
        self.addCleanup(taken.close)
        taken.bind(("127.0.0.1", port))
        taken.listen()

    def test_up_moves_into_no_foreign_directory(self):
        for more in ((), ("--cluster",)):
            self.check_refused(*self.up(self.foreign(f"mine{len(more)}"), *more),
                               words=("holds other files", "is not the directory of a store"))

    def test_without_etcd_a_cluster_leaves_no_keys(self):
        self.check_refused(*self.up(self.home / "data", "--secure", "--cluster"), environment={"PATH": "/nowhere"},
                           words=("there is no program etcd", "apt-get install etcd-server"))

    def test_no_process_that_is_started_alone_moves_into_a_foreign_directory(self):
        mine = self.foreign()
        listen = ("--listen", tcp(self.base), "--data", mine)
        self.check_refused("broker", *listen, words=("holds other files", "is not the directory of a broker"))
        for role in ("catalog", "order"):
            self.check_refused(role, *listen, "--brokers", tcp(self.base + 3), words=("holds other files",))

    def test_backup_moves_into_no_foreign_directory(self):
        self.check_refused("backup", self.foreign(), "--brokers", tcp(self.base), "--timeout", "1s",
                           words=("holds other files", "is not the directory of a backup"))

    def test_a_backup_of_nobody_leaves_nothing(self):
        self.check_refused("backup", self.home / "new", "--brokers", tcp(self.base), "--timeout", "1s", code=3)
        (self.home / "empty").mkdir()
        self.check_refused("backup", self.home / "empty", "--brokers", tcp(self.base), "--timeout", "1s", code=3)

    def test_restore_and_rescue_move_into_no_foreign_directory(self):
        store = Store("--orders", "1", "--catalogs", "1", data=str(self.home / "data"), port_base=self.base)
        self.addCleanup(store.clean)
        store.start()
        broker = tcp(store.base)
        backup = self.home / "backup"
        self.assertEqual(pygmy("backup", backup, "--brokers", broker).code, 0)
        self.assertEqual(store.stop(), 0)
        mine = self.foreign()
        self.check_refused("restore", backup, "--data", mine, words=("is not empty",))
        self.check_refused("rescue", mine, "--from", self.home / "data/broker-1", words=("is not empty",))
        self.check_refused("backup", self.home / "data", "--brokers", broker, words=("is not the directory of a backup",))
        self.check_refused(*self.up(backup), words=("is not the directory of a store",))
        self.check_refused("restore", backup, "--data", self.home / "new", "--to-seq", "1000")
        self.check_refused(*self.up(self.home / "data", "--cluster"), words=("--journal sqlite",))

    def test_a_refused_up_leaves_nothing(self):
        new = self.home / "new"
        broken = self.home / "broken.csv"
        broken.write_text("id,title,topic,price,stock\n1,,t,x,1\n")
        self.check_refused(*self.up(new, "--catalogue", broken))
        self.listening(self.base + 10)
        self.check_refused(*self.up(new), words=(f"port {self.base + 10} is in use",))
        (self.home / "empty").mkdir()
        self.check_refused(*self.up(self.home / "empty"), words=(f"port {self.base + 10} is in use",))

    @unittest.skipUnless("--etcd" in pygmy("up", "--help").out, "built without etcd")
    def test_an_up_without_etcd_leaves_nothing(self):
        ended = self.check_refused(*self.up(self.home / "new", "--cluster"), environment={"PATH": "/nowhere"})
        self.assertIn("etcd-", ended.err)

    def test_a_second_up_leaves_the_first_one_alone(self):
        store = Store("--orders", "1", "--catalogs", "1", "--catalogue", BOOKSTORE, data=str(self.home / "data"))
        self.addCleanup(store.clean)
        store.start()
        ended = pygmy(*self.up(store.data))
        self.assertEqual(ended.code, 1)
        self.assertIn(f"another process (pid {store.up.pid}) uses", ended.err)
        self.assertEqual(store.stock(1), 1000)
        self.assertTrue(os.path.exists(store.data + "/up.lock"))

    def test_a_disk_of_its_own_is_a_new_directory(self):
        data = self.home / "data"
        (data / "lost+found").mkdir(parents=True)
        store = Store("--orders", "1", "--catalogs", "1", data=str(data))
        self.addCleanup(store.clean)
        store.start()
        self.assertEqual(pygmy("backup", self.home / "backup", "--brokers", tcp(store.base)).code, 0)


if __name__ == "__main__":
    unittest.main()
