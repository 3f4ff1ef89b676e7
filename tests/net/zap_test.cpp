// Which keys may connect where: the matrix of all domains and roles, and questions that are not whole.
#include "net/zap.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <zmq.hpp>

#include "msg/roles.h"

namespace {

using base::KeyRole;

const std::string kKey(40, '0');

std::string raw(const std::string& key) {
  std::string bytes(32, '\0');
  zmq_z85_decode(reinterpret_cast<std::uint8_t*>(bytes.data()), key.c_str());
  return bytes;
}

using Question = std::vector<std::string>;

Question question(const std::string& domain, const std::string& key) {
  return {"1.0", "7", domain, "10.0.0.9", "", "CURVE", raw(key)};
}

net::Verdict decision(const Question& question, const net::KeyList& list) {
  return net::decide({question.begin(), question.end()}, list);
}

net::KeyList list_with(KeyRole role) {
  net::KeyList list;
  list.replace({{{role, "ann"}, kKey}});
  return list;
}

TEST(ZapTest, EachDomainAdmitsItsRoles) {
  for (const auto role : {KeyRole::kBroker, KeyRole::kCatalog, KeyRole::kOrder, KeyRole::kFrontend, KeyRole::kBridge,
                          KeyRole::kOperator, KeyRole::kClient}) {
    const auto list = list_with(role);
    const auto admitted = [&](net::Domain domain) {
      const auto verdict = decision(question(std::string(net::word(domain)), kKey), list);
      EXPECT_EQ(verdict.refused.empty(), verdict.reply[2] == "200");
      return verdict.reply[2] == "200";
    };
    const bool is_member = role != KeyRole::kOperator && role != KeyRole::kClient;
    EXPECT_TRUE(admitted(net::Domain::kAll)) << msg::word(role);
    EXPECT_EQ(admitted(net::Domain::kStore), role != KeyRole::kClient) << msg::word(role);
    EXPECT_EQ(admitted(net::Domain::kMembers), is_member) << msg::word(role);
  }
}

TEST(ZapTest, AnAdmittedKeyBecomesTheUser) {
  const auto verdict = decision(question("all", kKey), list_with(KeyRole::kClient));
  EXPECT_EQ(verdict.reply, (std::vector<base::Bytes>{"1.0", "7", "200", "", kKey, ""}));
}

TEST(ZapTest, AnUnknownKeyIsRefusedAndShown) {
  const std::string other(40, '1');
  const auto verdict = decision(question("store", other), list_with(KeyRole::kBroker));
  EXPECT_EQ(verdict.reply, (std::vector<base::Bytes>{"1.0", "7", "300", "", "", ""}));
  EXPECT_EQ(verdict.refused, "a key that is not on the list came from 10.0.0.9: " + other);
  EXPECT_FALSE(verdict.known);
  EXPECT_EQ(decision(question("all", other), list_with(KeyRole::kBroker)).reply[2], "400") << "clients are told";
}

TEST(ZapTest, AKnownKeyInTheWrongPlaceIsNamed) {
  const auto verdict = decision(question("members", kKey), list_with(KeyRole::kClient));
  EXPECT_EQ(verdict.reply[2], "300");
  EXPECT_EQ(verdict.reply[4], "");
  EXPECT_EQ(verdict.refused, "client ann may not connect here; its key came from 10.0.0.9");
  EXPECT_TRUE(verdict.known);
}

// --- the error paths ---

TEST(ZapTest, NoPartOfAQuestionMayBeMissingOrWrong) {
  const auto list = list_with(KeyRole::kBroker);
  const auto whole = question("all", kKey);
  for (std::size_t parts = 0; parts < whole.size(); ++parts) {
    const auto verdict = decision({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(parts)}, list);
    EXPECT_FALSE(verdict.refused.empty()) << parts;
    EXPECT_EQ(verdict.reply.empty(), parts < 2) << parts;
  }
  for (const std::size_t part : {0U, 2U, 5U, 6U}) {
    for (const auto& wrong : {std::string(), std::string("?"), whole[part] + "x"}) {
      auto asked = whole;
      asked[part] = wrong;
      const auto verdict = decision(asked, list);
      EXPECT_FALSE(verdict.refused.empty()) << part;
      EXPECT_TRUE(verdict.reply.empty() || verdict.reply[2] == "500") << part;
    }
  }
  auto longer = whole;
  longer.emplace_back();
  EXPECT_EQ(decision(longer, list).reply[2], "500");
}

TEST(ZapTest, AnAddressIsShownAsText) {
  auto asked = question("store", std::string(40, '1'));
  asked[3] = "a\nb\x1b";
  EXPECT_EQ(decision(asked, list_with(KeyRole::kBroker)).refused.find('\n'), std::string::npos);
}

}  // namespace
