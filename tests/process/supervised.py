"""A program that is started again whenever it ends, as systemd or a container engine would do it."""

import subprocess
import threading

RESTART_S = 0.02  # as `up` waits after a kill (up/restart.h)
ASK_AGAIN_S = 0.1  # as `up` repeats SIGTERM: the second one tells a writer that no replica is left to hand over to


class Supervised:
    def __init__(self, command, log, environment):
        # If this test is killed, the program ends, too.
        self.command = ["setpriv", "--pdeathsig", "KILL", *map(str, command)]
        self.log, self.environment = log, environment
        self.running, self.starts = None, 0
        self.lock, self.over = threading.Lock(), threading.Event()
        self.keeper = threading.Thread(target=self.keep, daemon=True)

    def start(self):
        self.keeper.start()

    def keep(self):
        while self.start_once():
            self.running.wait()
            self.over.wait(RESTART_S)

    def start_once(self):
        with self.lock:
            if self.over.is_set():
                return False
            with open(self.log, "ab") as log:
                self.running = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                env=self.environment)
            self.starts += 1
            return True

    @property
    def pid(self):
        """Returns the pid of the running program; 0 between two starts."""
        return self.running.pid if self.running and self.running.poll() is None else 0

    def end(self, number):
        """Sends the signal until the program ends, and returns its exit code."""
        with self.lock:
            self.over.set()
        while self.running.poll() is None:
            self.running.send_signal(number)
            try:
                self.running.wait(ASK_AGAIN_S)
            except subprocess.TimeoutExpired:
                continue
        self.keeper.join()
        return self.running.returncode
