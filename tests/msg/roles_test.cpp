// Which keys may send which request: the whole table.
#include "msg/roles.h"

#include <gtest/gtest.h>

#include <map>

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

TEST(Roles, EachRequestHasItsSenders) {
  const std::map<std::string_view, std::string> expected{
      {"append", "o"},       {"resign", "o"},       {"lease", "fw"},        {"ack", "fw"},
      {"announce", "b"},     {"trim", "p"},         {"replay", "bcofwp"},   {"snapshot", "co"},
      {"rows", "p"},         {"lookup", "bcofwpk"}, {"search", "bcofwpk"},  {"place", "bcofwpk"},
      {"add", "bcofwpk"},    {"price", "bcofwpk"},  {"restock", "bcofwpk"}, {"outcome", "bcofwpk"},
      {"order", "bcofwpk"},  {"orders", "bcofwpk"}, {"events", "bcofwpk"},  {"status", "bcofwpk"},
      {"forget", "bcofwpk"}, {"store", "bcofwpk"},  {"note", "bcofwpk"}};
  for (const auto& [type, who] : expected) EXPECT_EQ(senders(type), who) << type;
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
