"""`pygmy-faults --abuse`: runs the attacks of abuse.py on a store under load, several at once and from many connections,
in an order drawn from a seed. The run fails if a process ends or grows, or if another client gets no answer."""

import contextlib
import random
import shlex
import threading
import time
import traceback

import abuse
from load import Bench
from network import Loopback
from report import FAIL, PASS, VOID, WORDS
from store import Broken, Process, Store

# The parameter that makes an attack stronger, and its greatest value. None: the attack has no such parameter.
STRENGTH = {"fill_and_reset": ("shots", 4), "searches_in_one_frame": ("clients", 40), "large_frames": ("connections", 16),
            "subscriptions": ("connections", 8), "unread_gets": ("connections", 3000), "without_descriptors": None,
            "connections_without_end": ("connections", 3000)}
LOAD_S = 3600
AT_ONCE = 3  # greatest number of attacks at the same time


def bridge_of(store, home):
    bridge = Process("bridge", 1, "127.0.0.1", store.processes["frontend-2"].port + 3, home, ("bridge",))
    bridge.command = [store.program, "bridge", "--listen", f"{bridge.address}:{bridge.port}", "--frontend",
                      ",".join(store.frontends)]
    return bridge


def target_of(store, bridge):
    processes = store.processes.values()
    return abuse.Target(routers=[p.port for p in processes], frontends=[p.port for p in store.of_role("frontend")],
                        publisher=store.of_role("broker")[0].port + 1, http=bridge.port,
                        pids={p.instance: p.pid for p in [*processes, bridge]})


def attack_of(target, dice, say):
    attack = dice.choice(abuse.ATTACKS)
    strength = STRENGTH[attack.__name__]
    options = {strength[0]: dice.randrange(1, strength[1] + 1)} if strength else {}
    say(f"{'':<10}{attack.__name__} {options or ''}")
    seed = dice.random()

    def run():
        with contextlib.suppress(OSError):  # the store may disconnect an attacker
            attack(target, random.Random(seed), **options)
    return threading.Thread(target=run)


def round_of(target, dice, number, p99_s, say):
    """Runs one round of attacks. Yields a sentence for each fault."""
    say(f"round {number}")
    attacks = [attack_of(target, dice, say) for _ in range(dice.randrange(1, AT_ONCE + 1))]
    with abuse.Watch(target) as watch:
        for attack in attacks:
            attack.start()
        for attack in attacks:
            attack.join()
    say(f"{'':<10}{len(watch.waits_s)} requests of another client, p99 {watch.p99_s():.3f} s; largest "
        f"{max(watch.largest_mb.values(), default=0)} MB")
    yield from watch.faults()
    if watch.p99_s() > p99_s:
        yield f"another client's p99 was {watch.p99_s():.3f} s, more than {p99_s} s"


def run(options, seed, replay, home, port_base, say):
    say(f"seed {seed}, on loopback, data in {home}")
    dice, broken, void, bench, rounds = random.Random(seed), [], [], None, 0
    store = Store(options.program, home, Loopback(), port_base, options.wait)
    bridge = bridge_of(store, home)
    try:
        store.start()
        bridge.start()
        target = target_of(store, bridge)
        abuse.fill(target)
        bench = Bench(store, "mix", LOAD_S, 10)
        until = time.monotonic() + 60 * (options.minutes or 2)
        while rounds < (options.rounds or 1_000_000) and (options.rounds or time.monotonic() < until) and not broken:
            rounds += 1
            broken += round_of(target, dice, rounds, options.bound_ms / 1000, say)
        ops = sum(ops for _, ops in bench.seconds) / max(1, len(bench.seconds))
        say(f"load: {ops:.0f} operations a second")
        if ops < options.min_ops:
            void.append(f"{ops:.0f} operations a second, fewer than {options.min_ops}")
        bench.stop()
        broken += [f"{p.instance} died by itself: {p.last_words()}" for p in store.died_by_themselves()]
        audit = store.ask("audit", timeout=60)
        broken += [] if audit.returncode == 0 else [f"audit: {audit.stdout}{audit.stderr}"]
    except Broken as error:
        broken.append(str(error))
    except Exception:  # a fault of this script proves nothing about the store
        void.append("this script failed: " + traceback.format_exc())
    finally:
        if bench:
            bench.stop()
        if bridge.alive():
            bridge.end(15)
        store.stop()
    for line in broken:
        say(f"BROKEN {line}")
    for line in void:
        say(f"VOID {line}")
    code = FAIL if broken else VOID if void or not rounds else PASS
    say(f"{WORDS[code]}: {rounds} rounds; again with: {shlex.join(replay)}")
    return code
