#include "up/own_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "base/random.h"
#include "base/time.h"
#include "up/child.h"
#include "up/plan.h"
#include "up/ports.h"

namespace up {
namespace {

constexpr base::Duration kStartWait = std::chrono::seconds(180);
constexpr base::Duration kLookAtState = std::chrono::milliseconds(20);

constexpr const char* kLock = "/own.lock";
constexpr std::string_view kRandom = "XXXXXX";

std::string beginning_of(const std::string& purpose) {
  return (std::filesystem::temp_directory_path() / fmt::format("pygmy-{}-", purpose)).string();
}

// The directory is locked before it gets its name, so that no other command takes it for one that was left.
std::string new_directory(const std::string& purpose, std::optional<base::FileLock>& lock) {
  auto made = beginning_of("new") + std::string(kRandom);
  if (::mkdtemp(made.data()) == nullptr) {
    throw std::runtime_error(fmt::format("cannot make a directory for a store: {}", made));
  }
  lock.emplace(made + kLock);
  const auto directory = beginning_of(purpose) + made.substr(made.size() - kRandom.size());
  std::filesystem::rename(made, directory);
  return directory;
}

bool is_free(const std::string& lock) {
  try {
    const base::FileLock taken(lock);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

bool is_left(const std::filesystem::path& directory, const std::string& beginning) {
  const auto name = directory.string();
  struct stat found {};
  if (name.size() != beginning.size() + kRandom.size() || name.compare(0, beginning.size(), beginning) != 0)
    return false;
  if (::lstat(name.c_str(), &found) != 0 || !S_ISDIR(found.st_mode) || found.st_uid != ::geteuid()) return false;
  const auto has = [&](const char* file) { return std::filesystem::exists(name + file); };
  // The processes of a command that was killed may still be ending.
  return has(kLock) && is_free(name + kLock) && (!has("/data/up.lock") || is_free(name + "/data/up.lock"));
}

// A directory that cannot be removed stays.
void remove_left(const std::string& purpose) {
  std::error_code ignored;
  std::vector<std::filesystem::path> left;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::temp_directory_path(), ignored)) {
    if (is_left(entry.path(), beginning_of(purpose))) left.push_back(entry.path());
  }
  for (const auto& directory : left) std::filesystem::remove_all(directory, ignored);
}

// Variables of the user's own store, such as its keys, would be taken for those of this one.
void leave_variables() {
  std::vector<std::string> names;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view variable(*each);
    if (variable.rfind("PYGMY_", 0) == 0) names.emplace_back(variable.substr(0, variable.find('=')));
  }
  for (const auto& name : names) ::unsetenv(name.c_str());
}

pid_t start_program(const std::vector<std::string>& arguments, const std::string& output) {
  std::vector<char*> words{const_cast<char*>("pygmy")};
  for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  const pid_t pid = fork_child();
  if (pid != 0) return pid;
  leave_variables();
  const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (out >= 0) {
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
  }
  ::execv("/proc/self/exe", words.data());
  ::_exit(127);
}

}  // namespace

OwnStore::OwnStore(std::string purpose, UpOptions options, std::function<void()> idle)
    : purpose_(std::move(purpose)), options_(std::move(options)), idle_(std::move(idle)) {
  remove_left(purpose_);
  directory_ = new_directory(purpose_, lock_);
  options_.data = directory_ + "/data";
}

OwnStore::~OwnStore() {
  stop();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::vector<std::string> OwnStore::arguments() const {
  const auto text = [](auto number) { return fmt::format("{}", number); };
  std::vector<std::string> words{"up",
                                 "--data",
                                 options_.data,
                                 "--port-base",
                                 text(options_.port_base),
                                 "--http",
                                 options_.http,
                                 "--cache-bytes",
                                 text(options_.cache_bytes),
                                 "--cache-items",
                                 text(options_.cache_items)};
  if (!options_.catalogue.empty()) words.insert(words.end(), {"--catalogue", options_.catalogue});
  if (options_.demo) words.emplace_back("--demo");
  return words;
}

void OwnStore::start(std::uint64_t cache_bytes, std::uint64_t cache_items) {
  if (up_ > 0 && options_.cache_bytes == cache_bytes && options_.cache_items == cache_items) return;
  stop();
  options_.cache_bytes = cache_bytes;
  options_.cache_items = cache_items;
  require_ports(plan(options_, options_.data), options_, false);
  up_ = start_program(arguments(), directory_ + "/up.out");
  if (up_ < 0) throw std::runtime_error("the system has no process to give for a store");
  wait_until_ready();
}

void OwnStore::wait_until_ready() {
  const auto give_up = base::now().mono + kStartWait;
  while (!state().ready) {
    idle_();
    if (has_ended())
      throw std::runtime_error(fmt::format("the store of the {} does not start:\n{}", purpose_, last_words()));
    if (base::now().mono > give_up)
      throw std::runtime_error(fmt::format("the store of the {} is not ready after 3 minutes", purpose_));
    std::this_thread::sleep_for(kLookAtState);
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

unsigned free_port_base(UpOptions options) {
  constexpr unsigned kFirst = 20'000, kEvery = 100, kPlaces = 120, kTriesMax = 50;
  base::Random random(base::entropy());
  for (unsigned tries = 1;; ++tries) {
    options.port_base = kFirst + kEvery * static_cast<unsigned>(random.below(kPlaces));
    options.http = fmt::format("{}", options.port_base + kBridgePort);
    try {
      require_ports(plan(options, options.data), options, false);
      return options.port_base;
    } catch (const std::runtime_error&) {
      if (tries == kTriesMax) throw;
    }
  }
}

}  // namespace up
