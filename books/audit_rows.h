// RowsAudit: checks that every order view has exactly the rows of orders, keys and movements that the stream makes. So
// the movements of an item that a view shows add up to its stock. A view of a release that kept no movements carried
// its items over: the first row of such an item has the sum of all movements up to it.
//
// event() takes the events of a sound stream and keeps a digest of each row that they make. compare() asks a replica
// for the rows of its view, page by page (`rows`). It counts the rows that are missing, differ, or were never made, and
// check() names the first. It leaves out rows that are later than the last event or than the seq that the view had
// applied.
// Memory: all items. Digests are in `rows`. Threads: none. Tests: tests/books/audit_rows_test.cpp.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "books/checks.h"
#include "ledger/items.h"
#include "ledger/orders.h"
#include "msg/refusal.h"
#include "msg/rows.h"
#include "storage/scratch_rows.h"

namespace books {

class RowsAudit {
 public:
  // One page of rows, and the seq that the view had applied when the replica made it.
  struct Page {
    std::vector<msg::Row> rows;
    base::Seq applied;
  };
  using Ask = std::function<base::Result<Page>(const msg::Rows&)>;

  // `rows` must outlive this.
  explicit RowsAudit(storage::ScratchRows& rows) : made_(rows) {}

  // Takes the next event. StreamAudit has found no fault in it.
  void event(const msg::Event& event, base::Seq seq);

  // Compares the rows of one view. If the replica does not answer, check() names it as not compared.
  void compare(const std::string& instance, const Ask& ask);
  // check() says why views were not compared.
  void leave_out(std::string why) { left_out_.push_back(std::move(why)); }

  Check check() const;

 private:
  using Made = storage::ScratchRows::Row;  // older: of a key's row that a view of format 2 wrote (ledger/key_record.h)

  base::Result<void> compare_orders(const std::string& instance, const Ask& ask);
  base::Result<void> compare_keys(const std::string& instance, const Ask& ask);
  base::Result<void> compare_movements(const std::string& instance, const Ask& ask);
  template <class Each>
  base::Result<void> each_row(msg::Rows request, const Ask& ask, Each each);
  base::Seq until(base::Seq applied) const { return std::min(applied, last_); }
  void compare(const std::string& instance, const std::string& what, const Made& made, const msg::Row& row);

  base::Seq last_;
  ledger::Items items_;
  ledger::Orders orders_;
  storage::ScratchRows& made_;
  std::uint64_t made_keys_ = 0;
  std::uint64_t made_movements_ = 0;
  std::vector<std::string> compared_;
  std::vector<std::string> left_out_;
  Faults faults_;
};

}  // namespace books
