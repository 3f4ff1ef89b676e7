// Which keys may send which request: the whole table.
#include "msg/roles.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "msg/catalogue.h"
#include "msg/serve.h"

namespace {

using base::KeyRole;

// One letter for each role that may send the request: broker, catalog, order, frontend, bridge, operator, client.
std::string senders(std::string_view type) {
  std::string all;
  for (const auto& [role, letter] : std::map<KeyRole, char>{{KeyRole::kBroker, 'b'},
                                                            {KeyRole::kCatalog, 'c'},
                                                            {KeyRole::kOrder, 'o'},
                                                            {KeyRole::kFrontend, 'f'},
                                                            {KeyRole::kBridge, 'w'},
                                                            {KeyRole::kOperator, 'p'},
                                                            {KeyRole::kClient, 'k'}}) {
    const base::Sender sender{role, "x"};
    const auto refusal = msg::forbidden(&sender, type);
    if (!refusal) all += letter;
    EXPECT_TRUE(!refusal || refusal->code == msg::Code::kForbidden);
  }
  return all;
}

template <class... Request>
std::vector<std::string_view> types(msg::Requests<Request...>) {
  return {Request::kType...};
}

TEST(Roles, EachRequestHasItsSenders) {
  const std::map<std::string_view, std::string> between_processes{
      {"append", "o"}, {"resign", "o"},      {"lease", "fw"},    {"ack", "fw"}, {"announce", "b"},
      {"trim", "p"},   {"replay", "bcofwp"}, {"snapshot", "co"}, {"rows", "p"}, {"credential", "fw"}};
  EXPECT_EQ(types(msg::AllRequests()).size(), types(msg::ClientRequests()).size() + between_processes.size());
  for (const auto& [type, who] : between_processes) EXPECT_EQ(senders(type), who) << type;
  for (const auto type : types(msg::ClientRequests())) EXPECT_EQ(senders(type), "bcofwpk") << type;
}

TEST(Roles, AnUnknownTypeIsNotForbiddenButUnknown) { EXPECT_EQ(senders("nonsense"), "bcofwpk"); }

TEST(Roles, WithoutKeysEverybodyMaySendAnything) {
  EXPECT_FALSE(msg::forbidden(nullptr, "append"));
  EXPECT_TRUE(msg::speaks_for(nullptr, "order-1"));
}

TEST(Roles, ASenderSpeaksForItself) {
  const base::Sender sender{KeyRole::kOrder, "order-1"};
  EXPECT_TRUE(msg::speaks_for(&sender, "order-1"));
  EXPECT_FALSE(msg::speaks_for(&sender, "order-2"));
}

TEST(Roles, TheWordsOfTheRoles) {
  for (const auto* word : {"broker", "catalog", "order", "frontend", "bridge", "operator", "client"}) {
    EXPECT_TRUE(msg::from_word<KeyRole>(word)) << word;
  }
  EXPECT_EQ(msg::kWordCount<KeyRole>, 7U);
}

}  // namespace
