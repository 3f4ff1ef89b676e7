// Helpers for tests of the ledger: short requests, and a shop that commits only in commit().
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>

#include "ledger/decide.h"
#include "ledger/movements.h"
#include "ledger/orders.h"
#include "msg/cancellations.h"
#include "text/fold.h"

namespace ledger {

inline msg::DemandLine line(std::uint64_t item, std::int64_t quantity, std::optional<std::int64_t> price = {}) {
  return {base::ItemId(item), base::Quantity(quantity), price ? std::optional(base::Cents(*price)) : std::nullopt};
}
inline msg::PlaceOrder buy(std::string key, std::vector<msg::DemandLine> lines) {
  return {std::move(key), msg::OrderType::kBuy, "ann", std::move(lines)};
}
inline msg::PlaceOrder sell(std::string key, std::vector<msg::DemandLine> lines) {
  return {std::move(key), msg::OrderType::kSell, "ann", std::move(lines)};
}
inline msg::NewItem new_item(std::optional<std::uint64_t> id, std::int64_t stock = 5, std::int64_t price = 100) {
  return {id ? std::optional(base::ItemId(*id)) : std::nullopt, "a title", "a topic", base::Cents(price),
          base::Quantity(stock)};
}
inline msg::AddItems add(std::string key, std::vector<msg::NewItem> items) {
  return {std::move(key), std::move(items)};
}
inline msg::ChangePrice price(std::string key, std::uint64_t item, std::int64_t cents,
                              std::optional<base::Seq> version = {}) {
  return {std::move(key), base::ItemId(item), base::Cents(cents), version};
}
inline msg::EditItem retitle(std::string key, std::uint64_t item, std::string title,
                             std::optional<base::Seq> version = {}) {
  return {std::move(key), base::ItemId(item), std::move(title), {}, {}, version};
}
inline msg::EditItem retopic(std::string key, std::uint64_t item, std::string topic) {
  return {std::move(key), base::ItemId(item), {}, std::move(topic), {}, {}};
}
inline msg::EditItem retire(std::string key, std::uint64_t item, bool retired = true) {
  return {std::move(key), base::ItemId(item), {}, {}, retired, {}};
}
inline msg::EditItem set_terms(std::string key, std::uint64_t item, const msg::Terms& terms) {
  return {std::move(key), base::ItemId(item), {}, {}, {}, {}, terms};
}
// At most this many pieces for each customer in so many milliseconds.
inline msg::Terms per_customer(std::int64_t pieces, std::int64_t window) {
  msg::Terms terms;
  terms.per_customer = base::Quantity(pieces);
  terms.window = window;
  return terms;
}
inline msg::Restock restock(std::string key, std::uint64_t item, std::int64_t delta,
                            std::optional<base::Seq> version = {}) {
  return {std::move(key), base::ItemId(item), base::Quantity(delta), std::nullopt, version};
}
inline msg::CountStock count(std::string key, std::uint64_t item, std::int64_t stock,
                             std::optional<base::Seq> version = {}) {
  return {std::move(key), base::ItemId(item), base::Quantity(stock), std::nullopt, version};
}
using Pieces = std::vector<std::pair<std::uint64_t, std::int64_t>>;  // of items
// Without pieces: everything that remains.
inline msg::Cancel cancel(std::string key, std::uint64_t no, std::optional<Pieces> pieces = {},
                          msg::CancelKind kind = msg::CancelKind::kCancel) {
  msg::Cancel request{std::move(key), base::OrderNo(no), kind, {}, {}};
  if (!pieces) return request;
  request.lines.emplace();
  for (const auto& [item, quantity] : *pieces) {
    request.lines->push_back({base::ItemId(item), base::Quantity(quantity)});
  }
  return request;
}
inline msg::PlaceHold hold(std::string key, std::vector<msg::DemandLine> lines, std::uint32_t ttl = 1000) {
  return {std::move(key), "ann", std::move(lines), ttl};
}
// Without pieces: the whole hold.
inline msg::ConfirmHold confirm(std::string key, std::uint64_t no, std::optional<Pieces> pieces = {}) {
  msg::ConfirmHold request{std::move(key), base::HoldNo(no), {}};
  if (!pieces) return request;
  request.lines.emplace();
  for (const auto& [item, quantity] : *pieces) {
    request.lines->push_back({base::ItemId(item), base::Quantity(quantity)});
  }
  return request;
}
inline msg::ExtendHold extend(std::string key, std::uint64_t no, std::uint32_t ttl = 1000) {
  return {std::move(key), base::HoldNo(no), ttl};
}
inline msg::ReleaseHold release(std::string key, std::uint64_t no) { return {std::move(key), base::HoldNo(no)}; }
inline msg::Subscribe subscribe(std::string key, std::string name, std::optional<std::uint64_t> from = {},
                                std::optional<std::int64_t> ttl = 60'000) {
  return {std::move(key), std::move(name), from ? std::optional(base::Seq(*from)) : std::nullopt, {}, ttl};
}
inline msg::Acknowledge acknowledge(std::string key, std::string name, std::uint64_t cursor) {
  return {std::move(key), std::move(name), base::Seq(cursor)};
}
inline msg::Unsubscribe unsubscribe(std::string key, std::string name) { return {std::move(key), std::move(name)}; }
inline msg::Outcome outcome(std::string key) { return {std::move(key)}; }

class Shop {
 public:
  Shop()
      : outlook_(
            items_, [this](const std::string& key) { return find(key); }, base::OrderNo(), &credentials_,
            [this](base::OrderNo no) { return order(no); }, &holds_,
            [this](const std::string& customer, std::int64_t since) { return orders_since(customer, since); },
            &subscriptions_, [this](base::HoldNo no) { return any_hold(no); }) {}

