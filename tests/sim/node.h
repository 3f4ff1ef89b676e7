// A process of a simulation: a core, its sockets, its clocks, and its life.
//
// It works as net/loop.h does: a round takes the messages that have arrived and reads the clock for each, ticks if a
// tick is due, settles, and then carries out the effects. Chance decides how many messages have arrived and which
// socket is read first. A pause (SIGSTOP, a slow machine) stops the rounds, and messages queue up; they are handed in
// later with the time of that moment. A crash forgets everything but the disk. The monotonic clock runs a little fast
// or slow, within half the drift margin (DESIGN 5); the wall clock is wrong and may jump. Threads: none.
#pragma once

#include <memory>
#include <string>

#include "msg/internal.h"
#include "tests/sim/network.h"

namespace sim {

class Clock {
 public:
  static constexpr base::WallMs kBegan = 1'700'000'000'000;  // when the world began, by a clock that is right
  // `drift` in parts per million.
  Clock(Duration since_boot, std::int64_t drift, base::WallMs wall)
      : since_boot_(since_boot), drift_(drift), wall_(wall) {}
  base::Now at(Duration world) const {
    const auto local = since_boot_.count() + world.count() + world.count() / 1'000'000 * drift_;
    return {base::Mono(Duration(local)), wall_ + world.count() / 1'000'000};
  }
  void jump(base::WallMs by) { wall_ += by; }

 private:
  Duration since_boot_;
  std::int64_t drift_;
  base::WallMs wall_;  // at the world's beginning
};

class Node : public Receiver {
 public:
  static constexpr std::int64_t kDriftMax = 5'000;  // parts per million: half of the margin of 1 %

  struct Life {
    // Opens the disk and starts the core. Throws std::runtime_error if the disk cannot be opened.
    std::function<std::unique_ptr<base::Core>(base::Now)> make;
    std::function<void()> gone;                              // the core is destroyed; the disk keeps what was durable
    std::function<void(const std::string& reason)> stopped;  // the core ended itself
    std::function<void(const std::string& reason)> failed;   // its disk ended it, or did not let it start
    std::function<void()> settled;                           // after every round; for checkers
    std::function<void(const base::Endpoint&)> follow;       // subscribes to a broker from now on
  };

  Node(World& world, Network& network, std::string name, Life life, std::int64_t drift_max = kDriftMax);

  void start();
  void crash();
  void fail(const std::string& reason);  // its disk ends it
  void stop();                           // SIGTERM
  void pause(Duration length);
  // While it is deaf, in this life and later ones, nothing that others send arrives, but what it sends does.
  void deafen(bool deaf) { deaf_ = deaf; }
  void jump_wall(base::WallMs by) { clock_.jump(by); }
  // An act of the process itself, carried out in its next round; lost if the process dies first.
  void act(std::function<void(base::Core&, base::Turn)> act);
  void arrive(Arrival arrival) override;

  bool is_up() const { return core_ != nullptr; }
  bool is_paused() const { return world_.now() < paused_until_; }
  base::Core& core() { return *core_; }
  const std::string& name() const { return name_; }
  NodeNo number() const { return number_; }
  base::Now now() const { return clock_.at(world_.now()); }
  // The last heartbeat that it published in this life, encoded.
  const base::Bytes& last_beat() const { return last_beat_; }
  const std::vector<msg::Counter>& last_counters() const { return last_counters_; }
  // When the reply that the core got last left its sender.
  Duration reply_sent() const { return reply_sent_; }

 private:
  void wake(Duration delay);
  void tick_later();
  void round();
  void one_round(base::Outbox& out);
  void shuffle_sockets();
  void tell_arrivals(base::Outbox& out);
  void tell(const Arrival& arrival, base::Outbox& out);
  void tick(base::Outbox& out);
  void carry_out(base::Outbox& out);
  void keep_beat(const base::Bytes& payload);
  void end();

  World& world_;
  Network& network_;
  std::string name_;
  Life hooks_;
  NodeNo number_;
  Clock clock_;
  std::unique_ptr<base::Core> core_;
  std::uint64_t life_ = 0;  // number of the start; a new one voids older plans
  std::deque<Arrival> inbox_;
  bool round_due_ = false;
  bool tick_due_ = false;
  bool deaf_ = false;
  Duration paused_until_{};
  base::Bytes last_beat_;
  std::vector<msg::Counter> last_counters_;
  Duration reply_sent_{};
};

}  // namespace sim
