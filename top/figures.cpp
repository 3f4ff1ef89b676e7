#include "top/figures.h"

#include <algorithm>

#include "base/counters.h"

namespace top {
namespace {

constexpr std::string_view kRequests = "requests_";

// The work of a process since it started: the requests that came; of a broker, the events that were committed.
std::uint64_t done_by(const msg::Heartbeat& beat) {
  std::uint64_t sum = 0;
  for (const auto& [name, value] : beat.counters) {
    const bool counts =
        beat.role == msg::Role::kBroker ? name == "events" : name.compare(0, kRequests.size(), kRequests) == 0;
    if (counts) sum += value;
  }
  return sum;
}

std::uint64_t bytes_of(const msg::Heartbeat& beat) {
  std::uint64_t sum = 0;
  for (const auto& [name, value] : beat.counters) {
    const auto* declared = base::meaning_of(name).declared;
    if (declared && declared->kind == base::CounterKind::kGauge && name.ends_with("_bytes")) sum += value;
  }
  return sum;
}

// Forgets what is older than the window, but keeps two, so that there is a difference.
template <class Queue, class At>
void forget_old(Queue& queue, base::Mono now, const At& at) {
  while (queue.size() > 2 && at(queue[1]) + Figures::kWindow <= now) queue.pop_front();
}

}  // namespace

void Figures::hear_process(const msg::Heartbeat& beat, base::Mono now) {
  auto [known, is_new] = lives_.try_emplace(beat.instance, Life{beat.incarnation, 0, {}});
  auto& life = known->second;
  if (!is_new && life.incarnation != beat.incarnation) life = {beat.incarnation, life.restarts + 1, {}};
  if (beat.counters.empty()) return;
  life.done.emplace_back(now, done_by(beat));
  forget_old(life.done, now, [](const auto& done) { return done.first; });
}

void Figures::heard(const msg::StatusReply& status, base::Mono now) {
  answered_ = now;
  refusal_.reset();
  status_ = status;
  totals_.push_back(json::totals_of(status, now));
  forget_old(totals_, now, [](const auto& totals) { return totals.at; });
  std::erase_if(lives_, [&](const auto& life) {
    return std::none_of(status.processes.begin(), status.processes.end(),
                        [&](const msg::Seen& seen) { return seen.beat.instance == life.first; });
  });
  for (const auto& seen : status.processes) hear_process(seen.beat, now);
}

void Figures::refused(std::string why) {
  refusal_ = std::move(why);
  totals_.clear();
  for (auto& [instance, life] : lives_) life.done.clear();
}

void Figures::titled(base::ItemId item, std::string title) {
  if (titles_.size() >= kTitlesMax) titles_.clear();
  titles_[item] = std::move(title);
}

std::vector<base::ItemId> Figures::untitled(base::Mono now) {
  std::vector<base::ItemId> items;
  for (const auto& [item, pieces] : hot_.hottest(kHotMax, now)) {
    if (!titles_.contains(item)) items.push_back(item);
  }
  return items;
}

View Figures::view(base::Now now) {
  View view{.at = now.wall, .hot_refusal = hot_refusal_};
  if (refusal_) {
    view.unanswered = now.mono - answered_;
    view.refusal = *refusal_;
  }
  if (has_rates()) view.rates = json::rates_between(totals_.front(), totals_.back());
  for (const auto& [item, pieces] : hot_.hottest(kHotMax, now.mono)) {
    const auto title = titles_.find(item);
    view.hot.push_back({item, title == titles_.end() ? std::string() : title->second, pieces});
  }
  if (!status_) return view;
  view.store = json::status_of(*status_, base::micros(now.mono - answered_) / 1000);
  for (std::size_t i = 0; i < status_->processes.size(); ++i) {
    const auto& seen = status_->processes[i];
    const auto& life = lives_.at(seen.beat.instance);
    Process process{.status = std::move(view.store->processes[i]),
                    .office = json::office_of(seen, *status_),
                    .bytes = bytes_of(seen.beat),
                    .restarts = life.restarts};
    if (life.done.size() > 1 && seen.age_ms <= json::kSilentMs) {
      const auto& [first, last] = std::pair(life.done.front(), life.done.back());
      process.per_s = json::rate(last.second, first.second, last.first - first.first);
    }
    view.processes.push_back(std::move(process));
  }
  view.store->processes.clear();
  return view;
}

}  // namespace top
