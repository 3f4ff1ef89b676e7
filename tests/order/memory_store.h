// A Store without a disk: what was put since the last commit is lost with crash().
#pragma once

#include <map>

#include "base/check.h"
#include "order/store.h"
#include "text/fold.h"

namespace order {

class MemoryStore : public Store {
  template <class Map, class Entry>
  static auto page(const Map& map, const typename Map::key_type& after, std::uint32_t limit, Entry entry) {
    std::vector<decltype(entry(*map.begin()))> found;
    for (auto at = map.upper_bound(after); at != map.end() && found.size() < limit; ++at) found.push_back(entry(*at));
    return found;
  }

 public:
  struct Data {
    stream::Position position;
    Totals totals;
    std::optional<std::uint64_t> items_digest;
    std::optional<std::string> diverged;
    std::map<base::ItemId, msg::Item> items;
    std::map<base::OrderNo, msg::Order> orders;
    std::map<base::Seq, msg::Cancellation> cancellations;
    std::map<std::string, ledger::KeyRecord> keys;
    std::map<base::Seq, msg::Credential> credentials;
    std::map<base::HoldNo, msg::Hold> holds;
    std::map<std::pair<base::ItemId, base::Seq>, msg::Movement> movements;
    std::map<std::string, msg::Subscription> subscriptions;
  };

  stream::Position position() const override { return durable_.position; }
  Totals totals() const override { return durable_.totals; }
  void each_item(const std::function<void(const msg::Item&)>& visit) override {
    for (const auto& [id, item] : now_.items) visit(item);
  }
  void put_item(const msg::Item& item) override { now_.items[item.id] = item; }
  void put_order(const msg::Order& order) override { now_.orders[order.no] = order; }
  void put_cancellation(const msg::Cancellation& cancellation) override {
    now_.cancellations[cancellation.seq] = cancellation;
  }
  void put_key(const std::string& key, const ledger::KeyRecord& record) override {
    auto& kept = now_.keys[key] = record;
    if (!format_2) return;
    kept.digest.reset();
    kept.change.reset();
  }
  void put_credential(const msg::Credential& credential) override { now_.credentials[credential.id] = credential; }
  void put_hold(const msg::Hold& hold) override { now_.holds[hold.no] = hold; }
  void put_movement(const msg::Movement& movement) override {
    const bool is_new = now_.movements.emplace(std::pair(movement.item, movement.seq), movement).second;
    CHECK(is_new, "item={} seq={} moved twice", movement.item, movement.seq);
  }
  void put_subscription(const msg::Subscription& subscription) override {
    now_.subscriptions[subscription.name] = subscription;
  }
  void remove_subscription(const std::string& name) override { now_.subscriptions.erase(name); }
  std::vector<msg::Movement> movements(base::ItemId item, base::Seq before, std::uint32_t limit) override {
    std::vector<msg::Movement> found;
    for (auto at = now_.movements.lower_bound({item, before}); at != now_.movements.begin() && found.size() < limit;) {
      if ((--at)->first.first != item) break;
      found.push_back(at->second);
    }
    return found;
  }
  std::vector<msg::Movement> movements_after(base::ItemId item, base::Seq seq, std::uint32_t limit) override {
    return page(now_.movements, {item, seq}, limit, [](const auto& entry) { return entry.second; });
  }
  std::optional<msg::Hold> hold(base::HoldNo no) override { return find(now_.holds, no); }
  std::vector<msg::Hold> holds_after(base::HoldNo after, std::uint32_t limit) override {
    return page(now_.holds, after, limit, [](const auto& entry) { return entry.second; });
  }
  std::vector<msg::Hold> open_holds() override {
    std::vector<msg::Hold> found;
    for (const auto& [no, hold] : now_.holds) {
      if (hold.state == msg::HoldState::kOpen) found.push_back(hold);
    }
    return found;
  }
  std::vector<msg::Credential> credentials() override {
    std::vector<msg::Credential> all;
    for (const auto& [id, credential] : now_.credentials) all.push_back(credential);
    return all;
  }
  std::vector<msg::Subscription> subscriptions() override {
    std::vector<msg::Subscription> all;
    for (const auto& [name, subscription] : now_.subscriptions) all.push_back(subscription);
    return all;
  }
  void commit(const stream::Position& position, const Totals& totals, std::uint64_t items_digest) override {
    now_.position = position;
    now_.totals = totals;
    now_.items_digest = items_digest;
    durable_ = now_;
    ++commits;
  }
  std::vector<msg::Item> items(base::ItemId after, std::uint32_t limit) override {
    return page(now_.items, after, limit, [](const auto& entry) { return entry.second; });
  }
  std::vector<ledger::UsedKey> keys(const std::string& after, std::uint32_t limit) override {
    return page(now_.keys, after, limit, [](const auto& entry) { return ledger::UsedKey{entry.first, entry.second}; });
  }
  std::vector<msg::Cancellation> cancellations(base::OrderNo no) override {
    std::vector<msg::Cancellation> found;
    for (const auto& [seq, cancellation] : now_.cancellations) {
      if (cancellation.no == no) found.push_back(cancellation);
    }
    return found;
  }
  std::vector<msg::Cancellation> cancellations_after(base::Seq after, std::uint32_t limit) override {
    return page(now_.cancellations, after, limit, [](const auto& entry) { return entry.second; });
  }
  std::optional<std::uint64_t> items_digest() const override { return durable_.items_digest; }
  std::optional<std::string> diverged() const override { return durable_.diverged; }
  void diverge(const std::string& why) override {
    durable_.diverged = why;
    now_ = durable_;
  }
  bool has_room() override { return room; }
  void settle() override {}
  std::optional<bool> settle_result() override { return true; }
  std::optional<msg::Order> order(base::OrderNo no) override { return find(now_.orders, no); }
  std::optional<ledger::KeyRecord> key(const std::string& key) override { return find(now_.keys, key); }
  std::vector<msg::Order> orders(const std::optional<std::string>& customer, base::OrderNo after,
                                 std::uint32_t limit) override {
    std::vector<msg::Order> found;
    for (auto at = now_.orders.upper_bound(after); at != now_.orders.end() && found.size() < limit; ++at) {
      if (!customer || at->second.customer == *customer) found.push_back(at->second);
    }
    return found;
  }
  std::vector<msg::Order> orders_since(const std::string& customer, std::int64_t since, std::uint32_t limit) override {
    std::vector<msg::Order> found;
    for (auto at = now_.orders.rbegin(); at != now_.orders.rend() && found.size() < limit; ++at) {
      if (at->second.at > since && text::folded(at->second.customer) == text::folded(customer)) {
        found.push_back(at->second);
      }
    }
    return found;
  }

  void crash() { now_ = durable_; }
  // Behind the back of whoever uses the store, as a disk loses or changes a row.
  template <class Change>
  void damage(Change change) {
    for (auto* data : {&now_, &durable_}) change(*data);
  }
  int commits = 0;
  bool room = true;
  bool format_2 = false;  // keeps of a key what views of format 2 did

 private:
  template <class Map, class Key>
  static std::optional<typename Map::mapped_type> find(const Map& map, const Key& key) {
    const auto found = map.find(key);
    return found == map.end() ? std::nullopt : std::optional<typename Map::mapped_type>(found->second);
  }
  Data now_;
  Data durable_;
};

}  // namespace order
