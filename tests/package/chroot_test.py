#!/usr/bin/python3
"""The package on a bare Debian 12: installed by apt, used, upgraded under a running store, removed and purged.

The Debian is made by mmdebstrap in a directory that it removes. That wants root, and a mirror of Debian.
"""

import os
import pathlib
import subprocess
import sys
import urllib.error
import urllib.request

from packages import Packages, require, run, skip

MIRROR = "http://deb.debian.org/debian"
STEPS = pathlib.Path(__file__).with_name("chroot_steps.sh")


def require_the_mirror():
    try:
        urllib.request.urlopen(f"{MIRROR}/dists/bookworm/InRelease", timeout=20).close()
    except (urllib.error.URLError, OSError) as error:
        skip(f"{MIRROR} cannot be reached: {error}")


def next_release(packages):
    """Returns the same package under a higher version."""
    folder = packages.work / "next"
    run("dpkg-deb", "--raw-extract", packages.program, folder)
    control = folder / "DEBIAN/control"
    version = run("dpkg-deb", "-f", packages.program, "Version").strip()
    control.write_text(control.read_text().replace(f"Version: {version}\n", f"Version: {version}+next\n"))
    run("dpkg-deb", "--root-owner-group", "--build", folder, packages.work / "next.deb")
    return packages.work / "next.deb"


def main():
    if os.geteuid() != 0:
        skip("a chroot wants root")
    require("mmdebstrap", "cpack", "dpkg-shlibdeps")
    require_the_mirror()
    with Packages() as packages:
        made = packages.work / "made"
        made.mkdir()
        packages.program.rename(made / "pygmy_first.deb")
        packages.program = made / "pygmy_first.deb"
        next_release(packages).rename(made / "pygmy_next.deb")
        done = subprocess.run(
            ["mmdebstrap", "--variant=minbase", "--mode=root", f"--customize-hook=copy-in {made} {STEPS} /srv",
             '--customize-hook=chroot "$1" sh -eu /srv/chroot_steps.sh', "--format=null", "bookworm", "/dev/null", MIRROR])
    return 1 if done.returncode != 0 else 0


if __name__ == "__main__":
    sys.exit(main())
