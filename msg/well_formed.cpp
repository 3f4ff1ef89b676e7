#include "msg/well_formed.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <variant>

#include "base/text.h"
#include "base/time.h"
#include "msg/places.h"

namespace msg {
namespace {

using Fault = std::optional<std::string>;

constexpr std::int64_t kDigestBytesMax = 32;  // of a request; ours have 16

Fault number(std::string_view field, std::int64_t value, std::int64_t least, std::int64_t most) {
  if (value >= least && value <= most) return std::nullopt;
  return fmt::format("{}: {} is not within {} .. {}", field, value, least, most);
}

Fault length(std::string_view field, std::string_view value, std::size_t least, std::size_t most) {
  if (value.size() >= least && value.size() <= most) return std::nullopt;
  return fmt::format("{}: {} bytes, not {} .. {}", field, value.size(), least, most);
}

Fault text(std::string_view field, std::string_view value, std::size_t least, std::size_t most) {
  if (auto fault = length(field, value, least, most)) return fault;
  if (const auto fault = base::fault_of_text(value)) return fmt::format("{}: {}", field, *fault);
  return std::nullopt;
}

Fault id(std::string_view field, ItemId item) {
  if (item && item.value() <= kItemIdMax) return std::nullopt;
  return fmt::format("{}: {} is not within 1 .. {}", field, item, kItemIdMax);
}

Fault price(std::string_view field, Cents value) { return number(field, value.value(), 0, kPriceMaxCents); }
Fault stock(Quantity value) { return number("stock", value.value(), 0, kStockMax); }

// Calls one check after the other until one finds a fault.
template <class... Checks>
Fault first(const Checks&... checks) {
  Fault fault;
  ((fault = checks(), fault.has_value()) || ...);
  return fault;
}

template <class Request>
Fault digest(const Request& event) {
  if (!event.digest) return std::nullopt;
  return number("digest", static_cast<std::int64_t>(event.digest->bytes.size()), 1, kDigestBytesMax);
}

template <class Entry, class Check>
Fault each(std::string_view field, const std::vector<Entry>& entries, std::size_t most, const Check& check) {
  auto fault = number(field, static_cast<std::int64_t>(entries.size()), 1, static_cast<std::int64_t>(most));
  for (std::size_t i = 0; !fault && i < entries.size(); ++i) {
    if (auto inner = check(entries[i])) fault = fmt::format("{}[{}].{}", field, i, *inner);
  }
  return fault;
}

Fault place(std::string_view field, std::string_view name) {
  return name == kMainPlace ? Fault(fmt::format("{}: '{}' is not listed", field, name))
                            : text(field, name, 1, kPlaceBytesMax);
}

// A list of places, each with `least` pieces at least.
Fault listed(const std::optional<Places>& places, std::int64_t least) {
  if (!places) return std::nullopt;
  const AtPlace* before = nullptr;
  return each("places", *places, kPlacesMax, [&](const AtPlace& at) {
    const bool ascends = !before || before->place < at.place;
    before = &at;
    return first([&] { return place("place", at.place); },
                 [&] { return ascends ? std::nullopt : Fault("place: is not after the one before"); },
                 [&] { return number("pieces", at.pieces.value(), least, kStockMax); });
  });
}

// The parts of a line.
Fault parts(const std::optional<Places>& places, Quantity quantity) {
  if (auto fault = listed(places, 1)) return fault;
  const auto sum = sum_of(places);
  return sum <= quantity ? std::nullopt : Fault(fmt::format("places: {} of {} pieces", sum, quantity));
}

// The places of a movement. A count names its place, although its difference may be 0.
Fault moved_places(const StockMoved& moved) {
  constexpr std::size_t kMost = 2;  // of a transfer
  if (auto fault = listed(moved.places, -kStockMax)) return fault;
  if (moved.opened && (!*moved.opened || !moved.places)) return Fault("opened: is false, or no place is named");
  if (moved.found && !moved.counted) return Fault("found: is there without counted");
  if (auto fault = moved.found ? number("found", moved.found->value(), 0, kStockMax) : std::nullopt) return fault;
  if (!moved.places) return std::nullopt;
  if (moved.places->size() > (moved.counted ? 1 : kMost))
    return Fault(fmt::format("places: {} of them move", moved.places->size()));
  for (const auto& each : *moved.places) {
    if (each.pieces.value() == 0 && !moved.counted) return Fault("places: one of them does not move");
  }
  return std::nullopt;
}

Fault within(std::string_view field, Fault inner) {
  return inner ? Fault(fmt::format("{}.{}", field, *inner)) : std::nullopt;
}

// The description, topics and attributes of an event; each may be missing.
template <class What>
Fault details(const What& what) {
  return first([&] { return what.description ? fault_of_description(*what.description) : std::nullopt; },
               [&] { return what.topics ? fault_of(*what.topics) : std::nullopt; },
               [&] { return what.attributes ? fault_of(*what.attributes) : std::nullopt; });
}

// One function for each kind of event, and none for all others: a new kind does not compile without its own.
struct Check {
  bool is_of_any_release = false;

