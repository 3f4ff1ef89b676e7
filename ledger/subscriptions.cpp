#include "ledger/subscriptions.h"

#include <utility>

#include "base/check.h"
#include "ledger/hash.h"
#include "msg/effects.h"

namespace ledger {
namespace {

constexpr std::uint64_t kSubscriptionRow = 7;

}  // namespace

std::uint64_t row_digest(const msg::Subscription& subscription) {
  Hasher hasher(kSubscriptionRow);
  hasher.add(subscription.name).add(subscription.id.value()).add(subscription.version.value()).add(subscription.at);
  hasher.add(subscription.cursor.value()).add(std::uint64_t{subscription.types.size()});
  for (const auto& type : subscription.types) hasher.add(type);
  hasher.add(subscription.ttl).add(std::uint64_t{subscription.acknowledged.has_value()});
  return hasher.add(subscription.acknowledged.value_or(0)).add(subscription.by.value_or(base::Seq()).value()).value();
}

void Subscriptions::put(msg::Subscription subscription) {
  if (find(subscription.name)) take(subscription.name, subscription.version);
  digest_ += row_digest(subscription);
  ends_.emplace(msg::expires_of(subscription), subscription.name);
  auto name = subscription.name;
  all_.emplace(std::move(name), std::move(subscription));
}

const msg::Subscription* Subscriptions::find(const std::string& name) const {
  const auto found = all_.find(name);
  return found == all_.end() ? nullptr : &found->second;
}

const msg::Subscription* Subscriptions::first() const { return ends_.empty() ? nullptr : find(ends_.begin()->second); }

// Removes a subscription, which the event with this seq changes or ends.
msg::Subscription Subscriptions::take(const std::string& name, base::Seq seq) {
  const auto found = all_.find(name);
  CHECK(found != all_.end(), "seq={} is about subscription={}, which is not there", seq, name);
  auto subscription = std::move(found->second);
  all_.erase(found);
  ends_.erase({msg::expires_of(subscription), subscription.name});
  digest_ -= row_digest(subscription);
  return subscription;
}

const std::string* Subscriptions::evolve(const msg::Event& event, base::Seq seq) {
  const auto* ended = std::get_if<msg::SubscriptionEnded>(&event.what);
  const bool is_over = !ends_.empty() && msg::is_decided(event) && ends_.begin()->first <= event.at;
  const bool ends_it = is_over && msg::is_of_itself(event) && (!ended || ends_.begin()->second == ended->name);
  CHECK(!is_over || ends_it, "seq={} at={} was decided before the end of subscription={}", seq, event.at,
        ends_.begin()->second);
  if (const auto* made = std::get_if<msg::SubscriptionMade>(&event.what)) {
    CHECK(!find(made->name), "seq={} makes subscription={} again", seq, made->name);
    const auto cursor = made->from ? base::Seq(made->from->value() - 1) : seq;
    CHECK(!seq || cursor <= seq, "seq={} subscription={} begins after={}", seq, made->name, cursor);
    put({made->name, seq, seq, event.at, cursor, made->types, made->ttl, {}, event.by});
    return &made->name;
  }
  if (const auto* acknowledged = std::get_if<msg::SubscriptionAcknowledged>(&event.what)) {
    auto subscription = take(acknowledged->name, seq);
    CHECK(acknowledged->was == subscription.cursor && acknowledged->cursor >= acknowledged->was &&
              (!seq || acknowledged->cursor < seq),
          "seq={} subscription={} cursor={} was={} told={}", seq, acknowledged->name, acknowledged->cursor,
          subscription.cursor, acknowledged->was);
    subscription.version = seq;
    subscription.cursor = acknowledged->cursor;
    subscription.acknowledged = event.at;
    put(std::move(subscription));
    return &acknowledged->name;
  }
  if (!ended) return nullptr;
  const auto subscription = take(ended->name, seq);
  CHECK(ended->key || msg::expires_of(subscription) <= event.at, "seq={} at={} ends subscription={} before={}", seq,
        event.at, ended->name, msg::expires_of(subscription));
  return &ended->name;
}

}  // namespace ledger
