#include "up/ps.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/notice.h"
#include "base/print.h"
#include "client/client.h"
#include "json/status.h"
#include "msg/internal.h"
#include "net/key_file.h"
#include "process/process_id.h"
#include "process/up_state.h"
#include "up/secure.h"

namespace up {
namespace {

constexpr int kUnavailable = 3;

struct Listed {
  process::UpProcess process;
  std::string state;
  bool writer = false;
  bool leader = false;  // of the brokers
  std::string office;
};

// Without a key of the environment it is the operator's, which whoever reads the data directory has.
std::optional<net::Key> key_of(const std::string& data) {
  if (auto key = client::key_of_environment()) return key;
  const auto key = net::read_key(net::key_path(data + "/keys", kOperator));
  return key ? std::optional(*key) : std::nullopt;
}

std::optional<msg::StatusReply> ask_status(const process::UpState& state, const std::string& data) {
  client::Config config;
  config.key = key_of(data);
  config.timeout = std::chrono::milliseconds(1000);
  config.try_next = std::chrono::milliseconds(200);
  config.token = client::token_of_environment();
  for (const auto& process : state.processes) {
    if (process.role == "frontend" && process.pid > 0) config.frontends.push_back(process.endpoint);
  }
  if (config.frontends.empty()) return std::nullopt;
  client::Client store(std::move(config));
  return store.call(msg::Status{}).body;
}

void describe(Listed& row, const msg::StatusReply& status) {
  row.state = process::is_running(row.process.pid, row.process.start) ? "alive" : "dead";
  row.writer = row.state == "alive" && status.writer == row.process.instance;
  for (const auto& seen : status.processes) {
    const bool same =
        seen.beat.instance == row.process.instance && seen.beat.pid == static_cast<std::uint64_t>(row.process.pid);
    if (!same || row.state != "alive") continue;
    row.office = json::office_of(seen, status);
    if (seen.age_ms > json::kSilentMs) continue;
    row.state = msg::word(seen.beat.state);
    row.leader = &seen == json::leader_of(status);
  }
}

void print_list(const std::vector<Listed>& rows) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& row : rows) {
    list.push_back({{"role", row.process.role},
                    {"instance", row.process.instance},
                    {"pid", row.process.pid},
                    {"endpoint", row.process.endpoint},
                    {"state", row.state},
                    {"writer", row.writer},
                    {"leader", row.leader},
                    {"restarts", row.process.restarts}});
  }
  base::print_exact(fmt::format("{}\n", list.dump(2)));
}

void print_table(const std::vector<Listed>& rows) {
  base::print("{:<10}{:<14}{:>8}  {:<28}{:<14}{}\n", "role", "instance", "pid", "endpoint", "state", "restarts");
  for (const auto& row : rows) {
    base::print("{:<10}{:<14}{:>8}  {:<28}{:<14}{}{}\n", row.process.role, row.process.instance, row.process.pid,
                row.process.endpoint, row.state, row.process.restarts, row.office.empty() ? "" : "  " + row.office);
  }
}

}  // namespace

int run_ps(const PsOptions& options) {
  const auto state = process::read_up_state(options.data);
  if (!state) {
    if (options.json) base::print("[]\n");
    base::notice("pygmy ps: {}\n", state.error().message);
    return kUnavailable;
  }
  const auto status = ask_status(*state, options.data).value_or(msg::StatusReply{});
  std::vector<Listed> rows;
  for (const auto& process : state->processes) {
    rows.push_back({process, {}, false});
    describe(rows.back(), status);
  }
  options.json ? print_list(rows) : print_table(rows);
  for (const auto& seen : status.processes) {
    for (const auto& what : seen.beat.trouble.value_or(std::vector<std::string>{})) {
      base::notice("TROUBLE: {}: {}\n", seen.beat.instance, what);
    }
  }
  if (process::is_running(state->up, state->start)) return 0;
  base::notice("pygmy ps: no `pygmy up` runs on {}: the last one was killed; start it again with: pygmy up --data {}\n",
               options.data, options.data);
  return kUnavailable;
}

}  // namespace up
