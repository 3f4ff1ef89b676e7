// Reference: subscriptions, and that they are dropped in time.
#include "tests/sim/reference.h"

namespace sim {

const msg::Subscription* Reference::subscription_at(const std::string& name, Prefix prefix) const {
  const auto found = subscriptions_.find(name);
  if (found == subscriptions_.end()) return nullptr;
  const msg::Subscription* last = nullptr;
  for (const auto& [since, state] : found->second) {
    if (since <= prefix) last = state ? &*state : nullptr;
  }
  return last;
}

// A subscription that nobody acknowledged ends before anything is decided, after the holds that are over.
void Reference::dropped_in_time(const msg::Event& event, base::Seq seq) {
  const auto* ended = std::get_if<msg::SubscriptionEnded>(&event.what);
  const auto* hold = std::get_if<msg::HoldEnded>(&event.what);
  if ((ended && !ended->key) || (hold && !hold->key)) return;
  for (const auto& [name, past] : subscriptions_) {
    const auto& state = past.back().second;
    if (state && state->acknowledged.value_or(state->at) + state->ttl <= event.at) {
      broken(seq, fmt::format("decided at {}, and subscription {} was over before", event.at, name));
    }
  }
}

void Reference::apply(const msg::SubscriptionMade& made, base::Seq seq) {
  world_.count("stream: subscription_made");
  if (subscription_at(made.name, seq)) broken(seq, fmt::format("subscription {} is made twice", made.name));
  if (made.from && (*made.from > seq || !*made.from)) broken(seq, "a subscription begins beyond the stream");
  const auto cursor = made.from ? base::Seq(made.from->value() - 1) : seq;
  subscriptions_[made.name].emplace_back(
      seq, msg::Subscription{made.name, seq, seq, at_, cursor, made.types, made.ttl, {}, by_});
}

void Reference::apply(const msg::SubscriptionAcknowledged& acknowledged, base::Seq seq) {
  world_.count("stream: subscription_acknowledged");
  const auto* before = subscription_at(acknowledged.name, seq);
  if (!before) return broken(seq, fmt::format("subscription {} is not there", acknowledged.name));
  if (before->cursor != acknowledged.was || acknowledged.cursor < acknowledged.was || acknowledged.cursor >= seq) {
    broken(seq, fmt::format("subscription {} goes from {} to {}", before->name, before->cursor, acknowledged.cursor));
  }
  if (before->acknowledged && at_ < *before->acknowledged + 1000) {
    broken(seq, fmt::format("subscription {} is acknowledged twice in a second", before->name));
  }
  auto after = *before;
  after.version = seq;
  after.cursor = acknowledged.cursor;
  after.acknowledged = at_;
  subscriptions_[after.name].emplace_back(seq, after);
}

void Reference::apply(const msg::SubscriptionEnded& ended, base::Seq seq) {
  world_.count(ended.key ? "stream: subscription_ended" : "stream: subscription_ended, dropped");
  const auto* before = subscription_at(ended.name, seq);
  if (!before) return broken(seq, fmt::format("subscription {} is not there", ended.name));
  if (!ended.key && before->acknowledged.value_or(before->at) + before->ttl > at_) {
    broken(seq, fmt::format("subscription {} is dropped too early", ended.name));
  }
  subscriptions_[ended.name].emplace_back(seq, std::nullopt);
}

}  // namespace sim
