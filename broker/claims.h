// Claims: each broker says in the shared journal which blocks its archive has. From these claims follows which blocks
// may leave the journal (DESIGN 8, ADR 24).
//
// A number alone proves nothing: the archive may have another history of the store, and two brokers may share a name or
// an archive. So a claim names its last block by number and hash, and the disk by a random id that is kept in the
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
  base::BlockNo block;  // the last block that is durable in the archive; 0: there is none
  msg::Hash hash;       // of that block
  std::string disk;     // the archive's id; empty: an older release wrote the claim, with the number alone
};

// "BLOCK HASH DISK". An older release reads only the number.
std::string text_of(const Claim& claim);
// Parses a claim. A text that it does not understand is a claim of no blocks.
Claim claim_of(std::string_view text);

// The hash of a block, if the journal still has the block.
using HashOf = std::function<std::optional<msg::Hash>(base::BlockNo)>;
// The last block that more than half of the archives have; 0 if there is none. A claim counts as no blocks if its block
// is not in the journal under its hash, if it names no disk, or if its disk was counted already.
base::BlockNo majority_has(const std::vector<Claim>& claims, const HashOf& hash_of);

// The claim that a broker puts under its name in place of `there`; nothing if it puts none. `has` is what its archive
// has. `joined` says that the archive was compared with the journal. Before that the broker claims no new block, but a
// name without a claim gets one of no blocks, so that the broker counts. A broker that `began_empty` may also claim no
// blocks in place of another archive.
std::optional<Claim> to_claim(const std::optional<Claim>& there, const Claim& has, bool joined, bool began_empty);

// A broker's name, under which its claim is put. It decides whether this broker may put its own claim there.
//
// Every broker renews its claim in each round. So if a claim of another disk changes, another broker with the same name
// is running. (Rarely it is the last claim of a process that has died; then the next start sees no change.) If it stays
// the same for kSilent, its disk is gone, and the claim is replaced.
class Name {
 public:
  static constexpr base::Duration kSilent = std::chrono::seconds(15);
  enum class Is { kOurs, kInDoubt, kAnothers };

  explicit Name(std::string disk) : disk_(std::move(disk)) {}
  // `there` is the claim under the name, which was put at `revision`.
  Is look(const std::optional<Claim>& there, std::int64_t revision, base::Mono now);
  // Our claim was put.
  void used() { used_ = true; }

 private:
  const std::string disk_;
  bool used_ = false;
  std::int64_t revision_ = 0;  // of another disk's claim, when it was first seen
  base::Mono since_{};
};

}  // namespace broker
