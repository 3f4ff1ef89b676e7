// No answer over HTTP denies a change that was made.
#include "bridge/api.h"

#include "tests/bridge/changes.h"

namespace bridge {
namespace {

using testing::HasSubstr;
using testing::Not;

// Changes of the catalogue ask the store more than once. If a step after the change fails, the answer names the path of
// the outcome.
class DenialTest : public ApiTest, public testing::WithParamInterface<msg::Code> {
 protected:
  // Answers the present request as a store in which the key has taken effect. Returns false if there is no request.
  bool answer_step() {
    const auto* call = std::get_if<Call>(&step);
    if (!call) return false;
    const auto type = call->ask.type;
    if (type == msg::Lookup::kType || type == msg::ChangePrice::kType || type == msg::Restock::kType) {
      answer(msg::ItemReply{item(2)});
    } else if (type == msg::AddItems::kType) {
      answer(msg::ItemsReply{{item(9)}, {}});
    } else if (type == msg::Outcome::kType) {
      answer(msg::OutcomeReply{msg::OutcomeKind::kChange, msg::Seq(41), {}});
    } else if (type == msg::Events::kType) {
      answer(events(41, {kPriced}));
    } else {
      ADD_FAILURE() << "asks for " << type;
    }
    return true;
  }
  bool is_asked_more_than(int steps) {
    for (int i = 0; i < steps; ++i) {
      if (!answer_step()) return false;
    }
    return std::holds_alternative<Call>(step);
  }
};

TEST_P(DenialTest, AChangeThatWasMadeIsUnknownAndNeverRefused) {
  const Headers key{{"Idempotency-Key", "k 1"}};
  const Headers old_version{{"Idempotency-Key", "k 1"},
                            {"If-Match", "\"3\""}};  // the outcome says that this key made the change
  const std::vector<std::pair<Request, int>> changes{
      {request("POST", "/v1/items/2/movements", R"({"delta":-3})", key), 1},
      {request("POST", "/v1/items", R"({"items":[{"title":"T","topic":"t","price":5,"stock":1}]})", key), 1},
      {request("PATCH", "/v1/items/2", R"({"price":100})", key), 1},
      {request("PATCH", "/v1/items/2", R"({"price":100})", old_version), 2}};
  int denials = 0;
  for (const auto& [change, first] : changes) {
    for (int steps = first;; ++steps) {
      send(change);
      if (!is_asked_more_than(steps)) break;
      refuse({.code = GetParam(), .message = "why"});
      ++denials;
      EXPECT_EQ(status(), 504U) << change.target << " step " << steps;
      EXPECT_EQ(header("Location"), "/v1/outcomes/k%201");
      EXPECT_EQ(header("Retry-After"), "");
      EXPECT_THAT(body(), HasSubstr(R"("outcome":"/v1/outcomes/k%201")"));
      EXPECT_THAT(body(), HasSubstr("why"));
    }
  }
  EXPECT_GE(denials, 4);
}

INSTANTIATE_TEST_SUITE_P(Words, DenialTest,
                         testing::Values(msg::Code::kBusy, msg::Code::kUnavailable, msg::Code::kUnknown,
                                         msg::Code::kUnknownType, msg::Code::kInvalid));

TEST_F(ApiTest, ATrimmedEventDoesNotDenyItsChange) {
  post("/v1/items/2/movements", R"({"delta":-3})");
  answer(msg::ItemReply{item(2)});
  answer(msg::OutcomeReply{msg::OutcomeKind::kChange, msg::Seq(41), {}});
  const auto asks = step;
  answer(msg::EventsReply{{}, msg::Seq(50)});
  EXPECT_EQ(status(), 504U);
  EXPECT_EQ(header("Location"), "/v1/outcomes/k1");
  step = asks;
  answer(events(44, {kMoved}));  // a trimmed stream begins later, here with another movement
  EXPECT_EQ(status(), 504U);
}

TEST_F(ApiTest, ARequestWithoutAnEffectMayBeRefused) {
  post("/v1/items/2/movements", R"({"delta":-3})");
  refuse({.code = msg::Code::kBusy, .message = "full"});
  EXPECT_EQ(status(), 503U);
  EXPECT_EQ(header("Location"), "");
  send(
      request("PATCH", "/v1/items/2", R"({"price":100})", {{"Idempotency-Key", "k1"}, {"If-Match", "\"8-476282db\""}}));
  refuse({.code = msg::Code::kBusy, .message = "full"});
  EXPECT_EQ(status(), 503U) << "only the version was asked for";
}

TEST_F(ApiTest, AnotherBodyWithAKeyThatWasUsedIsStillRefused) {
  send(request("PATCH", "/v1/items/2", R"({"price":100})", {{"Idempotency-Key", "k1"}, {"If-Match", "\"3\""}}));
  answer(msg::ItemReply{item(2)});
  answer(msg::OutcomeReply{msg::OutcomeKind::kChange, msg::Seq(41), {}});
  refuse({.code = msg::Code::kKeyReused, .message = "another body"});
  EXPECT_EQ(status(), 422U);
}

TEST_F(ApiTest, ALabsOrderThatIsUnknownHasTheAddressOfItsOutcome) {
  post("/buy?id=2", "", {});
  answer(msg::ItemReply{item(2)});
  const auto key = asked<msg::PlaceOrder>().key;
  refuse({.code = msg::Code::kUnknown, .message = "late"});
  EXPECT_EQ(status(), 504U);
  EXPECT_EQ(header("Location"), "/v1/outcomes/" + key);
  EXPECT_THAT(body(), Not(HasSubstr("Failure"))) << "it may have been bought";
}

}  // namespace
}  // namespace bridge
