#include "tests/sim/judge.h"

#include <algorithm>

#include "msg/codec.h"
#include "tests/sim/stores.h"

namespace sim {

Judge::Judge(World& world, const Disk& disk)
    : world_(world),
      disk_(disk),
      reference_(world, disk, [this](const std::string& key, const Effect& effect) { on_effect(key, effect); }) {}

void Judge::invoked(Operation& operation) {
  reference_.read();
  operation.no = ++operations_;
  operation.invoked = world_.now();
  operation.floor = floor_;
  operation.durable = reference_.durable();
  if (const auto key = key_of(operation.request); !key.empty()) {
    const auto entry = asked_.try_emplace(key, Asked{operation.durable, {}}).first;
    entry->second.uses.push_back({operation.no, operation.request});
  }
  if (world_.telling()) world_.tell("invoke {}", describe(operation));
}

void Judge::answered(const Operation& operation, const client::Answer& answer) {
  reference_.read();
  if (world_.verdict()) return;
  ++answers_;
  const Case c{operation, answer};
  end_use(c);
  if (world_.telling()) world_.tell("answer #{} {}", operation.no, describe(answer, operation.request));
  if (answer.refusal && !msg::is_business(answer.refusal->code)) return indefinite(c);
  if (answer.header.stale_ms && operation.options.stale_ok_ms) return world_.count("stale answers, marked");
  if (answer.header.stale_ms) return wrong(c, "nobody allowed a stale answer");
  if (!answer.header.seq || *answer.header.seq > reference_.durable()) {
    return wrong(c, fmt::format("it reveals what is not durable: {}", reference_.durable()));
  }
  const auto least = judge(c);
  if (world_.verdict()) return;
  if (!least) return wrong(c, "no prefix agrees with it");
  if (*least > reference_.durable()) return wrong(c, fmt::format("it is from prefix {}, not durable yet", *least));
  floor_ = std::max(floor_, *least);
}

// No promise about the shop, but it must be an answer that this request may get.
void Judge::indefinite(const Case& c) {
  const auto code = c.answer.refusal->code;
  const bool is_write = !key_of(c.operation.request).empty();
  ++failures_;
  world_.count(fmt::format("answer {}", msg::word(code)));
  const bool nothing_happened = code == msg::Code::kBusy || code == msg::Code::kUnavailable;
  if (!nothing_happened && !(is_write && code == msg::Code::kUnknown)) wrong(c, "this request cannot be refused so");
}

void Judge::wrong(const Case& c, const std::string& why) {
  world_.broken(fmt::format("G4: {}\n    {}\n    answered: {}", why, describe(c.operation),
                            describe(c.answer, c.operation.request)));
}

void Judge::on_effect(const std::string& key, const Effect& effect) {
  const auto asked = asked_.find(key);
  if (asked == asked_.end()) return world_.broken(fmt::format("G3: key {} took effect, nobody used it", key));
  if (std::holds_alternative<msg::KeyVoided>(effect.event.what)) return;
  const auto& uses = asked->second.uses;
  const auto is_it = [&](const Use& use) { return !use.over && is_effect_of(effect.event, use.request); };
  if (std::none_of(uses.begin(), uses.end(), is_it)) {
    return world_.broken(fmt::format("G3: seq {}: nobody waits for this effect of key {}: {}\n    asked was: {}",
                                     effect.seq, key, describe(effect.event), describe(uses.front().request)));
  }
  if (effect.seq <= asked->second.durable) {
    world_.broken(fmt::format("G3: key {} took effect at seq {}, before it was used", key, effect.seq));
  }
}

// `unknown` is the only answer after which the request may still have its effect.
void Judge::end_use(const Case& c) {
  const auto key = key_of(c.operation.request);
  if (key.empty() || (c.answer.refusal && c.answer.refusal->code == msg::Code::kUnknown)) return;
  for (auto& use : asked_.at(key).uses) {
    if (use.operation == c.operation.no) use.over = true;
  }
}

Judge::Least Judge::judge(const Case& c) {
  if (c.answer.refusal) return refusal(c, *c.answer.refusal);
  return std::visit([&](const auto& request) { return judge_reply(c, request); }, c.operation.request);
}

template <class R>
Judge::Least Judge::judge_reply(const Case& c, const R& request) {
  const auto reply = msg::decode<typename R::Reply>(c.answer.body);
  if (!reply) {
    wrong(c, "the answer cannot be read");
    return std::nullopt;
  }
  return agrees(c, request, *reply);
}

// The least prefix from the floor on within [from, until]. What holds only from `from` on must have been revealed.
Judge::Least Judge::within(const Case& c, Prefix from, Prefix until) {
  if (from > *c.answer.header.seq) {
    wrong(c, fmt::format("it tells of seq {} and says that it reveals less", from));
    return std::nullopt;
  }
  const auto least = std::max(from, c.operation.floor);
  return least <= until ? Least(least) : std::nullopt;
}

Judge::Least Judge::agrees(const Case& c, const msg::Lookup& request, const msg::ItemReply& reply) {
  if (request.item && reply.item.id != *request.item) return std::nullopt;
  const auto* past = reference_.item(reply.item.id);
  if (!past || (request.title && reference_.titled(*request.title) != past)) return std::nullopt;
  Prefix until;
  const auto* state = past->version(reply.item.version, &until);
  if (!state || *state != reply.item) return std::nullopt;
  return within(c, reply.item.version, until);
}

Judge::Least Judge::agrees(const Case& c, const msg::Search& request, const msg::ItemsReply& reply) {
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
  // Items are only ever added, so if the least prefix shows one too many, all later ones do.
  const auto least = within(c, from, until);
  return least && shown_whole(request, reply, *least) ? least : std::nullopt;
}

bool Judge::shown_whole(const msg::Search& search, const msg::ItemsReply& reply, Prefix prefix) const {
  const std::size_t limit = search.limit.value_or(msg::kPageDefault);
  std::vector<base::ItemId> all;
  for (const auto& [id, past] : reference_.items()) {
    const bool there = past.at(prefix) && (!search.after || id > *search.after);
    if (there && matches(search, past.title, past.topic)) all.push_back(id);
  }
  const bool more = all.size() > limit;
  all.resize(std::min(all.size(), limit));
  // A page may end early; then it says where the next one starts.
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

Judge::Least Judge::agrees(const Case& c, const msg::PlaceOrder&, const msg::OrderReply& reply) {
  const auto* effect = effect_of(c);
  if (!effect || reply.order.seq != effect->seq) return std::nullopt;
  const auto& order = reference_.orders()[std::get<msg::OrderPlaced>(effect->event.what).no.value() - 1];
  return reply.order == order ? within(c, effect->seq, Reference::kEver) : std::nullopt;
}

Judge::Least Judge::agrees(const Case& c, const msg::AddItems&, const msg::ItemsReply& reply) {
  const auto* effect = effect_of(c);
  if (!effect) return std::nullopt;
  const auto& added = std::get<msg::ItemsAdded>(effect->event.what).items;
  const auto same_id = [](const msg::ItemAdded& a, const msg::Item& b) { return a.id == b.id; };
  if (!std::equal(added.begin(), added.end(), reply.items.begin(), reply.items.end(), same_id)) return std::nullopt;
  return changed(c, *effect, reply.items);
}

Judge::Least Judge::agrees(const Case& c, const msg::ChangePrice& request, const msg::ItemReply& reply) {
  const auto* effect = effect_of(c);
  return effect && reply.item.id == request.item ? changed(c, *effect, {reply.item}) : std::nullopt;
}

Judge::Least Judge::agrees(const Case& c, const msg::Restock& request, const msg::ItemReply& reply) {
  const auto* effect = effect_of(c);
  return effect && reply.item.id == request.item ? changed(c, *effect, {reply.item}) : std::nullopt;
}

// The items as the change left them, or, asked again later, as they are now.
Judge::Least Judge::changed(const Case& c, const Effect& effect, const std::vector<msg::Item>& items) {
  bool as_it_left_them = true;
  Prefix from = effect.seq;
  Prefix until = Reference::kEver;
  for (const auto& item : items) {
    const auto* past = reference_.item(item.id);
    Prefix last;
    const auto* state = past ? past->version(item.version, &last) : nullptr;
    if (!state || *state != item || item.version < effect.seq) return std::nullopt;
    as_it_left_them = as_it_left_them && item.version == effect.seq;
    from = std::max(from, item.version);
    until = std::min(until, last);
  }
  return within(c, from, as_it_left_them ? Reference::kEver : until);
}

Judge::Least Judge::agrees(const Case& c, const msg::GetOrder& request, const msg::OrderReply& reply) {
  const auto& orders = reference_.orders();
  if (!request.no || request.no.value() > orders.size()) return std::nullopt;
  const auto& order = orders[request.no.value() - 1];
  return reply.order == order ? within(c, order.seq, Reference::kEver) : std::nullopt;
}

Judge::Least Judge::agrees(const Case& c, const msg::ListOrders& request, const msg::OrdersReply& reply) {
  const std::size_t limit = request.limit.value_or(msg::kPageDefault);
  std::size_t shown = 0;
  Prefix from;
  for (const auto& order : reference_.orders()) {
    if (order.no <= request.after.value_or(base::OrderNo())) continue;
    if (request.customer && order.customer != *request.customer) continue;
    if (shown == reply.orders.size()) {
      // The first that is not shown: it came later, or it is on the next page.
      if (reply.next || shown == limit) break;
      return within(c, from, Prefix(order.seq.value() - 1));
    }
    if (reply.orders[shown++] != order) return std::nullopt;
    from = order.seq;
  }
  return shown == reply.orders.size() ? within(c, from, Reference::kEver) : std::nullopt;
}

Judge::Least Judge::agrees(const Case& c, const msg::Outcome& request, const msg::OutcomeReply& reply) {
  const auto* effect = reference_.effect(request.key);
  if (!effect) {
    world_.broken(fmt::format("G2: an outcome that is not durable: {}", describe(c.operation)));
    return std::nullopt;
  }
  if (reply.seq != effect->seq) return std::nullopt;
  const auto* placed = std::get_if<msg::OrderPlaced>(&effect->event.what);
  const bool voided = std::holds_alternative<msg::KeyVoided>(effect->event.what);
  const auto kind = placed ? msg::OutcomeKind::kOrder : voided ? msg::OutcomeKind::kVoid : msg::OutcomeKind::kChange;
  if (reply.outcome != kind) return std::nullopt;
  if (placed && reply.order != reference_.orders()[placed->no.value() - 1]) return std::nullopt;
  return within(c, effect->seq, Reference::kEver);
}

// Whole blocks, as they are on the disk, none skipped. Who sees an event must not read a state before it.
Judge::Least Judge::agrees(const Case& c, const msg::Events& request, const msg::EventsReply& reply) {
  Prefix last;
  for (const auto& bytes : reply.blocks) {
    const auto ends_before = [](const Disk::Row& row, base::Seq seq) { return row.last < seq; };
    const auto next = last ? last.next() : request.from;
    const auto row = std::lower_bound(disk_.rows.begin(), disk_.rows.end(), next, ends_before);
    if (row == disk_.rows.end() || row->bytes != bytes.bytes) return std::nullopt;
    last = row->last;
  }
  if (reply.mark < last) return std::nullopt;
  return within(c, last, Reference::kEver);
}

Judge::Least Judge::refusal(const Case& c, const msg::Refusal& refusal) {
  const auto key = key_of(c.operation.request);
  const auto* effect = reference_.effect(key);
  switch (refusal.code) {
    case msg::Code::kOutOfStock:
      return when_sold_out(c, refusal);
    case msg::Code::kUnknownItem:
    case msg::Code::kUnknownOrder:
      return when_absent(c, refusal);
    case msg::Code::kPriceChanged:
      if (!refusal.item || !refusal.price) return std::nullopt;
      return when_item(c, *refusal.item, [&](const msg::Item* item) { return item && item->price == *refusal.price; });
    case msg::Code::kItemExists:
      if (!refusal.item) return std::nullopt;
      return when_item(c, *refusal.item, [](const msg::Item* item) { return item != nullptr; });
    case msg::Code::kKeyReused:
      if (!effect || !may_be_of_another(*effect, key, c.operation.request)) return std::nullopt;
      return within(c, effect->seq, Reference::kEver);
    case msg::Code::kKeyVoided:
      if (!effect || !std::holds_alternative<msg::KeyVoided>(effect->event.what)) return std::nullopt;
      return within(c, effect->seq, Reference::kEver);
    default:
      return std::nullopt;
  }
}

// Whether another request with this key may have had this effect. Two bodies can ask for the same (with a price that is
// expected and without), and are two bodies all the same.
bool Judge::may_be_of_another(const Effect& effect, const std::string& key, const Request& request) const {
  const auto& uses = asked_.at(key).uses;
  return std::any_of(uses.begin(), uses.end(), [&](const Use& other) {
    return is_effect_of(effect.event, other.request) && body_of(other.request) != body_of(request);
  });
}

// The least prefix from the floor on at which this holds of the item (null: it does not exist).
Judge::Least Judge::when_item(const Case& c, base::ItemId id, const std::function<bool(const msg::Item*)>& holds) {
  const auto floor = c.operation.floor;
  const auto* past = reference_.item(id);
  if (holds(past ? past->at(floor) : nullptr)) return floor;
  if (!past) return std::nullopt;
  for (const auto& state : past->states) {
    if (state.version > floor && holds(&state)) return within(c, state.version, Reference::kEver);
  }
  return std::nullopt;
}

Judge::Least Judge::when_sold_out(const Case& c, const msg::Refusal& refusal) {
  if (!refusal.item || !refusal.stock) return std::nullopt;
  base::Quantity asked;
  if (const auto* place = std::get_if<msg::PlaceOrder>(&c.operation.request)) {
    for (const auto& line : place->lines) {
      if (line.item == *refusal.item) asked += line.quantity;
    }
  } else if (const auto* restock = std::get_if<msg::Restock>(&c.operation.request)) {
    asked = -restock->delta;
  }
  return when_item(c, *refusal.item,
                   [&](const msg::Item* item) { return item && item->stock == *refusal.stock && item->stock < asked; });
}

Judge::Least Judge::when_absent(const Case& c, const msg::Refusal& refusal) {
  const auto floor = c.operation.floor;
  if (const auto* get = std::get_if<msg::GetOrder>(&c.operation.request)) {
    const auto& orders = reference_.orders();
    const bool exists = get->no && get->no.value() <= orders.size();
    return !exists || orders[get->no.value() - 1].seq > floor ? Least(floor) : std::nullopt;
  }
  const auto* lookup = std::get_if<msg::Lookup>(&c.operation.request);
  if (lookup && lookup->title) {
    const auto* past = reference_.titled(*lookup->title);
    return !past || past->added() > floor ? Least(floor) : std::nullopt;
  }
  const auto id = refusal.item ? *refusal.item : lookup ? lookup->item.value_or(base::ItemId()) : base::ItemId();
  return when_item(c, id, [](const msg::Item* item) { return item == nullptr; });
}

}  // namespace sim
