#include "tests/sim/node.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/check.h"
#include "msg/codec.h"

namespace sim {
namespace {

Clock some_clock(World& world, std::int64_t drift_max) {
  const auto range = static_cast<std::uint64_t>(2 * drift_max + 1);
  const auto drift = static_cast<std::int64_t>(world.random().below(range)) - drift_max;
  const auto wall = Clock::kBegan + static_cast<base::WallMs>(world.random().below(10'000));
  return {world.some(100s, 100'000s), drift, wall};
}

// Returns whether the heartbeat is the process's own, not a relayed one. A heartbeat begins with role and instance.
bool is_own_beat(const std::string& name, const base::Publication& publication) {
  if (publication.topic != msg::kHeartbeatTopic) return false;
  return publication.payload.substr(0, 64).find(name) != std::string::npos;
}

}  // namespace

Node::Node(World& world, Network& network, std::string name, Life life, std::int64_t drift_max)
    : world_(world),
      network_(network),
      name_(std::move(name)),
      hooks_(std::move(life)),
      number_(network.join(name_, *this)),
      clock_(some_clock(world, drift_max)) {}

void Node::start() {
  CHECK(!core_, "{} runs already", name_);
  world_.tell("{} starts", name_);
  ++life_;
  round_due_ = tick_due_ = false;
  last_beat_.clear();
  last_counters_.clear();
  paused_until_ = {};
  network_.up(number_);
  try {
    core_ = hooks_.make(now());
  } catch (const std::runtime_error& error) {
    return fail(error.what());
  }
  tick_later();
}

void Node::crash() {
  if (!core_) return;
  world_.tell("{} is killed", name_);
  end();
}

void Node::fail(const std::string& reason) {
  world_.tell("{} ends: {}", name_, reason);
  end();
  hooks_.failed(reason);
}

void Node::end() {
  ++life_;
  network_.down(number_);
  inbox_.clear();
  core_.reset();
  if (hooks_.gone) hooks_.gone();
}

void Node::stop() {
  world_.tell("{} gets SIGTERM", name_);
  act([](base::Core& core, base::Turn turn) { core.on_stop(turn); });
}

void Node::pause(Duration length) {
  if (!core_) return;
  world_.tell("{} pauses for {} ms", name_, base::millis(length));
  paused_until_ = std::max(paused_until_, world_.now() + length);
  world_.after(length, [this, life = life_] {
    if (life == life_) wake(0ns);
  });
}

void Node::act(std::function<void(base::Core&, base::Turn)> act) {
  arrive({.kind = Arrival::Kind::kAct, .act = std::move(act)});
}

void Node::arrive(Arrival arrival) {
  if (!core_ || (deaf_ && arrival.kind != Arrival::Kind::kAct)) return;
  inbox_.push_back(std::move(arrival));
  wake(world_.some(0ns, 60us));
}

void Node::wake(Duration delay) {
  if (round_due_ || is_paused()) return;
  round_due_ = true;
  world_.after(delay, [this, life = life_] {
    if (life != life_) return;
    round_due_ = false;
    round();
  });
}

void Node::tick_later() {
  world_.after(base::kTick, [this, life = life_] {
    if (life != life_) return;
    tick_due_ = true;
    wake(0ns);
    tick_later();
  });
}

void Node::round() {
  if (is_paused()) return;
  base::Outbox out;
  try {
    one_round(out);
  } catch (const std::runtime_error& error) {
    return fail(error.what());
  }
  carry_out(out);
  if (hooks_.settled) hooks_.settled();
  if (out.stopped()) {
    const std::string reason = *out.stopped();
    world_.tell("{} stops itself {}", name_, reason);
    end();
    if (hooks_.stopped) hooks_.stopped(reason);
  } else if (!inbox_.empty()) {
    wake(world_.some(0ns, 60us));
  }
}

void Node::one_round(base::Outbox& out) {
  const bool tick_first = world_.chance(0.5);
  if (tick_due_ && tick_first) tick(out);
  tell_arrivals(out);
  if (tick_due_ && !tick_first) tick(out);
  core_->on_settled({now(), out});
}

void Node::tick(base::Outbox& out) {
  tick_due_ = false;
  core_->on_tick({now(), out});
}

// A poll may find several sockets readable and reads them in its own order, not in the order of arrival.
void Node::shuffle_sockets() {
  std::array<int, 4> rank{0, 1, 2, 3};
  for (std::size_t i = 3; i > 0; --i) std::swap(rank[i], rank[world_.one_of(i + 1)]);
  const auto of = [&](const Arrival& arrival) { return rank[static_cast<std::size_t>(arrival.kind)]; };
  std::stable_sort(inbox_.begin(), inbox_.end(), [&](const auto& a, const auto& b) { return of(a) < of(b); });
}

void Node::tell_arrivals(base::Outbox& out) {
  if (inbox_.size() > 1 && world_.chance(0.5)) shuffle_sockets();
  const std::size_t count = world_.chance(0.2) ? 1 : inbox_.size();
  for (std::size_t i = 0; i < count && !inbox_.empty(); ++i) {
    const Arrival arrival = std::move(inbox_.front());
    inbox_.pop_front();
    tell(arrival, out);
  }
}

void Node::tell(const Arrival& arrival, base::Outbox& out) {
  world_.mix(static_cast<std::uint64_t>(world_.now().count()) ^ (number_ << 56));
  if (arrival.bytes) world_.mix(std::hash<std::string>()(*arrival.bytes));
  switch (arrival.kind) {
    case Arrival::Kind::kRequest:
      return core_->on_request(arrival.from, *arrival.bytes, {now(), out, arrival.sender.get()});
    case Arrival::Kind::kReply:
      reply_sent_ = arrival.sent;
      return core_->on_reply(arrival.endpoint, *arrival.bytes, {now(), out});
    case Arrival::Kind::kPublished:
      return core_->on_published(arrival.topic, *arrival.bytes, {now(), out, arrival.sender.get()});
    case Arrival::Kind::kAct:
      return arrival.act(*core_, {now(), out});
  }
}

void Node::keep_beat(const base::Bytes& payload) {
  last_beat_ = payload;
  auto beat = msg::decode<msg::Heartbeat>(payload);
  if (beat && !beat->counters.empty()) last_counters_ = std::move(beat->counters);
}

void Node::carry_out(base::Outbox& out) {
  for (auto& [to, frames] : out.replies()) {
    for (auto& frame : frames) network_.reply(number_, to, std::move(frame));
  }
  for (auto& [to, frames] : out.sends()) {
    for (auto& frame : frames) network_.send(number_, to, std::move(frame));
  }
  for (auto& publication : out.publications()) {
    if (is_own_beat(name_, publication)) keep_beat(publication.payload);
    network_.publish(number_, std::move(publication));
  }
  for (const auto& endpoint : out.hang_ups()) network_.hang_up(number_, endpoint);
  for (const auto& broker : out.follows()) hooks_.follow(broker);
}

}  // namespace sim
