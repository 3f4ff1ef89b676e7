// Effects: what each kind of event does, for everything that follows the stream. Caches, indexes, views and feeds ask
// here, so the effect of an event is written once, and none of them can forget it: an event without its overloads below
// does not compile.
//
// Threads: none. Tests: tests/msg/effects_test.cpp, tests/build/vocabulary.py.
#pragma once

#include "msg/events.h"

namespace msg {

// An item that an event adds or changes. The pointers give the values after the event; a value that the event leaves
// unchanged is null.
struct ItemEffect {
  ItemId item;
  const Cents* price = nullptr;
  const Quantity* stock = nullptr;
  const Quantity* held = nullptr;
  const std::string* topic = nullptr;
  bool is_new = false;
  const std::string* topic_was = nullptr;  // the topic before, if the event changes it
  const Topics* topics = nullptr;          // besides the first one; empty: none
  const Topics* topics_was = nullptr;      // before, if the event changes them
  const Attributes* attributes = nullptr;  // all of them
  const std::string* description = nullptr;
  const Quantity* low = nullptr;  // kNoLow: none
  const bool* retired = nullptr;
  const Terms* terms = nullptr;    // without any rule: the item has none
  const Places* places = nullptr;  // the pieces that move at places other than `main`
  std::int64_t sign = 1;           // of `places`: -1 if they leave
  bool relists = false;  // searches and look-ups by title that do not show the item may have another answer, too
};

// An item with this id right after the event that added it. `New`: as its request named it, or its event.
template <class New>
Item as_added(ItemId id, const New& item, Seq seq) {
  return {.id = id,
          .title = item.title,
          .topic = item.topic,
          .price = item.price,
          .stock = item.stock,
          .version = seq,
          .description = item.description,
          .topics = item.topics,
          .attributes = item.attributes};
}

namespace effects {

template <class Value>
const Value* told(const std::optional<Value>& value) {
  return value ? &*value : nullptr;
}

template <class Visit>
void items(const StoreCreated&, const Visit&) {}
template <class Visit>
void items(const WriterAppointed&, const Visit&) {}
template <class Visit>
void items(const HolderJoined&, const Visit&) {}
template <class Visit>
void items(const HolderLeft&, const Visit&) {}
template <class Visit>
void items(const ItemsAdded& added, const Visit& visit) {
  for (const auto& item : added.items)
    visit(ItemEffect{.item = item.id,
                     .price = &item.price,
                     .stock = &item.stock,
                     .topic = &item.topic,
                     .is_new = true,
                     .topics = told(item.topics),
                     .attributes = told(item.attributes),
                     .description = told(item.description),
                     .relists = true});
}
template <class Visit>
void items(const PriceChanged& changed, const Visit& visit) {
  visit(ItemEffect{changed.item, &changed.price});
}
// An answer that shows the item no more may have had it on its next page, and may now show another one in its place.
// Terms of sale, attributes and descriptions move no item from one answer to another.
template <class Visit>
void items(const ItemEdited& edited, const Visit& visit) {
  visit(ItemEffect{.item = edited.item,
                   .topic = told(edited.topic),
                   .topic_was = told(edited.topic_was),
                   .topics = told(edited.topics),
                   .topics_was = told(edited.topics_was),
                   .attributes = told(edited.attributes),
                   .description = told(edited.description),
                   .low = told(edited.low),
                   .retired = told(edited.retired),
                   .terms = told(edited.terms),
                   .relists = edited.title || edited.topic || edited.topics || edited.retired});
}
template <class Visit>
void items(const StockMoved& moved, const Visit& visit) {
  visit(ItemEffect{.item = moved.item, .stock = &moved.stock, .places = told(moved.places)});
}
template <class Visit>
void items(const OrderPlaced& placed, const Visit& visit) {
  for (const auto& line : placed.lines) {
    visit(ItemEffect{.item = line.item,
                     .price = &line.price,
                     .stock = &line.stock,
                     .places = told(line.places),
                     .sign = placed.type == OrderType::kBuy ? -1 : 1});
  }
}
// The price of a cancelled line is that of the order, not that of the item. Scrapped pieces go nowhere.
template <class Visit>
void items(const OrderCancelled& cancelled, const Visit& visit) {
  for (const auto& line : cancelled.lines) {
    const auto* places = cancelled.kind == CancelKind::kScrap ? nullptr : told(line.places);
    visit(ItemEffect{.item = line.item, .stock = &line.stock, .places = places});
  }
}
template <class Visit>
void items(const KeyVoided&, const Visit&) {}
template <class Visit>
void items(const CredentialGranted&, const Visit&) {}
template <class Visit>
void items(const CredentialRevoked&, const Visit&) {}
template <class Visit>
void items(const ActNoted&, const Visit&) {}
template <class Visit>
void held_items(const std::vector<HoldLine>& lines, const Visit& visit) {
  for (const auto& line : lines) visit(ItemEffect{.item = line.item, .held = &line.held});
}
template <class Visit>
void items(const HoldPlaced& placed, const Visit& visit) {
  held_items(placed.lines, visit);
}
template <class Visit>
void items(const HoldExtended&, const Visit&) {}
// The price of a line is that of the hold, not that of the item.
template <class Visit>
void items(const HoldConfirmed& confirmed, const Visit& visit) {
  held_items(confirmed.ended, [&](ItemEffect effect) {
    for (const auto& line : confirmed.lines) {
      if (line.item != effect.item) continue;
      effect.stock = &line.stock;
      effect.places = told(line.places);
      effect.sign = -1;
    }
    visit(effect);
  });
}
template <class Visit>
void items(const HoldEnded& ended, const Visit& visit) {
  held_items(ended.lines, visit);
}
template <class Visit>
void items(const SubscriptionMade&, const Visit&) {}
template <class Visit>
void items(const SubscriptionAcknowledged&, const Visit&) {}
template <class Visit>
void items(const SubscriptionEnded&, const Visit&) {}
// They tell what the events before have made of an item: level_of().
template <class Visit>
void items(const StockLow&, const Visit&) {}
template <class Visit>
void items(const StockOk&, const Visit&) {}

inline const std::string* key(const StoreCreated&) { return nullptr; }
inline const std::string* key(const WriterAppointed&) { return nullptr; }
inline const std::string* key(const HolderJoined&) { return nullptr; }
inline const std::string* key(const HolderLeft&) { return nullptr; }
inline const std::string* key(const ItemsAdded& added) { return &added.key; }
inline const std::string* key(const PriceChanged& changed) { return &changed.key; }
inline const std::string* key(const ItemEdited& edited) { return &edited.key; }
inline const std::string* key(const StockMoved& moved) { return &moved.key; }
inline const std::string* key(const OrderPlaced& placed) { return &placed.key; }
inline const std::string* key(const OrderCancelled& cancelled) { return &cancelled.key; }
inline const std::string* key(const KeyVoided& voided) { return &voided.key; }
inline const std::string* key(const CredentialGranted& granted) { return &granted.key; }
inline const std::string* key(const CredentialRevoked& revoked) { return &revoked.key; }
inline const std::string* key(const ActNoted& noted) { return &noted.key; }
inline const std::string* key(const HoldPlaced& placed) { return &placed.key; }
inline const std::string* key(const HoldExtended& extended) { return &extended.key; }
inline const std::string* key(const HoldConfirmed& confirmed) { return &confirmed.key; }
inline const std::string* key(const HoldEnded& ended) { return ended.key ? &*ended.key : nullptr; }
inline const std::string* key(const SubscriptionMade& made) { return &made.key; }
inline const std::string* key(const SubscriptionAcknowledged& acknowledged) { return &acknowledged.key; }
inline const std::string* key(const SubscriptionEnded& ended) { return ended.key ? &*ended.key : nullptr; }
inline const std::string* key(const StockLow&) { return nullptr; }
inline const std::string* key(const StockOk&) { return nullptr; }

inline const std::string* customer(const StoreCreated&) { return nullptr; }
inline const std::string* customer(const WriterAppointed&) { return nullptr; }
inline const std::string* customer(const HolderJoined&) { return nullptr; }
inline const std::string* customer(const HolderLeft&) { return nullptr; }
inline const std::string* customer(const ItemsAdded&) { return nullptr; }
inline const std::string* customer(const PriceChanged&) { return nullptr; }
inline const std::string* customer(const ItemEdited&) { return nullptr; }
inline const std::string* customer(const StockMoved&) { return nullptr; }
inline const std::string* customer(const OrderPlaced& placed) { return &placed.customer; }
inline const std::string* customer(const OrderCancelled& cancelled) { return &cancelled.customer; }
inline const std::string* customer(const KeyVoided&) { return nullptr; }
inline const std::string* customer(const CredentialGranted&) { return nullptr; }
inline const std::string* customer(const CredentialRevoked&) { return nullptr; }
inline const std::string* customer(const ActNoted&) { return nullptr; }
inline const std::string* customer(const HoldPlaced& placed) { return &placed.customer; }
inline const std::string* customer(const HoldExtended& extended) { return &extended.customer; }
inline const std::string* customer(const HoldConfirmed& confirmed) { return &confirmed.customer; }
inline const std::string* customer(const HoldEnded& ended) { return &ended.customer; }
inline const std::string* customer(const SubscriptionMade&) { return nullptr; }
inline const std::string* customer(const SubscriptionAcknowledged&) { return nullptr; }
inline const std::string* customer(const SubscriptionEnded&) { return nullptr; }
inline const std::string* customer(const StockLow&) { return nullptr; }
inline const std::string* customer(const StockOk&) { return nullptr; }

inline OrderNo new_order(const StoreCreated&) { return {}; }
inline OrderNo new_order(const WriterAppointed&) { return {}; }
inline OrderNo new_order(const HolderJoined&) { return {}; }
inline OrderNo new_order(const HolderLeft&) { return {}; }
inline OrderNo new_order(const ItemsAdded&) { return {}; }
inline OrderNo new_order(const PriceChanged&) { return {}; }
inline OrderNo new_order(const ItemEdited&) { return {}; }
inline OrderNo new_order(const StockMoved&) { return {}; }
inline OrderNo new_order(const OrderPlaced& placed) { return placed.no; }
inline OrderNo new_order(const OrderCancelled&) { return {}; }
inline OrderNo new_order(const KeyVoided&) { return {}; }
inline OrderNo new_order(const CredentialGranted&) { return {}; }
inline OrderNo new_order(const CredentialRevoked&) { return {}; }
inline OrderNo new_order(const ActNoted&) { return {}; }
inline OrderNo new_order(const HoldPlaced&) { return {}; }
inline OrderNo new_order(const HoldExtended&) { return {}; }
inline OrderNo new_order(const HoldConfirmed& confirmed) { return confirmed.no; }
inline OrderNo new_order(const HoldEnded&) { return {}; }
inline OrderNo new_order(const SubscriptionMade&) { return {}; }
inline OrderNo new_order(const SubscriptionAcknowledged&) { return {}; }
inline OrderNo new_order(const SubscriptionEnded&) { return {}; }
inline OrderNo new_order(const StockLow&) { return {}; }
inline OrderNo new_order(const StockOk&) { return {}; }

// True if the event may change the rights of a token.
template <class What>
constexpr bool kChangesAccess = std::is_same_v<What, CredentialGranted> || std::is_same_v<What, CredentialRevoked>;

// True if the writer decides events of this type. The broker makes the others.
template <class What>
constexpr bool kIsDecided = !std::is_same_v<What, StoreCreated> && !std::is_same_v<What, WriterAppointed> &&
                            !std::is_same_v<What, HolderJoined> && !std::is_same_v<What, HolderLeft>;

}  // namespace effects

// Calls visit(ItemEffect) for each item that the event adds or changes, in the event's order. An item that several
// lines of an order name comes several times.
template <class Visit>
void each_item(const Event& event, const Visit& visit) {
  std::visit([&](const auto& what) { effects::items(what, visit); }, event.what);
}

// The idempotency key that made the event; null if no client's request made it.
inline const std::string* key_of(const Event& event) {
  return std::visit([](const auto& what) { return effects::key(what); }, event.what);
}

// The number of the order that the event makes; 0 if it makes none.
inline OrderNo new_order_of(const Event& event) {
  return std::visit([](const auto& what) { return effects::new_order(what); }, event.what);
}

// True if the writer decided the event, for a client's request or by itself.
inline bool is_decided(const Event& event) {
  return std::visit([](const auto& what) { return effects::kIsDecided<std::decay_t<decltype(what)>>; }, event.what);
}

// True if the writer decided the event by itself: the time of something was over, or an item is low or is not any more.
inline bool is_of_itself(const Event& event) { return is_decided(event) && !key_of(event); }

// The item of which the event tells that it is low, or is not any more; 0 for every other event.
inline ItemId level_of(const Event& event) {
  if (const auto* low = std::get_if<StockLow>(&event.what)) return low->item;
  const auto* ok = std::get_if<StockOk>(&event.what);
  return ok ? ok->item : ItemId();
}

// Calls visit(ItemId) for each item that the event adds or changes, or of which it tells the level. An item that
// several lines name comes several times.
template <class Visit>
void each_item_named(const Event& event, const Visit& visit) {
  each_item(event, [&](const ItemEffect& effect) { visit(effect.item); });
  if (const auto item = level_of(event)) visit(item);
}

// True if the event is about a subscription. Subscribers are not told of these events, else each acknowledgement would
// be one more event to acknowledge.
inline bool is_of_subscription(const Event& event) {
  return std::holds_alternative<SubscriptionMade>(event.what) ||
         std::holds_alternative<SubscriptionAcknowledged>(event.what) ||
         std::holds_alternative<SubscriptionEnded>(event.what);
}

// True if the event may change the rights of a token.
inline bool changes_access(const Event& event) {
  return std::visit([](const auto& what) { return effects::kChangesAccess<std::decay_t<decltype(what)>>; }, event.what);
}

// The customer of the order or hold that an event is about; null for every other event. Empty for an order or hold
// without a customer.
inline const std::string* customer_of(const Event& event) {
  return std::visit([](const auto& what) { return effects::customer(what); }, event.what);
}

inline std::string_view type_of(const Event& event) {
  return std::visit([](const auto& what) { return what.kType; }, event.what);
}

namespace internal {
template <class... Each>
constexpr std::array<std::string_view, sizeof...(Each)> types_of(const std::variant<Each...>*) {
  return {Each::kType...};
}
}  // namespace internal

// The types of all events.
constexpr auto kEventTypes = internal::types_of(static_cast<const decltype(Event::what)*>(nullptr));

}  // namespace msg
