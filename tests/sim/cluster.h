// A whole store in one thread: the real cores of brokers, catalog replicas, order replicas, frontends and clients, on
// a simulated network, disks and clocks (DESIGN 9.2).
//
// The cluster checks all the time: every client's answers (Judge: G2, G3, G4), every durable block (Reference: G1), and
// every replica's digest at each seq against all others (G5). A process may end itself only because of SIGTERM, a
// failing disk, an archive of another history, a term that has ended, or a view that lacks trimmed events. No block may
// leave the shared journal before a majority of the archives have had it. No broker may trim events that fewer than two
// views of each role have had on stable storage (ADR 18). A test that kills a process decides when it starts again. A
// process that ends itself is started again after kRestart, and again as long as its disk does not let it start.
//
// Some cores may form nodes: a node is one process, so its cores start, die, pause and stop together, the end of one
// ends all, and no fault of the network comes between them (DESIGN 12). Their clocks differ, which is more than real.
//
// A replica process may begin with a stream::SnapshotFetch; the core of its role follows.
//
// There is one broker with its own disk, or two with a shared journal. Of two, one leads and the other stands by. The
// standby takes over by itself, or when take_over() makes it believe that nobody leads, whatever the old leader does or
// knows.
// Threads: none. Tests: tests/sim/cluster_test.cpp, tests/sim/takeover_test.cpp.
#pragma once

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "broker/core.h"
#include "client/core.h"
#include "frontend/mirror.h"
#include "stream/replica.h"
#include "tests/sim/judge.h"
#include "tests/sim/node.h"
#include "tests/sim/shared_journal.h"
#include "tests/sim/snapshots.h"
#include "tests/sim/stores.h"

namespace sim {

struct Shape {
  bool shared = false;             // two brokers on a shared journal
  bool first_broker_only = false;  // the other processes know only the first broker when they start
  int catalogs = 2;
  int orders = 3;
  int frontends = 2;
  int clients = 4;
  int plain_clients = 0;    // in addition; they send one copy and believe the first answer (plain_client.h)
  Duration deadline = 10s;  // of the clients
  std::size_t cache_bytes = 64 * 1024;
  // Of the writer: if an event waits this long for the journal, the writer refuses as busy.
  Duration pending_age_max = 5s;
  std::uint64_t snapshot_behind = 0;  // events; a replica that is further behind fetches a peer's view. 0: never
  // Every replica begins as one that made its view anew a short while ago, so a view that diverges stays as it is.
  bool rebuilt_lately = false;
  int nodes = 0;  // node i has broker-i, catalog-i, order-i and frontend-i, as far as they exist
  // Faults of the store that the checkers must notice.
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
  // The processes of one role ("order"), or all processes of the store; clients are not included.
  std::vector<std::string> names(const std::string& role = {}) const;
  const std::vector<std::string>& clients() const { return clients_; }
  bool is_plain(const std::string& client) const;
  std::string frontend_of(const std::string& client) const;  // the frontend that the client asks first
  std::string writer();                                      // the replica that decides; empty if none does
  std::string leader();                                      // the broker of the latest term, whether it is up or not
  bool leads(const std::string& broker);                     // it is up and believes that it leads
  const Shape& shape() const { return shape_; }
  // All cores of the process of this core, itself included.
  std::vector<std::string> cores_with(const std::string& name) const;

  // These concern the whole process of a core.
  void kill(const std::string& name);
  void start(const std::string& name);  // if it is down
  void stop(const std::string& name);   // SIGTERM; it starts again
  void pause(const std::string& name, Duration length);
  // Needs all processes to be dead. Data that are only in the page caches are lost.
  void power_cut();
  // The lease that brokers grant which start from now on; nothing: as configured.
  void set_lease(std::optional<Duration> lease) { lease_ = lease; }
  void wipe(const std::string& name);                                    // a process that is down loses its disk
  void fill(const std::string& name, bool full);                         // fills or empties a replica's disk
  std::optional<MemoryView::Spoilt> spoil_row(const std::string& name);  // damages a row of a replica's view
  void lose_order(const std::string& name, base::OrderNo no);  // removes an order from an order replica's view
  bool stays_out(const std::string& name);  // it has diverged and does not make its view anew a second time
  // A row was damaged, and the view has not been replaced since.
  bool is_spoilt(const std::string& name) const { return machines_.at(name).spoilt; }
  bool is_replica_up(const std::string& name);  // it is up and does not fetch a snapshot
  // The divergence that a replica reports, and how often it has checked all its rows.
  std::optional<std::string> diverged(const std::string& name);
  std::uint64_t passes(const std::string& name);
  // Gives a broker that is down an archive of another history, and claims in its name all blocks of that archive.
  void replace_archive(const std::string& name, std::size_t keep, std::size_t more);
  // A lone broker that is down is given a copy of its journal with the first `blocks` blocks; come_back() gives it its
  // own journal again.
  void go_back(std::size_t blocks);
  void come_back();
  const Disk* old_copy() const { return old_copy_.get(); }
  void trim(base::Seq before);  // asks every broker to trim the events before `before`
  // Returns whether another sound view of the role has the trimmed events on stable storage: then this view may be
  // lost.
  bool can_spare(const std::string& name) const;
  base::Seq settled(int views) const;  // at least `views` sound views of each role have it on stable storage
  void take_over();                    // makes the other broker take over; the old leader may run on without knowing
  void heal();                         // repairs network and disks, and starts all processes that are down
  std::function<void(const std::string&)> client_started;  // a client has started again; its earlier requests are lost
  Disk& disk() { return disk_; }
  SnapshotFaults& snapshot_faults() { return snapshot_faults_; }
  Network& network() { return network_; }
  Judge& judge() { return judge_; }
  World& world() { return world_; }

