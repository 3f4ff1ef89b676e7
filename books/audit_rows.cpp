#include "books/audit_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/key_record.h"

namespace books {

void RowsAudit::event(const msg::Event& event, base::Seq seq) {
  last_ = seq;
  items_.evolve(event, seq);
  if (const auto order = orders_.evolve(event, seq)) {
    const auto digest = ledger::row_digest(*order);
    made_orders_.push_back({seq, digest, digest});
  }
  if (auto used = ledger::used_key(event, seq, &items_)) {
    Made made{seq, ledger::row_digest(used->key, used->record), 0};
    used->record.digest.reset();
    used->record.change.reset();
    made.older = ledger::row_digest(used->key, used->record);
    made_keys_.push_back({std::move(used->key), made});
    sorted_ = false;
  }
}

void RowsAudit::compare(const std::string& instance, const Ask& ask) {
  auto done = compare_orders(instance, ask);
  if (done) done = compare_keys(instance, ask);
  if (done) return compared_.push_back(instance);
  left_out_.push_back(fmt::format("{} was not compared: {}", instance, done.error().message));
}

// Calls `each` with every row, and with nullptr after the last one. `applied`: the seq of the view at the first page.
template <class Each>
base::Result<void> RowsAudit::each_row(msg::Rows request, const Ask& ask, Each each) {
  request.limit = msg::kPageMax;
  std::optional<base::Seq> applied;
  for (;;) {
    const auto page = ask(request);
    if (!page) return base::fail(page.error().message);
    if (!applied) applied = page->applied;
    for (const auto& row : page->rows) {
      const bool rises = request.table == msg::Table::kOrders ? row.no > request.after : row.key > request.after_key;
      if (!rises) return base::fail("its rows do not ascend");
      request.after = row.no;
      request.after_key = row.key;
      each(&row, *applied);
    }
    if (page->rows.size() < request.limit) break;
  }
  each(nullptr, *applied);
  return {};
}

base::Result<void> RowsAudit::compare_orders(const std::string& instance, const Ask& ask) {
  std::size_t next = 0;
  return each_row({.table = msg::Table::kOrders}, ask, [&](const msg::Row* row, base::Seq applied) {
    if (row && row->seq > until(applied)) return;
    const auto no = row ? row->no.value() : made_orders_.size() + 1;
    for (; next < made_orders_.size() && next + 1 < no && made_orders_[next].seq <= until(applied); ++next) {
      faults_.add(fmt::format("{} lacks order {} of seq {}", instance, next + 1, made_orders_[next].seq));
    }
    if (!row) return;
    if (no > made_orders_.size())
      return faults_.add(fmt::format("{} has order {}, which was never placed", instance, no));
    compare(instance, fmt::format("order {}", no), made_orders_[no - 1], *row);
    next = no;
  });
}

base::Result<void> RowsAudit::compare_keys(const std::string& instance, const Ask& ask) {
  if (!std::exchange(sorted_, true)) {
    std::sort(made_keys_.begin(), made_keys_.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  }
  auto next = made_keys_.begin();
  return each_row({.table = msg::Table::kKeys}, ask, [&](const msg::Row* row, base::Seq applied) {
    for (; next != made_keys_.end() && (!row || next->key < row->key); ++next) {
      if (next->made.seq > until(applied)) continue;
      faults_.add(fmt::format("{} lacks key {} of seq {}", instance, next->key, next->made.seq));
    }
    if (!row) return;
    if (next != made_keys_.end() && next->key == row->key) {
      compare(instance, fmt::format("key {}", row->key), next++->made, *row);
    } else if (row->seq <= until(applied)) {
      faults_.add(fmt::format("{} has key {}, which was never used", instance, row->key));
    }
  });
}

void RowsAudit::compare(const std::string& instance, const std::string& what, const Made& made, const msg::Row& row) {
  if (row.seq == made.seq && (row.digest == made.digest || row.digest == made.older)) return;
  faults_.add(fmt::format("{}: {} differs from the one that seq {} made", instance, what, made.seq));
}

Check RowsAudit::check() const {
  auto faults = faults_;
  if (compared_.empty()) faults.add("no order replica could be asked for its rows");
  auto detail =
      fmt::format("{} orders and {} keys in each of {}", made_orders_.size(), made_keys_.size(), compared_.size());
  detail += compared_.size() == 1 ? " view" : " views";
  for (const auto& what : left_out_) detail += "; " + what;
  return faults.check("rows", detail);
}

}  // namespace books
