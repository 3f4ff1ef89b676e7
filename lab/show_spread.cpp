// (f): which replica answers each request, while all live, while one is dead, and when it is back.
//
// The replicas count the look-ups that they get, and their heartbeats tell the counts once a second. Between two
// requests the client waits until a count has risen.
#include <fmt/format.h>

#include <csignal>
#include <map>

#include "json/status.h"
#include "lab/experiments.h"
#include "lab/tiers.h"
#include "msg/counters.h"

namespace lab {
namespace {

constexpr unsigned kOfPhase = 5;  // requests, at most; each waits about a second for a heartbeat with counts
constexpr const char* kCount = "requests_lookup";
constexpr const char* kDead = "catalog-2";

using Counts = std::map<std::string, std::uint64_t>;  // by instance

Counts counts_in(const msg::StatusReply& status) {
  Counts counts;
  for (const auto& seen : status.processes) {
    if (seen.beat.role == msg::Role::kCatalog) counts[seen.beat.instance] = msg::counter_of(seen.beat, kCount);
  }
  return counts;
}

// The instances whose count has risen.
std::string risen(const Counts& before, const Counts& now) {
  std::string names;
  for (const auto& [name, count] : now) {
    const auto found = before.find(name);
    if (found != before.end() && count > found->second) names += (names.empty() ? "" : " and ") + name;
  }
  return names;
}

class Paused {  // the process is stopped while this lives: to the others it is dead
 public:
  Paused(const up::OwnStore& store, const char* instance) : store_(store), instance_(instance) {
    store_.signal(instance_, SIGSTOP);
  }
  ~Paused() {
    try {
      store_.signal(instance_, SIGCONT);
    } catch (const std::exception&) {  // it has ended
    }
  }
  Paused(const Paused&) = delete;
  Paused& operator=(const Paused&) = delete;

 private:
  const up::OwnStore& store_;
  const char* instance_;
};

struct Spread {
  Table requests{"f-requests", "request by request", {"request", "phase", "answered by", "ms"}, {}};
  Table sums{"f-sums", "answers of each replica", {"phase", "replica", "answers"}, {}};
  bool all_answered = true;
};

void show_phase(Rig& rig, Shopper& shopper, base::ItemId item, const std::string& phase, Spread& spread) {
  rig.say(fmt::format("(f) {}", phase));
  Counts counts;
  for (unsigned i = 0; i < std::min(kOfPhase, rig.task().requests); ++i) {
    const auto before = counts_in(*shopper.must(msg::Status{}));
    const auto reply = shopper.ask(msg::Lookup{item, {}});
    spread.all_answered = spread.all_answered && reply.ok();
    std::string by;
    wait_for(shopper, [&](const msg::StatusReply& status) { return !(by = risen(before, counts_in(status))).empty(); });
    ++counts[by];
    spread.requests.rows.push_back(
        {std::uint64_t{spread.requests.rows.size() + 1}, phase, by, base::millis(reply.took)});
  }
  for (const auto& [instance, count] : counts) spread.sums.rows.push_back({phase, instance, count});
}

bool is_silent(const msg::StatusReply& status, const std::string& instance) {
  for (const auto& seen : status.processes) {
    if (seen.beat.instance == instance) return seen.age_ms > json::kSilentMs;
  }
  return true;
}

}  // namespace

Section show_spread(Rig& rig) {
  Section section{'f',
                  "",
                  "A client looks one item up again and again, without the cache. First the frontend asks the "
                  "replicas in turn. Then one is stopped as if its machine had died: a request that was sent "
                  "to it goes to the other after 100 ms, and once it is silent no request goes to it. When it "
                  "goes on, requests reach it again.",
                  {},
                  {},
                  {}};
  rig.use(Cache::kOff);
  const Goods goods(rig, 1, 1);
  Shopper shopper(rig, 0, true);
  const auto item = goods.items().front().id;
  Spread spread;
  show_phase(rig, shopper, item, "all live", spread);
  {
    const Paused dead(rig.own(), kDead);
    show_phase(rig, shopper, item, std::string(kDead) + " dead", spread);
    wait_for(shopper, [](const msg::StatusReply& status) { return is_silent(status, kDead); });
    show_phase(rig, shopper, item, std::string(kDead) + " silent", spread);
  }
  wait_for(shopper, [](const msg::StatusReply& status) { return !is_silent(status, kDead); });
  show_phase(rig, shopper, item, std::string(kDead) + " back", spread);
  section.checks = {{"every request was answered", spread.all_answered}};
  section.tables = {std::move(spread.sums), std::move(spread.requests)};
  return section;
}

}  // namespace lab
