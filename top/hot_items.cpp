#include "top/hot_items.h"

#include <algorithm>
#include <tuple>
#include <variant>

namespace top {

void HotItems::forget_old(base::Mono now) {
  while (!slots_.empty() && slots_.front().begin + kWindow <= now) slots_.pop_front();
}

void HotItems::add(base::ItemId item, base::Quantity quantity) {
  auto& slot = slots_.back();
  const auto pieces = static_cast<std::uint64_t>(std::max<std::int64_t>(0, quantity.value()));
  const auto known = slot.pieces.find(item);
  if (known != slot.pieces.end()) {
    known->second += pieces;
  } else if (slot.pieces.size() < kItemsMax) {
    slot.pieces.emplace(item, pieces);
  }
}

void HotItems::sold(const msg::Event& event, base::Mono now) {
  const auto* placed = std::get_if<msg::OrderPlaced>(&event.what);
  const auto* confirmed = std::get_if<msg::HoldConfirmed>(&event.what);
  const bool sells = confirmed || (placed && placed->type == msg::OrderType::kBuy);
  if (!sells) return;
  forget_old(now);
  if (slots_.empty() || slots_.back().begin + kSlot <= now) slots_.push_back({now, {}});
  for (const auto& line : placed ? placed->lines : confirmed->lines) add(line.item, line.quantity);
}

std::vector<HotItems::Hot> HotItems::hottest(std::size_t count, base::Mono now) {
  forget_old(now);
  std::unordered_map<base::ItemId, std::uint64_t> sums;
  for (const auto& slot : slots_) {
    for (const auto& [item, pieces] : slot.pieces) sums[item] += pieces;
  }
  std::vector<Hot> all;
  all.reserve(sums.size());
  for (const auto& [item, pieces] : sums) all.push_back({item, pieces});
  const auto first = all.begin() + static_cast<std::ptrdiff_t>(std::min(count, all.size()));
  std::partial_sort(all.begin(), first, all.end(),
                    [](const Hot& a, const Hot& b) { return std::tie(b.pieces, a.item) < std::tie(a.pieces, b.item); });
  all.erase(first, all.end());
  return all;
}

}  // namespace top
