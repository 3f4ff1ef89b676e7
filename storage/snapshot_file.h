// SnapshotFile: a peer's view on its way here, beside ours (ADR 16).
//
//   DIR/snapshot.part   its first bytes, in order; the size of the file says how many
//   DIR/snapshot.what   what it is, as the peer told it
// Nobody reads what is not synced before its hash was checked: after a power cut the part may have holes, and then it
// does not have its hash.
// Errors: std::runtime_error with the file and what the system said. Threads: none.
// Tests: tests/storage/snapshot_test.cpp.
#pragma once

#include <string>

#include "stream/snapshot_fetch.h"

namespace storage {

class SnapshotFile : public stream::SnapshotSink {
 public:
  explicit SnapshotFile(const std::string& directory);
  ~SnapshotFile() override;

  std::optional<stream::BegunSnapshot> begun() override;
  void begin(const msg::SnapshotReply& what) override;
  void append(base::BytesView bytes) override;
  bool whole(const msg::SnapshotReply& what) override;
  void discard() override;

  // For opening it as the role does, before it becomes the view.
  const std::string& path() const { return part_; }
  // Puts it in the place of the view, which nobody may have open. Then discard().
  void install(const std::string& view);

 private:
  void open(int flags);
  void close();

  std::string directory_;
  std::string part_;
  std::string what_;
  int fd_ = -1;
};

}  // namespace storage
