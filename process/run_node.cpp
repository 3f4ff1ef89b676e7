#include <filesystem>

#include "frontend/mirror.h"
#include "process/host.h"
#include "process/node.h"
#include "process/part.h"
#include "process/places.h"

namespace process {
namespace {

Parts parts_of(const NodeRoles& roles) {
  Parts parts;
  if (roles.broker) parts.push_back(broker_part(*roles.broker));
  if (roles.catalog) parts.push_back(catalog_part(*roles.catalog));
  if (roles.order) parts.push_back(order_part(*roles.order));
  const auto mirror = roles.frontend && roles.bridge ? std::make_shared<frontend::Mirror>() : nullptr;
  if (roles.frontend) parts.push_back(frontend_part(*roles.frontend, mirror));
  if (roles.bridge) parts.push_back(bridge_part(*roles.bridge, mirror));
  return parts;
}

}  // namespace

int run_node(const NodeOptions& options) {
  std::vector<base::Endpoint> listens;  // the endpoints of its roles differ in their ports alone
  if (options.roles != std::vector<std::string>{"bridge"}) listens.push_back(tcp_at(options.bind, options.port_base));
  return run_process({"node-" + options.name, options.log_level, options.log_json}, options.keys, listens, [&] {
    require_directory(options.data);
    const auto data = std::filesystem::canonical(options.data).string();
    const auto roles = node_roles(options, data);
    make_directories(roles, data);
    return parts_of(roles);
  });
}

}  // namespace process
