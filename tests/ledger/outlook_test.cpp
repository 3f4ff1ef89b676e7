#include "ledger/outlook.h"

#include "tests/ledger/shop.h"

namespace ledger {
namespace {

using base::Cents;
using base::ItemId;
using base::Quantity;
using base::Seq;

class OutlookTest : public ::testing::Test, public Shop {};

TEST_F(OutlookTest, ForeseesThroughManyEventsOfOneItem) {
  given(1, 5, 100);
  when(buy("a", {line(1, 2), line(1, 1)}));
  when(price("b", 1, 150));
  when(restock("c", 1, 10));
  EXPECT_EQ(stock(1), 12);
  EXPECT_EQ(outlook().item(ItemId(1))->price, Cents(150));
  EXPECT_EQ(items().find(ItemId(1))->stock, Quantity(5)) << "nothing is committed";
  commit();
  EXPECT_EQ(stock(1), 12);
  EXPECT_EQ(items().find(ItemId(1))->stock, Quantity(12));
}

TEST_F(OutlookTest, ANewItemCanBeBoughtBeforeItIsCommitted) {
  when(add("a", {new_item(1, 3)}));
  happened<msg::OrderPlaced>(when(buy("b", {line(1, 3)})));
  refused(when(buy("c", {line(1, 1)})), msg::Code::kOutOfStock);
  commit();
  EXPECT_EQ(items().find(ItemId(1))->stock, Quantity(0));
}

TEST_F(OutlookTest, PlacesCountTheEventsThatWereDecided) {
  given(1, 5);
  when(buy("a", {line(1, 1)}));
  when(buy("b", {line(1, 1)}));
  EXPECT_EQ(outlook().place_of("a"), 2U);
  EXPECT_EQ(outlook().place_of("b"), 3U);
  EXPECT_EQ(outlook().last_place(), 3U);
  commit();
  EXPECT_FALSE(outlook().place_of("a"));
}

TEST_F(OutlookTest, OrderNumbersGoOnFromWhatIsCommittedAfterALoss) {
  given(1, 5);
  when(buy("a", {line(1, 1)}));
  commit();
  when(buy("b", {line(1, 1)}));
  EXPECT_EQ(outlook().next_order(), base::OrderNo(3));
  lose_epoch();
  EXPECT_EQ(outlook().next_order(), base::OrderNo(2));
  EXPECT_FALSE(outlook().key("b"));
  EXPECT_TRUE(outlook().key("a"));
}

TEST_F(OutlookTest, FreeIdsGoOnFromWhatIsCommittedAfterALoss) {
  given(1, 5);
  when(add("a", {new_item(9)}));
  EXPECT_EQ(outlook().next_free_id(), ItemId(10));
  lose_epoch();
  EXPECT_EQ(outlook().next_free_id(), ItemId(2));
}

TEST_F(OutlookTest, AnEditThatIsNotCommittedIsForeseen) {
  given(1, 5);
  const auto before = outlook().topic(ItemId(1));
  when(retire("a", 1));
  when(retopic("b", 1, "new"));
  EXPECT_TRUE(outlook().item(ItemId(1))->retired);
  EXPECT_EQ(outlook().topic(ItemId(1)), "new");
  lose_epoch();
  EXPECT_FALSE(outlook().item(ItemId(1))->retired);
  EXPECT_EQ(outlook().topic(ItemId(1)), before);
}

TEST_F(OutlookTest, ACommittedEventMustBeAsForeseen) {
  Items view;
  view.put({ItemId(1), "one", "t", Cents(100), Quantity(5), Seq(1)});
  Outlook outlook(
      view, [](const std::string&) { return std::optional<KeyRecord>(); }, base::OrderNo());
  const msg::Event event{0, msg::StockMoved{"k", 0, ItemId(1), Quantity(1), Quantity(6), ""}};
  EXPECT_DEATH(outlook.committed(event), "was committed but not decided");
  outlook.decided(event);
  EXPECT_DEATH(outlook.committed(event), "foreseen") << "the view has not evolved";
}

}  // namespace
}  // namespace ledger
