"""Rules that hold for every command. The commands are those that `pygmy --help` lists, so no new command escapes."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from store import (BOOKSTORE, CLEAN_ENVIRONMENT, PYGMY, StoreTest, free_port_base, port_is_free, pygmy, scratch_file, tcp,
                   wait_for)

ROLES = ("broker", "catalog", "order", "frontend", "bridge", "node")
CLOSED_PIPE = 141


def commands_in(help_text):
    """The commands of a help page: lines of two spaces, a word, and what the command does."""
    return re.findall(r"^  ([a-z][a-z-]*)  ", help_text.split("OPTIONS\n")[-1], re.M)


def every_command():
    """Every command, as a list of words; also those of commands."""
    found = []
    for name in commands_in(pygmy("--help").out.split("Options:")[1]):
        found.append([name])
        page = pygmy(name, "--help").out
        if "Subcommands:" in page:
            found += [[name, sub] for sub in commands_in(page.split("Subcommands:")[1])]
    return found


COMMANDS = every_command()


def typed(command):
    """As the command is typed: `at` has its seq first."""
    return ["at", "1", *command[1:]] if command[0] == "at" and len(command) > 1 else command


def run(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, environment=None, **more):
    return subprocess.run([PYGMY, *map(str, arguments)], stdout=stdout, stderr=stderr, text=True, timeout=60,
                          env={**CLEAN_ENVIRONMENT, **(environment or {})}, **more)


def full():
    return open("/dev/full", "w")


def with_a_closed_pipe(arguments, **more):
    """Runs a command into a pipe whose reader has left."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return run(arguments, stdout=writer, **more)
    finally:
        os.close(writer)


