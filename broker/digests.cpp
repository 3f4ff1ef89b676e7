#include "broker/digests.h"

#include <algorithm>

#include "base/log.h"

namespace broker {
namespace {

// Index of the largest group, or nothing if no group is larger than every other.
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

void Digests::note(Table& table, const msg::Heartbeat& beat, const msg::DigestAt& digest) {
  if (!digest.seq) return;
  const bool full = table.size() >= kSeqsMax;
  if (full && digest.seq < table.begin()->first) return;
  Report report{beat.incarnation, digest.items, std::nullopt};
  if (beat.role == msg::Role::kOrder) report.orders = digest.orders;
  auto& reports = table[digest.seq];
  if (reports.size() >= kReportsMax && reports.count(beat.instance) == 0) return;
  auto& known = reports[beat.instance];
  // A heartbeat repeats what the one before told as long as nothing is applied: compare news only.
  if (known.incarnation == report.incarnation && known.items == report.items && known.orders == report.orders) return;
  known = report;
  if (rebuilt(reports, beat.instance)) {
    base::log::info("{} agrees with the other views again", beat.instance);
    diverged_.erase(beat.instance);
  }
  compare(digest.seq, reports, "items", [](const Report& each) { return std::optional(each.items); });
  compare(digest.seq, reports, "orders", [](const Report& each) { return each.orders; });
  if (table.size() > kSeqsMax) table.erase(table.begin());
}

bool Digests::rebuilt(const Reports& reports, const std::string& instance) const {
  const auto found = diverged_.find(instance);
  const auto& report = reports.at(instance);
  if (found == diverged_.end() || found->second.incarnation == report.incarnation) return false;
  return std::any_of(reports.begin(), reports.end(), [&](const auto& other) {
    return other.first != instance && !diverged(other.first) && other.second.items == report.items &&
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
             fmt::format("the digest of its {} at seq {} is {:016x}", what, seq, group->first));
    }
  }
}

void Digests::accuse(const std::string& instance, const Report& report, Verdict verdict, const std::string& why) {
  const auto found = diverged_.find(instance);
  const bool news = found == diverged_.end() || found->second.verdict != verdict;
  diverged_[instance] = {verdict, report.incarnation};
  if (!news) return;
  if (verdict == Verdict::kGuilty) {
    base::log::error(
        "{} has DIVERGED: {}, most others have another; stop it and remove its data, so that it is built anew",
        instance, why);
  } else {
    base::log::error("{} or another has DIVERGED: {}, others have another, and no majority agrees", instance, why);
  }
}

}  // namespace broker
