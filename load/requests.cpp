#include "load/requests.h"

#include <algorithm>
#include <utility>

namespace load {
namespace {

constexpr std::uint64_t kNearEnd = 20;            // events before the end of the stream
constexpr std::uint32_t kEventsBytes = 4 * 1024;  // size of a page
constexpr std::uint32_t kEventsWaitMs = 100;
constexpr std::uint32_t kHoldMsLeast = 200;
constexpr std::uint64_t kHoldMsMore = 2000;
constexpr std::uint32_t kConfirmedHoldMs = 60'000;  // no hold that is to be confirmed expires before

}  // namespace

Op op_of(std::string_view word) {
  if (word == "search") return Op::kSearch;
  if (word == "order") return Op::kOrder;
  if (word == "buy") return Op::kBuy;
  if (word == "hold") return Op::kHold;
  if (word == "events") return Op::kEvents;
  return word == "mix" ? Op::kMix : Op::kLookup;
}

Requests::Requests(Op op, Contents contents, Popularity popularity, std::uint64_t seed, std::string keys,
                   std::size_t lines, bool holds, bool changes)
    : op_(op),
      contents_(std::move(contents)),
      popularity_(std::move(popularity)),
      random_(seed),
      keys_(std::move(keys)),
      holds_(holds),
      changes_(changes) {
  buy_.lines.assign(lines, {{}, base::Quantity(1), {}});
}

Request Requests::next(std::size_t slot) {
  const auto& first = item();
  switch (pick()) {
    case Op::kSearch:
      return {msg::Search::kType, false, contents_.searches()[first.search]};
    case Op::kOrder:
      return {msg::GetOrder::kType, false,
              msg::encoded(msg::GetOrder{base::OrderNo(1 + random_.below(contents_.last_order))})};
    case Op::kEvents:
      return {msg::Events::kType, false, msg::encoded(events())};
    case Op::kBuy:
      return {msg::PlaceOrder::kType, true, buy(first.id)};
    case Op::kHold:
      return op_ == Op::kHold ? hold_or_confirm(held(slot), first.id) : about_hold(held(slot), first.id);
    case Op::kChange:
      return change(first.id);
    case Op::kLookup:
    case Op::kMix:
      break;
  }
  return {msg::Lookup::kType, false, first.lookup};
}

const Contents::Item& Requests::item() { return contents_.items()[popularity_.choose(random_)]; }

Op Requests::pick() {
  if (op_ != Op::kMix) return op_;
  const auto dice = random_.below(100);
  if (holds_ && dice < 4) return Op::kHold;
  if (changes_ && dice >= 4 && dice < 7) return Op::kChange;
  if (dice < 80) return Op::kLookup;
  if (dice < 90) return Op::kSearch;
  return dice < 95 && contents_.last_order > 0 ? Op::kOrder : Op::kBuy;
}

base::Bytes Requests::buy(base::ItemId first) {
  buy_.key = key();
  buy_.lines.front().item = first;
  for (std::size_t i = 1; i < buy_.lines.size(); ++i) buy_.lines[i].item = item().id;
  if (changes_) buy_.lines.front().place = random_.chance(0.2) ? std::optional(place()) : std::nullopt;
  return msg::encoded(buy_);
}

Requests::Held& Requests::held(std::size_t slot) {
  if (held_.size() <= slot) held_.resize(slot + 1);
  return held_[slot];
}

Request Requests::about_hold(Held& held, base::ItemId item) {
  const auto dice = random_.below(100);
  if (held.last && dice < 15) return {msg::GetHold::kType, false, msg::encoded(msg::GetHold{held.last})};
  const auto open = held.open;
  if (!open || dice >= 80) {  // one that was open is left to expire
    return place_hold(held, item, kHoldMsLeast + static_cast<std::uint32_t>(random_.below(kHoldMsMore)));
  }
  if (dice < 30) return {msg::ExtendHold::kType, true, msg::encoded(msg::ExtendHold{key(), open, kHoldMsLeast})};
  held.open = {};
  if (dice < 45) return {msg::ReleaseHold::kType, true, msg::encoded(msg::ReleaseHold{key(), open})};
  msg::ConfirmHold confirm{key(), open, {}};
  if (dice < 60) confirm.lines.emplace().push_back({held.item, base::Quantity(1)});
  return {msg::ConfirmHold::kType, true, msg::encoded(confirm)};
}

Request Requests::hold_or_confirm(Held& held, base::ItemId item) {
  if (!held.open) return place_hold(held, item, kConfirmedHoldMs);
  return {msg::ConfirmHold::kType, true, msg::encoded(msg::ConfirmHold{key(), std::exchange(held.open, {}), {}})};
}

Request Requests::place_hold(Held& held, base::ItemId item, std::uint32_t ttl) {
  held = {{}, held.last, item, true};
  msg::PlaceHold place{.key = key(), .ttl = ttl};
  const auto pieces = op_ == Op::kHold ? 1 : 1 + static_cast<std::int64_t>(random_.below(2));
  place.lines.push_back({item, base::Quantity(pieces), {}});
  return {msg::PlaceHold::kType, true, msg::encoded(place)};
}

std::string Requests::place() {
  const auto dice = random_.below(3);
  return dice == 0 ? std::string(msg::kMainPlace) : dice == 1 ? "annex" : "north";
}

Request Requests::change(base::ItemId item) {
  const auto dice = random_.below(100);
  if (dice < 40) return edit(item);
  const auto pieces = base::Quantity(1 + static_cast<std::int64_t>(random_.below(5)));
  if (dice < 50) {
    const msg::CountStock count{.key = key(), .item = item, .stock = pieces, .place = "annex", .opens = true};
    return {msg::CountStock::kType, true, msg::encoded(count)};
  }
  if (dice < 70) {
    const auto delta = random_.chance(0.5) ? pieces : -pieces;
    const msg::Restock restock{.key = key(), .item = item, .delta = delta, .place = place(), .opens = true};
    return {msg::Restock::kType, true, msg::encoded(restock)};
  }
  msg::Transfer transfer{.key = key(), .item = item, .quantity = pieces, .from = place(), .to = "annex", .opens = true};
  if (transfer.from == transfer.to) transfer.to = std::nullopt;
  return {msg::Transfer::kType, true, msg::encoded(transfer)};
}

// A piece in one order is always allowed, so that buys go on.
Request Requests::edit(base::ItemId item) {
  msg::EditItem edit{.key = key(), .item = item};
  if (random_.chance(0.5)) {
    edit.title = "Item " + std::to_string(item.value()) + ", edition " + std::to_string(random_.below(9));
  } else {
    edit.terms.emplace();
    if (random_.chance(0.5)) edit.terms->per_order = base::Quantity(1 + static_cast<std::int64_t>(random_.below(3)));
  }
  return {msg::EditItem::kType, true, msg::encoded(edit)};
}

// Half of the pages begin near the end of the stream, where others write. The other half begin anywhere in it, also in
// the trimmed part.
msg::Events Requests::events() {
  const auto next = contents_.last_event.next().value();
  const auto near = next - random_.below(std::min(next, kNearEnd));
  const auto from = random_.chance(0.5) ? near : 1 + random_.below(next);
  return {base::Seq(from), kEventsBytes, kEventsWaitMs};
}

void Requests::learn(std::size_t slot, const client::Answer& answer) {
  if (holds_ || op_ == Op::kHold) {
    auto& own = held(slot);
    if (answer.refusal && answer.refusal->code == msg::Code::kHoldOver) own.open = {};
    if (std::exchange(own.places, false) && !answer.refusal) {
      if (const auto reply = msg::decode<msg::HoldReply>(answer.body)) own.open = own.last = reply->hold.no;
    }
  }
  if (op_ == Op::kEvents && answer.header.seq) {
    contents_.last_event = std::max(contents_.last_event, *answer.header.seq);
  }
  if (op_ != Op::kMix || contents_.last_order > 0 || answer.refusal) return;
  const auto reply = msg::decode<msg::OrderReply>(answer.body);
  if (reply) contents_.last_order = reply->order.no.value();
}

}  // namespace load
