// Walk: the shop as its stream makes it, event by event, and whether that stream is sound.
//
// StreamAudit looks for faults; as long as it has found none, the ledger evolves along, so that its CHECKs, which end
// a process, hold whatever is fed. After a fault the state stays as it was.
// Memory: all items, twice; see StreamAudit for the keys. Threads: none. Tests: tests/cli/walk_test.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>

#include "cli/audit_stream.h"
#include "ledger/items.h"
#include "ledger/key_record.h"
#include "ledger/orders.h"
#include "msg/internal.h"

namespace cli {

constexpr std::uint32_t kPageBytes = 1024 * 1024;  // of a stream that is gone over, read at a time
constexpr base::Seq kAllSeqs{std::numeric_limits<base::Seq::Rep>::max()};

class Walk {
 public:
  // Told each event that the state has taken; `order` is set if it is one.
  using Seen = std::function<void(const msg::Event& event, base::Seq seq, const msg::Order* order)>;

  explicit Walk(StreamAudit::Keys keys, Seen seen = {}) : audit_(keys), seen_(std::move(seen)) {}

  // The next block; of its events the state takes those up to `to`.
  void block(base::BytesView bytes, base::Seq to = kAllSeqs) {
    audit_.block(bytes, [&](const msg::Event& event, base::Seq seq) {
      if (seq <= to) take(event, seq);
    });
  }

  const StreamAudit& audit() const { return audit_; }
  StreamAudit& audit() { return audit_; }
  const ledger::Items& items() const { return items_; }
  const ledger::Orders& orders() const { return orders_; }
  const std::string& store() const { return store_; }
  base::Seq applied() const { return applied_; }
  std::int64_t at() const { return at_; }  // of the last event that was taken
  msg::DigestAt digest() const { return {applied_, items_.digest(), orders_.digest() + keys_.common}; }

 private:
  void take(const msg::Event& event, base::Seq seq) {
    if (const auto* created = std::get_if<msg::StoreCreated>(&event.what)) store_ = created->store;
    items_.evolve(event, seq);
    const auto order = orders_.evolve(event, seq);
    if (const auto used = ledger::used_key(event, seq)) keys_.add(used->key, used->record);
    applied_ = seq;
    at_ = event.at;
    if (seen_) seen_(event, seq, order ? &*order : nullptr);
  }

  StreamAudit audit_;
  Seen seen_;
  ledger::Items items_;
  ledger::Orders orders_;
  ledger::KeysTotal keys_;
  std::string store_;
  base::Seq applied_;
  std::int64_t at_ = 0;
};

}  // namespace cli
