#!/usr/bin/python3
"""The Debian packages: their names, versions, dependencies and files; lintian; the units, as systemd reads them."""

import gzip
import os
import re
import subprocess
import unittest

from packages import PYGMY, ROOT, Packages, require, run

UNITS = {f"pygmy{role}@.service" for role in ("", "-broker", "-catalog", "-order", "-frontend", "-bridge")}
ETCD = "pygmy-etcd@.service"  # it runs Debian's etcd
EXPOSURE_MAX = 15  # tenths, of what `systemd-analyze security` counts; most services have 90 and more
NAMES = re.compile(r"^\S*\.BR (pygmy-\S+) \(1\)$", re.M)


def version_of_the_program():
    return run(PYGMY, "--version").split()[1]


class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.packages = Packages()
        cls.packages.__enter__()
        cls.addClassCleanup(cls.packages.__exit__)
        cls.root = cls.packages.unpacked(cls.packages.program)
        cls.library = cls.packages.unpacked(cls.packages.library)

    def field(self, package, name):
        return run("dpkg-deb", "-f", package, name).strip()

    def page(self, name):
        return gzip.decompress((self.root / f"usr/share/man/man1/{name}.1.gz").read_bytes()).decode()


class Names(PackageTest):
    def test_program_changelog_and_packages_have_one_version(self):
        version = version_of_the_program()
        newest = re.search(r"^## ([\d.]+)", (ROOT / "CHANGELOG.md").read_text(), re.M)[1]
        self.assertEqual(newest, version, "the newest part of CHANGELOG.md")
        architecture = run("dpkg", "--print-architecture").strip()
        for package, name in ((self.packages.program, "pygmy"), (self.packages.library, "libpygmy-dev")):
            self.assertEqual(package.name, f"{name}_{version}_{architecture}.deb")
            self.assertEqual(self.field(package, "Version"), version)
            changelog = gzip.decompress((self.packages.unpacked(package) / f"usr/share/doc/{name}/changelog.gz").read_bytes())
            self.assertTrue(changelog.startswith(f"pygmy ({version}) ".encode()), changelog)

    def test_the_program_names_its_commit(self):
        self.assertRegex(run(PYGMY, "--version"), r"^pygmy \S+ \(([0-9a-f]{12}(-changed)?|unknown)\)\n")


class Contents(PackageTest):
    def test_lintian_finds_no_error(self):
        run("lintian", "--fail-on", "error", "--allow-root", self.packages.program, self.packages.library)

    def test_the_program_depends_on_the_libraries_that_it_loads(self):
        needed = self.field(self.packages.program, "Depends")
        for library in ("libc6", "libzmq5", "libsqlite3-0", "libssl3"):
            self.assertIn(library, needed)
        self.assertNotIn("-dev", needed)

    def test_every_command_has_a_manual_page(self):
        names = NAMES.findall(self.page("pygmy").replace("\\-", "-"))
        self.assertIn("pygmy-buy", names)
        for name in names:
            self.assertIn(f".SH NAME\n{name} - ", self.page(name).replace("\\-", "-"))
        self.assertIn(".SH NAME\npygmy-stream-trim - ", self.page("pygmy-stream-trim").replace("\\-", "-"))

    def test_man_reads_every_page_without_a_warning(self):
        for page in sorted(self.root.glob("usr/share/man/man1/*.gz")):
            done = subprocess.run(["man", "--warnings", "--encoding=UTF-8", "--local-file", page], capture_output=True,
                                  text=True, env={**os.environ, "MANWIDTH": "120", "LC_ALL": "C.UTF-8"})
            self.assertEqual((done.returncode, done.stderr), (0, ""), page.name)

    def test_shells_find_the_completions(self):
        for file in ("bash-completion/completions/pygmy", "zsh/vendor-completions/_pygmy",
                     "fish/vendor_completions.d/pygmy.fish"):
            self.assertIn("restock", (self.root / "usr/share" / file).read_text())

    def test_samples_and_the_compose_file_are_there(self):
        self.assertEqual((self.root / "usr/share/pygmy/bookstore.csv").read_text(), (ROOT / "samples/bookstore.csv").read_text())
        self.assertTrue((self.root / "usr/share/doc/pygmy/examples/compose.yaml").exists())

    def test_pygmy_deploy_finds_its_modules(self):
        """tests/deploy says what it does."""
        self.assertIn("up", run(self.root / "usr/bin/pygmy-deploy", "--help"))
        for file in ("share/pygmy/hosts/host.sh", "lib/pygmy/supervise", "lib/pygmy/etcd-member"):
            self.assertTrue((self.root / "usr" / file).exists(), file)

    def test_a_program_is_built_against_the_library(self):
        where = {**os.environ, "PKG_CONFIG_PATH": str(next(self.library.rglob("pkgconfig")))}
        flags = run("pkg-config", "--cflags", "--libs", "pygmy", env=where).split()
        run("c++", "-std=c++20", ROOT / "examples/edge/main.cpp", "-o", self.packages.work / "edge", *flags)


class Units(PackageTest):
    def folder(self):
        return self.root / "usr/lib/systemd/system"

    def test_the_package_has_the_units(self):
        self.assertEqual({file.name for file in self.folder().iterdir()}, UNITS | {ETCD, "pygmy.target"})

    def test_systemd_understands_every_unit(self):
        """The program is not installed here, so the units name the one of this build."""
        copies = self.packages.work / "units"
        copies.mkdir()
        for file in self.folder().iterdir():
            (copies / file.name).write_text(file.read_text().replace("/usr/bin/pygmy", str(PYGMY))
                                            .replace("/usr/lib/pygmy", str(ROOT / "deploy/hosts")))
        for name in sorted(UNITS | {ETCD}):
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", copies / name.replace("@", "@1")],
                                  capture_output=True, text=True, env={**os.environ, "SYSTEMD_UNIT_PATH": f"{copies}:"})
            self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""), name)

    def test_every_unit_gives_its_process_little_of_the_machine(self):
        for name in sorted(UNITS | {ETCD}):
            run("systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE_MAX}",
                self.folder() / name)

    def test_every_unit_takes_the_keys_of_the_machine_if_there_are_any_and_cannot_write_them(self):
        """Both files are read after Environment=, the one of the process last."""
        for name in sorted(UNITS):
            unit = (self.folder() / name).read_text()
            kind = re.match(r"pygmy-?(\w*)@", name)[1] or "node"
            self.assertEqual(re.findall(r"^EnvironmentFile=(.*)$", unit, re.M),
                             ["-/etc/pygmy/all.env", f"-/etc/pygmy/{kind}-%i.env"], name)
            self.assertIn("\nReadOnlyPaths=-/var/lib/pygmy/keys\n", unit)
            self.assertNotIn("INSECURE", unit)

    def test_the_program_takes_the_options_of_every_unit(self):
        """`--print-config` reads the options of a process, and starts nothing."""
        for name in sorted(UNITS):
            unit = (self.folder() / name).read_text().replace("%i", "1")
            command = re.search(r"^ExecStart=/usr/bin/pygmy (.*)$", unit, re.M)[1].split()
            variables = dict(re.findall(r"^Environment=(PYGMY_\w+)=(.*)$", unit, re.M))
            variables["PYGMY_KEYS"] = "/var/lib/pygmy/keys"  # of all.env
            printed = run(PYGMY, *command, "--print-config", env={"PATH": os.environ["PATH"], **variables})
            self.assertIn("/var/lib/pygmy/keys", printed)


if __name__ == "__main__":
    require("cpack", "dpkg-shlibdeps", "lintian", "man", "systemd-analyze", "pkg-config")
    unittest.main()
