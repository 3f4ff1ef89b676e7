#include "client/client.h"

#include <cstdlib>

#include "base/random.h"

namespace client {
namespace {

Config completed(Config config) {
  if (config.seed == 0) config.seed = base::entropy();
  if (!config.key) config.key = key_of_environment();
  return config;
}

}  // namespace

std::string token_of_environment() {
  const auto* token = std::getenv("PYGMY_TOKEN");  // NOLINT(concurrency-mt-unsafe): nobody changes the environment
  return token ? token : "";
}

std::optional<net::Key> key_of_environment() {
  const auto* path = std::getenv("PYGMY_KEY_FILE");  // NOLINT(concurrency-mt-unsafe): nobody changes the environment
  if (path == nullptr || *path == '\0') return std::nullopt;
  return net::require_key(path);
}

Client::Client(Config config) : Client(completed(std::move(config)), Completed{}) {}

Client::Client(const Config& config, Completed)
    : frontends_(config.frontends), core_(config), reactor_({.key = config.key}, core_) {}

}  // namespace client
