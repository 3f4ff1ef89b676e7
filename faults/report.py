"""The report at the end of a run: a table by fault, the audits, and one line that says whether the promises held."""

import dataclasses
import json
import shlex

PASS, FAIL, USAGE, VOID = 0, 1, 2, 3
WORDS = {PASS: "PASS", FAIL: "FAIL", VOID: "VOID"}


def table(rounds):
    yield f"{'fault':<9} {'of':<9} {'fired':>5} {'proven':>6} {'worst pause':>12} {'over 1 s':>8} {'errors':>6}  live after"
    for key in sorted({(r.fault, r.role) for r in rounds}):
        alike = [r for r in rounds if (r.fault, r.role) == key]
        yield (f"{key[0]:<9} {key[1]:<9} {len(alike):>5} {sum(r.proven for r in alike):>6} "
               f"{max(r.worst_ms for r in alike):>9} ms {sum(r.over_one_second for r in alike):>8} "
               f"{sum(len(r.errors) for r in alike):>6}  {max(r.live_after_s for r in alike):.1f} s")


def histories(rounds):
    words = [r.history.partition(":")[0] for r in rounds]
    return "history: " + ", ".join(f"{words.count(word)} of {len(words)} rounds: {word}" for word in dict.fromkeys(words))


def why_void(rounds, ops_min):
    """Returns the reasons why the run proves nothing."""
    if not rounds:
        return ["no round was finished"]
    seconds = sum(r.load_s for r in rounds) or 1
    ops_s = round(sum(r.ops for r in rounds) / seconds)
    void = [f"{ops_s} operations a second, fewer than {ops_min}"] if ops_s < ops_min else []
    return void + [f"round {r.number}: {r.fault} of {r.target} was not proven" for r in rounds if not r.proven]


def verdict(rounds, broken, void):
    return FAIL if broken else VOID if void else PASS


def print_end(say, rounds, checked, broken, void, replay):
    """Prints the report and returns the exit code."""
    tokens = f"tokens: {sum(r.revoked for r in rounds)} revocations acknowledged"
    revoked, connected = sum(r.keys_revoked for r in rounds), sum(r.keys_connected for r in rounds)
    keys = f"keys: {revoked} revoked, while {connected} clients were connected with them"
    for line in ("", *table(rounds), "", *checked, tokens, keys, histories(rounds)):
        say(line)
    for line in broken:
        say(f"BROKEN {line}")
    for line in void:
        say(f"VOID {line}")
    code = verdict(rounds, broken, void)
    say(f"{WORDS[code]}: {len(rounds)} rounds, {sum(r.ops for r in rounds)} operations; again with: {shlex.join(replay)}")
    return code


def write_json(path, rounds, checked, broken, void, code, replay):
    with open(path, "w") as file:
        json.dump({"verdict": WORDS[code], "replay": replay, "rounds": [dataclasses.asdict(r) for r in rounds],
                   "checked": checked, "broken": broken, "void": void}, file, indent=1)
