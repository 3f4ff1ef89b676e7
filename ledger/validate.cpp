#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "ledger/command.h"
#include "msg/effects.h"
#include "msg/well_formed.h"

namespace ledger {
namespace {

using Fault = std::optional<msg::Refusal>;

Fault invalid(std::string message) { return msg::Refusal{.code = msg::Code::kInvalid, .message = std::move(message)}; }

Fault outside(std::string_view field, std::int64_t value, std::int64_t least, std::int64_t most) {
  if (value >= least && value <= most) return std::nullopt;
  return invalid(fmt::format("{}: {} is not within {} .. {}", field, value, least, most));
}

Fault bad_id(std::string_view field, base::ItemId id) {
  if (id && id.value() <= msg::kItemIdMax) return std::nullopt;
  return invalid(fmt::format("{}: {} is not within 1 .. {}", field, id, msg::kItemIdMax));
}

Fault bad_text(std::string_view field, std::string_view text, std::size_t most, std::size_t least = 0) {
  if (text.size() < least) return invalid(fmt::format("{}: is empty", field));
  if (text.size() > most) return invalid(fmt::format("{}: {} bytes, at most {}", field, text.size(), most));
  if (const auto fault = base::fault_of_text(text)) return invalid(fmt::format("{}: {}", field, *fault));
  return std::nullopt;
}

Fault bad_title(const std::string& title) {
  if (!title.empty() && title.find_first_not_of(' ') == std::string::npos) return invalid("title: has only spaces");
  return bad_text("title", title, msg::kTitleBytesMax, 1);
}

// A name with a space more would be that of another customer. Such orders may be there, so lists take the name as it
// is.
Fault bad_customer(const std::optional<std::string>& customer, std::size_t least = 0) {
  if (!customer) return std::nullopt;
  if (auto fault = bad_text("customer", *customer, msg::kCustomerBytesMax, least)) return fault;
  if (!base::has_space_at_an_end(*customer)) return std::nullopt;
  return invalid("customer: begins or ends with a space: leave it out, because it makes another customer");
}

Fault bad_limit(const std::optional<std::uint32_t>& limit) {
  return limit ? outside("limit", *limit, 1, msg::kPageMax) : std::nullopt;
}

Fault bad_order(base::OrderNo no) { return no ? std::nullopt : invalid("no: the first order is 1"); }

Fault bad_key(std::string_view key) { return bad_text("key", key, msg::kKeyBytesMax, 1); }

// Returns the first fault of a list of checks. All are made before, which costs nothing extra for a valid request.
template <class... More>
Fault first(Fault fault, More... more) {
  if constexpr (sizeof...(more) == 0) {
    return fault;
  } else {
    return fault ? fault : first(std::move(more)...);
  }
}

// Returns the first fault of an array's entries. It names the field as name[i].field.
template <class Entry, class Check>
Fault any_of(std::string_view name, const std::vector<Entry>& entries, std::size_t most, Check check) {
  const auto count = static_cast<std::int64_t>(entries.size());
  if (auto fault = outside(name, count, 1, static_cast<std::int64_t>(most))) return fault;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (auto fault = check(entries[i])) {
      fault->message = fmt::format("{}[{}].{}", name, i, fault->message);
      return fault;
    }
  }
  return std::nullopt;
}

Fault bad_place(std::string_view field, const std::optional<std::string>& place) {
  return place ? bad_text(field, *place, msg::kPlaceBytesMax, 1) : std::nullopt;
}

Fault bad_line(const msg::DemandLine& line) {
  return first(bad_id("item", line.item), outside("quantity", line.quantity.value(), 1, msg::kLineQuantityMax),
               line.price ? outside("price", line.price->value(), 0, msg::kPriceMaxCents) : std::nullopt,
               bad_place("place", line.place));
}

// A line that takes nothing from a place cannot name one.
Fault bad_line_without_place(const msg::DemandLine& line) {
  return first(bad_line(line), line.place ? invalid("place: only a buy takes pieces from a place") : std::nullopt);
}

Fault told(const std::optional<std::string>& fault) { return fault ? invalid(*fault) : std::nullopt; }

// A new item has no member that says nothing.
Fault empty_details(const msg::NewItem& item) {
  if (item.description && item.description->empty()) return invalid("description: is empty");
  if (item.topics && item.topics->empty()) return invalid("topics: is empty");
  if (item.attributes && item.attributes->empty()) return invalid("attributes: is empty");
  return std::nullopt;
}

template <class Detailed>
Fault bad_texts(const Detailed& item) {
  return first(told(item.description ? msg::fault_of_description(*item.description) : std::nullopt),
               told(item.topics ? msg::fault_of(*item.topics) : std::nullopt));
}

Fault bad_details(const msg::NewItem& item) {
  return first(empty_details(item), bad_texts(item),
               told(item.attributes ? msg::fault_of(*item.attributes) : std::nullopt));
}

Fault bad_item(const msg::NewItem& item) {
  return first(item.id ? bad_id("id", *item.id) : std::nullopt, bad_title(item.title),
               bad_text("topic", item.topic, msg::kTopicBytesMax),
               outside("price", item.price.value(), 0, msg::kPriceMaxCents),
               outside("stock", item.stock.value(), 0, msg::kStockMax), bad_details(item));
}

Fault fault_of(const msg::PlaceOrder& place) {
  return first(bad_key(place.key), bad_customer(place.customer),
               any_of("lines", place.lines, msg::kOrderLinesMax,
                      place.type == msg::OrderType::kBuy ? bad_line : bad_line_without_place));
}

Fault too_many_details(const std::vector<msg::NewItem>& items) {
  std::size_t bytes = 0;
  for (const auto& item : items) bytes += msg::details_bytes(item);
  if (bytes <= msg::kAddedDetailsBytesMax) return std::nullopt;
  return invalid(fmt::format("items: {} bytes of descriptions, topics and attributes, at most {}: add fewer at once",
                             bytes, msg::kAddedDetailsBytesMax));
}

Fault fault_of(const msg::AddItems& add) {
  std::set<base::ItemId> ids;
  return first(bad_key(add.key), too_many_details(add.items),
               any_of("items", add.items, msg::kItemsAddedMax, [&](const msg::NewItem& item) {
                 if (item.id && !ids.insert(*item.id).second) {
                   return invalid(fmt::format("id: {} is twice in this request", *item.id));
                 }
                 return bad_item(item);
               }));
}

// No item has version 0; the outlook has it for items with pending changes.
Fault bad_version(const std::optional<base::Seq>& version) {
  return version && !*version ? invalid("version: is 0") : std::nullopt;
}

Fault fault_of(const msg::ChangePrice& change) {
  return first(bad_key(change.key), bad_id("item", change.item),
               outside("price", change.price.value(), 0, msg::kPriceMaxCents), bad_version(change.version));
}

Fault fault_of(const msg::Restock& restock) {
  return first(bad_key(restock.key), bad_id("item", restock.item),
               outside("delta", restock.delta.value(), -msg::kStockMax, msg::kStockMax),
               restock.delta.value() == 0 ? invalid("delta: is 0") : std::nullopt,
               restock.reason ? bad_text("reason", *restock.reason, msg::kReasonBytesMax) : std::nullopt,
               bad_version(restock.version), bad_place("place", restock.place));
}

Fault fault_of(const msg::CountStock& count) {
  return first(bad_key(count.key), bad_id("item", count.item), outside("stock", count.stock.value(), 0, msg::kStockMax),
               count.reason ? bad_text("reason", *count.reason, msg::kReasonBytesMax) : std::nullopt,
               bad_version(count.version), bad_place("place", count.place));
}

Fault fault_of(const msg::Transfer& transfer) {
  const auto main = std::string(msg::kMainPlace);
  return first(bad_key(transfer.key), bad_id("item", transfer.item),
               outside("quantity", transfer.quantity.value(), 1, msg::kStockMax), bad_place("from", transfer.from),
               bad_place("to", transfer.to),
               transfer.from.value_or(main) == transfer.to.value_or(main)
                   ? invalid("to: is the place where the pieces are")
                   : std::nullopt,
               transfer.reason ? bad_text("reason", *transfer.reason, msg::kReasonBytesMax) : std::nullopt,
               bad_version(transfer.version));
}

Fault bad_terms(const msg::Terms& terms, bool are_rules) {
  const auto fault = are_rules ? msg::fault_of_rules(terms) : msg::fault_of(terms);
  return fault ? invalid("terms." + *fault) : std::nullopt;
}

// Names of rules of `terms`. A rule that it has must be named, else nobody knows what is to become of it.
Fault bad_rules(const msg::EditItem& edit) {
  if (!edit.rules) return std::nullopt;
  if (!edit.terms) return invalid("rules: are there without terms");
  std::set<std::string_view> names(edit.rules->begin(), edit.rules->end());
  if (names.empty() || names.size() != edit.rules->size()) return invalid("rules: are empty, or one comes twice");
  Fault fault;
  msg::for_each_field(*edit.terms, [&](std::string_view name, const auto& rule) {
    if (names.erase(name) == 0 && rule) fault = invalid(fmt::format("rules: terms.{} is not named", name));
  });
  if (!fault && !names.empty()) {
    fault = invalid(fmt::format("rules: there is no rule '{}'", names.begin()->substr(0, msg::kKeyBytesMax)));
  }
  return fault;
}

Fault bad_changes(const msg::AttributeChanges& changes) {
  if (changes.empty()) return invalid("attributes: none is named");
  for (const auto& [name, value] : changes) {
    if (auto fault = told(msg::fault_of_attribute(name, value.value_or("")))) return fault;
  }
  return std::nullopt;
}

Fault fault_of(const msg::EditItem& edit) {
  return first(
      bad_key(edit.key), bad_id("item", edit.item), edit.title ? bad_title(*edit.title) : std::nullopt,
      edit.topic ? bad_text("topic", *edit.topic, msg::kTopicBytesMax) : std::nullopt,
      edit.terms ? bad_terms(*edit.terms, edit.rules.has_value()) : std::nullopt, bad_rules(edit), bad_texts(edit),
      edit.attributes ? bad_changes(*edit.attributes) : std::nullopt,
      edit.low ? outside("low", edit.low->value(), msg::kNoLow.value(), msg::kStockMax) : std::nullopt,
      bad_version(edit.version),
      msg::changes_something(edit)
          ? std::nullopt
          : invalid("an edit names a title, topics, a description, attributes, terms of sale, a threshold or whether "
                    "the item is retired"));
}

// Each item must be in one line.
template <class Line, class Check>
Fault bad_lines(const std::vector<Line>& lines, Check check) {
  std::set<base::ItemId> items;
  return any_of("lines", lines, msg::kOrderLinesMax, [&](const Line& line) {
    if (!items.insert(line.item).second) return invalid(fmt::format("item: {} is twice in this request", line.item));
    return check(line);
  });
}

template <class Line>
Fault bad_lines(const std::vector<Line>& lines) {
  return bad_lines(lines, [](const Line& line) {
    return first(bad_id("item", line.item), outside("quantity", line.quantity.value(), 1, msg::kLineQuantityMax));
  });
}

Fault fault_of(const msg::Cancel& cancel) {
  return first(bad_key(cancel.key), bad_order(cancel.no), cancel.lines ? bad_lines(*cancel.lines) : std::nullopt,
               cancel.reason ? bad_text("reason", *cancel.reason, msg::kReasonBytesMax) : std::nullopt);
}

Fault bad_hold(base::HoldNo no) { return no ? std::nullopt : invalid("hold: the first hold is 1"); }
Fault bad_ttl(std::int64_t ttl, std::int64_t most) {
  if (ttl >= 1 && ttl <= most) return std::nullopt;
  return invalid(fmt::format("ttl: {} ms is not within 1 ms .. {} ms, which is {} h", ttl, most, most / 3'600'000));
}

Fault fault_of(const msg::PlaceHold& place) {
  return first(bad_key(place.key), bad_customer(place.customer), bad_lines(place.lines, bad_line_without_place),
               bad_ttl(place.ttl, msg::kHoldMsMax));
}

Fault fault_of(const msg::ConfirmHold& confirm) {
  return first(bad_key(confirm.key), bad_hold(confirm.hold), confirm.lines ? bad_lines(*confirm.lines) : std::nullopt);
}

Fault fault_of(const msg::ExtendHold& extend) {
  return first(bad_key(extend.key), bad_hold(extend.hold), bad_ttl(extend.ttl, msg::kHoldMsMax));
}

Fault fault_of(const msg::ReleaseHold& release) { return first(bad_key(release.key), bad_hold(release.hold)); }

Fault fault_of(const msg::Outcome& outcome) { return bad_key(outcome.key); }

Fault fault_of(const msg::Grant& grant) {
  const bool buyer = grant.role == msg::ClientRole::kBuyer;
  const auto expires = grant.expires.value_or(1);
  return first(bad_key(grant.key),
               grant.hash.bytes.size() == msg::kTokenHashBytes ? std::nullopt : invalid("hash: a SHA-256 has 32 bytes"),
               buyer == grant.customer.has_value() ? std::nullopt : invalid("customer: a buyer has one, nobody else"),
               bad_customer(grant.customer, 1),
               grant.label ? bad_text("label", *grant.label, msg::kLabelBytesMax) : std::nullopt,
               expires > 0 ? std::nullopt : invalid("expires: is not after 1970"));
}

Fault fault_of(const msg::Revoke& revoke) {
  return first(bad_key(revoke.key), revoke.id ? std::nullopt : invalid("id: is 0"));
}

Fault fault_of(const msg::Note& note) {
  return first(bad_key(note.key), bad_text("subject", note.subject, msg::kSubjectBytesMax, 1));
}

Fault bad_subscription(std::string_view name) {
  const auto fault = msg::fault_of_subscription(name);
  return fault ? invalid(*fault) : std::nullopt;
}

// An unknown type would never come.
Fault bad_types(const std::vector<std::string>& types) {
  std::set<std::string_view> once;
  auto fault = outside("types", static_cast<std::int64_t>(types.size()), 1, msg::kSubscriptionTypesMax);
  for (const auto& type : types) {
    if (fault) break;
    const bool is_known = std::find(msg::kEventTypes.begin(), msg::kEventTypes.end(), type) != msg::kEventTypes.end();
    if (!is_known)
      fault = invalid(fmt::format("types: there is no event '{}', only {}", type.substr(0, msg::kEventTypeBytesMax),
                                  fmt::join(msg::kEventTypes, ", ")));
    if (is_known && !once.insert(type).second) fault = invalid(fmt::format("types: {} is twice in this request", type));
  }
  return fault;
}

Fault fault_of(const msg::Subscribe& subscribe) {
  return first(bad_key(subscribe.key), bad_subscription(subscribe.name),
               subscribe.from && !*subscribe.from ? invalid("from: the first seq is 1") : std::nullopt,
               subscribe.types ? bad_types(*subscribe.types) : std::nullopt,
               subscribe.ttl ? bad_ttl(*subscribe.ttl, msg::kSubscriptionMsMax) : std::nullopt);
}

Fault fault_of(const msg::Acknowledge& acknowledge) {
  return first(bad_key(acknowledge.key), bad_subscription(acknowledge.name));
}

Fault fault_of(const msg::Unsubscribe& unsubscribe) {
  return first(bad_key(unsubscribe.key), bad_subscription(unsubscribe.name));
}

}  // namespace

