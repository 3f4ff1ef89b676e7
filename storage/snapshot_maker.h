// SnapshotMaker: copies of a view that is in use, made by SQLite's online backup on a thread of its own (ADR 16).
//
// A copy is the view as it was at one commit, its position with it: a read transaction holds that state while the
// replica goes on writing. Meanwhile the view's write-ahead log cannot be wrapped, and grows by what is written.
// The thread has a low priority and rests between its steps, so that answers are not
// delayed. It makes none where the disk has less room than twice the view: a full disk would end the replica.
//
// DIR/snapshot.made is the copy; removed by remove(), and in the constructor what an earlier process left.
// Lifetime: the destructor ends what is under way. Threads: one calls; the thread is inside.
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
  // Between two steps, the last of which began then; throws when there is no more need.
  void rest(base::Mono began);
  void stop();

  const std::string view_;
  const std::string directory_;
  const std::string copy_;
  int fd_ = -1;  // of the copy that is there
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable stopping_;
  bool stop_ = false;                                         // under mutex_
  std::optional<base::Result<stream::MadeSnapshot>> result_;  // under mutex_
};

}  // namespace storage
