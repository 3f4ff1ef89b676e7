#include "lab/own_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "base/notice.h"
#include "base/time.h"
#include "up/child.h"
#include "up/plan.h"
#include "up/ports.h"

namespace lab {
namespace {

constexpr base::Duration kStartWait = std::chrono::seconds(180);
constexpr base::Duration kLookAgain = std::chrono::milliseconds(20);

std::string new_directory() {
  auto pattern = (std::filesystem::temp_directory_path() / "pygmy-lab-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw std::runtime_error(fmt::format("cannot make a directory for a store: {}", pattern));
  }
  return pattern;
}

pid_t start_program(const std::vector<std::string>& arguments, const std::string& output) {
  std::vector<char*> words{const_cast<char*>("pygmy")};
  for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  up::become_child(parent);
  const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (out >= 0) {
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
  }
  ::execv("/proc/self/exe", words.data());
  ::_exit(127);
}

}  // namespace

OwnStore::OwnStore(up::UpOptions options, std::function<void()> idle)
    : options_(std::move(options)), idle_(std::move(idle)), directory_(new_directory()) {
  options_.data = directory_ + "/data";
  options_.http = "off";
}

OwnStore::~OwnStore() {
  stop();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::vector<std::string> OwnStore::arguments() const {
  return {"up",
          "--data",
          options_.data,
          "--port-base",
          fmt::format("{}", options_.port_base),
          "--http",
          options_.http,
          "--cache-bytes",
          fmt::format("{}", options_.cache_bytes),
          "--cache-items",
          fmt::format("{}", options_.cache_items)};
}

void OwnStore::start(std::uint64_t cache_bytes, std::uint64_t cache_items) {
  if (up_ > 0 && options_.cache_bytes == cache_bytes && options_.cache_items == cache_items) return;
  stop();
  options_.cache_bytes = cache_bytes;
  options_.cache_items = cache_items;
  up::require_ports(up::plan(options_, options_.data), options_, false);
  up_ = start_program(arguments(), directory_ + "/up.out");
  if (up_ < 0) throw std::runtime_error("the system has no process to give for a store");
  wait_until_ready();
}

void OwnStore::wait_until_ready() {
  const auto give_up = base::now().mono + kStartWait;
  while (!state().ready) {
    idle_();
    if (has_ended()) throw std::runtime_error(fmt::format("the store of the lab does not start:\n{}", last_words()));
    if (base::now().mono > give_up) throw std::runtime_error("the store of the lab is not ready after 3 minutes");
    std::this_thread::sleep_for(kLookAgain);
  }
}

process::UpState OwnStore::state() const { return process::read_up_state(options_.data).value_or(process::UpState{}); }

std::vector<base::Endpoint> OwnStore::frontends() const {
  std::vector<base::Endpoint> endpoints;
  for (const auto& process : state().processes) {
    if (process.role == "frontend") endpoints.push_back(process.endpoint);
  }
  return endpoints;
}

void OwnStore::signal(const std::string& instance, int number) const {
  const auto processes = state().processes;
  const auto found = std::find_if(processes.begin(), processes.end(),
                                  [&](const auto& process) { return process.instance == instance; });
  if (found == processes.end() || found->pid <= 0 || ::kill(found->pid, number) != 0) {
    throw std::runtime_error(fmt::format("{} does not run, so it cannot be sent a signal", instance));
  }
}

bool OwnStore::has_ended() {
  int status = 0;
  if (up_ <= 0 || ::waitpid(up_, &status, WNOHANG) != up_) return false;
  up_ = 0;
  return true;
}

// `up` ends when all its processes have ended; it kills a process that does not stop.
void OwnStore::stop() {
  if (up_ <= 0) return;
  ::kill(up_, SIGTERM);
  int status = 0;
  while (::waitpid(up_, &status, 0) < 0 && errno == EINTR) {
  }
  up_ = 0;
}

std::string OwnStore::last_words() const {
  std::ifstream in(directory_ + "/up.out");
  std::string words;
  for (std::string line; std::getline(in, line);) {
    if (line.find("pygmy up:") != std::string::npos || words.empty()) words = line;
  }
  return words;
}

}  // namespace lab
