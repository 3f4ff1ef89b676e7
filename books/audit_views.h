// ViewsAudit: checks that views that have applied the same seq have the same digest (G5). The digests come from the
// heartbeats in a frontend's `status`.
//
// The caller reports heartbeats again and again, because two views are rarely at the same seq at the same moment. All
// digests are kept by seq. The items' part is compared among all views, the orders' part among the order replicas.
// Bounds: at most two digests for each heartbeat. Threads: none. Tests: tests/books/audit_views_test.cpp.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "books/checks.h"
#include "msg/internal.h"

namespace books {

class ViewsAudit {
 public:
  void heard(const msg::Heartbeat& beat) {
    if (beat.leader) {
      for (const auto& instance : beat.leader->diverged) {
        diverged_.emplace(instance, fmt::format("the broker says that {} has diverged", instance));
      }
    }
    if (beat.role != msg::Role::kCatalog && beat.role != msg::Role::kOrder) return;
    if (beat.diverged) {
      diverged_[beat.instance] = fmt::format("{} has diverged: {}", beat.instance, *beat.diverged);
      return;
    }
    if (beat.state == msg::State::kLive) live_.insert(beat.instance);
    if (beat.digest) note(beat, *beat.digest);
    if (beat.round_digest) note(beat, *beat.round_digest);
  }

  // Returns true if every live view was compared with another one, or if fewer than two views are live.
  bool complete() const {
    return live_.size() < 2 || std::includes(compared_.begin(), compared_.end(), live_.begin(), live_.end());
  }

  Check check() const {
    auto faults = faults_;
    for (const auto& [instance, what] : diverged_) faults.add(what);
    if (live_.empty()) faults.add("no catalog or order replica is live");
    if (!complete() && compared_.empty())
      faults.add("no two views were seen at the same seq; try again with less load");
    auto detail = live_.size() < 2 ? std::string("one view, nothing to compare with")
                                   : fmt::format("{} views alike", compared_.size());
    for (const auto& instance : live_) {
      if (live_.size() > 1 && compared_.count(instance) == 0) detail += fmt::format("; {} was not compared", instance);
    }
    return faults.check("digests", detail);
  }

 private:
  void note(const msg::Heartbeat& beat, const msg::DigestAt& at) {
    compare(items_[at.seq], beat.instance, at.items, at.seq, "items");
    if (beat.role == msg::Role::kOrder) compare(orders_[at.seq], beat.instance, at.orders, at.seq, "orders");
  }

  using AtSeq = std::map<std::string, std::uint64_t>;
  void compare(AtSeq& told, const std::string& instance, std::uint64_t digest, base::Seq seq, const char* what) {
    const auto other = std::find_if(told.begin(), told.end(), [&](const auto& each) { return each.first != instance; });
    const auto [mine, is_new] = told.emplace(instance, digest);
    if (mine->second != digest)
      faults_.add(fmt::format("{} reported two digests of its {} at seq {}", instance, what, seq));
    if (!is_new || other == told.end()) return;
    compared_.insert({instance, other->first});
    if (other->second == digest) return;
    faults_.add(fmt::format("{} and {} differ in their {} at seq {}", other->first, instance, what, seq));
  }

  std::map<base::Seq, AtSeq> items_;
  std::map<base::Seq, AtSeq> orders_;
  std::set<std::string> live_;
  std::set<std::string> compared_;
  std::map<std::string, std::string> diverged_;
  Faults faults_;
};

}  // namespace books
