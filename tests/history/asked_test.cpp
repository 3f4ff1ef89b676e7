// Answers that do not fit their request.
#include "tests/history/sentences.h"

namespace history {
namespace {

using namespace sentences;

// Expects a violation by the sentence's operation after `change`.
void expect_wrong(const std::string& sentence, const std::function<void(Operation&)>& change) {
  auto all = operations({sentence});
  change(all[0]);
  const auto verdict = check(all);
  ASSERT_EQ(verdict.result, Result::kViolated) << describe(all[0], 0);
  EXPECT_EQ(verdict.violations.front().part, "asked");
}
template <class Reply>
void expect_wrong_reply(const std::string& sentence, const std::function<void(Reply&)>& change) {
  expect_holds({sentence});
  expect_wrong(sentence, [&](Operation& operation) { change(std::get<Reply>(operation.answer)); });
}

TEST(Asked, ALookUpTellsOfItsItem) {
  expect_holds({"0-1 look 5 -> 5=3@7"});
  expect_violated("asked", {"0-1 look 5 -> 6=3@7"});
  expect_violated("asked", {"0-1 look 5 -> !unknown_item 6"});
  expect_holds({"0-1 title Item_6 -> 6=3@7"});
  expect_violated("asked", {"0-1 title Item_5 -> 6=3@7"});
  expect_violated("asked", {"0-1 title Item_5 -> !unknown_item 6"});
}

TEST(Asked, AChangeTellsOfItsItem) {
  expect_holds({"0-1 restock r 5 1 -> 5=4@8", "2-3 price p 5 90 -> 5=4$90@9"});
  expect_violated("asked", {"0-1 restock r 5 1 -> 6=3@8"});
  expect_violated("asked", {"0-1 price p 5 90 -> 6=3$90@8"});
  expect_violated("asked", {"0-1 restock r 5 1 -> !unknown_item 6"});
  expect_violated("asked", {"0-1 price p 5 90 -> !unknown_item 6"});
  expect_violated("asked", {"0-1 restock r 5 -1 -> !out_of_stock 6=0"});
  expect_holds({"0-1 count c 5 4 -> 5=4@8 left"});
  expect_violated("asked", {"0-1 count c 5 4 -> 6=4@8 left"});
  expect_violated("asked", {"0-1 count c 5 4 -> 5=3@8 left"});
  expect_violated("asked", {"0-1 count c 5 4 -> !unknown_item 6"});
}

TEST(Asked, AnAdditionHasItsItems) {
  expect_holds({"0-1 add a 7=5 =4/t/X -> 7=5@9 8=4@9/t/X"});
  expect_violated("asked", {"0-1 add a 7=5 -> 8=5@9"});
  expect_violated("asked", {"0-1 add a 7=5 -> 7=5@9/other"});
  expect_violated("asked", {"0-1 add a 7=5 -> 7=5@9/t/Other"});
  expect_violated("asked", {"0-1 add a 7=5 -> 7=5@9 8=4@9"});
  expect_violated("asked", {"0-1 add a 7=5 =4/t/X -> 7=5@9 6=4@9/t/X"});
  expect_violated("asked", {"0-1 add a 7=5 -> 7=5@9 more"});
  expect_violated("asked", {"0-1 add a 7=5 -> !item_exists 8"});
  expect_violated("asked", {"0-1 add a =5/t/X -> !item_exists 8"});
}

TEST(Asked, AnAdditionThatIsRepeatedShowsAnItemThatWasEditedAsItIsNow) {
  const std::string renamed = "2-3 edit e 7 title New -> 7=5@11!11/t/New left";
  expect_holds({"0-9 add a 7=5 =4/t/X -> 7=5@11!11/t/New 8=4@9/t/X", renamed});
  expect_violated("asked", {"0-9 add a 7=5 =4/t/X -> 6=5@11!11/t/New 8=4@9/t/X", renamed});
  expect_violated("asked", {"0-9 add a 7=5 =4/t/X -> 7=5@11!11/t/New 8=4@9/t/X left", renamed});
}

TEST(Asked, AnOrderIsTheOneAskedFor) {
  expect_holds({"0-1 order 1 -> #1@7 k1 1x1=3"});
  expect_violated("asked", {"0-1 order 2 -> #1@7 k1 1x1=3"});
  expect_holds({"0-1 orders of ann -> #1@7 k1~ann 1x1=3"});
  expect_violated("asked", {"0-1 orders of bob -> #1@7 k1~ann 1x1=3"});
  expect_holds({"0-1 orders of ANN -> #1@7 k1~ann 1x1=3"});
  expect_holds({"0-1 orders of \u00c1nn -> #1@7 k1~a\u0301NN 1x1=3"});
}

TEST(Asked, APageAscendsWithinItsLimit) {
  expect_holds({"0-1 search t limit 2 -> 1=5@3 2=5@4"});
  expect_violated("asked", {"0-1 search t limit 1 -> 1=5@3 2=5@4"});
  expect_violated("asked", {"0-1 search t -> 2=5@3 1=5@4"});
  expect_violated("asked", {"0-1 search t after 1 -> 1=5@4"});
  expect_holds({"0-1 orders limit 2 -> #1@7 k1 1x1=3 | #2@8 k2 1x1=2"});
  expect_violated("asked", {"0-1 orders limit 1 -> #1@7 k1 1x1=3 | #2@8 k2 1x1=2"});
  expect_violated("asked", {"0-1 orders -> #2@8 k2 1x1=2 | #1@7 k1 1x1=3"});
}

TEST(Asked, ThereAreAHundredRowsWhereNoLimitIsGiven) {
  std::string page = "0-1 search t ->";
  for (int i = 1; i <= 100; ++i) page += " " + std::to_string(i) + "=5@3";
  expect_holds({page});
  expect_violated("asked", {page + " 101=5@3"});
}

TEST(Asked, ANextPageDoesNotBeginBeforeTheEndOfThisOne) {
  expect_wrong_reply<msg::ItemsReply>("0-1 search t -> 1=5@3 2=5@4 more",
                                      [](msg::ItemsReply& reply) { reply.next = base::ItemId(1); });
  expect_wrong_reply<msg::OrdersReply>("0-1 orders -> #1@7 k1 1x1=3 | #2@8 k2 1x1=2 more",
                                       [](msg::OrdersReply& reply) { reply.next = base::OrderNo(1); });
}

TEST(Asked, ARefusalNamesAnItemOfItsRequest) {
  expect_holds({"0-1 buy k 1x1 2x2 -> !out_of_stock 2=1"});
  expect_violated("asked", {"0-1 buy k 1x1 2x2 -> !out_of_stock 3=0"});
  expect_violated("asked", {"0-1 buy k 1x1 2x2 -> !out_of_stock"});
  expect_violated("asked", {"0-1 buy k 1x1 2x2 -> !out_of_stock 2"});
  expect_violated("asked", {"0-1 buy k 1x1 2x2 -> !out_of_stock 2=2"});  // the stock is sufficient
  expect_holds({"0-1 buy k 1x1 1x2 -> !out_of_stock 1=2"});
  expect_violated("asked", {"0-1 buy k 1x1 1x2 -> !out_of_stock 1=3"});
  expect_violated("asked", {"0-1 restock r 1 -4 -> !out_of_stock 1=4"});
  expect_violated("asked", {"0-1 buy k 1x1 -> !unknown_item 2"});
  expect_violated("asked", {"0-1 buy k 1x1 -> !unknown_item"});
}

TEST(Asked, ARefusalHasTheFieldsOfItsWordAlone) {
  expect_violated("asked", {"0-1 buy k 1x1 -> !unknown_item 1=3"});
  expect_violated("asked", {"0-1 buy k 1x1$90 -> !price_changed 1=3$80"});
  expect_violated("asked", {"0-1 buy k 1x1 -> !out_of_stock 1=0$80"});
  expect_violated("asked", {"0-1 buy k 1x1 -> !key_voided 1"});
  expect_violated("asked", {"0-1 order 1 -> !unknown_order 1"});
  expect_wrong("0-1 order 1 -> !unknown_order",
               [](Operation& operation) { std::get<msg::Refusal>(operation.answer).expected = base::ProducerNo(1); });
}

TEST(Asked, ARefusedPriceIsAnotherThanExpected) {
  expect_holds({"0-1 buy k 1x1$80 2x1 -> !price_changed 1$90"});
  expect_violated("asked", {"0-1 buy k 1x1$80 2x1 -> !price_changed 1$80"});
  expect_violated("asked", {"0-1 buy k 1x1$80 2x1 -> !price_changed 2$90"});
  expect_violated("asked", {"0-1 buy k 1x1$80 2x1 -> !price_changed 3$90"});
  expect_violated("asked", {"0-1 buy k 1x1$80 2x1 -> !price_changed 1"});
}

TEST(Asked, ARefusedVersionIsAnotherThanExpected) {
  expect_holds({"0-1 price k 1 80 if 7 -> !version_changed 1@8"});
  expect_violated("asked", {"0-1 price k 1 80 if 7 -> !version_changed 1@7"});
  expect_violated("asked", {"0-1 price k 1 80 if 7 -> !version_changed 2@8"});
  expect_holds({"0-1 restock k 1 1 if 7 -> !version_changed 1"});
  expect_violated("asked", {"0-1 restock k 1 1 -> !version_changed 1@8"});
}

TEST(Asked, AnEditLeavesWhatItNames) {
  expect_holds({"0-1 edit k 1 title New topic u retire terms P2 -> 1=5@7!7RP2/u/New left"});
  for (const std::string left : {"1=5@7!7RP2/u/Old", "1=5@7!7RP2/t/New", "1=5@7!7P2/u/New", "1=5@7!7RP3/u/New",
                                 "1=5@7!6RP2/u/New", "2=5@7!7RP2/u/New"}) {
    expect_violated("asked", {"0-1 edit k 1 title New topic u retire terms P2 -> " + left + " left"});
  }
  expect_violated("asked", {"0-1 edit k 1 -> 1=5@7!7 left"});
  for (const std::string terms : {"W5", "C5", "F5U5", "P0"}) {
    expect_violated("asked", {"0-1 edit k 1 terms " + terms + " -> 1=5@7!7" + terms + " left"});
  }
}

// Each refusal is valid only for the requests for which PROTOCOL 4 lists it.
TEST(Asked, ARefusalIsOneThatTheRequestMayGet) {
  const std::vector<std::pair<std::string, std::string>> requests{
      {"look 1", "unknown_item"},
      {"title x", "unknown_item"},
      {"search t", ""},
      {"buy k 1x1$90", "out_of_stock unknown_item not_for_sale price_changed key_reused key_voided"},
      {"sell k 1x1$90", "unknown_item price_changed limit key_reused key_voided"},
      {"buy k~ann_ 1x1$90",
       "out_of_stock unknown_item not_for_sale price_changed key_reused key_voided invalid malformed"},
      {"buy k~ann_lee 1x1$90", "out_of_stock unknown_item not_for_sale price_changed key_reused key_voided"},
      {"add k =1/t/X 1=1", "item_exists limit key_reused key_voided"},
      {"add k =1/t/__ 1=1", "item_exists limit key_reused key_voided invalid malformed"},
      {"price k 1 90", "unknown_item key_reused key_voided"},
      {"price k 1 90 if 7", "unknown_item version_changed key_reused key_voided"},
      {"restock k 1 -1", "unknown_item out_of_stock limit key_reused key_voided"},
      {"count k 1 1", "unknown_item out_of_stock limit key_reused key_voided"},
      {"count k 1 1 if 7", "unknown_item out_of_stock version_changed limit key_reused key_voided"},
      {"count k 1 1 at north", "unknown_item out_of_stock unknown_place limit key_reused key_voided"},
      {"restock k 1 1 at north", "unknown_item unknown_place limit key_reused key_voided"},
      {"restock k 1 -1 at north", "unknown_item out_of_stock limit key_reused key_voided"},
      {"transfer k 1 1 from north", "unknown_item out_of_stock key_reused key_voided"},
      {"transfer k 1 1 to north", "unknown_item out_of_stock unknown_place limit key_reused key_voided"},
      {"edit k 1 title x", "unknown_item key_reused key_voided"},
      {"edit k 1 title _", "unknown_item key_reused key_voided invalid malformed"},
      {"edit k 1 retire if 7", "unknown_item version_changed key_reused key_voided"},
      {"order 1", "unknown_order"},
      {"orders", ""},
      {"hold k 1x1$90", "out_of_stock unknown_item not_for_sale price_changed limit key_reused key_voided"},
      {"hold k~_ann 1x1$90",
       "out_of_stock unknown_item not_for_sale price_changed limit key_reused key_voided invalid malformed"},
      {"confirm k 1 1x1", "unknown_hold hold_over more_than_remains key_reused key_voided"},
      {"confirm k 1", "unknown_hold hold_over limit key_reused key_voided"},
      {"extend k 1", "unknown_hold hold_over limit key_reused key_voided"},
      {"release k 1", "unknown_hold hold_over key_reused key_voided"},
      {"show 1", "unknown_hold"},
      {"holds", ""},
      {"outcome k", "key_reused"},
      {"events 1", ""}};
  for (const auto& [request, may_get] : requests) {
    for (const auto word : msg::kWords<msg::Code>) {
      const auto code = msg::code_of(word).value();
      if (!msg::is_business(code) && !msg::is_bad_request(code)) continue;
      Operation operation = sentences::operation("0-1 " + request + " -> !" + std::string(word) + " 1=0$80@8");
      const bool listed = (" " + may_get + " ").find(" " + std::string(word) + " ") != std::string::npos ||
                          code == msg::Code::kUnsupportedVersion || code == msg::Code::kForbidden ||
                          code == msg::Code::kUnauthenticated;
      auto& refusal = std::get<msg::Refusal>(operation.answer);
      if (code != msg::Code::kOutOfStock) refusal.stock.reset();
      if (code != msg::Code::kPriceChanged) refusal.price.reset();
      if (code != msg::Code::kVersionChanged) refusal.version.reset();
      const bool is_of_hold = request.starts_with("hold") && request.find('x') == std::string::npos;
      const bool names_hold = is_of_hold || request.starts_with("confirm") || request.starts_with("extend") ||
                              request.starts_with("release") || request.starts_with("show");
      const bool names_none = (names_hold && code != msg::Code::kMoreThanRemains) ||
                              (request.starts_with("hold") && code == msg::Code::kLimit) || request == "title x" ||
                              request == "order 1" || code == msg::Code::kKeyReused || code == msg::Code::kKeyVoided ||
                              code == msg::Code::kUnauthenticated ||
                              (request.starts_with("add") && code == msg::Code::kLimit);
      if (names_none) refusal.item.reset();
      bool found = false;
      for (const auto& violation : check({operation}).violations) found = found || violation.part == "asked";
      EXPECT_EQ(found, !listed) << request << " -> " << word;
    }
  }
}

// No answer shows the item, so a refusal by terms of sale is taken as it is.
TEST(Asked, TermsOfSaleLimitWhatIsBoughtAndHeld) {
  const auto faulty = [](const std::string& sentence, std::uint64_t item, bool is_told) {
    Operation operation = sentences::operation(sentence);
    auto& refusal = std::get<msg::Refusal>(operation.answer);
    refusal.item = msg::ItemId(item);
    if (is_told) refusal.allowed = msg::Quantity(1);
    return !check({operation}).violations.empty();
  };
  EXPECT_FALSE(faulty("0-1 buy k 1x2 -> !limit", 1, true));
  EXPECT_FALSE(faulty("0-1 hold k 1x2 -> !limit", 1, true));
  EXPECT_TRUE(faulty("0-1 buy k 1x2 -> !limit", 2, true)) << "another item";
  EXPECT_TRUE(faulty("0-1 hold k 1x2 -> !limit", 2, true));
  EXPECT_TRUE(faulty("0-1 buy k 1x2 -> !limit", 1, false)) << "what else limits a buy of this item?";
  EXPECT_TRUE(faulty("0-1 sell k 1x2 -> !limit", 1, true)) << "a sell has no terms";
  EXPECT_TRUE(faulty("0-1 buy k 1x2 -> !unknown_item", 1, true));
}

TEST(Asked, PiecesComeFromTooManyPlacesOnlyIfTheyCan) {
  std::string lines;
  for (int item = 1; item <= 15; ++item) lines += fmt::format(" {}x1", item);
  expect_violated("asked", {"0-1 buy k" + lines + " -> !limit"});
  expect_violated("asked", {"0-1 confirm k 1" + lines + " -> !limit"});
  lines += " 16x1";
  expect_holds({"0-1 buy k" + lines + " -> !limit"});
  expect_holds({"0-1 confirm k 1" + lines + " -> !limit"});
  expect_violated("asked", {"0-1 sell k" + lines + " -> !limit"});
}

// A request without a place is of main, which is always known.
TEST(Asked, OnlyARequestThatNamesAPlaceIsOfAnUnknownOne) {
  for (const std::string request : {"restock k 1 1", "count k 1 1"}) {
    expect_holds({"0-1 " + request + " at north -> !unknown_place 1"});
    expect_violated("asked", {"0-1 " + request + " -> !unknown_place 1"});
    expect_violated("asked", {"0-1 " + request + " at main -> !unknown_place 1"});
  }
  expect_holds({"0-1 count k 1 1 at north -> !limit 1"});
}

TEST(Asked, ATotalPassesItsLimitOnlyIfItCan) {
  std::string lines;
  for (int i = 0; i < 9; ++i) lines += " 1x1000000";
  expect_violated("asked", {"0-1 buy k" + lines + " -> !limit"});  // 9 x 10^15 at most
  lines += " 2x7200";
  expect_holds({"0-1 buy k" + lines + " -> !limit"});
  expect_holds({"0-1 sell k" + lines + " -> !limit"});
  expect_violated("asked", {"0-1 buy k" + lines + " -> !limit 1"});
  expect_violated("asked", {"0-1 buy k 1x1000000$90" + lines.substr(std::string(" 1x1000000").size()) + " -> !limit"});
}

TEST(Asked, AValidRequestIsNotInvalidAndAnInvalidOneIsNotAnswered) {
  expect_violated("asked", {"0-1 restock q 5 1 -> !invalid"});
  expect_violated("asked", {"0-1 restock q 5 1 -> !malformed"});
  expect_holds({"0-1 restock q 5 0 -> !invalid"});
  expect_violated("asked", {"0-1 restock q 5 0 -> 5=3@4"});
  expect_violated("asked", {"0-1 restock q 5 0 -> !unknown_item 5"});
  expect_violated("asked", {"0-1 search t limit 0 ->"});
  expect_holds({"0-1 search t limit 1001 -> !invalid"});
}

TEST(Asked, AHeaderRevealsWhatTheBodyTells) {
  expect_wrong("0-1 look 5 -> 5=3@7", [](Operation& operation) { operation.seq = base::Seq(6); });
  expect_wrong("0-1 order 1 -> #1@7 k1 1x1=3", [](Operation& operation) { operation.seq = base::Seq(6); });
  expect_wrong("0-1 outcome k -> void@7", [](Operation& operation) { operation.seq = base::Seq(6); });
}

TEST(Asked, AnOutcomeHasAnOrderIfItIsOne) {
  expect_wrong_reply<msg::OutcomeReply>("0-1 outcome k -> void@7", [](auto& reply) { reply.order.emplace(); });
  expect_wrong_reply<msg::OutcomeReply>("0-1 outcome k -> #1@7 k 1x1=3", [](auto& reply) { reply.order.reset(); });
  expect_wrong_reply<msg::OutcomeReply>("0-1 outcome k -> void@7", [](auto& reply) { reply.seq = {}; });
}

TEST(Asked, ValuesAreWithinTheirLimits) {
  using Change = std::function<void(msg::Item&)>;
  const std::vector<Change> changes{
      [](msg::Item& item) { item.stock = base::Quantity(-1); },
      [](msg::Item& item) { item.stock = base::Quantity(msg::kStockMax + 1); },
      [](msg::Item& item) { item.price = base::Cents(-1); },
      [](msg::Item& item) { item.price = base::Cents(msg::kPriceMaxCents + 1); },
      [](msg::Item& item) { item.version = {}; },
      [](msg::Item& item) { item.id = base::ItemId(msg::kItemIdMax + 1); },
  };
  for (const auto& change : changes) {
    expect_wrong_reply<msg::ItemsReply>("0-1 search t -> 5=3@7", [&](auto& reply) { change(reply.items[0]); });
  }
  using ChangeLine = std::function<void(msg::OrderLine&)>;
  const std::vector<ChangeLine> lines{
      [](msg::OrderLine& line) { line.stock = base::Quantity(-1); },
      [](msg::OrderLine& line) { line.stock = base::Quantity(msg::kStockMax + 1); },
      [](msg::OrderLine& line) { line.price = base::Cents(-1); },
      [](msg::OrderLine& line) { line.price = base::Cents(std::numeric_limits<std::int64_t>::max()); },
      [](msg::OrderLine& line) { line.quantity = base::Quantity(0); },
      [](msg::OrderLine& line) { line.quantity = base::Quantity(msg::kLineQuantityMax + 1); },
  };
  for (const auto& change : lines) {
    expect_wrong_reply<msg::OrderReply>("0-1 order 1 -> #1@7 k 5x1=3",
                                        [&](auto& reply) { change(reply.order.lines[0]); });
  }
  expect_wrong_reply<msg::OrderReply>("0-1 order 1 -> #1@7 k 5x1=3", [](auto& reply) { reply.order.seq = {}; });
  expect_wrong_reply<msg::OrderReply>("0-1 order 1 -> #1@7 k 5x1=3", [](auto& reply) { reply.order.lines.clear(); });
}

TEST(Asked, AnAnswerIsOfItsRequestsKind) {
  expect_wrong("0-1 look 5 -> 5=3@7", [](Operation& operation) { operation.answer = msg::ItemsReply{}; });
  expect_wrong("0-1 outcome k -> void@7", [](Operation& operation) { operation.answer = msg::OrdersReply{}; });
}

}  // namespace
}  // namespace history
