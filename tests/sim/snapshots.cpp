#include "tests/sim/snapshots.h"

#include "msg/sha256.h"

namespace sim {
namespace {

constexpr std::uint64_t kFewBytes = 600'000;
constexpr std::uint64_t kManyBytes = 3'000'000;  // more than stream::SnapshotFetch::kWindow parts

}  // namespace

// --- giving ---

void MemorySnapshotMaker::begin() {
  bytes_.clear();
  result_ = make();
  ready_ = world_.now() + (world_.chance(0.2) ? world_.some(20ms, 600ms) : world_.some(1ms, 20ms));
}

std::optional<base::Result<stream::MadeSnapshot>> MemorySnapshotMaker::made() {
  if (world_.now() < ready_) return std::nullopt;
  return std::exchange(result_, std::nullopt);
}

base::Result<stream::MadeSnapshot> MemorySnapshotMaker::make() {
  auto position = view_.durable();
  if (view_.is_full()) return base::fail("the disk has no room for a copy");
  if (!position.applied) return base::fail("this view is empty");
  if (faults_.spoiled != Spoiled::kNo) world_.count("snapshot: spoiled");
  if (faults_.spoiled == Spoiled::kForeign) position.store = "another";
  bytes_ = view_.image(position);
  const auto image = bytes_.size();
  bytes_.resize(image + world_.random().below(world_.chance(0.2) ? kManyBytes : kFewBytes));
  stream::MadeSnapshot made{fmt::format("{}-{}", name_, world_.random().next()),
                            position.store,
                            kViewFormat,
                            position.applied,
                            bytes_.size(),
                            msg::sha256(bytes_)};
  if (faults_.spoiled == Spoiled::kOtherFormat) ++made.format;
  if (faults_.spoiled == Spoiled::kDamaged) {
    auto& byte = bytes_[world_.one_of(image)];
    byte = static_cast<char>(byte ^ (1 << world_.one_of(8)));
  }
  return made;
}

base::Result<std::string> MemorySnapshotMaker::read(std::uint64_t offset, std::uint32_t bytes) {
  if (faults_.at_next_part) {
    world_.after(world_.some(0ms, 5ms),
                 [strike = std::exchange(faults_.at_next_part, {}), name = name_] { strike(name); });
  }
  return bytes_.substr(offset, bytes);
}

// --- fetching ---

std::optional<stream::BegunSnapshot> MemorySnapshotFile::begun() {
  resumed_ = what_.has_value();
  maker_ = what_ ? what_->maker : "";
  if (!what_) return std::nullopt;
  return stream::BegunSnapshot{*what_, bytes_.size()};
}

void MemorySnapshotFile::begin(const msg::SnapshotReply& what) {
  if (!maker_.empty() && maker_ != what.maker) world_.count("snapshot: begun anew with another peer");
  discard();
  maker_ = what.maker;
  what_ = what;
}

void MemorySnapshotFile::append(base::BytesView bytes) {
  if (view_.is_full()) throw std::runtime_error("no room for the snapshot");
  bytes_ += bytes;
}

bool MemorySnapshotFile::whole(const msg::SnapshotReply& what) {
  const bool whole = bytes_.size() == what.size && msg::sha256(bytes_) == what.sha256.bytes;
  world_.count(!whole ? "snapshot: not what it was said to be" : resumed_ ? "snapshot: resumed" : "snapshot: fetched");
  return whole;
}

void MemorySnapshotFile::discard() {
  what_.reset();
  bytes_.clear();
  resumed_ = false;
}

// Nothing of the file was synced: after a power cut it may be shorter or have a hole.
void MemorySnapshotFile::crash() {
  if (bytes_.empty() || world_.chance(0.5)) return;
  const auto from = world_.one_of(bytes_.size());
  if (world_.chance(0.5)) return bytes_.resize(from);
  const auto size = std::min<std::size_t>(4096, bytes_.size() - from);
  bytes_.replace(from, size, size, '\0');
}

bool MemorySnapshotFile::install(MemoryView& view) {
  try {
    const auto position = ImageReader(bytes_).position();
    if (position.store != what_->store || position.applied != what_->seq) return false;
    view.install(bytes_);
  } catch (const std::runtime_error&) {
    return false;
  }
  return true;
}

}  // namespace sim
