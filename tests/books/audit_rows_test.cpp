#include "books/audit_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "ledger/key_record.h"

namespace books {
namespace {

using ::testing::HasSubstr;

// A stream of orders and voided keys, and a view whose rows a test may change.
class AuditRows : public ::testing::Test {
 protected:
  AuditRows() {
    for (int i = 0; i < 3; ++i) place();
    happens(msg::KeyVoided{"void"});
  }
  template <class What>
  void happens(What what) {
    seq = seq.next();
    const msg::Event event{9, std::move(what)};
    audit->event(event, seq);
    if (const auto order = made.evolve(event, seq)) {
      orders.push_back({order->no, order->key, seq, ledger::row_digest(*order)});
    }
    if (const auto used = ledger::used_key(event, seq)) {
      keys.push_back({used->record.no, used->key, seq, ledger::row_digest(used->key, used->record)});
    }
  }
  void place() {
    const auto no = made.last().next();
    happens(msg::OrderPlaced{.key = fmt::format("k{}", 9 - no.value() % 10), .no = no, .customer = "ann"});
  }
  // Answers with a page, like a replica.
  base::Result<RowsAudit::Page> answer(const msg::Rows& asked) {
    if (silent) return base::fail("nobody answered");
    auto rows = asked.table == msg::Table::kOrders ? orders : keys;
    std::sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) {
      return asked.table == msg::Table::kOrders ? a.no < b.no : a.key < b.key;
    });
    std::erase_if(rows, [&](const auto& row) {
      return asked.table == msg::Table::kOrders ? row.no <= asked.after : row.key <= asked.after_key;
    });
    if (rows.size() > asked.limit) rows.resize(asked.limit);
    return RowsAudit::Page{rows, applied.value_or(seq)};
  }
  Check compared() {
    audit->compare("order-2", [this](const msg::Rows& asked) { return answer(asked); });
    return audit->check();
  }
  void expect_fault(const std::string& what) {
    const auto check = compared();
    EXPECT_FALSE(check.ok);
    EXPECT_THAT(check.detail, HasSubstr(what));
  }
  static void lose(std::vector<msg::Row>& rows, const std::string& key) {
    std::erase_if(rows, [&](const auto& row) { return row.key == key; });
  }

  // Begins an audit that has seen nothing yet.
  void begin_anew() {
    scratch = std::make_unique<storage::ScratchRows>();
    audit = std::make_unique<RowsAudit>(*scratch);
    orders.clear();
    keys.clear();
    made = {};
    seq = {};
  }

  std::unique_ptr<storage::ScratchRows> scratch = std::make_unique<storage::ScratchRows>();
  std::unique_ptr<RowsAudit> audit = std::make_unique<RowsAudit>(*scratch);
  ledger::Orders made;
  base::Seq seq;
  std::vector<msg::Row> orders;
  std::vector<msg::Row> keys;
  std::optional<base::Seq> applied;
  bool silent = false;
};

TEST_F(AuditRows, RowsAsTheStreamMakesThemAreRight) {
  const auto check = compared();
  EXPECT_TRUE(check.ok) << check.detail;
  EXPECT_EQ(check.detail, "3 orders and 4 keys in each of 1 view");
}

TEST_F(AuditRows, ManyPagesAreRead) {
  while (made.last().value() < 5) place();
  for (int i = 0; i < 2'500; ++i) happens(msg::KeyVoided{fmt::format("x{}", i)});
  EXPECT_TRUE(compared().ok) << audit->check().detail;
  lose(keys, "x777");
  expect_fault("order-2 lacks key x777 of seq 784");
}

TEST_F(AuditRows, ALostOrderIsNamed) {
  for (const std::uint64_t no : {1U, 2U, 3U}) {
    begin_anew();
    for (int i = 0; i < 3; ++i) place();
    orders.erase(orders.begin() + static_cast<std::ptrdiff_t>(no - 1));
    expect_fault(fmt::format("order-2 lacks order {} of seq {}", no, no));
  }
}

TEST_F(AuditRows, ALostKeyIsNamed) {
  for (const std::string key : {"k6", "void"}) {
    const auto before = keys;
    lose(keys, key);
    expect_fault("order-2 lacks key k6");
    keys = before;
  }
}

TEST_F(AuditRows, AnOrderThatDiffersIsNamed) {
  ++orders[1].digest;
  expect_fault("order-2: order 2 differs from the one that seq 2 made");
}

TEST_F(AuditRows, AKeyThatDiffersIsNamed) {
  ++keys[3].digest;
  expect_fault("order-2: key void differs from the one that seq 4 made");
}

// A view that a release before digests began has records without them, for events that have them.
TEST_F(AuditRows, ARecordOfAnOlderReleaseIsRight) {
  const msg::OrderPlaced placed{.key = "old", .no = made.last().next(), .digest = msg::Blob{std::string(16, 'd')}};
  happens(placed);
  auto used = ledger::used_key({9, placed}, seq);
  used->record.digest.reset();
  const auto older = ledger::row_digest(used->key, used->record);
  ASSERT_NE(keys.back().digest, older);
  keys.back().digest = older;
  EXPECT_TRUE(compared().ok) << audit->check().detail;
}

TEST_F(AuditRows, AKeyThatWasNeverUsedIsNamed) {
  keys.push_back({{}, "never", base::Seq(2), 7});
  expect_fault("order-2 has key never, which was never used");
}

TEST_F(AuditRows, AnOrderThatWasNeverPlacedIsNamed) {
  orders.push_back({base::OrderNo(4), "k", base::Seq(2), 7});
  expect_fault("order-2 has order 4, which was never placed");
}

TEST_F(AuditRows, AnOrderFarBeyondTheLastIsOneFault) {
  orders.push_back({base::OrderNo(40), "k", base::Seq(2), 7});
  const auto check = compared();
  EXPECT_FALSE(check.ok);
  EXPECT_EQ(check.detail, "order-2 has order 40, which was never placed");
}

TEST_F(AuditRows, RowsLaterThanTheWalkOrTheViewAreLeftOut) {
  orders.push_back({base::OrderNo(4), "k", base::Seq(99), 7});
  keys.push_back({base::OrderNo(4), "k", base::Seq(99), 7});
  EXPECT_TRUE(compared().ok) << audit->check().detail;
  applied = base::Seq(2);
  orders.resize(2);
  lose(keys, "k");
  lose(keys, "k6");
  lose(keys, "void");
  EXPECT_TRUE(compared().ok) << audit->check().detail;
}

TEST_F(AuditRows, AViewThatDoesNotAnswerIsNamedAndWithoutAnyViewNothingWasChecked) {
  EXPECT_FALSE(audit->check().ok);
  EXPECT_FALSE(audit->check().looked);
  silent = true;
  expect_fault("no order replica could be asked for its rows; order-2 was not compared: nobody answered");
  EXPECT_FALSE(audit->check().looked);
  silent = false;
  const auto check = compared();
  EXPECT_TRUE(check.ok);
  EXPECT_TRUE(check.looked);
  EXPECT_THAT(check.detail, HasSubstr("order-2 was not compared: nobody answered"));
}

TEST_F(AuditRows, PagesThatDoNotAscendEndTheComparison) {
  audit->compare("order-2", [&](const msg::Rows& asked) -> base::Result<RowsAudit::Page> {
    std::vector<msg::Row> same(asked.limit, orders[0]);
    return RowsAudit::Page{same, seq};
  });
  EXPECT_THAT(audit->check().detail, HasSubstr("no order replica"));
}

}  // namespace
}  // namespace books
