"""One run: a store under load, and one fault after another, each in its own round, in an order drawn from the seed.

In a round the load begins, and after a random time the fault comes on and is proven. Then the fault is taken away, the
load continues, and every process must become live again. At the end of the run the books are audited. `judge` checks
the promises of DESIGN section 7.
"""

import dataclasses
import json
import random
import time

from fault import NotOn
from history import Record
from load import Bench, LoadProgram, Prober, rate
from store import Broken
from visitors import KeyHolders, Visitors

LOAD_CLIENTS = {"mix": 8, "buy": 4}
# A hold of the load lasts for 0.2 s to 2.2 s, also while a fault makes it wait. A place may have too few pieces, and the
# terms of sale that the load gives an item may allow fewer than a hold asks for. A frontend makes such a refusal final by
# voiding the key; if it is killed before it has answered, the copy at another frontend is told that the key is void.
# `pygmy check` judges these refusals.
MAY_BE_REFUSED_WITH = {"hold_over", "out_of_stock", "limit", "key_voided"}
ALONE_S = 5  # a client's deadline
BROKER_S = 10  # a client's deadline if the fault hits the only broker
ASKED_AGAIN_MAX = 300  # number of the prober's orders that are checked at the end


@dataclasses.dataclass
class Pace:
    """The lengths of the parts of a round, in seconds."""

    quiet: int = 2  # load before the fault, to have a rate to compare with
    random: float = 1.5  # greatest further time before the fault; the time is drawn from the seed
    fault_max: float = 60  # greatest length of the fault
    tail: float = 3.5  # load after the fault


SHORT = Pace(quiet=1, random=0.3, fault_max=0.6, tail=0.7)


@dataclasses.dataclass
class Round:
    number: int
    fault: str
    role: str
    target: str = ""
    alone: bool = False  # the fault hits the only broker or all processes, so no other process can stand in
    at_s: float = 0
    lasted_s: float = 0
    live_after_s: float = 0
    proof: str = ""
    proven: bool = False
    before: int = None
    during: int = None
    after: int = None
    ops: int = 0
    load_s: float = 0
    worst_ms: int = 0
    over_one_second: bool = False
    errors: list = dataclasses.field(default_factory=list)
    broken: list = dataclasses.field(default_factory=list)
    history: str = "not checked"
    revoked: int = 0  # tokens whose revocation was acknowledged
    keys_revoked: int = 0  # keys that a frontend had served
    keys_connected: int = 0  # clients that were connected when their key was revoked


def schedule(pairs, seed):
    """Yields pairs (fault, role) without end: every pair once in a random order, then all again in another order. `none`
    comes first each time."""
    dice, pairs = random.Random(seed), list(pairs)
    while True:
        dice.shuffle(pairs)
        pairs.sort(key=lambda pair: pair[0].name != "none")
        yield from pairs


