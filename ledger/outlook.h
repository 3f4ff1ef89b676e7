// Outlook: the state of the shop after all events that are decided.
//
// It is the committed state (Items, and a function that finds keys) under a layer of pending events. An event is
// pending ("ahead") if it is decided and not committed yet. The layer has the price, the stock with its places and the
// terms of sale of each touched item, whether it is retired, the new items, the used keys, the holds that end, what
// customers buy and give back, and the next order number. The writer decides against the outlook, so it never waits for
// a commit. When the writer loses its epoch, drop() removes all pending events at once.
//
// The layer does not have the credentials and the orders that pending events change. A command that rests on one of
// them must wait: must_wait(). The open holds and the subscriptions are kept a second time, as of the last decided
// event.
//
// The pieces that a customer has bought are counted from its committed orders and from the layer, so nothing else keeps
// these counts: no view, no digest, no memory that grows with the sales (ADR 54).
//
// Invariant (CHECKed): once an item has no pending event any more, its committed state is what the layer said.
// Bounds: one entry for each item that a pending event names; the writer bounds the pending events.
// Lifetime: `items`, `credentials`, `holds` and `subscriptions` outlive this. Threads: none. Tests:
// tests/ledger/outlook_test.cpp.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "ledger/command.h"
#include "ledger/credentials.h"
#include "ledger/holds.h"
#include "ledger/items.h"
#include "ledger/key_record.h"
#include "ledger/subscriptions.h"

namespace ledger {

class Outlook {
 public:
  // Finds a committed key, in memory or in a store.
  using FindKey = std::function<std::optional<KeyRecord>(const std::string& key)>;

  // Finds a committed order with all its cancellations.
  using FindOrder = std::function<std::optional<msg::Order>(base::OrderNo no)>;

  // Finds a committed hold, open or ended.
  using FindHold = std::function<std::optional<msg::Hold>(base::HoldNo no)>;

  // Finds the orders of a customer, compared without case, with all their cancellations, that were placed after the
  // instant `since`: the newest first, at most kOrdersCountedMax + 1.
  using FindOrdersSince = std::function<std::vector<msg::Order>(const std::string& customer, std::int64_t since)>;
  static constexpr std::size_t kOrdersCountedMax = 200;

  // Pieces that a customer bought at the time `at`; a negative quantity was taken back of them.
  struct Bought {
    base::ItemId item;
    std::int64_t at = 0;
    base::Quantity quantity;
  };

  struct Foreseen {
    base::Cents price;
    base::Quantity stock;
    base::Seq version;  // 0: a pending event changes the item, and has no seq yet
    base::Quantity held;
    bool retired = false;
    std::optional<msg::Terms> terms{};
    std::optional<msg::Places> places{};
    std::optional<base::Quantity> low{};
    bool told_low = false;
    base::Quantity available() const { return stock - held; }
    bool is_low() const { return low && available() <= *low; }
  };

  // `credentials`, `holds`, `subscriptions`: the committed ones; null: there are none. Holds, subscriptions and levels
  // that are committed later are known from the next drop() on, unless they were decided here.
  Outlook(const Items& items, FindKey find_key, base::OrderNo last_order, const Credentials* credentials = nullptr,
          FindOrder find_order = {}, const Holds* holds = nullptr, FindOrdersSince find_orders_since = {},
          const Subscriptions* subscriptions = nullptr, FindHold find_hold = {});

