// Part: one core of a process with all that it stands on: its directory, store or journal, and sockets.
//
// A process has one part, or several that share its loop (process/node.h). They are built and started in the order in
// which they stand on each other: broker, catalog, order, frontend, bridge; they stop in the opposite order
// (net/loop.h). Errors: std::runtime_error with a line that says what to do. Threads: one; journals, snapshots and the
// HTTP bridge have threads inside.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "msg/identity.h"
#include "net/loop.h"
#include "process/bridge.h"
#include "process/process.h"

namespace frontend {
class Mirror;
}

namespace process {

class ServiceManager;

struct Standing {
  bool serves = false;  // clients and other processes get answers from the part
  std::string text;     // in two or three words
  bool lives = true;    // false: a thread of the part, other than the loop's, hangs
};

class Part {
 public:
  Part() = default;
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;
  virtual ~Part() = default;

  // Does the work before the start: a broker begins to serve, and a replica that is far behind fetches a view from a
  // peer.
  virtual void prepare(net::Loop&) {}
  virtual bool is_prepared() const { return true; }
  // Adds the core to the loop.
  virtual void start(net::Loop&) {}
  // How this part is, for the service manager.
  virtual Standing standing() const = 0;

  // The core that runs now, if this part may have to be made anew because of it; else null.
  virtual const base::Core* core() const { return nullptr; }
  // The reason why the view of this part must be made anew (ADR 27), once its core has stopped.
  virtual std::optional<std::string> damage() const { return std::nullopt; }
  // Closes the view and puts it aside. Throws std::runtime_error if that is not to be done now.
  virtual void put_aside(const std::string&) {}
};
using Parts = std::vector<std::unique_ptr<Part>>;

std::unique_ptr<Part> broker_part(const BrokerOptions& options);
std::unique_ptr<Part> catalog_part(const ReplicaOptions& options);
std::unique_ptr<Part> order_part(const ReplicaOptions& options);
// A frontend and a bridge of one process share a mirror (frontend/mirror.h), or have none.
using MirrorPtr = std::shared_ptr<frontend::Mirror>;
std::unique_ptr<Part> frontend_part(const FrontendOptions& options, MirrorPtr mirror);
std::unique_ptr<Part> bridge_part(const BridgeOptions& options, MirrorPtr mirror);

// Makes the parts and runs them on one loop until they have stopped. If the view of a part is damaged, it is put aside
// and all parts are made anew. `manager` is told when all of them serve, and when they stop. Returns why they have
// stopped, empty for a clean stop.
std::string run_parts(const MakeParts& make, int stop_signals, const std::optional<net::StoreKeys>& keys,
                      ServiceManager& manager);

// Parts get these values from their options.
std::vector<base::Endpoint> listening(const ProcessOptions& options);  // none: only its own loop reaches the core
base::Endpoint tcp_of(const ProcessOptions& options);                  // what others are told
msg::Identity identity(const ProcessOptions& options, msg::Role role);
// A service listens for requests, subscribes to the brokers and sends them its heartbeats.
net::Sockets service_sockets(const ProcessOptions& options, const std::vector<base::Endpoint>& brokers,
                             std::vector<std::string> topics);
std::vector<base::Endpoint> each(const std::vector<base::Endpoint>& endpoints,
                                 base::Endpoint (*derive)(const base::Endpoint&));
void announce(const ProcessOptions& options, const std::string& data, base::Seq applied);

}  // namespace process
