// Judge: finds the prefixes of the stream that agree with a refusal.
#include <algorithm>

#include "tests/sim/judge.h"

namespace sim {
namespace {

// Returns whether the request buys or holds pieces of the item.
bool asks_for(const Request& request, base::ItemId item) {
  const auto* place = std::get_if<msg::PlaceOrder>(&request);
  const auto* hold = std::get_if<msg::PlaceHold>(&request);
  if (!hold && (!place || place->type != msg::OrderType::kBuy)) return false;
  const auto& lines = hold ? hold->lines : place->lines;
  return std::any_of(lines.begin(), lines.end(), [&](const msg::DemandLine& line) { return line.item == item; });
}

// A refusal that names an instant is about the item's terms of sale.
bool not_for_sale(const msg::Item& item, const msg::Refusal& refusal) {
  if (!refusal.from && !refusal.until) return msg::is_retired(item);
  return item.terms && (refusal.from ? item.terms->from == refusal.from : item.terms->until == refusal.until);
}

// The pieces that a customer has at the instant of a decision depend on this instant, which the answer does not tell.
// That nobody gets more than the terms allow is checked in the stream.
bool limits(const msg::Item& item, const msg::Refusal& refusal) {
  const auto allowed = refusal.allowed;
  if (!item.terms || !allowed) return false;
  return item.terms->per_order == allowed || (item.terms->per_customer && *allowed <= *item.terms->per_customer);
}

std::int64_t there(const msg::Item& item, const std::optional<std::string>& place) {
  return shelf_of(item)[place.value_or("main") == "main" ? std::string() : *place];
}

// Returns whether the item has, and the refusal told, fewer pieces than a request asks for: of all places, or of one.
template <class Request>
bool lacks(const msg::Item&, const Request&, base::Quantity) {
  return false;
}
bool lacks(const msg::Item& item, const msg::PlaceOrder& place, base::Quantity told) {
  std::int64_t all = 0;
  std::map<std::string, std::int64_t> asked;
  for (const auto& line : place.lines) {
    if (line.item != item.id) continue;
    all += line.quantity.value();
    if (line.place) asked[*line.place] += line.quantity.value();
  }
  if (msg::available_of(item) == told && told.value() < all) return true;
  return std::any_of(asked.begin(), asked.end(), [&](const auto& of_place) {
    return there(item, of_place.first) == told.value() && told.value() < of_place.second;
  });
}
bool lacks(const msg::Item& item, const msg::PlaceHold& hold, base::Quantity told) {
  return msg::available_of(item) == told &&
         std::any_of(hold.lines.begin(), hold.lines.end(),
                     [&](const msg::DemandLine& line) { return line.item == item.id && told < line.quantity; });
}
bool lacks(const msg::Item& item, const msg::Restock& restock, base::Quantity told) {
  return std::min(msg::available_of(item).value(), there(item, restock.place)) == told.value() && told < -restock.delta;
}
bool lacks(const msg::Item& item, const msg::Transfer& transfer, base::Quantity told) {
  return there(item, transfer.from) == told.value() && told < transfer.quantity;
}
bool lacks(const msg::Item& item, const msg::CountStock& count, base::Quantity told) {
  const auto after = item.stock.value() - there(item, count.place) + count.stock.value();
  return msg::available_of(item) == told && after < msg::held_of(item).value();
}

// The subscription that the request names; nothing if it names none.
std::optional<std::string> subscription_of(const Request& request) {
  if (const auto* acknowledge = std::get_if<msg::Acknowledge>(&request)) return acknowledge->name;
  if (const auto* unsubscribe = std::get_if<msg::Unsubscribe>(&request)) return unsubscribe->name;
  const auto* list = std::get_if<msg::ListSubscriptions>(&request);
  return list ? list->name : std::nullopt;
}

}  // namespace

Judge::Least Judge::refusal(const Case& c, const msg::Refusal& refusal) {
  const auto key = key_of(c.operation.request);
  const auto* effect = reference_.effect(key);
  switch (refusal.code) {
    case msg::Code::kOutOfStock:
      return when_sold_out(c, refusal);
    case msg::Code::kUnknownItem:
    case msg::Code::kUnknownOrder:
      return when_absent(c, refusal);
    case msg::Code::kMoreThanRemains:
    case msg::Code::kNothingRemains:
      return when_it_remains(c, refusal);
    case msg::Code::kUnknownHold:
      return when_hold(c, [](const msg::Hold* hold) { return !hold; });
    case msg::Code::kHoldOver:
      if (key.empty()) return std::nullopt;
      return when_hold(c, [](const msg::Hold* hold) { return hold && hold->state != msg::HoldState::kOpen; });
    case msg::Code::kNotForSale:
      if (!refusal.item || !asks_for(c.operation.request, *refusal.item)) return std::nullopt;
      return when_item(c, *refusal.item, [&](const msg::Item* item) { return item && not_for_sale(*item, refusal); });
    case msg::Code::kPriceChanged:
      if (!refusal.item || !refusal.price) return std::nullopt;
      return when_item(c, *refusal.item, [&](const msg::Item* item) { return item && item->price == *refusal.price; });
    case msg::Code::kVersionChanged:
      if (!refusal.item || !expected_version(c.operation.request)) return std::nullopt;
      return when_item(c, *refusal.item, [&](const msg::Item* item) {
        return item && item->version == refusal.version.value_or(item->version) &&
               item->version != expected_version(c.operation.request);
      });
    case msg::Code::kItemExists:
      if (!refusal.item) return std::nullopt;
      return when_item(c, *refusal.item, [](const msg::Item* item) { return item != nullptr; });
    case msg::Code::kKeyReused:
      if (!effect || !may_be_of_another(*effect, key, c.operation.request)) return std::nullopt;
      return within(c, effect->seq, Reference::kEver);
    case msg::Code::kKeyVoided:
      if (!effect || !std::holds_alternative<msg::KeyVoided>(effect->event.what)) return std::nullopt;
      return within(c, effect->seq, Reference::kEver);
    case msg::Code::kUnknownSubscription: {
      const auto name = subscription_of(c.operation.request);
      if (!name) return std::nullopt;
      return when_subscription(c, *name, [](const msg::Subscription* state, Prefix) { return !state; });
    }
    case msg::Code::kLimit:
      return when_limited(c, refusal);
    case msg::Code::kUnknownPlace:
      return std::visit(
          [&](const auto& request) -> Least {
            if constexpr (requires { request.to; }) return when_unknown(c, request.to);
            if constexpr (requires { request.place; }) return when_unknown(c, request.place);
            return std::nullopt;
          },
          c.operation.request);
    case msg::Code::kMalformed:
    case msg::Code::kInvalid:
    case msg::Code::kUnknownType:
    case msg::Code::kUnsupportedVersion:
    case msg::Code::kForbidden:
    case msg::Code::kUnauthenticated:
    case msg::Code::kUnknownCredential:
    case msg::Code::kBusy:
    case msg::Code::kUnavailable:
    case msg::Code::kNotWriter:
    case msg::Code::kFenced:
    case msg::Code::kSkipped:
    case msg::Code::kUnknown:
      break;
  }
  return std::nullopt;
}

// The effect of a request whose refusal says that it had none; null if there is no such effect.
const Effect* Judge::denied(const Case& c) const {
  if (!c.answer.refusal || msg::reach(c.answer.refusal->code) == msg::Reach::kNothing) return nullptr;
  const auto key = key_of(c.operation.request);
  const auto* effect = reference_.effect(key);
  return effect && is_effect_of_this_alone(c, key, *effect) ? effect : nullptr;
}

// A key may be voided for the sake of any request that used it, so a void is of this request only if no other used it.
bool Judge::is_effect_of_this_alone(const Case& c, const std::string& key, const Effect& effect) const {
  if (!is_effect_of(effect.event, c.operation.request)) return false;
  const bool voids = std::holds_alternative<msg::KeyVoided>(effect.event.what);
  const auto& uses = asked_.at(key).uses;
  return std::none_of(uses.begin(), uses.end(), [&](const Use& other) {
    return other.operation != c.operation.no && (voids || is_effect_of(effect.event, other.request));
  });
}

// Returns whether another request with this key may have had this effect. Two bodies can ask for the same effect (with
// an expected price and without) and are still two bodies.
bool Judge::may_be_of_another(const Effect& effect, const std::string& key, const Request& request) const {
  const auto& uses = asked_.at(key).uses;
  return std::any_of(uses.begin(), uses.end(), [&](const Use& other) {
    return is_effect_of(effect.event, other.request) && body_of(other.request) != body_of(request);
  });
}

// The least prefix from the floor on at which `holds` is true of the item; the item is null while it does not exist.
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

// The least prefix from the floor on at which no item has pieces at the place.
Judge::Least Judge::when_unknown(const Case& c, const std::optional<std::string>& place) {
  if (!place || *place == "main") return std::nullopt;
  if (!reference_.is_place(*place, c.operation.floor)) return c.operation.floor;
  for (auto at = c.operation.floor.next(); at <= reference_.durable(); at = at.next()) {
    if (!reference_.is_place(*place, at)) return within(c, at, Reference::kEver);
  }
  return std::nullopt;
}

Judge::Least Judge::when_sold_out(const Case& c, const msg::Refusal& refusal) {
  if (!refusal.item || !refusal.stock) return std::nullopt;
  return when_item(c, *refusal.item, [&](const msg::Item* item) {
    return item &&
           std::visit([&](const auto& request) { return lacks(*item, request, *refusal.stock); }, c.operation.request);
  });
}

Judge::Least Judge::when_absent(const Case& c, const msg::Refusal& refusal) {
  const auto floor = c.operation.floor;
  const auto* get = std::get_if<msg::GetOrder>(&c.operation.request);
  const auto* cancel = std::get_if<msg::Cancel>(&c.operation.request);
  if (get || cancel) {
    const auto no = get ? get->no : cancel->no;
    const auto& orders = reference_.orders();
    const bool exists = no && no.value() <= orders.size();
    return !exists || orders[no.value() - 1].seq > floor ? Least(floor) : std::nullopt;
  }
  if (refusal.code == msg::Code::kUnknownOrder) return std::nullopt;  // the key did not ask for an order
  const auto* lookup = std::get_if<msg::Lookup>(&c.operation.request);
  if (lookup && lookup->title) {
    return when_listed(c, {}, Reference::kEver,
                       [&](Prefix prefix) { return !reference_.titled(*lookup->title, prefix); });
  }
  const auto id = refusal.item ? refusal.item : lookup ? lookup->item : std::nullopt;
  return id ? when_item(c, *id, [](const msg::Item* item) { return item == nullptr; }) : std::nullopt;
}

// The least prefix from the floor on at which the order is there and `holds` is true. It changes only with the events
// of the order.
Judge::Least Judge::when_order(const Case& c, base::OrderNo no, const std::function<bool(Prefix)>& holds) {
  if (!no || no.value() > reference_.orders().size()) return std::nullopt;
  std::vector<Prefix> changes{c.operation.floor, reference_.orders()[no.value() - 1].seq};
  for (const auto& each : reference_.cancelled(no)) changes.push_back(each.seq);
  const auto placed = changes[1];
  for (const auto at : changes) {
    if (at >= placed && at >= c.operation.floor && holds(at)) return within(c, at, Reference::kEver);
  }
  return std::nullopt;
}

// The least prefix from the floor on at which `holds` is true of the hold that the request names; null before it was
// placed.
Judge::Least Judge::when_hold(const Case& c, const std::function<bool(const msg::Hold*)>& holds) {
  const auto no = std::visit(
      [](const auto& request) {
        if constexpr (requires { request.hold; }) return request.hold;
        return base::HoldNo();
      },
      c.operation.request);
  const auto floor = c.operation.floor;
  if (!no) return std::nullopt;  // the request names no hold
  if (holds(reference_.hold_at(no, floor))) return floor;
  const auto* states = reference_.hold(no);
  if (!states) return std::nullopt;
  for (const auto& state : *states) {
    if (state.version > floor && holds(&state)) return within(c, state.version, Reference::kEver);
  }
  return std::nullopt;
}

// The least prefix from the floor on at which `holds` is true of the subscription with this name; null while there is
// none.
Judge::Least Judge::when_subscription(const Case& c, const std::string& name,
                                      const std::function<bool(const msg::Subscription*, Prefix)>& holds) {
  const auto floor = c.operation.floor;
  if (holds(reference_.subscription_at(name, floor), floor)) return floor;
  const auto past = reference_.subscriptions().find(name);
  if (past == reference_.subscriptions().end()) return std::nullopt;
  for (const auto& [since, state] : past->second) {
    if (since > floor && holds(state ? &*state : nullptr, since)) return within(c, since, Reference::kEver);
  }
  return std::nullopt;
}

// The instant of the decision is not told, so any subscription that was acknowledged may have been acknowledged within
// the last second. That none is acknowledged more often is checked in the stream.
Judge::Least Judge::when_limited(const Case& c, const msg::Refusal& refusal) {
  if (const auto* subscribe = std::get_if<msg::Subscribe>(&c.operation.request)) {
    return when_subscription(c, subscribe->name, [&](const msg::Subscription* state, Prefix prefix) {
      return state || subscribe->from.value_or(base::Seq()) > prefix.next();
    });
  }
  if (const auto* acknowledge = std::get_if<msg::Acknowledge>(&c.operation.request)) {
    return when_subscription(c, acknowledge->name, [&](const msg::Subscription* state, Prefix prefix) {
      return state && (acknowledge->cursor < state->cursor || acknowledge->cursor > prefix || state->acknowledged);
    });
  }
  if (const auto* edit = std::get_if<msg::EditItem>(&c.operation.request)) {
    if (refusal.item != edit->item) return std::nullopt;
    return when_item(c, edit->item, [&](const msg::Item* item) {
      const auto terms = terms_after(item ? item->terms.value_or(msg::Terms{}) : msg::Terms{}, *edit);
      const auto attributes = attributes_after(item && item->attributes ? *item->attributes : msg::Attributes(), *edit);
      return item &&
             (terms.window.has_value() != terms.per_customer.has_value() ||
              (terms.from && terms.until && *terms.from >= *terms.until) || attributes.size() > msg::kAttributesMax);
    });
  }
  if (!refusal.item || !asks_for(c.operation.request, *refusal.item)) return std::nullopt;
  return when_item(c, *refusal.item, [&](const msg::Item* item) { return item && limits(*item, refusal); });
}

Judge::Least Judge::when_it_remains(const Case& c, const msg::Refusal& refusal) {
  if (const auto* confirm = std::get_if<msg::ConfirmHold>(&c.operation.request)) {
    if (!confirm->lines || refusal.code != msg::Code::kMoreThanRemains) return std::nullopt;
    return when_hold(c, [&](const msg::Hold* hold) {
      return hold && hold->state == msg::HoldState::kOpen &&
             std::any_of(confirm->lines->begin(), confirm->lines->end(), [&](const msg::ConfirmLine& line) {
               if (refusal.item != line.item) return false;
               base::Quantity held;
               for (const auto& each : hold->lines) held += each.item == line.item ? each.quantity : base::Quantity();
               return line.quantity > held;
             });
    });
  }
  const auto* cancel = std::get_if<msg::Cancel>(&c.operation.request);
  if (!cancel) return std::nullopt;
  if (refusal.code == msg::Code::kNothingRemains) {
    return when_order(c, cancel->no, [&](Prefix prefix) {
      const auto& lines = reference_.orders()[cancel->no.value() - 1].lines;
      return std::all_of(lines.begin(), lines.end(), [&](const msg::OrderLine& line) {
        return reference_.remains(cancel->no, line.item, prefix) == 0;
      });
    });
  }
  if (!cancel->lines) return std::nullopt;
  return when_order(c, cancel->no, [&](Prefix prefix) {
    return std::any_of(cancel->lines->begin(), cancel->lines->end(), [&](const msg::CancelLine& line) {
      return refusal.item == line.item && line.quantity.value() > reference_.remains(cancel->no, line.item, prefix);
    });
  });
}

}  // namespace sim
