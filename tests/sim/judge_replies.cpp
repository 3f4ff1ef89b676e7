// Judge: finds the prefixes of the stream that agree with an answer other than a refusal.
#include <algorithm>

#include "msg/codec.h"
#include "msg/effects.h"
#include "tests/sim/judge.h"
#include "tests/sim/stores.h"

namespace sim {

// The least prefix from the floor on within [from, until]. An answer that holds only from `from` on must reveal it.
Judge::Least Judge::within(const Case& c, Prefix from, Prefix until) {
  if (from > *c.answer.header.seq) {
    wrong(c, fmt::format("it tells of seq {} and says that it reveals less", from));
    return std::nullopt;
  }
  const auto least = std::max(from, c.operation.floor);
  return least <= until ? Least(least) : std::nullopt;
}

Judge::Least Judge::agrees(const Case& c, const msg::Lookup& request, const msg::ItemReply& reply) {
  if (reply.at || reply.was || (request.item && reply.item.id != *request.item)) return std::nullopt;
  const auto* past = reference_.item(reply.item.id);
  if (!past) return std::nullopt;
  Prefix until;
  const auto* state = past->version(reply.item.version, &until);
  if (!state || *state != reply.item) return std::nullopt;
  if (!request.title) return within(c, reply.item.version, until);
  return when_listed(c, reply.item.version, until, [&](Prefix prefix) {
    const auto* found = reference_.titled(*request.title, prefix);
    return found && found->id == reply.item.id;
  });
}

// The least prefix within these bounds at which `holds` is true, which changes only with the events that add or edit
// items.
Judge::Least Judge::when_listed(const Case& c, Prefix from, Prefix until, const std::function<bool(Prefix)>& holds) {
  const auto least = within(c, from, until);
  if (!least || holds(*least)) return least;
  const auto& listings = reference_.listings();
  for (auto at = std::upper_bound(listings.begin(), listings.end(), *least); at != listings.end() && *at <= until;
       ++at) {
    if (holds(*at)) return within(c, *at, until);
  }
  return std::nullopt;
}

Judge::Least Judge::agrees(const Case& c, const msg::Search& request, const msg::ItemsReply& reply) {
  if (reply.at) return std::nullopt;
  Prefix from;
  Prefix until = Reference::kEver;
  for (const auto& item : reply.items) {
    const auto* past = reference_.item(item.id);
    Prefix last;
    const auto* state = past ? past->version(item.version, &last) : nullptr;
    if (!state || *state != item) return std::nullopt;
    from = std::max(from, item.version);
    until = std::min(until, last);
  }
  return when_listed(c, from, until, [&](Prefix prefix) { return shown_whole(request, reply, prefix); });
}

bool Judge::shown_whole(const msg::Search& search, const msg::ItemsReply& reply, Prefix prefix) const {
  const std::size_t limit = search.limit.value_or(msg::kPageDefault);
  std::vector<base::ItemId> all;
  for (const auto& [id, past] : reference_.items()) {
    const auto* item = past.at(prefix);
    const bool only_low = search.low.value_or(false);
    if (!item || (msg::is_retired(*item) && !search.retired.value_or(false) && !only_low)) continue;
    if (only_low && !reference_.told_low(id, prefix)) continue;
    if (search.after && id <= *search.after) continue;
    if (matches(search, *item)) all.push_back(id);
  }
  const bool more = all.size() > limit;
  all.resize(std::min(all.size(), limit));
  // A page may end early; then it says where the next page starts.
  if (reply.next ? reply.items.empty() || reply.items.back().id != *reply.next : more) return false;
  if (reply.next) all.resize(std::min(all.size(), reply.items.size()));
  return std::equal(all.begin(), all.end(), reply.items.begin(), reply.items.end(),
                    [](base::ItemId id, const msg::Item& item) { return id == item.id; });
}

const Effect* Judge::effect_of(const Case& c) {
  const auto key = key_of(c.operation.request);
  const auto* effect = reference_.effect(key);
  if (!effect) {
    world_.broken(fmt::format("G2: acknowledged, but not durable: {}", describe(c.operation)));
  } else if (!is_effect_of(effect->event, c.operation.request)) {
    world_.broken(fmt::format("G3: seq {} is another effect of the key than what was acknowledged: {}", effect->seq,
                              describe(c.operation)));
    return nullptr;
  }
  return effect;
}

bool Judge::is_by_rule(const msg::PlaceOrder& request, const Effect& effect) const {
  const auto& lines = std::get<msg::OrderPlaced>(effect.event.what).lines;
  std::map<base::ItemId, Shelf> shelves;
  const auto take = [&](const msg::OrderLine& line, const Shelf& parts) {
    for (const auto& [place, pieces] : parts) shelves[line.item][place] -= pieces;
  };
  for (const auto& line : lines) {
    if (const auto* past = reference_.item(line.item)) {
      if (const auto* before = past->at(Prefix(effect.seq.value() - 1))) shelves[line.item] = shelf_of(*before);
    }
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (request.lines[i].place) take(lines[i], parts_of(lines[i].quantity, lines[i].places));
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (request.lines[i].place) continue;
    const auto taken = taken_of(shelves[lines[i].item], lines[i].quantity);
    if (parts_of(lines[i].quantity, lines[i].places) != taken) return false;
    take(lines[i], taken);
  }
  return true;
}

Judge::Least Judge::agrees(const Case& c, const msg::PlaceOrder& request, const msg::OrderReply& reply) {
  const auto* effect = effect_of(c);
  if (!effect || reply.order.seq != effect->seq) return std::nullopt;
  if (request.type == msg::OrderType::kBuy && !is_by_rule(request, *effect)) return std::nullopt;
  const auto& order = reference_.orders()[std::get<msg::OrderPlaced>(effect->event.what).no.value() - 1];
  return reply.order == order ? within(c, effect->seq, Reference::kEver) : std::nullopt;
}

// The order as this cancellation left it, even if the request comes again much later.
Judge::Least Judge::agrees(const Case& c, const msg::Cancel& request, const msg::OrderReply& reply) {
  const auto* effect = effect_of(c);
  if (!effect || reply.order != reference_.order_at(request.no, effect->seq)) return std::nullopt;
  return within(c, effect->seq, Reference::kEver);
}

Judge::Least Judge::agrees(const Case& c, const msg::AddItems&, const msg::ItemsReply& reply) {
  const auto* effect = effect_of(c);
  if (!effect) return std::nullopt;
  const auto& added = std::get<msg::ItemsAdded>(effect->event.what).items;
  const auto same_id = [](const msg::ItemAdded& a, const msg::Item& b) { return a.id == b.id; };
  if (!std::equal(added.begin(), added.end(), reply.items.begin(), reply.items.end(), same_id)) return std::nullopt;
  return left(c, *effect, reply.items, reply.at);
}

Judge::Least Judge::agrees(const Case& c, const msg::ChangePrice& request, const msg::ItemReply& reply) {
  const auto* effect = effect_of(c);
  if (!effect || reply.item.id != request.item) return std::nullopt;
  const auto was = reply.at ? std::optional(std::get<msg::PriceChanged>(effect->event.what).was) : std::nullopt;
  if (reply.was != was) return std::nullopt;
  if (request.version && !had_version(request.item, *request.version, *effect)) return std::nullopt;
  return left(c, *effect, {reply.item}, reply.at);
}

Judge::Least Judge::agrees(const Case& c, const msg::Restock& request, const msg::ItemReply& reply) {
  const auto* effect = effect_of(c);
  if (!effect || reply.item.id != request.item || reply.was) return std::nullopt;
  if (request.version && !had_version(request.item, *request.version, *effect)) return std::nullopt;
  return left(c, *effect, {reply.item}, reply.at);
}

Judge::Least Judge::agrees(const Case& c, const msg::CountStock& request, const msg::ItemReply& reply) {
  const auto* effect = effect_of(c);
  if (!effect || reply.item.id != request.item || reply.was) return std::nullopt;
  const auto place = request.place.value_or("main") == "main" ? std::string() : *request.place;
  if (reply.at && shelf_of(reply.item)[place] != request.stock.value()) return std::nullopt;
  if (request.version && !had_version(request.item, *request.version, *effect)) return std::nullopt;
  return left(c, *effect, {reply.item}, reply.at);
}

Judge::Least Judge::agrees(const Case& c, const msg::Transfer& request, const msg::ItemReply& reply) {
  const auto* effect = effect_of(c);
  if (!effect || reply.item.id != request.item || reply.was) return std::nullopt;
  if (request.version && !had_version(request.item, *request.version, *effect)) return std::nullopt;
  return left(c, *effect, {reply.item}, reply.at);
}

// The newest one that is shown is the last one of the prefix; with it, all others follow.
Judge::Least Judge::agrees(const Case& c, const msg::ListMovements& request, const msg::MovementsReply& reply) {
  const auto& all = reference_.movements(request.item);
  if (all.empty()) return std::nullopt;
  const std::size_t limit = request.limit.value_or(msg::kPageDefault);
  const auto newest = reply.movements.empty() ? base::Seq() : reply.movements.front().seq;
  Prefix until = Reference::kEver;
  std::vector<msg::Movement> page;
  for (auto row = all.rbegin(); row != all.rend(); ++row) {
    if (request.before && row->seq >= *request.before) continue;
    if (row->seq > newest) {
      until = Prefix(row->seq.value() - 1);
    } else {
      page.push_back(*row);
    }
  }
  const bool more = page.size() > limit;
  page.resize(std::min(page.size(), limit));
  if (page != reply.movements || more != reply.next.has_value()) return std::nullopt;
  if (more && *reply.next != page.back().seq) return std::nullopt;
  if (more) world_.count("movements on several pages");
  return within(c, std::max(newest, all.front().seq), until);
}

Judge::Least Judge::agrees(const Case& c, const msg::EditItem& request, const msg::ItemReply& reply) {
  const auto* effect = effect_of(c);
  if (!effect || reply.item.id != request.item || reply.was) return std::nullopt;
  if (request.version && !had_version(request.item, *request.version, *effect)) return std::nullopt;
  if (!follows(std::get<msg::ItemEdited>(effect->event.what), request, *effect)) return std::nullopt;
  return left(c, *effect, {reply.item}, reply.at);
}

// An edit leaves everything that it does not name as it was right before.
bool Judge::follows(const msg::ItemEdited& edited, const msg::EditItem& request, const Effect& effect) const {
  const auto* past = reference_.item(request.item);
  const auto* before = past ? past->at(Prefix(effect.seq.value() - 1)) : nullptr;
  return before && (!edited.terms || *edited.terms == terms_after(before->terms.value_or(msg::Terms{}), request)) &&
         (!edited.attributes ||
          *edited.attributes == attributes_after(before->attributes.value_or(msg::Attributes()), request));
}

bool Judge::had_version(base::ItemId id, base::Seq version, const Effect& effect) const {
  const auto* past = reference_.item(id);
  const auto* before = past ? past->at(Prefix(effect.seq.value() - 1)) : nullptr;
  return before && before->version == version;
}

// The items as the change left them, even if the request comes again much later; or, if one of them was edited since,
// as they are now.
Judge::Least Judge::left(const Case& c, const Effect& effect, const std::vector<msg::Item>& items,
                         std::optional<std::int64_t> at) {
  if (!at) return left_since(c, effect, items);
  if (at != effect.event.at) return std::nullopt;
  for (const auto& item : items) {
    const auto* past = reference_.item(item.id);
    Prefix last;
    const auto* state = past ? past->version(effect.seq, &last) : nullptr;
    if (!state || *state != item) return std::nullopt;
  }
  return within(c, effect.seq, Reference::kEver);
}

Judge::Least Judge::left_since(const Case& c, const Effect& effect, const std::vector<msg::Item>& items) {
  auto from = effect.seq;
  auto until = Reference::kEver;
  bool is_edited = false;
  for (const auto& item : items) {
    const auto* past = reference_.item(item.id);
    Prefix last;
    const auto* state = past ? past->version(item.version, &last) : nullptr;
    if (!state || *state != item) return std::nullopt;
    from = std::max(from, item.version);
    until = std::min(until, last);
    is_edited = is_edited || item.edited.value_or(base::Seq()) > effect.seq;
  }
  return is_edited ? within(c, from, until) : std::nullopt;
}

Judge::Least Judge::agrees(const Case& c, const msg::GetOrder& request, const msg::OrderReply& reply) {
  const auto& orders = reference_.orders();
  if (!request.no || request.no.value() > orders.size()) return std::nullopt;
  // The order is shown with the first cancellations; the next one is later than the answer.
  const auto& all = reference_.cancelled(request.no);
  const auto shown = reply.order.cancellations ? reply.order.cancellations->size() : 0;
  if (shown > all.size()) return std::nullopt;
  const auto from = shown == 0 ? orders[request.no.value() - 1].seq : all[shown - 1].seq;
  if (reply.order != reference_.order_at(request.no, from)) return std::nullopt;
  return within(c, from, shown == all.size() ? Reference::kEver : Prefix(all[shown].seq.value() - 1));
}

Judge::Least Judge::agrees(const Case& c, const msg::ListOrders& request, const msg::OrdersReply& reply) {
  const std::size_t limit = request.limit.value_or(msg::kPageDefault);
  std::size_t shown = 0;
  Prefix from;
  Prefix until = Reference::kEver;
  for (const auto& order : reference_.orders()) {
    if (order.no <= request.after.value_or(base::OrderNo())) continue;
    if (request.customer && !same(order.customer, *request.customer)) continue;
    if (shown == reply.orders.size()) {
      // The first order that is not shown: it is later, or on the next page.
      if (reply.next || shown == limit) break;
      return within(c, from, std::min(until, Prefix(order.seq.value() - 1)));
    }
    const auto& told = reply.orders[shown++];
    const auto& all = reference_.cancelled(order.no);
    const auto cancelled = told.cancellations ? told.cancellations->size() : 0;
    if (cancelled > all.size()) return std::nullopt;
    const auto since = cancelled == 0 ? order.seq : all[cancelled - 1].seq;
    if (told != reference_.order_at(order.no, since)) return std::nullopt;
    from = std::max(from, since);
    if (cancelled < all.size()) until = std::min(until, Prefix(all[cancelled].seq.value() - 1));
  }
  return shown == reply.orders.size() ? within(c, from, until) : std::nullopt;
}

Judge::Least Judge::agrees(const Case& c, const msg::Outcome& request, const msg::OutcomeReply& reply) {
  const auto* effect = reference_.effect(request.key);
  if (!effect) {
    world_.broken(fmt::format("G2: an outcome that is not durable: {}", describe(c.operation)));
    return std::nullopt;
  }
  if (reply.seq != effect->seq) return std::nullopt;
  const auto no = msg::new_order_of(effect->event);
  const bool voided = std::holds_alternative<msg::KeyVoided>(effect->event.what);
  const auto kind = no ? msg::OutcomeKind::kOrder : voided ? msg::OutcomeKind::kVoid : msg::OutcomeKind::kChange;
  if (reply.outcome != kind) return std::nullopt;
  if (no && reply.order != reference_.orders()[no.value() - 1]) return std::nullopt;
  const bool is_of_hold = std::holds_alternative<msg::HoldPlaced>(effect->event.what) ||
                          std::holds_alternative<msg::HoldExtended>(effect->event.what) ||
                          std::holds_alternative<msg::HoldEnded>(effect->event.what);
  if (is_of_hold != reply.hold.has_value()) return std::nullopt;
  if (!reply.hold) return within(c, effect->seq, Reference::kEver);
  if (!shown(*reply.hold) || reply.hold->version < effect->seq) return std::nullopt;
  return within(c, reply.hold->version, Reference::kEver);
}

// The subscription as the change left it, or at some later moment; or without it, once it has ended.
Judge::Least Judge::subscription_after(const Case& c, const std::string& name, const msg::SubscriptionReply& reply) {
  const auto* effect = effect_of(c);
  if (!effect || reply.seq != effect->seq) return std::nullopt;
  const auto seq = effect->seq;
  if (reply.subscription) {
    const auto& told = *reply.subscription;
    const auto* state = reference_.subscription_at(name, told.version);
    if (!state || *state != told || told.id > seq || told.version < seq) return std::nullopt;
    return within(c, told.version, Reference::kEver);
  }
  for (const auto& [since, state] : reference_.subscriptions().at(name)) {
    if (since >= seq && !state) return within(c, since, Reference::kEver);
  }
  return std::nullopt;
}

Judge::Least Judge::agrees(const Case& c, const msg::Subscribe& request, const msg::SubscriptionReply& reply) {
  return subscription_after(c, request.name, reply);
}

Judge::Least Judge::agrees(const Case& c, const msg::Acknowledge& request, const msg::SubscriptionReply& reply) {
  return subscription_after(c, request.name, reply);
}

Judge::Least Judge::agrees(const Case& c, const msg::Unsubscribe& request, const msg::SubscriptionReply& reply) {
  return reply.subscription ? std::nullopt : subscription_after(c, request.name, reply);
}

// The answer names its prefix.
Judge::Least Judge::agrees(const Case& c, const msg::ListSubscriptions& request, const msg::SubscriptionsReply& reply) {
  std::vector<msg::Subscription> all;
  for (const auto& [name, past] : reference_.subscriptions()) {
    const auto* state = reference_.subscription_at(name, reply.last);
    if (state && name == request.name.value_or(name)) all.push_back(*state);
  }
  if (all != reply.subscriptions || (request.name && all.empty())) return std::nullopt;
  return within(c, reply.last, reply.last);
}

const msg::Hold* Judge::shown(const msg::Hold& hold) const {
  const auto* state = reference_.hold_at(hold.no, hold.version);
  return state && *state == hold ? state : nullptr;
}

// The hold as it was at the change, or at some later moment.
Judge::Least Judge::changed(const Case& c, base::HoldNo no, const msg::HoldReply& reply) {
  const auto* effect = effect_of(c);
  if (!effect || reply.hold.no != no || reply.hold.version < effect->seq || !shown(reply.hold)) return std::nullopt;
  return within(c, reply.hold.version, Reference::kEver);
}

Judge::Least Judge::agrees(const Case& c, const msg::PlaceHold& request, const msg::HoldReply& reply) {
  const auto* effect = effect_of(c);
  const auto* placed = effect ? std::get_if<msg::HoldPlaced>(&effect->event.what) : nullptr;
  if (!placed || placed->expires != effect->event.at + request.ttl) return std::nullopt;
  return changed(c, placed->hold, reply);
}

Judge::Least Judge::agrees(const Case& c, const msg::ConfirmHold&, const msg::OrderReply& reply) {
  const auto* effect = effect_of(c);
  if (!effect || reply.order.seq != effect->seq) return std::nullopt;
  const auto no = msg::new_order_of(effect->event);
  return no && reply.order == reference_.orders()[no.value() - 1] ? within(c, effect->seq, Reference::kEver)
                                                                  : std::nullopt;
}

Judge::Least Judge::agrees(const Case& c, const msg::ExtendHold& request, const msg::HoldReply& reply) {
  const auto* effect = effect_of(c);
  const auto* extended = effect ? std::get_if<msg::HoldExtended>(&effect->event.what) : nullptr;
  if (!extended || extended->expires != std::max(extended->was, effect->event.at + request.ttl)) return std::nullopt;
  return changed(c, request.hold, reply);
}

Judge::Least Judge::agrees(const Case& c, const msg::ReleaseHold& request, const msg::HoldReply& reply) {
  return changed(c, request.hold, reply);
}

Judge::Least Judge::agrees(const Case& c, const msg::GetHold& request, const msg::HoldReply& reply) {
  const auto* states = reference_.hold(request.hold);
  if (!states || reply.hold.no != request.hold || !shown(reply.hold)) return std::nullopt;
  auto until = Reference::kEver;
  for (const auto& state : *states) {
    if (state.version > reply.hold.version) until = std::min(until, Prefix(state.version.value() - 1));
  }
  return within(c, reply.hold.version, until);
}

// The list changes only with the events of holds, so these are the prefixes to try.
Judge::Least Judge::agrees(const Case& c, const msg::ListHolds& request, const msg::HoldsReply& reply) {
  if (lists(request, reply, c.operation.floor)) return within(c, c.operation.floor, Reference::kEver);
  const auto& changes = reference_.hold_events();
  for (auto at = std::upper_bound(changes.begin(), changes.end(), c.operation.floor); at != changes.end(); ++at) {
    if (lists(request, reply, *at)) return within(c, *at, Reference::kEver);
  }
  return std::nullopt;
}

bool Judge::lists(const msg::ListHolds& request, const msg::HoldsReply& reply, Prefix prefix) const {
  const std::size_t limit = request.limit.value_or(msg::kPageDefault);
  std::vector<msg::Hold> open;
  for (const auto& [no, states] : reference_.holds()) {
    const auto* hold = reference_.hold_at(no, prefix);
    if (!hold || hold->state != msg::HoldState::kOpen || no <= request.after.value_or(base::HoldNo())) continue;
    if (!request.customer || same(hold->customer, *request.customer)) open.push_back(*hold);
  }
  const bool more = open.size() > limit;
  open.resize(std::min(open.size(), limit));
  return open == reply.holds && more == reply.next.has_value() && (!more || *reply.next == open.back().no);
}

// The page holds whole blocks, as they are on the disk, and skips only trimmed ones. After a client has seen an event,
// nobody may read a state before it. If the page has no block, no event from `from` on had been acknowledged.
Judge::Least Judge::agrees(const Case& c, const msg::Events& request, const msg::EventsReply& reply) {
  if (reply.blocks.empty()) {
    if (request.from > reference_.durable().next()) world_.count("events of the future");
    const bool hides = reply.mark < c.operation.floor || reply.mark >= request.from;
    return hides ? std::nullopt : within(c, reply.mark, Prefix(request.from.value() - 1));
  }
  Prefix last;
  for (const auto& bytes : reply.blocks) {
    const auto ends_before = [](const Disk::Row& row, base::Seq seq) { return row.last < seq; };
    const auto next = last ? last.next() : std::max(request.from, first_kept(bytes.bytes));
    const auto row = std::lower_bound(disk_.rows.begin(), disk_.rows.end(), next, ends_before);
    if (!last && row != disk_.rows.end() && row->first > request.from) world_.count("events of the trimmed past");
    if (row == disk_.rows.end() || row->bytes != bytes.bytes) return std::nullopt;
    last = row->last;
  }
  if (reply.mark < last) return std::nullopt;
  return within(c, reply.mark, Reference::kEver);
}

// The seq at which a page may begin although an earlier one was asked for, because earlier events were trimmed.
Prefix Judge::first_kept(base::BytesView bytes) const {
  const auto block = msg::decode_block(bytes);
  return block ? std::min(block->first, begins_) : Prefix();
}

}  // namespace sim
