// A journal in memory, which commits when the test says so.
#pragma once

#include <optional>
#include <vector>

#include "base/check.h"
#include "broker/journal.h"

namespace broker {

class MemoryJournal final : public Journal {
 public:
  Tail tail() const override { return tail_; }
  void commit(Commit block) override {
    CHECK(!flight_, "one commit at a time");
    flight_ = std::move(block);
  }
  base::Result<std::vector<base::Bytes>> read(base::Seq from, base::Seq to, std::size_t bytes_max) override {
    ++reads;
    if (unreadable) return base::fail("the disk says no");
    std::vector<base::Bytes> found;
    std::size_t bytes = 0;
    for (const auto& block : blocks_) {
      if (block.last < from || block.first > to) continue;
      if (!found.empty() && bytes + block.bytes.size() > bytes_max) break;
      bytes += block.bytes.size();
      found.push_back(block.bytes);
    }
    return found;
  }
  void trim(base::Seq begins) override {
    tail_.begins = begins;
    while (!blocks_.empty() && blocks_.front().last < begins) blocks_.erase(blocks_.begin());
  }
  base::Mono proved(base::Now now) const override { return now.mono - unproved; }

  bool in_flight() const { return flight_.has_value(); }
  base::BlockNo make_durable() {
    CHECK(flight_, "nothing is in flight");
    const auto block = msg::decode_block(flight_->bytes).value();
    CHECK(block.no == flight_->no && block.first == flight_->first && block.last() == flight_->last &&
              block.prev.bytes == tail_.hash,
          "block {} is not what it says", flight_->no);
    tail_.block = block.no;
    tail_.last = block.last();
    tail_.hash = block.hash.bytes;
    tail_.at = block.at;
    tail_.producer = block.producer;
    if (flight_->control) tail_.control = *flight_->control;
    CHECK(block.epoch == tail_.control.epoch, "block {} is of another epoch than its control", block.no);
    blocks_.push_back(std::move(*flight_));
    flight_.reset();
    return block.no;
  }
  // Another process opens it: the block in flight is lost.
  void reopened() {
    flight_.reset();
    tail_.term = tail_.term.next();
  }
  // A broker of an earlier release writes the control record without the currency.
  void forget_currency() { tail_.control.currency.reset(); }
  msg::Block block(std::size_t no) const {
    return msg::decode_block(blocks_.at(no - blocks_.front().no.value()).bytes).value();
  }
  std::size_t size() const { return blocks_.size(); }

  int reads = 0;
  bool unreadable = false;
  base::Duration unproved{};

 private:
  Tail tail_{.term = base::Term(1)};
  std::optional<Commit> flight_;
  std::vector<Commit> blocks_;
};

}  // namespace broker
