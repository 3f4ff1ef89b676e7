// The identity of a member's directory, and members that are removed from a real etcd and added.
#include "broker/etcd/members.h"

#include <gmock/gmock.h>

#include <fstream>
#include <map>

#include "broker/etcd/rpc.pb.h"
#include "tests/etcd/member.h"
#include "tests/support/directory.h"

namespace broker::etcd {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// tests/process/test_lost_members.py shows that a listed member is removed first, and comes back.
class MembersTest : public ::testing::Test {
 protected:
  MembersTest() { Broker(member_, "b").lead(); }

  // Returns the members' ids by peer URL.
  std::map<std::string, std::uint64_t> listed() {
    std::map<std::string, std::uint64_t> all;
    const auto list = Client(settings_).members();
    EXPECT_TRUE(list);
    for (const auto& member : list->members()) all[member.peers(0)] = member.id();
    return all;
  }

  Member member_;
  const Settings settings_{.endpoints = {member_.client()}};
};

TEST_F(MembersTest, ADirectoryIsKnownByItsLog) {
  const auto identity = identity_of(member_.directory());
  ASSERT_TRUE(identity);
  ASSERT_TRUE(*identity);
  const auto all = listed();
  ASSERT_EQ(all.size(), 1);
  EXPECT_EQ((*identity)->member, all.begin()->second);
  EXPECT_NE((*identity)->cluster, 0);
}

TEST_F(MembersTest, AMemberThatIsNotListedIsAdded) {
  const auto done = Members(settings_).replace("lost", "http://127.0.0.1:1", {"default"});
  EXPECT_TRUE(done) << done.error().message;
  EXPECT_EQ(listed().size(), 2);
}

TEST_F(MembersTest, AMemberThatIsNotAmongTheOthersIsNotTouched) {
  const auto done = Members(settings_).replace("lost", "http://127.0.0.1:1", {"others"});
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("another member, 'default'"));
  EXPECT_EQ(listed().size(), 1);
}

class IdentityTest : public ::testing::Test {
 protected:
  void log(const std::string& bytes) {
    fs::create_directories(directory_ / "member/wal");
    std::ofstream(directory_ / "member/wal/0-0.wal", std::ios::binary) << bytes;
  }
  static std::string record(const std::string& data, std::uint64_t length) {
    std::string bytes(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(length >> 8 * i);
    return bytes + data;
  }
  const support::Directory directory_;
};

TEST_F(IdentityTest, WithoutALogThereIsNoIdentity) {
  EXPECT_EQ(identity_of(directory_ / "none").value(), std::nullopt);
  EXPECT_EQ(identity_of(directory_.string()).value(), std::nullopt);
  fs::create_directories(directory_ / "member/wal");
  EXPECT_EQ(identity_of(directory_.string()).value(), std::nullopt);
}

TEST_F(IdentityTest, ALogThatNamesNoMemberIsAnError) {
  rpc::LogRecord crc;
  crc.set_type(static_cast<rpc::LogRecord::Type>(4));
  const auto first = crc.SerializeAsString();
  for (const auto& bytes : {std::string(), std::string(3, 'x'), std::string(5000, '\0'), std::string(5000, '\xff'),
                            record(first, first.size()), record(first, 1'000'000), record(first, ~std::uint64_t{0})}) {
    log(bytes);
    EXPECT_FALSE(identity_of(directory_.string())) << bytes.size();
  }
}

TEST_F(IdentityTest, IsReadAfterAPaddedRecord) {
  rpc::LogRecord record;
  record.set_type(static_cast<rpc::LogRecord::Type>(4));
  const auto crc = record.SerializeAsString();  // 2 bytes, padded by 6
  rpc::LogMetadata whose;
  whose.set_member(5);
  whose.set_cluster(6);
  record.set_type(rpc::LogRecord::METADATA);
  record.set_data(whose.SerializeAsString());
  const auto metadata = record.SerializeAsString();
  const auto padded = crc.size() | std::uint64_t{0x86} << 56;
  log(IdentityTest::record(crc + std::string(6, '\0'), padded) + IdentityTest::record(metadata, metadata.size()));
  EXPECT_EQ(identity_of(directory_.string()).value(), (MemberIdentity{5, 6}));
}

}  // namespace
}  // namespace broker::etcd
