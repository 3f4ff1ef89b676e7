#include "tests/sim/reference.h"

#include "msg/effects.h"
#include "tests/sim/node.h"
#include "tests/sim/operation.h"

namespace sim {

Reference::Reference(World& world, const Disk& disk, OnEffect on_effect)
    : world_(world), disk_(disk), on_effect_(std::move(on_effect)) {}

const Effect* Reference::effect(const std::string& key) const {
  const auto found = effects_.find(key);
  return found == effects_.end() ? nullptr : &found->second;
}

void Reference::broken(base::Seq seq, const std::string& what) {
  world_.broken(fmt::format("G1: seq {}: {}", seq, what));
}

void Reference::read() {
  if (disk_.durable() < blocks_) return world_.broken("G2: a durable block is gone");
  while (blocks_ < disk_.durable() && !world_.verdict()) block(disk_.rows[blocks_++]);
}

void Reference::block(const Disk::Row& row) {
  const auto block = msg::decode_block(row.bytes);
  if (!block) return broken(row.first, block.error().message);
  const auto events = msg::decode_events(block->events.bytes, block->count);
  if (!events) return broken(row.first, events.error().message);
  if (block->no.value() != blocks_ || block->first != last_.next() || block->prev.bytes != hash_) {
    return broken(row.first, "the block does not follow the one before");
  }
  hash_ = block->hash.bytes;
  for (const auto& each : *events) event(each, last_ = last_.next());
}

void Reference::event(const msg::Event& event, base::Seq seq) {
  if (event.at < at_) broken(seq, "time went back");
  constexpr base::WallMs kOff = 3'600'000;  // clocks that are a little wrong are followed
  if (event.at > Clock::kBegan + std::chrono::duration_cast<std::chrono::milliseconds>(world_.now()).count() + kOff) {
    broken(seq, fmt::format("time leapt ahead, to {}", event.at));
  }
  at_ = event.at;
  by_ = event.by;
  if (world_.telling()) world_.tell("seen durable, at {}: {} {}", event.at, seq, describe(event));
  if (msg::is_decided(event)) in_time(event, seq);
  if (msg::is_decided(event)) dropped_in_time(event, seq);
  levels_in_time(event, seq);
  std::visit(
      [&](const auto& what) {
        if constexpr (std::is_same_v<std::decay_t<decltype(what)>, msg::HolderLeft>)
          world_.count("stream: holder_left");
        if constexpr (requires { apply(what, seq); }) apply(what, seq);
      },
      event.what);
  if (const auto* key = msg::key_of(event)) use_key(*key, event, seq);
}

void Reference::use_key(const std::string& key, const msg::Event& event, base::Seq seq) {
  const auto [entry, is_new] = effects_.emplace(key, Effect{seq, event});
  if (!is_new) {
    return world_.broken(fmt::format("G3: key {} took effect at seq {} and at seq {}", key, entry->second.seq, seq));
  }
  on_effect_(key, entry->second);
}

}  // namespace sim
