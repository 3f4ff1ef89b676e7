// Scrub: reads the blocks that a broker keeps again and again, slowly, and finds one that the disk has changed.
//
// Blocks that nobody asks for can lie damaged for years, until a new replica or a restore needs them. A pass goes from
// the first block that is kept to the last one, and checks the hash of each, and that it follows the one before. It
// ends at the first block that is wrong: what is there tells no more where the next one is. The next pass begins after
// kRest, and a pass that finds nothing withdraws what was found before.
//
// Bounds: kBytesPerSecond, kStepBytes (or one block) in a call. Threads: none. Tests: tests/broker/scrub_test.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/core.h"
#include "base/result.h"
#include "broker/journal.h"
#include "msg/identity.h"

namespace broker {

class Scrub {
 public:
  static constexpr std::size_t kBytesPerSecond = 1024 * 1024;
  static constexpr std::size_t kStepBytes = 64 * 1024;
  static constexpr base::Duration kRest = std::chrono::minutes(10);

  // As Journal::look.
  using Look =
      std::function<base::Result<std::vector<base::Bytes>>(base::Seq from, base::Seq to, std::size_t bytes_max)>;
  Scrub(Kept kept, Look look) : kept_(std::move(kept)), look_(std::move(look)) {}

  // `begins`: the first seq that is kept, `end`: the last one.
  void on_tick(base::Mono now, base::Seq begins, base::Seq end);
  // The block that is wrong, and what to do.
  const std::optional<std::string>& finding() const { return finding_; }
  void count(base::Counters& counters) const;

 private:
  void step(base::Mono now, base::Seq begins, base::Seq end);
  // What is wrong with the next block; nothing: it was taken.
  std::optional<std::string> fault_of(base::BytesView bytes);
  void found(const std::string& fault);
  void end_pass(base::Mono now);

  const Kept kept_;
  const Look look_;
  base::Seq next_{1};
  std::optional<msg::Block> before_;  // the block that was taken last in this pass
  base::Mono due_{};
  std::uint64_t passes_ = 0;
  std::uint64_t bytes_ = 0;
  std::optional<std::string> finding_;
};

}  // namespace broker
