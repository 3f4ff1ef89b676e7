// SnapshotFile: the fetched part of a peer's view, beside our own view (ADR 16).
//
//   DIR/snapshot.part   its first bytes, in order; the file's size is their number
//   DIR/snapshot.what   the peer's description of it
// The part is not synced until its hash was checked. After a power cut it may have holes, and then its hash is wrong.
// Errors: std::runtime_error with the file and the system's message. Threads: none.
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

  // The file, for opening it as the role does before it becomes the view.
  const std::string& path() const { return part_; }
  // Moves it to the view's place. No process may have the view open. Then call discard().
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