const std::string& key_of(const Command& command) {
  return std::visit([](const auto& request) -> const std::string& { return request.key; }, command);
}

std::optional<base::HoldNo> hold_of(const Command& command) {
  return std::visit(
      [](const auto& request) -> std::optional<base::HoldNo> {
        if constexpr (requires { request.hold; }) return request.hold;
        return std::nullopt;
      },
      command);
}

const std::string* subscription_of(const Command& command) {
  if (const auto* acknowledge = std::get_if<msg::Acknowledge>(&command)) return &acknowledge->name;
  if (const auto* subscribe = std::get_if<msg::Subscribe>(&command)) return &subscribe->name;
  const auto* unsubscribe = std::get_if<msg::Unsubscribe>(&command);
  return unsubscribe ? &unsubscribe->name : nullptr;
}

Fault validate(const Command& command) {
  return std::visit([](const auto& request) { return fault_of(request); }, command);
}

Fault validate(const msg::Lookup& lookup) {
  if (lookup.item.has_value() == lookup.title.has_value()) return invalid("a lookup names either an item or a title");
  return lookup.item ? bad_id("item", *lookup.item) : bad_text("title", *lookup.title, msg::kTitleBytesMax, 1);
}

Fault validate(const msg::Search& search) {
  return first(search.topic ? bad_text("topic", *search.topic, msg::kTopicBytesMax) : std::nullopt,
               search.text ? bad_text("text", *search.text, msg::kTextBytesMax) : std::nullopt,
               search.retired.value_or(false) && (search.topic || search.text)
                   ? invalid("retired: only a search without topic and text shows retired items")
                   : std::nullopt,
               search.low.value_or(false) && (search.topic || search.text || search.retired.value_or(false))
                   ? invalid("low: only a search without topic, text and retired shows the items that are low")
                   : std::nullopt,
               bad_limit(search.limit));
}

Fault validate(const msg::GetOrder& get) { return bad_order(get.no); }

Fault validate(const msg::ListOrders& list) {
  return first(list.customer ? bad_text("customer", *list.customer, msg::kCustomerBytesMax, 1) : std::nullopt,
               bad_limit(list.limit));
}

Fault validate(const msg::ListMovements& list) { return first(bad_id("item", list.item), bad_limit(list.limit)); }

Fault validate(const msg::ListSubscriptions& list) { return list.name ? bad_subscription(*list.name) : std::nullopt; }

Fault validate(const msg::GetHold& get) { return bad_hold(get.hold); }

Fault validate(const msg::ListHolds& list) {
  return first(list.customer ? bad_text("customer", *list.customer, msg::kCustomerBytesMax, 1) : std::nullopt,
               bad_limit(list.limit));
}

Fault validate(const msg::ListCredentials& list) { return bad_limit(list.limit); }

}  // namespace ledger
