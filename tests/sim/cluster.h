// A whole store in one thread: the real cores of a broker, catalog replicas, order replicas, frontends and clients, on
// a simulated network, disks and clocks (DESIGN 9.2).
//
// What is checked all the time, whatever is done to it: every client's answers (Judge: G2, G3, G4), every durable block
// (Reference: G1), every replica's digest at every seq against every other's (G5), and that no process ends itself for
// a reason other than SIGTERM. Who kills a process decides when it starts again; one that ends itself is started again
// after kRestart. Threads: none.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "client/core.h"
#include "stream/replica.h"
#include "tests/sim/judge.h"
#include "tests/sim/node.h"
#include "tests/sim/stores.h"

namespace sim {

struct Shape {
  int catalogs = 2;
  int orders = 3;
  int frontends = 2;
  int clients = 4;
  Duration deadline = 10s;  // of the clients
  std::size_t cache_bytes = 64 * 1024;
  // What is broken on purpose, to see that it is noticed.
  bool gate = true;
  bool forgets_keys = false;
};

class Cluster {
 public:
  static constexpr Duration kRestart = 100ms;

  explicit Cluster(World& world, Shape shape = {});

  void start_all();
  Node& node(const std::string& name);
  // Of one role ("order"), or all processes of the store; clients not included.
  std::vector<std::string> names(const std::string& role = {}) const;
  const std::vector<std::string>& clients() const { return clients_; }
  std::string frontend_of(const std::string& client) const;  // the one it asks first
  std::string writer();                                      // the replica that decides; empty: none does

  void kill(const std::string& name) { node(name).crash(); }
  void start(const std::string& name);  // if it is down
  void stop(const std::string& name) { node(name).stop(); }
  void wipe(const std::string& name);  // a replica that is down loses its disk
  void heal();                         // network and disks are well again, whoever is down starts
  Disk& disk() { return disk_; }
  Network& network() { return network_; }
  Judge& judge() { return judge_; }
  World& world() { return world_; }

  using Done = std::function<void(const client::Answer&)>;
  // A client asks; the answer is judged, then handed on.
  void ask(const std::string& client, Request request, client::Options options, Done done);

  // Every process is up, every replica live and level with the durable stream.
  bool level();
  bool every_replica_has(const msg::Order& order);
  std::uint64_t under_way() const { return under_way_; }
  Duration slowest() const { return slowest_; }  // answer to a client, since forget_slowest()
  void forget_slowest() { slowest_ = {}; }
  std::uint64_t answers() const { return judge_.answers(); }
  std::uint64_t durable() const { return disk_.last().value(); }
  std::string describe(const std::string& name);  // where a process stands, for a report
  // Adds what the processes counted in all their lives to the world's counts.
  void gather_counters();

 private:
  struct Machine {
    std::unique_ptr<Node> node;
    std::string role;
    std::unique_ptr<MemoryOrderStore> orders;
    std::unique_ptr<MemoryCatalogStore> items;
    base::Seq checked;  // digest compared up to
  };

  void add(const std::string& role, int number);
  void connect();
  std::unique_ptr<base::Core> make(const std::string& name, base::Now now);
  std::unique_ptr<base::Core> make_client(const std::string& name);
  msg::Identity identity(const std::string& name, msg::Role role);
  void gone(const std::string& name);
  void stopped(const std::string& name, const std::string& reason);
  void compare_digest(Machine& machine);
  void count_beat(const Node& node);

  World& world_;
  Shape shape_;
  Network network_;
  Disk disk_;
  std::unique_ptr<SimJournal> journal_;
  Judge judge_;
  std::map<std::string, Machine> machines_;
  std::vector<std::string> clients_;
  std::map<base::Seq, msg::DigestAt> digests_;  // of items; orders 0: not known
  std::uint64_t under_way_ = 0;
  Duration slowest_{};
};

}  // namespace sim
