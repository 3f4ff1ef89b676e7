// The protocol of a service manager (sd_notify), against a socket of the test.
#include "process/service_manager.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>

namespace process {
namespace {

using std::chrono::milliseconds;

class ServiceManagerTest : public testing::Test {
 protected:
  ServiceManagerTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "pygmy-XXXXXX";
    directory = ::mkdtemp(pattern.data());
    listen_at(directory + "/notify");
    ::setenv("NOTIFY_SOCKET", (directory + "/notify").c_str(), 1);
  }
  ~ServiceManagerTest() override {
    ::close(socket);
    std::filesystem::remove_all(directory);
    for (const auto* variable : kVariables) ::unsetenv(variable);
  }

  // A name that begins with a zero byte is abstract.
  void listen_at(const std::string& name) {
    if (socket >= 0) ::close(socket);
    socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), length), 0);
  }

  void start() { manager = std::make_unique<ServiceManager>(); }
  void watch(const char* period) {
    ::setenv("WATCHDOG_USEC", period, 1);
    start();
  }
  void tell(const Report& report) { manager->tell(report, now); }

  // The next message, or an empty text.
  std::string heard() const {
    std::array<char, 4096> bytes{};
    const auto size = ::recv(socket, bytes.data(), bytes.size(), 0);
    return size < 0 ? std::string() : std::string(bytes.data(), static_cast<std::size_t>(size));
  }

  static constexpr std::array<const char*, 3> kVariables{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"};
  std::string directory;
  int socket = -1;
  base::Mono now{milliseconds(1000)};
  std::unique_ptr<ServiceManager> manager;
};

TEST_F(ServiceManagerTest, EachThingIsToldOnce) {
  start();
  tell({.status = "starting"});
  EXPECT_EQ(heard(), "STATUS=starting\n");
  tell({.serves = true, .status = "live"});
  EXPECT_EQ(heard(), "READY=1\nSTATUS=live\n");
  tell({.serves = true, .status = "live"});
  tell({.serves = false, .status = "live"});
  tell({.serves = true, .status = "live"});
  EXPECT_EQ(heard(), "");
  tell({.stops = true, .status = "stopping"});
  tell({.stops = true, .status = "stopping"});
  EXPECT_EQ(heard(), "STOPPING=1\nSTATUS=stopping\n");
  EXPECT_EQ(heard(), "");
}

TEST_F(ServiceManagerTest, TheWatchdogIsToldTwiceInItsPeriod) {
  watch("1000000");
  tell({});
  EXPECT_EQ(heard(), "WATCHDOG=1\n");
  EXPECT_EQ(manager->next_ping(), now + milliseconds(500));
  now += milliseconds(499);
  tell({});
  EXPECT_EQ(heard(), "");
  now += milliseconds(1);
  tell({});
  EXPECT_EQ(heard(), "WATCHDOG=1\n");
}

TEST_F(ServiceManagerTest, AProcessWithAThreadThatHangsDoesNotTellTheWatchdog) {
  watch("1000000");
  tell({.lives = false});
  EXPECT_EQ(heard(), "");
  tell({});
  EXPECT_EQ(heard(), "WATCHDOG=1\n");
}

TEST_F(ServiceManagerTest, ThePeriodIsBounded) {
  watch("1");
  tell({});
  EXPECT_EQ(manager->next_ping(), now + milliseconds(10));
  ::setenv("NOTIFY_SOCKET", (directory + "/notify").c_str(), 1);
  watch("9223372036854775807");
  tell({});
  EXPECT_EQ(manager->next_ping(), now + std::chrono::minutes(30));
}

TEST_F(ServiceManagerTest, OtherPeriodsAreNone) {
  for (const auto* period : {"", "0", "-1", "1000 ", "1e6", "0x10", "18446744073709551616"}) {
    ::setenv("NOTIFY_SOCKET", (directory + "/notify").c_str(), 1);
    watch(period);
    tell({});
    EXPECT_EQ(heard(), "") << period;
    EXPECT_EQ(manager->next_ping(), base::Mono::max()) << period;
  }
}

