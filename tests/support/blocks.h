// A small broker for tests: makes blocks, heartbeats and marks as a real broker does.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "msg/block.h"
#include "msg/envelope.h"
#include "msg/internal.h"

namespace support {

inline const base::Endpoint kBroker = "tcp://broker:7400";

inline base::Now at(int milliseconds) {
  return {base::Mono{} + std::chrono::hours(1) + std::chrono::milliseconds(milliseconds),
          1'700'000'000'000 + milliseconds};
}

inline msg::Event item_added(std::uint64_t id, std::int64_t stock = 5, std::int64_t price = 100) {
  msg::ItemsAdded added;
  added.key = "add-" + std::to_string(id);
  added.items.push_back(
      {base::ItemId(id), "title " + std::to_string(id), "topic", base::Cents(price), base::Quantity(stock)});
  return {1, std::move(added)};
}

// The largest possible event: about 130 KB.
inline msg::Event many_added() {
  msg::ItemsAdded added;
  added.key = "many";
  const std::string title(msg::kTitleBytesMax, 't');
  const std::string topic(msg::kTopicBytesMax, 't');
  for (std::uint64_t id = 1; id <= msg::kItemsAddedMax; ++id) {
    added.items.push_back({base::ItemId(id), title, topic, base::Cents(1), base::Quantity(1)});
  }
  return {1, std::move(added)};
}

inline msg::Event stock_moved(std::uint64_t id, std::int64_t delta, std::int64_t stock) {
  msg::StockMoved moved;
  moved.key = "move-" + std::to_string(stock);
  moved.item = base::ItemId(id);
  moved.delta = base::Quantity(delta);
  moved.stock = base::Quantity(stock);
  return {1, std::move(moved)};
}

inline msg::Event voided(const std::string& key) { return {1, msg::KeyVoided{key}}; }

inline msg::Event appointed(const std::string& replica, std::uint64_t incarnation = 1) {
  return {1, msg::WriterAppointed{replica, base::Incarnation(incarnation)}};
}

// The stream so far, with the messages that a broker would send about it.
class Stream {
 public:
  explicit Stream(std::string store = "store-a") : store_(std::move(store)) { block({{1, msg::StoreCreated{store_}}}); }

  const base::Bytes& block(const std::vector<msg::Event>& events) {
    msg::Block block;
    block.no = base::BlockNo(blocks_.size() + 1);
    block.first = commit_.next();
    block.count = static_cast<std::uint32_t>(events.size());
    block.term = term_;
    block.prev.bytes = hash_;
    auto seq = block.first;
    for (const auto& event : events) {
      msg::encode(event, block.events.bytes);
      if (std::holds_alternative<msg::WriterAppointed>(event.what)) epoch_ = base::epoch_of(seq);
      block.at = event.at;
      seq = seq.next();
    }
    block.epoch = epoch_;
    blocks_.push_back(msg::encode_block(block));
    hash_ = block.hash.bytes;
    commit_ = block.last();
    return blocks_.back();
  }

  const base::Bytes& operator[](std::size_t number) const { return blocks_.at(number - 1); }
  std::size_t size() const { return blocks_.size(); }
  base::Seq commit() const { return commit_; }

  msg::Heartbeat beat(base::Seq mark = {}) const {
    msg::Heartbeat beat;
    beat.role = msg::Role::kBroker;
    beat.instance = "broker-1";
    beat.store = store_;
    beat.tcp = kBroker;
    beat.state = msg::State::kLive;
    beat.applied = commit_;
    msg::Leadership leader;
    leader.term = term_;
    leader.commit = commit_;
    leader.mark = mark;
    beat.leader = leader;
    return beat;
  }

  // The bytes that a broker publishes: the block, then a mark.
  base::Bytes published(std::size_t number, base::Seq mark = {}) const {
    return (*this)[number] + msg::encoded(msg::Mark{term_, mark, commit_});
  }

  msg::ReplayReply replay(std::size_t first, std::size_t last) const {
    msg::ReplayReply reply;
    for (auto number = first; number <= last; ++number) reply.blocks.push_back({(*this)[number]});
    reply.commit = commit_;
    return reply;
  }

 private:
  std::string store_;
  base::Term term_{1};
  base::Epoch epoch_;
  base::Seq commit_;
  msg::Hash hash_ = msg::no_hash();
  std::vector<base::Bytes> blocks_;
};

// All messages in the frames to one peer.
inline std::vector<msg::Message> messages(const std::vector<base::Bytes>& frames) {
  std::vector<msg::Message> all;
  for (const auto& frame : frames) {
    for (msg::FrameReader reader(frame); !reader.done();) all.push_back(reader.next().value());
  }
  return all;
}

}  // namespace support
