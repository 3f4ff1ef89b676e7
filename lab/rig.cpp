#include "lab/rig.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "base/notice.h"
#include "json/status.h"

namespace lab {
namespace {

constexpr base::Duration kPatience = std::chrono::seconds(60);   // for one request
constexpr base::Duration kLevelWait = std::chrono::seconds(60);  // for a state of the store
constexpr base::Duration kAskAgain = std::chrono::milliseconds(10);
const std::uint64_t kCacheBytes = up::UpOptions().cache_bytes;

client::Config config_of(std::vector<base::Endpoint> frontends, std::size_t first, bool alone) {
  if (alone) frontends = {frontends.at(first % frontends.size())};
  client::Config config;
  config.first = first % frontends.size();
  config.frontends = std::move(frontends);
  config.timeout = kPatience;
  return config;
}

bool is_view(const msg::Seen& seen) {
  return seen.beat.role == msg::Role::kCatalog || seen.beat.role == msg::Role::kOrder;
}

bool is_live(const msg::Seen& seen) {
  return seen.age_ms <= json::kSilentMs && seen.beat.state == msg::State::kLive && seen.beat.digest;
}

bool are_alike(const msg::Heartbeat& a, const msg::Heartbeat& b) {
  return a.applied == b.applied && a.digest->items == b.digest->items &&
         (a.role != b.role || a.digest->orders == b.digest->orders);
}

}  // namespace

const char* word(Cache cache) {
  switch (cache) {
    case Cache::kOn:
      return "cache";
    case Cache::kOff:
      return "no cache";
    case Cache::kSmall:
      return "small cache";
  }
  return "";
}

Rig::Rig(const LabTask& task) : task_(task), terminal_(isatty(STDERR_FILENO) == 1) {
  if (!task.frontends.empty()) return;
  up::UpOptions options;
  options.port_base = task.port_base;
  options.http = "off";
  own_.emplace("lab", std::move(options), [this] { go_on(); });
}

Rig::~Rig() { be_quiet(); }

void Rig::use(Cache cache) {
  cache_ = cache;
  if (!own_) return;
  say(fmt::format("starting a store ({})", word(cache)));
  own_->start(cache == Cache::kOff ? 0 : kCacheBytes, cache == Cache::kSmall ? task_.cache_items : 0);
}

std::vector<base::Endpoint> Rig::frontends() const { return own_ ? own_->frontends() : task_.frontends; }

void Rig::say(const std::string& what) {
  if (terminal_) {
    base::notice("\r\033[Klab: {}", what);
  } else {
    base::notice("lab: {}\n", what);
  }
}

void Rig::count(const std::string& what, unsigned done) {
  constexpr unsigned kShowEvery = 50;
  if (terminal_ && done % kShowEvery == 0) say(fmt::format("{}: {} of {}", what, done, task_.requests));
}

void Rig::be_quiet() {
  if (terminal_) base::notice("\r\033[K");
}

void Rig::go_on() const {
  if (interruption_.came()) throw Interrupted{};
}

Shopper::Shopper(const Rig& rig, std::size_t first, bool alone)
    : rig_(rig),
      options_{.fresh = rig.is_fresh(), .trace = true},
      client_(config_of(rig.frontends(), first, alone)),
      random_(rig.task().seed + first) {
  must(msg::Status{});  // makes the connection, so that its time is not measured
}

void Shopper::refuse(const msg::Refusal& refusal) {
  throw std::runtime_error(
      fmt::format("the store refused a request: {}: {}", msg::word(refusal.code), refusal.message));
}

Goods::Goods(const Rig& rig, std::size_t count, std::int64_t pieces) : keeper_(rig), goods_(keeper_.client(), nullptr) {
  if (const auto refusal = goods_.bring(count, base::Quantity(pieces))) {
    throw std::runtime_error(fmt::format("the store takes no goods for the experiments: {}", refusal->message));
  }
}

Goods::~Goods() {
  try {
    if (const auto left = goods_.take_back())
      base::notice("pygmy: pieces of the topic bench stay: {}\n", left->message);
  } catch (const std::exception& error) {
    base::notice("pygmy: pieces of the topic bench stay: {}\n", error.what());
  }
}

base::ItemId Goods::any(base::Random& random) const { return items()[random.below(items().size())].id; }

msg::PlaceOrder one_piece(base::ItemId item) {
  msg::PlaceOrder request;
  request.key = base::new_key();
  request.lines.push_back({item, base::Quantity(1), {}});
  return request;
}

msg::Search all_goods() { return {.topic = tasks::BenchGoods::kTopic}; }

std::deque<Shopper> several(const Rig& rig, unsigned count) {
  std::deque<Shopper> shoppers;
  for (unsigned i = 0; i < count; ++i) shoppers.emplace_back(rig, i);
  return shoppers;
}

bool wait_for(Shopper& shopper, const std::function<bool(const msg::StatusReply&)>& done) {
  const auto give_up = base::now().mono + kLevelWait;
  while (base::now().mono < give_up) {
    const auto status = shopper.ask(msg::Status{});
    if (status.ok() && done(*status)) return true;
    std::this_thread::sleep_for(kAskAgain);
  }
  return false;
}

bool wait_until_alike(Shopper& shopper, std::size_t count) {
  return wait_for(shopper, [&](const msg::StatusReply& status) {
    std::vector<const msg::Heartbeat*> views;
    for (const auto& seen : status.processes) {
      if (is_view(seen) && is_live(seen)) views.push_back(&seen.beat);
    }
    const auto like_all = [&](const auto* a) {
      return std::all_of(views.begin(), views.end(), [&](const auto* b) { return are_alike(*a, *b); });
    };
    return views.size() == count && std::all_of(views.begin(), views.end(), like_all);
  });
}

}  // namespace lab
