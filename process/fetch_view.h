// ViewFetch: before a replica starts, its view may be far behind. Then a peer's view replaces it
// (stream/snapshot_fetch.h).
//
// begin() adds a core to the loop, which stops by itself. Then finish() replaces the view, if one was fetched, and the
// replica may open its view. Errors: std::runtime_error. Threads: none. Tests: tests/process/test_snapshot.py
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "net/loop.h"
#include "storage/snapshot_file.h"
#include "stream/snapshot_fetch.h"

namespace process {

struct ViewFile {
  std::string directory;
  std::string path;
  // Opens a file as the role does, with all its checks, and closes it. Throws std::runtime_error.
  std::function<stream::Position(const std::string& path)> open;
  // Opens a file in the same way and checks all rows. Returns the first fault.
  std::function<std::optional<std::string>(const std::string& path)> fault;
};

class ViewFetch {
 public:
  ViewFetch(const stream::FetchConfig& config, ViewFile view);

  // `sockets`: the replica's.
  void begin(net::Loop& loop, net::Sockets sockets);
  bool has_ended() const { return !core_ || core_->outcome() != stream::SnapshotFetch::Outcome::kUnderWay; }
  void finish();

 private:
  ViewFile view_;
  storage::SnapshotFile file_;
  std::optional<stream::SnapshotFetch> core_;  // none: no snapshot is wanted
};

}  // namespace process
