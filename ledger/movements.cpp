#include "ledger/movements.h"

#include <algorithm>

#include "base/check.h"
#include "base/unless_empty.h"
#include "ledger/hash.h"
#include "msg/places.h"

namespace ledger {
namespace {

constexpr std::uint64_t kMovementRow = 6;

using msg::MovementKind;
using Rows = std::vector<msg::Movement>;

base::Quantity held_delta_of(const msg::Movement& movement) { return movement.held_delta.value_or(base::Quantity()); }
base::Quantity held_of(const msg::Movement& movement) { return movement.held.value_or(base::Quantity()); }

std::optional<base::Quantity> unless_zero(base::Quantity pieces) {
  return pieces.value() == 0 ? std::nullopt : std::optional(pieces);
}

MovementKind kind_of(msg::CancelKind kind) {
  switch (kind) {
    case msg::CancelKind::kCancel:
      return MovementKind::kCancelled;
    case msg::CancelKind::kReturn:
      return MovementKind::kReturned;
    case msg::CancelKind::kScrap:
      return MovementKind::kScrapped;
  }
  CHECK(false, "no such kind");
}

MovementKind kind_of(const msg::StockMoved& moved) {
  if (moved.counted) return MovementKind::kCounted;
  return moved.delta.value() == 0 ? MovementKind::kTransferred : MovementKind::kRestocked;
}

// Makes the rows of an event, with one function for each kind of event.
struct Moves {
  const msg::Event& event;
  base::Seq seq;
  const Items& items;

  Rows operator()(const msg::StoreCreated&) const { return {}; }
  Rows operator()(const msg::WriterAppointed&) const { return {}; }
  Rows operator()(const msg::HolderJoined&) const { return {}; }
  Rows operator()(const msg::HolderLeft&) const { return {}; }
  Rows operator()(const msg::PriceChanged&) const { return {}; }
  Rows operator()(const msg::ItemEdited&) const { return {}; }
  Rows operator()(const msg::KeyVoided&) const { return {}; }
  Rows operator()(const msg::CredentialGranted&) const { return {}; }
  Rows operator()(const msg::CredentialRevoked&) const { return {}; }
  Rows operator()(const msg::ActNoted&) const { return {}; }
  Rows operator()(const msg::HoldExtended&) const { return {}; }
  Rows operator()(const msg::SubscriptionMade&) const { return {}; }
  Rows operator()(const msg::SubscriptionAcknowledged&) const { return {}; }
  Rows operator()(const msg::SubscriptionEnded&) const { return {}; }
  Rows operator()(const msg::StockLow&) const { return {}; }
  Rows operator()(const msg::StockOk&) const { return {}; }
  Rows operator()(const msg::ItemsAdded& added) const {
    Rows rows;
    for (const auto& item : added.items) row(rows, item.id, MovementKind::kAdded).delta = item.stock;
    return rows;
  }
  Rows operator()(const msg::StockMoved& moved) const {
    Rows rows;
    auto& only = row(rows, moved.item, kind_of(moved));
    only.delta = moved.delta;
    only.places = moved.places;
    only.reason = base::unless_empty(moved.reason);
    return rows;
  }
  Rows operator()(const msg::OrderPlaced& placed) const {
    const bool buy = placed.type == msg::OrderType::kBuy;
    Rows rows;
    for (const auto& line : placed.lines) {
      auto& of_item = row(rows, line.item, buy ? MovementKind::kBought : MovementKind::kSold);
      of_item.delta += buy ? -line.quantity : line.quantity;
      if (line.places) msg::shift(of_item.places, *line.places, buy ? -1 : 1);
      of_item.order = placed.no;
    }
    return rows;
  }
  Rows operator()(const msg::OrderCancelled& cancelled) const {
    Rows rows;
    for (const auto& line : cancelled.lines) {
      auto& of_item = row(rows, line.item, kind_of(cancelled.kind));
      if (cancelled.kind != msg::CancelKind::kScrap) {
        of_item.delta += line.quantity;
        if (line.places) msg::shift(of_item.places, *line.places);
      }
      of_item.order = cancelled.no;
      of_item.reason = base::unless_empty(cancelled.reason);
    }
    return rows;
  }
  Rows operator()(const msg::HoldPlaced& placed) const {
    Rows rows;
    for (const auto& line : placed.lines) {
      auto& of_item = row(rows, line.item, MovementKind::kHeld);
      of_item.held_delta = line.quantity;
      of_item.hold = placed.hold;
    }
    return rows;
  }
  Rows operator()(const msg::HoldConfirmed& confirmed) const {
    auto rows = ended(confirmed.ended, confirmed.hold, MovementKind::kConfirmed);
    for (auto& of_item : rows) of_item.order = confirmed.no;
    for (const auto& line : confirmed.lines) {
      auto& of_item = row(rows, line.item, MovementKind::kConfirmed);
      of_item.delta -= line.quantity;
      if (line.places) msg::shift(of_item.places, *line.places, -1);
    }
    return rows;
  }
  Rows operator()(const msg::HoldEnded& hold) const {
    return ended(hold.lines, hold.hold, hold.key ? MovementKind::kReleased : MovementKind::kExpired);
  }

 private:
  // The row of this item, which is added if it is not there.
  msg::Movement& row(Rows& rows, base::ItemId id, MovementKind kind) const {
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const auto& each) { return each.item == id; });
    if (found != rows.end()) return *found;
    const auto* item = items.find(id);
    CHECK(item, "seq={} moves item={}, which is not there", seq, id);
    return rows.emplace_back(msg::Movement{.item = id,
                                           .seq = seq,
                                           .at = event.at,
                                           .kind = kind,
                                           .stock = item->stock,
                                           .held = item->held,
                                           .by = event.by});
  }

  Rows ended(const std::vector<msg::HoldLine>& lines, base::HoldNo no, MovementKind kind) const {
    Rows rows;
    for (const auto& line : lines) {
      auto& of_item = row(rows, line.item, kind);
      of_item.held_delta = unless_zero(-line.quantity);
      of_item.hold = no;
    }
    return rows;
  }
};

}  // namespace

std::uint64_t row_digest(const msg::Movement& movement) {
  Hasher hasher(kMovementRow);
  hasher.add(movement.item.value()).add(movement.seq.value()).add(movement.at);
  hasher.add(static_cast<std::uint64_t>(movement.kind)).add(movement.delta.value()).add(movement.stock.value());
  hasher.add(held_delta_of(movement).value()).add(held_of(movement).value());
  hasher.add(movement.order.value_or(base::OrderNo()).value()).add(movement.hold.value_or(base::HoldNo()).value());
  hasher.add(movement.reason ? *movement.reason : std::string_view());
  hasher.add(movement.by.value_or(base::Seq()).value());
  if (movement.places) add_places(hasher, *movement.places);
  return hasher.value();
}

std::vector<msg::Movement> movements_of(const msg::Event& event, base::Seq seq, const Items& items) {
  return std::visit(Moves{event, seq, items}, event.what);
}

bool follows(const msg::Movement& movement, const msg::Movement& before) {
  return movement.item == before.item && movement.seq > before.seq && movement.stock == before.stock + movement.delta &&
         held_of(movement) == held_of(before) + held_delta_of(movement);
}

bool begins(const msg::Movement& movement) {
  return (movement.kind == MovementKind::kAdded || movement.kind == MovementKind::kCarried) &&
         movement.stock == movement.delta && held_of(movement) == held_delta_of(movement);
}

}  // namespace ledger
