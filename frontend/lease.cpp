#include "frontend/lease.h"

#include <algorithm>

namespace frontend {

void Lease::on_asked(std::uint64_t id, base::Mono now) {
  asked_.push_back({id, now});
  if (asked_.size() > kAsked) asked_.pop_front();
}

bool Lease::on_grant(std::uint64_t id, const msg::LeaseReply& grant, base::Seq applied) {
  const auto asked = std::find_if(asked_.begin(), asked_.end(), [&](const Asked& each) { return each.id == id; });
  if (asked == asked_.end() || grant.term < term_) return false;
  term_ = grant.term;
  const auto lease =
      std::chrono::duration_cast<base::Duration>(std::chrono::milliseconds(grant.lease_ms) * (1.0 - drift_margin_));
  early_.push_back({grant.commit, asked->at + lease});
  if (early_.size() > kAsked) early_.pop_front();
  asked_.erase(asked);
  on_applied(applied);
  return true;
}

void Lease::on_applied(base::Seq applied) {
  std::erase_if(early_, [&](const Grant& grant) {
    if (grant.commit > applied) return false;
    until_ = std::max(until_, grant.until);
    return true;
  });
}

std::chrono::milliseconds Lease::age(base::Mono then, base::Mono now) const {
  const std::chrono::duration<double, std::milli> longest = (now - then) / (1.0 - drift_margin_);
  return std::chrono::ceil<std::chrono::milliseconds>(longest);
}

}  // namespace frontend
