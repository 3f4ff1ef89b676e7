// StreamAudit: subscriptions.
#include <fmt/format.h>

#include <algorithm>

#include "base/time.h"
#include "books/audit_stream.h"

namespace books {

namespace {

// The sum is bounded, because the numbers may be of any size.
std::int64_t later(std::int64_t at, std::int64_t ttl) {
  return ttl < 0 || ttl > msg::kSubscriptionMsMax || at > base::kWallMax ? base::kWallMax + msg::kSubscriptionMsMax
                                                                         : at + ttl;
}

}  // namespace

// A subscription that nobody acknowledged in time is dropped before anything else is decided, after the holds that are
// over; the one that ended first is dropped first, and by their names those that ended at the same time.
void StreamAudit::dropped_in_time(const msg::Event& event) {
  const auto* hold = std::get_if<msg::HoldEnded>(&event.what);
  const auto* ended = std::get_if<msg::SubscriptionEnded>(&event.what);
  const auto first = std::min_element(subscriptions_.begin(), subscriptions_.end(),
                                      [](const auto& a, const auto& b) { return a.second.expires < b.second.expires; });
  if (first == subscriptions_.end() || first->second.expires > event.at) return;
  if ((hold && !hold->key) || (ended && !ended->key && ended->name == first->first)) return;
  subscription_faults_.add(
      fmt::format("seq {} was decided after the end of subscription {}, which was there", seq_, first->first));
}

void StreamAudit::apply(const msg::SubscriptionMade& made) {
  const auto from = made.from.value_or(seq_.next());
  if (!from || from > seq_.next()) {
    subscription_faults_.add(fmt::format("seq {} makes subscription {} from seq {}", seq_, made.name, from));
  }
  if (made.ttl < 1 || made.ttl > msg::kSubscriptionMsMax) {
    subscription_faults_.add(fmt::format("seq {} makes subscription {} for {} ms", seq_, made.name, made.ttl));
  }
  if (subscriptions_.size() >= msg::kSubscriptionsMax) {
    subscription_faults_.add(fmt::format("seq {} makes subscription {}, and there are {}, as many as a store may have",
                                         seq_, made.name, subscriptions_.size()));
  }
  const base::Seq cursor(from ? from.value() - 1 : 0);
  if (!subscriptions_.emplace(made.name, Subscription{cursor, made.ttl, later(event_at_, made.ttl), {}}).second) {
    subscription_faults_.add(fmt::format("seq {} makes subscription {}, which is there already", seq_, made.name));
  }
}

void StreamAudit::apply(const msg::SubscriptionAcknowledged& acknowledged) {
  const auto found = subscriptions_.find(acknowledged.name);
  if (found == subscriptions_.end()) {
    return subscription_faults_.add(
        fmt::format("seq {} acknowledges subscription {}, which is not there", seq_, acknowledged.name));
  }
  auto& subscription = found->second;
  if (acknowledged.was != subscription.cursor || acknowledged.cursor < subscription.cursor ||
      acknowledged.cursor >= seq_) {
    subscription_faults_.add(fmt::format("seq {} moves the cursor of subscription {} from {} to {}, but it was {}",
                                         seq_, acknowledged.name, acknowledged.was, acknowledged.cursor,
                                         subscription.cursor));
  }
  if (subscription.acknowledged && event_at_ < later(*subscription.acknowledged, msg::kAcknowledgeMsMin)) {
    subscription_faults_.add(fmt::format("seq {} acknowledges subscription {} less than {} ms after the last time",
                                         seq_, acknowledged.name, msg::kAcknowledgeMsMin));
  }
  subscription.cursor = acknowledged.cursor;
  subscription.expires = later(event_at_, subscription.ttl);
  subscription.acknowledged = event_at_;
}

void StreamAudit::apply(const msg::SubscriptionEnded& ended) {
  const auto found = subscriptions_.find(ended.name);
  if (found == subscriptions_.end()) {
    return subscription_faults_.add(fmt::format("seq {} ends subscription {}, which is not there", seq_, ended.name));
  }
  if (!ended.key && found->second.expires > event_at_) {
    subscription_faults_.add(
        fmt::format("seq {} drops subscription {} before its end at {}", seq_, ended.name, found->second.expires));
  }
  subscriptions_.erase(found);
}

}  // namespace books
