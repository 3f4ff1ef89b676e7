#include "ledger/outlook.h"

#include <algorithm>

#include "base/check.h"
#include "msg/cancellations.h"
#include "msg/effects.h"
#include "msg/places.h"
#include "text/fold.h"

namespace ledger {
namespace {

template <class State>
const State& or_none(const State* state) {
  static const State none;
  return state ? *state : none;
}

std::optional<msg::Terms> some_of(const msg::Terms& terms) {
  return terms == msg::Terms{} ? std::nullopt : std::optional(terms);
}

// The customer who buys or gives back by this event, in the form in which customers are compared; empty if nobody does.
std::string buyer_of(const msg::Event& event) {
  const bool buys = msg::new_order_of(event) || std::holds_alternative<msg::OrderCancelled>(event.what);
  return buys ? text::folded(*msg::customer_of(event)) : std::string();
}

}  // namespace

Outlook::Outlook(const Items& items, FindKey find_key, base::OrderNo last_order, const Credentials* credentials,
                 FindOrder find_order, const Holds* holds, FindOrdersSince find_orders_since,
                 const Subscriptions* subscriptions, FindHold find_hold)
    : items_(items),
      credentials_(or_none(credentials)),
      committed_holds_(or_none(holds)),
      holds_(committed_holds_),
      committed_subscriptions_(or_none(subscriptions)),
      subscriptions_(committed_subscriptions_),
      find_key_(std::move(find_key)),
      find_order_(std::move(find_order)),
      find_orders_since_(std::move(find_orders_since)),
      find_hold_(std::move(find_hold)),
      last_order_(last_order),
      levels_due_(items.levels_due()) {}

bool Outlook::must_wait(const Command& command) const {
  if (access_ahead_ > 0) return true;
  if (const auto hold = hold_of(command)) return *hold > committed_holds_.last() && *hold <= holds_.last();
  if (const auto* name = subscription_of(command)) return made_ahead_.contains(*name);
  const auto* cancel = std::get_if<msg::Cancel>(&command);
  if (!cancel) return false;
  const bool is_placed_ahead = cancel->no <= last_order_ && cancel->no.value() + placed_ahead_ > last_order_.value();
  return is_placed_ahead || cancelled_ahead_.contains(cancel->no);
}

std::optional<msg::Hold> Outlook::ended_hold(base::HoldNo no) const {
  if (const auto ahead = ended_ahead_.find(no); ahead != ended_ahead_.end()) return ahead->second;
  auto hold = find_hold_ ? find_hold_(no) : std::nullopt;
  return hold && hold->state != msg::HoldState::kOpen ? hold : std::nullopt;
}

std::optional<Outlook::Foreseen> Outlook::item(base::ItemId id) const {
  if (const auto ahead = ahead_.find(id); ahead != ahead_.end()) return ahead->second.foreseen;
  const auto* item = items_.find(id);
  if (!item) return std::nullopt;
  return Foreseen{item->price, item->stock,  item->version, msg::held_of(*item), msg::is_retired(*item),
                  item->terms, item->places, item->low,     item->told_low};
}

bool Outlook::is_place(std::string_view place) const {
  if (place == msg::kMainPlace) return true;
  const auto has = [&](const std::optional<msg::Places>& places) {
    return places && msg::pieces_at({}, places, place).value() > 0;
  };
  auto committed = items_.with_pieces_at(place);
  for (const auto& [id, ahead] : ahead_) {
    if (has(ahead.foreseen.places)) return true;
    const auto* item = items_.find(id);
    if (item && has(item->places)) --committed;  // pending events take them all
  }
  return committed > 0;
}

const std::string& Outlook::topic(base::ItemId id) const {
  const auto ahead = ahead_.find(id);
  return ahead != ahead_.end() && ahead->second.topic ? *ahead->second.topic : items_.find(id)->topic;
}

msg::Topics Outlook::topics(base::ItemId id) const {
  const auto ahead = ahead_.find(id);
  if (ahead != ahead_.end() && ahead->second.topics) return *ahead->second.topics;
  const auto* item = items_.find(id);
  return item ? item->topics.value_or(msg::Topics()) : msg::Topics();  // a pending event adds it without any
}

msg::Attributes Outlook::attributes(base::ItemId id) const {
  const auto ahead = ahead_.find(id);
  if (ahead != ahead_.end() && ahead->second.attributes) return *ahead->second.attributes;
  const auto* item = items_.find(id);
  return item ? item->attributes.value_or(msg::Attributes()) : msg::Attributes();
}

base::ItemId Outlook::next_free_id() const { return std::max(items_.next_free_id(), greatest_ahead_.next()); }

std::optional<base::ItemId> Outlook::free_row(std::uint64_t count) const {
  auto first = items_.least_free_id();
  const auto end = std::min(first.value() + kFreeLooked, msg::kItemIdMax + 1);
  for (auto id = first; id.value() < end; id = id.next()) {
    if (item(id)) {
      first = id.next();
    } else if (id.value() - first.value() + 1 >= count) {
      return first;
    }
  }
  return std::nullopt;
}

std::optional<KeyRecord> Outlook::key(const std::string& key) const {
  if (const auto ahead = keys_.find(key); ahead != keys_.end()) return ahead->second.record;
  return find_key_(key);
}

std::optional<std::uint64_t> Outlook::place_of(const std::string& key) const {
  const auto ahead = keys_.find(key);
  return ahead == keys_.end() ? std::nullopt : std::optional(ahead->second.place);
}

std::optional<std::vector<Outlook::Bought>> Outlook::bought_since(const std::string& customer,
                                                                  std::int64_t since) const {
  std::vector<Bought> all;
  const auto orders = find_orders_since_ ? find_orders_since_(customer, since) : std::vector<msg::Order>();
  if (orders.size() > kOrdersCountedMax) return std::nullopt;
  for (const auto& order : orders) {
    for (const auto& remainder : msg::remainders_of(order)) {
      all.push_back({remainder.item, order.at, remainder.quantity});
    }
  }
  const auto ahead = bought_ahead_.find(text::folded(customer));
  if (ahead == bought_ahead_.end()) return all;
  for (const auto& bought : ahead->second) {
    std::copy_if(bought.begin(), bought.end(), std::back_inserter(all), [&](const Bought& b) { return b.at > since; });
  }
  return all;
}

// Pieces are taken back of committed orders only: must_wait().
std::vector<Outlook::Bought> Outlook::bought_by(const msg::Event& event) const {
  std::vector<Bought> bought;
  const auto add = [&](const std::vector<msg::OrderLine>& lines, std::int64_t at, std::int64_t sign) {
    for (const auto& line : lines) bought.push_back({line.item, at, base::Quantity(sign * line.quantity.value())});
  };
  const auto* placed = std::get_if<msg::OrderPlaced>(&event.what);
  if (placed && placed->type == msg::OrderType::kBuy) add(placed->lines, event.at, 1);
  if (const auto* confirmed = std::get_if<msg::HoldConfirmed>(&event.what)) add(confirmed->lines, event.at, 1);
  if (const auto* cancelled = std::get_if<msg::OrderCancelled>(&event.what)) {
    if (const auto of = order(cancelled->no)) add(cancelled->lines, of->at, -1);
  }
  return bought;
}

void Outlook::note_level(base::ItemId id, const Foreseen& item) {
  if (item.is_low() == item.told_low) {
    levels_due_.erase(id);
  } else {
    levels_due_.insert(id);
  }
}

void Outlook::decided(const msg::Event& event) {
  ++place_;
  if (auto hold = holds_.evolve(event, {}); hold && hold->state != msg::HoldState::kOpen) {
    ended_ahead_[hold->no] = std::move(*hold);
  }
  subscriptions_.evolve(event, {});
  if (const auto* made = std::get_if<msg::SubscriptionMade>(&event.what)) made_ahead_.insert(made->name);
  if (msg::changes_access(event)) ++access_ahead_;
  msg::each_item(event, [&](const msg::ItemEffect& effect) {
    const auto before = item(effect.item).value_or(Foreseen{});
    Ahead& ahead = ahead_[effect.item];
    ahead.foreseen = {effect.price ? *effect.price : before.price,
                      effect.stock ? *effect.stock : before.stock,
                      {},
                      effect.held ? *effect.held : before.held,
                      effect.retired ? *effect.retired : before.retired,
                      effect.terms ? some_of(*effect.terms) : before.terms,
                      before.places,
                      before.low,
                      before.told_low};
    if (effect.places) msg::shift(ahead.foreseen.places, *effect.places, effect.sign);
    if (effect.low) ahead.foreseen.low = *effect.low == msg::kNoLow ? std::nullopt : std::optional(*effect.low);
    note_level(effect.item, ahead.foreseen);
    if (effect.topic) ahead.topic = *effect.topic;
    if (effect.topics) ahead.topics = *effect.topics;
    if (effect.attributes) ahead.attributes = *effect.attributes;
    ++ahead.pending;
    if (effect.is_new) greatest_ahead_ = std::max(greatest_ahead_, effect.item);
  });
  if (const auto id = msg::level_of(event)) {
    const auto before = *item(id);
    Ahead& ahead = ahead_[id];
    ahead.foreseen = before;
    ahead.foreseen.told_low = std::holds_alternative<msg::StockLow>(event.what);
    note_level(id, ahead.foreseen);
    ++ahead.pending;
  }
  if (const auto placed = msg::new_order_of(event)) {
    last_order_ = placed;
    ++placed_ahead_;
  }
  if (const auto* cancelled = std::get_if<msg::OrderCancelled>(&event.what)) {
    CHECK(cancelled_ahead_.insert(cancelled->no).second, "order={} is cancelled by two pending events", cancelled->no);
  }
  if (const auto buyer = buyer_of(event); !buyer.empty()) bought_ahead_[buyer].push_back(bought_by(event));
  if (auto used = used_key(event, base::Seq())) {
    const bool fresh = keys_.emplace(std::move(used->key), KeyAhead{std::move(used->record), place_}).second;
    CHECK(fresh, "one key, two pending events");
  }
}

void Outlook::settle(base::ItemId id) {
  const auto ahead = ahead_.find(id);
  CHECK(ahead != ahead_.end(), "item={} was committed but not decided", id);
  if (--ahead->second.pending > 0) return;
  const auto* item = items_.find(id);
  const auto& foreseen = ahead->second.foreseen;
  CHECK(item && item->price == foreseen.price && item->stock == foreseen.stock &&
            msg::held_of(*item) == foreseen.held && msg::is_retired(*item) == foreseen.retired &&
            item->terms == foreseen.terms && item->places == foreseen.places && item->low == foreseen.low &&
            item->told_low == foreseen.told_low,
        "item={} stock={} price={} held={} retired={} told_low={} foreseen", id, foreseen.stock, foreseen.price,
        foreseen.held, foreseen.retired, foreseen.told_low);
  ahead_.erase(ahead);
}

void Outlook::committed(const msg::Event& event) {
  if (msg::changes_access(event)) --access_ahead_;
  msg::each_item_named(event, [&](base::ItemId id) { settle(id); });
  if (msg::new_order_of(event)) --placed_ahead_;
  if (const auto* made = std::get_if<msg::SubscriptionMade>(&event.what)) {
    made_ahead_.erase(made->name);
    const auto* numbered = committed_subscriptions_.find(made->name);
    if (numbered && subscriptions_.find(made->name)) subscriptions_.put(*numbered);
  }
  if (const auto* cancelled = std::get_if<msg::OrderCancelled>(&event.what)) cancelled_ahead_.erase(cancelled->no);
  if (const auto* ended = std::get_if<msg::HoldEnded>(&event.what)) ended_ahead_.erase(ended->hold);
  if (const auto* confirmed = std::get_if<msg::HoldConfirmed>(&event.what)) ended_ahead_.erase(confirmed->hold);
  if (const auto buyer = buyer_of(event); !buyer.empty()) {
    const auto ahead = bought_ahead_.find(buyer);
    CHECK(ahead != bought_ahead_.end(), "a buyer was committed but not decided");
    ahead->second.pop_front();
    if (ahead->second.empty()) bought_ahead_.erase(ahead);
  }
  if (const auto* key = msg::key_of(event)) CHECK(keys_.erase(*key) == 1);
}

void Outlook::drop(base::OrderNo last_order) {
  ahead_.clear();
  levels_due_ = items_.levels_due();
  bought_ahead_.clear();
  keys_.clear();
  access_ahead_ = 0;
  placed_ahead_ = 0;
  ended_ahead_.clear();
  cancelled_ahead_.clear();
  greatest_ahead_ = {};
  last_order_ = last_order;
  holds_ = committed_holds_;
  made_ahead_.clear();
  subscriptions_ = committed_subscriptions_;
}

}  // namespace ledger
