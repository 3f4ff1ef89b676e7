#include "history/shrink.h"

namespace history {
namespace {

constexpr std::size_t kSingly = 400;  // in a group of more parts, single ones are not tried

class Shrinker {
 public:
  Shrinker(const Group& group, std::uint64_t work_max, std::uint64_t& work)
      : group_(group), work_max_(work_max), work_(work) {}

  Group run() {
    cut_end();
    cut_beginning();
    if (group_.parts.size() <= kSingly) leave_out();
    return std::move(group_);
  }

 private:
  bool has_none(const Group& group) {
    Search search(group, Seqs::kBinding, work_max_);
    const auto result = search.run();
    work_ += search.work();
    return result == Ordered::kNo;
  }

  template <class Keep>
  Group only(Keep keep) const {
    Group group{group_.items, {}, group_.touches, group_.shelves};
    for (const auto& part : group_.parts) {
      auto copy = part;
      if (keep(copy)) group.parts.push_back(copy);
    }
    return group;
  }

  std::vector<Time> ends() const {
    std::vector<Time> all;
    for (const auto& part : group_.parts) {
      if (part.returned != kNever) all.push_back(part.returned);
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }

  // The parts as they are known at this time. A write that has not ended may have happened.
  Group until(Time time) const {
    base::Seq seen;
    for (const auto& part : group_.parts) {
      if (!part.is_effect && part.returned <= time) seen = std::max(seen, group_.touches[part.touch].version);
    }
    return only([&](Part& part) {
      if (part.returned <= time) return true;
      part.returned = kNever;
      return part.is_effect && (part.invoked <= time || (part.seq && part.seq <= seen));
    });
  }

  // Removes parts that ended before this time, except for writes after the first version that is still seen.
  Group since(Time time) const {
    auto seen = base::Seq(std::numeric_limits<std::uint64_t>::max());
    for (const auto& part : group_.parts) {
      const auto version = group_.touches[part.touch].version;
      if (!part.is_effect && part.returned >= time && version) seen = std::min(seen, version);
    }
    return only([&](const Part& part) {
      if (part.expires && part.latest && part.latest < seen) return false;
      return part.returned >= time || (part.is_effect && std::max(part.seq, part.latest) >= seen);
    });
  }

  // Each try costs a search, so the place is found by bisection.
  void cut_end() {
    const auto times = ends();
    std::size_t has = 0;  // there is an order up to times[has - 1]
    std::size_t none = times.size();
    while (none - has > 1) {
      const auto middle = (has + none) / 2;
      (has_none(until(times[middle - 1])) ? none : has) = middle;
    }
    if (none < times.size()) group_ = until(times[none - 1]);
  }

  void cut_beginning() {
    const auto times = ends();
    std::size_t none = 0;
    std::size_t has = times.size();
    while (has > none + 1) {
      const auto middle = (has + none) / 2;
      (has_none(since(times[middle])) ? none : has) = middle;
    }
    if (none > 0) group_ = since(times[none]);
  }

  void leave_out() {
    for (std::size_t i = group_.parts.size(); i-- > 0;) {
      if (group_.parts[i].is_effect) continue;
      auto fewer = group_;
      fewer.parts.erase(fewer.parts.begin() + static_cast<std::ptrdiff_t>(i));
      if (has_none(fewer)) group_ = std::move(fewer);
    }
  }

  Group group_;
  std::uint64_t work_max_;
  std::uint64_t& work_;
};

}  // namespace

Group shrink(const Group& group, std::uint64_t work_max, std::uint64_t& work) {
  return Shrinker(group, work_max, work).run();
}

}  // namespace history
