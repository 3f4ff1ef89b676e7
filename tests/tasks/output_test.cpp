// The texts and the JSON that the commands print, and their exit codes.
#include "tasks/output.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <functional>

#include "msg/cancellations.h"
#include "tasks/details.h"

namespace tasks {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Printed {
  std::string out;
  std::string err;
};

Printed printed(const std::function<void()>& print) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  print();
  auto err = ::testing::internal::GetCapturedStderr();
  return {::testing::internal::GetCapturedStdout(), std::move(err)};
}

TEST(Output, ADurationIsInSecondsFromOneSecondOn) {
  EXPECT_EQ(duration_text(0), "0 ms");
  EXPECT_EQ(duration_text(999), "999 ms");
  EXPECT_EQ(duration_text(1000), "1.0 s");
  EXPECT_EQ(duration_text(12'399), "12.3 s");
}

TEST(Output, AnInstantIsInUtcWithMilliseconds) {
  EXPECT_EQ(time_text(0), "1970-01-01 00:00:00.000 UTC");
  EXPECT_EQ(time_text(1'700'000'000'023), "2023-11-14 22:13:20.023 UTC");
}

TEST(Output, AnOrderIsShownWithItsLines) {
  msg::Order order{.no = msg::OrderNo(7),
                   .seq = msg::Seq(9),
                   .at = 0,
                   .type = msg::OrderType::kSell,
                   .lines = {{msg::ItemId(2), msg::Quantity(3), msg::Cents(2499), msg::Quantity(4)}},
                   .total = msg::Cents(7497)};
  EXPECT_EQ(
      printed([&] { print_order(order, {}); }).out,
      "order 7 (sell), seq 9, 1970-01-01 00:00:00.000 UTC\n     3 x item 2 at 24.99, 4 in stock\n  total 74.97\n");
  order.customer = "ann";
  EXPECT_THAT(printed([&] { print_order(order, {}); }).out, HasSubstr("order 7 (sell for ann), seq 9"));
}

TEST(Output, AnOrderIsShownWithWhatWasTakenBackOfIt) {
  msg::Order order{.no = msg::OrderNo(7),
                   .seq = msg::Seq(9),
                   .lines = {{msg::ItemId(2), msg::Quantity(3), msg::Cents(2499), msg::Quantity(4)}},
                   .total = msg::Cents(7497)};
  EXPECT_EQ(to_json(order)["state"], "placed");
  msg::add_cancellation(order, {.no = msg::OrderNo(7),
                                .seq = msg::Seq(12),
                                .kind = msg::CancelKind::kReturn,
                                .lines = {{msg::ItemId(2), msg::Quantity(1), msg::Cents(2499), msg::Quantity(5)}},
                                .total = msg::Cents(2499),
                                .reason = "too many"});
  EXPECT_EQ(
      printed([&] { print_order(order, {}); }).out,
      "order 7 (buy), seq 9, 1970-01-01 00:00:00.000 UTC\n     3 x item 2 at 24.99, 4 in stock\n  total 74.97\n"
      "return: too many, seq 12, 1970-01-01 00:00:00.000 UTC\n     1 x item 2 at 24.99, 5 in stock\n  total 24.99\n"
      "this order is partly cancelled\n");
  EXPECT_EQ(to_json(order)["state"], "partly_cancelled");
  EXPECT_EQ(to_json(order)["cancellations"][0]["kind"], "return");
}

TEST(Output, AnEventIsShownWithAmountsInTheCurrencyOfTheStore) {
  const auto shown = [](auto what, const Currency& currency) { return event_text({0, std::move(what)}, currency); };
  const msg::PriceChanged changed{"k", 5, msg::ItemId(2), msg::Cents(4500), msg::Cents(4995)};
  EXPECT_EQ(shown(changed, msg::Currency{"JPY", 0}), R"({"key":"k","item":2,"price":"4500 JPY","was":"4995 JPY"})");
  EXPECT_EQ(shown(changed, {}), R"({"key":"k","item":2,"price":"45.00","was":"49.95"})");
  const msg::Currency euro{"EUR", 2};
  EXPECT_EQ(shown(msg::ItemsAdded{"k", 8, {{msg::ItemId(8), "T", "t", msg::Cents(250), msg::Quantity(10)}}}, euro),
            R"({"key":"k","items":[{"id":8,"title":"T","topic":"t","price":"2.50 EUR","stock":10}]})");
  const msg::OrderLine line{msg::ItemId(2), msg::Quantity(3), msg::Cents(2499), msg::Quantity(4)};
  EXPECT_EQ(
      shown(msg::OrderPlaced{"k", 7, msg::OrderNo(17), msg::OrderType::kBuy, "ann", {line}, msg::Cents(7497)}, euro),
      R"({"key":"k","no":17,"order_type":"buy","customer":"ann","lines":[{"item":2,"quantity":3,"price":"24.99 EUR",)"
      R"("stock":4}],"total":"74.97 EUR"})");
}

TEST(Output, AnItemIsShownInOneLine) {
  const msg::Item item{msg::ItemId(2), "A title", "a topic", msg::Cents(5), msg::Quantity(4), msg::Seq(9)};
  EXPECT_EQ(printed([&] { print_item(item, {}); }).out, "      2  A title  [a topic]  0.05  4 in stock\n");
  EXPECT_EQ(printed([&] {
              print_item(item, msg::Currency{"JPY", 0});
            }).out,
            "      2  A title  [a topic]  5 JPY  4 in stock\n");
  EXPECT_EQ(printed([&] { print_item(item, {}, true); }).out,
            "      2  A title  [a topic]  0.05  4 in stock, version 9\n");
}

TEST(Output, ACountTellsItsDifferenceInPieces) {
  EXPECT_EQ(difference_text(msg::Quantity(3)), "  3 more than the books said");
  EXPECT_EQ(difference_text(msg::Quantity(-2)), "  2 fewer than the books said");
  EXPECT_EQ(difference_text(msg::Quantity()), "  as many as the books said");
}

TEST(Output, AnItemIsShownWithWhatIsHeldOfIt) {
  msg::Item item{msg::ItemId(2), "A title", "a topic", msg::Cents(5), msg::Quantity(4), msg::Seq(9)};
  EXPECT_EQ(to_json(item)["held"], 0);
  EXPECT_EQ(to_json(item)["available"], 4);
  item.held = msg::Quantity(3);
  EXPECT_EQ(printed([&] { print_item(item, {}); }).out,
            "      2  A title  [a topic]  0.05  4 in stock, 3 held, 1 available\n");
  EXPECT_EQ(to_json(item)["stock"], 4);
  EXPECT_EQ(to_json(item)["held"], 3);
  EXPECT_EQ(to_json(item)["available"], 1);
}

TEST(Output, AnItemIsShownWithItsPlaces) {
  msg::Item item{msg::ItemId(2), "A title", "a topic", msg::Cents(5), msg::Quantity(4), msg::Seq(9)};
  EXPECT_FALSE(to_json(item).contains("main"));
  item.places = msg::Places{{"north", msg::Quantity(3)}};
  EXPECT_EQ(printed([&] { print_item(item, {}); }).out,
            "      2  A title  [a topic]  0.05  4 in stock (1 at main, 3 at north)\n");
  EXPECT_EQ(to_json(item)["main"], 1);
  EXPECT_EQ(to_json(item)["places"][0]["pieces"], 3);
}

TEST(Output, AnItemIsShownWithItsTopicsAndBelowItWithTheOtherDetails) {
  msg::Item item{msg::ItemId(2), "A title", "a topic", msg::Cents(5), msg::Quantity(4), msg::Seq(9)};
  EXPECT_EQ(printed([&] { print_details(item); }).out, "");
  item.description =
      "One line\nand\xe2\x80\xae"
      "another";
  item.topics = msg::Topics{"maps"};
  item.attributes = msg::Attributes{{"pages", "214"}};
  EXPECT_EQ(printed([&] { print_item(item, {}); }).out, "      2  A title  [a topic, maps]  0.05  4 in stock\n");
  EXPECT_EQ(printed([&] { print_details(item); }).out,
            "         topics: a topic, maps\n         pages: 214\n         One line\n         and\\u202eanother\n");
  EXPECT_EQ(to_json(item)["attributes"]["pages"], "214");
}

TEST(Output, ARetiredItemIsShownAsSuch) {
  msg::Item item{msg::ItemId(2), "A title", "a topic", msg::Cents(5), msg::Quantity(4), msg::Seq(9)};
  EXPECT_EQ(to_json(item)["retired"], false);
  item.retired = true;
  item.edited = msg::Seq(9);
  EXPECT_EQ(printed([&] { print_item(item, {}); }).out, "      2  A title  [a topic]  0.05  4 in stock, retired\n");
  EXPECT_EQ(to_json(item)["retired"], true);
}

TEST(Output, AHoldIsShownWithItsState) {
  msg::Hold hold{.no = msg::HoldNo(4), .seq = msg::Seq(9), .version = msg::Seq(9)};
  hold.expires = 1000;
  hold.lines = {{msg::ItemId(2), msg::Quantity(3), msg::Cents(2499), msg::Quantity(4)}};
  const auto shown = [&] { return printed([&] { print_hold(hold, {}); }).out; };
  EXPECT_EQ(shown(),
            "hold 4, seq 9, 1970-01-01 00:00:00.000 UTC\n     3 x item 2 at 24.99\n"
            "this hold is open until 1970-01-01 00:00:01.000 UTC\n");
  hold.customer = "ann";
  hold.state = msg::HoldState::kExpired;
  EXPECT_THAT(shown(), HasSubstr("hold 4 for ann, seq 9"));
  EXPECT_THAT(shown(), HasSubstr("this hold is expired\n"));
  hold.state = msg::HoldState::kConfirmed;
  hold.order = msg::OrderNo(17);
  EXPECT_THAT(shown(), HasSubstr("this hold is confirmed as order 17\n"));
}

TEST(Output, BytesThatAreNotUtf8AreReplaced) {
  EXPECT_EQ(printed([] { print_json({{"a", "\xff"}}); }).out, "{\"a\":\"\xef\xbf\xbd\"}\n");
}

TEST(Output, NoTextCommandsTheTerminal) {
  const std::string odd = "a\x1b[2J\u202eb\n\u009b";
  const msg::Item item{msg::ItemId(2), odd, odd, msg::Cents(5), msg::Quantity(4), msg::Seq(9)};
  const auto text = printed([&] { print_item(item, {}); }).out;
  EXPECT_THAT(text, HasSubstr("a\\u001b[2J\\u202eb\\u000a\\u009b  ["));
  msg::Order order;
  order.customer = odd;
  EXPECT_THAT(printed([&] { print_order(order, {}); }).out, HasSubstr("for a\\u001b[2J\\u202eb\\u000a\\u009b)"));
  const auto json = printed([&] { print_json({{"title", odd}}); }).out;
  EXPECT_EQ(json, "{\"title\":\"a\\u001b[2J\\u202eb\\n\\u009b\"}\n");
  EXPECT_EQ(Json::parse(json)["title"], odd);
}

TEST(Output, ARefusalIsCodeAndSentence) {
  const msg::Refusal refusal{.code = msg::Code::kOutOfStock, .message = "not enough"};
  const auto text = printed([&] { EXPECT_EQ(complain({}, refusal, "k1"), kRefused); });
  EXPECT_EQ(text.out, "");
  EXPECT_EQ(text.err, "pygmy: out_of_stock: not enough\n");
}

TEST(Output, ARefusalAsJsonHasTheMembersThatItKnows) {
  msg::Refusal refusal{.code = msg::Code::kOutOfStock, .message = "not enough"};
  EXPECT_EQ(printed([&] { complain({.json = true}, refusal); }).out,
            "{\"error\":{\"code\":\"out_of_stock\",\"message\":\"not enough\"}}\n");
  refusal.item = msg::ItemId(2);
  refusal.stock = msg::Quantity(1);
  refusal.price = msg::Cents(3);
  EXPECT_EQ(printed([&] { complain({.json = true}, refusal, "k1"); }).out,
            "{\"error\":{\"code\":\"out_of_stock\",\"message\":\"not enough\",\"item\":2,\"stock\":1,\"price\":3,"
            "\"key\":\"k1\"}}\n");
}

TEST(Output, OnlyAWriteWhoseOutcomeIsUnknownIsToBeFoundOut) {
  const auto said = [](msg::Code code, const std::string& key) {
    return printed([&] { complain({}, {.code = code, .message = "no answer"}, key); }).err;
  };
  EXPECT_THAT(said(msg::Code::kUnknown, "k1"), HasSubstr("takes no effect later: pygmy outcome k1\n"));
  EXPECT_THAT(said(msg::Code::kUnknown, ""), Not(HasSubstr("outcome")));
  EXPECT_THAT(said(msg::Code::kBusy, "k1"), Not(HasSubstr("outcome")));
}

TEST(Output, AMissingTokenIsToldWhereItBelongs) {
  const auto said = [](msg::Code code, const char* what) {
    return printed([&] { complain({}, {.code = code, .message = what}); }).err;
  };
  EXPECT_THAT(said(msg::Code::kUnauthenticated, "no token"),
              AllOf(HasSubstr("PYGMY_TOKEN"), HasSubstr("--token-file")));
  EXPECT_THAT(said(msg::Code::kUnauthenticated, "this key was revoked"), Not(HasSubstr("PYGMY_TOKEN")));
  EXPECT_THAT(said(msg::Code::kForbidden, "no token"), Not(HasSubstr("PYGMY_TOKEN")));
}

TEST(Output, TheExitCodeTellsThePartsOfAnswersApart) {
  const auto exit_code = [](msg::Code code) {
    int exit = 0;
    printed([&] { exit = complain({}, {.code = code, .message = ""}); });
    return exit;
  };
  EXPECT_EQ(exit_code(msg::Code::kUnknownItem), kRefused);
  EXPECT_EQ(exit_code(msg::Code::kUnauthenticated), kRefused);
  EXPECT_EQ(exit_code(msg::Code::kForbidden), kRefused) << "rights lack in both cases";
  EXPECT_EQ(exit_code(msg::Code::kInvalid), kUsage);
  EXPECT_EQ(exit_code(msg::Code::kMalformed), kUsage);
  EXPECT_EQ(exit_code(msg::Code::kUnsupportedVersion), kUnknown) << "another program answers, the request is right";
  EXPECT_EQ(exit_code(msg::Code::kUnavailable), kUnknown);
}

TEST(Output, WhyACommandDoesNothingIsOneLine) {
  EXPECT_EQ(printed([] { EXPECT_EQ(usage_error("no such option"), kUsage); }).err, "pygmy: no such option\n");
  const auto text = printed([] { EXPECT_EQ(refuse("it runs", false), kRefused); });
  EXPECT_EQ(text.out, "");
  EXPECT_EQ(text.err, "pygmy: it runs\n");
  EXPECT_EQ(printed([] { refuse("it runs", true); }).out, "{\"error\":{\"message\":\"it runs\"}}\n");
}

TEST(Output, AMovementIsOneLine) {
  msg::Movement movement{.item = msg::ItemId(2),
                         .seq = msg::Seq(42),
                         .at = 1'700'000'000'123,
                         .kind = msg::MovementKind::kRestocked,
                         .delta = msg::Quantity(-2),
                         .stock = msg::Quantity(98),
                         .reason = "damaged"};
  const auto line = [&] { return printed([&] { print_movement(movement); }).out; };
  EXPECT_EQ(line(), "seq 42, 2023-11-14 22:13:20.123 UTC: restocked -2, 98 in stock: damaged\n");
  movement.kind = msg::MovementKind::kConfirmed;
  movement.held_delta = msg::Quantity(-3);
  movement.held = msg::Quantity(1);
  movement.order = msg::OrderNo(17);
  movement.hold = msg::HoldNo(4);
  movement.reason.reset();
  movement.by = msg::Seq(41);
  EXPECT_EQ(
      line(),
      "seq 42, 2023-11-14 22:13:20.123 UTC: confirmed -2, 98 in stock, held -3, 1 held, order 17, hold 4, by 41\n");
  movement = {.item = msg::ItemId(2),
              .seq = msg::Seq(42),
              .at = 1'700'000'000'123,
              .kind = msg::MovementKind::kTransferred,
              .stock = msg::Quantity(98)};
  movement.places = msg::Places{{"annex", msg::Quantity(-2)}, {"north", msg::Quantity(2)}};
  EXPECT_EQ(line(), "seq 42, 2023-11-14 22:13:20.123 UTC: transferred +0, 98 in stock, -2 at annex, +2 at north\n");
}

TEST(Output, AFileHasNoColours) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  EXPECT_FALSE(colours(ends[1]));
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace tasks
