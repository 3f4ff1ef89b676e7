#include "process/bridge.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include "base/event_fd.h"
#include "base/random.h"
#include "bridge/server.h"
#include "bridge/webhook_file.h"
#include "client/client.h"
#include "client/handover.h"
#include "frontend/mirror.h"
#include "process/host.h"
#include "process/keys.h"
#include "process/part.h"
#include "process/process_id.h"
#include "process/release.h"
#include "process/up_state.h"

namespace process {
namespace {

// Carries out a button of the control room on a process of this `up`. The `up` itself restarts a process that ends.
std::optional<std::string> operate(const std::string& data, const std::string& instance, const std::string& action) {
  const auto state = read_up_state(data);
  if (!state) return state.error().message;
  for (const auto& process : state->processes) {
    if (process.instance != instance) continue;
    if (process.role == "bridge") return fmt::format("{} serves this page", instance);
    if (!is_running(process.pid, process.start)) continue;
    // If the bridge paused its own process, nobody could ask it to resume the process.
    if (action == "pause" && process.pid == ::getpid()) {
      return fmt::format("{} runs in one process with this bridge, which cannot pause itself", instance);
    }
    if (action == "kill") ::kill(process.pid, SIGKILL);
    if (action == "pause") ::kill(process.pid, SIGSTOP);
    if (action == "restart") ::kill(process.pid, SIGTERM);
    if (action == "resume" || action == "restart") ::kill(process.pid, SIGCONT);
    return std::nullopt;
  }
  return fmt::format("no process {} of this store runs", instance);
}

bridge::ServerOptions server_options(const BridgeOptions& asked) {
  const auto& listen = asked.listen;
  const auto colon = listen.rfind(':');
  bridge::ServerOptions options;
  options.host = listen.substr(0, colon);
  if (options.host.size() > 2 && options.host.front() == '[')
    options.host = options.host.substr(1, options.host.size() - 2);
  options.port = static_cast<unsigned>(std::stoul(listen.substr(colon + 1)));
  options.hosts = asked.site.hosts;
  options.origins = asked.site.origins;
  if (!asked.site.tls_certificate.empty()) options.tls = {asked.site.tls_certificate, asked.site.tls_key};
  options.visitors = {asked.site.rate, asked.site.burst, asked.site.connections, asked.site.trusted_proxies};
  options.tokens = {asked.site.token_rate, asked.site.token_burst, asked.site.token_requests, asked.site.token_streams};
  require_private_token(asked.site.bridge_token);
  options.token = client::token_of_environment();
  options.token_file = asked.site.bridge_token;
  if (!asked.site.webhooks.empty()) {
    require_webhooks(asked.site.webhooks);
    options.webhooks = asked.site.webhooks;
    options.webhooks_directory = asked.data + "/" + asked.instance;
    make_directory(options.webhooks_directory);
  }
  require_collector(asked.site.otlp);
  options.traces = {asked.site.otlp, asked.site.trace_sample, asked.instance, kVersion};
  if (asked.site.labs != "auto") options.labs = asked.site.labs == "on";
  return options;
}

bridge::Operate demo_of(const BridgeOptions& options) {
  if (!options.demo) return {};
  return [data = options.data](const std::string& instance, const std::string& action) {
    return operate(data, instance, action);
  };
}

client::Config client_config(const BridgeOptions& options) {
  return {.frontends = options.frontends, .seed = base::entropy(), .token = {}};
}

// The server has a thread of its own. On the loop are the client's core, through which the server asks the store, and
// the server's end, which stops that core, with the reason.
class BridgePart : public Part, private client::Handover {
 public:
  BridgePart(const BridgeOptions& options, MirrorPtr mirror)
      : Handover(
            client_config(options), [this](std::vector<Ended> ended) { server_.deliver(std::move(ended)); },
            std::move(mirror)),
        server_(server_options(options), *this, demo_of(options)),
        key_(key_of(options.keys, options.instance)) {}
  ~BridgePart() override {
    server_.abandon();  // if it still runs, the loop has failed under it
    if (thread_.joinable()) thread_.join();
  }

  void start(net::Loop& loop) override {
    loop.add({.key = key_}, *this);
    loop.watch(*this, fd(), [this](base::Turn turn) { take(turn); });
    loop.watch(*this, ended_.fd(), [this](base::Turn turn) {
      serving_ = false;
      turn.out.stop(reason_);
    });
    serving_ = true;
    thread_ = std::thread([this] { serve(); });
  }

  // Its edge is a frontend. The server asks it every second.
  Standing standing() const override {
    const bool answers = serving_ && server_.store_answers();
    const bool lives = !serving_ || base::now().mono < server_.swept_at() + kHangs;
    return {answers, answers ? "bridge: serves" : "bridge: has no edge that answers", lives};
  }

 private:
  static constexpr base::Duration kHangs = std::chrono::seconds(5);  // twenty sweeps of the server

  void on_stop(base::Turn) override { server_.stop(); }

  void serve() {
    try {
      reason_ = server_.run();
    } catch (const std::exception& error) {
      reason_ = error.what();
    }
    ended_.raise();
  }

  bridge::Server server_;
  std::optional<net::Key> key_;
  base::EventFd ended_;
  std::string reason_;  // written before ended_ is raised, read after
  std::thread thread_;
  bool serving_ = false;  // the server's thread runs
};

// A bridge that knows the brokers holds an edge (docs/adr/0043-an-edge-in-a-program.md). It listens nowhere; the bridge
// reaches it on the loop.
Parts bridge_parts(BridgeOptions options) {
  Parts parts;
  if (options.brokers.empty()) {
    if (options.frontends.empty()) options.frontends = {"tcp://127.0.0.1:7410", "tcp://127.0.0.1:7412"};
    parts.push_back(bridge_part(options, nullptr));
    return parts;
  }
  const auto mirror = std::make_shared<frontend::Mirror>();
  FrontendOptions edge;
  edge.process.instance = options.instance;
  edge.process.advertise = "inproc://" + options.instance;
  edge.brokers = options.brokers;
  edge.cache_bytes = options.cache_bytes;
  edge.cache_items = options.cache_items;
  edge.anonymous = options.anonymous;
  edge.process.keys = options.keys;
  options.frontends.insert(options.frontends.begin(), edge.process.advertise);
  parts.push_back(frontend_part(edge, mirror));
  parts.push_back(bridge_part(options, mirror));
  return parts;
}

}  // namespace

void require_webhooks(const std::string& file) {
  if (!file.empty()) bridge::read_webhooks(file);
}

void require_collector(const std::string& url) { bridge::require_collector(url); }

std::unique_ptr<Part> bridge_part(const BridgeOptions& options, MirrorPtr mirror) {
  return std::make_unique<BridgePart>(options, std::move(mirror));
}

int run_bridge(const BridgeOptions& options) {
  return run_process({options.instance, options.log_level, options.log_json}, options.keys, {},
                     [&] { return bridge_parts(options); });
}

}  // namespace process
