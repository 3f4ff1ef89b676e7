#include "history/rules.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/time.h"
#include "text/fold.h"

namespace history {
namespace {

constexpr char kAsciiMax = 0x7f;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= kAsciiMax; });
}

bool is_word_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

Truth all_of(std::initializer_list<Truth> truths) {
  if (std::count(truths.begin(), truths.end(), Truth::kNo) > 0) return Truth::kNo;
  return std::count(truths.begin(), truths.end(), Truth::kUnclear) > 0 ? Truth::kUnclear : Truth::kYes;
}

template <class Entries, class Rule>
Truth each_of(const Entries& entries, std::size_t most, Rule rule) {
  if (entries.empty() || entries.size() > most) return Truth::kNo;
  auto all = Truth::kYes;
  for (const auto& entry : entries) all = all_of({all, rule(entry)});
  return all;
}

Truth within(std::int64_t value, std::int64_t least, std::int64_t most) {
  return value >= least && value <= most ? Truth::kYes : Truth::kNo;
}

Truth within(msg::ItemId id) { return id && id.value() <= msg::kItemIdMax ? Truth::kYes : Truth::kNo; }

Truth text(std::string_view text, std::size_t least, std::size_t most) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == kAsciiMax; };
  if (text.size() < least || text.size() > most) return Truth::kNo;
  if (std::any_of(text.begin(), text.end(), is_control)) return Truth::kNo;
  return is_ascii(text) ? Truth::kYes : Truth::kUnclear;
}

// Releases that do not know this rule take the request, or find nothing, instead of refusing it.
Truth newer(Truth rule) { return rule == Truth::kYes ? Truth::kYes : Truth::kUnclear; }

// A name with a space at an end would be that of another customer.
Truth customer(const std::optional<std::string>& customer) {
  const auto name = customer.value_or("");
  const bool has_space = name.starts_with(' ') || name.ends_with(' ');
  return all_of({text(name, 0, msg::kCustomerBytesMax), newer(has_space ? Truth::kNo : Truth::kYes)});
}

Truth title(std::string_view title) {
  const bool is_blank = title.find_first_not_of(' ') == std::string::npos;
  return all_of({text(title, 1, msg::kTitleBytesMax), newer(is_blank ? Truth::kNo : Truth::kYes)});
}

Truth page(const std::optional<std::uint32_t>& limit) { return within(limit.value_or(1), 1, msg::kPageMax); }

