// The file of webhooks: what it may say, and how each fault is told.
#include "bridge/webhook_file.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/support/directory.h"

namespace bridge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kKey = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";
constexpr const char* kOtherKey = "whsec_enp5enl6eXp5enl6eXp5enl6eXp5enl6";

class WebhookFileTest : public testing::Test {
 protected:
  WebhookFileTest() { write("till.key", kKey); }

  void write(const std::string& name, const std::string& text, std::filesystem::perms mode = owner()) {
    std::ofstream(directory / name) << text;
    std::filesystem::permissions(directory / name, mode);
  }
  static std::filesystem::perms owner() {
    return std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
  }
  // The file names one webhook with these members.
  std::vector<WebhookOptions> read(const std::string& members) {
    write("webhooks.json", R"({"webhooks":[{)" + members + "}]}");
    return read_webhooks(directory / "webhooks.json");
  }
  // The beginning of the error after the name of the file.
  std::string fault(const std::string& members) {
    try {
      read(members);
    } catch (const std::runtime_error& error) {
      const std::string text = error.what();
      const auto file = directory / "webhooks.json: ";
      EXPECT_TRUE(text.starts_with(file)) << text;
      return text.substr(std::min(text.size(), file.size()));
    }
    return "none";
  }

  support::Directory directory;
};

constexpr const char* kLeast = R"("name":"till","url":"https://till.example","keys":["till.key"])";

