#include <limits>

#include "tests/books/audit_fixture.h"

namespace books {
namespace {

using ::testing::HasSubstr;

// Indexes in checks().
constexpr std::size_t kChain = 0;
constexpr std::size_t kWriters = 2;
constexpr std::size_t kStock = 4;

TEST_F(AuditStream, RightBooksAreRight) {
  append({added(1, 5), added(2, 0, 250)});
  append({placed(1, {line(1, 2, 3)}, 200), moved(2, 4, 4)});
  append({priced(1, 120, 100), placed(2, {line(1, 1, 2, 120), line(2, 1, 3, 250), line(1, 2, 0, 120)}, 610)});
  append({sold(3, {line(1, 7, 7, 120)}, 840), msg::KeyVoided{key()}});
  appoint();
  append({moved(1, -7, 0)});
  expect_all_right();
}

TEST_F(AuditStream, EditsThatAreSoundAreRight) {
  append({added(1, 5), hold(1, kept(2, 2), 2000)});
  append({edited(1, "another", {}, {}), edited(1, {}, "new", "a topic", true)});
  append({confirmed(1, {line(1, 2, 3)}, 200, kept(2, 0)), sold(2, {line(1, 1, 4)}, 100), moved(1, 1, 5)});
  append({edited(1, {}, {}, {}, false), placed(3, {line(1, 1, 4)}, 100)});
  auto shown = item(1, 4, 11);
  shown.title = "another";
  shown.topic = "new";
  shown.edited = base::Seq(10);
  audit_.shown(shown);
  expect_all_right();
}

TEST_F(AuditStream, FindsAnEditWithAnotherOldTopic) {
  append({added(1, 5), edited(1, {}, "new", "other")});
  expect_fault("items", "seq 4 says that the topic of item 1 was 'other', but it was 'a topic'");
}

// A CHECK of the ledger would end the process.
TEST_F(AuditStream, FindsFieldsThatNoWriterMakes) {
  append({added(1, 5)});
  for (const std::int64_t low : {std::int64_t{-5}, 2 * msg::kStockMax}) {
    auto threshold = edited(1, {}, {}, {});
    threshold.low = base::Quantity(low);
    append({threshold});
  }
  expect_fault("fields", "seq 4, item_edited: low: -5 is not within -1 .. 1000000000");
}

TEST_F(AuditStream, FindsEmptyDetailsOfANewItem) {
  auto empty = added(1, 5);
  empty.items[0].topics.emplace();
  append({empty});
  expect_fault("fields", "seq 3, items_added: items[0].description, topics or attributes: is empty");
}

TEST_F(AuditStream, FindsAnEmptyListOfPlaces) {
  auto counted = moved(1, 0, 5);
  counted.counted = true;
  counted.places.emplace();
  counted.found = base::Quantity(5);
  append({added(1, 5), counted});
  expect_fault("fields", "seq 4, stock_moved: places: 0 is not within 1 .. 64");
}

// Earlier releases took texts with control characters, and orders with any total (ADR 36).
TEST_F(AuditStream, TextsAndTotalsOfEarlierReleasesAreRight) {
  auto old = added(1, msg::kStockMax, msg::kPriceMaxCents);
  old.items[0].title = "\u202e";
  std::vector<msg::OrderLine> lines;
  for (std::int64_t n = 1; n <= 10; ++n) {
    lines.push_back(line(1, msg::kLineQuantityMax, msg::kStockMax - n * msg::kLineQuantityMax, msg::kPriceMaxCents));
  }
  auto order = placed(1, lines, 10 * msg::kLineQuantityMax * msg::kPriceMaxCents);
  order.customer = "an\nn";
  append({old, order, msg::KeyVoided{"a\tkey"}});
  expect_all_right();
}

TEST_F(AuditStream, FindsAnEditOfNothing) {
  append({added(1, 5), edited(1, {}, {}, {})});
  expect_fault("items", "seq 4 edits nothing of item 1");
}

TEST_F(AuditStream, FindsARetiredItemThatIsBought) {
  append({added(1, 5), edited(1, {}, {}, {}, true), placed(1, {line(1, 1, 4)}, 100)});
  expect_fault("orders", "order 1 buys item 1, which is retired");
}

TEST_F(AuditStream, FindsARetiredItemThatIsHeld) {
  append({added(1, 5), edited(1, {}, {}, {}, true), hold(1, kept(1, 1), 2000)});
  expect_fault("holds", "hold 1 has item 1, which is retired");
}

TEST_F(AuditStream, FindsARetiredItemThatIsShownAsForSale) {
  append({added(1, 5), edited(1, {}, {}, {}, true)});
  auto shown = item(1, 5, 4);
  shown.edited = base::Seq(4);
  audit_.shown(shown);
  expect_fault("catalog", "retired");
}

TEST_F(AuditStream, CancelledPiecesAreCounted) {
  append({added(1, 5), placed(1, {line(1, 2, 3), line(1, 1, 2)}, 300), priced(1, 120, 100)});
  append({cancelled(1, {line(1, 1, 3)}, 100), cancelled(1, {line(1, 1, 3)}, 100, msg::CancelKind::kScrap)});
  append({cancelled(1, {line(1, 1, 4)}, 100, msg::CancelKind::kReturn)});
  expect_all_right();
  EXPECT_THAT(audit_.checks()[kStock].detail, HasSubstr("3 bought, 0 taken in, 2 cancelled: 4 left"));
}

TEST_F(AuditStream, FindsThatMoreIsCancelledThanWasBought) {
  append({added(1, 5), placed(1, {line(1, 2, 3)}, 200), cancelled(1, {line(1, 1, 4)}, 100)});
  append({cancelled(1, {line(1, 2, 6)}, 200)});
  expect_fault("orders", "seq 6 cancels 2 pieces of item 1 of order 1, of which 1 remained");
}

TEST_F(AuditStream, FindsThatWhatWasSoldToTheStoreIsCancelled) {
  append({added(1, 5), sold(1, {line(1, 2, 7)}, 200), cancelled(1, {line(1, 2, 9)}, 200)});
  expect_fault("orders", "of which 0 remained");
}

TEST_F(AuditStream, FindsACancellationOfNoOrder) {
  append({added(1, 5), cancelled(1, {line(1, 1, 6)}, 100)});
  expect_fault("orders", "seq 4 cancels order 1, which was never placed");
}

TEST_F(AuditStream, FindsACancellationAtAnotherPriceOrTotal) {
  append({added(1, 5), placed(1, {line(1, 2, 3)}, 200), cancelled(1, {line(1, 1, 4, 90)}, 90)});
  expect_fault("orders", "item 1 of order 1 at");
}

TEST_F(AuditStream, FindsACancellationWithAnotherTotal) {
  append({added(1, 5), placed(1, {line(1, 2, 3)}, 200), cancelled(1, {line(1, 1, 4)}, 90)});
  expect_fault("orders", "but its lines add up to");
}

TEST_F(AuditStream, FindsMoreCancellationsThanAnOrderMayHave) {
  append({added(1, 200), placed(1, {line(1, 150, 50)}, 15'000)});
  for (std::int64_t n = 1; n <= 100; ++n) append({cancelled(1, {line(1, 1, 50 + n)}, 100)});
  expect_all_right();
  append({cancelled(1, {line(1, 1, 151)}, 100)});
  expect_fault("orders", "seq 105 cancels order 1, which has 100 cancellations, as many as an order may have");
}

TEST_F(AuditStream, FindsThatACancellationGivesNothingBack) {
  append({added(1, 5), placed(1, {line(1, 2, 3)}, 200), cancelled(1, {line(1, 1, 3)}, 100)});
  expect_fault("stock", "seq 5 says that 3 pieces of item 1 are left, but 4 are");
}

TEST_F(AuditStream, SurvivesACancellationOfAnySize) {
  const auto most = std::numeric_limits<std::int64_t>::max();
  append({added(1, 5), placed(1, {line(1, 2, 3)}, 200)});
  append({cancelled(1, {line(1, most, most, most)}, most), cancelled(1, {line(1, -most, -most, -most)}, -most)});
  append({cancelled(1, std::vector(100, line(1, msg::kCancelledQuantityMax, 3, msg::kPriceMaxCents)), most)});
  EXPECT_GT(audit_.faults(), 2U);
}

TEST_F(AuditStream, SaysHowThePiecesAddUp) {
  append({added(1, 10), moved(1, 5, 15), placed(1, {line(1, 4, 11)}, 400), sold(2, {line(1, 1, 12)}, 100)});
  EXPECT_THAT(audit_.checks()[kStock].detail, HasSubstr("10 pieces at first +5 moved, 4 bought, 1 taken in: 12"));
}

TEST_F(AuditStream, OversellIsFound) {
  append({added(1, 1), placed(1, {line(1, 2, -1)}, 200)});
  expect_fault("stock", "seq 4 leaves -1 pieces of item 1");
}

TEST_F(AuditStream, OversellThatClaimsZeroIsFound) {
  append({added(1, 1), placed(1, {line(1, 2, 0)}, 200)});
  expect_fault("stock", "seq 4 leaves -1 pieces of item 1");
}

TEST_F(AuditStream, OversellByTwoLinesOfOneItemIsFound) {
  append({added(1, 3), placed(1, {line(1, 2, 1), line(1, 2, -1)}, 400)});
  expect_fault("stock", "leaves -1 pieces");
}

TEST_F(AuditStream, OversellByMovementIsFound) {
  append({added(1, 3), moved(1, -4, -1)});
  expect_fault("stock", "leaves -1 pieces");
}

TEST_F(AuditStream, LostPieceIsFoundOnce) {
  append({added(1, 5), placed(1, {line(1, 2, 2)}, 200)});
  append({placed(2, {line(1, 1, 1)}, 100)});
  expect_fault("stock", "seq 4 says that 2 pieces of item 1 are left, but 3 are");
  EXPECT_THAT(audit_.checks()[kStock].detail, ::testing::Not(HasSubstr("faults")));
}

TEST_F(AuditStream, StockBeyondTheLimitIsFound) {
  append({added(1, msg::kStockMax), moved(1, 1, msg::kStockMax + 1)});
  expect_fault("stock", "leaves 1000000001");
}

TEST_F(AuditStream, GapInOrderNumbersIsFound) {
  append({added(1), placed(1, {line(1, 1, 4)}, 100), placed(3, {line(1, 1, 3)}, 100)});
  expect_fault("orders", "seq 5 places order 3, but order 2 was due");
}

TEST_F(AuditStream, OrderNumberGivenTwiceIsFound) {
  append({added(1), placed(1, {line(1, 1, 4)}, 100), placed(1, {line(1, 1, 3)}, 100)});
  expect_fault("orders", "seq 5 places order 1, but order 2 was due");
}

TEST_F(AuditStream, WrongTotalIsFound) {
  append({added(1), placed(1, {line(1, 2, 3)}, 199)});
  expect_fault("orders", "order 1 has a total of 1.99, but its lines add up to 2.00");
}

TEST_F(AuditStream, OrderAtAnOldPriceIsFound) {
  append({added(1), priced(1, 120, 100), placed(1, {line(1, 1, 4, 100)}, 100)});
  expect_fault("orders", "at 1.00, but it cost 1.20");
}

TEST_F(AuditStream, WrongOldPriceIsFound) {
  append({added(1), priced(1, 120, 99)});
  expect_fault("items", "says that item 1 cost 0.99, but it cost 1.00");
}

TEST_F(AuditStream, ItemAddedTwiceIsFound) {
  append({added(1), added(1)});
  expect_fault("items", "adds item 1, which is there already");
}

TEST_F(AuditStream, OrderOfAnItemThatDoesNotExistIsFound) {
  append({placed(1, {line(7, 1, 4)}, 100)});
  expect_fault("items", "seq 3 is about item 7, which does not exist");
}

TEST_F(AuditStream, KeyWithTwoEffectsIsFound) {
  auto again = moved(1, 1, 7);
  again.key = "key-3";
  append({added(1), moved(1, 1, 6)});
  append({std::move(again)});
  expect_fault("keys", "key key-3 took effect with seq 4 and again with seq 5");
}

TEST_F(AuditStream, EffectOfAVoidedKeyIsFound) {
  append({msg::KeyVoided{"late"}, added(1)});
  auto late = moved(1, 1, 6);
  late.key = "late";
  append({std::move(late)});
  expect_fault("keys", "key late took effect with seq 3 and again with seq 5");
}

TEST_F(AuditStream, BlockThatWasReplacedIsFound) {
  const auto cheated = hash_;
  append({added(1)});
  hash_ = cheated;  // the next block follows a block that the audit has not seen
  append({moved(1, 1, 6)});
  expect_fault("chain", "block 4 does not name the hash of the block before it");
}

TEST_F(AuditStream, MissingSeqsAreFound) {
  next_ = next_.next(2);
  append({added(1)});
  expect_fault("chain", "block 3 begins with seq 5, but seq 3 was due");
}

TEST_F(AuditStream, MissingBlockNumberIsFound) {
  append({added(1)}, [](msg::Block& block) { block.no = block.no.next(); });
  expect_fault("chain", "block 4 came, but block 3 was due");
}

TEST_F(AuditStream, TermThatFallsIsFound) {
  append({added(1)}, [](msg::Block& block) { block.term = {}; });
  expect_fault("chain", "is of term 0, the block before it of term 1");
}

TEST_F(AuditStream, TimeThatGoesBackIsFound) {
  append({added(1)});
  at_ = 999;
  append({moved(1, 1, 6)});
  expect_fault("time", "seq 4 is older than the event before it");
}

TEST_F(AuditStream, BlockTimeThatGoesBackIsFound) {
  append({added(1)}, [](msg::Block& block) { block.at = 1; });
  expect_fault("time", "block 3 is older than the block before it");
}

TEST_F(AuditStream, TimeOfTheBrokersEventsThatGoesBackIsFound) {
  append({added(1)});
  at_ = 999;
  append({msg::HolderJoined{"frontend-1", base::Incarnation(1)}});
  expect_fault("time", "seq 4 is older than the event before it");
}

TEST_F(AuditStream, BlockOfAnOldEpochIsFound) {
  append({added(1)}, [](msg::Block& block) { block.epoch = base::Epoch(1); });
  expect_fault("writers", "block 3 names epoch 1, but the last appointment was seq 2");
}

TEST_F(AuditStream, AppendNumberThatFallsIsFound) {
  append({added(1)}, [](msg::Block& block) { block.producer = base::ProducerNo(5); });
  append({moved(1, 1, 6)}, [](msg::Block& block) { block.producer = base::ProducerNo(4); });
  expect_fault("writers", "names producer number 4, the block before it 5");
}

TEST_F(AuditStream, ShownItemsThatAgreeAreRight) {
  append({added(1), added(2, 7, 300), moved(1, 1, 6)});
  audit_.shown(item(1, 6, 5));
  audit_.shown(item(2, 7, 4, 300));
  audit_.all_shown(base::Seq(5));
  expect_all_right();
}

TEST_F(AuditStream, StaleItemIsFound) {
  append({added(1), moved(1, 1, 6)});
  audit_.shown(item(1, 5, 3));
  expect_fault("catalog", "item 1 is shown as of seq 3, but seq 4 touched it last");
}

TEST_F(AuditStream, ItemShownWithAnotherStockIsFound) {
  append({added(1)});
  audit_.shown(item(1, 4, 3));
  expect_fault("catalog", "item 1 is shown with stock 4");
}

TEST_F(AuditStream, ItemThatIsNotShownIsFound) {
  append({added(1), added(2)});
  audit_.shown(item(1, 5, 3));
  audit_.all_shown(base::Seq(4));
  expect_fault("catalog", "item 2 is not shown");
}

TEST_F(AuditStream, ItemAddedWhilePagingNeedNotBeShown) {
  append({added(1)});
  audit_.shown(item(1, 5, 3));
  append({added(2)});
  audit_.all_shown(base::Seq(3));
  expect_all_right();
}

TEST_F(AuditStream, NewerItemIsComparedWhenTheWalkComesToIt) {
  append({added(1)});
  audit_.shown(item(1, 6, 4));
  EXPECT_EQ(audit_.awaited(), base::Seq(4));
  append({moved(1, 1, 6), moved(1, 1, 7)});
  EXPECT_EQ(audit_.awaited(), base::Seq());
  expect_all_right();
}

TEST_F(AuditStream, NewerItemThatTheStreamContradictsIsFound) {
  append({added(1)});
  audit_.shown(item(1, 8, 4));
  append({moved(1, 1, 6)});
  expect_fault("catalog", "item 1 is shown with stock 8");
}

TEST_F(AuditStream, NewerItemThatTheStreamNeverReachesIsFound) {
  append({added(1)});
  audit_.shown(item(1, 5, 900));
  expect_fault("catalog", "as of seq 900, which the stream has not shown");
}

TEST_F(AuditStream, SampleIsSpreadOverAllItems) {
  for (std::uint64_t id = 1; id <= 10; ++id) append({added(id)});
  EXPECT_EQ(audit_.sample(5),
            (std::vector{base::ItemId(1), base::ItemId(3), base::ItemId(5), base::ItemId(7), base::ItemId(9)}));
  EXPECT_EQ(audit_.sample(100).size(), 10U);
}

// All the error paths: the blocks of a broken or hostile store.
TEST_F(AuditStream, ChangedByteEndsTheWalk) {
  msg::Block block;
  block.no = base::BlockNo(3);
  block.first = next_;
  block.count = 1;
  block.prev.bytes = hash_;
  msg::encode(msg::Event{1, added(1)}, block.events.bytes);
  auto bytes = msg::encode_block(block);
  bytes[bytes.size() / 2] ^= 1;
  audit_.block(bytes);
  EXPECT_FALSE(audit_.readable());
  EXPECT_EQ(audit_.next(), next_);
}

TEST_F(AuditStream, GarbageEndsTheWalk) {
  audit_.block("garbage");
  EXPECT_FALSE(audit_.readable());
  audit_.block("");
  EXPECT_THAT(audit_.checks()[kChain].detail, HasSubstr("block 3 cannot be read"));
}

TEST_F(AuditStream, RepeatedSeqsEndTheWalk) {
  next_ = base::Seq(2);
  append({added(1)});
  EXPECT_FALSE(audit_.readable());
}

TEST_F(AuditStream, AbsurdNumbersAreFaultsAndNoArithmetic) {
  const auto most = std::numeric_limits<std::int64_t>::max();
  append({added(1, -1), added(2), added(3, 5, -7)});
  append({moved(2, most, most), moved(2, 1, most), moved(2, -6, -most)});
  append({placed(most, {line(2, most, most, most)}, most), placed(1, {}, 0), priced(2, -1, 100)});
  append({placed(2, {line(2, 1, most)}, most)});
  EXPECT_TRUE(audit_.readable());
  EXPECT_FALSE(audit_.checks()[kStock].ok);
}

TEST_F(AuditStream, DecisionsWithoutAWriterAreFound) {
  StreamAudit audit;
  msg::Block block;
  block.no = base::BlockNo(1);
  block.first = base::Seq(1);
  block.count = 1;
  block.prev.bytes = msg::no_hash();
  msg::encode(msg::Event{1, added(1)}, block.events.bytes);
  audit.block(msg::encode_block(block));
  EXPECT_FALSE(audit.checks()[kWriters].ok);
}

TEST_F(AuditStream, AnItemWithoutANumberIsFound) {
  append({added(0)});
  expect_fault("items", "seq 3 adds item 0");
}

}  // namespace
}  // namespace books
