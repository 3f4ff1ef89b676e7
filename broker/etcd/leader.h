// Leader: takes the lead over, appends blocks, and proves that it still leads. Private to broker/etcd.
//
// It makes one synchronous call at a time, because pipelined appends overtake each other and are slower.
// Threads: its own, which starts and ends with the object. take_over() and commit() are called from the loop's thread.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/log.h"
#include "broker/etcd/client.h"
#include "broker/etcd/requests.h"
#include "broker/etcd/told.h"

namespace broker::etcd {

class Leader {
 public:
  // etcd may refuse calls at once, time after time; without a quorum it does. A repeated call comes this long after the
  // one before at the earliest.
  static constexpr base::Duration kPause = std::chrono::milliseconds(20);

  // `name`: the value of the leader key when we lead; every process draws a new name.
  // `takeover_after`: if the loop has not run for this time, no pulse is put.
  Leader(const Settings& settings, const Keys& keys, std::string name, base::Duration prove_every,
         base::Duration takeover_after, Standing& standing, Told& told);
  ~Leader();  // resigns if it leads

  // `seen`: the latest revision of a sign of a leader that the loop has got.
  void take_over(base::BlockNo held, std::int64_t seen);
  void commit(Commit block);

 private:
  struct Wish {
    base::BlockNo held;
    std::int64_t seen = 0;
  };
  // The leader key before our swap.
  struct Before {
    std::int64_t revision = 0;  // mod revision of the leader key; 0: there is no such key
    std::uint64_t terms = 0;    // number of terms before the leader key was created
  };
  struct Lead {
    std::int64_t revision = 0;
    base::Term term;
  };

  void run();
  void wait(std::unique_lock<std::mutex>& lock);
  void try_take_over(const Wish& wish);
  std::optional<Before> look(const Wish& wish);
  std::optional<Lead> swap(const Before& before);
  std::optional<Lead> who_leads(const Before& before, bool& settled);
  std::optional<Tail> read_tail(base::BlockNo held);
  void append(const Commit& block);
  void wait_and_prove();
  void wait_until(base::Mono time);
  void prove();
  bool loop_hangs();
  void resign();
  void proved(base::Mono sent) { standing_.proved_ns = sent.time_since_epoch().count(); }
  void lost();
  void complain(const Failure& failure);

  Client client_;
  const Keys keys_;
  const std::string name_;
  const base::Duration prove_every_;
  const base::Duration takeover_after_;
  Standing& standing_;
  Told& told_;
  base::log::Throttle log_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Wish> taking_;
  std::optional<Commit> block_;
  std::thread thread_;
};

}  // namespace broker::etcd