struct Valid {
  Truth operator()(const msg::Lookup& lookup) const {
    if (lookup.item.has_value() == lookup.title.has_value()) return Truth::kNo;
    return newer(lookup.item ? within(*lookup.item) : text(*lookup.title, 1, msg::kTitleBytesMax));
  }
  Truth operator()(const msg::Search& search) const {
    const bool fits = search.text.value_or("").size() <= msg::kTextBytesMax;
    const bool low_fits =
        !search.low.value_or(false) || !(search.topic || search.text || search.retired.value_or(false));
    return all_of({fits ? Truth::kYes : Truth::kNo, page(search.limit),
                   newer(text(search.text.value_or(""), 0, msg::kTextBytesMax)),
                   newer(text(search.topic.value_or(""), 0, msg::kTopicBytesMax)),
                   newer(search.retired.value_or(false) && (search.topic || search.text) ? Truth::kNo : Truth::kYes),
                   newer(low_fits ? Truth::kYes : Truth::kNo)});
  }
  Truth operator()(const msg::PlaceOrder& place) const {
    const bool is_buy = place.type == msg::OrderType::kBuy;
    return all_of({key(place.key), customer(place.customer),
                   each_of(place.lines, msg::kOrderLinesMax, [is_buy](const msg::DemandLine& line) {
                     return all_of({within(line.item), within(line.quantity.value(), 1, msg::kLineQuantityMax),
                                    within(line.price.value_or(msg::Cents()).value(), 0, msg::kPriceMaxCents),
                                    is_buy || !line.place ? place_name(line.place) : Truth::kNo});
                   })});
  }
  Truth operator()(const msg::PlaceHold& place) const {
    std::set<msg::ItemId> items;
    return all_of({key(place.key), customer(place.customer), ttl(place.ttl),
                   each_of(place.lines, msg::kOrderLinesMax, [&](const msg::DemandLine& line) {
                     if (!items.insert(line.item).second || line.place) return Truth::kNo;
                     return all_of({within(line.item), within(line.quantity.value(), 1, msg::kLineQuantityMax),
                                    within(line.price.value_or(msg::Cents()).value(), 0, msg::kPriceMaxCents)});
                   })});
  }
  Truth operator()(const msg::ConfirmHold& confirm) const {
    return all_of({key(confirm.key), number(confirm.hold), confirm.lines ? pieces(*confirm.lines) : Truth::kYes});
  }
  Truth operator()(const msg::ExtendHold& extend) const {
    return all_of({key(extend.key), number(extend.hold), ttl(extend.ttl)});
  }
  Truth operator()(const msg::ReleaseHold& release) const { return all_of({key(release.key), number(release.hold)}); }
  Truth operator()(const msg::GetHold& get) const { return number(get.hold); }
  Truth operator()(const msg::ListHolds& list) const {
    return all_of({page(list.limit), list.customer ? text(*list.customer, 1, msg::kCustomerBytesMax) : Truth::kYes});
  }
  Truth operator()(const msg::AddItems& add) const {
    std::set<msg::ItemId> ids;
    return all_of({key(add.key),
                   each_of(add.items, msg::kItemsAddedMax,
                           [&](const msg::NewItem& item) {
                             if (item.id && !ids.insert(*item.id).second) return Truth::kNo;
                             return all_of({within(item.id.value_or(msg::ItemId(1))), title(item.title),
                                            text(item.topic, 0, msg::kTopicBytesMax),
                                            within(item.price.value(), 0, msg::kPriceMaxCents),
                                            within(item.stock.value(), 0, msg::kStockMax),
                                            details(item, item.attributes.value_or(msg::Attributes()))});
                           }),
                   within(static_cast<std::int64_t>(details_bytes(add)), 0, msg::kAddedDetailsBytesMax)});
  }
  Truth operator()(const msg::ChangePrice& change) const {
    return all_of({key(change.key), within(change.item), within(change.price.value(), 0, msg::kPriceMaxCents),
                   version(change.version)});
  }
  Truth operator()(const msg::Restock& restock) const {
    return all_of({key(restock.key), within(restock.item),
                   within(restock.delta.value(), -msg::kStockMax, msg::kStockMax),
                   restock.delta.value() != 0 ? Truth::kYes : Truth::kNo,
                   text(restock.reason.value_or(""), 0, msg::kReasonBytesMax), version(restock.version),
                   place_name(restock.place)});
  }
  Truth operator()(const msg::CountStock& count) const {
    return all_of({key(count.key), within(count.item), within(count.stock.value(), 0, msg::kStockMax),
                   text(count.reason.value_or(""), 0, msg::kReasonBytesMax), version(count.version),
                   place_name(count.place)});
  }
  Truth operator()(const msg::Transfer& transfer) const {
    return all_of(
        {key(transfer.key), within(transfer.item), within(transfer.quantity.value(), 1, msg::kStockMax),
         text(transfer.reason.value_or(""), 0, msg::kReasonBytesMax), version(transfer.version),
         place_name(transfer.from), place_name(transfer.to),
         transfer.from.value_or(std::string(msg::kMainPlace)) != transfer.to.value_or(std::string(msg::kMainPlace))
             ? Truth::kYes
             : Truth::kNo});
  }
  Truth operator()(const msg::EditItem& edit) const {
    msg::Attributes values;
    for (const auto& [name, value] : edit.attributes.value_or(msg::AttributeChanges()))
      values[name] = value.value_or("");
    return all_of({key(edit.key), within(edit.item), msg::changes_something(edit) ? Truth::kYes : Truth::kNo,
                   edit.title ? title(*edit.title) : Truth::kYes, text(edit.topic.value_or(""), 0, msg::kTopicBytesMax),
                   terms(edit), version(edit.version), details(edit, values),
                   edit.attributes && edit.attributes->empty() ? Truth::kNo : Truth::kYes,
                   within(edit.low.value_or(msg::Quantity()).value(), msg::kNoLow.value(), msg::kStockMax)});
  }
  Truth operator()(const msg::Cancel& cancel) const {
    return all_of({key(cancel.key), number(cancel.no), cancel.lines ? pieces(*cancel.lines) : Truth::kYes,
                   text(cancel.reason.value_or(""), 0, msg::kReasonBytesMax)});
  }
  Truth operator()(const msg::GetOrder& get) const { return newer(get.no ? Truth::kYes : Truth::kNo); }
  Truth operator()(const msg::ListOrders& list) const {
    return all_of({page(list.limit), list.customer ? text(*list.customer, 1, msg::kCustomerBytesMax) : Truth::kYes});
  }
  Truth operator()(const msg::Outcome& outcome) const { return key(outcome.key); }
  Truth operator()(const msg::Events& events) const { return events.from ? Truth::kYes : Truth::kNo; }

