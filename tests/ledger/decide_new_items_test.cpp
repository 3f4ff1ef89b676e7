// Decisions about new items, and the ids that they get.
#include "ledger/decide.h"

#include "tests/ledger/decide_fixture.h"

namespace ledger {
namespace {

using msg::Code;

TEST_F(Decide, NewItemsGetTheIdsAfterTheGreatest) {
  given(3, 1);
  const auto decision = when(add("k1", {new_item({}), new_item(10), new_item({})}));
  const auto& added = happened<msg::ItemsAdded>(decision);
  ASSERT_EQ(added.items.size(), 3U);
  EXPECT_EQ(added.items[0].id, base::ItemId(11));
  EXPECT_EQ(added.items[1].id, base::ItemId(10));
  EXPECT_EQ(added.items[2].id, base::ItemId(12));
  const auto next = when(add("k2", {new_item({})}));
  EXPECT_EQ(happened<msg::ItemsAdded>(next).items[0].id, base::ItemId(13));
}

TEST_F(Decide, AnItemThatExistsIsNotAddedAgain) {
  given(1, 1);
  EXPECT_EQ(refused(when(add("k1", {new_item(2), new_item(1)})), Code::kItemExists).item, base::ItemId(1));
  happened<msg::ItemsAdded>(when(add("k2", {new_item(2)})));
  refused(when(add("k3", {new_item(2)})), Code::kItemExists);
}

// The ids that the event of this decision gave, in the order of the request.
std::vector<std::uint64_t> ids_of(const Decision& decision) {
  std::vector<std::uint64_t> ids;
  for (const auto& item : happened<msg::ItemsAdded>(decision).items) ids.push_back(item.id.value());
  return ids;
}

// One client that chooses the greatest id must not end the ids that the writer gives.
TEST_F(Decide, AfterTheGreatestIdNewItemsGetFreeIdsBelow) {
  for (const std::uint64_t id : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{4}, msg::kItemIdMax}) given(id, 1);
  EXPECT_EQ(ids_of(when(add("k1", {new_item({})}))), std::vector<std::uint64_t>{3});
  EXPECT_EQ(ids_of(when(add("k2", {new_item({}), new_item({})}))), (std::vector<std::uint64_t>{5, 6}));
  EXPECT_EQ(ids_of(when(add("k3", {new_item({})}))), std::vector<std::uint64_t>{7})
      << "the others are not committed yet";
  commit();
  EXPECT_EQ(ids_of(when(add("k4", {new_item({})}))), std::vector<std::uint64_t>{8});
}

TEST_F(Decide, NewItemsGetIdsInARow) {
  for (const std::uint64_t id : {std::uint64_t{2}, std::uint64_t{4}, msg::kItemIdMax - 1}) given(id, 1);
  EXPECT_EQ(ids_of(when(add("k1", {new_item({}), new_item({})}))), (std::vector<std::uint64_t>{5, 6}));
  EXPECT_EQ(ids_of(when(add("k2", {new_item({})}))), std::vector<std::uint64_t>{msg::kItemIdMax})
      << "there is room above";
  EXPECT_EQ(ids_of(when(add("k3", {new_item({})}))), std::vector<std::uint64_t>{1});
}

TEST_F(Decide, AfterTheGreatestIdARequestChoosesAllIdsOrNone) {
  given(1, 1);
  const auto both = add("k1", {new_item({}), new_item(msg::kItemIdMax)});
  refused(when(both), Code::kLimit);
  happened<msg::ItemsAdded>(when(add("k2", {new_item(msg::kItemIdMax)})));
  refused(when(add("k3", {new_item({}), new_item(5)})), Code::kLimit);
  happened<msg::ItemsAdded>(when(add("k4", {new_item(5)})));
}

TEST_F(Decide, TheSearchForFreeIdsIsBounded) {
  given(msg::kItemIdMax, 1);
  for (std::uint64_t id = 2; id < 2 + Outlook::kFreeLooked; id += 2) given(id, 1);
  refused(when(add("k1", {new_item({}), new_item({})})), Code::kLimit);
  EXPECT_EQ(ids_of(when(add("k2", {new_item({})}))), std::vector<std::uint64_t>{1}) << "one fits everywhere";
}

TEST_F(Decide, ARepeatedRequestIsKnownByItsFreeIdsBelow) {
  given(msg::kItemIdMax, 1);
  const auto request = add("k", {new_item({}), new_item({})});
  when(request);
  commit();
  const auto record = std::get<KeyRecord>(when(request));
  EXPECT_EQ(record.item, base::ItemId(2));
}

}  // namespace
}  // namespace ledger
