// Retention: puts our archive's claim into etcd. While we lead, it removes blocks that a majority of all archives have,
// and compacts etcd. Private to broker/etcd.
//
// A claim alone removes nothing: etcd must have the claimed block with the claimed hash, and the transaction that
// removes compares that this block is still the one that was read. We put our claim once our archive was compared with
// the stream (Standing::joined). Before that, a broker whose name has no claim yet puts a claim of nothing, so that it
// counts. Each round renews the claim; see Name. If two brokers use one name or one archive, the journal is broken.
// A round compacts the revisions of the round before, which every live standby has seen since then; a standby that was
// away begins its watch anew. Every broker that ever existed counts until its key is removed by hand
// (docs/OPERATIONS.md).
// Threads: its own, which starts and ends with the object.
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
  // The claimed blocks that are in etcd, and the first block in etcd.
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
  base::BlockNo removed_;         // blocks before this one were removed
  std::int64_t compactable_ = 0;  // the revision of the round before
  std::int64_t compacted_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace broker::etcd
