#include "ledger/orders.h"

#include "base/check.h"
#include "ledger/hash.h"

namespace ledger {
namespace {

constexpr std::uint64_t kOrderRow = 1;
constexpr std::uint64_t kCancellationRow = 4;

void add_lines(Hasher& hasher, const std::vector<msg::OrderLine>& lines) {
  hasher.add(std::uint64_t{lines.size()});
  for (const auto& line : lines) {
    hasher.add(line.item.value()).add(line.quantity.value()).add(line.price.value()).add(line.stock.value());
    if (line.places) add_places(hasher, *line.places);
  }
}

}  // namespace

std::uint64_t row_digest(const msg::Order& order) {
  Hasher hasher(kOrderRow);
  hasher.add(order.no.value()).add(order.seq.value()).add(order.at).add(static_cast<std::uint64_t>(order.type));
  hasher.add(order.key).add(order.customer);
  add_lines(hasher, order.lines);
  hasher.add(order.total.value());
  if (order.by) hasher.add(order.by->value());  // older rows do not have it
  return hasher.value();
}

std::uint64_t row_digest(const msg::Cancellation& cancellation) {
  Hasher hasher(kCancellationRow);
  hasher.add(cancellation.no.value()).add(cancellation.seq.value()).add(cancellation.at);
  hasher.add(static_cast<std::uint64_t>(cancellation.kind)).add(cancellation.key);
  add_lines(hasher, cancellation.lines);
  hasher.add(cancellation.total.value()).add(cancellation.reason);
  return hasher.add(cancellation.by.value_or(base::Seq()).value()).value();
}

std::optional<msg::Cancellation> cancellation_of(const msg::Event& event, base::Seq seq) {
  const auto* cancelled = std::get_if<msg::OrderCancelled>(&event.what);
  if (!cancelled) return std::nullopt;
  return msg::Cancellation{
      cancelled->no,     seq,     event.at, cancelled->kind, cancelled->key, cancelled->lines, cancelled->total,
      cancelled->reason, event.by};
}

// One function for each kind of event.
struct Orders::Evolve {
  Orders& orders;
  base::Seq seq;
  const msg::Event& event;
  using Row = std::optional<msg::Order>;

  Row operator()(const msg::StoreCreated&) const { return std::nullopt; }
  Row operator()(const msg::WriterAppointed&) const { return std::nullopt; }
  Row operator()(const msg::HolderJoined&) const { return std::nullopt; }
  Row operator()(const msg::HolderLeft&) const { return std::nullopt; }
  Row operator()(const msg::ItemsAdded&) const { return std::nullopt; }
  Row operator()(const msg::PriceChanged&) const { return std::nullopt; }
  Row operator()(const msg::ItemEdited&) const { return std::nullopt; }
  Row operator()(const msg::StockMoved&) const { return std::nullopt; }
  Row operator()(const msg::OrderPlaced& placed) const {
    return place({placed.no,
                  seq,
                  event.at,
                  placed.type,
                  placed.key,
                  placed.customer,
                  placed.lines,
                  placed.total,
                  event.by,
                  {},
                  {}});
  }
  Row operator()(const msg::OrderCancelled& cancelled) const {
    CHECK(cancelled.no && cancelled.no <= orders.last_, "seq={} cancels order={} last={}", seq, cancelled.no,
          orders.last_);
    orders.digest_ += row_digest(*cancellation_of(event, seq));
    return std::nullopt;
  }
  Row operator()(const msg::KeyVoided&) const { return std::nullopt; }
  Row operator()(const msg::CredentialGranted&) const { return std::nullopt; }
  Row operator()(const msg::CredentialRevoked&) const { return std::nullopt; }
  Row operator()(const msg::ActNoted&) const { return std::nullopt; }
  Row operator()(const msg::HoldPlaced&) const { return std::nullopt; }
  Row operator()(const msg::HoldExtended&) const { return std::nullopt; }
  Row operator()(const msg::HoldConfirmed& confirmed) const {
    return place({confirmed.no,
                  seq,
                  event.at,
                  msg::OrderType::kBuy,
                  confirmed.key,
                  confirmed.customer,
                  confirmed.lines,
                  confirmed.total,
                  event.by,
                  {},
                  {}});
  }
  Row operator()(const msg::HoldEnded&) const { return std::nullopt; }
  Row operator()(const msg::SubscriptionMade&) const { return std::nullopt; }
  Row operator()(const msg::SubscriptionAcknowledged&) const { return std::nullopt; }
  Row operator()(const msg::SubscriptionEnded&) const { return std::nullopt; }
  Row operator()(const msg::StockLow&) const { return std::nullopt; }
  Row operator()(const msg::StockOk&) const { return std::nullopt; }

 private:
  Row place(msg::Order order) const {
    CHECK(order.no == orders.last_.next(), "seq={} order={} last={}", seq, order.no, orders.last_);
    orders.last_ = order.no;
    orders.digest_ += row_digest(order);
    return order;
  }
};

std::optional<msg::Order> Orders::evolve(const msg::Event& event, base::Seq seq) {
  return std::visit(Evolve{*this, seq, event}, event.what);
}

}  // namespace ledger
