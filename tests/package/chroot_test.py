#!/usr/bin/python3
"""The package on a bare Debian 12: installed by apt, used, upgraded under a running store, removed and purged.

The Debian is made by mmdebstrap in a directory that it removes. That wants root, and a mirror of Debian.
"""

import pathlib
import shutil

from packages import Packages, made_by_mmdebstrap, require, require_root_and_mirror, run

STEPS = pathlib.Path(__file__).with_name("chroot_steps.sh")


def next_release(packages):
    """Makes the same package under a higher version."""
    folder = packages.work / "next"
    run("dpkg-deb", "--raw-extract", packages.program, folder)
    control = folder / "DEBIAN/control"
    version = run("dpkg-deb", "-f", packages.program, "Version").strip()
    control.write_text(control.read_text().replace(f"Version: {version}\n", f"Version: {version}+next\n"))
    return run("dpkg-deb", "--root-owner-group", "--build", folder, packages.work / "made/pygmy_next.deb")


def main():
    require_root_and_mirror()
    require("mmdebstrap", "cpack", "dpkg-shlibdeps")
    with Packages() as packages:
        made = packages.work / "made"
        made.mkdir()
        next_release(packages)
        shutil.copy(packages.program, made / "pygmy_first.deb")  # other tests use the package
        made_by_mmdebstrap("/dev/null", "--format=null", f"--customize-hook=copy-in {made} {STEPS} /srv",
                           '--customize-hook=chroot "$1" sh -eu /srv/chroot_steps.sh')


if __name__ == "__main__":
    main()
