#include "broker/watermark.h"

#include <algorithm>

#include "base/check.h"

namespace broker {
namespace {

base::Duration with_margin(base::Duration lease, double margin) {
  return lease + base::Duration(static_cast<base::Duration::rep>(static_cast<double>(lease.count()) * margin) + 1);
}

}  // namespace

Watermark::Watermark(Settings settings, const std::vector<msg::Holder>& recorded, base::Duration lease_before,
                     base::Mono opened)
    : settings_(settings) {
  const auto until = opened + with_margin(std::max(settings_.lease, lease_before), settings_.drift_margin);
  for (const auto& holder : recorded) holders_[holder] = Edge{.until = until, .last_heard = opened};
}

void Watermark::joined(const msg::Holder& holder, base::Mono now) {
  CHECK(!records(holder), "{} joins twice", holder.holder);
  holders_[holder] = Edge{.heard = true, .until = now, .last_heard = now};
}

bool Watermark::acknowledged(const msg::Holder& holder, base::Seq applied, base::Mono now) {
  const auto found = holders_.find(holder);
  if (found == holders_.end()) return false;
  auto& edge = found->second;
  edge.acked = std::max(edge.acked, applied);
  edge.heard = true;
  edge.last_heard = now;
  return true;
}

void Watermark::released(const msg::Holder& holder, base::Mono now) {
  const auto found = holders_.find(holder);
  if (found != holders_.end()) found->second.until = std::min(found->second.until, now);
}

std::optional<base::Duration> Watermark::grant(const msg::Holder& holder, base::Seq commit, base::Duration on_record,
                                               base::Mono proved, base::Mono now) {
  const auto found = holders_.find(holder);
  CHECK(found != holders_.end() && found->second.heard, "a lease for {}, which has not asked", holder.holder);
  auto& edge = found->second;
  const auto lease = std::min(settings_.lease, on_record);
  const auto ends = proved + lease;
  if (ends <= now || !keeps_up(edge, commit, now)) return std::nullopt;
  if (edge.until <= now) edge.passed = mark_;
  edge.until = std::max(edge.until, proved + with_margin(lease, settings_.drift_margin));
  return ends - now;
}

bool Watermark::keeps_up(Edge& edge, base::Seq commit, base::Mono now) const {
  if (edge.acked >= edge.owed) edge.owed = {};
  if (!edge.owed && edge.acked < commit) {
    edge.owed = commit;
    edge.owed_since = now;
  }
  if (edge.until <= now && edge.acked.next(kBehindMax) < mark_) return false;
  return !edge.owed || now - edge.owed_since < settings_.lease / 2;
}

std::vector<msg::Holder> Watermark::forget(base::Mono now) {
  std::vector<msg::Holder> gone;
  for (const auto& [holder, edge] : holders_) {
    if (std::max(edge.until, edge.last_heard) + settings_.forget < now) gone.push_back(holder);
  }
  for (const auto& holder : gone) holders_.erase(holder);
  return gone;
}

void Watermark::advance(base::Seq commit, base::Mono now) {
  auto least = commit;
  for (const auto& [holder, edge] : holders_) {
    if (edge.until <= now) continue;
    if (!edge.heard) return;  // rule 4
    least = std::min(least, edge.acked);
  }
  mark_ = std::max(mark_, least);
  CHECK(mark_ <= commit, "W {} has passed the commit seq {}", mark_, commit);
  for (const auto& [holder, edge] : holders_) {
    CHECK(edge.until <= now || mark_ <= std::max(edge.acked, edge.passed), "W {} has passed {} of {}", mark_,
          edge.acked, holder.holder);
  }
}

std::uint32_t Watermark::leased(base::Mono now) const {
  return static_cast<std::uint32_t>(
      std::count_if(holders_.begin(), holders_.end(), [&](const auto& entry) { return entry.second.until > now; }));
}

}  // namespace broker
