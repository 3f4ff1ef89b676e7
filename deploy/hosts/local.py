"""The operator's machine keeps, in a directory of mode 0700: all keys of a store, certificates, and which unit is where.

The directory is that of `pygmy keys`, so `pygmy keys add client till-7 --keys DIR` and `revoke` work on it; `pygmy-deploy up`
then brings the list to the hosts. Secrets go from here to the hosts as standard input of ssh, never as arguments.
"""

import hashlib
import io
import json
import os
import pathlib
import re
import secrets
import shutil
import subprocess
import tarfile

from .files import archive, compose_of, keys_of_host, of_host
from .plan import stream_of, variables_of_all
from .read import Mistake

DAYS = "3650"
STATE = "deploy.json"


def environment(**variables):
    """The user's PYGMY_ variables may be for another store."""
    return {**{name: value for name, value in os.environ.items() if not name.startswith("PYGMY_")}, **variables}


class Local:
    def __init__(self, program, directory):
        self.program, self.directory = program, pathlib.Path(directory)
        self.state = {"places": {}, "token": secrets.token_hex(8)}
        if (self.directory / STATE).exists():
            self.state |= json.loads((self.directory / STATE).read_text())

    def run(self, *words, variables=None, **options):
        """Runs the program pygmy of this machine."""
        try:
            return subprocess.run([self.program, *map(str, words)], text=True, env=environment(**(variables or {})), **options)
        except OSError as error:
            raise Mistake(f"{self.program} does not run here ({error.strerror}): install the package pygmy, or name the program with "
                          "--pygmy") from None

    def pygmy(self, *words):
        done = self.run(*words, capture_output=True)
        if done.returncode != 0:
            raise Mistake(f"pygmy {' '.join(map(str, words))}: {done.stderr.strip()}")
        return done.stdout

    def save(self, **changed):
        self.state |= changed
        self.write(STATE, json.dumps(self.state, indent=1).encode())

    def write(self, name, content):
        new = self.directory / (name + ".new")
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.rename(self.directory / name)

    def check_options(self, plan):
        """Refuses an option that no process has: a variable that nobody reads would have no effect."""
        known = {kind: set(re.findall(r"\(Env:(PYGMY_\w+)\)", self.pygmy(kind, "--help")))
                 for kind in {unit.kind for unit in plan.units} - {"etcd"}}
        of_units = [(unit.kind, known.get(unit.kind, set()), unit.variables) for unit in plan.units]
        of_hosts = [("process", set().union(*known.values()), variables_of_all(plan, host)) for host in plan.hosts]
        for kind, may, variables in of_units + of_hosts:
            for name in variables:
                if name not in may:
                    option = name.removeprefix("PYGMY_").lower().replace("_", "-")
                    raise Mistake(f"no {kind} has the option {option}: pygmy {'node' if kind == 'process' else kind} --help lists them")

    def make_keys(self, plan):
        """Makes the keys that are missing, and certificates if the plan has an etcd."""
        keys = self.directory
        if not (keys / "store.key").exists():
            self.pygmy("keys", "init", keys)
        listed = self.listed()
        wanted = [("operator", "operator")] + [(part.role, part.instance) for unit in plan.units for part in unit.parts]
        for role, name in wanted:
            if name not in listed:
                self.pygmy("keys", "add", role, name, "--keys", keys)
        if plan.etcd and not (keys / "etcd").exists():
            self.make_certificates([plan.hosts[name].address for name in plan.etcd])

    def listed(self):
        """Returns the names that have keys."""
        return {line.split()[1] for line in self.pygmy("keys", "list", "--keys", self.directory).splitlines() if len(line.split()) > 1}

    def revoke(self, name):
        if name in self.listed():
            self.pygmy("keys", "revoke", name, "--keys", self.directory)

    def make_certificates(self, addresses):
        """Those of `up --secure --cluster`: one for the members, one for the brokers. The key of their authority is not kept."""
        folder = self.directory / "etcd.new"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        names = ",".join(f"{'IP' if address.replace('.', '').isdigit() or ':' in address else 'DNS'}:{address}" for address in addresses)
        self.certificate(folder, "ca", "pygmy etcd CA", "critical,CA:TRUE,pathlen:0", "critical,keyCertSign", [])
        signed = ["-CA", folder / "ca.pem", "-CAkey", folder / "ca.key"]
        for name, subject, more in (("member", "etcd", ["extendedKeyUsage=serverAuth,clientAuth", f"subjectAltName={names}"]),
                                    ("broker", "broker", ["extendedKeyUsage=clientAuth"])):
            self.certificate(folder, name, subject, "critical,CA:FALSE", "critical,digitalSignature", more, signed)
        (folder / "ca.key").unlink()
        folder.rename(self.directory / "etcd")

    def certificate(self, folder, name, subject, basic, usage, more, signed=()):
        extensions = [word for one in (f"basicConstraints={basic}", f"keyUsage={usage}", *more) for word in ("-addext", one)]
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256", "-days", DAYS,
                   "-subj", f"/CN={subject}", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem", *extensions, *signed]
        mask = os.umask(0o077)
        try:
            done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        except OSError:
            raise Mistake("the program openssl is missing, which makes etcd's certificates: apt install openssl") from None
        finally:
            os.umask(mask)
        if done.returncode != 0:
            raise Mistake(f"openssl makes no certificate: {done.stderr.strip()}")

    def write_hosts(self, plan, to):
        """Writes what each host gets into a directory for it, with a compose.yaml, for hosts that pygmy-deploy does not reach."""
        if plan.etcd:
            raise Mistake("files are for a store with one broker: the members of etcd need hosts that pygmy-deploy reaches")
        self.make_keys(plan)
        mask = os.umask(0o077)
        for host in plan.hosts:
            made = pathlib.Path(to, host)
            for folder in ("etc", "keys"):
                shutil.rmtree(made / folder, ignore_errors=True)
            for unit in plan.on(host):
                if unit.kind not in ("frontend", "bridge"):
                    (made / "data" / ("" if unit.kind == "node" else unit.name)).mkdir(parents=True, exist_ok=True)
            with tarfile.open(fileobj=io.BytesIO(archive(of_host(plan, host), self.files(keys_of_host(plan, host))))) as tar:
                tar.extractall(made)
            (made / "keys").chmod(0o700)
            (made / "compose.yaml").write_text(compose_of(plan, host))
        os.umask(mask)
        self.save(places={unit.name: unit.host for unit in plan.units}, journal="sqlite", stream=stream_of(plan))

    def files(self, names):
        """Returns the files of these names that are there, as name -> bytes."""
        return {name: (self.directory / name).read_bytes() for name in names if (self.directory / name).exists()}


def sum_of(package):
    try:
        return hashlib.sha256(pathlib.Path(package).read_bytes()).hexdigest()[:16]
    except OSError as error:
        raise Mistake(f"the package {package}: {error.strerror}") from None