  Fault operator()(const StoreCreated&) const { return of_the_broker(); }
  Fault operator()(const WriterAppointed&) const { return of_the_broker(); }
  Fault operator()(const HolderJoined&) const { return of_the_broker(); }
  Fault operator()(const HolderLeft&) const { return of_the_broker(); }
  Fault operator()(const ItemsAdded& added) const {
    const auto check = [this](const ItemAdded& item) {
      return first([&] { return id("id", item.id); }, [&] { return text("title", item.title, 1, kTitleBytesMax); },
                   [&] { return text("topic", item.topic, 0, kTopicBytesMax); },
                   [&] { return price("price", item.price); }, [&] { return stock(item.stock); },
                   [&] { return details(item); },
                   [&] {
                     const bool has_empty = (item.description && item.description->empty()) ||
                                            (item.topics && item.topics->empty()) ||
                                            (item.attributes && item.attributes->empty());
                     return has_empty ? Fault("description, topics or attributes: is empty") : std::nullopt;
                   });
    };
    return first([&] { return request(added); }, [&] { return each("items", added.items, kItemsAddedMax, check); });
  }
  Fault operator()(const PriceChanged& changed) const {
    return first([&] { return request(changed); }, [&] { return id("item", changed.item); },
                 [&] { return price("price", changed.price); }, [&] { return price("was", changed.was); });
  }
  Fault operator()(const ItemEdited& edited) const {
    return first(
        [&] { return request(edited); }, [&] { return id("item", edited.item); },
        [&] { return edited.title ? text("title", *edited.title, 1, kTitleBytesMax) : std::nullopt; },
        [&] { return edited.topic ? text("topic", *edited.topic, 0, kTopicBytesMax) : std::nullopt; },
        [&] { return edited.topic_was ? text("topic_was", *edited.topic_was, 0, kTopicBytesMax) : std::nullopt; },
        [&] {
          return edited.topic.has_value() == edited.topic_was.has_value()
                     ? std::nullopt
                     : Fault("topic_was: is there without topic, or the other way round");
        },
        [&] { return edited.terms ? within("terms", fault_of(*edited.terms)) : std::nullopt; },
        [&] { return details(edited); },
        [&] { return edited.low ? number("low", edited.low->value(), kNoLow.value(), kStockMax) : std::nullopt; },
        [&] { return edited.topics_was ? within("topics_was", fault_of(*edited.topics_was)) : std::nullopt; },
        [&] {
          return edited.topics.has_value() == edited.topics_was.has_value()
                     ? std::nullopt
                     : Fault("topics_was: is there without topics, or the other way round");
        },
        [&] { return changes_something(edited) ? std::nullopt : Fault("changes nothing"); });
  }
  Fault operator()(const StockMoved& moved) const {
    return first([&] { return request(moved); }, [&] { return id("item", moved.item); },
                 [&] { return number("delta", moved.delta.value(), -kStockMax, kStockMax); },
                 [&] { return stock(moved.stock); }, [&] { return text("reason", moved.reason, 0, kReasonBytesMax); },
                 [&] { return moved.counted.value_or(true) ? std::nullopt : Fault("counted: is false"); },
                 [&] { return moved_places(moved); });
  }
  Fault operator()(const OrderPlaced& placed) const {
    return first([&] { return request(placed); }, [&] { return placed.no ? std::nullopt : Fault("no: is 0"); },
                 [&] { return text("customer", placed.customer, 0, kCustomerBytesMax); },
                 [&] { return each("lines", placed.lines, kOrderLinesMax, line); }, [&] { return total(placed); },
                 [&] { return portions(placed); });
  }
  Fault operator()(const OrderCancelled& cancelled) const {
    return first([&] { return request(cancelled); }, [&] { return cancelled.no ? std::nullopt : Fault("no: is 0"); },
                 [&] { return text("customer", cancelled.customer, 0, kCustomerBytesMax); },
                 [&] { return each("lines", cancelled.lines, kOrderLinesMax, cancelled_line); },
                 [&] { return total(cancelled); }, [&] { return text("reason", cancelled.reason, 0, kReasonBytesMax); },
                 [&] { return portions(cancelled); });
  }
  Fault operator()(const KeyVoided& voided) const { return text("key", voided.key, 1, kKeyBytesMax); }
  Fault operator()(const CredentialGranted& granted) const {
    const auto hash_bytes = static_cast<std::int64_t>(granted.hash.bytes.size());
    const std::size_t named = granted.role == ClientRole::kBuyer ? 1 : 0;
    return first([&] { return request(granted); },
                 [&] { return number("hash", hash_bytes, kTokenHashBytes, kTokenHashBytes); },
                 [&] { return text("customer", granted.customer, named, named * kCustomerBytesMax); },
                 [&] { return text("label", granted.label, 0, kLabelBytesMax); });
  }
  Fault operator()(const CredentialRevoked& revoked) const {
    return first([&] { return request(revoked); }, [&] { return revoked.id ? std::nullopt : Fault("id: is 0"); });
  }
  Fault operator()(const ActNoted& noted) const {
    return first([&] { return request(noted); }, [&] { return text("subject", noted.subject, 1, kSubjectBytesMax); },
                 [&] { return noted.who ? text("who", *noted.who, 1, kWhoBytesMax) : std::nullopt; });
  }
  Fault operator()(const HoldPlaced& placed) const {
    return first([&] { return request(placed); }, [&] { return of_hold(placed); },
                 [&] { return each("lines", placed.lines, kOrderLinesMax, hold_line); },
                 [&] { return time("expires", placed.expires); });
  }
  Fault operator()(const HoldExtended& extended) const {
    return first([&] { return request(extended); }, [&] { return of_hold(extended); },
                 [&] { return time("expires", extended.expires); },
                 [&] { return number("was", extended.was, 0, extended.expires); });
  }
  Fault operator()(const HoldConfirmed& confirmed) const {
    return first([&] { return request(confirmed); }, [&] { return of_hold(confirmed); },
                 [&] { return confirmed.no ? std::nullopt : Fault("no: is 0"); },
                 [&] { return each("lines", confirmed.lines, kOrderLinesMax, line); }, [&] { return total(confirmed); },
                 [&] { return portions(confirmed); },
                 [&] { return each("ended", confirmed.ended, kOrderLinesMax, hold_line); });
  }
  Fault operator()(const HoldEnded& ended) const {
    return first([&] { return ended.key ? text("key", *ended.key, 1, kKeyBytesMax) : std::nullopt; },
                 [&] { return digest(ended); }, [&] { return of_hold(ended); },
                 [&] { return each("lines", ended.lines, kOrderLinesMax, hold_line); });
  }
  Fault operator()(const SubscriptionMade& made) const {
    const auto types = static_cast<std::int64_t>(made.types.size());
    const auto type = [this](const std::string& word) { return text("type", word, 1, kEventTypeBytesMax); };
    return first([&] { return request(made); }, [&] { return fault_of_subscription(made.name); },
                 [&] { return made.from && !*made.from ? Fault("from: is 0") : std::nullopt; },
                 [&] { return types > 0 ? each("types", made.types, kSubscriptionTypesMax, type) : std::nullopt; },
                 [&] { return number("ttl", made.ttl, 1, kSubscriptionMsMax); });
  }
  Fault operator()(const SubscriptionAcknowledged& acknowledged) const {
    return first([&] { return request(acknowledged); }, [&] { return fault_of_subscription(acknowledged.name); },
                 [&] { return acknowledged.was <= acknowledged.cursor ? std::nullopt : Fault("cursor: goes back"); });
  }
  Fault operator()(const SubscriptionEnded& ended) const {
    return first([&] { return ended.key ? text("key", *ended.key, 1, kKeyBytesMax) : std::nullopt; },
                 [&] { return digest(ended); }, [&] { return fault_of_subscription(ended.name); });
  }
  Fault operator()(const StockLow& told) const {
    return first([&] { return level(told, told.low); },
                 [&] { return told.available <= told.low ? std::nullopt : Fault("available: is above low"); });
  }
  Fault operator()(const StockOk& told) const {
    return first(
        [&] { return level(told, told.low); },
        [&] { return !told.low || told.available > *told.low ? std::nullopt : Fault("available: is not above low"); });
  }

