// Findings: collects the violations that the parts of the checker find.
#pragma once

#include <algorithm>
#include <utility>

#include "history/history.h"

namespace history {

class Findings {
 public:
  Findings(const Operations& operations, const Limits& limits, Verdict& verdict)
      : operations_(operations), limits_(limits), verdict_(verdict) {}

  void add(const char* part, std::string why, std::vector<Index> involved, std::optional<msg::ItemId> item = {}) {
    verdict_.result = Result::kViolated;
    if (++verdict_.violations_found > limits_.violations_max) return;
    std::erase(involved, kNobody);
    std::sort(involved.begin(), involved.end(), [this](Index a, Index b) {
      return std::pair(operations_[a].invoked, a) < std::pair(operations_[b].invoked, b);
    });
    involved.erase(std::unique(involved.begin(), involved.end()), involved.end());
    verdict_.violations.push_back({part, std::move(why), item, std::move(involved)});
  }
  bool full() const { return verdict_.violations_found >= limits_.violations_max; }

 private:
  const Operations& operations_;
  const Limits& limits_;
  Verdict& verdict_;
};

// Collects the objections to one operation and its answer alone (asked.h).
class Objections {
 public:
  Objections(Index index, Findings& findings) : index_(index), findings_(findings) {}

  void wrong(std::string why, std::optional<msg::ItemId> item = {}) {
    findings_.add("asked", std::move(why), {index_}, item);
  }
  // A value is beyond all limits, so that nobody may calculate with it.
  void beyond(std::string why, std::optional<msg::ItemId> item = {}) {
    is_within_limits_ = false;
    wrong(std::move(why), item);
  }
  void demand(bool holds, const char* why, std::optional<msg::ItemId> item = {}) {
    if (!holds) wrong(why, item);
  }
  bool is_within_limits() const { return is_within_limits_; }

 private:
  Index index_;
  Findings& findings_;
  bool is_within_limits_ = true;
};

}  // namespace history
