#include "up/etcd_members.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "up/plan.h"
#include "up/ports.h"

namespace up {
namespace {

constexpr base::Duration kStopWait = std::chrono::seconds(15);
constexpr base::Duration kLookAgain = std::chrono::milliseconds(20);

constexpr const char* kInstall = "is etcd installed? (apt-get install etcd-server)";

}  // namespace

void require_etcd() {
  const char* path = std::getenv("PATH");
  std::istringstream directories(path ? path : "/bin:/usr/bin");  // as execvp does
  for (std::string directory; std::getline(directories, directory, ':');) {
    if (::access((directory.empty() ? "etcd" : directory + "/etcd").c_str(), X_OK) == 0) return;
  }
  throw std::runtime_error(fmt::format("there is no program etcd: {}", kInstall));
}

EtcdMembers::EtcdMembers(const UpOptions& options, const std::string& directory, const std::string& logs) {
  auto plans = plan(options, std::filesystem::absolute(directory).string());
  std::erase_if(plans, [](const ChildPlan& child) { return child.role != "etcd"; });
  require_ports(plans, options, false);
  for (const auto& child : plans) children_.emplace_back(child, logs + "/" + child.instance + ".log");
  for (auto& child : children_) {
    if (const int error = child.start(base::now().mono)) {
      throw std::runtime_error(fmt::format("cannot start {}: {}", child.plan().instance, std::strerror(error)));
    }
  }
}

EtcdMembers::~EtcdMembers() {
  signal(SIGKILL);
  for (const auto& child : children_) {
    if (child.running()) ::waitpid(child.pid(), nullptr, 0);
  }
}

std::vector<std::string> EtcdMembers::endpoints() const {
  std::vector<std::string> endpoints;
  for (const auto& child : children_)
    endpoints.push_back(fmt::format("{}:{}", kEtcdAddress, child.plan().ports.front()));
  return endpoints;
}

void EtcdMembers::require_running() {
  if (!reap()) return;
  for (const auto& child : children_) {
    if (child.running()) continue;
    const auto words = child.last_words();
    throw std::runtime_error(
        fmt::format("{} does not run: {}", child.plan().instance, words.empty() ? kInstall : words));
  }
}

void EtcdMembers::stop() {
  signal(SIGTERM);
  const auto give_up = base::now().mono + kStopWait;
  const auto runs = [](const Child& child) { return child.running(); };
  while (std::any_of(children_.begin(), children_.end(), runs)) {
    reap();
    if (base::now().mono >= give_up) signal(SIGKILL);  // safe: acknowledged writes are on the disk
    std::this_thread::sleep_for(kLookAgain);
  }
  for (const auto& child : children_) std::filesystem::remove(child.log());
}

// Returns whether a member has ended since the last call.
bool EtcdMembers::reap() {
  bool any = false;
  for (auto& child : children_) {
    int status = 0;
    if (!child.running() || ::waitpid(child.pid(), &status, WNOHANG) != child.pid()) continue;
    child.died(status, base::now().mono);
    any = true;
  }
  return any;
}

void EtcdMembers::signal(int number) const {
  for (const auto& child : children_) child.signal(number);
}

}  // namespace up