 private:
  static Truth place_name(const std::optional<std::string>& place) {
    return place ? text(*place, 1, msg::kPlaceBytesMax) : Truth::kYes;
  }
  static Truth version(const std::optional<base::Seq>& version) {
    return version && !*version ? Truth::kNo : Truth::kYes;
  }
  static std::size_t details_bytes(const msg::AddItems& add) {
    std::size_t bytes = 0;
    for (const auto& item : add.items) bytes += msg::details_bytes(item);
    return bytes;
  }
  // A request may change more attributes than an item has.
  template <class Detailed>
  static Truth details(const Detailed& item, const msg::Attributes& attributes) {
    auto description = item.description.value_or("");
    std::replace(description.begin(), description.end(), '\n', ' ');
    const bool is_new = std::is_same_v<Detailed, msg::NewItem>;
    const bool has_empty =
        is_new && ((item.description && item.description->empty()) || (item.topics && item.topics->empty()) ||
                   (item.attributes && item.attributes->empty()));
    auto truth = all_of({has_empty || (is_new && attributes.size() > msg::kAttributesMax) ? Truth::kNo : Truth::kYes,
                         text(description, 0, msg::kDescriptionBytesMax)});
    std::set<std::string_view> once;
    for (const auto& topic : item.topics.value_or(msg::Topics())) {
      truth =
          all_of({truth, text(topic, 1, msg::kTopicBytesMax), once.insert(topic).second ? Truth::kYes : Truth::kNo});
    }
    for (const auto& [name, value] : attributes) {
      truth = all_of({truth, text(name, 1, msg::kAttributeNameBytesMax), text(value, 0, msg::kAttributeBytesMax)});
    }
    return all_of({truth, once.size() < msg::kTopicsMax ? Truth::kYes : Truth::kNo});
  }
  // With the names of rules, each rule stands alone, and no other one is there.
  static Truth terms(const msg::EditItem& edit) {
    const auto told = edit.terms.value_or(msg::Terms{});
    if (!edit.rules) return terms(told);
    std::set<std::string_view> names(edit.rules->begin(), edit.rules->end());
    auto truth = edit.terms && !names.empty() && names.size() == edit.rules->size() ? rules(told) : Truth::kNo;
    msg::for_each_field(told, [&](std::string_view name, const auto& rule) {
      if (names.erase(name) == 0 && rule) truth = Truth::kNo;
    });
    return names.empty() ? truth : Truth::kNo;
  }
  static Truth terms(const msg::Terms& terms) {
    const bool fit = terms.per_customer.has_value() == terms.window.has_value() &&
                     (!terms.from || !terms.until || *terms.from < *terms.until);
    return all_of({fit ? Truth::kYes : Truth::kNo, rules(terms)});
  }
  static Truth rules(const msg::Terms& terms) {
    const auto pieces = [](const std::optional<msg::Quantity>& most) {
      return within(most.value_or(msg::Quantity(1)).value(), 1, msg::kLineQuantityMax);
    };
    return all_of({pieces(terms.per_order), pieces(terms.per_customer),
                   within(terms.window.value_or(1), 1, msg::kTermsWindowMsMax),
                   within(terms.from.value_or(1), 1, base::kWallMax),
                   within(terms.until.value_or(1), 1, base::kWallMax)});
  }
  template <class No>
  static Truth number(No no) {
    return no ? Truth::kYes : Truth::kNo;
  }
  static Truth ttl(std::uint32_t ttl) { return within(ttl, 1, msg::kHoldMsMax); }
  // Each item once.
  template <class Lines>
  static Truth pieces(const Lines& lines) {
    std::set<msg::ItemId> items;
    return each_of(lines, msg::kOrderLinesMax, [&](const auto& line) {
      if (!items.insert(line.item).second) return Truth::kNo;
      return all_of({within(line.item), within(line.quantity.value(), 1, msg::kLineQuantityMax)});
    });
  }
  static Truth key(std::string_view key) { return text(key, 1, msg::kKeyBytesMax); }
};

template <class... Requests>
bool is_one_of(const Request& request) {
  return (std::holds_alternative<Requests>(request) || ...);
}

bool is_order(const Request& request, msg::OrderType type) {
  const auto* place = std::get_if<msg::PlaceOrder>(&request);
  return place && place->type == type;
}

// Returns whether the request may bring pieces to another place than `main`.
bool brings_elsewhere(const Request& request) {
  const auto* restock = std::get_if<msg::Restock>(&request);
  const bool takes_out = restock && restock->delta.value() < 0;
  return !takes_out && place_of(request) != msg::kMainPlace;
}

// Returns whether a confirmation may take pieces from too many places. Nobody knows the lines of a whole hold.
bool may_be_split(const Request& request) {
  const auto* confirm = std::get_if<msg::ConfirmHold>(&request);
  return confirm && (!confirm->lines || confirm->lines->size() * msg::kPlacesMax > msg::kPortionsMax);
}

std::set<std::string> words(std::string_view text) {
  std::set<std::string> all;
  std::string word;
  for (const char c : text::folded(text) + ' ') {
    if (is_word_letter(c)) {
      word += c;
    } else if (!word.empty()) {
      all.insert(std::exchange(word, {}));
    }
  }
  return all;
}

