#include "tests/sim/operation.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "msg/codec.h"
#include "msg/effects.h"

namespace sim {
namespace {

std::string told_details(const std::optional<std::string>& description, const std::optional<msg::Topics>& topics) {
  auto text = description ? fmt::format(" described '{}'", *description) : std::string();
  if (topics) text += fmt::format(" more topics [{}]", fmt::join(*topics, ", "));
  return text;
}

std::string told_attributes(const std::optional<msg::Attributes>& attributes) {
  if (!attributes) return "";
  std::string text = " attributes [";
  for (const auto& [name, value] : *attributes) text += fmt::format(" {}='{}'", name, value);
  return text + " ]";
}

std::string told_terms(const std::optional<msg::Terms>& terms) {
  if (!terms) return "";
  std::string text = " terms [";
  msg::for_each_field(*terms, [&](std::string_view name, const auto& rule) {
    if (rule) text += fmt::format("{} {} ", name, *rule);
  });
  return text + "]";
}

std::string told_places(const std::optional<msg::Places>& places) {
  std::string text;
  for (const auto& each : places.value_or(msg::Places())) text += fmt::format(" {}:{}", each.place, each.pieces);
  return text;
}

struct Describe {
  static std::string opt(const std::optional<std::string>& text) { return text.value_or("-"); }
  static std::string if_version(const std::optional<base::Seq>& version) {
    return version ? fmt::format(" if version {}", *version) : "";
  }

  static std::string at(const std::optional<std::string>& place, const std::optional<bool>& opens) {
    return (place ? " at " + *place : "") + (opens.value_or(false) ? ", opened" : "");
  }

  std::string operator()(const msg::Lookup& r) const {
    return r.item ? fmt::format("lookup {}", *r.item) : fmt::format("lookup '{}'", opt(r.title));
  }
  std::string operator()(const msg::Search& r) const {
    return fmt::format("search topic {} text {} after {} limit {}{}", opt(r.topic), opt(r.text),
                       r.after.value_or(base::ItemId()), r.limit.value_or(0),
                       r.retired.value_or(false) ? " with retired ones"
                       : r.low.value_or(false)   ? " only low ones"
                                                 : "");
  }
  std::string operator()(const msg::PlaceOrder& r) const {
    auto text = fmt::format("{} key {} customer {}", msg::word(r.type), r.key, opt(r.customer));
    for (const auto& line : r.lines) {
      text += fmt::format(" {}x{}", line.item, line.quantity);
      if (line.price) text += fmt::format("@{}", *line.price);
      if (line.place) text += " of " + *line.place;
    }
    return text;
  }
  std::string operator()(const msg::AddItems& r) const {
    return fmt::format("add key {} {} items, first '{}'", r.key, r.items.size(), r.items.front().title);
  }
  std::string operator()(const msg::ChangePrice& r) const {
    return fmt::format("price key {} item {} to {}{}", r.key, r.item, r.price, if_version(r.version));
  }
  std::string operator()(const msg::EditItem& r) const {
    auto text = fmt::format("edit key {} item {}{}{}{}{}{}", r.key, r.item, r.title ? " title '" + *r.title + "'" : "",
                            r.topic ? " topic '" + *r.topic + "'" : "",
                            r.retired ? (*r.retired ? " retire" : " bring back") : "", told_terms(r.terms),
                            if_version(r.version));
    if (r.low) text += fmt::format(" low at {}", *r.low);
    if (r.rules) text += fmt::format(" rules {}", fmt::join(*r.rules, " "));
    text += told_details(r.description, r.topics);
    for (const auto& [name, value] : r.attributes.value_or(msg::AttributeChanges())) {
      text += value ? fmt::format(" {}='{}'", name, *value) : fmt::format(" no {}", name);
    }
    return text;
  }
  std::string operator()(const msg::Restock& r) const {
    return fmt::format("restock key {} item {} by {}{}{}", r.key, r.item, r.delta, at(r.place, r.opens),
                       if_version(r.version));
  }
  std::string operator()(const msg::CountStock& r) const {
    return fmt::format("count key {} item {}: {}{}{}", r.key, r.item, r.stock, at(r.place, r.opens),
                       if_version(r.version));
  }
  std::string operator()(const msg::Transfer& r) const {
    return fmt::format("transfer key {} item {}: {} from {}{}{}", r.key, r.item, r.quantity, r.from.value_or("main"),
                       at(r.to.value_or("main"), r.opens), if_version(r.version));
  }
  std::string operator()(const msg::ListMovements& r) const {
    return fmt::format("movements of item {} before {} limit {}", r.item, r.before.value_or(base::Seq()),
                       r.limit.value_or(0));
  }
  std::string operator()(const msg::Cancel& r) const {
    auto text = fmt::format("{} key {} of order {}", msg::word(r.kind), r.key, r.no);
    if (!r.lines) return text + ", all that remains";
    for (const auto& line : *r.lines) text += fmt::format(" {}x{}", line.item, line.quantity);
    return text;
  }
  std::string operator()(const msg::PlaceHold& r) const {
    auto text = fmt::format("hold key {} customer {} for {} ms", r.key, opt(r.customer), r.ttl);
    for (const auto& line : r.lines) text += fmt::format(" {}x{}", line.item, line.quantity);
    return text;
  }
  std::string operator()(const msg::ConfirmHold& r) const {
    auto text = fmt::format("confirm key {} hold {}", r.key, r.hold);
    if (!r.lines) return text + ", all of it";
    for (const auto& line : *r.lines) text += fmt::format(" {}x{}", line.item, line.quantity);
    return text;
  }
  std::string operator()(const msg::ExtendHold& r) const {
    return fmt::format("extend key {} hold {} to {} ms", r.key, r.hold, r.ttl);
  }
  std::string operator()(const msg::ReleaseHold& r) const {
    return fmt::format("release key {} hold {}", r.key, r.hold);
  }
  std::string operator()(const msg::Subscribe& r) const {
    return fmt::format("subscribe key {} {} from {} for {} ms", r.key, r.name, r.from.value_or(base::Seq()),
                       r.ttl.value_or(0));
  }
  std::string operator()(const msg::Acknowledge& r) const {
    return fmt::format("acknowledge key {} {} up to {}", r.key, r.name, r.cursor);
  }
  std::string operator()(const msg::Unsubscribe& r) const {
    return fmt::format("unsubscribe key {} {}", r.key, r.name);
  }
  std::string operator()(const msg::ListSubscriptions& r) const {
    return fmt::format("subscriptions, name {}", opt(r.name));
  }
  std::string operator()(const msg::GetHold& r) const { return fmt::format("hold {}", r.hold); }
  std::string operator()(const msg::ListHolds& r) const {
    return fmt::format("holds of {} after {} limit {}", opt(r.customer), r.after.value_or(base::HoldNo()),
                       r.limit.value_or(0));
  }
  std::string operator()(const msg::GetOrder& r) const { return fmt::format("order {}", r.no); }
  std::string operator()(const msg::ListOrders& r) const {
    return fmt::format("orders of {} after {} limit {}", opt(r.customer), r.after.value_or(base::OrderNo()),
                       r.limit.value_or(0));
  }
  std::string operator()(const msg::Outcome& r) const { return fmt::format("outcome of {}", r.key); }
  std::string operator()(const msg::Events& r) const { return fmt::format("events from {}", r.from); }

