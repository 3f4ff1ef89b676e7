"""Own namespaces for network, mounts and processes, so that the kernel removes everything at the end.

All processes, mounts and rules inside belong to these namespaces. When their first process ends, in whatever way, the
kernel kills the others. With the last process go the mounts, links, rules and queues. Nothing outside is touched.

Root can make them directly. Other users need a user namespace, which the machine must allow.
"""

import ctypes
import os
import signal
import sys

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x20000, 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 2, 4, 8, 0x4000, 0x40000
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    if getattr(libc, name)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")


def mount(source, target, kind, flags, data=""):
    call("mount", source.encode(), str(target).encode(), kind.encode(), ctypes.c_ulong(flags), data.encode())


def unmount(target):
    call("umount2", str(target).encode(), 0)


def die_with_parent():
    """For Popen(preexec_fn=...): the child ends with this script, so a killed script leaves no process behind."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def new_namespaces():
    uid, gid = os.geteuid(), os.getegid()
    flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | (CLONE_NEWUSER if uid else 0)
    call("unshare", flags)
    if uid:
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)


def become_first_process():
    """Runs in the child. Afterwards its mounts are not seen outside, and /proc shows the processes inside."""
    die_with_parent()
    mount("none", "/", "none", MS_REC | MS_PRIVATE)
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)


def why_not():
    """Returns why namespaces are not available here, or None. It tries them in a child, which leaves nothing behind."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            new_namespaces()
            first = os.fork()
            if first == 0:
                become_first_process()
                os._exit(0)
            if os.waitpid(first, 0)[1] != 0:
                raise OSError("the first process of a new namespace failed")
        except OSError as error:
            os.write(writing, str(error).encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(pid, 0)
    with os.fdopen(reading) as answer:
        return answer.read() or None


def inside(run):
    """Runs run() as the first process of new namespaces and returns its exit code. Ctrl-C and SIGTERM reach it."""
    new_namespaces()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            become_first_process()
            code = run()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: os.kill(pid, number))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
