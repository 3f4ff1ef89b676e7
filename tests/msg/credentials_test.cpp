// Which roles may send which request: the whole table.
#include "msg/credentials.h"

#include <gtest/gtest.h>

#include <map>

#include "msg/catalogue.h"
#include "msg/sha256.h"

namespace msg {
namespace {

// One letter for each role that may send the request: reader, buyer, clerk, operator, admin.
std::string senders(std::string_view type) {
  std::string all;
  for (const auto role :
       {ClientRole::kReader, ClientRole::kBuyer, ClientRole::kClerk, ClientRole::kOperator, ClientRole::kAdmin}) {
    if (may(role, type)) all += word(role).front();
  }
  return all;
}

template <class... Request>
std::vector<std::string_view> types(Requests<Request...>) {
  return {Request::kType...};
}

TEST(ClientRoles, EachRequestHasItsRoles) {
  const std::map<std::string_view, std::string> expected{
      {"lookup", "rbcoa"},  {"search", "rbcoa"},    {"place", "bca"},       {"order", "bca"},
      {"orders", "bca"},    {"outcome", "bcoa"},    {"add", "ca"},          {"price", "ca"},
      {"restock", "ca"},    {"events", "rbcoa"},    {"status", "coa"},      {"forget", "oa"},
      {"grant", "a"},       {"revoke", "a"},        {"credentials", "a"},   {"store", "rbcoa"},
      {"whoami", "rbcoa"},  {"note", "oa"},         {"cancel", "bca"},      {"hold", "bca"},
      {"confirm", "bca"},   {"extend", "bca"},      {"release", "bca"},     {"show_hold", "bca"},
      {"holds", "bca"},     {"edit", "ca"},         {"count", "ca"},        {"movements", "coa"},
      {"subscribe", "coa"}, {"acknowledge", "coa"}, {"unsubscribe", "coa"}, {"subscriptions", "coa"},
      {"transfer", "ca"}};
  EXPECT_EQ(types(ClientRequests()).size(), expected.size());
  for (const auto type : types(ClientRequests())) EXPECT_EQ(senders(type), expected.at(type)) << type;
}

TEST(ClientRoles, RequestsBetweenProcessesAreForNoClient) {
  for (const auto type : {"append", "credential", "rows", "snapshot", ""}) {
    EXPECT_EQ(senders(type), "") << type;
    EXPECT_FALSE(service_of(type)) << type;
  }
}

TEST(ClientRoles, ClientsWithoutATokenHaveTheRightsThatTheOperatorChose) {
  for (const auto type : types(ClientRequests())) {
    EXPECT_EQ(may(Anonymous::kNone, type), type == WhoAmI::kType) << type;
    EXPECT_TRUE(may(Anonymous::kAll, type)) << type;
    EXPECT_EQ(may(Anonymous::kReader, type), may(ClientRole::kReader, type)) << type;
    const bool of_others = type == "order" || type == "orders" || type == "cancel" || type == "hold" ||
                           type == "confirm" || type == "extend" || type == "release" || type == "show_hold" ||
                           type == "holds";
    EXPECT_EQ(may(Anonymous::kBuyer, type), may(ClientRole::kBuyer, type) && !of_others) << type;
  }
}

// The text that is hashed is longer than a token may be.
TEST(CredentialTest, AKeyHasAHashThatNoTokenHas) {
  const std::string key(40, 'k');
  std::string text("pygmy client key");
  text.resize(512, '\0');
  EXPECT_GT((text + key).size(), kTokenBytesMax);
  EXPECT_EQ(client_key_hash(key), sha256(text + key));
  EXPECT_EQ(client_key_hash(key).size(), kTokenHashBytes);
  EXPECT_NE(client_key_hash(key), client_key_hash(std::string(40, 'K')));
}

TEST(CredentialTest, IsValidUntilItExpiresOrIsRevoked) {
  Credential credential;
  EXPECT_TRUE(is_valid_at(credential, 100));
  credential.expires = 100;
  EXPECT_TRUE(is_valid_at(credential, 99));
  EXPECT_FALSE(is_valid_at(credential, 100));
  credential.expires.reset();
  credential.revoked = Seq(7);
  EXPECT_FALSE(is_valid_at(credential, 0));
}

}  // namespace
}  // namespace msg