 private:
  // Hides the function of this name. Topics, descriptions, attributes and places are newer than the rules for texts.
  Fault text(std::string_view field, std::string_view value, std::size_t least, std::size_t most) const {
    return is_of_any_release ? length(field, value, least, most) : msg::text(field, value, least, most);
  }
  template <class Request>
  Fault request(const Request& event) const {
    return first([&] { return text("key", event.key, 1, kKeyBytesMax); }, [&] { return digest(event); });
  }
  template <class What>
  static Fault level(const What& told, const std::optional<Quantity>& low) {
    return first([&] { return id("item", told.item); },
                 [&] { return number("available", told.available.value(), 0, kStockMax); },
                 [&] { return low ? number("low", low->value(), 0, kStockMax) : std::nullopt; });
  }
  template <class What>
  Fault of_hold(const What& what) const {
    return what.hold ? text("customer", what.customer, 0, kCustomerBytesMax) : Fault("hold: is 0");
  }
  static Fault time(std::string_view field, std::int64_t value) {
    return number(field, value, 0, std::numeric_limits<std::int64_t>::max());
  }
  static Fault hold_line(const HoldLine& line) {
    return first([&] { return id("item", line.item); },
                 [&] { return number("quantity", line.quantity.value(), 1, kLineQuantityMax); },
                 [&] { return price("price", line.price); },
                 [&] { return number("held", line.held.value(), 0, kStockMax); });
  }
  static Fault of_the_broker() { return "only the broker makes events of this type"; }
  static Fault line(const OrderLine& line) { return line_of(line, kLineQuantityMax); }
  static Fault cancelled_line(const OrderLine& line) { return line_of(line, kCancelledQuantityMax); }
  static Fault line_of(const OrderLine& line, std::int64_t most) {
    return first([&] { return id("item", line.item); },
                 [&] { return number("quantity", line.quantity.value(), 1, most); },
                 [&] { return price("price", line.price); }, [&] { return stock(line.stock); },
                 [&] { return parts(line.places, line.quantity); });
  }
  template <class What>
  static Fault portions(const What& what) {
    std::size_t sum = 0;
    for (const auto& line : what.lines) sum += line.places ? line.places->size() : 0;
    return sum <= kPortionsMax ? std::nullopt : Fault(fmt::format("places: {} in all lines", sum));
  }
  // The lines are within their limits. The sum ends at the limit of a total, so it does not overflow.
  template <class What>
  Fault total(const What& what) const {
    constexpr std::int64_t kOfAllLines = kPriceMaxCents * kLineQuantityMax * std::int64_t{kOrderLinesMax};
    const auto most = is_of_any_release ? kOfAllLines : kTotalMaxCents;
    std::int64_t sum = 0;
    for (const auto& line : what.lines) {
      sum += line.price.value() * line.quantity.value();
      if (sum > most) return fmt::format("total: {} or more, at most {}", sum, most);
    }
    if (sum != what.total.value()) return fmt::format("total: {} where the lines give {}", what.total, sum);
    return std::nullopt;
  }
};

}  // namespace

Fault fault_of_rules(const Terms& terms) {
  const auto pieces = [](std::string_view field, const std::optional<Quantity>& most) {
    return most ? number(field, most->value(), 1, kLineQuantityMax) : std::nullopt;
  };
  const auto instant = [](std::string_view field, const std::optional<std::int64_t>& at) {
    return at ? number(field, *at, 1, base::kWallMax) : std::nullopt;
  };
  return first([&] { return pieces("per_order", terms.per_order); },
               [&] { return pieces("per_customer", terms.per_customer); },
               [&] { return terms.window ? number("window", *terms.window, 1, kTermsWindowMsMax) : std::nullopt; },
               [&] { return instant("from", terms.from); }, [&] { return instant("until", terms.until); });
}

Fault fault_of(const Terms& terms) {
  return first([&] { return fault_of_rules(terms); },
               [&] {
                 return terms.window.has_value() == terms.per_customer.has_value()
                            ? std::nullopt
                            : Fault("window: is there without per_customer, or the other way round");
               },
               [&] {
                 return terms.from && terms.until && *terms.from >= *terms.until ? Fault("until: is not after from")
                                                                                 : std::nullopt;
               });
}

Fault fault_of(const Places& places) { return listed(places, 1); }

Fault fault_of_description(std::string_view description) {
  if (description.size() > kDescriptionBytesMax) {
    return fmt::format("description: {} bytes, at most {}", description.size(), kDescriptionBytesMax);
  }
  const auto fault = base::fault_of_lines(description);
  return fault ? Fault(fmt::format("description: {}", *fault)) : std::nullopt;
}

Fault fault_of(const Topics& topics) {
  std::set<std::string_view> once;
  if (topics.size() >= kTopicsMax) {
    return fmt::format("topics: {} besides the first one, at most {}", topics.size(), kTopicsMax - 1);
  }
  for (std::size_t i = 0; i < topics.size(); ++i) {
    if (auto fault = text(fmt::format("topics[{}]", i), topics[i], 1, kTopicBytesMax)) return fault;
    if (!once.insert(topics[i]).second) return fmt::format("topics[{}]: comes twice", i);
  }
  return std::nullopt;
}

Fault fault_of_attribute(std::string_view name, std::string_view value) {
  if (auto fault = text("attributes: a name", name, 1, kAttributeNameBytesMax)) return fault;
  return text(fmt::format("attributes.{}", name), value, 0, kAttributeBytesMax);
}

Fault fault_of(const Attributes& attributes) {
  if (attributes.size() > kAttributesMax) {
    return fmt::format("attributes: {} of them, at most {}", attributes.size(), kAttributesMax);
  }
  for (const auto& [name, value] : attributes) {
    if (auto fault = fault_of_attribute(name, value)) return fault;
  }
  return std::nullopt;
}

Fault fault_of_subscription(std::string_view name) {
  const auto is_fit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  if (auto fault = text("name", name, 1, kSubscriptionNameBytesMax)) return fault;
  return std::all_of(name.begin(), name.end(), is_fit) ? std::nullopt
                                                       : Fault("name: is not of letters, digits, '.', '_' and '-'");
}

Fault fault_of_appended(const Event& event) { return std::visit(Check{}, event.what); }
Fault fault_of_decided(const Event& event) { return std::visit(Check{.is_of_any_release = true}, event.what); }

}  // namespace msg
