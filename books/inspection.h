// Inspection: checks an archive from its first block on, and compares it with manifests.
//
//   blocks           every block is there, matches its hash and lies in its place; damaged blocks are named
//   chain ... keys   the checks of StreamAudit, up to the first damaged block
//   manifest         the archive has the end that the manifest names
//   digests          the blocks make the shop that the manifest describes
//
// Memory: as Walk, and one page of the archive. Threads: none. Tests: tests/books/inspection_test.cpp.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "backup/archive.h"
#include "books/checks.h"
#include "books/manifest.h"
#include "books/progress.h"
#include "books/walk.h"

namespace books {

constexpr base::BlockNo kAllBlocks{std::numeric_limits<base::BlockNo::Rep>::max()};

class Inspection {
 public:
  // `rows`: as of StreamAudit.
  explicit Inspection(const backup::Archive& archive, storage::ScratchRows* rows = nullptr)
      : archive_(archive), walk_({}, rows) {}

  // Continues up to and including block `to`, or to the end.
  void walk(Progress& progress, base::BlockNo to = kAllBlocks);
  // Compares what was walked with `manifest`. Call it after walk() up to the manifest's block.
  void compare(const Manifest& manifest);

  bool sound() const;
  // The first block that cannot be read, or whose events do not follow from those before it.
  std::optional<base::BlockNo> first_unsound() const { return first_unsound_; }
  std::vector<Check> checks() const;
  // The manifest of what was walked, without `program` and `taken`.
  Manifest manifest() const;

 private:
  void look_at(const backup::Row& row);
  void damaged(const std::string& what);

  const backup::Archive& archive_;
  Walk walk_;
  base::BlockNo looked_at_;
  std::optional<base::BlockNo> first_unsound_;
  std::uint64_t blocks_ = 0;
  bool readable_ = true;  // the archive's file can be read
  std::vector<std::string> damaged_;
  bool compared_ = false;
  Faults manifest_;
  Faults digests_;
};

}  // namespace books
