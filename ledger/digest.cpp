// Request digests. What goes in, and in which order, is a stored format: it is never changed, only added to under a new
// kind. tests/ledger/command_test.cpp pins the values.
#include "ledger/command.h"
#include "ledger/hash.h"

namespace ledger {
namespace {

enum class Kind : std::uint64_t { kPlace = 1, kAdd = 2, kPrice = 3, kRestock = 4 };

Hasher start(Kind kind) { return Hasher(static_cast<std::uint64_t>(kind)); }

template <class Number>
void add_optional(Hasher& hasher, const std::optional<Number>& number) {
  hasher.add(std::uint64_t{number.has_value()});
  if (number) hasher.add(number->value());
}

}  // namespace

std::uint64_t request_digest(const msg::PlaceOrder& place) {
  Hasher hasher = start(Kind::kPlace);
  hasher.add(static_cast<std::uint64_t>(place.type)).add(place.customer ? *place.customer : std::string_view());
  hasher.add(std::uint64_t{place.lines.size()});
  for (const auto& line : place.lines) {
    hasher.add(line.item.value()).add(line.quantity.value());
    add_optional(hasher, line.price);
  }
  return hasher.value();
}

std::uint64_t request_digest(const msg::AddItems& add) {
  Hasher hasher = start(Kind::kAdd);
  hasher.add(std::uint64_t{add.items.size()});
  for (const auto& item : add.items) {
    add_optional(hasher, item.id);
    hasher.add(item.title).add(item.topic).add(item.price.value()).add(item.stock.value());
  }
  return hasher.value();
}

std::uint64_t request_digest(const msg::ChangePrice& change) {
  return start(Kind::kPrice).add(change.item.value()).add(change.price.value()).value();
}

std::uint64_t request_digest(const msg::Restock& restock) {
  Hasher hasher = start(Kind::kRestock);
  hasher.add(restock.item.value()).add(restock.delta.value());
  return hasher.add(restock.reason ? *restock.reason : std::string_view()).value();
}

std::uint64_t request_digest(const Command& command) {
  return std::visit(
      [](const auto& request) -> std::uint64_t {
        if constexpr (std::is_same_v<std::decay_t<decltype(request)>, msg::Outcome>) {
          return 0;
        } else {
          return request_digest(request);
        }
      },
      command);
}

}  // namespace ledger
