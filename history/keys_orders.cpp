// Keys: what must agree across all keys: orders, their numbers, and the times of all events.
#include <fmt/format.h>

#include <algorithm>

#include "history/keys.h"
#include "msg/effects.h"

namespace history {

const msg::Order* Keys::order(base::OrderNo no) const {
  const auto found =
      std::find_if(orders_.begin(), orders_.end(), [&](const ToldOrder& each) { return each.order->no == no; });
  return found == orders_.end() ? nullptr : found->order;
}

void Keys::arithmetic(const msg::Order& order, Index told) {
  std::int64_t total = 0;
  std::map<msg::ItemId, const msg::OrderLine*> before;
  for (const auto& line : order.lines) {
    total += line.price.value() * line.quantity.value();
    const auto moved = order.type == msg::OrderType::kBuy ? -line.quantity : line.quantity;
    const auto*& last = before[line.item];
    if (last && (last->stock + moved != line.stock || last->price != line.price)) {
      findings_.add(kKeysPart,
                    fmt::format("order {}: its lines of item {} do not follow each other", order.no, line.item), {told},
                    line.item);
    }
    last = &line;
  }
  if (total != order.total.value()) {
    findings_.add(kKeysPart, fmt::format("order {}: its total is {}, its lines make {}", order.no, order.total, total),
                  {told});
  }
}

// O2, O3.
void Keys::numbers() {
  std::sort(orders_.begin(), orders_.end(), [](const ToldOrder& a, const ToldOrder& b) {
    return std::pair(a.order->seq, a.order->no) < std::pair(b.order->seq, b.order->no);
  });
  std::uint64_t missing = 0;
  bool here = false;
  for (std::size_t i = 0; i < orders_.size(); ++i) {
    const auto& order = *orders_[i].order;
    if (here && !orders_[i].placed_here) {
      findings_.add(kKeysPart, fmt::format("order {} of key {} was placed by nobody", order.no, order.key),
                    {orders_[i].told});
    }
    if (i > 0) {
      const auto& last = *orders_[i - 1].order;
      const std::vector<Index> both{orders_[i - 1].told, orders_[i].told};
      if (order.no <= last.no || order.seq <= last.seq) {
        findings_.add(kKeysPart,
                      fmt::format("order {} has seq {} and key {}, order {} has seq {} and key {}", last.no, last.seq,
                                  last.key, order.no, order.seq, order.key),
                      both);
      } else if (here) {
        missing += order.no.value() - last.no.value() - 1;
        if (missing > orders_unsettled_ && missing - (order.no.value() - last.no.value() - 1) <= orders_unsettled_) {
          findings_.add(kKeysPart,
                        fmt::format("between order {} and order {} numbers are missing, and no write is "
                                    "unanswered that could have them",
                                    last.no, order.no),
                        both);
        }
      }
    }
    here = here || orders_[i].placed_here;
  }
}

// K5, O4.
void Keys::times() {
  auto first_here = base::Seq(std::numeric_limits<std::uint64_t>::max());
  for (const auto& effect : effects_) {
    if (effect.seq) first_here = std::min(first_here, effect.seq);
  }
  for (const auto& foreign : foreign_) {
    if (foreign.seq < first_here) continue;
    findings_.add(kKeysPart, fmt::format("seq {} is the effect of key {}, which nobody used", foreign.seq, foreign.key),
                  {foreign.told});
  }
  for (const auto& order : orders_) stamps_.push_back({order.order->seq, order.order->at, order.told});
  for (const auto& [seq, shown] : events_) {
    const auto* key = msg::key_of(shown.event);
    stamps_.push_back({seq, shown.event.at, shown.told, key && !key->empty()});
  }
  for (const auto& [each, told] : cancellations_) stamps_.push_back({each->seq, each->at, told});
  for (const auto& hold : holds_) stamps_.push_back({hold.hold->seq, hold.hold->at, hold.told});
  std::sort(stamps_.begin(), stamps_.end(), [](const Stamp& a, const Stamp& b) {
    return std::tuple(a.seq, a.at, a.told) < std::tuple(b.seq, b.at, b.told);
  });
  for (std::size_t i = 1; i < stamps_.size(); ++i) {
    const auto& last = stamps_[i - 1];
    const auto& stamp = stamps_[i];
    if (stamp.at >= last.at) continue;
    findings_.add(kKeysPart, fmt::format("time goes back from seq {} to seq {}", last.seq, stamp.seq),
                  {last.told, stamp.told});
  }
}

}  // namespace history
