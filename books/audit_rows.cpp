#include "books/audit_rows.h"

#include <fmt/format.h>

#include <utility>

#include "ledger/key_record.h"
#include "ledger/movements.h"

namespace books {
namespace {

// All rows of a kind that the stream made, ascending, a page at a time.
template <class Row>
class MadeRows {
 public:
  // Returns the rows after one; after a row without values, the first ones.
  using Read = std::function<std::vector<Row>(const Row& after)>;

  explicit MadeRows(Read read) : read_(std::move(read)) { turn_page(); }

  // Null after the last one; valid until next().
  const Row* get() const { return at_ < page_.size() ? &page_[at_] : nullptr; }
  void next() {
    if (++at_ == page_.size()) turn_page();
  }

 private:
  void turn_page() {
    page_ = read_(page_.empty() ? Row() : page_.back());
    at_ = 0;
  }

  Read read_;
  std::vector<Row> page_;
  std::size_t at_ = 0;
};

using Movement = storage::ScratchRows::Movement;

bool is_before(const Movement* made, const msg::Row& row) {
  return made && std::pair(made->item, made->seq) < std::pair(*row.item, row.seq);
}
bool is_at(const Movement* made, const msg::Row& row) { return made && made->item == row.item && made->seq == row.seq; }

// Returns whether the row comes after those that were asked for so far.
bool rises(const msg::Row& row, const msg::Rows& request) {
  switch (request.table) {
    case msg::Table::kOrders:
      return row.no > request.after;
    case msg::Table::kKeys:
      return row.key > request.after_key;
    case msg::Table::kMovements:
      return row.item && row.delta &&
             std::pair(*row.item, row.seq) >
                 std::pair(request.after_item.value_or(base::ItemId()), request.after_seq.value_or(base::Seq()));
  }
  return false;
}

}  // namespace

void RowsAudit::event(const msg::Event& event, base::Seq seq) {
  last_ = seq;
  items_.evolve(event, seq);
  if (const auto order = orders_.evolve(event, seq)) {
    const auto digest = ledger::row_digest(*order);
    made_.put_order(order->no, {seq, digest, digest});
  }
  for (const auto& movement : ledger::movements_of(event, seq, items_)) {
    made_.put_movement({movement.item, movement.seq, ledger::row_digest(movement), movement.delta});
    ++made_movements_;
  }
  if (auto used = ledger::used_key(event, seq, &items_)) {
    Made made{seq, ledger::row_digest(used->key, used->record), 0};
    used->record.digest.reset();
    used->record.change.reset();
    made.older = ledger::row_digest(used->key, used->record);
    made_.put_key(used->key, made);
    ++made_keys_;
  }
}

void RowsAudit::compare(const std::string& instance, const Ask& ask) {
  auto done = compare_orders(instance, ask);
  if (done) done = compare_keys(instance, ask);
  if (done) done = compare_movements(instance, ask);
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
      if (!rises(row, request)) return base::fail("its rows do not ascend");
      request.after = row.no;
      request.after_key = row.key;
      request.after_item = row.item;
      if (row.item) request.after_seq = row.seq;
      each(&row, *applied);
    }
    if (page->rows.size() < request.limit) break;
  }
  each(nullptr, *applied);
  return {};
}

base::Result<void> RowsAudit::compare_orders(const std::string& instance, const Ask& ask) {
  base::OrderNo next(1);
  return each_row({.table = msg::Table::kOrders}, ask, [&](const msg::Row* row, base::Seq applied) {
    if (row && row->seq > until(applied)) return;
    const auto no = row ? row->no : orders_.last().next();
    for (auto made = made_.order(next); made && next < no && made->seq <= until(applied); made = made_.order(next)) {
      faults_.add(fmt::format("{} lacks order {} of seq {}", instance, next, made->seq));
      next = next.next();
    }
    if (!row) return;
    const auto made = made_.order(no);
    if (!made) return faults_.add(fmt::format("{} has order {}, which was never placed", instance, no));
    compare(instance, fmt::format("order {}", no), *made, *row);
    next = no.next();
  });
}

base::Result<void> RowsAudit::compare_keys(const std::string& instance, const Ask& ask) {
  using KeyRow = storage::ScratchRows::KeyRow;
  MadeRows<KeyRow> made([&](const KeyRow& after) { return made_.keys(after.key, msg::kPageMax); });
  return each_row({.table = msg::Table::kKeys}, ask, [&](const msg::Row* row, base::Seq applied) {
    for (; made.get() && (!row || made.get()->key < row->key); made.next()) {
      if (made.get()->row.seq > until(applied)) continue;
      faults_.add(fmt::format("{} lacks key {} of seq {}", instance, made.get()->key, made.get()->row.seq));
    }
    if (!row) return;
    if (made.get() && made.get()->key == row->key) {
      compare(instance, fmt::format("key {}", row->key), made.get()->row, *row);
      made.next();
    } else if (row->seq <= until(applied)) {
      faults_.add(fmt::format("{} has key {}, which was never used", instance, row->key));
    }
  });
}

base::Result<void> RowsAudit::compare_movements(const std::string& instance, const Ask& ask) {
  MadeRows<Movement> made([&](const Movement& after) { return made_.movements(after.item, after.seq, msg::kPageMax); });
  base::ItemId before;  // the item of the row before
  return each_row({.table = msg::Table::kMovements}, ask, [&](const msg::Row* row, base::Seq applied) {
    if (row && row->seq > until(applied)) return;
    const bool carries = row && row->carried.value_or(false) && *row->item != before;
    base::Quantity carried;
    for (; made.get() && (!row || is_before(made.get(), *row)); made.next()) {
      if (made.get()->seq > until(applied)) continue;
      if (carries && made.get()->item == row->item) {
        carried += made.get()->delta;
      } else {
        faults_.add(
            fmt::format("{} lacks the movement of item {} of seq {}", instance, made.get()->item, made.get()->seq));
      }
    }
    if (!row) return;
    before = *row->item;
    const auto what = fmt::format("the movement of item {} at seq {}", before, row->seq);
    if (carries) {
      if (is_at(made.get(), *row)) carried += made.get()->delta, made.next();
      if (*row->delta == carried) return;
      return faults_.add(
          fmt::format("{}: {} carries {} pieces over, but {} had come in", instance, what, *row->delta, carried));
    }
    if (!is_at(made.get(), *row)) return faults_.add(fmt::format("{} has {}, which nothing made", instance, what));
    compare(instance, what, {row->seq, made.get()->digest, made.get()->digest}, *row);
    made.next();
  });
}

void RowsAudit::compare(const std::string& instance, const std::string& what, const Made& made, const msg::Row& row) {
  if (row.seq == made.seq && (row.digest == made.digest || row.digest == made.older)) return;
  faults_.add(fmt::format("{}: {} differs from the one that seq {} made", instance, what, made.seq));
}

Check RowsAudit::check() const {
  if (compared_.empty() && faults_.count == 0) {
    return {"rows", false,
            fmt::format("not checked: no order replica could be asked for its rows{}{}", left_out_.empty() ? "" : "; ",
                        fmt::join(left_out_, "; ")),
            false};
  }
  auto detail = fmt::format("{} orders, {} keys and {} movements in each of {}", orders_.last(), made_keys_,
                            made_movements_, compared_.size());
  detail += compared_.size() == 1 ? " view" : " views";
  for (const auto& what : left_out_) detail += "; " + what;
  return faults_.check("rows", detail);
}

}  // namespace books
