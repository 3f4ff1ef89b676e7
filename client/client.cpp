#include "client/client.h"

#include "base/random.h"

namespace client {
namespace {

Config seeded(Config config) {
  if (config.seed == 0) config.seed = base::entropy();
  return config;
}

}  // namespace

Client::Client(Config config) : frontends_(config.frontends), core_(seeded(std::move(config))), reactor_({}, core_) {}

}  // namespace client
