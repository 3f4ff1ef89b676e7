// ItemHistory: goes along the stream and says what each event changed of one item, from what to what.
//
// The state before the first event is unknown, unless that event adds the item. So after a trim, a value has no `was`
// until an event tells it. Events tell how pieces move between places, so places are told only of an item that an event
// has added.
//
// Threads: none. Tests: tests/tasks/item_history_test.cpp
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "msg/events.h"
#include "tasks/money.h"
#include "tasks/output.h"

namespace tasks {

using ItemValue = std::variant<std::string, base::Cents, base::Quantity, bool, msg::Terms>;

struct ValueChange {
  std::string_view name;         // a field of msg::Item
  std::optional<ItemValue> was;  // missing: the item is new, or nobody knows
  ItemValue is;
};

struct ItemEvent {
  base::Seq seq;
  std::int64_t at = 0;
  std::optional<base::Seq> by;  // the credential of the client
  std::string_view type;
  bool is_new = false;  // it adds the item
  std::vector<ValueChange> changes;
  std::optional<base::OrderNo> order;
  std::optional<base::HoldNo> hold;
  std::string reason;
};

class ItemHistory {
 public:
  explicit ItemHistory(base::ItemId item) : item_(item) {}
  // Returns nothing if the event does not touch the item. Call it with each event, in the order of the stream.
  std::optional<ItemEvent> take(base::Seq seq, const msg::Event& event);

 private:
  void tell_before(const msg::Event& event);
  void set(ItemEvent& told, std::string_view name, const ItemValue& is);

  base::ItemId item_;
  std::map<std::string_view, ItemValue> known_;
  std::optional<msg::Places> places_;
};

// The value as JSON: money in the smallest unit of the currency.
Json json_of(const ItemValue& value);
// "title 'A' -> 'Z', stock 4 -> 9"; of a new item, "title 'Z', stock 9".
std::string text_of(const std::vector<ValueChange>& changes, const Currency& currency, bool is_new = false);

// `who`: the label of the credential; may be empty.
Json to_json(const ItemEvent& event, const std::string& who);
// One line of a table.
std::string text_of(const ItemEvent& event, const std::string& who, const Currency& currency);

}  // namespace tasks
