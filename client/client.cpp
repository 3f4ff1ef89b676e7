#include "client/client.h"

#include <cstdlib>

#include "base/random.h"

namespace client {
namespace {

Config seeded(Config config) {
  if (config.seed == 0) config.seed = base::entropy();
  return config;
}

}  // namespace

std::string token_of_environment() {
  const auto* token = std::getenv("PYGMY_TOKEN");  // NOLINT(concurrency-mt-unsafe): nobody changes the environment
  return token ? token : "";
}

Client::Client(Config config) : frontends_(config.frontends), core_(seeded(std::move(config))), reactor_({}, core_) {}

}  // namespace client