  // Adds an item and commits it.
  void given(std::uint64_t id, std::int64_t stock, std::int64_t cents = 100) {
    when(add("given-" + std::to_string(id), {new_item(id, stock, cents)}));
    commit();
  }
  // Decides; an event stays pending until commit().
  Decision when(const Command& command) {
    ++at_;
    while (const auto end = next_end(outlook_, at_)) happen(*end);
    auto decision = decide(outlook_, command, at_);
    if (const auto* event = std::get_if<msg::Event>(&decision)) happen(*event);
    return decision;
  }
  // The next request is decided so many milliseconds later than else.
  void wait(std::int64_t milliseconds) { at_ += milliseconds; }
  void commit() {
    for (; !ahead_.empty(); ahead_.pop_front()) {
      seq_ = seq_.next();
      outlook_.applied(seq_);
      items_.evolve(ahead_.front(), seq_);
      if (const auto order = orders_.evolve(ahead_.front(), seq_)) all_orders_[order->no] = *order;
      if (const auto taken = cancellation_of(ahead_.front(), seq_)) {
        msg::add_cancellation(all_orders_.at(taken->no), *taken);
      }
      credentials_.evolve(ahead_.front(), seq_);
      if (const auto hold = holds_.evolve(ahead_.front(), seq_)) all_holds_[hold->no] = *hold;
      subscriptions_.evolve(ahead_.front(), seq_);
      for (const auto& each : movements_of(ahead_.front(), seq_, items_)) movements_.push_back(each);
      if (const auto used = used_key(ahead_.front(), seq_, &items_)) keys_[used->key] = used->record;
      outlook_.committed(ahead_.front());
      committed_at_ = ahead_.front().at;
    }
  }
  void lose_epoch() {
    ahead_.clear();
    outlook_.drop(orders_.last());
  }

  std::int64_t happened_at() const { return committed_at_; }  // when the last committed event was decided
  std::int64_t stock(std::uint64_t id) const { return outlook_.item(base::ItemId(id))->stock.value(); }
  std::int64_t held(std::uint64_t id) const { return outlook_.item(base::ItemId(id))->held.value(); }
  std::int64_t available(std::uint64_t id) const { return outlook_.item(base::ItemId(id))->available().value(); }
  std::int64_t at() const { return at_; }                                                        // of the last decision
  const msg::Hold& hold_row(std::uint64_t no) const { return all_holds_.at(base::HoldNo(no)); }  // committed
  const Holds& holds() const { return holds_; }
  const Subscriptions& subscriptions() const { return subscriptions_; }       // committed
  base::Seq seq() const { return seq_; }                                      // of the last committed event
  const std::vector<msg::Movement>& movements() const { return movements_; }  // of committed events
  const Outlook& outlook() const { return outlook_; }
  const Items& items() const { return items_; }
  const Credentials& credentials() const { return credentials_; }
  std::optional<msg::Order> order(base::OrderNo no) const {
    const auto found = all_orders_.find(no);
    return found == all_orders_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::optional<msg::Hold> any_hold(base::HoldNo no) const {
    const auto found = all_holds_.find(no);
    return found == all_holds_.end() ? std::nullopt : std::optional(found->second);
  }
  void happen(const msg::Event& event) {
    outlook_.decided(event);
    ahead_.push_back(event);
  }
  std::vector<msg::Order> orders_since(const std::string& customer, std::int64_t since) const {
    std::vector<msg::Order> found;
    for (auto at = all_orders_.rbegin(); at != all_orders_.rend() && found.size() <= Outlook::kOrdersCountedMax; ++at) {
      if (at->second.at > since && text::folded(at->second.customer) == text::folded(customer)) {
        found.push_back(at->second);
      }
    }
    return found;
  }
  std::optional<KeyRecord> find(const std::string& key) const {
    const auto found = keys_.find(key);
    return found == keys_.end() ? std::nullopt : std::optional(found->second);
  }

  Items items_;
  Orders orders_;
  Credentials credentials_;
  Holds holds_;
  Subscriptions subscriptions_;
  std::map<base::HoldNo, msg::Hold> all_holds_;
  std::map<base::OrderNo, msg::Order> all_orders_;
  std::map<std::string, KeyRecord> keys_;
  std::vector<msg::Movement> movements_;
  Outlook outlook_;
  std::deque<msg::Event> ahead_;
  base::Seq seq_;
  std::int64_t at_ = 1'000;
  std::int64_t committed_at_ = 0;
};

// Returns the decision's event, and fails the test if it is not of this type.
template <class Event>
const Event& happened(const Decision& decision) {
  const auto* event = std::get_if<msg::Event>(&decision);
  static const Event kNone{};
  if (!event || !std::holds_alternative<Event>(event->what)) {
    const auto* refusal = std::get_if<msg::Refusal>(&decision);
    ADD_FAILURE() << "no such event" << (refusal ? ": " + refusal->message : "");
    return kNone;
  }
  return std::get<Event>(event->what);
}

// Returns the decision's refusal, and fails the test if it does not have this code.
inline msg::Refusal refused(const Decision& decision, msg::Code code) {
  const auto* refusal = std::get_if<msg::Refusal>(&decision);
  if (!refusal) {
    ADD_FAILURE() << "it was not refused";
    return {};
  }
  EXPECT_EQ(msg::word(refusal->code), msg::word(code)) << refusal->message;
  return *refusal;
}

}  // namespace ledger
