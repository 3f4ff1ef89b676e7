// Streams that belong to a credential, and the bounds of one token, on a connection.
#include "tests/bridge/session_fixture.h"

namespace bridge {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class SessionOwnerTest : public SessionTest {
 protected:
  static Owner owner(std::optional<base::WallMs> expires = {}, std::string sign_in = {}) {
    return {{"token", std::move(sign_in)}, msg::Seq(7), expires};
  }
  void subscribe_as(std::optional<Owner> of, const std::string& more = "") {
    EventStream stream;
    stream.owner = std::move(of);
    step_ = std::move(stream);
    write("GET /v1/events HTTP/1.1\r\nHost: shop\r\n" + more + "\r\n");
    EXPECT_THAT(read(), StartsWith("HTTP/1.1 200 OK\r\n"));
  }
  void sweep(base::Duration later = {}) {
    session_->sweep(base::BootClock::now() + later);
    io_.poll();
  }
};

TEST_F(SessionOwnerTest, AStreamEndsWhenItsCredentialIsRevoked) {
  subscribe_as(owner());
  session_->on_revoked(msg::Seq(8));
  EXPECT_EQ(closed_, 0);
  session_->on_revoked(msg::Seq(7));
  EXPECT_EQ(closed_, 1);
}

TEST_F(SessionOwnerTest, AStreamWithoutAnOwnerLivesOn) {
  subscribe_as(std::nullopt);
  session_->on_revoked(msg::Seq(7));
  sweep(40s);
  EXPECT_EQ(closed_, 0);
  EXPECT_TRUE(asked_.empty());
}

TEST_F(SessionOwnerTest, AStreamEndsWhenItsCredentialExpires) {
  subscribe_as(owner(base::now().wall + 3'600'000));
  sweep();
  EXPECT_EQ(closed_, 0);
  hang_up();
  connect();
  subscribe_as(owner(base::now().wall));
  closed_ = 0;
  sweep();
  EXPECT_EQ(closed_, 1);
}

TEST_F(SessionOwnerTest, AStreamKeepsItsSignInAndEndsWithIt) {
  const auto name = SignIns::name_of("5ec2e7");
  sign_ins_.begin("5ec2e7", "token", msg::Seq(7), base::BootClock::now());
  subscribe_as(owner({}, name));
  for (base::Duration later{}; later < 3 * SignIns::kIdle; later += SignIns::kIdle / 2) sweep(later);
  EXPECT_EQ(closed_, 0);
  sign_ins_.end(name);
  sweep(3 * SignIns::kIdle);
  EXPECT_EQ(closed_, 1);
}

TEST_F(SessionOwnerTest, TheStoreIsAskedAgainWhoseStreamItIs) {
  subscribe_as(owner());
  sweep(29s);
  EXPECT_TRUE(asked_.empty());
  const auto answer_with = [&](std::optional<msg::Code> code) {
    client::Answer answer;
    if (code) answer.refusal = msg::Refusal{.code = *code};
    ASSERT_FALSE(asked_.empty());
    const auto done = std::move(asked_.front());
    asked_.pop_front();
    done(answer);
  };
  sweep(31s);
  answer_with(msg::Code::kUnavailable);
  EXPECT_EQ(closed_, 0);
  sweep(62s);
  answer_with(std::nullopt);
  EXPECT_EQ(closed_, 0);
  sweep(93s);
  answer_with(msg::Code::kUnauthenticated);
  EXPECT_EQ(closed_, 1);
}

TEST_F(SessionOwnerTest, TheSessionTellsWhoAsks) {
  sign_ins_.begin("5ec2e7", "of-ann", msg::Seq(7), base::BootClock::now());
  for (const auto& [header, token] : std::vector<std::pair<std::string, std::string>>{
           {"", ""}, {"Authorization: Bearer of-bob\r\n", "of-bob"}, {"Cookie: pygmy_session=5ec2e7\r\n", "of-ann"}}) {
    write("GET /v1/items HTTP/1.1\r\nHost: shop\r\n" + header + "\r\n");
    read();
    ASSERT_TRUE(asker_) << header;
    EXPECT_EQ(asker_->token, token);
    EXPECT_EQ(visitor_, "192.0.2.1");
  }
  write("GET /v1/items HTTP/1.1\r\nHost: shop\r\nCookie: pygmy_session=other\r\n\r\n");
  read();
  EXPECT_FALSE(asker_) << "the cookie stands for nobody";
}

// --- the bounds of a token ---

const std::string kGetWithToken = "GET /v1/items HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer t\r\n\r\n";

TEST_F(SessionOwnerTest, ATokenThatIsUsedTooOftenIsToldWhenToComeBack) {
  visitors_ = Visitors({.rate = 5});
  token_quotas_ = TokenQuotas({.rate = 1});
  write(kGetWithToken);
  EXPECT_THAT(read(), HasSubstr("RateLimit: \"address\";r=4;t=1, \"token\";r=0;t=1\r\n"));
  write(kGetWithToken);
  const auto refused = read();
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 429 Too Many Requests\r\n"));
  EXPECT_THAT(refused, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(refused, HasSubstr("RateLimit-Policy: \"address\";q=5;w=1, \"token\";q=1;w=1\r\n"));
  EXPECT_EQ(handled_.size(), 1U) << "the store was not asked";
  write("GET /v1/items HTTP/1.1\r\nHost: shop\r\n\r\n");
  EXPECT_THAT(read(), StartsWith("HTTP/1.1 200 ")) << "nobody else is refused";
}

TEST_F(SessionOwnerTest, ACookieCountsAsItsToken) {
  token_quotas_ = TokenQuotas({.rate = 1});
  sign_ins_.begin("5ec2e7", "t", msg::Seq(7), base::BootClock::now());
  write(kGetWithToken);
  read();
  write("GET /v1/items HTTP/1.1\r\nHost: shop\r\nCookie: pygmy_session=5ec2e7\r\n\r\n");
  EXPECT_THAT(read(), StartsWith("HTTP/1.1 429 "));
}

// The client that leaves before the answer has its request under way nevertheless.
TEST_F(SessionOwnerTest, ARequestIsUnderWayUntilTheStoreHasAnswered) {
  token_quotas_ = TokenQuotas({.requests = 1});
  step_ = Call{ask(msg::Lookup{msg::ItemId(1), {}}), [](const client::Answer&) -> Step { return Answered{}; }};
  write(kGetWithToken);
  hang_up();
  peer_.close();
  io_.poll();
  session_.reset();
  connect();
  write(kGetWithToken);
  EXPECT_THAT(read(), StartsWith("HTTP/1.1 429 "));
  asked_.front()({});
  asked_.clear();
  write(kGetWithToken);
  EXPECT_THAT(read(), StartsWith("HTTP/1.1 200 "));
  write(kGetWithToken);
  EXPECT_THAT(read(), StartsWith("HTTP/1.1 200 ")) << "the one before was answered";
}

TEST_F(SessionOwnerTest, TheStreamsOfATokenAreBounded) {
  token_quotas_ = TokenQuotas({.streams = 1});
  subscribe_as(owner(), "Authorization: Bearer t\r\n");
  const auto first = session_;
  tcp::socket other(io_);
  std::swap(other, peer_);
  connect();
  step_ = EventStream{};
  write("GET /v1/events HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer t\r\n\r\n");
  EXPECT_THAT(read(), StartsWith("HTTP/1.1 429 "));
  first->on_stop();
  io_.poll();
  subscribe_as(owner(), "Authorization: Bearer t\r\n");
}

}  // namespace
}  // namespace bridge
