// How many requests a second a frontend takes from each client.
#include <gmock/gmock.h>

#include "tests/frontend/access_fixture.h"

namespace {

using base::KeyRole;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

// Ten requests a second, and three at once. Everybody may ask who it is, and gets the answer at once.
class ClientRateTest : public edge_test::AccessTest {
 protected:
  ClientRateTest() { begin_with(10, 3); }

  void begin_with(std::uint32_t rate, std::uint32_t burst) {
    client_rate = rate;
    client_burst = burst;
    begin(msg::Anonymous::kReader);
    mark(4, 0);
  }

  void ask_as(const std::string& peer, std::uint64_t id, int ms, msg::Header header = {},
              const base::Sender* sender = nullptr) {
    header.id = id;
    base::Bytes frame;
    msg::append_request(frame, header, msg::WhoAmI{});
    edge->on_request({peer, false}, frame, {edge_test::at(ms), out, sender});
    collect(ms);
  }
  void ask_with(KeyRole role, const std::string& key, const std::string& peer, std::uint64_t id, int ms) {
    const base::Sender sender{role, "till-7", key};
    ask_as(peer, id, ms, {}, &sender);
  }
  // At 2 ms the frontend knows that the token has a credential. One request of "first" has told it.
  void know(const std::string& token) {
    ask_as("first", 1, 1, with(token));
    tell(sent.size() - 1, credential(3, token), 4, 2);
    EXPECT_EQ(take_answers(), Answers{"1:ok"});
  }
};

TEST_F(ClientRateTest, AClientThatAsksTooOftenIsBusyUntilItsTimeHasCome) {
  for (std::uint64_t id = 1; id <= 4; ++id) ask_as("first", id, 1);
  ask_as("second", 5, 1);
  ask_as("first", 6, 100);
  ask_as("first", 7, 101);
  ask_as("first", 8, 101);
  EXPECT_EQ(take_answers(), (Answers{"1:ok", "2:ok", "3:ok", "4:busy", "5:ok", "6:busy", "7:ok", "8:busy"}));
  EXPECT_EQ(msg::decode<msg::Refusal>(last_body)->message,
            "this connection may send 10 requests a second, and 3 at once: try again in 1 s");
}

TEST_F(ClientRateTest, TheRefusalNamesTheTimeAfterWhichTheClientIsServed) {
  for (std::uint64_t id = 1; id <= 4; ++id) ask_as("first", id, 1);
  EXPECT_EQ(msg::decode<msg::Refusal>(last_body)->retry_ms, 100U);
  ask_as("first", 5, 90);
  EXPECT_EQ(msg::decode<msg::Refusal>(last_body)->retry_ms, 11U);
  EXPECT_THAT(take_answers(), Contains("5:busy"));
  ask_as("first", 6, 90 + 11);
  EXPECT_EQ(take_answers(), Answers{"6:ok"});
}

TEST_F(ClientRateTest, WithoutARateNothingIsCounted) {
  begin_with(0, 0);
  for (std::uint64_t id = 1; id <= 5'000; ++id) ask_as("first", id, 1);
  EXPECT_THAT(take_answers(), testing::Each(testing::EndsWith(":ok")));
}

TEST_F(ClientRateTest, AnswersFromTheCacheCountToo) {
  lookup(1, 1, 1);
  tell_item(0, 5, 3, 2);
  for (std::uint64_t id = 2; id <= 4; ++id) lookup(id, 1, 3);
  EXPECT_EQ(take_answers(), (Answers{"1:stock 5", "2:stock 5", "3:stock 5", "4:busy"}));
}

TEST_F(ClientRateTest, AWriteBeyondTheRateIsNotSentAndTheRefusalsAreCounted) {
  anonymous = msg::Anonymous::kAll;
  make();
  start();
  for (std::uint64_t id = 1; id <= 5; ++id) buy(id, fmt::format("k{}", id), 1);
  EXPECT_THAT(sent_types(), ElementsAre("place", "place", "place"));
  EXPECT_EQ(take_answers(), (Answers{"4:busy", "5:busy"}));
  tick(60);
  EXPECT_EQ(counter("over_rate"), 2U);
}

TEST_F(ClientRateTest, ATokenCountsOverAllItsConnectionsAndForItselfAlone) {
  know("t");
  ask_as("first", 2, 3, with("t"));
  ask_as("second", 3, 3, with("t"));
  ask_as("third", 4, 3, with("t"));
  ask_as("fourth", 5, 3, with("t"));
  EXPECT_EQ(take_answers(), (Answers{"2:ok", "3:ok", "4:ok", "5:busy"}));
  EXPECT_THAT(msg::decode<msg::Refusal>(last_body)->message, testing::StartsWith("this token may send 10"));
  ask_as("fourth", 6, 3);
  EXPECT_EQ(take_answers(), Answers{"6:ok"});
}

TEST_F(ClientRateTest, TokensThatAreMadeUpCountForTheirConnection) {
  for (std::uint64_t id = 1; id <= 5; ++id) ask_as("first", id, 1, with(fmt::format("t{}", id)));
  EXPECT_EQ(take_answers(), (Answers{"4:busy", "5:busy"}));
  EXPECT_THAT(sent_types(), ElementsAre("credential", "credential", "credential"));
  refuse(0, msg::Code::kUnknownCredential, 4, 2);
  take_answers();
  ask_as("first", 6, 3, with("t1"));
  EXPECT_EQ(take_answers(), Answers{"6:busy"}) << "also once the frontend knows that it is made up";
}

TEST_F(ClientRateTest, AKeyWithoutACredentialCountsOverAllItsConnections) {
  ask_with(KeyRole::kClient, "k", "first", 1, 1);
  refuse(0, msg::Code::kUnknownCredential, 4, 2);
  ask_with(KeyRole::kClient, "k", "second", 2, 3);
  ask_with(KeyRole::kClient, "k", "third", 3, 3);
  ask_with(KeyRole::kClient, "k", "fourth", 4, 3);
  EXPECT_EQ(take_answers(), (Answers{"1:ok", "2:ok", "3:ok", "4:busy"}));
}

// A client chooses the routing id of its connection.
TEST_F(ClientRateTest, AConnectionThatIsCalledLikeAKeyDoesNotUseUpTheRateOfTheKey) {
  for (std::uint64_t id = 1; id <= 4; ++id) ask_as(msg::client_key_hash("k"), id, 1);
  EXPECT_THAT(take_answers(), Contains("4:busy"));
  ask_with(KeyRole::kClient, "k", "second", 5, 1);
  refuse(0, msg::Code::kUnknownCredential, 4, 2);
  EXPECT_EQ(take_answers(), Answers{"5:ok"});
}

TEST_F(ClientRateTest, OperatorsAndEdgesHaveNoRate) {
  for (const auto role : {KeyRole::kOperator, KeyRole::kFrontend, KeyRole::kBridge}) {
    for (std::uint64_t id = 1; id <= 10; ++id) ask_with(role, "m", "member", id, 1);
    EXPECT_THAT(take_answers(), Not(Contains(testing::EndsWith(":busy"))));
  }
  for (std::uint64_t id = 1; id <= 4; ++id) ask_with(KeyRole::kCatalog, "m", "member", id, 1);
  EXPECT_THAT(take_answers(), Contains("4:busy")) << "a replica asks no frontend";
}

TEST_F(ClientRateTest, ACoreOfTheSameProcessHasNoRate) {
  for (std::uint64_t id = 1; id <= 10; ++id) ask_as(std::string(9, '\0'), id, 1);
  EXPECT_THAT(take_answers(), Not(Contains(testing::EndsWith(":busy"))));
}

// The transport names all others.
TEST_F(ClientRateTest, AProcessOfTheSameUserHasNoRateInAStoreWithKeys) {
  keys = true;
  begin_with(10, 3);
  for (std::uint64_t id = 1; id <= 10; ++id) ask_as("first", id, 1);
  EXPECT_THAT(take_answers(), Not(Contains(testing::EndsWith(":busy"))));
}

}  // namespace
