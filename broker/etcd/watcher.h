// Watcher: tells a standby of every block, and of every sign of life of the leader. Private to broker/etcd.
//
// Reads what is there, then watches; after any trouble the same again from the block that was told last, by way of the
// next member, after kPause. A stream in etcd that ends before that block is not the one that was told: JournalBroken.
// Threads: its own, started and ended with the object; again() and tell_again() from any thread.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/log.h"
#include "broker/etcd/client.h"
#include "broker/etcd/requests.h"
#include "broker/etcd/told.h"

namespace broker::etcd {

class Watcher {
 public:
  static constexpr base::Duration kPause = std::chrono::milliseconds(50);

  // `held`: the last block of our archive, which is told, too, if it is still there.
  Watcher(const Settings& settings, const Keys& keys, base::BlockNo held, Standing& standing, Told& told);
  ~Watcher();

  // The watch is stuck, or not needed any more: it is ended, and begun again unless we lead.
  void again();
  // The same, with the blocks from `held` on.
  void tell_again(base::BlockNo held);

 private:
  bool wanted() const { return !standing_.closing && standing_.lead == 0; }
  void run();
  void begin_anew();
  std::optional<std::int64_t> read_what_is_there();
  void follow(std::int64_t from_revision);
  void read_who_leads(const rpc::TxnResponse& response);
  void saw(const rpc::KeyValue& kv);
  void saw_life(std::int64_t revision);

  Client client_;
  const Keys keys_;
  base::BlockNo held_;     // the last block that our archive has, or that was told
  base::BlockNo next_;     // to be told
  std::int64_t seen_ = 0;  // the latest revision at which a leader was seen to do something
  Standing& standing_;
  Told& told_;
  base::log::Throttle log_;
  std::mutex mutex_;
  std::unique_ptr<Client::Watch> watch_;  // guarded while it runs
  std::optional<base::BlockNo> from_;     // guarded: tell_again() was called with it
  std::thread thread_;
};

}  // namespace broker::etcd
