#include "history/asked.h"

#include <fmt/format.h>

#include <set>

#include "history/keys.h"
#include "history/rules.h"
#include "history/shelves.h"
#include "history/values.h"
#include "msg/block.h"

namespace history {
namespace {

base::Seq revealed(const Operation& operation) {
  base::Seq last;
  for (const auto* item : items_shown(operation)) last = std::max(last, item->version);
  for (const auto* order : orders_shown(operation)) last = std::max(last, last_seq(*order));
  for (const auto* hold : holds_shown(operation)) last = std::max(last, hold->version);
  if (const auto* outcome = std::get_if<msg::OutcomeReply>(&operation.answer)) last = std::max(last, outcome->seq);
  return last;
}

base::Quantity at_place(const msg::Item& item, const std::string& place) {
  const auto shelf = shelf_of(item.places);
  const auto found = shelf.find(place);
  if (place != msg::kMainPlace) return found == shelf.end() ? base::Quantity() : found->second;
  auto there = item.stock;
  for (const auto& [name, pieces] : shelf) there -= pieces;
  return there;
}

// True if the item has the terms of this edit, or those of its rules that are named.
bool has_rules(const msg::Item& item, const msg::EditItem& edit) {
  if (!edit.terms) return true;
  const auto terms = item.terms.value_or(msg::Terms{});
  if (!edit.rules) return *edit.terms == terms;
  const auto is_same = [&](const auto& field) {
    const bool is_named = std::find(edit.rules->begin(), edit.rules->end(), field.name) != edit.rules->end();
    return !is_named || (*edit.terms).*(field.member) == terms.*(field.member);
  };
  return std::apply([&](const auto&... each) { return (is_same(each) && ...); }, msg::Terms::fields());
}

bool has_attributes(const msg::Item& item, const msg::EditItem& edit) {
  const auto attributes = item.attributes.value_or(msg::Attributes());
  const auto changes = edit.attributes.value_or(msg::AttributeChanges());
  return std::all_of(changes.begin(), changes.end(), [&](const auto& change) {
    const auto found = attributes.find(change.first);
    return change.second ? found != attributes.end() && found->second == *change.second : found == attributes.end();
  });
}

class Exchange : private Objections {
 public:
  Exchange(const Operations& operations, Index index, Findings& findings)
      : Objections(index, findings), operation_(operations[index]) {}

  using Objections::is_within_limits;

  void judge() {
    marked();
    if (!is_definite(operation_)) return;
    if (operation_.seq && operation_.seq < revealed(operation_)) {
      wrong(fmt::format("the header says that the answer reveals seq {}, the body tells of seq {}", operation_.seq,
                        revealed(operation_)));
    }
    if (const auto* refusal = refusal_of(operation_)) return refused(*refusal);
    if (is_valid(operation_.request) == Truth::kNo) beyond("a request that is not valid was answered");
    for (const auto* item : items_shown(operation_)) check_values(*item, *this);
    for (const auto* order : orders_shown(operation_)) check_values(*order, *this);
    for (const auto* hold : holds_shown(operation_)) check_values(*hold, *this);
    std::visit([this](const auto& request, const auto& answer) { answers(request, answer); }, operation_.request,
               operation_.answer);
  }

 private:
  void marked();
  void refused(const msg::Refusal& refusal);
  bool names_what_was_asked(const msg::Refusal& refusal) const;
  void sold_out(const msg::Refusal& refusal);
  void price_changed(const msg::Refusal& refusal);

