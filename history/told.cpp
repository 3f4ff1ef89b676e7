#include "history/told.h"

#include <fmt/format.h>

namespace history {
namespace {

constexpr const char* kPart = "told";

bool is_earlier(const Sighting& a, const Sighting& b) {
  return std::pair(a.item, a.version) < std::pair(b.item, b.version);
}

}  // namespace

Told::Told(const Operations& operations, const Keys& keys, Findings& findings) : findings_(findings) {
  for (Index index = 0; index < operations.size(); ++index) {
    for (const auto* item : items_shown(operations[index])) see(*item, index);
  }
  for (const auto& order : keys.orders()) see(*order.order, order.has_item_prices, order.told);
  for (const auto& hold : keys.holds()) see(*hold.hold, hold.told);
  for (const auto& effect : keys.effects()) {
    if (effect.kind != Effect::Kind::kChange || !effect.seq) continue;
    if (const auto* add = std::get_if<msg::AddItems>(&operations[effect.asked].request)) see(*add, effect);
  }
  std::sort(sightings_.begin(), sightings_.end(), [&](const Sighting& a, const Sighting& b) {
    if (is_earlier(a, b) || is_earlier(b, a)) return is_earlier(a, b);
    return operations[a.told].returned < operations[b.told].returned;
  });
  std::size_t kept = 0;
  for (const auto& sighting : sightings_) {
    if (kept > 0 && !is_earlier(sightings_[kept - 1], sighting)) {
      compare(sightings_[kept - 1], sighting);
    } else {
      sightings_[kept++] = sighting;
    }
  }
  sightings_.resize(kept);
  edits_in_order();
}

const Sighting* Told::after(msg::ItemId item, base::Seq version) const {
  const auto found =
      std::upper_bound(sightings_.begin(), sightings_.end(), Sighting{item, version, {}, {}, {}, {}, {}}, is_earlier);
  return found != sightings_.end() && found->item == item ? &*found : nullptr;
}

std::optional<Told::There> Told::there_since(msg::ItemId item) const {
  const auto* seen = first(item);
  const auto added = added_.find(item);
  if (added != added_.end() && (!seen || added->second.seq < seen->version)) return added->second;
  return seen ? std::optional<There>({seen->version, seen->told}) : std::nullopt;
}

void Told::see(const msg::Item& item, Index told) {
  const auto edited = item.edited.value_or(base::Seq());
  sightings_.push_back({item.id, item.version, item.price, item.stock, msg::held_of(item), edited, &item, told});
}

// If an order has several lines of one item, the last one tells the stock that was left.
void Told::see(const msg::Order& order, bool has_item_prices, Index told) {
  for (auto line = order.lines.begin(); line != order.lines.end(); ++line) {
    const bool again =
        std::any_of(line + 1, order.lines.end(), [&](const auto& later) { return later.item == line->item; });
    const auto price = has_item_prices ? std::optional(line->price) : std::nullopt;
    if (!again) sightings_.push_back({line->item, order.seq, price, line->stock, {}, {}, {}, told});
  }
}

void Told::see(const msg::Hold& hold, Index told) {
  for (const auto& line : hold.lines)
    sightings_.push_back({line.item, hold.seq, line.price, {}, line.held, {}, {}, told});
}

void Told::see(const msg::AddItems& add, const Effect& effect) {
  for (const auto& item : add.items) {
    if (item.id) added_[*item.id] = {effect.seq, effect.told};
  }
}

// T2.
void Told::edits_in_order() {
  const Sighting* last = nullptr;
  for (const auto& sighting : sightings_) {
    if (!sighting.edited) continue;
    const auto* before = last && last->item == sighting.item ? last : nullptr;
    last = &sighting;
    if (!before || sighting.edited == before->edited || *sighting.edited > before->version) continue;
    findings_.add(kPart,
                  fmt::format("item {} was edited at seq {} in version {}, and at seq {} in version {}", sighting.item,
                              *before->edited, before->version, *sighting.edited, sighting.version),
                  {before->told, sighting.told}, sighting.item);
  }
}

// Adds what only the other one tells.
void Told::compare(Sighting& one, const Sighting& other) {
  const auto differs = [](auto& known, const auto& told) {
    if (!known) known = told;
    return told && *known != *told;
  };
  const auto text = [](const auto& value) { return value ? fmt::format("{}", *value) : "?"; };
  const bool is_another = differs(one.price, other.price) || differs(one.stock, other.stock) ||
                          differs(one.held, other.held) || differs(one.edited, other.edited);
  if (!one.shown) one.shown = other.shown;
  if (other.shown && one.shown->places != other.shown->places) {
    findings_.add(kPart, fmt::format("item {} has its pieces at two places as of seq {}", one.item, one.version),
                  {one.told, other.told}, one.item);
  }
  if (!is_another) return;
  findings_.add(
      kPart,
      fmt::format("item {} is told in two ways as of seq {}: {} and {} pieces, {} and {} of them held, {} and {} "
                  "cents, edited at seq {} and {}",
                  one.item, one.version, text(one.stock), text(other.stock), text(one.held), text(other.held),
                  text(one.price), text(other.price), text(one.edited), text(other.edited)),
      {one.told, other.told}, one.item);
}

}  // namespace history