class EveryCommand(unittest.TestCase):
    def test_the_list_is_whole(self):
        names = {command[0] for command in COMMANDS}
        self.assertLess(set(ROLES) | {"up", "ps", "logs", "buy", "backup", "stream", "at", "help", "completion"}, names)
        self.assertIn(["stream", "trim"], COMMANDS)
        self.assertIn(["at", "lookup"], COMMANDS)

    def test_help_ends_with_an_example(self):
        for command in COMMANDS:
            if command == ["stream"]:
                continue
            with self.subTest(command):
                for shown in (pygmy(*typed(command), "--help"), pygmy("help", *command)):
                    self.assertEqual((shown.code, shown.err), (0, ""), shown)
                    self.assertIn("Example: ", shown.out)
                    self.assertIn("Usage: pygmy " + " ".join(command), shown.out)

    def test_help_is_grouped_by_purpose(self):
        page = pygmy("help").out
        self.assertEqual(page, pygmy("--help").out)
        for purpose in ("Run a store:", "Buy and sell:", "Keep the shop:", "Back up:"):
            self.assertIn("\n" + purpose + "\n", page)
        self.assertNotIn("Subcommands:", page, "a command without a purpose")

    def test_the_version(self):
        self.assertEqual(pygmy("-V").out, pygmy("--version").out)

    def options(self, command):
        """The options of a command, with the kind of their values; flags have none."""
        return re.findall(r"^  (?:-\w,)?(--[a-z-]+)(?:,--[a-z-]+)?(?: (\S+))?", pygmy("help", *command).out, re.M)

    def test_a_mistyped_option_is_answered_with_the_right_one(self):
        for command in COMMANDS:
            words = [name for name, _ in self.options(command)]
            word = max(words, key=len)
            with self.subTest(command):
                ended = pygmy(*typed(command), word[:3] + word[4:])
                self.assertEqual(ended.code, 2, ended)
                self.assertIn(f"there is no option '{word[:3] + word[4:]}'", ended.err)
                self.assertRegex(ended.err, r"did you mean '--[a-z-]+'\? see: pygmy [a-z]+")

    def test_a_mistyped_command_is_answered_with_the_right_one(self):
        for wrong, right in (("lokup", "lookup"), ("statsu", "status"), ("stat", "status"), ("improt", "import"),
                             ("ordrs", "orders")):
            self.assertIn(f"there is no command '{wrong}'; did you mean '{right}'?", pygmy(wrong).err)
            self.assertIn(f"did you mean '{right}'?", pygmy("help", wrong).err)
        self.assertIn("did you mean 'trim'?", pygmy("stream", "trmi", "--before", 1).err)
        self.assertNotIn("did you mean", pygmy("zebra").err)

    def test_no_value_is_empty(self):
        for command in COMMANDS:
            for name, value in self.options(command):
                if name in ("--help", "--print-config") or value.startswith(("Excludes", "Needs")) or not value:
                    continue
                for arguments in ([name, ""], [name + "="]):
                    with self.subTest([*command, *arguments]):
                        ended = pygmy(*typed(command), *arguments)
                        self.assertEqual(ended.code, 2, ended)
                        self.assertEqual(ended.out, "")
                        self.assertEqual(len(ended.err.splitlines()), 1, ended)

    def test_every_command_takes_the_general_options(self):
        for command in COMMANDS:
            if command[0] in ("stream", "at") or command == ["keys"]:
                continue
            with self.subTest(command):
                names = [name for name, _ in self.options(command)]
                self.assertIn("--config", names)
                self.assertIn("--log-level", names)

    def test_help_that_cannot_be_written(self):
        for command in COMMANDS:
            with self.subTest(command), full() as nowhere:
                ended = run([*typed(command), "--help"], stdout=nowhere)
                self.assertEqual(ended.returncode, 5, ended)
                self.assertEqual(len(ended.stderr.splitlines()), 1, ended)
                ended = with_a_closed_pipe([*typed(command), "--help"])
                self.assertIn(ended.returncode, (0, CLOSED_PIPE), ended)
                self.assertEqual(ended.stderr, "")

    def test_a_complaint_that_cannot_be_written(self):
        for command in COMMANDS:
            with self.subTest(command), full() as nowhere:
                self.assertEqual(run([*typed(command), "--no-such"], stderr=nowhere).returncode, 2)

    def test_a_closed_descriptor_is_not_given_to_a_file(self):
        """Otherwise the log would be written into the first file that is opened."""
        data = tempfile.mkdtemp(prefix="pygmy-")
        self.addCleanup(shutil.rmtree, data)
        base = free_port_base()
        command = f"exec '{PYGMY}' broker --data '{data}' --listen {tcp(base)} 0<&- 1>&- 2>&-"
        with subprocess.Popen(["bash", "-c", command], env=CLEAN_ENVIRONMENT) as broker:
            self.addCleanup(broker.kill)
            wait_for("it listens", lambda: not port_is_free(base))
            broker.terminate()
            self.assertEqual(broker.wait(timeout=60), 0)
        for file in pathlib.Path(data).iterdir():
            self.assertNotIn(b"started: pid", file.read_bytes(), file)
        closed = subprocess.run(["bash", "-c", f"'{PYGMY}' --version >&-"], env=CLEAN_ENVIRONMENT, timeout=60)
        self.assertEqual(closed.returncode, 5)