TEST_F(ServiceManagerTest, TheWatchdogMayBeMeantForAnotherProcess) {
  ::setenv("WATCHDOG_PID", "1", 1);
  watch("1000000");
  tell({});
  EXPECT_EQ(heard(), "");
  ::setenv("NOTIFY_SOCKET", (directory + "/notify").c_str(), 1);
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  watch("1000000");
  tell({});
  EXPECT_EQ(heard(), "WATCHDOG=1\n");
}

TEST_F(ServiceManagerTest, TheSocketMayHaveAnAbstractName) {
  const auto name = "pygmy-test-" + std::to_string(::getpid());
  listen_at(std::string(1, '\0') + name);
  ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
  start();
  tell({.serves = true});
  EXPECT_EQ(heard(), "READY=1\n");
}

TEST_F(ServiceManagerTest, ANameThatIsNoneIsNotUsed) {
  const auto longest = "/" + std::string(sizeof(sockaddr_un::sun_path) - 1, 'x');
  for (const auto& name : {std::string("notify"), std::string("@"), std::string("/"), std::string("vsock:2:1"), longest,
                           "@" + std::string(100'000, 'x')}) {
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    start();
    EXPECT_FALSE(manager->is_due(true, now)) << name.substr(0, 200);
    tell({.serves = true, .stops = true});
  }
}

TEST_F(ServiceManagerTest, ChildrenDoNotInheritTheVariables) {
  ::setenv("WATCHDOG_PID", "1", 1);
  watch("1000000");
  for (const auto* variable : kVariables) EXPECT_EQ(std::getenv(variable), nullptr) << variable;
}

TEST_F(ServiceManagerTest, WithoutAManagerNothingIsDue) {
  ::unsetenv("NOTIFY_SOCKET");
  watch("1000000");
  EXPECT_FALSE(manager->is_due(true, now));
  tell({.serves = true});
  EXPECT_EQ(heard(), "");
}

TEST_F(ServiceManagerTest, AStatusIsOneBoundedLine) {
  start();
  tell({.status = "a\nREADY=1" + std::string(1000, 'x')});
  const auto told = heard();
  EXPECT_EQ(told.substr(0, 17), "STATUS=a READY=1x");
  EXPECT_EQ(told.size(), std::strlen("STATUS=\n") + ServiceManager::kStatusBytesMax);
}

TEST_F(ServiceManagerTest, AMessageThatTheManagerDoesNotTakeIsToldLater) {
  start();
  for (int i = 0; i < 10'000; ++i) tell({.status = std::to_string(i)});
  tell({.serves = true, .stops = true, .status = "last"});
  EXPECT_TRUE(manager->is_due(true, now)) << "the queue of the socket is full";
  while (!heard().empty()) {
  }
  tell({.serves = true, .stops = true, .status = "last"});
  EXPECT_EQ(heard(), "READY=1\nSTOPPING=1\nSTATUS=last\n");
  EXPECT_FALSE(manager->is_due(true, now));
}

TEST_F(ServiceManagerTest, AManagerThatIsGoneMayComeBack) {
  std::filesystem::remove(directory + "/notify");
  watch("1000000");
  tell({.serves = true});
  EXPECT_GT(manager->next_ping(), now) << "a loop must not spin";
  listen_at(directory + "/notify");
  tell({.serves = true});
  EXPECT_EQ(heard(), "READY=1\nWATCHDOG=1\n");
}

TEST_F(ServiceManagerTest, ALoopLooksNowAndThenAndAtOnceWhenItStops) {
  start();
  EXPECT_TRUE(manager->is_due(false, now));
  tell({});
  EXPECT_FALSE(manager->is_due(false, now));
  EXPECT_TRUE(manager->is_due(true, now));
  EXPECT_TRUE(manager->is_due(false, now + ServiceManager::kLookEvery));
}

}  // namespace
}  // namespace process
