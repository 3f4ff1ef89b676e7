"""The mutants of `./dev sim --mutants`: each breaks one rule, and a seed of the simulator must find it out.

A mutant is a change of one source file, or arguments of the simulator. Every old text must occur exactly once in its
file (tests/lint looks): where the code has moved on, the mutant has to follow.
"""

from dataclasses import dataclass, field


@dataclass
class Mutant:
    name: str
    rule: str  # that it breaks
    file: str = ""
    changes: list = field(default_factory=list)  # of (old text, new text)
    arguments: list = field(default_factory=list)


MUTANTS = [
    Mutant("no wait after a takeover", "DESIGN 5.4", "broker/watermark.cpp",
           [("if (!edge.heard) return;  // rule 4", "if (!edge.heard) continue;")]),
    Mutant("a grant without its commit seq", "DESIGN 5.2", "frontend/lease.cpp",
           [("if (grant.commit > applied) return false;", "static_cast<void>(applied);")]),
    Mutant("a lease not bounded by the proof of leadership", "DESIGN 5.1", "broker/watermark.cpp",
           [("const auto ends = proved + lease;", "const auto ends = now + lease;")]),
    Mutant("a lease counted from the receipt of its grant", "DESIGN 5.1", "frontend/core.cpp",
           [("  lease_.on_grant(message.header.id, *grant, follower_.position().applied);",
             "  lease_.on_asked(1, now_.mono);\n  lease_.on_grant(1, *grant, follower_.position().applied);")]),
    Mutant("holders are not on record", "DESIGN 5.1", "broker/sequencer.cpp",
           [("control.holders.push_back({joined->holder, joined->incarnation});", "static_cast<void>(joined);")]),
    Mutant("the watermark ignores a holder", "DESIGN 5.3", "broker/watermark.cpp",
           [("    least = std::min(least, edge.acked);\n", ""),
            ("  for (const auto& [holder, edge] : holders_) {\n    CHECK(", "  for (const auto& [holder, edge] : holders_) {\n    if (false) CHECK(")]),
    Mutant("the gate is open", "DESIGN 5.5", "frontend/gate.cpp",
           [("if (open_ || reveals <= mark_)", "if (open_ || reveals <= mark_ || true)")]),
    Mutant("a rejection passes while it rests on what is pending", "DESIGN 4", "order/writer.cpp",
           [("if (rests_on_state && !pending_.empty()) {", "if (false && rests_on_state) {")]),
    Mutant("min is not waited for", "DESIGN 5.6", "stream/replica.cpp",
           [("if (min <= position().applied) {", "if (true || min <= position().applied) {")]),
    Mutant("an answer from the cache without a lease", "DESIGN 5.1", "frontend/requests.cpp",
           [("if (leased() && answer_from_cache(request)) return;", "if (answer_from_cache(request)) return;")]),
    Mutant("an event does not drop what it touches", "DESIGN 5.7", "frontend/core.cpp",
           [("    cache_.touch(item);\n", "")]),
    Mutant("a fill that an event has overtaken is kept", "DESIGN 5.7", "frontend/answers.cpp",
           [("if (!header.err && holds_until(touches_.end())) cache_.put", "if (!header.err && entry) cache_.put")]),
    Mutant("subscribers see events beyond the watermark", "DESIGN 5.8", "frontend/events.cpp",
           [("if (block.last > mark || (size", "if ((size")]),
    Mutant("an old epoch is not refused", "DESIGN 4", "broker/sequencer.cpp",
           [("if (!append.epoch || append.epoch != epoch) {", "if (!append.epoch) {")]),
    Mutant("a producer number is taken twice", "DESIGN 4", "broker/sequencer.cpp",
           [("  if (append.producer <= accepted_producer_) return {};\n", "")]),
    Mutant("a producer number may be skipped", "DESIGN 4", "broker/sequencer.cpp",
           [("if (append.producer > accepted_producer_.next()) {", "if (false && append.producer) {")]),
    Mutant("what is pending outlives its epoch", "DESIGN 4", "order/writer.cpp",
           [("  outlook_.drop(orders_.last());\n", "")]),
    Mutant("time goes back with the wall clock", "DESIGN 4", "order/writer.cpp",
           [("return std::max(now.wall, last_at_);", "return now.wall;")]),
    Mutant("the demand of several lines is not summed", "G1", "ledger/decide.cpp",
           [("demand->asked += line.quantity;", "demand->asked = line.quantity;")]),
    Mutant("the journal tells before it has synced", "G2", "tests/sim/local_journal.cpp",
           [("  if (!in_flight_) return;\n", "  if (!in_flight_ && !disk_.rows.empty()) disk_.rows.pop_back();\n  if (!in_flight_) return;\n")]),
    Mutant("the shared journal does not compare before it swaps", "DESIGN 8", "tests/sim/shared_journal.cpp",
           [("if (mine && block.no == next) {", "if (block.no == next) {")]),
    Mutant("a key is not recorded", "G3", "order/core.cpp",
           [("    if (const auto used = ledger::used_key(event, seq)) store_.put_key(used->key, used->record);\n", "")]),
    Mutant("a key is taken for another request", "G3", "ledger/decide.cpp",
           [("if (record.req != request_digest(command)) {", "if (false && record.req != request_digest(command)) {")]),
    Mutant("outcome does not void the key", "G3", "ledger/decide.cpp",
           [("  return msg::Event{at, msg::KeyVoided{outcome.key}};",
             "  static_cast<void>(at);\n  return msg::Refusal{.code = Code::kUnknownOrder, .message = outcome.key};")]),
    Mutant("a refusal of one of several copies is final", "G3, ADR 9", "frontend/answers.cpp",
           [("|| request.copies < 2 ||", "|| true || request.copies < 2 ||")]),
    Mutant("a gap is not noticed", "DESIGN 3", "stream/follower.cpp",
           [("if (block->first == position_.applied.next() && (heard_", "if (block->first >= position_.applied.next() && (heard_"),
            ("return unjoined_ || (block.no", "return true || (block.no")]),
    Mutant("a damaged block is believed", "DESIGN 3", "msg/block.cpp",
           [("if (block->hash.bytes != sha256(bytes.substr(0, size - kHashBytes))) {",
             "if (block->hash.bytes.empty()) {")]),
    Mutant("clocks drift beyond the margin", "DESIGN 5", arguments=["--drift", "300000"]),
]
