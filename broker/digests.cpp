#include "broker/digests.h"

#include <algorithm>

#include "base/log.h"

namespace broker {
namespace {

// The largest group, or end() if another group is as large.
template <class Groups>
typename Groups::const_iterator majority(const Groups& groups) {
  auto best = groups.end();
  bool alone = false;
  for (auto group = groups.begin(); group != groups.end(); ++group) {
    if (best == groups.end() || group->second.size() > best->second.size()) {
      best = group;
      alone = true;
    } else if (group->second.size() == best->second.size()) {
      alone = false;
    }
  }
  return alone ? best : groups.end();
}

}  // namespace

void Digests::heard(const msg::Heartbeat& beat) {
  if (!members_.empty() && members_.count(beat.instance) == 0) return;
  if (beat.diverged) {
    return accuse(beat.instance, {.incarnation = beat.incarnation}, Verdict::kGuilty,
                  fmt::format("it says so itself: {}", *beat.diverged));
  }
  if (beat.digest) note(others_, beat, *beat.digest);
  if (beat.round_digest && beat.round_digest->seq.value() % msg::kDigestEvery == 0) {
    note(rounds_, beat, *beat.round_digest);
  }
}

std::vector<std::string> Digests::diverged() const {
  std::vector<std::string> names;
  for (const auto& [instance, divergence] : diverged_) names.push_back(instance);
  return names;
}

std::optional<std::vector<msg::Life>> Digests::guilty() const {
  std::vector<msg::Life> guilty;
  for (const auto& [instance, divergence] : diverged_) {
    if (divergence.verdict == Verdict::kGuilty) guilty.push_back({instance, divergence.incarnation});
  }
  return guilty.empty() || members_.empty() ? std::nullopt : std::optional(std::move(guilty));
}

void Digests::note(Table& table, const msg::Heartbeat& beat, const msg::DigestAt& digest) {
  if (!digest.seq) return;
  const bool full = table.size() >= kSeqsMax;
  if (full && digest.seq < table.begin()->first) return;
  Report report{beat.incarnation, digest.items, std::nullopt};
  if (beat.role == msg::Role::kOrder) report.orders = digest.orders;
  auto& reports = table[digest.seq];
  if (reports.size() >= kReportsMax && reports.count(beat.instance) == 0) return;
  auto& known = reports[beat.instance];
  const bool news = !(known == report);
  known = report;
  // An old digest is compared, too: another view may have reached this seq since.
  if (rebuilt(reports, beat.instance)) {
    base::log::info("{} agrees with the other views again", beat.instance);
    diverged_.erase(beat.instance);
  }
  if (!news) return;
  compare(digest.seq, reports, "items", [](const Report& each) { return std::optional(each.items); });
  compare(digest.seq, reports, "orders", [](const Report& each) { return each.orders; });
  if (table.size() > kSeqsMax) table.erase(table.begin());
}

// If all views have diverged, two that were both restarted vouch for each other, because there may be no other view
// left.
bool Digests::rebuilt(const Reports& reports, const std::string& instance) const {
  const auto accused = [&](const std::string& name, const Report& report) {
    const auto found = diverged_.find(name);
    return found != diverged_.end() && found->second.incarnation == report.incarnation;
  };
  const auto& report = reports.at(instance);
  if (!diverged(instance) || accused(instance, report)) return false;
  return std::any_of(reports.begin(), reports.end(), [&](const auto& other) {
    return other.first != instance && !accused(other.first, other.second) && other.second.items == report.items &&
           (!report.orders || !other.second.orders || other.second.orders == report.orders);
  });
}

template <class Part>
void Digests::compare(base::Seq seq, const Reports& reports, std::string_view what, Part part) {
  std::map<std::uint64_t, std::vector<std::string>> groups;
  for (const auto& [instance, report] : reports) {
    const auto found = diverged_.find(instance);
    const bool guilty = found != diverged_.end() && found->second.verdict == Verdict::kGuilty;
    if (const auto value = part(report); value && !guilty) groups[*value].push_back(instance);
  }
  if (groups.size() < 2) return;
  const auto right = majority(groups);
  const bool decided = right != groups.end();
  for (auto group = groups.begin(); group != groups.end(); ++group) {
    for (const auto& instance : group->second) {
      if (group == right) {
        diverged_.erase(instance);
        continue;
      }
      accuse(instance, reports.at(instance), decided ? Verdict::kGuilty : Verdict::kSuspect,
             fmt::format("the digest of its {} at seq {} is {:016x}, {} have another", what, seq, group->first,
                         decided ? "most others" : "others"));
    }
  }
}

void Digests::accuse(const std::string& instance, const Report& report, Verdict verdict, const std::string& why) {
  const auto found = diverged_.find(instance);
  const bool news = found == diverged_.end() || found->second.verdict != verdict;
  diverged_[instance] = {verdict, report.incarnation};
  if (!news) return;
  if (verdict == Verdict::kGuilty) {
    base::log::error("{} has DIVERGED: {}", instance, why);
  } else {
    base::log::error("{} or another has DIVERGED: {}, and no majority agrees", instance, why);
  }
}

}  // namespace broker
