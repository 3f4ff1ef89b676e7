// Allowance: how many keys a client may have voided, or how many acts it may note. `outcome` of an unused key writes an
// event that the store keeps for ever (G3), so a client that asks for random keys could fill the stream. `note` does
// the same for whoever has the token of an operator.
//
// Each credential may ask kBurst times at once and kPerSecond times a second afterwards, and so may each key or
// connection without a credential. All clients without a credential also share one such allowance of kShared times that
// size, because a client may open many connections. Bounds: one entry for each that has used some of its allowance; a
// full one is forgotten. Threads: none; owned by a frontend core. Tests: tests/frontend/allowance_test.cpp.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "base/ids.h"
#include "base/time.h"

namespace frontend {

class Allowance {
 public:
  static constexpr std::int64_t kBurst = 2'048;  // as many requests as a client may have under way
  static constexpr std::int64_t kPerSecond = 20;
  static constexpr std::int64_t kShared = 8;
  static constexpr base::Duration kRefillEvery = std::chrono::seconds(1);

  // `by`: the client's credential; 0: it has none. `client`: names a client without a credential; empty: somebody who
  // asks for many, who has a part of the shared allowance only. Returns false if the allowance is used up.
  bool take(base::Seq by, const std::string& client, base::Mono now);
  std::size_t size() const { return used_.size(); }

 private:
  struct Used {
    std::int64_t times;
    base::Mono since;  // when `times` was right
  };
  using Key = std::pair<base::Seq, std::string>;  // neither: all clients without a credential
  static std::int64_t size_of(const Key& key) { return key == Key() ? kShared : 1; }
  Used& used(const Key& key, base::Mono now) { return used_.try_emplace(key, Used{0, now}).first->second; }
  void refill(base::Mono now);

  std::map<Key, Used> used_;
  base::Mono refilled_{};
};

}  // namespace frontend
