// Aside: where a replica puts a view that must not be used any more, before it makes a new one (ADR 27).
//
// VIEW.aside-SEQ-TIME (with its -wal and -shm): SEQ is what the view had applied, 0 if that cannot be read, TIME is in
// milliseconds since 1970. The latest kKept are kept for an investigation.
//
// What made a view wrong may go on: a disk or a memory that fails, a fault of ours. So a view that was made anew is not
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

  // From then on the view may be put aside again.
  base::Mono again_from(base::Now now) const;
  // The file is closed. Returns its new name.
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