TEST_F(WebhookFileTest, AllMembersAreRead) {
  const auto all =
      read(R"("name":"till","url":"https://till.example:8443/a?b=c","types":["order_placed","items_added"],"from":7,)"
           R"("keep":60000,"keys":["till.key"],"ca":"/etc/ca.pem","allow_private":true,"pauses":[10,20])");
  ASSERT_EQ(all.size(), 1U);
  const auto& till = all[0];
  EXPECT_EQ(till.name, "till");
  EXPECT_EQ(till.url.host, "till.example");
  EXPECT_EQ(till.url.port, 8443);
  EXPECT_EQ(till.url.path, "/a?b=c");
  EXPECT_THAT(till.types, ElementsAre("order_placed", "items_added"));
  EXPECT_EQ(till.from, msg::Seq(7));
  EXPECT_EQ(till.ttl, 60'000);
  EXPECT_THAT(till.key_files, ElementsAre(directory / "till.key")) << "beside the file that names it";
  EXPECT_EQ(till.ca, "/etc/ca.pem");
  EXPECT_TRUE(till.allow_private);
  EXPECT_THAT(*till.pauses, ElementsAre(std::chrono::milliseconds(10), std::chrono::milliseconds(20)));
}

TEST_F(WebhookFileTest, MostMembersMayBeMissing) {
  const auto till = read(kLeast).at(0);
  EXPECT_TRUE(till.types.empty());
  EXPECT_EQ(till.from, std::nullopt);
  EXPECT_EQ(till.ttl, std::nullopt);
  EXPECT_EQ(till.ca, "");
  EXPECT_FALSE(till.allow_private);
  EXPECT_EQ(till.pauses, std::nullopt);
}

TEST_F(WebhookFileTest, EachFaultNamesItsMember) {
  const auto with = [&](const std::string& member) { return fault(kLeast + std::string(",") + member); };
  EXPECT_THAT(fault(R"("name":"till","keys":["till.key"])"), HasSubstr("webhooks[0].url: missing"));
  EXPECT_THAT(with(R"("urls":1)"), HasSubstr("webhooks[0].urls: unknown field"));
  EXPECT_THAT(with(R"("types":[])"), HasSubstr("webhooks[0].types: "));
  EXPECT_THAT(with(R"("types":["order_place"])"), HasSubstr("webhooks[0].types: there is no event 'order_place'"));
  EXPECT_THAT(with(R"("types":["order_placed","order_placed"])"),
              HasSubstr("webhooks[0].types: order_placed is there"));
  EXPECT_THAT(with(R"("from":0)"), HasSubstr("webhooks[0].from: "));
  EXPECT_THAT(with(R"("keep":0)"), HasSubstr("webhooks[0].keep: "));
  EXPECT_THAT(with(R"("pauses":[])"), HasSubstr("webhooks[0].pauses: "));
  EXPECT_THAT(with(R"("pauses":[0])"), HasSubstr("webhooks[0].pauses: "));
  EXPECT_THAT(with(R"("pauses":[86400001])"), HasSubstr("webhooks[0].pauses: "));
  EXPECT_THAT(fault(R"("name":"a b","url":"https://a.example","keys":["till.key"])"), HasSubstr("webhooks[0].name: "));
  EXPECT_THAT(fault(R"("name":"till","url":"https://a.example","keys":[])"), HasSubstr("webhooks[0].keys: "));
  EXPECT_THAT(fault(kLeast + std::string("},{") + kLeast), HasSubstr("webhooks[1].name: there are two webhooks till"));
  EXPECT_NE(fault("} {"), "none");
}

TEST_F(WebhookFileTest, AReceiverWithoutTlsMustBeAllowed) {
  const std::string plain = R"("name":"till","url":"http://till.example","keys":["till.key"])";
  EXPECT_THAT(fault(plain), HasSubstr("webhooks[0].url: begins with http://"));
  EXPECT_EQ(read(plain + R"(,"allow_private":true)").at(0).url.port, 80);
}

TEST_F(WebhookFileTest, FilesThatOthersMayReadAreRefused) {
  const auto read_by_all = owner() | std::filesystem::perms::others_read;
  write("till.key", kKey, read_by_all);
  EXPECT_THROW(read(kLeast), std::runtime_error);
  write("till.key", kKey);
  EXPECT_NO_THROW(read(kLeast));
  std::filesystem::permissions(directory / "webhooks.json", read_by_all);
  EXPECT_THROW(read_webhooks(directory / "webhooks.json"), std::runtime_error);
  EXPECT_THROW(read_webhooks(directory / "nothing.json"), std::runtime_error);
}

TEST_F(WebhookFileTest, NoErrorShowsAKey) {
  write("till.key", std::string(kKey) + "\nwhsec_c2VjcmV0\n");
  try {
    read(kLeast);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("till.key: line 2: "));
    EXPECT_THAT(error.what(), Not(HasSubstr("c2VjcmV0")));
  }
}

TEST_F(WebhookFileTest, AnUrlIsOneOfHttpWithoutAUserOrAFragment) {
  EXPECT_EQ(url_of("https://a.example")->path, "/");
  EXPECT_EQ(url_of("https://a.example?x=1")->path, "/?x=1");
  EXPECT_EQ(url_of("https://a.example:443/")->authority(), "a.example");
  EXPECT_EQ(url_of("https://[2001:db8::1]:8443/x")->authority(), "[2001:db8::1]:8443");
  EXPECT_EQ(url_of("https://my_service")->host, "my_service");
  EXPECT_EQ(url_of("https://[2001:db8::1]/x")->host, "2001:db8::1");
  EXPECT_EQ(url_of("http://a.example:8080/secret")->origin(), "http://a.example:8080");
  for (const auto* url :
       {"", "a.example", "ftp://a.example", "HTTPS://a.example", "https://", "https:///x", "https://a b",
        "https://a.example/\r\nx", "https://u:p@a.example", "https://a.example/#x", "https://a.example:0",
        "https://a.example:65536", "https://a.example:", "https://a.example:1x", "https://[::1", "https://[a]",
        "https://[]", "https://[::1]x", "https://ä.example"}) {
    EXPECT_FALSE(url_of(url)) << url;
  }
  EXPECT_FALSE(url_of("https://a.example/" + std::string(WebhookOptions::kUrlBytesMax, 'x')));
  EXPECT_FALSE(url_of("https://" + std::string(254, 'x')));
}

TEST_F(WebhookFileTest, KeysAreReadAgainAndAFaultKeepsTheOldOnes) {
  write("new.key", kOtherKey);
  KeyFiles keys({directory / "till.key", directory / "new.key"});
  const auto signatures = [&] { return keys.signer().signatures("id", 1, "{}"); };
  const auto both = signatures();
  EXPECT_EQ(std::count(both.begin(), both.end(), ' '), 1);
  write("till.key", "# it is replaced\nwhsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY4\n");
  keys.look();
  EXPECT_NE(signatures(), both);
  const auto replaced = signatures();
  EXPECT_EQ(replaced.substr(replaced.find(' ')), both.substr(both.find(' ')));
  for (const auto* text : {"", "whsec_short"}) {
    write("till.key", text);
    keys.look();
    EXPECT_EQ(signatures(), replaced);
  }
  write("till.key", kKey, owner() | std::filesystem::perms::group_read);
  keys.look();
  EXPECT_EQ(signatures(), replaced);
  write("till.key", kKey);
  keys.look();
  EXPECT_EQ(signatures(), both);
}

}  // namespace
}  // namespace bridge
