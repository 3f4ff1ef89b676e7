// Claims: the blocks that the archives of the brokers have, as the brokers say it in the shared journal, and what may
// leave the journal because of them (DESIGN 8, ADR 24).
//
// A number alone proves nothing: the archive may be of another history of the store, and two brokers may share a name
// or an archive. So a claim names its last block by number and hash, and the disk by a random id that lives in the
// archive. Threads: none. Tests: tests/broker/claims_test.cpp.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "msg/block.h"

namespace broker {

struct Claim {
  base::BlockNo block;  // the last one that is durably in the archive; 0: it has none
  msg::Hash hash;       // of that block
  std::string disk;     // the archive's id; empty: written by an older release, which gives the number alone
};

// "BLOCK HASH DISK". An older release reads the number at the front.
std::string text_of(const Claim& claim);
// Of text that this does not understand, a claim of nothing.
Claim claim_of(std::string_view text);

// The hash of a block that the journal still has.
using HashOf = std::function<std::optional<msg::Hash>(base::BlockNo)>;
// The last block that more than half of the archives have; 0 if there is none. A claim counts as nothing if its block
// is not in the journal under its hash, if it names no disk, or if its disk was counted already.
base::BlockNo majority_has(const std::vector<Claim>& claims, const HashOf& hash_of);

// What a broker puts under its name, where `there` stands; nothing: it leaves that alone. `has`: what its archive has.
// `joined`: that was compared with the journal. Before that it claims nothing new, but a name without a claim gets one
// of nothing, so that the broker counts; and a broker that `began_empty` may say so of an archive that took another's
// place.
std::optional<Claim> to_claim(const std::optional<Claim>& there, const Claim& has, bool joined, bool began_empty);

// A broker's name, under which its claim stands: may this broker put its own claim there?
//
// Every broker renews its claim in each round. So a claim of another disk that changes is of a broker that lives: two
// brokers have one name. (Seldom it is the last that a dead process had sent; then the next start finds no change.) One
// that stays the same for kSilent was left by a disk that is gone, and is replaced.
class Name {
 public:
  static constexpr base::Duration kSilent = std::chrono::seconds(15);
  enum class Is { kOurs, kInDoubt, kAnothers };

  explicit Name(std::string disk) : disk_(std::move(disk)) {}
  // `there`: the claim that stands under the name, put at `revision`.
  Is look(const std::optional<Claim>& there, std::int64_t revision, base::Mono now);
  // Our claim was put.
  void used() { used_ = true; }

 private:
  const std::string disk_;
  bool used_ = false;
  std::int64_t revision_ = 0;  // of another disk's claim when it was first seen
  base::Mono since_{};
};

}  // namespace broker
