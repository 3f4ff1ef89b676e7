#include "bridge/large_reads.h"

#include <utility>

namespace bridge {

void LargeReads::add(Read read, base::Mono now) {
  if (waiting_.size() >= kWaitingMax) return read.refuse();
  waiting_.push_back({std::move(read), now + kWaitMax});
  send_next();
}

void LargeReads::answered() {
  --at_store_;
  send_next();
}

void LargeReads::written(std::size_t bytes) {
  unwritten_ -= bytes;
  send_next();
}

void LargeReads::sweep(base::Mono now) {
  while (!waiting_.empty() && now >= waiting_.front().until) {
    const auto late = std::move(waiting_.front());
    waiting_.pop_front();
    late.read.refuse();
  }
}

void LargeReads::send_next() {
  while (!waiting_.empty() && at_store_ < kAtStoreMax && !is_full()) {
    const auto next = std::move(waiting_.front());
    waiting_.pop_front();
    ++at_store_;
    next.read.send();
  }
}

}  // namespace bridge
