#include "broker/scrub.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"

namespace broker {

void Scrub::on_tick(base::Mono now, base::Seq begins, base::Seq end) {
  if (now >= due_ && end) step(now, begins, end);
}

void Scrub::step(base::Mono now, base::Seq begins, base::Seq end) {
  if (next_ < begins) {  // trimmed meanwhile
    next_ = begins;
    before_.reset();
  }
  const auto blocks = read_(next_, end, kStepBytes);
  if (!blocks) {
    found("it cannot be read: " + blocks.error().message);
    return end_pass(now);
  }
  std::size_t bytes = 0;
  for (const auto& each : *blocks) {
    if (const auto fault = fault_of(each)) {
      found(*fault);
      return end_pass(now);
    }
    bytes += each.size();
  }
  bytes_ += bytes;
  due_ = now + std::chrono::microseconds(bytes * 1'000'000 / kBytesPerSecond);
  if (!blocks->empty() && next_ <= end) return;
  if (finding_) base::log::info("{}: all blocks are sound again", kept_.file);
  finding_.reset();
  ++passes_;
  end_pass(now);
}

std::optional<std::string> Scrub::fault_of(base::BytesView bytes) {
  auto block = msg::decode_block(bytes);
  if (!block) return block.error().message;
  const bool joins = !before_ || (block->no == before_->no.next() && block->prev.bytes == before_->hash.bytes);
  if (block->first != next_ || !joins) return fmt::format("there is block {}, from seq {}", block->no, block->first);
  next_ = block->last().next();
  before_ = std::move(*block);
  return std::nullopt;
}

void Scrub::found(const std::string& fault) {
  const auto block = before_ ? fmt::format("block {}, from seq {},", before_->no.next(), next_)
                             : fmt::format("the block from seq {}", next_);
  auto finding = fmt::format(
      "{}: {} is damaged: {}. The disk has changed it since it was acknowledged. Replicas that have "
      "applied it go on; new ones and backups end before it. {}",
      kept_.file, block, fault, kept_.mend);
  if (finding_ != finding) base::log::error("{}", finding);
  finding_ = std::move(finding);
}

void Scrub::end_pass(base::Mono now) {
  next_ = base::Seq(1);
  before_.reset();
  due_ = now + kRest;
}

void Scrub::count(base::Counters& counters) const {
  counters["scrub_passes"] = passes_;
  counters["scrub_bytes"] = bytes_;
}

}  // namespace broker