  using Done = std::function<void(const client::Answer&)>;
  // Sends a client's request. The answer is judged and then handed to `done`; there is none if the client dies.
  void ask(const std::string& client, Request request, client::Options options, Done done);
  // A thread in the process of this frontend looks an item up in its edge's mirror (DESIGN 13). Time passes between its
  // steps, and the edge's core may be paused meanwhile. The answer is judged, if there is one.
  void look_up(const std::string& frontend, const msg::Lookup& lookup);

  // Every process is up, every replica live and level with the durable stream, and one broker leads.
  bool level();
  bool every_replica_has(const msg::Order& order);
  // When all views are level: the first order or key that a view holds otherwise than the stream does (G5).
  std::optional<std::string> wrong_row();
  std::uint64_t under_way() const;
  Duration slowest() const { return slowest_; }  // longest time from a request to its answer, since forget_slowest()
  void forget_slowest() { slowest_ = {}; }
  // One clock may be years ahead, as long as the others tell a time that proves it wrong (ADR 30).
  bool clocks_are_right = true;
  std::uint64_t answers() const { return judge_.answers(); }
  std::uint64_t durable() const { return disk_.last().value(); }
  std::string describe(const std::string& name);  // the state of a process, for a report
  // Adds what the processes counted in all their lives to the world's counts.
  void gather_counters();
  std::uint64_t counter(const std::string& name, const std::string& counter);  // from its last heartbeat

 private:
  struct Machine {
    std::unique_ptr<Node> node;
    std::string role;
    std::unique_ptr<broker::Journal> journal;
    std::unique_ptr<SharedJournal> shared;
    std::unique_ptr<MemoryArchive> archive;
    std::unique_ptr<MemoryOrderStore> orders;
    std::unique_ptr<MemoryCatalogStore> items;
    MemoryView* view = nullptr;         // `orders` or `items`
    bool spoilt = false;                // a row was damaged since the last wipe
    std::optional<base::Mono> rebuilt;  // the last time when the process made its view anew by itself
    std::unique_ptr<MemorySnapshotFile> snapshot;
    std::unique_ptr<MemorySnapshotMaker> maker;
    std::unique_ptr<stream::SnapshotServer> snapshots;
    msg::Identity identity;                  // of a replica's process, for the fetch and for the role's core
    stream::SnapshotFetch* fetch = nullptr;  // the node's core
    stream::SnapshotFetch::Outcome fetched{};
    std::shared_ptr<frontend::Mirror> mirror;  // of a frontend's present life
    bool serves = false;                       // the next core is the role's
    base::Seq checked;                         // digests are compared up to here
    base::Seq settled;                         // the greatest seq that its view has had on stable storage
    base::BlockNo archived;                    // the last block that was ever durable in the archive
    std::map<std::uint64_t, std::shared_ptr<Operation>> asks;  // requests of a client that are under way
  };

  struct Looking;

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

  // looks.cpp
  Duration some_step();
  void take(const std::string& frontend, const Looking& looking);
  void finish(const std::string& frontend, const Looking& looking);

  // nodes.cpp
  std::string process_of(const std::string& name) const;
  void join_nodes();
  bool any_up(const std::vector<std::string>& cores);
  void stop_next(const std::string& name);
  void fell(const std::string& name);

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
  std::unique_ptr<Disk> old_copy_;  // the broker's disk from go_back() to come_back()
  bool went_back_ = false;
  SnapshotFaults snapshot_faults_;
  std::optional<Duration> lease_;  // of brokers that start; nothing: as configured
  Judge judge_;
  std::map<std::string, Machine> machines_;
  std::vector<std::string> clients_;
  std::set<std::string> stopping_;              // processes that have got SIGTERM
  std::map<base::Seq, msg::DigestAt> digests_;  // of items; `orders` is 0 if it is not known
  std::uint64_t asks_ = 0;
  Duration slowest_{};
};

}  // namespace sim
