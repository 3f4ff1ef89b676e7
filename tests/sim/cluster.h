// A whole store in one thread: the real cores of brokers, catalog replicas, order replicas, frontends and clients, on
// a simulated network, disks and clocks (DESIGN 9.2).
//
// What is checked all the time, whatever is done to it: every client's answers (Judge: G2, G3, G4), every durable block
// (Reference: G1), every replica's digest at every seq against every other's (G5), and that no process ends itself for
// a reason other than SIGTERM, a disk that fails, an archive of another history, a term that is over, or a view that
// lacks what was trimmed; that no block leaves the shared journal before a majority of the archives have had it; and
// that no broker trims what fewer than two views of each role have had on stable storage (ADR 18). A test that
// kills a process decides when it starts again. A process that ends itself is started again after kRestart, and again
// while its disk does not let it.
//
// A replica process may begin with a stream::SnapshotFetch; its role's core comes after that.
//
// Brokers: one on a disk of its own, or two on a shared journal. Of two, one leads and the other stands by; it takes
// over by itself, or when it is made to believe that nobody leads (take_over), whatever the one before does or knows.
// Threads: none. Tests: tests/sim/cluster_test.cpp, tests/sim/takeover_test.cpp.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "broker/core.h"
#include "client/core.h"
#include "stream/replica.h"
#include "tests/sim/judge.h"
#include "tests/sim/node.h"
#include "tests/sim/shared_journal.h"
#include "tests/sim/snapshots.h"
#include "tests/sim/stores.h"

namespace sim {

struct Shape {
  bool shared = false;             // two brokers on a shared journal
  bool first_broker_only = false;  // is all that the others know when they start
  int catalogs = 2;
  int orders = 3;
  int frontends = 2;
  int clients = 4;
  int plain_clients = 0;    // besides those: they send one copy and believe the first answer (plain_client.h)
  Duration deadline = 10s;  // of the clients
  std::size_t cache_bytes = 64 * 1024;
  Duration pending_age_max = 5s;      // of the writer: what the journal has not committed; then it says busy
  std::uint64_t snapshot_behind = 0;  // events; a replica further behind fetches a peer's view. 0: never
  // What is broken on purpose, to see that it is noticed.
  bool gate = true;
  bool forgets_keys = false;
  std::int64_t drift_max = Node::kDriftMax;

  static Shape drawn(World& world);
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
  bool is_plain(const std::string& client) const;
  std::string frontend_of(const std::string& client) const;  // the one it asks first
  std::string writer();                                      // the replica that decides; empty: none does
  std::string leader();                                      // the broker of the latest term; up or not
  bool leads(const std::string& broker);                     // is up, and believes that it does
  const Shape& shape() const { return shape_; }

  void kill(const std::string& name) { node(name).crash(); }
  // When all processes are dead: what is in the page caches alone is gone, too.
  void power_cut();
  void start(const std::string& name);  // if it is down
  void stop(const std::string& name) { node(name).stop(); }
  void wipe(const std::string& name);                                    // a process that is down loses its disk
  void fill(const std::string& name, bool full);                         // a replica's disk
  std::optional<MemoryView::Spoilt> spoil_row(const std::string& name);  // of a replica's view
  void lose_order(const std::string& name, base::OrderNo no);            // of an order replica's view
  bool is_spoilt(const std::string& name) const { return machines_.at(name).spoilt; }  // and not replaced since
  bool is_replica_up(const std::string& name);                                         // and not fetching a snapshot
  // What a replica says of its rows, and how often it has gone over all of them.
  std::optional<std::string> diverged(const std::string& name);
  std::uint64_t passes(const std::string& name);
  // A broker that is down gets an archive of another history in the place of its own, and claims what it has.
  void replace_archive(const std::string& name, std::size_t keep, std::size_t more);
  void trim(base::Seq before);  // every broker is asked to let go of what comes before
  // Whether another view of its role, that is not spoilt, has on stable storage what was trimmed: this one may be lost.
  bool can_spare(const std::string& name) const;
  base::Seq settled(int views) const;  // so many views of each role, that are not spoilt, have it on stable storage
  void take_over();                    // the other broker; the one before may run on, and does not know
  void heal();                         // network and disks are well again, whoever is down starts
  std::function<void(const std::string&)> client_started;  // for who asks in its name: what it had asked before is lost
  Disk& disk() { return disk_; }
  SnapshotFaults& snapshot_faults() { return snapshot_faults_; }
  Network& network() { return network_; }
  Judge& judge() { return judge_; }
  World& world() { return world_; }