class Completion(unittest.TestCase):
    """Asks the shells themselves; zsh and fish where they are installed."""

    def bash(self, *words):
        script = f"""source <('{PYGMY}' completion bash)
            COMP_WORDS=({' '.join(f"'{word}'" for word in words)}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
            _pygmy; printf '%s\\n' "${{COMPREPLY[@]}}" """
        return subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60).stdout.split()

    def test_bash_completes_commands_options_and_values(self):
        self.assertEqual(self.bash("pygmy", "loo"), ["lookup"])
        self.assertEqual(self.bash("pygmy", "stream", ""), ["trim", "--help"])
        self.assertEqual(self.bash("pygmy", "up", "--cata"), ["--catalogs", "--catalogue"])
        self.assertEqual(self.bash("pygmy", "bench", "--op", "l"), ["lookup"])
        self.assertEqual(self.bash("pygmy", "export", "o"), ["orders"])
        self.assertEqual(self.bash("pygmy", "--frontend", "x", "at", "5", "lookup", "--stal"), [])

    def test_bash_knows_every_command(self):
        for command in COMMANDS:
            with self.subTest(command):
                self.assertIn(command[-1], self.bash("pygmy", *command[:-1], command[-1]))
                self.assertIn("--help", self.bash("pygmy", *command, "--"))

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh_accepts_the_script(self):
        script = scratch_file("_pygmy")
        pathlib.Path(script).write_text(pygmy("completion", "zsh").out)
        done = subprocess.run(["zsh", "-fc", f"autoload -Uz compinit; compinit -D -u; source '{script}'; echo $_comps[pygmy]"],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual((done.stdout.strip(), done.stderr), ("_pygmy", ""))

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish_completes(self):
        script = scratch_file("pygmy.fish")
        pathlib.Path(script).write_text(pygmy("completion", "fish").out)
        done = subprocess.run(["fish", "--no-config", "-c", f"source '{script}'; complete -C 'pygmy bench --op l'"],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual((done.stdout.split()[0], done.stderr), ("lookup", ""))


class Configuration(unittest.TestCase):
    def file(self, text):
        path = scratch_file("p.toml")
        pathlib.Path(path).write_text(text)
        return path

    def test_printed_options_are_read_again(self):
        given = {"broker": ("--data", "/d", "--listen", "tcp://h:1", "--members", "a,b"),
                 "catalog": ("--data", "/d", "--listen", "tcp://h:1", "--brokers", "tcp://h:2,tcp://h:5"),
                 "order": ("--data", "a \"quoted\" \\ path\n", "--listen", "tcp://h:1", "--brokers", "tcp://h:2"),
                 "frontend": ("--listen", "tcp://h:1", "--brokers", "tcp://h:2", "--cache-bytes", "3mb", "--cache-items", "9", "--instance", "007"),
                 "bridge": ("--frontend", "tcp://h:1", "--demo"),
                 "node": ("--data", "/d", "--name", "01", "--roles", "order,frontend", "--log-json"),
                 "up": ("--single", "--demo", "--log-json", "--host", "a,b"), "up ": (), "up  ": ("--cluster",)}
        self.assertLessEqual(set(ROLES), set(given))
        for name, options in given.items():
            role = name.strip()
            with self.subTest(name):
                first = pygmy(role, "--print-config", *options)
                self.assertEqual(first.code, 0, first)
                again = pygmy(role, "--print-config", "--config", self.file(first.out))
                self.assertEqual((again.out, again.err), (first.out, ""))

    def test_the_other_commands_read_where_the_store_is(self):
        file = self.file('frontend = ["tcp://127.0.0.1:1"]\ntimeout = "100ms"\nbrokers = ["tcp://127.0.0.1:2"]\n'
                         'data = "/no/such"\nlog-level = "error"\n')
        for arguments, word in ((["lookup", 1], "tcp://127.0.0.1:1 "), (["at", 1, "lookup", 2], "tcp://127.0.0.1:1 "),
                                (["ps"], "/no/such"), (["logs"], "/no/such/log"),
                                (["backup", scratch_file("b"), "--timeout", "100ms"], "tcp://127.0.0.1:2 ")):
            with self.subTest(arguments):
                self.assertIn(word, pygmy(*arguments, "--config", file).err)
                self.assertIn(word, pygmy(*arguments, environment={"PYGMY_CONFIG": file}).err)

    def test_a_setting_of_another_command_does_not_matter(self):
        file = self.file('[up]\nbroker-count = 1\n[lookup]\ntimeout = "100ms"\n')
        self.assertIn("tried for 100 ms", pygmy("lookup", 1, "--config", file, "--frontend", "tcp://127.0.0.1:1").err)

    def test_backup_and_trim_take_their_brokers_from_the_environment(self):
        there = {"PYGMY_BROKERS": "tcp://127.0.0.1:1,tcp://127.0.0.1:4"}
        said = pygmy("backup", scratch_file("b"), "--timeout", "100ms", environment=there).err
        self.assertIn("no broker answers at tcp://127.0.0.1:1, tcp://127.0.0.1:4 (tried for 100 ms): ", said)
        self.assertIn("PYGMY_BROKERS", said)
        trim = pygmy("stream", "trim", "--before", 1, "--without-backup", "--timeout", "100ms", environment=there)
        self.assertIn("no broker answers at tcp://127.0.0.1:1", trim.err)
        self.assertEqual(pygmy("lookup", 1, "--timeout", "100ms", "--frontend", "tcp://127.0.0.1:1", environment=there).code, 3)

    def test_no_store_answers(self):
        said = pygmy("lookup", 1, "--timeout", "100ms", "--frontend", "tcp://127.0.0.1:1")
        self.assertEqual(said.code, 3)
        self.assertEqual(said.err, "pygmy: unavailable: no store answers at tcp://127.0.0.1:1 (tried for 100 ms): start one "
                                   "with `pygmy up`, or name it with --frontend / PYGMY_FRONTEND\n")

    def test_a_frontend_that_is_no_endpoint(self):
        for wrong in ("x", "localhost:7410", "tcp://h", "tcp://h:99999", ","):
            self.assertEqual(pygmy("lookup", 1, "--frontend", wrong).code, 2, wrong)


class OutputOfEveryCommand(StoreTest):
    """Where the output cannot be written. The table has a command line for each command that ends by itself."""

    # The exit codes of those in the table that are refused: nobody is silent here, 1 is no credential, order 1 is cancelled
    # only once, hold 1 ends only once, and a cursor does not go back.
    USUAL = {"forget": 2, "revoke": 1, "cancel": 1, "confirm": 1, "extend": 1, "release": 1, "acknowledge": 1}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.backup = scratch_file("backup")
        cls.record = scratch_file("record.jsonl")
        cls.keys = scratch_file("keys")
        cls.demo_ports = free_port_base()
        assert pygmy("keys", "init", cls.keys).code == 0
        cls.brokers = ("--brokers", f"tcp://127.0.0.1:{cls.store.base}")
        assert cls.store.ask("buy", 1).code == 0
        assert pygmy("backup", cls.backup, *cls.brokers).code == 0
        assert cls.store.ask("bench", "--seconds", "0.2", "--record", cls.record).code == 0

    def table(self):
        fresh = tempfile.mkdtemp(prefix="pygmy-")
        self.addCleanup(shutil.rmtree, fresh)
        add = ("add", "--title", "T", "--topic", "t", "--price", "1.00")
        data = ("--data", self.store.data)
        name = os.path.basename(fresh)
        lab = ("c", "--requests", 4, "--output", fresh + "/lab", "--frontend", ",".join(self.store.frontends))
        demo = ("--minutes", 0.02, "--no-browser", "--port-base", self.demo_ports)
        return {
            "ps": data, "logs": data,
            "lookup": (1,), "search": (), "show-order": (1,), "orders": (),
            "hold": (1,), "show-hold": (1,), "holds": (), "extend": (1,), "confirm": (1,), "release": (1,),
            "buy": (1,), "sell": (1,), "cancel": (1, 1), "outcome": ("none",),
            "add": add[1:], "price": (1, "2.00"), "edit": (1, "--restore"), "terms": (1, "--per-order", 5),
            "restock": (1, 1), "count": (1, 500), "transfer": (1, 1, "--to", "annex", "--open"), "movements": (1,),
            "history": (1,), "report": ("sales",),
            "import": (BOOKSTORE, "--update"), "export": ("items",),
            "grant": ("reader",), "revoke": (1,), "credentials": (), "whoami": (),
            "keys": ("list", "--json", "--keys", self.keys),
            "subscribe": (name,), "subscriptions": (), "acknowledge": (name, 1), "unsubscribe": (name,),
            "status": (), "top": ("--once",), "forget": ("nobody-1",), "events": (), "audit": (), "trace": ("buy",), "at": (9, "lookup", 1),
            "backup": (self.backup, *self.brokers), "verify": (self.backup,),
            "restore": (self.backup, "--data", fresh + "/restored"),
            "rescue": (fresh + "/rescued", "--from", self.backup),
            "stream": ("trim", "--before", 2, "--without-backup", "--dry-run", *self.brokers),
            "bench": ("--seconds", "0.1"), "lab": lab, "demo": demo, "check": (self.record,),
            "help": (), "completion": ("bash",),
        }

    def lines(self):
        for name, arguments in self.table().items():
            yield name, [name, *arguments]

    def environment(self):
        return {"PYGMY_FRONTEND": ",".join(self.store.frontends)}

    def test_the_table_has_every_command(self):
        runs_on = {*ROLES, "up", "health"}  # they print nothing, or go on
        self.assertEqual({command[0] for command in COMMANDS} - runs_on, set(self.table()))

    def test_a_full_disk_is_an_exit_code(self):
        for name, arguments in self.lines():
            with self.subTest(name), full() as nowhere:
                ended = run(arguments, stdout=nowhere, environment=self.environment())
                self.assertNotEqual(ended.returncode, 0, ended)
                self.assertGreater(ended.returncode, 0, ended)
                self.assertNotIn("terminate", ended.stderr)

    def test_a_closed_pipe_ends_quietly(self):
        for name, arguments in self.lines():
            with self.subTest(name):
                whole = run(arguments, environment=self.environment()) if name in ("status", "stream", "ps") else None
                ended = with_a_closed_pipe(arguments, environment=self.environment())
                usual = whole.returncode if whole else self.USUAL.get(name, 0)
                self.assertIn(ended.returncode, (0, CLOSED_PIPE, usual), ended)
                self.assertNotIn("standard output", ended.stderr)
                self.assertNotIn("write", ended.stderr)

    def test_a_reader_that_leaves_early(self):
        for arguments in ("events", "export items", "search", "export orders --json"):
            with self.subTest(arguments):
                script = f"set -o pipefail; '{PYGMY}' {arguments} | head -1"
                ended = subprocess.run(["bash", "-c", script], env={**CLEAN_ENVIRONMENT, **self.environment()},
                                       capture_output=True, text=True, timeout=60)
                self.assertIn(ended.returncode, (0, CLOSED_PIPE), ended)
                self.assertEqual((len(ended.stdout.splitlines()), ended.stderr), (1, ""), ended)

    def test_a_notice_that_cannot_be_written(self):
        for name, arguments in self.lines():
            with self.subTest(name), full() as nowhere:
                ended = run(arguments, stderr=nowhere, environment=self.environment())
                self.assertIn(ended.returncode, (0, 1, self.USUAL.get(name, 0)), ended)
        with full() as nowhere:
            self.assertEqual(run(["lookup", 999], stderr=nowhere, environment=self.environment()).returncode, 1)

    def test_an_empty_key_orders_nothing(self):
        before = self.store.read("lookup", 1)
        for arguments in (("buy", 1), ("sell", 1), ("cancel", 1), ("hold", 1), ("confirm", 1), ("extend", 1),
                          ("release", 1), ("restock", 1, 5), ("count", 1, 5), ("transfer", 1, 5), ("price", 1, "2.00"),
                          ("edit", 1, "--retire"), ("terms", 1, "--none"),
                          ("add", "--title", "B", "--topic", "t", "--price", "1.00")):
            for given in ((*arguments, "--key", ""), (*arguments, "--key="), (arguments[0], "--key=", *arguments[1:]),
                          (arguments[0], "--key=", 1, *arguments[1:])):
                ended = self.store.ask(*given)
                self.assertEqual(ended.code, 2, ended)
                self.assertIn("--key", ended.err)
        self.assertEqual(self.store.read("lookup", 1), before)

    def test_a_quantity_is_named_once(self):
        ended = self.store.ask("buy", "1:3", "--qty", 4)
        self.assertEqual(ended.code, 2, ended)
        self.assertIn("1:3 and --qty 4", ended.err)

    def test_notices_are_no_output(self):
        for arguments, notice in ((("search", "--topic", "none"), "nothing found"), (("orders", "--customer", "nobody"), "no orders"),
                                  (("search", "--limit", 1), "there is more: add --after 1")):
            shown = self.store.ask(*arguments)
            self.assertIn(notice, shown.err)
            self.assertNotIn(notice, shown.out)


if __name__ == "__main__":
    unittest.main()
