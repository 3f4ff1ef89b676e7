#include "bridge/names.h"

#include <gmock/gmock.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

namespace bridge {
namespace {

using namespace std::chrono_literals;

// A server of names that says nothing until it is told to.
class Silent {
 public:
  ~Silent() { speak(); }
  void speak() {
    const std::lock_guard lock(state_->mutex);
    state_->speaks = true;
    state_->changed.notify_all();
  }
  LookUp::Resolver resolver() const {
    return [state = state_](const std::string&, std::uint16_t port, LookUp::Endpoints& found) {
      std::unique_lock lock(state->mutex);
      state->changed.wait(lock, [&] { return state->speaks; });
      found.emplace_back(boost::asio::ip::address_v4::loopback(), port);
      return std::string();
    };
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool speaks = false;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

class LookUpTest : public testing::Test {
 protected:
  LookUp::Done then() {
    return [this](const std::string& why, const LookUp::Endpoints& all) {
      fault = why;
      found = all;
    };
  }
  void run() {
    while (!fault && io.run_one_for(20s) > 0) {
    }
  }

  boost::asio::io_context io;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  std::optional<std::string> fault;
  LookUp::Endpoints found;
};

TEST_F(LookUpTest, ANameHasItsAddressesWithThePort) {
  const LookUp look(io, "127.0.0.1", 81, then());
  run();
  EXPECT_EQ(fault, "");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0], LookUp::Endpoints::value_type(boost::asio::ip::address_v4::loopback(), 81));
}

TEST_F(LookUpTest, AnImpossibleNameIsAFault) {
  const LookUp look(io, "a name with spaces", 81, then());
  run();
  EXPECT_NE(fault.value_or(""), "");
  EXPECT_TRUE(found.empty());
}

TEST_F(LookUpTest, ASilentServerOfNamesHoldsNoOtherUp) {
  const Silent silent;
  const LookUp slow(
      io, "slow", 1, [](const std::string&, const LookUp::Endpoints&) { FAIL() << "it is silent"; }, silent.resolver());
  const LookUp look(io, "127.0.0.1", 81, then());
  run();
  EXPECT_EQ(fault, "");
}

TEST_F(LookUpTest, ItsEndWaitsForNobodyAndNothingIsToldAfterIt) {
  Silent silent;
  { const LookUp look(io, "slow", 1, then(), silent.resolver()); }
  silent.speak();
  const LookUp next(io, "slow", 81, then(), silent.resolver());
  run();
  EXPECT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].port(), 81) << "the first one told nothing";
}

TEST_F(LookUpTest, OnlySoManyAreLookedUpAtOnceAndEachGivesItsPlaceBack) {
  Silent silent;
  std::vector<std::unique_ptr<LookUp>> all;
  int told = 0;
  for (int i = 0; i < kLookUpsMax; ++i) {
    all.push_back(std::make_unique<LookUp>(
        io, "slow", 1, [&](const std::string&, const LookUp::Endpoints&) { ++told; }, silent.resolver()));
  }
  const LookUp over(io, "slow", 1, then(), silent.resolver());
  run();
  EXPECT_EQ(fault, "too many names are being looked up");
  silent.speak();
  while (told < kLookUpsMax && io.run_one_for(20s) > 0) {
  }
  fault.reset();
  const LookUp again(io, "slow", 1, then(), silent.resolver());
  run();
  EXPECT_EQ(fault, "");
}

}  // namespace
}  // namespace bridge
