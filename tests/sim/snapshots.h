// Copies of views, and their way to the disk of another replica (ADR 16): what storage/ does for the real ones, with
// the contracts of stream::SnapshotMaker and stream::SnapshotSink.
//
// A copy is the view as it was at its last commit. It takes a while to be made, has zeros behind it so that it comes in
// several parts, and is gone with its process. What is on its way outlives the process that fetches it; after a crash
// part of it may be missing, or be zeros. Threads: none. Tests: tests/sim/snapshots_test.cpp.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "stream/snapshot_fetch.h"
#include "stream/snapshot_server.h"
#include "tests/sim/stores.h"
#include "tests/sim/world.h"

namespace sim {

constexpr std::uint32_t kViewFormat = 1;

// What is wrong with the copies that are made.
enum class Spoiled { kNo, kDamaged, kForeign, kOtherFormat };

struct SnapshotFaults {
  Spoiled spoiled = Spoiled::kNo;
  std::function<void(const std::string& giver)> at_next_part;  // called once, soon after one was read
};

class MemorySnapshotMaker : public stream::SnapshotMaker {
 public:
  MemorySnapshotMaker(World& world, SnapshotFaults& faults, std::string name, const MemoryView& view)
      : world_(world), faults_(faults), name_(std::move(name)), view_(view) {}

  void begin() override;
  std::optional<base::Result<stream::MadeSnapshot>> made() override;
  base::Result<std::string> read(std::uint64_t offset, std::uint32_t bytes) override;
  void remove() override { bytes_.clear(); }

 private:
  base::Result<stream::MadeSnapshot> make();

  World& world_;
  SnapshotFaults& faults_;
  const std::string name_;
  const MemoryView& view_;
  base::Bytes bytes_;
  std::optional<base::Result<stream::MadeSnapshot>> result_;
  Duration ready_{};
};

class MemorySnapshotFile : public stream::SnapshotSink {
 public:
  MemorySnapshotFile(World& world, const MemoryView& view) : world_(world), view_(view) {}

  std::optional<stream::BegunSnapshot> begun() override;
  void begin(const msg::SnapshotReply& what) override;
  void append(base::BytesView bytes) override;
  bool whole(const msg::SnapshotReply& what) override;
  void discard() override;

  void crash();
  // Into the place of `view`, if it is what it was said to be.
  bool install(MemoryView& view);

 private:
  World& world_;
  const MemoryView& view_;  // on the same disk
  std::optional<msg::SnapshotReply> what_;
  base::Bytes bytes_;
  bool resumed_ = false;  // begun by an earlier process
  std::string maker_;     // the last one that this process has begun with
};

}  // namespace sim
