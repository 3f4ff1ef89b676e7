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

}  // namespace history
