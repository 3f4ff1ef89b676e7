// The queue from the journal's threads to the loop, without etcd.
#include "broker/etcd/told.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <future>
#include <list>

namespace broker::etcd {
namespace {

using std::chrono::seconds;

class ToldTest : public testing::Test {
 protected:
  using Telling = std::future<void>;

  ~ToldTest() override { told.close(); }  // ends a thread that still waits

  // Tells a block of this size from another thread, as the watch does.
  Telling& tell_block(std::size_t bytes) {
    tellings.push_back(
        std::async(std::launch::async, [this, bytes] { told.tell(BlockSeen{std::string(bytes, 'x')}); }));
    return tellings.back();
  }
  bool is_readable() const {
    pollfd readable{told.fd(), POLLIN, 0};
    return ::poll(&readable, 1, 0) == 1;
  }
  static bool is_done(const Telling& telling, base::Duration patience = seconds(20)) {
    return telling.wait_for(patience) == std::future_status::ready;
  }
  // Returns whether the block waits for room. A look that is too short can only miss a fault.
  static bool waits(const Telling& telling) { return !is_done(telling, std::chrono::milliseconds(100)); }

  Told told;
  std::list<Telling> tellings;
};

TEST_F(ToldTest, EventsComeInTheirOrderAndTheDescriptorIsReadableUntilTheLast) {
  EXPECT_FALSE(is_readable());
  told.tell(LeadVacant{3});
  told.tell(LeadLost{});
  EXPECT_TRUE(is_readable());
  EXPECT_EQ(std::get<LeadVacant>(*told.next()).at, 3);
  EXPECT_TRUE(is_readable());
  EXPECT_TRUE(std::holds_alternative<LeadLost>(*told.next()));
  EXPECT_FALSE(is_readable());
  EXPECT_FALSE(told.next());
}

// The bound is filled twice.
TEST_F(ToldTest, ABlockWaitsWhileTheBytesBeforeItAreTheBound) {
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(is_done(tell_block(Told::kBytesMax - 1))) << "of round " << round;
    ASSERT_TRUE(is_done(tell_block(1))) << "a byte was left";
    const auto& late = tell_block(1);
    EXPECT_TRUE(waits(late));
    told.tell(LeadLost{});  // other events do not wait
    ASSERT_TRUE(told.next());
    EXPECT_TRUE(is_done(late));
    while (told.next()) {
    }
  }
}

TEST_F(ToldTest, NoBlockWaitsAfterTheLoopHasClosedIt) {
  ASSERT_TRUE(is_done(tell_block(Told::kBytesMax)));
  const auto& late = tell_block(1);
  EXPECT_TRUE(waits(late));
  told.close();
  EXPECT_TRUE(is_done(late));
}

}  // namespace
}  // namespace broker::etcd
