#include "tasks/item_history.h"

#include <fmt/format.h>

#include <algorithm>

#include "msg/effects.h"
#include "msg/places.h"
#include "tasks/details.h"
#include "tasks/places.h"
#include "tasks/terms.h"

namespace tasks {
namespace {

constexpr std::string_view kTitle = "title", kTopic = "topic", kPrice = "price", kStock = "stock", kHeld = "held",
                           kRetired = "retired", kTerms = "terms", kTopics = "topics", kDescription = "description",
                           kAttributes = "attributes", kLow = "low", kPlaces = "places";

template <class What>
void tell_order(ItemEvent& told, const What& what) {
  if constexpr (requires { what.no; }) told.order = what.no;
  if constexpr (requires { what.hold; }) told.hold = what.hold;
  if constexpr (requires { what.reason; }) told.reason = what.reason;
}

// The title that the event gives the item; null if it gives it none.
const std::string* title_in(const msg::Event& event, base::ItemId id) {
  if (const auto* edited = std::get_if<msg::ItemEdited>(&event.what)) {
    return edited->item == id && edited->title ? &*edited->title : nullptr;
  }
  const auto* added = std::get_if<msg::ItemsAdded>(&event.what);
  if (!added) return nullptr;
  const auto found =
      std::find_if(added->items.begin(), added->items.end(), [&](const msg::ItemAdded& item) { return item.id == id; });
  return found == added->items.end() ? nullptr : &found->title;
}

std::string value_text(const ItemValue& value, const Currency& currency) {
  if (const auto* text = std::get_if<std::string>(&value)) return fmt::format("'{}'", *text);
  if (const auto* cents = std::get_if<base::Cents>(&value)) return priced(*cents, currency);
  if (const auto* pieces = std::get_if<base::Quantity>(&value)) return fmt::format("{}", *pieces);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "yes" : "no";
  const auto text = text_of(std::get<msg::Terms>(value));
  return text.empty() ? "none" : fmt::format("({})", text);
}

}  // namespace

// The values that the event tells of the time before it.
void ItemHistory::tell_before(const msg::Event& event) {
  if (const auto* changed = std::get_if<msg::PriceChanged>(&event.what)) known_.try_emplace(kPrice, changed->was);
  if (const auto* moved = std::get_if<msg::StockMoved>(&event.what)) {
    known_.try_emplace(kStock, moved->stock - moved->delta);
  }
  const auto* edited = std::get_if<msg::ItemEdited>(&event.what);
  if (edited && edited->topic_was) known_.try_emplace(kTopic, *edited->topic_was);
  if (edited && edited->topics_was) known_.try_emplace(kTopics, topics_cell(edited->topics_was));
}

std::optional<ItemEvent> ItemHistory::take(base::Seq seq, const msg::Event& event) {
  ItemEvent told{.seq = seq, .at = event.at, .by = event.by, .type = msg::type_of(event)};
  bool is_touched = false;
  if (const auto* title = title_in(event, item_)) set(told, kTitle, *title);
  const bool is_of_price = std::holds_alternative<msg::PriceChanged>(event.what);
  msg::each_item(event, [&](const msg::ItemEffect& effect) {
    if (effect.item != item_) return;
    if (!is_touched) tell_before(event);
    is_touched = true;
    told.is_new = effect.is_new;
    if (effect.topic) set(told, kTopic, *effect.topic);
    // The line of an order tells the price and does not change it.
    if (effect.price && !is_of_price && !effect.is_new) known_.try_emplace(kPrice, *effect.price);
    if (effect.price) set(told, kPrice, *effect.price);
    if (effect.stock) set(told, kStock, *effect.stock);
    if (effect.held) set(told, kHeld, *effect.held);
    if (effect.retired) set(told, kRetired, *effect.retired);
    if (effect.terms) set(told, kTerms, *effect.terms);
    if (effect.topics) set(told, kTopics, topics_cell(*effect.topics));
    if (effect.description) set(told, kDescription, *effect.description);
    if (effect.low) set(told, kLow, *effect.low == msg::kNoLow ? std::string() : fmt::format("{}", *effect.low));
    if (effect.attributes) set(told, kAttributes, attributes_cell(*effect.attributes));
    if (effect.is_new) known_.try_emplace(kPlaces, std::string());
    if (effect.places && known_.contains(kPlaces)) {
      msg::shift(places_, *effect.places, effect.sign);
      set(told, kPlaces, places_cell(places_));
    }
  });
  if (!is_touched) return std::nullopt;
  std::visit([&](const auto& what) { tell_order(told, what); }, event.what);
  if (!told.is_new) return told;
  known_.try_emplace(kHeld, base::Quantity());
  known_.try_emplace(kRetired, false);
  known_.try_emplace(kTerms, msg::Terms{});
  for (const auto name : {kTopics, kDescription, kAttributes, kLow}) known_.try_emplace(name, std::string());
  return told;
}

// Several lines of an order are one change.
void ItemHistory::set(ItemEvent& told, std::string_view name, const ItemValue& is) {
  const auto [known, is_unknown] = known_.try_emplace(name, is);
  if (!is_unknown && known->second == is) return;
  const auto change = std::find_if(told.changes.begin(), told.changes.end(),
                                   [&](const ValueChange& each) { return each.name == name; });
  if (change != told.changes.end()) {
    change->is = is;
  } else {
    told.changes.push_back({name, is_unknown ? std::nullopt : std::optional(known->second), is});
  }
  known->second = is;
}

Json json_of(const ItemValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* cents = std::get_if<base::Cents>(&value)) return cents->value();
  if (const auto* pieces = std::get_if<base::Quantity>(&value)) return pieces->value();
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  return to_json(std::get<msg::Terms>(value));
}

std::string text_of(const std::vector<ValueChange>& changes, const Currency& currency, bool is_new) {
  std::string all;
  for (const auto& [name, was, is] : changes) {
    const auto before = was ? value_text(*was, currency) : "?";
    all += fmt::format("{}{} {}{}", all.empty() ? "" : ", ", name, is_new ? "" : before + " -> ",
                       value_text(is, currency));
  }
  return all.empty() ? "no change" : all;
}

Json to_json(const ItemEvent& event, const std::string& who) {
  Json json{{"seq", event.seq.value()}, {"at", event.at}, {"type", event.type}};
  if (event.by) json["by"] = event.by->value();
  if (!who.empty()) json["who"] = who;
  if (event.order) json["order"] = event.order->value();
  if (event.hold) json["hold"] = event.hold->value();
  if (!event.reason.empty()) json["reason"] = event.reason;
  json["changes"] = Json::object();
  for (const auto& [name, was, is] : event.changes) {
    auto& change = json["changes"][std::string(name)] = Json::object();
    if (was) change["was"] = json_of(*was);
    change["is"] = json_of(is);
  }
  return json;
}

std::string text_of(const ItemEvent& event, const std::string& who, const Currency& currency) {
  const auto actor = event.by ? fmt::format("{}{}{}", *event.by, who.empty() ? "" : " ", who) : "-";
  auto text = fmt::format("{:>8}  {}  {:<15}  {:<12}  {}", event.seq, time_text(event.at), event.type, actor,
                          text_of(event.changes, currency, event.is_new));
  if (event.order) text += fmt::format(", order {}", *event.order);
  if (event.hold) text += fmt::format(", hold {}", *event.hold);
  if (!event.reason.empty()) text += ": " + event.reason;
  return text;
}

}  // namespace tasks
