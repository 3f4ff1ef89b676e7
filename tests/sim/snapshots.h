// Copies of views, and their way to the disk of another replica (ADR 16): the simulation's version of storage/, with
// the contracts of stream::SnapshotMaker and stream::SnapshotSink.
//
// A copy is the view at its last commit. Making it takes a while, zeros follow it so that it has several parts, and it
// is lost with its process. The fetched part outlives the fetching process; after a crash some of it may be missing or
// zero. Threads: none. Tests: tests/sim/snapshots_test.cpp.
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

// The fault of the copies that are made.
enum class Spoiled { kNo, kDamaged, kForeign, kOtherFormat };

struct SnapshotFaults {
  Spoiled spoiled = Spoiled::kNo;
  std::function<void(const std::string& giver)> at_next_part;  // called once, soon after a part was read
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
  // Puts the copy in the place of `view`, if it is sound.
  bool install(MemoryView& view);

 private:
  World& world_;
  const MemoryView& view_;  // the view on the same disk
  std::optional<msg::SnapshotReply> what_;
  base::Bytes bytes_;
  bool resumed_ = false;  // an earlier process began it
  std::string maker_;     // the last peer with which this process has begun
};

}  // namespace sim
