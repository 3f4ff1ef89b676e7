// Roles: which role a sender needs for a request. Each request names the roles of its senders (kFrom), and servers
// refuse it to all others before they decode it (msg/serve.h). A request that is added does not compile without its
// kFrom.
//
// A sender that the transport does not name may send anything: a store without keys, a process of this user on this
// machine, or a core of this process. Threads: none. Tests: tests/msg/roles_test.cpp.
#pragma once

#include <string_view>

#include "base/sender.h"
#include "msg/fields.h"

namespace msg {

template <>
struct Words<base::KeyRole> {
  static constexpr std::string_view of(base::KeyRole role) {
    switch (role) {
      case base::KeyRole::kBroker:
        return "broker";
      case base::KeyRole::kCatalog:
        return "catalog";
      case base::KeyRole::kOrder:
        return "order";
      case base::KeyRole::kFrontend:
        return "frontend";
      case base::KeyRole::kBridge:
        return "bridge";
      case base::KeyRole::kOperator:
        return "operator";
      case base::KeyRole::kClient:
        return "client";
    }
    return {};
  }
};

constexpr base::KeyRoles kByMembersAndOperators(base::KeyRole::kBroker, base::KeyRole::kCatalog, base::KeyRole::kOrder,
                                                base::KeyRole::kFrontend, base::KeyRole::kBridge,
                                                base::KeyRole::kOperator);
constexpr base::KeyRoles kByBrokers(base::KeyRole::kBroker);
constexpr base::KeyRoles kByReplicas(base::KeyRole::kCatalog, base::KeyRole::kOrder);
constexpr base::KeyRoles kByOrders(base::KeyRole::kOrder);
// A program that holds an edge has a key with the role of a frontend.
constexpr base::KeyRoles kByEdges(base::KeyRole::kFrontend, base::KeyRole::kBridge);
constexpr base::KeyRoles kByOperators(base::KeyRole::kOperator);
// Every key opens a frontend, and frontends pass these requests on.
constexpr base::KeyRoles kByEverybody(base::KeyRole::kBroker, base::KeyRole::kCatalog, base::KeyRole::kOrder,
                                      base::KeyRole::kFrontend, base::KeyRole::kBridge, base::KeyRole::kOperator,
                                      base::KeyRole::kClient);

// Returns whether the sender may speak in the name of this instance.
inline bool speaks_for(const base::Sender* sender, std::string_view instance) {
  return sender == nullptr || sender->name == instance;
}

}  // namespace msg
