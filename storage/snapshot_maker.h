// SnapshotMaker: makes copies of a view in use, by SQLite's online backup on a thread of its own (ADR 16).
//
// A copy is the view at one commit, with its position: a read transaction holds that state while the replica goes on
// writing. Meanwhile the view's write-ahead log cannot start over, and grows with every write. The thread has a low
// priority and rests between its steps, so that answers are not delayed. It makes no copy if the disk has less room
// than twice the view, because a full disk would end the replica.
//
// DIR/snapshot.made is the copy. remove() removes it; the constructor removes a copy that an earlier process left.
// Lifetime: the destructor stops a copy under way. Threads: one calls; the other thread is inside.
// Tests: tests/storage/snapshot_test.cpp.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "stream/snapshot_server.h"

namespace storage {

class SnapshotMaker : public stream::SnapshotMaker {
 public:
  static constexpr int kPagesPerStep = 1024;  // 4 MiB

  SnapshotMaker(std::string view, const std::string& directory);
  ~SnapshotMaker() override;
  SnapshotMaker(const SnapshotMaker&) = delete;
  SnapshotMaker& operator=(const SnapshotMaker&) = delete;

  void begin() override;
  std::optional<base::Result<stream::MadeSnapshot>> made() override;
  base::Result<std::string> read(std::uint64_t offset, std::uint32_t bytes) override;
  void remove() override;

 private:
  void run();
  stream::MadeSnapshot make();
  void copy(stream::MadeSnapshot& made);
  void hash(stream::MadeSnapshot& made);
  // Pauses after a step that began at `began`. Throws if the copy is no longer needed.
  void rest(base::Mono began);
  void stop();

  const std::string view_;
  const std::string directory_;
  const std::string copy_;
  int fd_ = -1;  // of the finished copy
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable stopping_;
  bool stop_ = false;                                         // under mutex_
  std::optional<base::Result<stream::MadeSnapshot>> result_;  // under mutex_
};

}  // namespace storage
