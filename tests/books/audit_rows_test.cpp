#include "books/audit_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "ledger/key_record.h"
#include "ledger/movements.h"

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
    items.evolve(event, seq);
    for (const auto& each : ledger::movements_of(event, seq, items)) {
      movements.push_back(
          {each.order.value_or(base::OrderNo()), "", seq, ledger::row_digest(each), each.item, each.delta});
    }
    if (const auto used = ledger::used_key(event, seq, &items)) {
      keys.push_back({used->record.no, used->key, seq, ledger::row_digest(used->key, used->record)});
    }
  }
  void place() {
    const auto no = made.last().next();
    happens(msg::OrderPlaced{.key = fmt::format("k{}", 9 - no.value() % 10), .no = no, .customer = "ann"});
  }
  void move(std::uint64_t id, std::int64_t delta) {
    const auto stock = items.find(base::ItemId(id))->stock + base::Quantity(delta);
    happens(msg::StockMoved{fmt::format("m{}", seq), 0, base::ItemId(id), base::Quantity(delta), stock, ""});
  }
  base::Result<RowsAudit::Page> answer_movements(const msg::Rows& asked) {
    auto rows = movements;
    const auto place = [](const msg::Row& row) { return std::pair(*row.item, row.seq); };
    std::sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
    const std::pair after(asked.after_item.value_or(base::ItemId()), asked.after_seq.value_or(base::Seq()));
    std::erase_if(rows, [&](const auto& row) { return place(row) <= after; });
    if (rows.size() > asked.limit) rows.resize(asked.limit);
    return RowsAudit::Page{rows, applied.value_or(seq)};
  }
  // Answers with a page, like a replica.
  base::Result<RowsAudit::Page> answer(const msg::Rows& asked) {
    if (silent) return base::fail("nobody answered");
    if (asked.table == msg::Table::kMovements) return answer_movements(asked);
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
    movements.clear();
    items = {};
    made = {};
    seq = {};
  }

  std::unique_ptr<storage::ScratchRows> scratch = std::make_unique<storage::ScratchRows>();
  std::unique_ptr<RowsAudit> audit = std::make_unique<RowsAudit>(*scratch);
  ledger::Orders made;
  base::Seq seq;
  std::vector<msg::Row> orders;
  std::vector<msg::Row> keys;
  std::vector<msg::Row> movements;
  ledger::Items items;
  std::optional<base::Seq> applied;
  bool silent = false;
};

TEST_F(AuditRows, RowsAsTheStreamMakesThemAreRight) {
  const auto check = compared();
  EXPECT_TRUE(check.ok) << check.detail;
  EXPECT_EQ(check.detail, "3 orders, 4 keys and 0 movements in each of 1 view");
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

// Items 1 and 2 are added, and then moved: item 1 at seqs 6 and 8, item 2 at seq 7.
class AuditMovements : public AuditRows {
 protected:
  AuditMovements() {
    happens(msg::ItemsAdded{"added", 0, {added(1), added(2)}});
    move(1, -2);
    move(2, 3);
    move(1, 4);
  }
  static msg::ItemAdded added(std::uint64_t id) {
    return {base::ItemId(id), "a title", "a topic", base::Cents(100), base::Quantity(5)};
  }
  msg::Row& row(std::uint64_t id, std::uint64_t at) {
    return *std::find_if(movements.begin(), movements.end(), [&](const msg::Row& each) {
      return each.item == base::ItemId(id) && each.seq == base::Seq(at);
    });
  }
  void lose_row(std::uint64_t id, std::uint64_t at) {
    std::erase_if(movements,
                  [&](const msg::Row& each) { return each.item == base::ItemId(id) && each.seq == base::Seq(at); });
  }
  // As a view of format 12 becomes when it has applied up to seq 6.
  void carry(std::int64_t pieces) {
    lose_row(1, 5);
    row(1, 6) = {{}, "", base::Seq(6), 7, base::ItemId(1), base::Quantity(pieces), true};
    row(2, 5) = {{}, "", base::Seq(5), 7, base::ItemId(2), base::Quantity(5), true};
  }
};

TEST_F(AuditMovements, RowsAsTheStreamMakesThemAreRight) {
  const auto check = compared();
  EXPECT_TRUE(check.ok) << check.detail;
  EXPECT_EQ(check.detail, "3 orders, 8 keys and 5 movements in each of 1 view");
}

TEST_F(AuditMovements, ManyPagesAreRead) {
  for (int i = 0; i < 2'500; ++i) move(1 + static_cast<std::uint64_t>(i % 2), 1);
  EXPECT_TRUE(compared().ok) << audit->check().detail;
  lose_row(2, 1000);
  expect_fault("order-2 lacks the movement of item 2 of seq 1000");
}

TEST_F(AuditMovements, ALostOneIsNamed) {
  for (const std::uint64_t at : {5U, 6U, 8U}) {
    const auto before = movements;
    lose_row(1, at);
    audit->compare("order-2", [this](const msg::Rows& asked) { return answer(asked); });
    movements = before;
  }
  expect_fault("3 faults; the first: order-2 lacks the movement of item 1 of seq 5");
}

TEST_F(AuditMovements, OneThatDiffersIsNamed) {
  ++row(1, 6).digest;
  expect_fault("order-2: the movement of item 1 at seq 6 differs from the one that seq 6 made");
}

TEST_F(AuditMovements, OneThatNothingMadeIsNamed) {
  movements.push_back({{}, "", base::Seq(7), 7, base::ItemId(1), base::Quantity(1)});
  expect_fault("order-2 has the movement of item 1 at seq 7, which nothing made");
}

TEST_F(AuditMovements, AViewThatCarriedItemsOverIsRightIfItCarriedAllPieces) {
  carry(3);
  EXPECT_TRUE(compared().ok) << audit->check().detail;
}

TEST_F(AuditMovements, AViewThatCarriedAnotherNumberOverIsNamed) {
  carry(4);
  expect_fault("order-2: the movement of item 1 at seq 6 carries 4 pieces over, but 3 had come in");
}

TEST_F(AuditMovements, OnlyTheFirstRowOfAnItemCarriesItOver) {
  row(1, 8).carried = true;
  ++row(1, 8).digest;
  expect_fault("order-2: the movement of item 1 at seq 8 differs");
}

TEST_F(AuditMovements, RowsLaterThanTheViewAreLeftOut) {
  applied = base::Seq(6);
  lose_row(2, 7);
  lose_row(1, 8);
  for (const auto* key : {"m6", "m7"}) lose(keys, key);
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

TEST_F(AuditRows, ViewsThatMayNotBeAskedAreNoFaultAndTheReasonIsTold) {
  audit->leave_out("only an operator's key opens a replica");
  const auto check = audit->check();
  EXPECT_FALSE(check.ok);
  EXPECT_FALSE(check.looked);
  EXPECT_EQ(check.detail,
            "not checked: no order replica could be asked for its rows; only an operator's key opens a replica");
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