  template <class Request, class Answer>
  requires(!std::is_same_v<Answer, typename Request::Reply>) void answers(const Request&, const Answer&) {
    beyond("the answer is of another kind than the request");
  }
  void answers(const msg::Lookup& lookup, const msg::ItemReply& reply) {
    demand(!reply.at && !reply.was, "a look-up changes nothing", reply.item.id);
    demand(!lookup.item || *lookup.item == reply.item.id, "another item was looked up", reply.item.id);
    demand(!lookup.title || same_text(*lookup.title, reply.item.title), "another title was looked up", reply.item.id);
    demand(!lookup.title || !msg::is_retired(reply.item), "a look-up by title shows a retired item", reply.item.id);
  }
  void answers(const msg::Search& search, const msg::ItemsReply& reply) {
    demand(!reply.at, "a search changes nothing");
    for (const auto& item : reply.items) {
      const bool may_be_retired = search.retired.value_or(false) || search.low.value_or(false);
      demand(may_be_retired || !msg::is_retired(item), "a search shows a retired item", item.id);
    }
    page(search.after, search.limit, reply.items, reply.next, [](const msg::Item& item) { return item.id; });
  }
  void answers(const msg::PlaceOrder&, const msg::OrderReply& reply) {  // keys.h
    demand(!reply.order.cancellations, "an order is answered as it was placed");
  }
  void answers(const msg::Cancel& cancel, const msg::OrderReply& reply) {
    const auto& all = reply.order.cancellations;
    demand(cancel.no == reply.order.no, "another order was to be cancelled");
    demand(all && !all->empty() && all->back().key == cancel.key,
           "the last cancellation is not the one that was asked for");
  }
  void answers(const msg::PlaceHold& place, const msg::HoldReply& reply) {
    demand(reply.hold.key == place.key, "the hold of another key is shown");
    demand(fits(place, reply.hold), "another hold was to be placed");
  }
  void answers(const msg::ConfirmHold& confirm, const msg::OrderReply& reply) {
    demand(!reply.order.cancellations, "an order is answered as it was placed");
    demand(fits(confirm, reply.order), "other pieces were to be confirmed");
  }
  void answers(const msg::ExtendHold& extend, const msg::HoldReply& reply) {
    demand(extend.hold == reply.hold.no, "another hold was to be extended");
    demand(reply.hold.version > reply.hold.seq && reply.hold.expires >= reply.hold.at + extend.ttl,
           "a hold is shown as it was before it was extended");
  }
  void answers(const msg::ReleaseHold& release, const msg::HoldReply& reply) {
    demand(release.hold == reply.hold.no, "another hold was to be released");
    demand(reply.hold.state == msg::HoldState::kReleased, "a hold was released and is not");
  }
  void answers(const msg::GetHold& get, const msg::HoldReply& reply) {
    demand(get.hold == reply.hold.no, "another hold was asked for");
  }
  void answers(const msg::ListHolds& list, const msg::HoldsReply& reply) {
    page(list.after, list.limit, reply.holds, reply.next, [](const msg::Hold& hold) { return hold.no; });
    for (const auto& hold : reply.holds) {
      demand(hold.state == msg::HoldState::kOpen, "a hold on the page is not open");
      demand(!list.customer || same_text(hold.customer, *list.customer), "a hold of another customer is on the page");
    }
  }
  void answers(const msg::AddItems& add, const msg::ItemsReply& reply);
  void answers(const msg::ChangePrice& change, const msg::ItemReply& reply) {
    demand(change.item == reply.item.id, "the price of another item was to change", reply.item.id);
  }
  void answers(const msg::Restock& restock, const msg::ItemReply& reply) {
    demand(!reply.was, "a restock changes no price", reply.item.id);
    demand(restock.item == reply.item.id, "the stock of another item was to change", reply.item.id);
  }
  void answers(const msg::CountStock& count, const msg::ItemReply& reply) {
    demand(!reply.was, "a count changes no price", reply.item.id);
    demand(count.item == reply.item.id, "another item was counted", reply.item.id);
    const auto& item = reply.item;
    demand(!reply.at || at_place(item, place_of(operation_.request)) == count.stock, "another number was counted",
           item.id);
  }
  void answers(const msg::Transfer& transfer, const msg::ItemReply& reply) {
    demand(!reply.was, "a transfer changes no price", reply.item.id);
    demand(transfer.item == reply.item.id, "another item was to be transferred", reply.item.id);
    demand(!reply.at || at_place(reply.item, place_of(operation_.request)) >= transfer.quantity,
           "fewer pieces were transferred", reply.item.id);
  }
  void answers(const msg::EditItem& edit, const msg::ItemReply& reply) {
    const auto& item = reply.item;
    demand(!reply.was, "an edit changes no price", item.id);
    demand(edit.item == item.id, "another item was edited", item.id);
    if (!reply.at) return;
    const bool is_as_asked =
        edit.title.value_or(item.title) == item.title && edit.topic.value_or(item.topic) == item.topic &&
        edit.retired.value_or(msg::is_retired(item)) == msg::is_retired(item) && has_rules(item, edit) &&
        edit.description.value_or(item.description.value_or("")) == item.description.value_or("") &&
        (!edit.topics || *edit.topics == item.topics.value_or(msg::Topics())) && has_attributes(item, edit) &&
        edit.low.value_or(item.low.value_or(msg::kNoLow)) == item.low.value_or(msg::kNoLow);
    demand(is_as_asked && item.edited == item.version, "an item is not as it was to be edited", item.id);
  }
  void answers(const msg::GetOrder& get, const msg::OrderReply& reply) {
    demand(get.no == reply.order.no, "another order was asked for");
  }
  void answers(const msg::ListOrders& list, const msg::OrdersReply& reply) {
    page(list.after, list.limit, reply.orders, reply.next, [](const msg::Order& order) { return order.no; });
    for (const auto& order : reply.orders) {
      demand(!list.customer || same_text(order.customer, *list.customer),
             "an order of another customer is on the page");
    }
  }
  void answers(const msg::Outcome&, const msg::OutcomeReply& reply) {
    demand(!reply.hold || (reply.outcome == msg::OutcomeKind::kChange && reply.hold->version >= reply.seq),
           "an outcome shows a hold that its key did not change");
    demand(reply.order.has_value() == (reply.outcome == msg::OutcomeKind::kOrder),
           "an outcome has an order exactly if it is one");
    demand(reply.seq.value() > 0, "an outcome has no seq");
    demand(!reply.order || !reply.order->cancellations, "an order is answered as it was placed");
  }
  void answers(const msg::Events& events, const msg::EventsReply& reply);

