// RowsAudit: checks that every order view has exactly the rows of orders and keys that the stream makes.
//
// event() takes the events of a sound stream and keeps a digest of each row that they make. compare() asks a replica
// for the rows of its view, page by page (`rows`). It counts the rows that are missing, differ, or were never made, and
// check() names the first. It leaves out rows that are later than the last event or than the seq that the view had
// applied.
// Memory: 24 bytes an order, about 70 a key, and all items. Threads: none. Tests: tests/books/audit_rows_test.cpp.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "books/checks.h"
#include "ledger/items.h"
#include "ledger/orders.h"
#include "msg/refusal.h"
#include "msg/rows.h"

namespace books {

class RowsAudit {
 public:
  // One page of rows, and the seq that the view had applied when the replica made it.
  struct Page {
    std::vector<msg::Row> rows;
    base::Seq applied;
  };
  using Ask = std::function<base::Result<Page>(const msg::Rows&)>;

  // Takes the next event. StreamAudit has found no fault in it.
  void event(const msg::Event& event, base::Seq seq);

  // Compares the rows of one view. If the replica does not answer, check() names it as not compared.
  void compare(const std::string& instance, const Ask& ask);

  Check check() const;

 private:
  struct Made {
    base::Seq seq;
    std::uint64_t digest = 0;
    std::uint64_t older = 0;  // digest of a key's row that a view of format 2 wrote (ledger/key_record.h)
  };
  struct MadeKey {
    std::string key;
    Made made;
  };

  base::Result<void> compare_orders(const std::string& instance, const Ask& ask);
  base::Result<void> compare_keys(const std::string& instance, const Ask& ask);
  template <class Each>
  base::Result<void> each_row(msg::Rows request, const Ask& ask, Each each);
  base::Seq until(base::Seq applied) const { return std::min(applied, last_); }
  void compare(const std::string& instance, const std::string& what, const Made& made, const msg::Row& row);

  base::Seq last_;
  ledger::Items items_;
  ledger::Orders orders_;
  std::vector<Made> made_orders_;   // order n has index n - 1
  std::vector<MadeKey> made_keys_;  // sorted when a view is compared
  bool sorted_ = false;
  std::vector<std::string> compared_;
  std::vector<std::string> left_out_;
  Faults faults_;
};

}  // namespace books
