#include "up/ready.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <thread>

#include "base/log.h"
#include "base/print.h"
#include "base/random.h"
#include "client/client.h"
#include "msg/internal.h"
#include "process/host.h"
#include "tasks/health.h"
#include "tasks/tasks.h"
#include "up/child.h"
#include "up/secure.h"

namespace up {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// After this time the check continues even if some process is not live yet.
constexpr base::Duration kLevelWait = seconds(15);
constexpr base::Duration kAskAgain = milliseconds(50);
constexpr base::Duration kLoadTimeout = seconds(120);  // of one chunk, on a slow machine
constexpr base::Duration kReport = seconds(5);         // before the first "waiting" line; then it doubles

client::Config only(const base::Endpoint& frontend) {
  client::Config config;
  config.frontends = {frontend};
  config.timeout = milliseconds(500);
  config.token = client::token_of_environment();
  return config;
}

std::vector<base::Endpoint> endpoints_of(const std::string& role, const std::vector<ChildPlan>& cores) {
  std::vector<base::Endpoint> endpoints;
  for (const auto& core : cores) {
    if (core.role == role) endpoints.push_back(core.endpoint);
  }
  return endpoints;
}

// Repeats `attempt` until it returns nothing. Otherwise it returns what is in the way, which is printed now and then.
template <class Attempt>
void until_it_works(Attempt attempt) {
  auto report_at = base::now().mono + kReport;
  auto wait = kReport;
  while (const std::optional<std::string> obstacle = attempt()) {
    if (base::now().mono >= report_at) {
      base::log::warn("waiting: {}", *obstacle);
      report_at = base::now().mono + (wait *= 2);
    }
    std::this_thread::sleep_for(kAskAgain);
  }
}

// A store that lets nobody in without a token shows its state only to a clerk, an operator or an admin.
std::string obstacle(const std::string& what, const msg::Refusal& refusal) {
  if (!msg::is_denial(refusal.code)) return fmt::format("{}: {}", what, refusal.message);
  if (!client::token_of_environment().empty()) {
    return fmt::format("PYGMY_TOKEN is not the token of a clerk or an admin: {}", refusal.message);
  }
  return fmt::format(
      "{}: {}: put the token of a clerk or an admin into PYGMY_TOKEN. If you have none, start the store with "
      "--anonymous all on this machine alone, and make one: pygmy grant admin",
      what, refusal.message);
}

template <class T>
std::optional<std::string> obstacle(const std::string& what, const client::Reply<T>& reply) {
  if (reply.ok()) return std::nullopt;
  return obstacle(what, *reply.refusal);
}

using States = std::map<std::string, msg::State>;

States states(const client::Reply<msg::StatusReply>& status) {
  States states;
  if (!status.ok()) return states;
  for (const auto& seen : status->processes) states[seen.beat.instance] = seen.beat.state;
  return states;
}

// Lists the instances that send heartbeats. A bridge does so for its edge, but not in a node, whose edge it uses.
std::vector<std::string> beating(const std::vector<ChildPlan>& plans) {
  std::vector<std::string> instances;
  for (const auto& plan : plans) {
    for (const auto& core : cores_of(plan)) {
      const bool is_bridge_of_node = core.role == "bridge" && !plan.cores.empty();
      if (core.role != "etcd" && !is_bridge_of_node) instances.push_back(core.instance);
    }
  }
  return instances;
}

bool all_live(const std::vector<std::string>& instances, const States& states) {
  return std::all_of(instances.begin(), instances.end(), [&](const std::string& instance) {
    const auto found = states.find(instance);
    return found != states.end() && found->second == msg::State::kLive;
  });
}

void wait_until_level(client::Client& store, const std::vector<ChildPlan>& plans) {
  const auto give_up = base::now().mono + kLevelWait;
  until_it_works([&]() -> std::optional<std::string> {
    const auto status = store.call(msg::Status{});
    if (all_live(beating(plans), states(status)) || base::now().mono >= give_up) return std::nullopt;
    if (status.refusal && msg::is_denial(status.refusal->code)) return obstacle("the status", *status.refusal);
    return "not every process is live yet";
  });
}

// Asking for the outcome of an unknown key voids that key. This is the smallest write that there is.
void try_it(const base::Endpoint& frontend) {
  client::Client store(only(frontend));
  const auto key = "up-" + base::new_key();
  until_it_works([&] { return obstacle("a write through " + frontend, store.call(msg::Outcome{.key = key})); });
  until_it_works([&] { return obstacle("a read through " + frontend, store.call(msg::Search{.limit = 1})); });
}

void print_processes(client::Client& store, const std::vector<ChildPlan>& plans) {
  const auto status = store.call(msg::Status{});
  base::print("{:<12} {:>8}  {:<28} {}\n", "process", "pid", "endpoint", "state");
  for (const auto& child : plans) {
    std::string pid = "-";
    std::string state = child.role == "bridge" ? "open it in a browser"
                        : child.role == "etcd" ? "journal"
                                               : "not heard";
    const std::string writer = status.ok() && status->writer == child.instance ? ", writer" : "";
    for (const auto& seen : status.ok() ? status->processes : std::vector<msg::Seen>{}) {
      if (seen.beat.instance != child.instance) continue;
      pid = fmt::format("{}", seen.beat.pid);
      if (child.role != "bridge") state = msg::word(seen.beat.state);
    }
    base::print("{:<12} {:>8}  {:<28} {}{}\n", child.instance, pid, child.endpoint, state, writer);
  }
}

// The text as a shell reads it.
std::string for_shell(const std::string& text) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-";
  if (text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

// The commands ask the default ports and read the default directory unless these variables name others. By default they
// know one broker.
std::string exports(const UpOptions& options, const std::vector<ChildPlan>& cores) {
  const auto frontends = endpoints_of("frontend", cores);
  const auto brokers = endpoints_of("broker", cores);
  const bool is_usual = options.port_base == UpOptions().port_base && brokers.size() == 1 &&
                        frontends.front().find("//127.0.0.1:") != std::string::npos;
  std::string variables;
  if (!is_usual) {
    variables += fmt::format(" PYGMY_FRONTEND={} PYGMY_BROKERS={}", fmt::join(frontends, ","), fmt::join(brokers, ","));
  }
  if (options.data != UpOptions().data) {
    variables += " PYGMY_DATA=" + for_shell(std::filesystem::absolute(options.data).lexically_normal().string());
  }
  return variables.empty() ? variables : "in other terminals: export" + variables;
}

namespace {

int make_ready(const UpOptions& options, const std::vector<ChildPlan>& plans) {
  use_operator_key(options);
  const auto cores = cores_of(plans);
  const auto endpoints = endpoints_of("frontend", cores);
  client::Client store(only(endpoints.front()));
  wait_until_level(store, plans);
  if (!options.catalogue.empty()) {
    tasks::Common common;
    common.frontends = endpoints;
    common.timeout = kLoadTimeout;
    common.json = options.log_json;
    common.token = client::token_of_environment();
    if (const int failed = tasks::load_catalogue(common, options.catalogue)) return failed;
  }
  for (const auto& endpoint : endpoints) try_it(endpoint);
  for (const auto& child : cores) {
    if (child.role == "bridge") until_it_works([&] { return tasks::unhealthy(child.endpoint + "/readyz"); });
  }
  if (!options.log_json) {
    print_processes(store, cores);
    if (const auto line = exports(options, cores); !line.empty()) base::print("{}\n", line);
  }
  introduce_keys(options, endpoints.front());
  std::fflush(stdout);
  return 0;
}

}  // namespace

int check_ready(const UpOptions& options, const std::vector<ChildPlan>& plans) noexcept {
  try {
    return make_ready(options, plans);
  } catch (const std::exception& error) {
    base::log::warn("waiting: the store cannot be checked: {}", error.what());
    return kCheckAgain;
  }
}

int run_self(const std::vector<std::string>& arguments, bool quiet) {
  std::vector<char*> words{const_cast<char*>("pygmy")};
  for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  const pid_t pid = fork_child();
  if (pid == 0) {
    const int nothing = quiet ? ::open("/dev/null", O_WRONLY) : -1;
    if (nothing >= 0) ::dup2(nothing, STDOUT_FILENO);
    ::execv("/proc/self/exe", words.data());
    ::_exit(127);
  }
  int status = 0;
  if (pid < 0 || ::waitpid(pid, &status, 0) != pid) return 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace up
