#include <chrono>
#include <stdexcept>
#include <utility>

#include "frontend/core.h"
#include "process/part.h"

namespace process {
namespace {

frontend::Config frontend_config(const FrontendOptions& options, MirrorPtr mirror) {
  frontend::Config config;
  config.identity = identity(options.process, msg::Role::kFrontend);
  config.brokers = options.brokers;
  config.pace.heartbeat = std::chrono::milliseconds(options.process.heartbeat_ms);
  config.cache_bytes = options.cache_bytes;
  config.cache_items = options.cache_items;
  const auto usual = options.process.keys.directory.empty() ? msg::Anonymous::kAll : msg::Anonymous::kReader;
  const auto anonymous = options.anonymous == "auto" ? usual : msg::from_word<msg::Anonymous>(options.anonymous);
  if (!anonymous) throw std::runtime_error("--anonymous: auto, none, reader, buyer or all");
  config.anonymous = *anonymous;
  config.client_rate = options.clients.rate;
  config.client_burst = options.clients.burst;
  config.keys = !options.process.keys.directory.empty();
  config.mirror = std::move(mirror);
  return config;
}

class FrontendPart : public Part {
 public:
  FrontendPart(const FrontendOptions& options, MirrorPtr mirror)
      : options_(options), core_(frontend_config(options, std::move(mirror))) {}

  void start(net::Loop& loop) override {
    auto sockets = service_sockets(options_.process, options_.brokers,
                                   {std::string(msg::kBlockTopic), std::string(msg::kMarkTopic),
                                    std::string(msg::kHeartbeatTopic), std::string(msg::kAnnounceTopic)});
    sockets.serves_clients = true;
    sockets.connections_of_address = options_.clients.connections;
    loop.add(sockets, core_);
    if (!options_.process.listen.empty()) announce(options_.process, "", base::Seq(0));
  }

  Standing standing() const override {
    const bool leased = core_.is_leased();
    return {leased, leased ? "frontend: has a lease" : "frontend: has no lease"};
  }

 private:
  FrontendOptions options_;
  frontend::Core core_;
};

}  // namespace

std::unique_ptr<Part> frontend_part(const FrontendOptions& options, MirrorPtr mirror) {
  return std::make_unique<FrontendPart>(options, std::move(mirror));
}

}  // namespace process