  static std::string told(const msg::Item& item) {
    return fmt::format("[item {} stock {}{} held {} price {} version {}{}{}{}]", item.id, item.stock,
                       told_places(item.places), msg::held_of(item), item.price, item.version, told_edit(item),
                       told_details(item.description, item.topics), told_attributes(item.attributes));
  }
  static std::string told_edit(const msg::Item& item) {
    if (!item.edited) return "";
    return fmt::format(" edited {} '{}' of '{}'{}{}", *item.edited, item.title, item.topic,
                       msg::is_retired(item) ? " retired" : "", told_terms(item.terms));
  }
  static std::string told(const msg::Hold& hold) {
    return fmt::format("[hold {} {} version {} expires {}]", hold.no, msg::word(hold.state), hold.version,
                       hold.expires);
  }
  static std::string told(const msg::Subscription& s) {
    return fmt::format("[{} of seq {} version {} cursor {} expires {}]", s.name, s.id, s.version, s.cursor,
                       msg::expires_of(s));
  }
  static std::string told(const msg::SubscriptionReply& r) {
    return fmt::format("seq {} {}", r.seq, r.subscription ? told(*r.subscription) : "ended");
  }
  static std::string told(const msg::SubscriptionsReply& r) {
    auto text = fmt::format("as of {} ", r.last);
    for (const auto& each : r.subscriptions) text += told(each);
    return text;
  }
  static std::string told(const msg::HoldReply& r) { return told(r.hold); }
  static std::string told(const msg::HoldsReply& r) {
    std::string text;
    for (const auto& hold : r.holds) text += told(hold);
    return text;
  }
  static std::string told(const msg::MovementsReply& r) {
    std::string text;
    for (const auto& each : r.movements) {
      text += fmt::format("[seq {} {} {} stock {}]", each.seq, msg::word(each.kind), each.delta, each.stock);
    }
    return text;
  }
  static std::string told(const msg::Order& order) {
    auto text = fmt::format("[order {} seq {}", order.no, order.seq);
    if (order.state) text += fmt::format(" {}", msg::word(*order.state));
    if (order.cancellations) {
      for (const auto& each : *order.cancellations) text += fmt::format(" {} seq {}", msg::word(each.kind), each.seq);
    }
    return text + "]";
  }
  static std::string told(const msg::ItemReply& r) { return told(r.item); }
  static std::string told(const msg::OrderReply& r) { return told(r.order); }
  static std::string told(const msg::ItemsReply& r) {
    std::string text;
    for (const auto& item : r.items) text += told(item);
    return text;
  }
  static std::string told(const msg::OrdersReply& r) {
    std::string text;
    for (const auto& order : r.orders) text += told(order);
    return text;
  }
  static std::string told(const msg::OutcomeReply& r) {
    return fmt::format("{} at seq {}{}", msg::word(r.outcome), r.seq, r.order ? told(*r.order) : "");
  }
  static std::string told(const msg::EventsReply& r) {
    return fmt::format("{} blocks, mark {}", r.blocks.size(), r.mark);
  }
};

std::optional<msg::Places> all_at(const std::string& place, base::Quantity pieces) {
  return place == "main" ? std::nullopt : std::optional(msg::Places{{place, pieces}});
}

bool same(const msg::OrderPlaced& did, const msg::PlaceOrder& asked) {
  if (did.type != asked.type || did.customer != asked.customer.value_or("")) return false;
  if (did.lines.size() != asked.lines.size()) return false;
  for (std::size_t i = 0; i < did.lines.size(); ++i) {
    const auto& line = asked.lines[i];
    if (did.lines[i].item != line.item || did.lines[i].quantity != line.quantity) return false;
    if (line.price && *line.price != did.lines[i].price) return false;
    if (line.place && did.lines[i].places != all_at(*line.place, line.quantity)) return false;
  }
  return true;
}

bool same(const msg::OrderCancelled& did, const msg::Cancel& asked) {
  const auto same_line = [](const msg::OrderLine& line, const msg::CancelLine& wanted) {
    return line.item == wanted.item && line.quantity == wanted.quantity;
  };
  return did.no == asked.no && did.kind == asked.kind && did.reason == asked.reason.value_or("") &&
         (!asked.lines ||
          std::equal(did.lines.begin(), did.lines.end(), asked.lines->begin(), asked.lines->end(), same_line));
}

bool same(const msg::ItemsAdded& did, const msg::AddItems& asked) {
  if (did.items.size() != asked.items.size()) return false;
  for (std::size_t i = 0; i < did.items.size(); ++i) {
    const auto& item = asked.items[i];
    const msg::ItemAdded wanted{item.id.value_or(did.items[i].id),
                                item.title,
                                item.topic,
                                item.price,
                                item.stock,
                                item.description,
                                item.topics,
                                item.attributes};
    if (did.items[i] != wanted) return false;
  }
  return true;
}

bool same(const msg::PriceChanged& did, const msg::ChangePrice& asked) {
  return did.item == asked.item && did.price == asked.price;
}

bool same(const msg::ItemEdited& did, const msg::EditItem& asked) {
  const auto terms = did.terms.value_or(msg::Terms{});
  const auto attributes = did.attributes.value_or(msg::Attributes());
  return did.item == asked.item && did.title == asked.title && did.topic == asked.topic &&
         did.retired == asked.retired && did.terms.has_value() == asked.terms.has_value() &&
         terms_after(terms, asked) == terms && did.description == asked.description && did.topics == asked.topics &&
         did.low == asked.low && did.attributes.has_value() == asked.attributes.has_value() &&
         attributes_after(attributes, asked) == attributes;
}

// A place is opened only if the request says so.
bool is_opened(const msg::StockMoved& did, const std::optional<bool>& opens) {
  return !did.opened || opens.value_or(false);
}

base::Quantity sum_of(const Shelf& shelf) {
  std::int64_t sum = 0;
  for (const auto& [place, pieces] : shelf) sum += pieces;
  return base::Quantity(sum);
}

bool same(const msg::StockMoved& did, const msg::Restock& asked) {
  return !did.counted && did.item == asked.item && did.delta == asked.delta &&
         did.reason == asked.reason.value_or("") && did.places == all_at(asked.place.value_or("main"), asked.delta) &&
         is_opened(did, asked.opens);
}

bool same(const msg::StockMoved& did, const msg::CountStock& asked) {
  return did.counted && did.item == asked.item && did.found.value_or(did.stock) == asked.stock &&
         did.reason == asked.reason.value_or("") && did.places == all_at(asked.place.value_or("main"), did.delta) &&
         is_opened(did, asked.opens);
}

bool same(const msg::StockMoved& did, const msg::Transfer& asked) {
  Shelf moved;
  moved[asked.from.value_or("main")] -= asked.quantity.value();
  moved[asked.to.value_or("main")] += asked.quantity.value();
  moved.erase("main");
  return !did.counted && did.delta.value() == 0 && did.item == asked.item && did.reason == asked.reason.value_or("") &&
         parts_of(sum_of(moved), did.places) == moved && is_opened(did, asked.opens);
}

template <class Line, class Asked>
bool same_pieces(const std::vector<Line>& did, const std::vector<Asked>& asked) {
  return std::equal(did.begin(), did.end(), asked.begin(), asked.end(), [](const Line& line, const Asked& wanted) {
    return line.item == wanted.item && line.quantity == wanted.quantity;
  });
}

bool same(const msg::HoldPlaced& did, const msg::PlaceHold& asked) {
  return did.customer == asked.customer.value_or("") && same_pieces(did.lines, asked.lines);
}

bool same(const msg::HoldExtended& did, const msg::ExtendHold& asked) { return did.hold == asked.hold; }

bool same(const msg::HoldConfirmed& did, const msg::ConfirmHold& asked) {
  return did.hold == asked.hold &&
         (asked.lines ? same_pieces(did.lines, *asked.lines) : same_pieces(did.lines, did.ended));
}

bool same(const msg::HoldEnded& did, const msg::ReleaseHold& asked) { return did.hold == asked.hold; }

bool same(const msg::SubscriptionMade& did, const msg::Subscribe& asked) {
  return did.name == asked.name && did.from == asked.from &&
         did.types == asked.types.value_or(std::vector<std::string>()) &&
         did.ttl == asked.ttl.value_or(msg::kSubscriptionMsDefault);
}

bool same(const msg::SubscriptionAcknowledged& did, const msg::Acknowledge& asked) {
  return did.name == asked.name && did.cursor == asked.cursor;
}

bool same(const msg::SubscriptionEnded& did, const msg::Unsubscribe& asked) { return did.name == asked.name; }

bool same(const msg::KeyVoided&, const msg::Outcome&) { return true; }

}  // namespace

std::optional<history::Request> judged_by_history(const Request& request) {
  return std::visit(
      []<class R>(const R& r) -> std::optional<history::Request> {
        if constexpr (std::is_constructible_v<history::Request, R>) return r;
        return std::nullopt;
      },
      request);
}

std::string key_of(const Request& request) {
  return std::visit(
      [](const auto& r) -> std::string {
        if constexpr (requires { r.key; }) return r.key;
        return {};
      },
      request);
}

std::optional<base::Seq> expected_version(const Request& request) {
  return std::visit(
      [](const auto& r) -> std::optional<base::Seq> {
        if constexpr (requires { r.version; }) return r.version;
        return std::nullopt;
      },
      request);
}

std::string body_of(const Request& request) {
  return std::visit([]<class R>(const R& r) { return std::string(R::kType) + msg::encoded(r); }, request);
}

msg::Terms terms_after(msg::Terms terms, const msg::EditItem& edit) {
  const auto changes = [&](const char* name) {
    return edit.terms && (!edit.rules || std::find(edit.rules->begin(), edit.rules->end(), name) != edit.rules->end());
  };
  if (changes("per_order")) terms.per_order = edit.terms->per_order;
  if (changes("per_customer")) terms.per_customer = edit.terms->per_customer;
  if (changes("window")) terms.window = edit.terms->window;
  if (changes("from")) terms.from = edit.terms->from;
  if (changes("until")) terms.until = edit.terms->until;
  return terms;
}

msg::Attributes attributes_after(msg::Attributes attributes, const msg::EditItem& edit) {
  for (const auto& [name, value] : edit.attributes.value_or(msg::AttributeChanges())) {
    attributes.erase(name);
    if (value) attributes.emplace(name, *value);
  }
  return attributes;
}

bool is_effect_of(const msg::Event& event, const Request& request) {
  return std::visit(
      [](const auto& did, const auto& asked) {
        if constexpr (requires { same(did, asked); }) return same(did, asked);
        return false;
      },
      event.what, request);
}

std::string describe(const msg::Event& event) {
  auto text = std::visit([](const auto& what) { return std::string(what.kType); }, event.what);
  if (const auto* placed = std::get_if<msg::OrderPlaced>(&event.what)) {
    text += fmt::format(" {} {} customer {}", placed->no, msg::word(placed->type), placed->customer);
    for (const auto& line : placed->lines) text += fmt::format(" {}x{}@{}", line.item, line.quantity, line.price);
  }
  if (const auto* cancelled = std::get_if<msg::OrderCancelled>(&event.what)) {
    text += fmt::format(" {} {}", cancelled->no, msg::word(cancelled->kind));
    for (const auto& line : cancelled->lines) text += fmt::format(" {}x{}@{}", line.item, line.quantity, line.price);
  }
  if (const auto* edited = std::get_if<msg::ItemEdited>(&event.what)) {
    text += fmt::format(" {}{}{}{}{}", edited->item, edited->title ? " title '" + *edited->title + "'" : "",
                        edited->topic ? " topic '" + *edited->topic + "'" : "",
                        edited->retired ? (*edited->retired ? " retired" : " back") : "", told_terms(edited->terms));
    text += told_details(edited->description, edited->topics) + told_attributes(edited->attributes);
    if (edited->low) text += fmt::format(" low at {}", *edited->low);
  }
  if (const auto* moved = std::get_if<msg::StockMoved>(&event.what)) {
    text += fmt::format(" {} by {} to {}{}{}", moved->item, moved->delta, moved->stock,
                        moved->counted ? ", counted" : "", told_places(moved->places));
  }
  if (const auto* hold = std::get_if<msg::HoldPlaced>(&event.what)) {
    text += fmt::format(" {} until {}", hold->hold, hold->expires);
    for (const auto& line : hold->lines) text += fmt::format(" {}x{}@{}", line.item, line.quantity, line.price);
  }
  if (const auto* extended = std::get_if<msg::HoldExtended>(&event.what)) {
    text += fmt::format(" {} until {}", extended->hold, extended->expires);
  }
  if (const auto* confirmed = std::get_if<msg::HoldConfirmed>(&event.what)) {
    text += fmt::format(" {} as order {}", confirmed->hold, confirmed->no);
    for (const auto& line : confirmed->lines) text += fmt::format(" {}x{}@{}", line.item, line.quantity, line.price);
  }
  if (const auto* ended = std::get_if<msg::HoldEnded>(&event.what)) {
    text += fmt::format(" {}{}", ended->hold, ended->key ? ", released" : ", expired");
  }
  if (const auto* made = std::get_if<msg::SubscriptionMade>(&event.what)) {
    text += fmt::format(" {} from {} for {} ms", made->name, made->from.value_or(base::Seq()), made->ttl);
  }
  if (const auto* acknowledged = std::get_if<msg::SubscriptionAcknowledged>(&event.what)) {
    text += fmt::format(" {} from {} to {}", acknowledged->name, acknowledged->was, acknowledged->cursor);
  }
  if (const auto item = msg::level_of(event)) text += fmt::format(" item {}", item);
  if (const auto* ended = std::get_if<msg::SubscriptionEnded>(&event.what)) {
    text += fmt::format(" {}{}", ended->name, ended->key ? "" : ", dropped");
  }
  return text;
}

std::string describe(const Request& request) { return std::visit(Describe{}, request); }

std::string describe(const Operation& operation) {
  return fmt::format("#{} {}: {}{} (invoked at {:.3f} ms; not before prefix {}, durable {})", operation.no,
                     operation.client, describe(operation.request), operation.options.fresh ? " fresh" : "",
                     base::millis(operation.invoked), operation.floor, operation.durable);
}

std::string describe(const client::Answer& answer, const Request& request) {
  const auto stale_text = [](const client::Answer& told) {
    return told.header.stale_ms ? fmt::format(", {} ms old", *told.header.stale_ms) : std::string();
  };
  const auto end = fmt::format(" (reveals {}, from {}, took {:.1f} ms{})", answer.header.seq.value_or(base::Seq()),
                               answer.frontend, base::millis(answer.took), stale_text(answer));
  if (answer.refusal) {
    return fmt::format("{} '{}'{}", msg::word(answer.refusal->code), answer.refusal->message, end);
  }
  return std::visit(
      [&]<class R>(const R&) {
        const auto body = msg::decode<typename R::Reply>(answer.body);
        return (body ? Describe::told(*body) : "unreadable: " + body.error().message) + end;
      },
      request);
}

}  // namespace sim