// Each word of `text` is a word of the title, or the beginning of one.
Truth has_words(std::string_view title, std::string_view text) {
  if (!is_ascii(title) || !is_ascii(text)) return Truth::kUnclear;
  const auto wanted = words(text);
  const auto there = words(title);
  const auto is_there = [&](const std::string& word) {
    const auto found = there.lower_bound(word);
    return found != there.end() && found->starts_with(word);
  };
  return !wanted.empty() && std::all_of(wanted.begin(), wanted.end(), is_there) ? Truth::kYes : Truth::kNo;
}

// True if it depends on the item whether this edit leaves it within the limits.
bool may_not_fit(const Request& request) {
  const auto* edit = std::get_if<msg::EditItem>(&request);
  return edit && (edit->rules || edit->attributes);
}

}  // namespace

Truth is_valid(const Request& request) { return std::visit(Valid(), request); }

bool may_be_refused_with(const Request& request, msg::Code code) {
  using msg::Code;
  const bool is_change = is_one_of<msg::ConfirmHold, msg::ExtendHold, msg::ReleaseHold>(request);  // of a hold
  const bool is_hold = is_one_of<msg::PlaceHold>(request);
  const bool is_restock = is_one_of<msg::Restock>(request);
  const bool is_count = is_one_of<msg::CountStock>(request);
  const bool is_transfer = is_one_of<msg::Transfer>(request);
  const bool is_write =
      is_change || is_hold || is_restock || is_count || is_transfer ||
      is_one_of<msg::PlaceOrder, msg::AddItems, msg::ChangePrice, msg::EditItem, msg::Cancel>(request);
  switch (code) {
    case Code::kOutOfStock:
      return is_restock || is_count || is_transfer || is_hold || is_order(request, msg::OrderType::kBuy);
    case Code::kUnknownItem:
      return is_hold || is_count || is_transfer ||
             is_one_of<msg::Lookup, msg::PlaceOrder, msg::ChangePrice, msg::EditItem, msg::Restock>(request);
    case Code::kUnknownOrder:
      return is_one_of<msg::GetOrder, msg::Cancel>(request);
    case Code::kPriceChanged:
      return is_hold || is_one_of<msg::PlaceOrder>(request);
    case Code::kVersionChanged:
      return expected_version(request).has_value();
    case Code::kItemExists:
      return is_one_of<msg::AddItems>(request);
    case Code::kMoreThanRemains: {
      const auto* cancel = std::get_if<msg::Cancel>(&request);
      const auto* confirm = std::get_if<msg::ConfirmHold>(&request);
      return (cancel && cancel->lines) || (confirm && confirm->lines);
    }
    case Code::kNothingRemains:
      return is_one_of<msg::Cancel>(request);
    case Code::kKeyReused:  // a buyer does not see the outcome of another's key
      return is_write || is_one_of<msg::Outcome>(request);
    case Code::kKeyVoided:
      return is_write;
    case Code::kLimit:
      return is_restock || is_count || is_hold || brings_elsewhere(request) || may_be_split(request) ||
             may_not_fit(request) || is_one_of<msg::AddItems, msg::PlaceOrder, msg::Cancel, msg::ExtendHold>(request);
    case Code::kMalformed:
    case Code::kInvalid:
      return is_valid(request) != Truth::kYes;
    case Code::kUnknownHold:
      return is_change || is_one_of<msg::GetHold>(request);
    case Code::kHoldOver:
      return is_change;
    case Code::kNotForSale:
      return is_hold || is_order(request, msg::OrderType::kBuy);
    case Code::kUnknownPlace:
      return brings_elsewhere(request);
    case Code::kUnknownType:
    case Code::kUnknownCredential:
    case Code::kUnknownSubscription:
      return false;
    case Code::kUnsupportedVersion:
    case Code::kForbidden:
    case Code::kUnauthenticated:
    case Code::kBusy:
    case Code::kUnavailable:
    case Code::kNotWriter:
    case Code::kFenced:
    case Code::kSkipped:
    case Code::kUnknown:
      return true;
  }
  return true;
}

bool same_text(std::string_view a, std::string_view b) { return text::folded(a) == text::folded(b); }

Truth matches(const msg::Search& search, std::string_view title, std::string_view topic, const msg::Topics& topics) {
  const auto is_it = [&](std::string_view each) { return same_text(*search.topic, each); };
  const bool is_of_topic = !search.topic || is_it(topic) || std::any_of(topics.begin(), topics.end(), is_it);
  return all_of({is_of_topic ? Truth::kYes : Truth::kNo, search.text ? has_words(title, *search.text) : Truth::kYes});
}

}  // namespace history
