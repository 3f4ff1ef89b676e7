// Scrub: slowly reads all blocks that a broker keeps, again and again, and finds a block that the disk has changed.
//
// A block that nobody asks for can stay damaged for years, until a new replica or a restore needs it. A pass goes from
// the first kept block to the last one, and checks each block's hash and whether the block follows the one before it. A
// pass ends at the first damaged block, because that block does not tell reliably where the next one begins. The next
// pass begins kRest later. A pass that finds no damage withdraws the earlier finding.
//
// Bounds: kBytesPerSecond; kStepBytes (or one block) in a call. Threads: none. Tests: tests/broker/scrub_test.cpp.
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

  // As Journal::read.
  using Read =
      std::function<base::Result<std::vector<base::Bytes>>(base::Seq from, base::Seq to, std::size_t bytes_max)>;
  Scrub(Kept kept, Read read) : kept_(std::move(kept)), read_(std::move(read)) {}

  // `begins`: the first seq that is kept. `end`: the last one.
  void on_tick(base::Mono now, base::Seq begins, base::Seq end);
  // The damaged block and its remedy; nothing if the last pass found no damage.
  const std::optional<std::string>& finding() const { return finding_; }
  void count(base::Counters& counters) const;

 private:
  void step(base::Mono now, base::Seq begins, base::Seq end);
  // Returns the fault of the next block, or nothing if the block was taken.
  std::optional<std::string> fault_of(base::BytesView bytes);
  void found(const std::string& fault);
  void end_pass(base::Mono now);

  const Kept kept_;
  const Read read_;
  base::Seq next_{1};
  std::optional<msg::Block> before_;  // the block that was taken last in this pass
  base::Mono due_{};
  std::uint64_t passes_ = 0;
  std::uint64_t bytes_ = 0;
  std::optional<std::string> finding_;
};

}  // namespace broker