  template <class Id, class Row, class IdOf>
  void page(const std::optional<Id>& after, const std::optional<std::uint32_t>& limit, const std::vector<Row>& rows,
            const std::optional<Id>& next, IdOf id_of) {
    auto last = after.value_or(Id());
    for (const auto& row : rows) {
      demand(id_of(row) > last, "a page does not ascend");
      last = id_of(row);
    }
    demand(rows.size() <= limit.value_or(msg::kPageDefault), "a page is longer than its limit");
    demand(!next || *next >= last, "the next page would begin before the end of this one");
  }

  const Operation& operation_;
};

void Exchange::marked() {
  if (!operation_.stale_ms) return;
  const bool may_be = std::holds_alternative<msg::Lookup>(operation_.request) ||
                      std::holds_alternative<msg::Search>(operation_.request) ||
                      std::holds_alternative<msg::Events>(operation_.request);
  if (!operation_.stale_ok_ms || !may_be) return wrong("the answer is marked as old, and nobody allowed that");
  if (*operation_.stale_ms > *operation_.stale_ok_ms) {
    wrong(
        fmt::format("the answer may be {} ms old, {} ms were allowed", *operation_.stale_ms, *operation_.stale_ok_ms));
  }
}

void Exchange::refused(const msg::Refusal& refusal) {
  if (!may_be_refused_with(operation_.request, refusal.code)) {
    return wrong(fmt::format("this request cannot be refused with {}", msg::word(refusal.code)), refusal.item);
  }
  if (!msg::is_business(refusal.code)) return;
  if (is_valid(operation_.request) == Truth::kNo)
    return beyond("a request that is not valid was not refused as invalid");
  using msg::Code;
  demand(refusal.stock.has_value() == (refusal.code == Code::kOutOfStock),
         "a refusal tells a stock exactly if it is sold out");
  demand(refusal.price.has_value() == (refusal.code == Code::kPriceChanged),
         "a refusal tells a price exactly if it changed");
  demand(!refusal.version || refusal.code == Code::kVersionChanged, "a refusal tells a version only if it changed");
  demand(!refusal.version || refusal.version != expected_version(operation_.request),
         "the version that was expected is the one that is told", refusal.item);
  demand(!refusal.allowed || refusal.code == Code::kLimit, "a refusal tells what is allowed only if it is a limit");
  demand((!refusal.from && !refusal.until) || refusal.code == Code::kNotForSale,
         "a refusal tells when an item is for sale only if it is not");
  demand(!refusal.expected, "a refusal between processes went to a client");
  if (!names_what_was_asked(refusal)) wrong("the refusal is about another item than the request", refusal.item);
  if (refusal.code == Code::kOutOfStock && refusal.stock) sold_out(refusal);
  if (refusal.code == Code::kPriceChanged && refusal.price) price_changed(refusal);
}

// Returns whether any prices, or the ones that the request expects, make the total too great.
bool may_pass_total(const msg::PlaceOrder& place) {
  std::int64_t most = 0;
  for (const auto& line : place.lines) {
    most += line.price.value_or(msg::Cents(msg::kPriceMaxCents)).value() * line.quantity.value();
  }
  return most > msg::kTotalMaxCents;
}

// Returns whether pieces may come from too many places.
bool may_be_split(const msg::PlaceOrder& place) {
  std::set<msg::ItemId> items;
  for (const auto& line : place.lines) items.insert(line.item);
  return place.type == msg::OrderType::kBuy && items.size() * msg::kPlacesMax + place.lines.size() > msg::kPortionsMax;
}

// A refusal must name the item if the request has several; with a single one it may leave it out.
bool Exchange::names_what_was_asked(const msg::Refusal& refusal) const {
  const auto is_it = [&](const std::optional<msg::ItemId>& only) { return !refusal.item || refusal.item == only; };
  const bool is_of_the_key = refusal.code == msg::Code::kKeyReused || refusal.code == msg::Code::kKeyVoided;
  if (is_of_the_key || refusal.code == msg::Code::kUnauthenticated) return !refusal.item;
  if (const auto* lookup = std::get_if<msg::Lookup>(&operation_.request)) return is_it(lookup->item);
  if (const auto* change = std::get_if<msg::ChangePrice>(&operation_.request)) return is_it(change->item);
  if (const auto* restock = std::get_if<msg::Restock>(&operation_.request)) return is_it(restock->item);
  if (const auto* count = std::get_if<msg::CountStock>(&operation_.request)) return is_it(count->item);
  if (const auto* transfer = std::get_if<msg::Transfer>(&operation_.request)) return is_it(transfer->item);
  if (const auto* edit = std::get_if<msg::EditItem>(&operation_.request)) return is_it(edit->item);
  if (const auto* cancel = std::get_if<msg::Cancel>(&operation_.request)) {
    if (refusal.code == msg::Code::kLimit && !refusal.item) return true;  // of the number of cancellations
    if (refusal.code == msg::Code::kLimit && !cancel->lines) return true;
    if (refusal.code != msg::Code::kLimit && refusal.code != msg::Code::kMoreThanRemains) return !refusal.item;
    return std::any_of(cancel->lines->begin(), cancel->lines->end(),
                       [&](const msg::CancelLine& line) { return refusal.item == line.item; });
  }
  const auto is_of = [&](const auto& lines) {
    return std::any_of(lines.begin(), lines.end(), [&](const auto& line) { return refusal.item == line.item; });
  };
  if (const auto* hold = std::get_if<msg::PlaceHold>(&operation_.request)) {
    return refusal.code == msg::Code::kLimit && !refusal.allowed ? !refusal.item : is_of(hold->lines);
  }
  if (const auto* confirm = std::get_if<msg::ConfirmHold>(&operation_.request)) {
    return refusal.code == msg::Code::kMoreThanRemains ? is_of(*confirm->lines) : !refusal.item;
  }
  if (const auto* place = std::get_if<msg::PlaceOrder>(&operation_.request)) {
    // Without an item, the total is meant, or the number of places.
    if (refusal.code == msg::Code::kLimit && !refusal.item) return may_pass_total(*place) || may_be_split(*place);
    // The stock of an item limits what is sold to the store, and its terms of sale what is bought.
    const bool buys = place->type == msg::OrderType::kBuy;
    if (refusal.code == msg::Code::kLimit && refusal.allowed.has_value() != buys) return false;
    return is_of(place->lines);
  }
  const auto* add = std::get_if<msg::AddItems>(&operation_.request);
  if (!add) return !refusal.item;
  if (refusal.code == msg::Code::kLimit && refusal.item) return false;  // it means that no id is left to choose
  return std::any_of(add->items.begin(), add->items.end(),
                     [&](const msg::NewItem& item) { return refusal.item == item.id; });
}

void Exchange::sold_out(const msg::Refusal& refusal) {
  if (std::holds_alternative<msg::CountStock>(operation_.request)) return;  // what holds keep is not told
  const auto item = item_of(operation_, refusal);
  const auto* transfer = std::get_if<msg::Transfer>(&operation_.request);
  if (transfer) return demand(transfer->quantity > *refusal.stock, "as many as were to be moved are there", item);
  demand(item && -moved_by(operation_.request, *item) > *refusal.stock, "as many as were asked for are left", item);
}

void Exchange::price_changed(const msg::Refusal& refusal) {
  const auto* hold = std::get_if<msg::PlaceHold>(&operation_.request);
  const auto& lines = hold ? hold->lines : std::get<msg::PlaceOrder>(operation_.request).lines;
  const bool differs = std::any_of(lines.begin(), lines.end(), [&](const msg::DemandLine& line) {
    return line.item == refusal.item && line.price && *line.price != *refusal.price;
  });
  demand(differs, "no line expects another price than the one that is told", refusal.item);
}

// The ids that the store chooses are greater than those of the request, and rise (PROTOCOL 4).
void Exchange::answers(const msg::AddItems& add, const msg::ItemsReply& reply) {
  demand(!reply.next, "an addition has no next page");
  if (add.items.size() != reply.items.size()) return wrong("other items were to be added");
  msg::ItemId last;
  for (const auto& item : add.items) last = std::max(last, item.id.value_or(msg::ItemId()));
  for (std::size_t i = 0; i < add.items.size(); ++i) {
    const auto& wanted = add.items[i];
    const auto& item = reply.items[i];
    // A repetition shows an item that was edited since as it is now.
    const bool is_as_asked = item.edited || (wanted.title == item.title && wanted.topic == item.topic &&
                                             wanted.description == item.description && wanted.topics == item.topics &&
                                             wanted.attributes == item.attributes);
    const bool is = (!wanted.id || *wanted.id == item.id) && is_as_asked && !(item.edited && reply.at);
    demand(is, "another item was to be added", item.id);
    if (wanted.id) continue;
    demand(item.id > last, "an id that was chosen is not after the greatest", item.id);
    last = item.id;
  }
}

void Exchange::answers(const msg::Events& events, const msg::EventsReply& reply) {
  demand(!reply.blocks.empty() || reply.mark < events.from, "there is an event to show, and none is shown");
  std::optional<msg::Block> last;
  for (const auto& bytes : reply.blocks) {
    auto block = msg::decode_block(bytes.bytes);
    if (!block) return wrong("a block cannot be read: " + block.error().message);
    demand(msg::decode_events(block->events.bytes, block->count).has_value(), "a block's events cannot be read");
    demand(block->last() >= events.from && block->last() <= reply.mark,
           "a block is shown that was not asked for, or is beyond the mark");
    const bool follows =
        !last || (block->first == last->last().next() && block->no == last->no.next() && block->prev == last->hash);
    demand(follows, "a block does not follow the one before it");
    last = std::move(*block);
  }
}

}  // namespace

bool check_asked(const Operations& operations, Findings& findings) {
  bool all_within = true;
  for (Index index = 0; index < operations.size(); ++index) {
    Exchange exchange(operations, index, findings);
    exchange.judge();
    all_within = all_within && exchange.is_within_limits();
  }
  return all_within;
}

}  // namespace history
