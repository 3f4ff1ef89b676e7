// RowsAudit: does every order view have the rows of orders and keys that the stream makes?
//
// Told the events of a sound stream, it keeps a digest of each row that they make; then it pages through the rows of a
// view, told by the replica itself (`rows`), and names the first order and the first key that is missing, differs, or
// was never made. Rows that are later than the walk, or than what the view had applied, are left out.
// Memory: 24 bytes an order, about 70 a key, and all items. Threads: none. Tests: tests/cli/audit_rows_test.cpp.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/audit_stream.h"
#include "ledger/items.h"
#include "ledger/orders.h"
#include "msg/refusal.h"
#include "msg/rows.h"

namespace cli {

class RowsAudit {
 public:
  // One page, and what the view had applied when it was made.
  struct Page {
    std::vector<msg::Row> rows;
    base::Seq applied;
  };
  using Ask = std::function<base::Result<Page>(const msg::Rows&)>;

  // The next event that is sound.
  void event(const msg::Event& event, base::Seq seq);

  // Goes through the rows of one view. A view that does not answer is named, and not compared.
  void compare(const std::string& instance, const Ask& ask);

  Check check() const;

 private:
  struct Made {
    base::Seq seq;
    std::uint64_t digest = 0;
    std::uint64_t older = 0;  // of a key: as a view of format 2 has left the row (ledger/key_record.h)
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
  std::vector<Made> made_orders_;   // order n at n - 1
  std::vector<MadeKey> made_keys_;  // sorted once the first view is compared
  bool sorted_ = false;
  std::vector<std::string> compared_;
  std::vector<std::string> left_out_;
  Faults faults_;
};

}  // namespace cli
