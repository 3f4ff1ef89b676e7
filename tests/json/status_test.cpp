// The status of the store: who leads, and the JSON that people and programs read.
#include "json/status.h"

#include <gtest/gtest.h>

namespace json {
namespace {

using msg::Role;
using msg::Seq;

msg::Seen seen(Role role, std::string instance, std::uint64_t applied) {
  msg::Seen one;
  one.beat.role = role;
  one.beat.instance = std::move(instance);
  one.beat.applied = Seq(applied);
  return one;
}

msg::Seen leading(std::string instance, std::uint64_t term, std::uint64_t commit) {
  auto one = seen(Role::kBroker, std::move(instance), commit);
  one.beat.leader = msg::Leadership{.term = base::Term(term), .commit = Seq(commit)};
  return one;
}

TEST(Status, TheLeaderIsTheBrokerOfTheHighestTerm) {
  msg::StatusReply status;
  EXPECT_EQ(leader_of(status), nullptr);
  status.processes = {seen(Role::kBroker, "b-0", 1), leading("b-1", 3, 7), leading("b-2", 4, 9), leading("b-3", 2, 8)};
  EXPECT_EQ(leader_of(status), &status.processes[2]);
}

TEST(Status, OnlyOneOfSeveralBrokersHasTheOfficeOfTheLeader) {
  msg::StatusReply status;
  status.writer = "order-1";
  status.processes = {leading("b-1", 3, 7), seen(Role::kOrder, "order-1", 7), seen(Role::kOrder, "order-2", 7)};
  const auto offices = [&] {
    std::string all;
    for (const auto& each : status.processes) all += std::string(office_of(each, status)) + ",";
    return all;
  };
  EXPECT_EQ(offices(), ",writer,,");
  status.processes.push_back(seen(Role::kBroker, "b-2", 7));
  EXPECT_EQ(offices(), "leader,writer,,,");
}

TEST(Status, TheLastCommittedSeqIsTheGreatestThatWasHeard) {
  msg::StatusReply status;
  status.applied = Seq(5);
  EXPECT_EQ(commit_of(status), Seq(5));
  status.processes = {leading("b-1", 1, 4)};
  EXPECT_EQ(commit_of(status), Seq(5)) << "the frontend has applied more";
  status.processes = {leading("b-1", 1, 6)};
  EXPECT_EQ(commit_of(status), Seq(6));
}

TEST(Status, TheLagIsTheNumberOfEventsThatAreNotApplied) {
  const auto beat = seen(Role::kOrder, "order-1", 7).beat;
  EXPECT_EQ(lag_of(beat, Seq(9)), 2U);
  EXPECT_EQ(lag_of(beat, Seq(7)), 0U);
  EXPECT_EQ(lag_of(beat, Seq(6)), 0U) << "a heartbeat may be newer than the status";
}

TEST(Status, AProcessIsSilentAfterASecond) {
  msg::StatusReply reply;
  for (const auto age : {1000U, 1001U}) {
    reply.processes = {seen(Role::kOrder, "order-1", 7)};
    reply.processes[0].age_ms = age;
    EXPECT_EQ(status_of(reply).processes[0].silent, age == 1001U);
  }
}

TEST(Status, WithoutALeaderNothingIsSaidOfTheStream) {
  msg::StatusReply reply;
  reply.edge = "frontend-1";
  EXPECT_EQ(
      to_text(status_of(reply)),
      R"({"edge":"frontend-1","age_ms":0,"leased":false,"lease_left_ms":0,"applied":0,"watermark":0,"writer":"","epoch":0,)"
      R"("processes":[]})");
}

TEST(Status, OfAProcessNothingIsSaidBeforeItIsKnown) {
  EXPECT_EQ(to_text(ProcessStatus()),
            R"({"role":"broker","instance":"","pid":0,"endpoint":"","state":"starting","writer":false,"leader":false,)"
            R"("applied":0,"lag":0,"age_ms":0,"silent":false})");
}

TEST(Status, ACurrencyThatCannotBeShownIsNone) {
  msg::StatusReply reply;
  reply.processes = {leading("broker-1", 3, 13)};
  for (const auto& strange : {msg::Currency{"<b>", 2}, msg::Currency{"EUR", 4'000'000'000}}) {
    reply.processes[0].beat.leader->currency = strange;
    EXPECT_EQ(currency_of(reply), std::nullopt) << strange.code;
  }
}

TEST(Status, GetsOlder) {
  msg::StatusReply reply{.leased = true, .lease_left_ms = 300};
  reply.processes = {seen(Role::kOrder, "order-1", 11)};
  reply.processes[0].age_ms = 900;
  const auto later = aged(reply, 200);
  EXPECT_EQ(later.processes[0].age_ms, 1100U);
  EXPECT_TRUE(status_of(later).processes[0].silent);
  EXPECT_TRUE(later.leased);
  EXPECT_EQ(later.lease_left_ms, 100U);
  EXPECT_FALSE(aged(reply, 300).leased);
}

// Programs read the members by name, people in this order.
TEST(Status, IsWrittenMemberByMember) {
  msg::StatusReply reply{.edge = "frontend-1",
                         .leased = true,
                         .lease_left_ms = 1234,
                         .applied = Seq(12),
                         .mark = Seq(10),
                         .writer = "order-1",
                         .epoch = base::Epoch(5)};
  auto broker = leading("broker-1", 3, 13);
  broker.beat.store = "store-a";
  broker.beat.leader->holders = 2;
  broker.beat.leader->diverged = {"catalog-2"};
  broker.beat.leader->begins = Seq(6);
  broker.beat.leader->currency = msg::Currency{"JPY", 0};
  broker.age_ms = 30;
  reply.forgotten = {{"order-9", base::Incarnation(1)}};
  auto order = seen(Role::kOrder, "order-1", 11);
  order.age_ms = 40;
  order.beat.pid = 77;
  order.beat.tcp = "tcp://h:1";
  order.beat.state = msg::State::kLive;
  order.beat.durable = Seq(9);
  order.beat.digest = msg::DigestAt{Seq(11), 0xab, 0xcd};
  order.beat.diverged = "a fault";
  order.beat.trouble = {"a line"};
  order.beat.counters = {{"appends", 4}};
  auto catalog = seen(Role::kCatalog, "catalog-1", 13);
  catalog.beat.digest = msg::DigestAt{Seq(13), 1, 2};
  reply.processes = {broker, order, catalog};
  EXPECT_EQ(
      to_text(status_of(reply, 7)),
      R"({"edge":"frontend-1","age_ms":7,"leased":true,"lease_left_ms":1234,"applied":12,"watermark":10,)"
      R"("writer":"order-1",)"
      R"("epoch":5,"store":"store-a","term":3,"commit":13,"leases":2,"diverged":["catalog-2"],"begins":6,)"
      R"("leader_age_ms":30,"currency":{"code":"JPY","digits":0},"forgotten":["order-9"],"processes":[)"
      R"({"role":"broker","instance":"broker-1","pid":0,"endpoint":"","state":"starting","writer":false,"leader":true,)"
      R"("applied":13,"lag":0,"age_ms":30,"silent":false},)"
      R"({"role":"order","instance":"order-1","pid":77,"endpoint":"tcp://h:1","state":"live","writer":true,)"
      R"("leader":false,"applied":11,"lag":2,"age_ms":40,"silent":false,"durable":9,"digest":"00000000000000ab",)"
      R"("orders_digest":"00000000000000cd","diverged":"a fault","trouble":["a line"],"counters":{"appends":4}},)"
      R"({"role":"catalog","instance":"catalog-1","pid":0,"endpoint":"","state":"starting","writer":false,)"
      R"("leader":false,"applied":13,"lag":0,"age_ms":0,"silent":false,"digest":"0000000000000001"}]})");
}

}  // namespace
}  // namespace json
