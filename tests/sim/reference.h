// The reference: the shop's state according to the durable blocks, computed by its own arithmetic (G1).
//
// It reads the broker's disk as blocks become durable, and keeps the whole past: every state of every item, every order
// and every key's effect, each with its seq. It shares no code with ledger/, because it would share its mistakes. It
// checks at every event: the chain of blocks, stock = initial + movements >= 0 at every prefix, order numbers without
// gaps, prices and totals, no place with less than nothing, pieces that go to no place that nobody opened and back to
// where they came from, no more cancelled than was bought, held pieces that are in stock, no item that is
// bought or held anew while it is retired or against its terms of sale, holds that end once, at their prices and before
// anything is decided at or after their end, cursors of subscriptions that never go back or beyond the stream,
// subscriptions that end once and in time, at most one effect for a key, and a time that never goes back. A prefix of
// the stream is named by its last seq. Threads: none. Tests: tests/sim/judge_test.cpp, and those
// of the judge beside it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "msg/block.h"
#include "msg/requests.h"
#include "tests/sim/disk.h"

namespace sim {

using Prefix = base::Seq;

struct ItemPast {
  std::vector<msg::Item> states;  // ascending by version; the first is the state when it was added

  base::Seq added() const { return states.front().version; }
  // The state at a prefix; null before the item was added.
  const msg::Item* at(Prefix prefix) const;
  // The state with this version, and the last prefix at which it holds.
  const msg::Item* version(base::Seq seq, Prefix* until) const;
};

// The pieces of an item by place, in the order in which they are taken: `main` has the empty name.
using Shelf = std::map<std::string, std::int64_t>;
Shelf shelf_of(const msg::Item& item);
// Those of a line, with their sign.
Shelf parts_of(base::Quantity quantity, const std::optional<msg::Places>& places);
// The pieces that are taken of a shelf if no place is named.
Shelf taken_of(const Shelf& shelf, base::Quantity quantity);

struct Effect {
  base::Seq seq;
  msg::Event event;
};

class Reference {
 public:
  static constexpr Prefix kEver{~std::uint64_t{0}};

  using OnEffect = std::function<void(const std::string& key, const Effect& effect)>;
  Reference(World& world, const Disk& disk, OnEffect on_effect);

  // Reads the blocks that have become durable since the last call.
  void read();

  Prefix durable() const { return last_; }
  const std::map<base::ItemId, ItemPast>& items() const { return items_; }
  const ItemPast* item(base::ItemId id) const;
  // The item for sale that a look-up finds by this title at a prefix; null if there is none.
  const msg::Item* titled(const std::string& title, Prefix prefix) const;
  // The events that added or edited items, or told that they are low. Only they change what searches and look-ups by
  // title find.
  const std::vector<Prefix>& listings() const { return listings_; }
  // Returns whether the stream has told, up to a prefix, that the item is low.
  bool told_low(base::ItemId id, Prefix prefix) const;
  // Returns whether an item has pieces at the place, at a prefix.
  bool is_place(const std::string& place, Prefix prefix) const;
  std::int64_t at() const { return at_; }                            // the time of the last event
  const std::vector<msg::Order>& orders() const { return orders_; }  // order n at n - 1, as it was placed
  // The cancellations of an order, by seq.
  const std::vector<msg::Cancellation>& cancelled(base::OrderNo no) const;
  // The order as a read shows it at this prefix; it must be placed.
  msg::Order order_at(base::OrderNo no, Prefix prefix) const;
  // The pieces of an item that remain of an order at this prefix.
  std::int64_t remains(base::OrderNo no, base::ItemId item, Prefix prefix) const;
  // The same by the places that they came from.
  Shelf remains_by_place(base::OrderNo no, base::ItemId item, Prefix prefix) const;
  // All states of a hold, ascending by version; null if there is no such hold.
  const std::vector<msg::Hold>* hold(base::HoldNo no) const;
  // The hold at a prefix; null before it was placed.
  const msg::Hold* hold_at(base::HoldNo no, Prefix prefix) const;
  const std::map<base::HoldNo, std::vector<msg::Hold>>& holds() const { return holds_; }
  const std::vector<Prefix>& hold_events() const { return hold_events_; }
  // The movements of an item, ascending by seq; none if there is no such item.
  const std::vector<msg::Movement>& movements(base::ItemId id) const;
  const std::map<base::ItemId, std::vector<msg::Movement>>& movements() const { return movements_; }
  // The subscription with this name at a prefix; null if there is none then.
  const msg::Subscription* subscription_at(const std::string& name, Prefix prefix) const;
  // The states of each name, ascending by the seq of their events; nothing: the subscription ended.
  using SubscriptionPast = std::vector<std::pair<Prefix, std::optional<msg::Subscription>>>;
  const std::map<std::string, SubscriptionPast>& subscriptions() const { return subscriptions_; }
  const Effect* effect(const std::string& key) const;
  const std::map<std::string, Effect>& effects() const { return effects_; }