  const Items& items() const { return items_; }  // committed
  std::optional<Foreseen> item(base::ItemId id) const;
  // The items whose level the stream has not told yet (ledger/items.h), with what is pending.
  const std::set<base::ItemId>& levels_due() const { return levels_due_; }
  // Returns whether any item has pieces at this place. It looks at each item that a pending event names.
  bool is_place(std::string_view place) const;
  // The item must exist.
  const std::string& topic(base::ItemId id) const;
  msg::Topics topics(base::ItemId id) const;  // besides that one
  msg::Attributes attributes(base::ItemId id) const;
  base::ItemId next_free_id() const;
  // The first of `count` free ids in a row, from the least free id on. It looks at kFreeLooked ids, so that a request
  // takes a bounded time, and returns nothing if there is no such row among them.
  static constexpr std::uint64_t kFreeLooked = 10'000;
  std::optional<base::ItemId> free_row(std::uint64_t count) const;
  base::OrderNo next_order() const { return last_order_.next(); }
  const Credentials& credentials() const { return credentials_; }  // committed
  // The committed order; nothing if there is none.
  std::optional<msg::Order> order(base::OrderNo no) const { return find_order_ ? find_order_(no) : std::nullopt; }
  const Holds& holds() const { return holds_; }  // with what is pending
  // The hold that has ended, also by a pending event; nothing if it is not known.
  std::optional<msg::Hold> ended_hold(base::HoldNo no) const;
  const Subscriptions& subscriptions() const { return subscriptions_; }  // likewise
  base::Seq applied() const { return applied_; }                         // the last committed event
  void applied(base::Seq seq) { applied_ = seq; }
  // All that the customer has bought after the instant `since`, with what is pending, in no order; nothing if it has
  // more than kOrdersCountedMax committed orders since then.
  std::optional<std::vector<Bought>> bought_since(const std::string& customer, std::int64_t since) const;
  // True while a pending event changes what this command rests on: the credentials, or the order that it cancels; or
  // while a pending event places the hold or makes the subscription that it changes, because nobody knows it yet. Such
  // a command must not be decided; try again once the last pending event is committed.
  bool must_wait(const Command& command) const;
  // The record of a committed or pending key. A pending one has the seq 0.
  std::optional<KeyRecord> key(const std::string& key) const;

  // Adds a decided event as pending. Its place counts the events decided since the start: 1, 2, 3, ...
  void decided(const msg::Event& event);
  // The place of the pending event that uses this key.
  std::optional<std::uint64_t> place_of(const std::string& key) const;
  std::uint64_t last_place() const { return place_; }
  // Removes the first pending event, which is committed. `items` must have applied it.
  void committed(const msg::Event& event);
  // Removes all pending events; `last_order` is the last committed order.
  void drop(base::OrderNo last_order);

 private:
  struct Ahead {
    Foreseen foreseen;
    std::uint32_t pending = 0;         // how often pending events name the item
    std::optional<std::string> topic;  // this and the next two: if a pending event has it
    std::optional<msg::Topics> topics;
    std::optional<msg::Attributes> attributes;
  };
  std::vector<Bought> bought_by(const msg::Event& event) const;
  void note_level(base::ItemId id, const Foreseen& item);
  void settle(base::ItemId id);  // one of its pending events is committed

  struct KeyAhead {
    KeyRecord record;
    std::uint64_t place = 0;
  };

  const Items& items_;
  const Credentials& credentials_;
  const Holds& committed_holds_;
  Holds holds_;
  const Subscriptions& committed_subscriptions_;
  Subscriptions subscriptions_;
  base::Seq applied_;
  FindKey find_key_;
  FindOrder find_order_;
  FindOrdersSince find_orders_since_;
  FindHold find_hold_;
  base::OrderNo last_order_;
  base::ItemId greatest_ahead_;
  std::uint64_t place_ = 0;
  std::uint64_t access_ahead_ = 0;
  std::uint64_t placed_ahead_ = 0;    // pending orders: the last ones up to last_order_
  std::set<std::string> made_ahead_;  // subscriptions
  std::map<base::HoldNo, msg::Hold> ended_ahead_;
  std::set<base::OrderNo> cancelled_ahead_;  // orders of which a pending event takes pieces back
  std::unordered_map<base::ItemId, Ahead> ahead_;
  std::set<base::ItemId> levels_due_;
  // The pieces that pending events buy and give back, in their order, by the folded customer. Each event has its own
  // entry.
  std::unordered_map<std::string, std::deque<std::vector<Bought>>> bought_ahead_;
  std::unordered_map<std::string, KeyAhead> keys_;
};

}  // namespace ledger
