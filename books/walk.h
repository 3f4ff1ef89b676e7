// Walk: builds the shop from its stream, event by event, and checks that the stream is sound.
//
// StreamAudit looks for faults. Only while it has found none, the ledger takes the events, because a CHECK of the
// ledger would end the process. After a fault the state no longer changes.
// Memory: all items, twice. Keys are in `rows`. Threads: none. Tests: tests/books/walk_test.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>

#include "books/audit_stream.h"
#include "ledger/items.h"
#include "ledger/key_record.h"
#include "ledger/orders.h"
#include "msg/internal.h"

namespace books {

constexpr std::uint32_t kPageBytes = 1024 * 1024;  // how much of a stream is read at a time
constexpr base::Seq kAllSeqs{std::numeric_limits<base::Seq::Rep>::max()};

class Walk {
 public:
  // Called after the state has taken an event. `order`: the order that the event placed, or null.
  using Seen = std::function<void(const msg::Event& event, base::Seq seq, const msg::Order* order)>;

  // `rows`: as of StreamAudit.
  explicit Walk(Seen seen = {}, storage::ScratchRows* rows = nullptr) : audit_(rows), seen_(std::move(seen)) {}

  // Takes the next block. The state takes its events up to seq `to`.
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
  const std::optional<msg::Currency>& currency() const { return currency_; }
  base::Seq applied() const { return applied_; }
  std::int64_t at() const { return at_; }  // time of the last event taken, milliseconds since 1970 UTC
  msg::DigestAt digest() const { return {applied_, items_.digest(), orders_.digest() + keys_.common}; }

 private:
  void take(const msg::Event& event, base::Seq seq) {
    if (const auto* created = std::get_if<msg::StoreCreated>(&event.what)) {
      store_ = created->store;
      currency_ = created->currency;
    }
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
  std::optional<msg::Currency> currency_;
  base::Seq applied_;
  std::int64_t at_ = 0;
};

}  // namespace books
