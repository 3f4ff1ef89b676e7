#include "ledger/key_record.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace ledger {
namespace {

KeyRecord a_record() {
  return {msg::OutcomeKind::kOrder,
          base::Seq(42),
          0xfeed'face'cafe'beef,
          base::OrderNo(17),
          base::ItemId(3),
          msg::Blob{"0123456789abcdef"},
          Change{ChangeKind::kPrice, 1'700'000'000'000, base::Cents(4995), base::Quantity(98)}};
}

// Views store sums of these values, so every release must compute the same ones.
TEST(KeyRecordTest, DigestsAreAStoredFormat) {
  EXPECT_EQ(common_digest("key-1", a_record()), 0x79e12e6cfaedc15b);
  EXPECT_EQ(row_digest("key-1", a_record()), 0x06fb145761f37d7d);
  EXPECT_EQ(common_digest("", {}), 0x4b4ff34e1081117e);
  EXPECT_EQ(row_digest("", {}), 0x3fb8a8c16320c03b);
}

TEST(KeyRecordTest, EveryFieldOfAKeyIsInItsRowsDigest) {
  using Change = std::function<void(KeyRecord&)>;
  const std::vector<std::pair<const char*, Change>> changes{
      {"kind", [](auto& record) { record.kind = msg::OutcomeKind::kChange; }},
      {"seq", [](auto& record) { record.seq = base::Seq(43); }},
      {"req", [](auto& record) { ++record.req; }},
      {"no", [](auto& record) { record.no = base::OrderNo(18); }},
      {"item", [](auto& record) { record.item = base::ItemId(4); }},
      {"digest", [](auto& record) { record.digest->bytes[15] = 'g'; }},
      {"no digest", [](auto& record) { record.digest.reset(); }},
      {"no change", [](auto& record) { record.change.reset(); }},
      {"kind of change", [](auto& record) { record.change->kind = ChangeKind::kRestock; }},
      {"other kind of change", [](auto& record) { record.change->kind = ChangeKind::kEdit; }},
      {"at", [](auto& record) { ++record.change->at; }},
      {"was", [](auto& record) { record.change->was = base::Cents(4996); }},
      {"stock", [](auto& record) { record.change->stock = base::Quantity(97); }},
      {"held", [](auto& record) { record.change->held = base::Quantity(5); }},
      {"hold", [](auto& record) { record.hold = base::HoldNo(6); }}};
  std::set<std::uint64_t> digests{row_digest("key-1", a_record()), row_digest("key-2", a_record())};
  EXPECT_EQ(digests.size(), 2U) << "key";
  for (const auto& [field, change] : changes) {
    auto record = a_record();
    change(record);
    EXPECT_TRUE(digests.insert(row_digest("key-1", record)).second) << field;
  }
}

TEST(KeyRecordTest, TheCommonDigestLeavesOutFieldsThatFormat2Lacks) {
  auto older = a_record();
  older.digest.reset();
  older.change.reset();
  EXPECT_EQ(common_digest("key-1", older), common_digest("key-1", a_record()));
}

TEST(KeyRecordTest, TheTotalCountsAndSums) {
  KeysTotal total;
  total.add("key-1", a_record());
  total.add("key-2", {});
  EXPECT_EQ(total, (KeysTotal{2, common_digest("key-1", a_record()) + common_digest("key-2", {}),
                              row_digest("key-1", a_record()) + row_digest("key-2", {})}));
}

}  // namespace
}  // namespace ledger
