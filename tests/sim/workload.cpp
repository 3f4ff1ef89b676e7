#include "tests/sim/workload.h"

#include <algorithm>
#include <array>

#include "ledger/command.h"
#include "tests/support/collide.h"

namespace sim {
namespace {

constexpr std::size_t kRecentWrites = 30;  // these are tried again

}  // namespace

Workload::Workload(Cluster& cluster) : cluster_(cluster), world_(cluster.world()) {
  cluster_.client_started = [this](const std::string& client) { began_again(client); };
}

const std::vector<Workload::Kind>& Workload::kinds() {
  static const std::vector<Kind> kKinds{{22, &Workload::lookup},
                                        {4, &Workload::lookup_title},
                                        {8, &Workload::search},
                                        {14, &Workload::buy},
                                        {16, &Workload::buy_hot},
                                        {3, &Workload::sell},
                                        {6, &Workload::cancel},
                                        {7, &Workload::hold, Part::kHolds},
                                        {5, &Workload::confirm, Part::kHolds},
                                        {2, &Workload::extend, Part::kHolds},
                                        {2, &Workload::release, Part::kHolds},
                                        {2, &Workload::show_hold, Part::kHolds},
                                        {2, &Workload::holds, Part::kHolds},
                                        {8, &Workload::restock},
                                        {3, &Workload::count},
                                        {9, &Workload::transfer, Part::kPlaces},
                                        {5, &Workload::movements},
                                        {4, &Workload::price},
                                        {5, &Workload::edit, Part::kEdits},
                                        {4, &Workload::subscribe, Part::kSubscriptions},
                                        {6, &Workload::acknowledge, Part::kSubscriptions},
                                        {1, &Workload::unsubscribe, Part::kSubscriptions},
                                        {3, &Workload::subscriptions, Part::kSubscriptions},
                                        {2, &Workload::add},
                                        {5, &Workload::order},
                                        {4, &Workload::orders},
                                        {6, &Workload::events},
                                        {4, &Workload::again},
                                        {2, &Workload::outcome},
                                        {3, &Workload::other_with_used_key},
                                        {1, &Workload::same_short_digest},
                                        {1, &Workload::outcome_of_new_key}};
  return kKinds;
}

void Workload::start(bool hurried) {
  running_ = true;
  hurried_ = hurried;
  if (world_.chance(0.5)) parts_.insert(Part::kHolds);
  if (world_.chance(0.3)) parts_.insert(Part::kEdits);
  if (has(Part::kEdits) && world_.chance(0.7)) parts_.insert(Part::kPlaces);
  if (world_.chance(0.4)) parts_.insert(Part::kSubscriptions);
  for (const auto& client : cluster_.clients()) begin(client);
  for (const auto& frontend : cluster_.names("frontend")) look_up(frontend);
}

void Workload::begin(const std::string& client) {
  doing_[client].takes_old = world_.chance(0.3) ? 0.8 : 0.05;
  for (std::size_t i = 0; i < kSlots; ++i) next(client);
  browse(client);
}

void Workload::began_again(const std::string& client) {
  auto& doing = doing_[client];
  ++doing.life;
  for (const auto& [number, key] : std::exchange(doing.under_way, {})) {
    world_.count("outcome of a vanished client's key");
    cluster_.ask(client, msg::Outcome{key}, {}, {});
  }
  if (running_) begin(client);
}

void Workload::next(const std::string& client) {
  const auto pause = world_.chance(0.7) ? world_.some(0ms, 10ms) : world_.some(10ms, 80ms);
  world_.after(pause, [this, client, life = doing_[client].life] {
    auto& doing = doing_[client];
    if (!running_ || life != doing.life || !cluster_.node(client).is_up()) return;
    auto request = some_request();
    const auto number = ++asked_;
    if (const auto key = key_of(request); !key.empty()) {
      writes_.push_back(request);
      doing.under_way[number] = key;
    }
    client::Options options;
    options.fresh = world_.chance(0.1);
    options.stale_ok_ms = some_age(client);
    if (hurried_ && world_.chance(0.05)) options.timeout = world_.some(60ms, 900ms);
    cluster_.ask(client, std::move(request), options, [this, client, number](const client::Answer&) {
      doing_[client].under_way.erase(number);
      next(client);
    });
  });
}

void Workload::browse(const std::string& client) {
  world_.after(world_.some(2ms, 25ms), [this, client, life = doing_[client].life] {
    if (!running_ || life != doing_[client].life || !cluster_.node(client).is_up()) return;
    client::Options options;
    options.stale_ok_ms = some_age(client);
    if (hurried_) options.timeout = 80ms;
    auto request = world_.chance(0.2) ? lookup_title() : lookup();
    cluster_.ask(client, std::move(request), options, [this, client](const client::Answer&) { browse(client); });
  });
}

void Workload::look_up(const std::string& frontend) {
  world_.after(world_.some(1ms, 20ms), [this, frontend] {
    if (!running_) return;
    cluster_.look_up(frontend, {.item = some_item()});
    look_up(frontend);
  });
}

std::optional<std::uint32_t> Workload::some_age(const std::string& client) {
  if (!world_.chance(doing_[client].takes_old)) return std::nullopt;
  return static_cast<std::uint32_t>(world_.chance(0.5) ? 5000 : 1 + world_.one_of(1000));
}

Request Workload::some_request() {
  unsigned total = 0;
  for (const auto& kind : kinds()) total += may(kind) ? kind.weight : 0;
  auto drawn = world_.random().below(total);
  for (const auto& kind : kinds()) {
    if (!may(kind)) continue;
    if (drawn < kind.weight) return (this->*kind.make)();
    drawn -= kind.weight;
  }
  return lookup();
}

const Request& Workload::some_write() {
  const auto recent = std::min(writes_.size(), kRecentWrites);
  return writes_[writes_.size() - 1 - world_.one_of(recent)];
}

Request Workload::again() { return writes_.empty() ? lookup() : some_write(); }

Request Workload::other_with_used_key() {
  if (writes_.empty()) return lookup();
  static constexpr std::array kOthers{&Workload::buy_hot, &Workload::sell, &Workload::restock, &Workload::count,
                                      &Workload::price,   &Workload::add,  &Workload::cancel};
  auto request = (this->*kOthers[world_.one_of(kOthers.size())])();
  std::visit(
      [&](auto& other) {
        if constexpr (requires { other.key; }) other.key = key_of(some_write());
      },
      request);
  return request;
}

Request Workload::same_short_digest() {
  for (auto write = writes_.rbegin(); write != writes_.rend(); ++write) {
    const auto* restock = std::get_if<msg::Restock>(&*write);
    if (restock) return support::add_with_short_digest(restock->key, ledger::short_digest(*restock));
  }
  return lookup();
}

Request Workload::outcome() { return writes_.empty() ? lookup() : msg::Outcome{key_of(some_write())}; }

Request Workload::outcome_of_new_key() { return msg::Outcome{new_key()}; }

}  // namespace sim
