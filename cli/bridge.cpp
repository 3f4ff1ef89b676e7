#include "cli/bridge.h"

#include <fmt/format.h>
#include <signal.h>

#include <optional>

#include "base/random.h"
#include "bridge/server.h"
#include "cli/money.h"
#include "cli/process.h"
#include "cli/process_id.h"
#include "cli/up_state.h"

namespace cli {
namespace {

// Carries out a button of the control room on a process of this `up`. The `up` itself restarts a process that ends.
std::optional<std::string> operate(const std::string& data, const std::string& instance, const std::string& action) {
  const auto state = read_up_state(data);
  if (!state) return state.error().message;
  for (const auto& process : state->processes) {
    if (process.instance != instance || process.role == "bridge") continue;
    if (!is_running(process.pid, process.start)) continue;
    if (action == "kill") ::kill(process.pid, SIGKILL);
    if (action == "pause") ::kill(process.pid, SIGSTOP);
    if (action == "restart") ::kill(process.pid, SIGTERM);
    if (action == "resume" || action == "restart") ::kill(process.pid, SIGCONT);
    return std::nullopt;
  }
  return fmt::format("no process {} of this store runs", instance);
}

bridge::ServerOptions server_options(const std::string& listen) {
  const auto colon = listen.rfind(':');
  bridge::ServerOptions options;
  options.host = listen.substr(0, colon);
  if (options.host.size() > 2 && options.host.front() == '[')
    options.host = options.host.substr(1, options.host.size() - 2);
  options.port = static_cast<unsigned>(parse_number(listen.substr(colon + 1)).value_or(0));
  return options;
}

}  // namespace

int run_bridge(const BridgeOptions& options) {
  const ProcessOptions process{.instance = options.instance,
                               .listen = options.listen,
                               .ipc = {},
                               .advertise = {},
                               .heartbeat_ms = {},
                               .log_level = options.log_level,
                               .log_json = options.log_json};
  return run_process(process, [&] {
    bridge::Operate demo;
    if (options.demo) {
      demo = [data = options.data](const std::string& instance, const std::string& action) {
        return operate(data, instance, action);
      };
    }
    const client::Config config{.frontends = options.frontends, .seed = base::entropy()};
    bridge::Server server(server_options(options.listen), config, std::move(demo));
    return server.run();
  });
}

}  // namespace cli
