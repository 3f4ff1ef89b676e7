// Retention: claims what our archive has; while we lead, removes from etcd what a majority of all archives have, and
// compacts it. Private to broker/etcd.
//
// Nothing is removed on a claim alone: its block must be in etcd under the hash that is claimed, and the transaction
// that removes compares that the newest block of the majority is still that one. Our own claim is put once the archive
// was compared (Standing::joined); before that a broker whose name has no claim yet claims nothing by number, so that
// it counts. It is renewed in each round: see Name. A name or an archive that two brokers use is JournalBroken.
// Compacted is what was removed a round before, which every standby that is alive has seen since; one that was not
// begins its watch anew. Every broker that ever was counts, until its key is removed by hand (docs/OPERATIONS.md).
// Threads: its own, started and ended with the object.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "broker/claims.h"
#include "broker/etcd/client.h"
#include "broker/etcd/requests.h"
#include "broker/etcd/told.h"

namespace broker::etcd {

class Retention {
 public:
  Retention(const Settings& settings, const Keys& keys, std::string broker, base::Duration every,
            std::function<Claim()> archive, Standing& standing, Told& told);
  ~Retention();

 private:
  struct Stands {
    Claim claim;
    std::int64_t revision = 0;
  };
  using Claims = std::map<std::string, Stands>;  // by broker
  // The claimed blocks that etcd has, and the first one that it has.
  struct Found {
    msg::Hash hash;
    std::int64_t revision = 0;
  };
  using Blocks = std::map<base::BlockNo, Found>;

  void run();
  void one_round();
  void claim(const Claims& claims);
  bool may_claim(const Claims& claims, const std::string& disk);
  std::int64_t remove_what_is_archived(const Claims& claims, std::int64_t revision);
  std::optional<Blocks> read_claimed(const Claims& claims);
  void compare(const std::string& broker, const Claim& claim, const Blocks& blocks);
  void compact();

  Client client_;
  const Keys keys_;
  const std::string broker_;
  const base::Duration every_;
  const std::function<Claim()> archive_;
  const bool began_empty_;
  Name name_;
  Standing& standing_;
  Told& told_;
  base::log::Throttle log_;
  base::BlockNo removed_;         // up to here
  std::int64_t compactable_ = 0;  // the revision of the round before
  std::int64_t compacted_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace broker::etcd
