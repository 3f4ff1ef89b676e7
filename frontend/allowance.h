// Allowance: how many keys a client may have voided, or how many acts it may note. `outcome` of an unused key writes an
// event that the store keeps for ever (G3), so a client that asks for random keys could fill the stream. `note` does
// the same for whoever has the token of an operator.
//
// Each credential may ask kBurst times at once and kPerSecond times a second afterwards. All clients without a
// credential share one such allowance of kShared times that size, because nobody can tell them apart. Bounds: one entry
// for each credential that has used some of its allowance; a full one is forgotten. Threads: none; owned by a frontend
// core. Tests: tests/frontend/allowance_test.cpp.
#pragma once

#include <map>

#include "base/ids.h"
#include "base/time.h"

namespace frontend {

class Allowance {
 public:
  static constexpr std::int64_t kBurst = 2'048;  // as many requests as a client may have under way
  static constexpr std::int64_t kPerSecond = 20;
  static constexpr std::int64_t kShared = 8;

  // `by`: the client's credential; 0: it has none. Returns false if its allowance is used up.
  bool take(base::Seq by, base::Mono now);
  std::size_t size() const { return used_.size(); }

 private:
  struct Used {
    std::int64_t times;
    base::Mono since;  // when `times` was right
  };
  void refill(base::Mono now);

  std::map<base::Seq, Used> used_;
  base::Mono refilled_{};
};

}  // namespace frontend
