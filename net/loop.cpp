#include "net/loop.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "base/log.h"
#include "net/memory.h"
#include "net/readiness.h"
#include "net/station.h"

namespace net {

int block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  if (base::log::is_to_file()) sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

class Loop::Impl {
 public:
  Impl(int stop_signals, std::optional<StoreKeys> keys) : stop_signals_(stop_signals) {
    if (keys) shared_.guard.emplace(shared_.context, *std::move(keys));
  }

  void add(const Sockets& sockets, base::Core& core) {
    stations_.push_back(std::make_unique<Station>(shared_, sockets, core));
  }

  Station& station(const base::Core& core) {
    const auto found =
        std::find_if(stations_.begin(), stations_.end(), [&](const auto& one) { return &one->core() == &core; });
    CHECK(found != stations_.end(), "the core is not in this loop");
    return **found;
  }

  std::string run() {
    while (!has_ended()) round(next_tick_);
    return failure_.value_or(std::string());
  }

  void run_until(const std::function<bool()>& done, base::Mono deadline) {
    for (auto& station : stations_) station->carry_out();
    while (!done() && !has_ended() && base::now().mono < deadline) round(std::min(next_tick_, deadline));
  }

  bool has_ended() const { return failure_ || stations_.empty(); }
  bool is_stopping() const { return stopping_ || failure_; }
  const base::Core* failed() const { return running_; }

 private:
  void round(base::Mono until) {
    wait(until);
    const auto now = base::now();
    const bool tick = now.mono >= next_tick_;
    if (tick) next_tick_ = now.mono + base::kTick;
    if (std::exchange(signalled_, false)) on_signal(now);
    if (shared_.guard) {
      if (tick) shared_.guard->on_tick(now.mono);  // after a standstill, before anybody is served
      shared_.guard->answer();
    }
    for_each([&](Station& station) { pass(station, tick); });
    for (int i = 0; i < kPassesMax && any(&Station::has_arrivals); ++i) {
      for_each([&](Station& station) {
        if (station.has_arrivals()) pass(station, false);
      });
    }
    if (tick) look_after(now.mono);
    remove_stopped();
  }

  void wait(base::Mono until) {
    waiter_.begin();
    for (auto& station : stations_) station->wait_with(waiter_);
    if (stop_signals_ >= 0) waiter_.add(stop_signals_, signalled_);
    if (shared_.guard) waiter_.add(shared_.guard->readiness());
    waiter_.wait(any(&Station::has_more) ? base::Mono{} : until);
  }

  void pass(Station& station, bool tick) {
    if (station.has_stopped()) return;
    running_ = &station.core();
    station.turn();
    const auto now = base::now();
    if (tick) station.tick(now);
    station.settle(now);
    station.carry_out();
    running_ = nullptr;
  }

  // The core that was added last comes first.
  template <class Do>
  void for_each(Do act) {
    for (auto station = stations_.rbegin(); station != stations_.rend(); ++station) act(**station);
  }

  bool any(bool (Station::*is)() const) const {
    return std::any_of(stations_.begin(), stations_.end(), [&](const auto& station) { return (*station.*is)(); });
  }

  void look_after(base::Mono now) {
    shared_.listeners.on_tick(now);
    std::size_t waiting = 0;
    for (const auto& station : stations_) waiting += station->waiting_bytes();
    memory_.on_tick(waiting, now);
  }

  void on_signal(base::Now now) {
    signalfd_siginfo info{};
    if (::read(stop_signals_, &info, sizeof info) != sizeof info) return;
    if (info.ssi_signo == SIGHUP) {
      base::log::reopen();
      return base::log::info("this log is begun anew, after SIGHUP");
    }
    stopping_ = true;
    stop_last(now);
  }

  void stop_last(base::Now now) {
    auto& last = *stations_.back();
    running_ = &last.core();
    last.stop(now);
    last.settle(now);
    last.carry_out();
    running_ = nullptr;
  }

  void remove_stopped() {
    const auto* last = stations_.back().get();
    std::erase_if(stations_, [&](auto& station) {
      if (!station->has_stopped()) return false;
      if (const auto& reason = *station->outbox().stopped(); !reason.empty() && !failure_) failure_ = reason;
      return true;
    });
    if (stopping_ && !has_ended() && stations_.back().get() != last) stop_last(base::now());
  }

  const int stop_signals_;
  bool signalled_ = false;
  bool stopping_ = false;
  const base::Core* running_ = nullptr;  // after an exception: the core whose call threw
  std::optional<std::string> failure_;
  Shared shared_;
  Memory memory_;
  Waiter waiter_;
  base::Mono next_tick_{};
  std::vector<std::unique_ptr<Station>> stations_;
};

Loop::Loop(int stop_signals, std::optional<StoreKeys> keys)
    : impl_(std::make_unique<Impl>(stop_signals, std::move(keys))) {}
Loop::~Loop() = default;
void Loop::add(const Sockets& sockets, base::Core& core) { impl_->add(sockets, core); }
void Loop::watch(const base::Core& core, int fd, Watcher ready) { impl_->station(core).watch(fd, std::move(ready)); }
std::string Loop::run() { return impl_->run(); }
void Loop::run_until(const std::function<bool()>& done, base::Mono deadline) { impl_->run_until(done, deadline); }
bool Loop::is_stopping() const { return impl_->is_stopping(); }
const base::Core* Loop::failed() const { return impl_->failed(); }
base::Outbox& Loop::outbox(const base::Core& core) { return impl_->station(core).outbox(); }

}  // namespace net
