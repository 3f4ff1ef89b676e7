"""A client that floods the store gets `busy`, other clients are served, and no process grows (G8)."""

import pathlib
import threading
import unittest

import msgpack
import zmq

from store import StoreTest, deep_catalogue

RSS_MAX_MB = 300         # of one process, ten times the usual; a queue without a bound would exceed it within a second
FLOOD_FRAMES = 150
REQUESTS_PER_FRAME = 2000


def resident_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1024
    return 0


class Overload(StoreTest):
    OPTIONS = ("--catalogue", deep_catalogue())

    def flood(self, frames, answers):
        """Sends requests as fast as possible, and counts the answers by their word."""
        context = zmq.Context()
        dealer = context.socket(zmq.DEALER)
        dealer.linger = 0
        dealer.sndhwm = dealer.rcvhwm = 0
        dealer.connect(self.store.frontends[0])
        for frame in frames:
            dealer.send(frame)
            self.take(dealer, answers, 0)
        while self.take(dealer, answers, 2000):
            pass
        context.destroy(linger=0)

    @staticmethod
    def take(dealer, answers, wait_ms):
        if not dealer.poll(wait_ms):
            return False
        unpacker = msgpack.Unpacker(raw=False)
        unpacker.feed(dealer.recv())
        for header in list(unpacker)[::2]:
            word = header.get("err", "ok")
            answers[word] = answers.get(word, 0) + 1
        return True

    def buys(self):
        for i in range(FLOOD_FRAMES):
            yield b"".join(
                msgpack.packb({"v": 1, "t": "place", "id": n, "ttl": 20_000}) +
                msgpack.packb({"key": f"flood-{i}-{n}", "type": "buy", "lines": [{"item": 1 + n % 20, "quantity": 1}]})
                for n in range(REQUESTS_PER_FRAME))

    def test_a_flood(self):
        answers, largest, others = {}, {}, []
        flood = threading.Thread(target=self.flood, args=(self.buys(), answers))
        flood.start()
        processes = self.store.ps()
        while flood.is_alive():
            others.append(self.store.ask("buy", 20, "--json"))
            for process in processes:
                largest[process["instance"]] = max(largest.get(process["instance"], 0), resident_mb(process["pid"]))
        flood.join()
        self.assertGreater(answers.get("busy", 0), 0, answers)
        self.assertGreater(answers.get("ok", 0), 0, answers)
        self.assertEqual([end for end in others if end.code != 0], [])
        self.assertGreater(len(others), 3)
        for instance, megabytes in largest.items():
            self.assertLess(megabytes, RSS_MAX_MB, instance)
        self.assertEqual({p["pid"] for p in self.store.ps()}, {p["pid"] for p in processes}, "a process has died")

    def test_a_client_that_does_not_take_its_answers(self):
        """The frontend drops answers that a peer does not take: it does not store them, and others do not wait."""
        context = zmq.Context()
        self.addCleanup(context.destroy, linger=0)
        dealer = context.socket(zmq.DEALER)
        self.addCleanup(dealer.close)
        dealer.rcvhwm = 1
        dealer.connect(self.store.frontends[0])
        request = msgpack.packb({"v": 1, "t": "search", "id": 1}) + msgpack.packb({"limit": 20})
        for _ in range(3000):
            try:
                dealer.send(request * 100, zmq.NOBLOCK)
            except zmq.Again:
                break
        frontend = self.store.process("frontend-1")
        for _ in range(20):
            self.store.stock(1, frontends=self.store.frontends[:1])
        self.assertLess(resident_mb(frontend["pid"]), RSS_MAX_MB)
        self.assertEqual(self.store.process("frontend-1")["pid"], frontend["pid"])


if __name__ == "__main__":
    unittest.main()