 private:
  void block(const Disk::Row& row);
  void event(const msg::Event& event, base::Seq seq);
  void apply(const msg::ItemsAdded& added, base::Seq seq);
  void apply(const msg::PriceChanged& changed, base::Seq seq);
  void apply(const msg::ItemEdited& edited, base::Seq seq);
  void apply(const msg::StockMoved& what, base::Seq seq);
  void apply(const msg::OrderPlaced& placed, base::Seq seq);
  void apply(const msg::OrderCancelled& cancelled, base::Seq seq);
  void apply(const msg::HoldPlaced& placed, base::Seq seq);
  void apply(const msg::HoldExtended& extended, base::Seq seq);
  void apply(const msg::HoldConfirmed& confirmed, base::Seq seq);
  void apply(const msg::HoldEnded& ended, base::Seq seq);
  void apply(const msg::SubscriptionMade& made, base::Seq seq);
  void apply(const msg::SubscriptionAcknowledged& acknowledged, base::Seq seq);
  void apply(const msg::SubscriptionEnded& ended, base::Seq seq);
  void apply(const msg::StockLow& told, base::Seq seq);
  void apply(const msg::StockOk& told, base::Seq seq);
  void tell_level(base::ItemId id, bool is_low, base::Quantity available, std::optional<base::Quantity> low,
                  base::Seq seq);
  void levels_in_time(const msg::Event& event, base::Seq seq);
  void in_time(const msg::Event& event, base::Seq seq);
  void dropped_in_time(const msg::Event& event, base::Seq seq);
  template <class Line>
  void within_terms(const std::string& customer, const std::vector<Line>& lines, base::Seq seq);
  std::int64_t has(const std::string& customer, base::ItemId item, std::int64_t since) const;
  msg::Hold* change_hold(base::HoldNo no, base::Seq seq);
  void hold_moves(const msg::HoldLine& line, std::int64_t pieces, base::Seq seq);
  void let_go(const msg::Hold& hold, const std::vector<msg::HoldLine>& told, msg::MovementKind kind, base::Seq seq);
  msg::Movement& moved(base::ItemId id, msg::MovementKind kind, base::Seq seq);
  void place_moves(base::ItemId id, const std::optional<msg::Places>& places, std::int64_t sign, msg::Movement& row,
                   base::Seq seq);
  void opens(const msg::StockMoved& moved, base::Seq seq);
  void by_rule(const Shelf& from, const msg::OrderLine& line, base::Seq seq);
  void move(base::ItemId id, std::int64_t pieces, base::Quantity told, base::Seq seq);
  msg::Item* change(base::ItemId id, base::Seq seq);
  void use_key(const std::string& key, const msg::Event& event, base::Seq seq);
  void broken(base::Seq seq, const std::string& what);

  World& world_;
  const Disk& disk_;
  OnEffect on_effect_;
  std::size_t blocks_ = 0;
  Prefix last_;
  msg::Hash hash_ = msg::no_hash();
  std::int64_t at_ = 0;
  std::optional<base::Seq> by_;  // of the event that is applied
  std::map<base::ItemId, ItemPast> items_;
  std::vector<Prefix> listings_;
  std::map<base::ItemId, std::vector<std::pair<base::Seq, bool>>> levels_;  // as they were told
  std::vector<msg::Order> orders_;
  std::map<base::OrderNo, std::vector<msg::Cancellation>> cancelled_;
  std::map<base::HoldNo, std::vector<msg::Hold>> holds_;
  std::map<base::HoldNo, std::int64_t> open_;  // when each of them expires
  std::vector<Prefix> hold_events_;
  std::map<base::ItemId, std::vector<msg::Movement>> movements_;
  std::map<std::string, SubscriptionPast> subscriptions_;
  std::map<std::string, Effect> effects_;
};

}  // namespace sim
