#include "history/told.h"

#include <fmt/format.h>

namespace history {
namespace {

constexpr const char* kPart = "told";

bool before(const Sighting& a, const Sighting& b) {
  return std::pair(a.item, a.version) < std::pair(b.item, b.version);
}

}  // namespace

Told::Told(const Operations& operations, const Keys& keys, Findings& findings) : findings_(findings) {
  for (Index index = 0; index < operations.size(); ++index) {
    for (const auto* item : items_shown(operations[index])) see(*item, index);
  }
  for (const auto& effect : keys.effects()) {
    if (effect.order) see(effect);
  }
  std::sort(sightings_.begin(), sightings_.end(), [&](const Sighting& a, const Sighting& b) {
    if (before(a, b) || before(b, a)) return before(a, b);
    return operations[a.told].returned < operations[b.told].returned;
  });
  std::size_t kept = 0;
  for (const auto& sighting : sightings_) {
    if (kept > 0 && !before(sightings_[kept - 1], sighting)) {
      compare(sightings_[kept - 1], sighting);
    } else {
      sightings_[kept++] = sighting;
    }
  }
  sightings_.resize(kept);
}

const Sighting* Told::after(msg::ItemId item, base::Seq version) const {
  const auto found = std::upper_bound(sightings_.begin(), sightings_.end(), Sighting{item, version, {}, {}}, before);
  return found != sightings_.end() && found->item == item ? &*found : nullptr;
}

void Told::see(const msg::Item& item, Index told) {
  sightings_.push_back({item.id, item.version, item.price, item.stock, told});
  const auto [known, is_new] = names_.emplace(item.id, Name{&item, told});
  const auto& name = known->second;
  if (name.item->title != item.title || name.item->topic != item.topic) {
    findings_.add(kPart, fmt::format("item {} has two titles or topics", item.id), {name.told, told}, item.id);
  }
  if (item.stock.value() < 0 || item.price.value() < 0 || !item.version) {
    findings_.add(kPart,
                  fmt::format("item {} has a stock of {}, costs {}, and is of version {}", item.id, item.stock,
                              item.price, item.version),
                  {told}, item.id);
  }
}

// Of several lines of one item the last one tells what was left.
void Told::see(const Effect& effect) {
  std::map<msg::ItemId, const msg::OrderLine*> last;
  for (const auto& line : effect.order->lines) last[line.item] = &line;
  for (const auto& [item, line] : last) {
    sightings_.push_back({item, effect.order->seq, line->price, line->stock, effect.told});
    if (line->stock.value() >= 0) continue;
    findings_.add(kPart, fmt::format("order {} left {} of item {}", effect.order->no, line->stock, item), {effect.told},
                  item);
  }
}

void Told::compare(const Sighting& one, const Sighting& other) {
  if (one.price == other.price && one.stock == other.stock) return;
  findings_.add(kPart,
                fmt::format("item {} is told in two ways as of seq {}: {} and {} pieces, {} and {} cents", one.item,
                            one.version, one.stock, other.stock, one.price, other.price),
                {one.told, other.told}, one.item);
}

}  // namespace history
