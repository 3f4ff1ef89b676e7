#include "history/values.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "history/shelves.h"

namespace history {
namespace {

constexpr std::int64_t kTimeMaxMs = std::int64_t{1} << 53;  // keeps sums of times within their type

// The pieces of an item that an order bought and no cancellation has taken back yet.
struct Left {
  base::Quantity quantity;
  msg::Cents price;
  Shelf from;  // the part that is not of `main`
};

// A list of places ascends, and tells a part of these pieces that is not of `main`.
void check_places(const std::optional<msg::Places>& places, base::Quantity of, msg::ItemId item, Objections& to) {
  if (!places) return;
  bool is = !places->empty() && places->size() <= msg::kPlacesMax;
  base::Quantity sum;
  const msg::AtPlace* last = nullptr;
  for (const auto& each : *places) {
    is = is && !each.place.empty() && each.place != msg::kMainPlace && (!last || last->place < each.place) &&
         each.pieces.value() > 0 && each.pieces <= of;
    if (is) sum += each.pieces;
    last = &each;
  }
  if (!is || sum > of) to.beyond(fmt::format("item {}: its list of places is not one of {} pieces", item, of), item);
}

// Never more than was bought, at the prices of the order, and only of orders that bought something (PROTOCOL 4).
void check_cancellations(const msg::Order& order, Objections& to) {
  if (!to.is_within_limits()) return;  // what follows calculates with the values
  if (!order.cancellations)
    return to.demand(!order.state || *order.state == msg::OrderState::kPlaced, "nothing was cancelled");
  std::map<msg::ItemId, Left> left;
  for (const auto& line : order.lines) {
    if (order.type != msg::OrderType::kBuy) continue;
    auto& all = left[line.item];
    all.quantity += line.quantity;
    all.price = line.price;
    for (const auto& [place, pieces] : shelf_of(line.places)) add_pieces(all.from, place, pieces);
  }
  bool came_back = false;
  auto last = order.seq;
  for (const auto& each : *order.cancellations) {
    to.demand(each.no == order.no && each.seq > last && !each.lines.empty() && !each.key.empty(),
              "a cancellation has its order, its place, a key and lines");
    last = each.seq;
    came_back = came_back || each.kind != msg::CancelKind::kCancel;
    std::int64_t total = 0;
    for (const auto& line : each.lines) {
      const auto bought = left.find(line.item);
      if (bought == left.end() || line.quantity.value() < 1 || line.quantity > bought->second.quantity) {
        return to.beyond(fmt::format("order {}: more of item {} was cancelled than was bought", order.no, line.item),
                         line.item);
      }
      auto& [quantity, price, from] = bought->second;
      if (line.price != price) return to.wrong("a piece was bought at another price", line.item);
      base::Quantity elsewhere;
      for (const auto& [place, pieces] : from) elsewhere += pieces;
      const auto back = by_rule(line.quantity, quantity - elsewhere, from);
      if (back != shelf_of(line.places)) return to.wrong("pieces were taken from other places of the order", line.item);
      quantity -= line.quantity;
      for (const auto& [place, pieces] : back) add_pieces(from, place, -pieces);
      total += line.quantity.value() * line.price.value();
    }
    to.demand(total == each.total.value(), "the total of a cancellation is not that of its lines");
  }
  const bool remains =
      std::any_of(left.begin(), left.end(), [](const auto& each) { return each.second.quantity.value() > 0; });
  const auto state = order.cancellations->empty() ? msg::OrderState::kPlaced
                     : remains                    ? msg::OrderState::kPartlyCancelled
                     : came_back                  ? msg::OrderState::kReturned
                                                  : msg::OrderState::kCancelled;
  to.demand(order.state == state, "the state of an order does not follow from its cancellations");
}

}  // namespace

void check_values(const msg::Item& item, Objections& to) {
  const bool is = item.id && item.id.value() <= msg::kItemIdMax && item.version && item.price.value() >= 0 &&
                  item.price.value() <= msg::kPriceMaxCents && item.stock.value() >= 0 &&
                  item.stock.value() <= msg::kStockMax && msg::held_of(item).value() >= 0 &&
                  msg::held_of(item) <= item.stock;
  to.demand(item.edited.value_or(item.version) <= item.version && item.edited != base::Seq(),
            "an item was edited after its version", item.id);
  check_places(item.places, item.stock, item.id, to);
  if (is) return;
  to.beyond(fmt::format("item {} has a stock of {} with {} held, costs {}, and is of version {}", item.id, item.stock,
                        msg::held_of(item), item.price, item.version),
            item.id);
}

void check_values(const msg::Order& order, Objections& to) {
  to.demand(order.no && order.seq && !order.lines.empty(), "an order has a number, a seq and lines");
  for (const auto& line : order.lines) {
    const bool is = line.quantity.value() >= 1 && line.quantity.value() <= msg::kLineQuantityMax &&
                    line.price.value() >= 0 && line.price.value() <= msg::kPriceMaxCents && line.stock.value() >= 0 &&
                    line.stock.value() <= msg::kStockMax;
    check_places(line.places, order.type == msg::OrderType::kBuy ? line.quantity : base::Quantity(), line.item, to);
    if (is) continue;
    to.beyond(fmt::format("order {}: {} of item {} at {}, {} are left", order.no, line.quantity, line.item, line.price,
                          line.stock),
              line.item);
  }
  check_cancellations(order, to);
}

// The fields of a hold go together: its times, its state and its order. Each item has one line.
void check_values(const msg::Hold& hold, Objections& to) {
  to.demand(hold.no && hold.seq && hold.version >= hold.seq && !hold.key.empty() && !hold.lines.empty(),
            "a hold has a number, a seq, a key and lines");
  to.demand(hold.state == msg::HoldState::kOpen || hold.version > hold.seq, "a hold ends after it was placed");
  to.demand(hold.order.has_value() == (hold.state == msg::HoldState::kConfirmed),
            "a hold has an order exactly if it was confirmed");
  if (hold.at < 0 || hold.at > kTimeMaxMs || hold.expires <= hold.at || hold.expires > hold.at + msg::kHoldMsMax) {
    to.beyond(fmt::format("hold {} is placed at {} and lasts until {}", hold.no, hold.at, hold.expires));
  }
  std::set<msg::ItemId> items;
  for (const auto& line : hold.lines) {
    const bool is = items.insert(line.item).second && line.quantity.value() >= 1 &&
                    line.quantity.value() <= msg::kLineQuantityMax && line.price.value() >= 0 &&
                    line.price.value() <= msg::kPriceMaxCents && line.held >= line.quantity &&
                    line.held.value() <= msg::kStockMax;
    if (is) continue;
    to.beyond(fmt::format("hold {}: {} of item {} at {} make {} held", hold.no, line.quantity, line.item, line.price,
                          line.held),
              line.item);
  }
}

}  // namespace history
