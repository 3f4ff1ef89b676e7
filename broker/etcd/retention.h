// Retention: says which blocks our archive has; while we lead, removes from etcd what a majority of all archives have,
// and compacts it. Private to broker/etcd.
//
// Compacted is what was removed a round before, which every standby that is alive has seen since; one that was not
// begins its watch anew. Every broker that ever was counts, until its key is removed by hand (docs/OPERATIONS.md).
// Threads: its own, started and ended with the object.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "broker/etcd/client.h"
#include "broker/etcd/requests.h"
#include "broker/etcd/told.h"

namespace broker::etcd {

class Retention {
 public:
  Retention(const Settings& settings, const Keys& keys, std::string broker, base::Duration every,
            std::function<base::BlockNo()> archived, Standing& standing);
  ~Retention();

 private:
  void run();
  void say_what_we_have();
  void remove_what_is_archived();

  Client client_;
  const Keys keys_;
  const std::string broker_;
  const base::Duration every_;
  const std::function<base::BlockNo()> archived_;
  Standing& standing_;
  bool said_any_ = false;
  base::BlockNo said_;
  base::BlockNo removed_;         // up to here
  std::int64_t compactable_ = 0;  // the revision of the round before
  std::int64_t compacted_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace broker::etcd
