// Aside: keeps a view that must not be used any more under another name, before the replica makes a new one (ADR 27).
//
// The name is VIEW.aside-SEQ-TIME (also with -wal and -shm). SEQ is the view's applied seq, or 0 if that cannot be
// read. TIME is in milliseconds since 1970. The latest kKept views are kept for an investigation.
//
// The cause of a wrong view may last: a failing disk, failing memory, or a bug. So a view that was made anew is not
// made anew again within kStay. Errors: std::filesystem::filesystem_error, std::runtime_error. Threads: none.
// Tests: tests/storage/aside_test.cpp.
#pragma once

#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace storage {

class Aside {
 public:
  static constexpr std::size_t kKept = 2;
  static constexpr base::Duration kStay = std::chrono::minutes(10);

  explicit Aside(std::string view) : view_(std::move(view)) {}

  // The time from which the view may be put aside again.
  base::Mono again_from(base::Now now) const;
  // Renames the view's files and returns the new name of the main file. The view must be closed.
  std::string put(base::Seq applied, base::WallMs now);

 private:
  struct Kept {
    base::WallMs time;
    std::string path;
  };
  std::vector<Kept> kept() const;  // the latest first

  const std::string view_;
};

}  // namespace storage
