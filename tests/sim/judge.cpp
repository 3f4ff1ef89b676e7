#include "tests/sim/judge.h"

#include <algorithm>

#include "msg/codec.h"
#include "msg/effects.h"

namespace sim {

Judge::Judge(World& world, const Disk& disk)
    : world_(world),
      disk_(disk),
      reference_(world, disk, [this](const std::string& key, const Effect& effect) { on_effect(key, effect); }) {}

void Judge::invoked(Operation& operation) {
  reference_.read();
  operation.no = ++operations_;
  operation.invoked = world_.now();
  operation.floor = floor_;
  operation.durable = reference_.durable();
  if (const auto key = key_of(operation.request); !key.empty()) {
    const auto entry = asked_.try_emplace(key, Asked{operation.durable, {}}).first;
    entry->second.uses.push_back({operation.no, operation.request});
  }
  record(operation, nullptr);
  if (world_.telling()) world_.tell("invoke {}", describe(operation));
}

void Judge::record(const Operation& operation, const client::Answer* answer) {
  if (!answer) {
    recorded_[operation.no] = history_.size();
    history_.push_back({operation, {}, std::nullopt});
  } else if (const auto found = recorded_.find(operation.no); found != recorded_.end()) {
    history_[found->second].ended = world_.now();
    history_[found->second].answer = *answer;
    recorded_.erase(found);
  }
}

void Judge::answered(const Operation& operation, const client::Answer& answer, Duration sent) {
  reference_.read();
  if (world_.verdict()) return;
  ++answers_;
  record(operation, &answer);
  if (only_records_) return;
  auto bound = operation;
  const Case c{bound, answer};
  end_use(c);
  if (world_.telling()) world_.tell("answer #{} {}", operation.no, describe(answer, operation.request));
  if (const auto* effect = denied(c)) {
    return wrong(c, fmt::format("nothing happened, it says, but seq {} did: {}", effect->seq, describe(effect->event)));
  }
  if (answer.refusal && !msg::is_business(answer.refusal->code)) return indefinite(c);
  if (const auto age = answer.header.stale_ms) {
    if (!may_be_so_old(c)) return wrong(c, fmt::format("nobody allowed an answer that is {} ms old", *age));
    bound.floor = known_before(sent - std::chrono::milliseconds(*age));
    world_.count("stale answers, marked");
    if (bound.floor < operation.floor) world_.count("stale answers, with more acknowledged since");
  }
  if (!answer.header.seq || *answer.header.seq > reference_.durable()) {
    return wrong(c, fmt::format("it reveals what is not durable: {}", reference_.durable()));
  }
  const auto least = judge(c);
  if (world_.verdict()) return;
  if (!least) return wrong(c, "no prefix agrees with it");
  if (*least > reference_.durable()) return wrong(c, fmt::format("it is from prefix {}, not durable yet", *least));
  if (*least <= floor_) return;
  floor_ = *least;
  floors_.emplace_back(world_.now(), floor_);
}

// The greatest prefix that was taken for an operation that had ended by `then`.
Prefix Judge::known_before(Duration then) const {
  const auto later = std::lower_bound(floors_.begin(), floors_.end(), std::pair(then, Prefix()));
  return later == floors_.begin() ? Prefix() : std::prev(later)->second;
}

bool Judge::may_be_so_old(const Case& c) const {
  const auto& request = c.operation.request;
  const bool possible = std::holds_alternative<msg::Lookup>(request) || std::holds_alternative<msg::Search>(request) ||
                        std::holds_alternative<msg::Events>(request);
  return possible && c.operation.options.stale_ok_ms && *c.answer.header.stale_ms <= *c.operation.options.stale_ok_ms;
}

// Such a refusal promises nothing about the shop, but the request must be one that may get it.
void Judge::indefinite(const Case& c) {
  const auto code = c.answer.refusal->code;
  const bool is_write = !key_of(c.operation.request).empty();
  if (!c.operation.plain) ++failures_;
  world_.count(fmt::format("answer {}", msg::word(code)));
  const bool nothing_happened = code == msg::Code::kBusy || code == msg::Code::kUnavailable;
  if (!nothing_happened && !(is_write && code == msg::Code::kUnknown)) wrong(c, "this request cannot be refused so");
}

void Judge::wrong(const Case& c, const std::string& why) {
  world_.broken(fmt::format("G4: {}\n    {}\n    answered: {}", why, describe(c.operation),
                            describe(c.answer, c.operation.request)));
}

void Judge::on_effect(const std::string& key, const Effect& effect) {
  if (msg::changes_access(effect.event)) return;  // tests/sim/visitors.h judges these
  const auto asked = asked_.find(key);
  if (asked == asked_.end()) return world_.broken(fmt::format("G3: key {} took effect, nobody used it", key));
  const auto& uses = asked->second.uses;
  if (std::holds_alternative<msg::KeyVoided>(effect.event.what)) {
    world_.count("key voided");
    if (std::any_of(uses.begin(), uses.end(), [](const Use& use) { return !use.over; })) return;
  }
  const auto is_it = [&](const Use& use) { return !use.over && is_effect_of(effect.event, use.request); };
  if (std::none_of(uses.begin(), uses.end(), is_it)) {
    return world_.broken(fmt::format("G3: seq {}: nobody waits for this effect of key {}: {}\n    asked was: {}",
                                     effect.seq, key, describe(effect.event), describe(uses.front().request)));
  }
  if (effect.seq <= asked->second.durable) {
    world_.broken(fmt::format("G3: key {} took effect at seq {}, before it was used", key, effect.seq));
  }
}

// After an answer other than `unknown` and its like, which claim nothing, the request can no longer take effect.
void Judge::end_use(const Case& c) {
  const auto key = key_of(c.operation.request);
  if (key.empty() || (c.answer.refusal && msg::reach(c.answer.refusal->code) == msg::Reach::kNothing)) return;
  for (auto& use : asked_.at(key).uses) {
    if (use.operation == c.operation.no) use.over = true;
  }
}

Judge::Least Judge::judge(const Case& c) {
  if (c.answer.refusal) return refusal(c, *c.answer.refusal);
  return std::visit([&](const auto& request) { return judge_reply(c, request); }, c.operation.request);
}

template <class R>
Judge::Least Judge::judge_reply(const Case& c, const R& request) {
  const auto reply = msg::decode<typename R::Reply>(c.answer.body);
  if (!reply) {
    wrong(c, "the answer cannot be read");
    return std::nullopt;
  }
  return agrees(c, request, *reply);
}

}  // namespace sim
