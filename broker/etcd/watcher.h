// Watcher: tells a standby every block, and every sign of life of the leader. Private to broker/etcd.
//
// It reads the blocks in etcd and then watches the keys. After any failure it pauses for kPause and begins again with
// the block that it told last, at the next member. If the stream in etcd ends before that block, it is another stream,
// and the journal is broken.
// Threads: its own, which starts and ends with the object. again() and tell_again() may be called from any thread.
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

  // `held`: the last block of our archive. It is told, too, if etcd still has it.
  Watcher(const Settings& settings, const Keys& keys, base::BlockNo held, Standing& standing, Told& told);
  ~Watcher();

  // Ends the watch, because it is stuck or not needed any more. It begins again unless we lead.
  void again();
  // Ends the watch. It begins again with the blocks from `held` on.
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
  base::BlockNo held_;     // the last block that was told; at first the last block of our archive
  base::BlockNo next_;     // the next block to tell
  std::int64_t seen_ = 0;  // the latest revision of a sign of a leader
  Standing& standing_;
  Told& told_;
  base::log::Throttle log_;
  std::mutex mutex_;
  std::unique_ptr<Client::Watch> watch_;  // guarded by mutex_ while it runs
  std::optional<base::BlockNo> from_;     // guarded by mutex_: the argument of tell_again(), until it is used
  std::thread thread_;
};

}  // namespace broker::etcd
