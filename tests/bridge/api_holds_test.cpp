// Holds over HTTP: the meaning of each request, and the answers and refusals of the store.
#include "bridge/api.h"

#include "scripted.h"

namespace bridge {
namespace {

using testing::HasSubstr;

constexpr const char* kHold =
    R"({"no":3,"seq":9,"version":9,"at":1700000000000,"expires":1700000600000,"state":"open","key":"k1",)"
    R"("customer":"ann","lines":[{"item":2,"quantity":1,"price":2499,"held":4}]})";

class ApiHoldsTest : public ApiTest {
 protected:
  static msg::Hold hold() {
    return {.no = msg::HoldNo(3),
            .seq = msg::Seq(9),
            .version = msg::Seq(9),
            .at = 1700000000000,
            .expires = 1700000600000,
            .key = "k1",
            .customer = "ann",
            .lines = {{msg::ItemId(2), msg::Quantity(1), msg::Cents(2499), msg::Quantity(4)}},
            .order = {},
            .by = {}};
  }
};

TEST_F(ApiHoldsTest, PiecesAreHeldWithTheKeyOfTheRequest) {
  post("/v1/holds", R"({"lines":[{"item":2,"quantity":1,"price":2499}],"customer":"ann","ttl":600000})");
  const auto placed = asked<msg::PlaceHold>();
  EXPECT_TRUE(is_write());
  EXPECT_EQ(placed.key, "k1");
  EXPECT_EQ(placed.customer, "ann");
  EXPECT_EQ(placed.ttl, 600'000U);
  ASSERT_EQ(placed.lines.size(), 1U);
  EXPECT_EQ(placed.lines[0].item, msg::ItemId(2));
  EXPECT_EQ(placed.lines[0].quantity, msg::Quantity(1));
  EXPECT_EQ(placed.lines[0].price, msg::Cents(2499));
  answer(msg::HoldReply{hold()});
  EXPECT_EQ(status(), 201U);
  EXPECT_EQ(header("Location"), "/v1/holds/3");
  EXPECT_EQ(header("Cache-Control"), "no-store");
  EXPECT_EQ(body(), kHold);
}

TEST_F(ApiHoldsTest, AHoldIsShownAlsoAfterItsEnd) {
  get("/v1/holds/3");
  EXPECT_EQ(asked<msg::GetHold>().hold, msg::HoldNo(3));
  EXPECT_FALSE(is_write());
  auto over = hold();
  over.state = msg::HoldState::kConfirmed;
  over.order = msg::OrderNo(7);
  answer(msg::HoldReply{over});
  EXPECT_EQ(status(), 200U);
  EXPECT_EQ(header("Location"), "");
  EXPECT_THAT(body(), testing::AllOf(HasSubstr(R"("state":"confirmed")"), HasSubstr(R"("order":7)")));
}

TEST_F(ApiHoldsTest, HoldsAreListedInPages) {
  get("/v1/holds?customer=ann&limit=5&after=2");
  const auto list = asked<msg::ListHolds>();
  EXPECT_EQ(list.customer, "ann");
  EXPECT_EQ(list.limit, 5U);
  EXPECT_EQ(list.after, msg::HoldNo(2));
  EXPECT_EQ(std::get<Call>(step).ask.rows, 5U) << "a large answer is counted as one";
  answer(msg::HoldsReply{{hold()}, msg::HoldNo(3)});
  EXPECT_EQ(body(), R"({"holds":[)" + std::string(kHold) + R"(],"next":3})");
  get("/v1/holds");
  EXPECT_FALSE(asked<msg::ListHolds>().customer);
  answer(msg::HoldsReply{});
  EXPECT_EQ(body(), R"({"holds":[]})");
}

TEST_F(ApiHoldsTest, AHoldBecomesAnOrderWholeOrInPart) {
  post("/v1/holds/3/confirm", "{}", {{"Idempotency-Key", "k2"}});
  EXPECT_TRUE(is_write());
  EXPECT_EQ(asked<msg::ConfirmHold>().key, "k2");
  EXPECT_EQ(asked<msg::ConfirmHold>().hold, msg::HoldNo(3));
  EXPECT_FALSE(asked<msg::ConfirmHold>().lines);
  answer(msg::OrderReply{order()});
  EXPECT_EQ(status(), 201U);
  EXPECT_EQ(header("Location"), "/v1/orders/7");
  EXPECT_THAT(body(), testing::AllOf(HasSubstr(R"({"no":7,)"), HasSubstr(R"("state":"placed")")));
  post("/v1/holds/3/confirm", R"({"lines":[{"item":2,"quantity":1}]})");
  const auto lines = asked<msg::ConfirmHold>().lines;
  ASSERT_TRUE(lines && lines->size() == 1);
  EXPECT_EQ(lines->front().item, msg::ItemId(2));
  EXPECT_EQ(lines->front().quantity, msg::Quantity(1));
}

TEST_F(ApiHoldsTest, TheEndOfAHoldIsMoved) {
  post("/v1/holds/3/extend", R"({"ttl":1000})");
  EXPECT_TRUE(is_write());
  EXPECT_EQ(asked<msg::ExtendHold>().key, "k1");
  EXPECT_EQ(asked<msg::ExtendHold>().hold, msg::HoldNo(3));
  EXPECT_EQ(asked<msg::ExtendHold>().ttl, 1000U);
  answer(msg::HoldReply{hold()});
  EXPECT_EQ(status(), 200U);
  EXPECT_EQ(body(), kHold);
}

TEST_F(ApiHoldsTest, AHoldIsReleasedWithoutABody) {
  post("/v1/holds/3/release", "");
  EXPECT_TRUE(is_write());
  EXPECT_EQ(asked<msg::ReleaseHold>().key, "k1");
  EXPECT_EQ(asked<msg::ReleaseHold>().hold, msg::HoldNo(3));
  answer(msg::HoldReply{hold()});
  EXPECT_EQ(status(), 200U);
  EXPECT_EQ(body(), kHold);
}

TEST_F(ApiHoldsTest, AFaultyRequestDoesNotReachTheStore) {
  struct Faulty {
    const char* target;
    const char* body;
    const char* why;
  };
  for (const auto& [target, text, why] :
       {Faulty{"/v1/holds", "", "malformed"},
        Faulty{"/v1/holds", R"({"lines":[{"item":2,"quantity":1}]})", "ttl: missing"},
        Faulty{"/v1/holds", R"({"ttl":1000})", "lines: missing"},
        Faulty{"/v1/holds", R"({"lines":[],"ttl":-1})", "ttl"},
        Faulty{"/v1/holds", R"({"lines":[],"ttl":4294967296})", "ttl"},
        Faulty{"/v1/holds", R"({"lines":[],"ttl":1,"type":"buy"})", "type: unknown field"},
        Faulty{"/v1/holds/three/confirm", "{}", "'three' is not a number"},
        Faulty{"/v1/holds/three/extend", R"({"ttl":1})", "'three' is not a number"},
        Faulty{"/v1/holds/3/release", R"({"lines":[]})", "this request takes no body"},
        Faulty{"/v1/holds/three/release", "", "'three' is not a number"},
        Faulty{"/v1/holds/3/confirm", R"({"ttl":1})", "ttl: unknown field"},
        Faulty{"/v1/holds/3/confirm", "", "malformed"}, Faulty{"/v1/holds/3/extend", "{}", "ttl: missing"}}) {
    post(target, text);
    EXPECT_EQ(status(), 400U) << target << " " << text;
    EXPECT_THAT(body(), HasSubstr(why)) << target << " " << text;
  }
  get("/v1/holds/three");
  EXPECT_EQ(status(), 400U);
  for (const auto* target : {"/v1/holds", "/v1/holds/3/confirm", "/v1/holds/3/extend"}) {
    post(target, R"({"lines":[{"item":2,"quantity":1}],"ttl":1})", {});
    EXPECT_EQ(status(), 400U) << target;
    EXPECT_THAT(body(), HasSubstr("Idempotency-Key")) << target;
  }
  post("/v1/holds/3/release", "", {});
  EXPECT_THAT(body(), HasSubstr("Idempotency-Key"));
}

TEST_F(ApiHoldsTest, EachRefusalHasItsStatus) {
  using msg::Code;
  const std::vector<std::pair<Code, unsigned>> table{
      {Code::kUnknownHold, 404}, {Code::kHoldOver, 409}, {Code::kMoreThanRemains, 409}, {Code::kForbidden, 403}};
  for (const auto& [code, expected] : table) {
    post("/v1/holds/3/confirm", "{}");
    refuse({.code = code, .message = "why", .item = msg::ItemId(2)});
    EXPECT_EQ(status(), expected) << msg::word(code);
    EXPECT_THAT(body(), HasSubstr("/problems/" + std::string(msg::word(code))));
    EXPECT_THAT(body(), HasSubstr(R"("item":2)"));
  }
  post("/v1/holds/3/confirm", "{}");
  refuse({.code = Code::kUnknown, .message = "late"});
  EXPECT_EQ(status(), 504U);
  EXPECT_EQ(header("Location"), "/v1/outcomes/k1");
}

TEST_F(ApiHoldsTest, TheOutcomeOfAKeyShowsItsHold) {
  get("/v1/outcomes/k1");
  answer(msg::OutcomeReply{msg::OutcomeKind::kChange, msg::Seq(9), {}, hold()});
  EXPECT_EQ(body(), R"({"outcome":"change","seq":9,"hold":)" + std::string(kHold) + "}");
}

TEST_F(ApiHoldsTest, AnItemTellsWhatIsHeldOfItsStock) {
  auto some = item(2);
  some.held = msg::Quantity(3);
  get("/v1/items/2");
  answer(msg::ItemReply{some});
  EXPECT_THAT(body(), HasSubstr(R"("stock":5,"version":8,"held":3})"));
  const auto tag = header("ETag");
  get("/v1/items/2");
  answer(msg::ItemReply{item(2)});
  EXPECT_THAT(body(), testing::Not(HasSubstr("held")));
  EXPECT_NE(header("ETag"), tag);
}

// The labs know no holds: their stock is what can be bought.
TEST_F(ApiHoldsTest, TheLabsAreToldWhatIsAvailable) {
  auto some = item(2);
  some.held = msg::Quantity(3);
  get("/books/2");
  answer(msg::ItemReply{some});
  EXPECT_THAT(body(), HasSubstr(R"("quantity":2,"stock":2,"count":2)"));
  get("/products/RPCs");
  answer(msg::ItemReply{some});
  EXPECT_THAT(body(), HasSubstr(R"("quantity":2)"));
}

}  // namespace
}  // namespace bridge