  using Done = std::function<void(const client::Answer&)>;
  // A client asks; the answer is judged, then handed on. Never answered if the client dies.
  void ask(const std::string& client, Request request, client::Options options, Done done);

  // Every process is up, every replica live and level with the durable stream, and one broker leads.
  bool level();
  bool every_replica_has(const msg::Order& order);
  // The first order or key of the stream that a view does not have as the stream has it, when all is level (G5).
  std::optional<std::string> wrong_row();
  std::uint64_t under_way() const;
  Duration slowest() const { return slowest_; }  // answer to a client, since forget_slowest()
  void forget_slowest() { slowest_ = {}; }
  std::uint64_t answers() const { return judge_.answers(); }
  std::uint64_t durable() const { return disk_.last().value(); }
  std::string describe(const std::string& name);  // where a process stands, for a report
  // Adds what the processes counted in all their lives to the world's counts.
  void gather_counters();
  std::uint64_t counter(const std::string& name, const std::string& counter);  // in its last heartbeat

 private:
  struct Machine {
    std::unique_ptr<Node> node;
    std::string role;
    std::unique_ptr<broker::Journal> journal;
    std::unique_ptr<SharedJournal> shared;
    std::unique_ptr<MemoryArchive> archive;
    std::unique_ptr<MemoryOrderStore> orders;
    std::unique_ptr<MemoryCatalogStore> items;
    MemoryView* view = nullptr;  // either of them
    bool spoilt = false;         // a row of it, since it was wiped
    std::unique_ptr<MemorySnapshotFile> snapshot;
    std::unique_ptr<MemorySnapshotMaker> maker;
    std::unique_ptr<stream::SnapshotServer> snapshots;
    msg::Identity identity;                  // of a replica's process, as which it first fetches and then serves
    stream::SnapshotFetch* fetch = nullptr;  // the node's core
    stream::SnapshotFetch::Outcome fetched{};
    bool serves = false;                                       // what comes next is the role's core
    base::Seq checked;                                         // digest compared up to
    base::Seq settled;                                         // the most that its view ever had on stable storage
    base::BlockNo archived;                                    // the last block that was ever durable in the archive
    std::map<std::uint64_t, std::shared_ptr<Operation>> asks;  // of a client, under way
  };

  // cluster.cpp
  void add(const std::string& role, int number);
  void connect();
  void hear(const std::string& name, const std::string& broker);
  void forget_brokers(const std::string& name);
  std::vector<base::Endpoint> known_brokers() const;
  void gone(const std::string& name);
  void stopped(const std::string& name, const std::string& reason);
  void failed(const std::string& name, const std::string& reason);
  void settled(Machine& machine);
  bool is_far_behind(const Machine& machine);
  void serve(Machine& machine);
  bool put_in_place(Machine& machine);
  void compare_digest(Machine& machine);
  void count_beat(const Node& node);

  // retention.cpp
  void note_archived(Machine& machine);
  void check_removal(base::BlockNo up_to);
  bool lacks_what_was_trimmed(const Machine& machine) const;
  void note_settled(Machine& machine);
  void check_trim(const std::string& broker, base::Seq begins);
  static bool has_settled(const Machine& machine, base::Seq before);

  // processes.cpp
  std::unique_ptr<base::Core> make(const std::string& name, base::Now now);
  std::unique_ptr<base::Core> make_replica(const std::string& name);
  std::unique_ptr<base::Core> make_broker(const std::string& name, base::Now now);
  std::unique_ptr<base::Core> make_client(const std::string& name);
  std::unique_ptr<base::Core> make_lone_broker(Machine& machine, broker::Config config, base::Now now);
  std::unique_ptr<base::Core> make_cluster_broker(Machine& machine, broker::Config config, base::Now now);
  const broker::Core* leading(Machine& machine);
  msg::Identity identity(const std::string& name, msg::Role role);

  World& world_;
  Shape shape_;
  Network network_;
  Disk disk_;
  SnapshotFaults snapshot_faults_;
  Judge judge_;
  std::map<std::string, Machine> machines_;
  std::vector<std::string> clients_;
  std::map<base::Seq, msg::DigestAt> digests_;  // of items; orders 0: not known
  std::uint64_t asks_ = 0;
  Duration slowest_{};
};

}  // namespace sim
