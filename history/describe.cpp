// An operation as one line for people. Text from outside is cut short, and its control characters are replaced.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "history/operation.h"

namespace history {
namespace {

std::string plain(std::string_view text) {
  constexpr std::size_t kBytesMax = 60;
  std::string all(text.substr(0, kBytesMax));
  for (auto& c : all) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text.size() > kBytesMax ? all + "..." : all;
}

std::string millis(Time time) { return fmt::format("{}.{:06}", time / 1'000'000, time % 1'000'000); }

std::string terms_text(const std::optional<msg::Terms>& terms) {
  if (!terms) return {};
  std::string text = ", terms:";
  const auto add = [&](std::string_view name, const auto& rule) {
    if (rule) text += fmt::format(" {} {}", name, *rule);
  };
  msg::for_each_field(*terms, add);
  return text;
}

// " (1 at annex, 2 at north)"; the others are at `main`.
std::string places_text(const std::optional<msg::Places>& places) {
  std::string text;
  if (!places) return text;
  for (const auto& each : *places) {
    text += fmt::format("{}{} at {}", text.empty() ? " (" : ", ", each.pieces, plain(each.place));
  }
  return text + ")";
}

// " at annex", with this word before the name; empty if no place is named.
std::string named(std::string_view word, const std::optional<std::string>& place) {
  return place ? fmt::format(" {} {}", word, plain(*place)) : "";
}

std::string details_text(const std::optional<std::string>& description, const std::optional<msg::Topics>& topics) {
  std::string text;
  if (description) text += fmt::format(", described as '{}'", plain(*description));
  if (topics) text += fmt::format(", and of {} more topics", topics->size());
  for (const auto& topic : topics.value_or(msg::Topics())) text += fmt::format(" '{}'", plain(topic));
  return text;
}

std::string attribute_text(const std::string& name, const std::optional<std::string>& value) {
  return value ? fmt::format(", {}='{}'", plain(name), plain(*value)) : fmt::format(", no {}", plain(name));
}

std::string item_text(const msg::Item& item) {
  std::string attributes;
  for (const auto& [name, value] : item.attributes.value_or(msg::Attributes())) {
    attributes += attribute_text(name, value);
  }
  const auto held = item.held ? fmt::format(" and {} of them held", *item.held) : "";
  const auto edited = item.edited ? fmt::format(", edited at seq {}", *item.edited) : "";
  return fmt::format("item {} '{}' has {}{}{} at {} cents, version {}{}{}", item.id, plain(item.title), item.stock,
                     places_text(item.places), held, item.price, item.version, edited,
                     msg::is_retired(item) ? ", retired" : "") +
         (item.low ? fmt::format(", low at {}", *item.low) : "") + terms_text(item.terms) +
         details_text(item.description, item.topics) + attributes;
}

std::string hold_text(const msg::Hold& hold) {
  auto text = fmt::format("hold {} seq {} key {}, {} as of seq {}, until {}", hold.no, hold.seq, plain(hold.key),
                          msg::word(hold.state), hold.version, hold.expires);
  for (const auto& line : hold.lines) {
    text += fmt::format(", {} of item {} at {} make {} held", line.quantity, line.item, line.price, line.held);
  }
  return text;
}

std::string order_text(const msg::Order& order) {
  auto text = fmt::format("order {} seq {} key {}", order.no, order.seq, plain(order.key));
  for (const auto& line : order.lines) {
    text += fmt::format(", {} of item {} at {} leaves {}{}", line.quantity, line.item, line.price, line.stock,
                        places_text(line.places));
  }
  if (!order.cancellations) return text;
  for (const auto& each : *order.cancellations) {
    text += fmt::format("; {} seq {} key {}", msg::word(each.kind), each.seq, plain(each.key));
    for (const auto& line : each.lines) {
      text += fmt::format(", {} of item {}{}", line.quantity, line.item, places_text(line.places));
    }
  }
  return text;
}

// Shows the first few entries of a long answer.
template <class All, class Text>
std::string list_text(const All& all, Text text) {
  constexpr std::size_t kShown = 5;
  std::string whole = fmt::format("{} shown", all.size());
  for (std::size_t i = 0; i < std::min(all.size(), kShown); ++i) whole += "; " + text(all[i]);
  return all.size() > kShown ? whole + "; ..." : whole;
}

std::string expected(const std::optional<base::Seq>& version) {
  return version ? fmt::format(" if its version is {}", *version) : "";
}

struct Asked {
  std::string operator()(const msg::Lookup& lookup) const {
    return lookup.item ? fmt::format("lookup {}", *lookup.item)
                       : fmt::format("lookup '{}'", plain(lookup.title.value_or("")));
  }
  std::string operator()(const msg::Search& search) const {
    return fmt::format("search topic '{}' text '{}' after {}{}", plain(search.topic.value_or("")),
                       plain(search.text.value_or("")), search.after.value_or(msg::ItemId()),
                       search.retired.value_or(false) ? ", retired ones too"
                       : search.low.value_or(false)   ? ", only those that are low"
                                                      : "");
  }
  std::string operator()(const msg::PlaceOrder& place) const {
    auto text = fmt::format("{} key {}", msg::word(place.type), plain(place.key));
    for (const auto& line : place.lines) {
      text += fmt::format(", {} of item {}{}", line.quantity, line.item, named("of", line.place));
    }
    return text;
  }
  std::string operator()(const msg::AddItems& add) const {
    return fmt::format("add key {}, {} items", plain(add.key), add.items.size());
  }
  std::string operator()(const msg::ChangePrice& change) const {
    return fmt::format("price key {}, item {} costs {}{}", plain(change.key), change.item, change.price,
                       expected(change.version));
  }
  std::string operator()(const msg::Restock& restock) const {
    return fmt::format("restock key {}, {} of item {}{}{}", plain(restock.key), restock.delta, restock.item,
                       named("at", restock.place), expected(restock.version));
  }
  std::string operator()(const msg::CountStock& count) const {
    return fmt::format("count key {}, {} of item {}{}{}", plain(count.key), count.stock, count.item,
                       named("at", count.place), expected(count.version));
  }
  std::string operator()(const msg::Transfer& transfer) const {
    return fmt::format("transfer key {}, {} of item {} from {} to {}{}", plain(transfer.key), transfer.quantity,
                       transfer.item, plain(transfer.from.value_or(std::string(msg::kMainPlace))),
                       plain(transfer.to.value_or(std::string(msg::kMainPlace))), expected(transfer.version));
  }
  std::string operator()(const msg::EditItem& edit) const {
    auto text = fmt::format("edit key {}, item {}", plain(edit.key), edit.item);
    if (edit.title) text += fmt::format(", title '{}'", plain(*edit.title));
    if (edit.topic) text += fmt::format(", topic '{}'", plain(*edit.topic));
    if (edit.retired) text += *edit.retired ? ", retired" : ", brought back";
    if (edit.rules) text += fmt::format(", rules {}", fmt::join(*edit.rules, " "));
    text += terms_text(edit.terms) + details_text(edit.description, edit.topics);
    for (const auto& [name, value] : edit.attributes.value_or(msg::AttributeChanges()))
      text += attribute_text(name, value);
    if (edit.low) text += fmt::format(", low at {}", *edit.low);
    return text + expected(edit.version);
  }
  std::string operator()(const msg::Cancel& cancel) const {
    auto text = fmt::format("{} key {}, of order {}", msg::word(cancel.kind), plain(cancel.key), cancel.no);
    if (!cancel.lines) return text + ", all that remains";
    for (const auto& line : *cancel.lines) text += fmt::format(", {} of item {}", line.quantity, line.item);
    return text;
  }
  std::string operator()(const msg::PlaceHold& place) const {
    auto text = fmt::format("hold key {} for {} ms", plain(place.key), place.ttl);
    for (const auto& line : place.lines) text += fmt::format(", {} of item {}", line.quantity, line.item);
    return text;
  }
  std::string operator()(const msg::ConfirmHold& confirm) const {
    auto text = fmt::format("confirm key {}, hold {}", plain(confirm.key), confirm.hold);
    if (!confirm.lines) return text + ", all of it";
    for (const auto& line : *confirm.lines) text += fmt::format(", {} of item {}", line.quantity, line.item);
    return text;
  }
  std::string operator()(const msg::ExtendHold& extend) const {
    return fmt::format("extend key {}, hold {} by {} ms", plain(extend.key), extend.hold, extend.ttl);
  }
  std::string operator()(const msg::ReleaseHold& release) const {
    return fmt::format("release key {}, hold {}", plain(release.key), release.hold);
  }
  std::string operator()(const msg::GetHold& get) const { return fmt::format("hold {}", get.hold); }
  std::string operator()(const msg::ListHolds& list) const {
    return fmt::format("holds of '{}' after {}", plain(list.customer.value_or("")),
                       list.after.value_or(base::HoldNo()));
  }
  std::string operator()(const msg::GetOrder& get) const { return fmt::format("order {}", get.no); }
  std::string operator()(const msg::ListOrders& list) const {
    return fmt::format("orders of '{}' after {}", plain(list.customer.value_or("")),
                       list.after.value_or(base::OrderNo()));
  }
  std::string operator()(const msg::Outcome& outcome) const { return fmt::format("outcome {}", plain(outcome.key)); }
  std::string operator()(const msg::Events& events) const { return fmt::format("events from {}", events.from); }
};

struct Answered {
  std::string operator()(const NoAnswer&) const { return "unknown"; }
  std::string operator()(const msg::Refusal& refusal) const {
    auto text = std::string(msg::word(refusal.code));
    if (refusal.item) text += fmt::format(", item {}", *refusal.item);
    if (refusal.stock) text += fmt::format(" has {}", *refusal.stock);
    if (refusal.price) text += fmt::format(" costs {}", *refusal.price);
    if (refusal.allowed) text += fmt::format(", {} allowed", *refusal.allowed);
    return text;
  }
  std::string operator()(const msg::ItemReply& reply) const { return item_text(reply.item); }
  std::string operator()(const msg::ItemsReply& reply) const { return list_text(reply.items, item_text); }
  std::string operator()(const msg::OrderReply& reply) const { return order_text(reply.order); }
  std::string operator()(const msg::OrdersReply& reply) const { return list_text(reply.orders, order_text); }
  std::string operator()(const msg::HoldReply& reply) const { return hold_text(reply.hold); }
  std::string operator()(const msg::HoldsReply& reply) const { return list_text(reply.holds, hold_text); }
  std::string operator()(const msg::EventsReply& reply) const {
    return fmt::format("{} blocks, mark {}", reply.blocks.size(), reply.mark);
  }
  std::string operator()(const msg::OutcomeReply& reply) const {
    if (reply.hold) return fmt::format("{} seq {}, {}", msg::word(reply.outcome), reply.seq, hold_text(*reply.hold));
    return reply.order ? order_text(*reply.order) : fmt::format("{} seq {}", msg::word(reply.outcome), reply.seq);
  }
};

}  // namespace

std::string describe(const Operation& operation, Time origin) {
  const auto end = end_of(operation);
  return fmt::format("client {:>3}  {:>12} .. {:>12} ms  {} -> {}", operation.client,
                     millis(operation.invoked - origin), end == kNever ? "?" : millis(end - origin),
                     std::visit(Asked{}, operation.request), std::visit(Answered{}, operation.answer));
}

}  // namespace history
