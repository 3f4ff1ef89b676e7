#include "ledger/orders.h"

#include "base/check.h"
#include "ledger/hash.h"

namespace ledger {
namespace {

constexpr std::uint64_t kOrderRow = 1;

}  // namespace

std::uint64_t row_digest(const msg::Order& order) {
  Hasher hasher(kOrderRow);
  hasher.add(order.no.value()).add(order.seq.value()).add(order.at).add(static_cast<std::uint64_t>(order.type));
  hasher.add(order.key).add(order.customer).add(std::uint64_t{order.lines.size()});
  for (const auto& line : order.lines) {
    hasher.add(line.item.value()).add(line.quantity.value()).add(line.price.value()).add(line.stock.value());
  }
  return hasher.add(order.total.value()).value();
}

msg::Order Orders::evolve(const msg::OrderPlaced& placed, base::Seq seq, std::int64_t at) {
  CHECK(placed.no == last_.next(), "seq={} order={} last={}", seq, placed.no, last_);
  msg::Order order{placed.no, seq, at, placed.type, placed.key, placed.customer, placed.lines, placed.total};
  last_ = order.no;
  digest_ += row_digest(order);
  return order;
}

}  // namespace ledger