class Campaign:
    def __init__(self, store, seed, pace, bound_ms, history, say, load=None):
        self.store, self.seed, self.pace, self.bound_ms = store, seed, pace, bound_ms
        self.history, self.say = history, say
        self.load = load  # the program in place of the mix of `pygmy bench`
        self.began = time.monotonic()
        self.rounds, self.kept = [], {}  # kept: key -> order number

    def clock(self):
        return time.monotonic() - self.began

    def round(self, kind, role):
        number = len(self.rounds) + 1
        dice = random.Random(f"{self.seed}/{number}")
        fault, done = kind(self.store, role, dice), Round(number, kind.name, role)
        self.rounds.append(done)
        lasts_s = min(dice.uniform(*kind.lasts_s), self.pace.fault_max)
        load_s = round(self.pace.quiet + self.pace.random + lasts_s + self.pace.tail, 1)
        target = self.target(role, dice)
        done.target = target.instance if target else "all"
        done.alone = target is None or self.store.is_only_broker(target)
        timeout_s = BROKER_S if done.alone else ALONE_S
        benches = [self.generator(number, op, clients, load_s, timeout_s) for op, clients in LOAD_CLIENTS.items()]
        prober = Prober(self.store, f"probe-{number}", timeout_s, Record(self.history.file(number, "probe")))
        visitors = Visitors(self.store, timeout_s)
        holders = KeyHolders(self.store, f"holder-{number}") if self.store.keys else None
        try:
            self.await_load(benches)
            time.sleep(dice.uniform(0, self.pace.random))
            self.fire(fault, target, lasts_s, done, benches)
            self.collect(done, benches, prober)
            fault.after(target)
            self.await_live(done)
        finally:
            prober.stop()
            visitors.stop()
            if holders:
                holders.stop()
            for bench in benches:
                bench.stop()
            self.kept.update(prober.acknowledged)
        done.history = self.history.check(number)
        done.revoked, done.broken = visitors.revoked, visitors.broken
        if holders:
            done.keys_revoked, done.keys_connected = holders.revoked, holders.served
            done.broken += holders.broken
        self.judge(done, kind)
        return done

    def generator(self, number, op, clients, load_s, timeout_s):
        record = self.history.file(number, op)
        if self.load and op == "mix":
            return LoadProgram(self.store, self.load, load_s, timeout_s, record)
        return Bench(self.store, op, load_s, timeout_s, record, clients,
                     changes=op == "mix" and self.history.judges_changes)

    def target(self, role, dice):
        if role == "all":
            return None
        if role == "leader":
            return self.store.leader()
        writer = self.store.writer()
        if role == "writer":
            return writer
        candidates = self.store.with_core(role) if role == "broker" else self.store.of_role(role)
        spared = [writer, self.store.leader()]
        # The only broker leads, and a node may be the whole store.
        return dice.choice([p for p in candidates if p not in spared] or candidates)

    def await_load(self, benches):
        """Waits until every load generator has run for `quiet` seconds."""
        until = time.monotonic() + self.store.wait_s
        while not all(len(bench.seconds) >= self.pace.quiet for bench in benches):
            if time.monotonic() > until or any(bench.running.poll() is not None for bench in benches):
                raise Broken("no load: " + "; ".join(bench.said.strip()[-200:] for bench in benches))
            time.sleep(0.02)

    def fire(self, fault, target, lasts_s, done, benches):
        begin = time.monotonic()
        done.at_s = self.clock()
        try:
            done.proof = fault.on(target)
            self.say(f"{done.at_s:7.1f} s  {done.fault:<8} {done.role:<8} {done.target:<12} on: {done.proof}")
            time.sleep(lasts_s)
            later = fault.proof_later(target)
            done.proven = True
        except NotOn as why:
            later = f"NOT PROVEN: {why}"
        finally:
            fault.off(target)
        done.proof = "; ".join(part for part in (done.proof, later) if part)
        end = time.monotonic()
        done.lasted_s = end - begin
        if later:
            self.say(f"{'':<42}{later}")
        self.await_live(done)
        done.live_after_s = time.monotonic() - end
        self.say(f"{self.clock():7.1f} s  {'':<31}off: after {done.lasted_s:.1f} s; "
                 f"all live {done.live_after_s:.1f} s later")
        self.marks = (begin, end)

    def await_live(self, done):
        try:
            self.store.wait_live()
        except Broken:
            raise Broken(f"not live again after {done.fault} of {done.target}: {self.store.not_live()}") from None

    def collect(self, done, benches, prober):
        results = [bench.result() for bench in benches]
        prober.stop()  # it waits for the request that is under way
        begin, end = self.marks
        done.before, done.during, done.after = (rate(benches, *span) for span in (
            (begin - 60, begin - 1), (begin, end), (end + 1, end + 60)))
        done.ops = sum(result["ops"] for result in results)
        done.load_s = max(result["seconds"] for result in results)
        for bench, result in zip(benches, results):
            if result["errors"]:
                done.errors.append(f"{bench.name}: {result['errors']} of {result['errors_by_code']}: "
                                   f"{result.get('first_error', '')}")
            refused = {word: count for word, count in result["refused"].items() if word not in MAY_BE_REFUSED_WITH}
            if refused:
                done.errors.append(f"{bench.name}: refused {refused}")
        done.errors += [f"probe {kind}, asked {asked - begin:+.1f} s after the fault: {error}"
                        for kind, asked, _, error in prober.probes if error]
        pauses_ms = [result["max_us"] / 1000 for result in results] + [took * 1000 for *_, took, _ in prober.probes]
        done.worst_ms = round(max(pauses_ms))
        rates = ", ".join(f"{rate if rate is not None else '-'} {when}" for rate, when in (
            (done.before, "before"), (done.during, "during"), (done.after, "after")))
        self.say(f"{'':<42}ops/s {rates}; worst pause {done.worst_ms} ms; {len(done.errors) or 'no'} errors")
        for error in done.errors:
            self.say(f"{'':<42}ERROR {error}")

    def judge(self, done, kind):
        """Checks DESIGN section 7 and G6: no client sees an error, and a fault of a single process other than the single
        broker makes no client wait for more than a second."""
        done.broken += [f"a client saw an error: {error}" for error in done.errors]
        done.broken += [f"{p.instance} died by itself with code {p.running.returncode}: {p.last_words()}"
                        for p in self.store.died_by_themselves()]
        if kind.one_second and not done.alone:
            done.over_one_second = done.worst_ms > 1000
            if done.worst_ms > self.bound_ms:
                done.broken.append(f"a client waited for {done.worst_ms} ms, more than {self.bound_ms} ms")
        if done.history.startswith("VIOLATED"):
            done.broken.append(f"no order of the operations explains the history: {done.history}")
        for broken in done.broken:
            self.say(f"{'':<42}BROKEN {broken}")

    def audit(self):
        """Yields (sentence, holds) for each check at the end: `pygmy audit`, and the prober's orders."""
        self.store.wait_level()
        audit = self.store.ask("audit", timeout=30)
        lines = (audit.stdout + audit.stderr).strip().splitlines()
        yield f"audit: exit code {audit.returncode}\n    " + "\n    ".join(lines), audit.returncode == 0
        broken = list(self.broken_books())
        yield f"books: {len(self.kept)} orders acknowledged to the prober, {len(broken) or 'none'} lost or changed" + \
            "".join(f"\n    {line}" for line in broken), not broken

    def broken_books(self):
        """Yields a sentence for each order that was acknowledged to the prober and is now lost or changed."""
        keys = list(self.kept)
        if len(set(self.kept.values())) < len(keys):
            yield f"{len(keys)} keys got only {len(set(self.kept.values()))} different order numbers"
        for key in keys[::-(-len(keys) // ASKED_AGAIN_MAX) or 1]:
            asked = self.store.ask("outcome", key, "--json")
            told = json.loads(asked.stdout).get("order", {}).get("no") if asked.returncode == 0 else asked.stderr
            if told != self.kept[key]:
                yield f"key {key} was acknowledged as order {self.kept[key]}, but its outcome is: {told}"
