// Rig: the store that the experiments are made on, and what they share: its goods, sequential clients, progress.
//
// Errors: std::runtime_error with a line that says what to do; Interrupted after Ctrl-C. Threads: say() and use()
// belong to one thread. A Shopper may be used by one thread at a time, several Shoppers by several.
#pragma once

#include <deque>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "client/client.h"
#include "lab/lab.h"
#include "msg/internal.h"
#include "tasks/goods.h"
#include "tasks/interruption.h"
#include "up/own_store.h"

namespace lab {

struct Interrupted {};

// On a store of its own the lab starts the frontends with this cache. On another store it asks for answers that are
// not from the cache (`fresh`).
enum class Cache { kOn, kOff, kSmall };
const char* word(Cache cache);

class Rig {
 public:
  explicit Rig(const LabTask& task);
  ~Rig();
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  const LabTask& task() const { return task_; }
  void use(Cache cache);
  bool is_own() const { return own_.has_value(); }
  up::OwnStore& own() { return own_.value(); }
  std::vector<base::Endpoint> frontends() const;
  bool is_fresh() const { return !own_ && cache_ == Cache::kOff; }

  // Tells people on standard error how far the experiments are; count() only on a terminal.
  void say(const std::string& what);
  void count(const std::string& what, unsigned done);  // of task().requests
  void be_quiet();                                     // clears the line
  void go_on() const;                                  // throws if the user has interrupted the command

 private:
  const LabTask& task_;
  const bool terminal_;
  tasks::Interruption interruption_;
  Cache cache_ = Cache::kOn;
  std::optional<up::OwnStore> own_;
};

// A client that sends one request after the other, each with a trace. It is patient, so that it loses no request while
// a process is started again.
class Shopper {
 public:
  // `first`: number of the frontend that is asked first. `alone`: no other frontend is asked.
  explicit Shopper(const Rig& rig, std::size_t first = 0, bool alone = false);

  template <class Request>
  client::Reply<typename Request::Reply> ask(const Request& request) {
    rig_.go_on();
    return client_.call(request, options_);
  }
  // Throws if the request is refused.
  template <class Request>
  client::Reply<typename Request::Reply> must(const Request& request) {
    auto reply = ask(request);
    if (reply.refusal) refuse(*reply.refusal);
    return reply;
  }
  client::Client& client() { return client_; }
  base::Random& random() { return random_; }

 private:
  [[noreturn]] static void refuse(const msg::Refusal& refusal);

  const Rig& rig_;
  const client::Options options_;
  client::Client client_;
  base::Random random_;
};

// Items of the topic `bench` with pieces that the experiments may sell. The destructor takes the rest back.
class Goods {
 public:
  Goods(const Rig& rig, std::size_t count, std::int64_t pieces);
  ~Goods();
  Goods(const Goods&) = delete;
  Goods& operator=(const Goods&) = delete;

  const std::vector<msg::Item>& items() const { return goods_.items(); }
  base::ItemId any(base::Random& random) const;

 private:
  Shopper keeper_;
  tasks::BenchGoods goods_;
};

msg::PlaceOrder one_piece(base::ItemId item);
msg::Search all_goods();

// Calls `work` for each shopper in a thread of its own, and returns the results.
template <class Work>
auto together(std::deque<Shopper>& shoppers, Work work) {
  using Result = decltype(work(shoppers.front()));
  std::vector<std::future<Result>> running;
  for (auto& shopper : shoppers) running.push_back(std::async(std::launch::async, [&] { return work(shopper); }));
  std::vector<Result> results;
  for (auto& one : running) results.push_back(one.get());
  return results;
}
// Shoppers that ask the frontends in turn.
std::deque<Shopper> several(const Rig& rig, unsigned count);

// Asks for the status again and again until `done` accepts it. Returns false if that takes too long.
bool wait_for(Shopper& shopper, const std::function<bool(const msg::StatusReply&)>& done);
// Waits until `count` views are live and alike.
bool wait_until_alike(Shopper& shopper, std::size_t count);

}  // namespace lab
