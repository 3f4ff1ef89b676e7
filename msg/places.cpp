#include "msg/places.h"

#include <algorithm>

namespace msg {
namespace {

template <class List>
auto position_of(List& places, std::string_view place) {
  return std::lower_bound(places.begin(), places.end(), place,
                          [](const AtPlace& each, std::string_view name) { return each.place.compare(name) < 0; });
}

}  // namespace

Quantity sum_of(const std::optional<Places>& places) {
  Quantity sum;
  if (!places) return sum;
  for (const auto& each : *places) sum += each.pieces;
  return sum;
}

Quantity pieces_at(Quantity stock, const std::optional<Places>& places, std::string_view place) {
  if (place == kMainPlace) return stock - sum_of(places);
  if (!places) return {};
  const auto found = position_of(*places, place);
  return found != places->end() && found->place == place ? found->pieces : Quantity();
}

Places all_at(std::string_view place, Quantity pieces) {
  return place == kMainPlace ? Places() : Places{{std::string(place), pieces}};
}

void shift(std::optional<Places>& places, const Places& moved, std::int64_t sign) {
  if (moved.empty()) return;
  if (!places) places.emplace();
  for (const auto& [place, pieces] : moved) {
    auto at = position_of(*places, place);
    if (at == places->end() || at->place != place) at = places->insert(at, {place, {}});
    at->pieces += Quantity(sign * pieces.value());
    if (at->pieces.value() == 0) places->erase(at);
  }
  if (places->empty()) places.reset();
}

Places taken(Quantity quantity, Quantity stock, const std::optional<Places>& places) {
  Places parts;
  auto left = quantity - std::min(quantity, pieces_at(stock, places, kMainPlace));
  if (!places) return parts;
  for (auto at = places->begin(); at != places->end() && left.value() > 0; ++at) {
    parts.push_back({at->place, std::min(left, at->pieces)});
    left -= parts.back().pieces;
  }
  return parts;
}

}  // namespace msg
