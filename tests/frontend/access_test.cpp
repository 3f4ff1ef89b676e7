// The requests that an edge takes from clients with and without a token.
#include "frontend/access.h"

#include <gmock/gmock.h>

#include "frontend/under_way.h"
#include "tests/frontend/access_fixture.h"

namespace {

using base::Seq;
using edge_test::AccessTest;
using msg::ClientRole;

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(AccessTest, WithoutATokenNobodyIsServed) {
  lookup(1, 1, 1);
  buy(2, "k", 1);
  ask(3, msg::Status{}, 1);
  ask(4, msg::Events{Seq(1), {}, {}}, 1);
  EXPECT_EQ(take_answers(),
            (Answers{"1:unauthenticated", "2:unauthenticated", "3:unauthenticated", "4:unauthenticated"}));
  EXPECT_THAT(sent, IsEmpty());
}

TEST_F(AccessTest, ATokenIsAskedForOnceAndNeverLeavesTheEdge) {
  lookup(1, 1, 1, with("t"));
  lookup(2, 1, 1, with("t"));
  EXPECT_THAT(sent_types(), ElementsAre("credential"));
  EXPECT_EQ(msg::decode<msg::FindCredential>(sent[0].body)->hash, hash_of("t"));
  tell(0, credential(3, "t"), 4, 2);
  EXPECT_THAT(sent_types(), ElementsAre("credential", "lookup"));
  EXPECT_FALSE(sent[1].header.token);
  EXPECT_EQ(sent[1].header.by, Seq(3));
  tell_item(1, 5, 3, 3);
  mark(4, 3);
  lookup(3, 1, 4, with("t"));
  EXPECT_THAT(take_answers(), testing::UnorderedElementsAre("1:stock 5", "2:stock 5", "3:stock 5"));
  EXPECT_THAT(sent_types(), ElementsAre("credential", "lookup"));
}

TEST_F(AccessTest, AnUnknownTokenIsRefusedAlsoTheNextTime) {
  lookup(1, 1, 1, with("t"));
  refuse(0, msg::Code::kUnknownCredential, 5, 2);
  EXPECT_EQ(take_answers(), Answers{}) << "the refusal reveals seq 5";
  mark(5, 3);
  lookup(2, 1, 3, with("t"));
  EXPECT_EQ(take_answers(), (Answers{"1:unauthenticated", "2:unauthenticated"}));
  EXPECT_THAT(sent_types(), ElementsAre("credential"));
}

TEST_F(AccessTest, TheRoleDecides) {
  mark(4, 0);
  buy(1, "k", 1);
  take_answers();
  ask(2, msg::Outcome{"k"}, 1, with("t"));
  tell(0, credential(3, "t"), 4, 2);
  EXPECT_EQ(take_answers(), Answers{"2:forbidden"});
  ask(3, msg::Status{}, 3, with("t"));
  EXPECT_EQ(take_answers(), Answers{"3:forbidden"});
  EXPECT_THAT(sent_types(), ElementsAre("credential"));
}

// The heart of it: the edge drops the credential before it acknowledges the revocation.
TEST_F(AccessTest, ARevocationIsInForceOnceItIsApplied) {
  mark(4, 0);
  lookup(1, 1, 1, with("t"));
  tell(0, credential(3, "t"), 4, 2);
  tell_item(1, 5, 3, 3);
  publish({revoked(3)}, 4);
  EXPECT_EQ(acknowledged, Seq(5));
  take_answers();
  lookup(2, 1, 5, with("t"));
  EXPECT_EQ(take_answers(), Answers{});
  auto gone = credential(3, "t");
  gone.revoked = Seq(5);
  EXPECT_EQ(sent_types().back(), "credential");
  EXPECT_EQ(sent.back().header.min, Seq(5));
  tell(2, gone, 5, 6);
  EXPECT_EQ(take_answers(), Answers{}) << "not every edge has applied the revocation";
  mark(5, 7);
  EXPECT_EQ(take_answers(), Answers{"2:unauthenticated"});
}

TEST_F(AccessTest, AnAnswerThatARevocationHasOvertakenIsAskedForAgain) {
  mark(4, 0);
  lookup(1, 1, 1, with("t"));
  publish({revoked(3)}, 2);
  tell(0, credential(3, "t"), 4, 3);
  EXPECT_THAT(sent_types(), ElementsAre("credential", "credential"));
  EXPECT_EQ(sent[1].header.min, Seq(5));
  auto gone = credential(3, "t");
  gone.revoked = Seq(5);
  tell(1, gone, 5, 4);
  mark(5, 5);
  EXPECT_EQ(take_answers(), Answers{"1:unauthenticated"});
}

TEST_F(AccessTest, AnswersFromBeforeTheStreamBeganHereAreAskedForAgain) {
  make();
  hear_replica("order-1", 0);
  ask(1, msg::Status{}, 1, with("t"));
  ask(2, msg::Status{}, 1, with("u"));
  tell(0, credential(3, "t", ClientRole::kOperator), 3, 2);
  EXPECT_EQ(take_answers(), Answers{"1:ok"});
  stream.block({revoked(3)});  // the edge begins after this event
  hear_all(3);
  tell(1, credential(2, "u", ClientRole::kOperator), 4, 4);
  EXPECT_EQ(take_answers(), Answers{}) << "the answer is older than where the edge began";
  tick(5);
  grant(6);
  lookup(3, 1, 7, with("t"));
  EXPECT_THAT(sent_types(), ElementsAre("credential", "credential", "credential", "credential"));
  EXPECT_EQ(sent.back().header.min, Seq(5));
}

TEST_F(AccessTest, AGrantIsInForceOnceItIsApplied) {
  mark(4, 0);
  lookup(1, 1, 1, with("t"));
  refuse(0, msg::Code::kUnknownCredential, 4, 2);
  EXPECT_EQ(take_answers(), Answers{"1:unauthenticated"});
  publish({granted("t")}, 3);
  lookup(2, 1, 4, with("t"));
  tell(1, credential(5, "t"), 5, 5);
  tell_item(2, 5, 3, 6);
  EXPECT_EQ(take_answers(), Answers{}) << "another edge may not know the credential yet";
  mark(5, 7);
  EXPECT_EQ(take_answers(), Answers{"2:stock 5"});
}

TEST_F(AccessTest, AnAnswerThatMayHaveComeFromAWrongViewIsAskedForAgain) {
  mark(4, 0);
  lookup(1, 1, 1, with("t"));
  auto beat = stream.beat(stream.commit());
  beat.leader->diverged = {"order-1"};
  hear(beat, 2);
  tell(0, credential(3, "t"), 4, 3);
  EXPECT_THAT(sent_types(), ElementsAre("credential", "credential"));
  tell(1, credential(3, "t"), 4, 4);
  EXPECT_THAT(sent_types(), ElementsAre("credential", "credential", "lookup"));
}

TEST_F(AccessTest, AnExpiredTokenIsRefused) {
  mark(4, 0);
  lookup(1, 1, 1, with("t"));
  auto expired = credential(3, "t");
  expired.expires = edge_test::at(2).wall;
  tell(0, expired, 4, 2);
  EXPECT_EQ(take_answers(), Answers{"1:unauthenticated"});
}

TEST_F(AccessTest, ATokenThatHasExpiredInTheStreamStaysExpiredIfTheClockIsSetBack) {
  mark(4, 0);
  lookup(1, 1, 1, with("t"));
  auto expired = credential(3, "t");
  expired.expires = edge_test::at(1000).wall;
  publish({{*expired.expires, msg::KeyVoided{"k"}, {}}}, 2);
  tell(0, expired, 4, 3);
  EXPECT_EQ(take_answers(), Answers{"1:unauthenticated"});
}

TEST_F(AccessTest, WithoutALeaseNoTokenIsTakenForValid) {
  mark(4, 0);
  lookup(1, 1, 1, with("t"));
  tell(0, credential(3, "t"), 4, 2);
  tell_item(1, 5, 3, 3);
  EXPECT_EQ(take_answers(), Answers{"1:stock 5"});
  auto header = with("t");
  header.stale_ok = 60'000;
  lookup(2, 1, 2'000, header);
  EXPECT_EQ(take_answers(), Answers{}) << "the credential may be revoked by now";
  tick(8'000);
  EXPECT_EQ(take_answers(), Answers{"2:unavailable"});
}

TEST_F(AccessTest, AClientLearnsWhoItIs) {
  ask(1, msg::WhoAmI{}, 1);
  EXPECT_EQ(take_answers(), Answers{"1:ok"});
  auto told = msg::decode<msg::WhoAmIReply>(last_body).value();
  EXPECT_EQ(told.anonymous, msg::Anonymous::kNone);
  EXPECT_TRUE(told.leased);
  EXPECT_FALSE(told.credential);
  ask(2, msg::WhoAmI{}, 2, with("t"));
  tell(0, credential(5, "t", ClientRole::kClerk), 5, 3);
  EXPECT_EQ(take_answers(), Answers{}) << "another edge may not know the credential yet";
  mark(5, 4);
  EXPECT_EQ(take_answers(), Answers{"2:ok"});
  EXPECT_EQ(msg::decode<msg::WhoAmIReply>(last_body)->credential, credential(5, "t", ClientRole::kClerk));
  ask(3, msg::WhoAmI{}, 5, with("other"));
  refuse(1, msg::Code::kUnknownCredential, 5, 6);
  EXPECT_EQ(take_answers(), Answers{"3:unauthenticated"});
}

TEST_F(AccessTest, WithoutALeaseNoTokenForgetsAProcess) {
  mark(4, 0);
  ask(1, msg::Status{}, 1, with("t"));
  tell(0, credential(3, "t", ClientRole::kOperator), 4, 2);
  EXPECT_EQ(take_answers(), Answers{"1:ok"});
  ask(2, msg::Status{}, 2'000, with("t"));
  EXPECT_EQ(take_answers(), Answers{"2:ok"}) << "it tells why there is no lease";
  ask(3, msg::Forget{"order-1"}, 2'001, with("t"));
  EXPECT_EQ(take_answers(), Answers{}) << "the credential may be revoked by now";
  tick(8'000);
  EXPECT_EQ(take_answers(), Answers{"3:unavailable"});
}

TEST_F(AccessTest, WithoutALeaseAClientIsToldWhoItWas) {
  mark(4, 0);
  ask(1, msg::WhoAmI{}, 1, with("t"));
  tell(0, credential(3, "t"), 4, 2);
  take_answers();
  ask(2, msg::WhoAmI{}, 2'000, with("t"));
  EXPECT_EQ(take_answers(), Answers{"2:ok"});
  EXPECT_FALSE(msg::decode<msg::WhoAmIReply>(last_body)->leased);
}

TEST_F(AccessTest, AMemberOfTheStoreIsToldThatItMayDoAll) {
  base::Bytes frame;
  msg::append_request(frame, {}, msg::WhoAmI{});
  const base::Sender sender{base::KeyRole::kOperator, "x"};
  edge->on_request({"client", false}, frame, {edge_test::at(1), out, &sender});
  collect(1);
  EXPECT_EQ(msg::decode<msg::WhoAmIReply>(last_body)->anonymous, msg::Anonymous::kAll);
}

TEST_F(AccessTest, AReaderGetsAPartOfTheEventsIfThatWillDo) {
  mark(4, 0);
  ask(1, msg::Events{Seq(2), {}, {}}, 1, with("t"));
  tell(0, credential(3, "t"), 4, 2);
  EXPECT_EQ(take_answers(), Answers{"1:forbidden"});
  ask(2, msg::Events{Seq(2), {}, {}, true}, 3, with("t"));
  sent.clear();
  publish({support::voided("k"), support::item_added(7)}, 4, Seq(6));
  ask(3, msg::Events{Seq(5), {}, {}, true}, 5, with("t"));
  EXPECT_EQ(take_answers().back(), "3:ok");
  const auto reply = msg::decode<msg::EventsReply>(last_body);
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->blocks.empty());
  ASSERT_EQ(reply->parts->size(), 1U);
  EXPECT_EQ(reply->parts->at(0).events.at(0).seq, Seq(6));
}

TEST_F(AccessTest, WithoutATokenAReaderGetsAPartOfTheEvents) {
  begin(msg::Anonymous::kReader);
  mark(4, 0);
  publish({support::item_added(7)}, 1, Seq(5));
  ask(1, msg::Events{Seq(5), {}, {}}, 2);
  EXPECT_EQ(take_answers(), Answers{"1:unauthenticated"});
  ask(2, msg::Events{Seq(5), {}, {}, true}, 3);
  EXPECT_EQ(take_answers(), Answers{"2:ok"});
  EXPECT_EQ(msg::decode<msg::EventsReply>(last_body)->parts->size(), 1U);
}

TEST_F(AccessTest, EventsEndWithTheCredential) {
  mark(4, 0);
  auto operates = credential(3, "t", ClientRole::kOperator);
  ask(1, msg::Events{Seq(5), {}, 5'000}, 1, with("t"));
  tell(0, operates, 4, 2);
  EXPECT_EQ(take_answers(), Answers{});
  publish({revoked(3)}, 3, Seq(5));
  EXPECT_EQ(take_answers(), Answers{}) << "the event is not shown";
  operates.revoked = Seq(5);
  tell(1, operates, 5, 4);
  EXPECT_EQ(take_answers(), Answers{"1:unauthenticated"});
}

TEST_F(AccessTest, AWriteThatWaitsForItsCredentialIsNotSentToANewWriter) {
  ask(1, msg::PlaceOrder{"k", msg::OrderType::kBuy, {}, {{base::ItemId(1), base::Quantity(1), {}}}}, 1, with("t"));
  publish({support::appointed("order-2")}, 2);
  EXPECT_THAT(sent_types(), ElementsAre("credential"));
  tell(0, credential(3, "t", ClientRole::kBuyer), 5, 3);
  EXPECT_THAT(sent_types(), ElementsAre("credential", "place"));
  EXPECT_EQ(sent[1].header.by, Seq(3));
}

TEST_F(AccessTest, AQuestionWithoutAnAnswerIsAskedAgainElsewhere) {
  lookup(1, 1, 1, with("t"));
  tick(150);
  EXPECT_THAT(sent_types(), ElementsAre("credential", "credential"));
  EXPECT_NE(sent[0].to, sent[1].to);
}

// The question has its own deadline. A request that may wait longer has the token asked for again.
TEST_F(AccessTest, AQuestionThatNobodyAnswersInTimeIsAskedAnew) {
  auto patient = with("t");
  patient.ttl = 20'000;
  lookup(1, 1, 1, patient);
  const auto last = static_cast<int>(msg::kTtlDefaultMs);
  hear_all(last);
  tick(last);
  grant(last);
  const auto asked = sent.size();
  const auto over = last + 20;  // it looks that often
  tick(over);
  EXPECT_EQ(take_answers(), Answers{});
  EXPECT_EQ(sent.size(), asked + 1);
  EXPECT_NE(sent.back().header.id, sent[0].header.id) << "a late answer to the first question is nobody's";
  tell(asked, credential(3, "t"), 4, over);
  tell_item(asked + 1, 5, 3, over);
  mark(4, over);
  EXPECT_EQ(take_answers(), Answers{"1:stock 5"});
}

// An order replica of a release that does not know the question.
TEST_F(AccessTest, AReplicaThatCannotTellMakesTheRequestUnavailable) {
  lookup(1, 1, 1, with("t"));
  refuse(0, msg::Code::kUnknownType, 4, 2);
  EXPECT_EQ(take_answers(), Answers{"1:unavailable"});
  lookup(2, 1, 3, with("t"));
  EXPECT_THAT(sent_types(), ElementsAre("credential", "credential"));
}

TEST_F(AccessTest, ABuyerWithoutATokenBuysAndSeesNoOrders) {
  begin(msg::Anonymous::kBuyer);
  buy(1, "k", 1);
  EXPECT_THAT(sent_types(), ElementsAre("place"));
  EXPECT_EQ(sent[0].header.by, Seq());
  ask(2, msg::GetOrder{base::OrderNo(1)}, 1);
  ask(3, msg::ListOrders{}, 1);
  EXPECT_EQ(take_answers(), (Answers{"2:unauthenticated", "3:unauthenticated"}));
}

TEST_F(AccessTest, AnEmptyTokenIsNone) {
  begin(msg::Anonymous::kReader);
  lookup(1, 1, 1, with(""));
  EXPECT_THAT(sent_types(), ElementsAre("lookup"));
  buy(2, "k", 1);
  EXPECT_EQ(take_answers(), Answers{"2:unauthenticated"});
}

TEST_F(AccessTest, AWrongTokenIsRefusedAlsoWhereNoneIsNeeded) {
  begin(msg::Anonymous::kAll);
  mark(4, 0);
  lookup(1, 1, 1, with("t"));
  refuse(0, msg::Code::kUnknownCredential, 4, 2);
  EXPECT_EQ(take_answers(), Answers{"1:unauthenticated"});
}

TEST_F(AccessTest, ATokenThatIsTooLongIsNotHashed) {
  mark(4, 0);
  lookup(1, 1, 1, with(std::string(msg::kTokenBytesMax, 't')));
  lookup(2, 1, 1, with(std::string(msg::kTokenBytesMax + 1, 't')));
  EXPECT_EQ(take_answers(), Answers{"2:unauthenticated"});
  EXPECT_THAT(sent_types(), ElementsAre("credential"));
}

TEST_F(AccessTest, ANoteHasTheNameOfAnOperatorsKeyAndOfNothingElse) {
  const auto note_as = [&](const base::Sender& sender, msg::Header header) {
    header.id = 1;
    header.who = "somebody else";
    base::Bytes frame;
    msg::append_request(frame, header, msg::Note{"k", msg::Act::kTrim, "before seq 9"});
    edge->on_request({"client", false}, frame, {edge_test::at(1), out, &sender});
    collect(1);
  };
  mark(4, 0);
  note_as({base::KeyRole::kOperator, "ann-1"}, {});
  ASSERT_THAT(sent_types(), ElementsAre("note"));
  EXPECT_EQ(sent[0].header.who, "ann-1");
  EXPECT_FALSE(sent[0].header.by);
  note_as({base::KeyRole::kOperator, "ann-1"}, with("t"));
  tell(1, credential(3, "t", ClientRole::kOperator), 4, 2);
  ASSERT_THAT(sent_types(), ElementsAre("note", "credential", "note"));
  EXPECT_EQ(sent[2].header.by, Seq(3));
  EXPECT_FALSE(sent[2].header.who);
  begin(msg::Anonymous::kAll);
  sent.clear();
  mark(4, 3);
  note_as({base::KeyRole::kClient, "till-1"}, {});
  ASSERT_THAT(sent_types(), ElementsAre("note"));
  EXPECT_FALSE(sent[0].header.who);
}

TEST_F(AccessTest, OnlyAnOperatorsKeyNeedsNoToken) {
  const auto ask_as = [&](base::KeyRole role) {
    const base::Sender sender{role, "x"};
    msg::Header header;
    header.id = 1;
    base::Bytes frame;
    msg::append_request(frame, header, msg::Status{});
    edge->on_request({"client", false}, frame, {edge_test::at(1), out, &sender});
    collect(1);
    return take_answers();
  };
  EXPECT_EQ(ask_as(base::KeyRole::kOperator), Answers{"1:ok"});
  for (const auto role : {base::KeyRole::kBroker, base::KeyRole::kCatalog, base::KeyRole::kOrder,
                          base::KeyRole::kFrontend, base::KeyRole::kBridge, base::KeyRole::kClient}) {
    EXPECT_EQ(ask_as(role), Answers{"1:unauthenticated"}) << msg::word(role);
  }
}

TEST_F(AccessTest, TheFrontendsOwnKeyMayAskForTheStatusAlone) {
  const auto ask_as = [&](const char* name, const auto& request) {
    const base::Sender sender{base::KeyRole::kFrontend, name};
    msg::Header header;
    header.id = 1;
    base::Bytes frame;
    msg::append_request(frame, header, request);
    edge->on_request({"client", false}, frame, {edge_test::at(1), out, &sender});
    collect(1);
    return take_answers();
  };
  EXPECT_EQ(ask_as("frontend-1", msg::Status{}), Answers{"1:ok"});
  EXPECT_EQ(ask_as("frontend-2", msg::Status{}), Answers{"1:unauthenticated"});
  EXPECT_EQ(ask_as("frontend-1", msg::ListCredentials{}), Answers{"1:unauthenticated"});
  EXPECT_EQ(ask_as("frontend-1", msg::Forget{.instance = "order-1"}), Answers{"1:unauthenticated"});
}

TEST_F(AccessTest, TheMirrorShowsNothingIfATokenIsNeeded) {
  mirror = std::make_shared<frontend::Mirror>();
  begin(msg::Anonymous::kNone);
  mark(4, 0);
  lookup(1, 1, 1, with("t"));
  tell(0, credential(3, "t"), 4, 2);
  tell_item(1, 5, 3, 3);
  EXPECT_FALSE(is_mirrored(4));
  begin(msg::Anonymous::kReader);
  mark(4, 0);
  lookup(1, 1, 1);
  tell_item(0, 5, 3, 3);
  EXPECT_TRUE(is_mirrored(4));
}

TEST(Access, ForgetsAllTokensWhenThereAreTooMany) {
  frontend::Access access;
  for (std::size_t i = 0; i < frontend::Access::kKnownMax; ++i) access.land(fmt::format("{}", i), std::nullopt, Seq(1));
  EXPECT_TRUE(access.find("0"));
  access.land("one more", std::nullopt, Seq(1));
  EXPECT_FALSE(access.find("0"));
  EXPECT_TRUE(access.find("one more"));
  for (std::size_t i = 1; i < frontend::Access::kKnownMax; ++i) access.land(fmt::format("{}", i), std::nullopt, Seq(1));
  EXPECT_TRUE(access.find("one more")) << "there was room for them";
  access.land("yet another", std::nullopt, Seq(1));
  EXPECT_FALSE(access.find("one more"));
}

// Somebody who opens many connections has no more than others.
TEST_F(AccessTest, RequestsWithOneTokenShareABoundOverAllItsConnections) {
  begin(msg::Anonymous::kReader);
  mark(4, 0);
  lookup(1, 1, 1, with("t"));
  tell(0, credential(3, "t"), 4, 1);
  tell_item(1, 5, 2, 1);
  EXPECT_EQ(take_answers(), Answers{"1:stock 5"});
  auto fresh = with("t");
  fresh.fresh = true;
  const msg::Lookup item{base::ItemId(1), {}};
  for (int twice = 0; twice < 2; ++twice) {
    sent.clear();
    constexpr auto kMost = frontend::kUnderWayPerClientMax;
    for (std::uint64_t id = 1; id <= kMost; ++id) ask_as(id % 2 == 0 ? "first" : "second", id, item, 2, fresh);
    EXPECT_EQ(take_answers(), Answers{});
    ask_as("third", kMost + 1, item, 2, fresh);
    EXPECT_EQ(take_answers(), Answers{fmt::format("{}:busy", kMost + 1)});
    ask_as("third", kMost + 2, item, 2, {.fresh = true});
    EXPECT_EQ(take_answers(), Answers{}) << "without the token it is another client";
    for (std::size_t i = 0; i < sent.size(); ++i) tell_item(i, 5, 2, 3);
    EXPECT_EQ(take_answers().size(), kMost + 1);
  }
}

}  // namespace
