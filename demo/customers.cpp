#include "demo/customers.h"

#include <algorithm>
#include <array>
#include <utility>

namespace demo {
namespace {

constexpr std::array<const char*, 12> kNames{"ann",  "bob",     "carla", "dmitri", "emre", "fatima",
                                             "gina", "hiroshi", "ines",  "jonas",  "kofi", "lena"};
constexpr std::uint64_t kPiecesMax = 3;

}  // namespace

Customers::Customers(load::Contents contents, std::uint64_t seed, std::string keys, std::size_t slots)
    : contents_(std::move(contents)),
      popularity_(load::Popularity::zipf(contents_.items().size())),
      random_(seed),
      keys_(std::move(keys)),
      slots_(slots) {}

load::Request Customers::next(std::size_t slot) {
  if (asked_.size() <= slot) asked_.resize(slot + 1);
  asked_[slot] = {};
  if (!empty_.empty()) {
    const auto item = empty_.front();
    empty_.pop_front();
    return restock(item);
  }
  const auto& item = contents_.items()[popularity_.choose(random_)];
  const auto dice = random_.below(100);
  if (dice < 15) return buy(slot, item.id);
  if (dice < 30) return {msg::Search::kType, false, contents_.searches()[item.search]};
  if (dice < 40 && last_) {
    const base::OrderNo no(1 + random_.below(last_.value()));
    return {msg::GetOrder::kType, false, msg::encoded(msg::GetOrder{no})};
  }
  return {msg::Lookup::kType, false, item.lookup};
}

load::Request Customers::buy(std::size_t slot, base::ItemId item) {
  asked_[slot] = {true, item};
  msg::PlaceOrder order;
  order.key = key();
  order.customer = kNames[slot / slots_ % kNames.size()];
  order.lines.push_back({item, base::Quantity(1 + static_cast<std::int64_t>(random_.below(kPiecesMax))), {}});
  return {msg::PlaceOrder::kType, true, msg::encoded(order)};
}

load::Request Customers::restock(base::ItemId item) {
  const msg::Restock restock{key(), item, base::Quantity(kRestock), "demo", {}};
  return {msg::Restock::kType, true, msg::encoded(restock)};
}

void Customers::learn(std::size_t slot, const client::Answer& answer) {
  latency_.add(answer.took);
  const auto asked = std::exchange(asked_[slot], {});
  if (!asked.buys) return;
  if (answer.refusal) {
    const bool is_new = std::find(empty_.begin(), empty_.end(), asked.item) == empty_.end();
    if (answer.refusal->code == msg::Code::kOutOfStock && is_new) empty_.push_back(asked.item);
    return;
  }
  const auto reply = msg::decode<msg::OrderReply>(answer.body);
  if (!reply) return;
  ++orders_;
  last_ = std::max(last_, reply->order.no);
}

base::LatencyCounts Customers::take_latency() { return std::exchange(latency_, {}); }

}  // namespace demo
