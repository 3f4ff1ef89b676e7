#include "bridge/store.h"

#include <exception>

#include "net/reactor.h"

namespace bridge {

// The client's core together with the work of the store's thread.
class Store::Pump : public client::Core {
 public:
  Pump(client::Config config, Store& store) : client::Core(std::move(config)), store_(store) {}

  // The eventfd is readable: there are requests, or the store stops.
  void take(base::Turn turn) {
    store_.wake_.clear();
    if (store_.stopping_) return turn.out.stop();
    {
      const std::lock_guard lock(store_.mutex_);
      std::swap(taken_, store_.pending_);
    }
    for (auto& [ask, done] : taken_) {
      const auto bytes = ask.body.size();
      submit(ask.type, ask.is_write, std::move(ask.body), ask.options, turn,
             [this, bytes, done = std::move(done)](const client::Answer& answer) {
               store_.forget(bytes);
               ended_.push_back({done, answer});
             });
    }
    taken_.clear();
  }

  void on_settled(base::Turn turn) override {
    client::Core::on_settled(turn);
    if (ended_.empty()) return;
    store_.told_.deliver(std::exchange(ended_, {}));
  }

 private:
  Store& store_;
  std::vector<Pending> taken_;
  std::vector<Ended> ended_;
};

Store::Store(client::Config config, Told told) : told_(std::move(told)) {
  thread_ = std::thread([this, config = std::move(config)] { run(config); });
}

Store::~Store() {
  stop();
  join();
}

void Store::run(const client::Config& config) {
  std::string why;
  try {
    Pump pump(config, *this);
    net::Reactor reactor({}, pump);
    reactor.watch(wake_.fd(), [&](base::Turn turn) { pump.take(turn); });
    why = reactor.run();
  } catch (const std::exception& error) {
    why = error.what();
  }
  if (!stopping_) told_.failed(why);
}

bool Store::submit(Ask ask, Done done) {
  const auto bytes = ask.body.size();
  const auto requests = under_way_.fetch_add(1);
  const auto bytes_before = under_way_bytes_.fetch_add(bytes);
  if (requests >= kUnderWayMax || bytes_before + bytes > kUnderWayBytesMax) {
    forget(bytes);
    return false;
  }
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = pending_.empty();
    pending_.push_back({std::move(ask), std::move(done)});
  }
  if (first) wake_.raise();
  return true;
}

void Store::forget(std::size_t bytes) {
  --under_way_;
  under_way_bytes_ -= bytes;
}

void Store::stop() {
  if (!stopping_.exchange(true)) wake_.raise();
}

void Store::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace bridge
