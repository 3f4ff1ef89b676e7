// Inspection: goes over an archive from its first block on, and compares it with what manifests say.
//
//   blocks    every block is there, matches its hash and lies where it belongs; each that does not is named
//   chain ... keys   what StreamAudit finds, up to the first damaged block
//   manifest  the block that it names is there
//   digests   the shop at that seq is the one that was backed up
//
// Memory: see Walk; of the archive a page. Threads: none. Tests: tests/cli/inspection_test.cpp.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "backup/archive.h"
#include "cli/manifest.h"
#include "cli/progress.h"
#include "cli/walk.h"

namespace cli {

constexpr base::BlockNo kAllBlocks{std::numeric_limits<base::BlockNo::Rep>::max()};

class Inspection {
 public:
  Inspection(const backup::Archive& archive, StreamAudit::Keys keys) : archive_(archive), walk_(keys) {}

  // On, up to this block, or to the end.
  void walk(Progress& progress, base::BlockNo to = kAllBlocks);
  // Whether all up to here is as it says; once it has walked to its block.
  void compare(const Manifest& manifest);

  bool sound() const;
  std::vector<Check> checks() const;
  // Of what was walked; with no program, and not taken yet.
  Manifest manifest() const;

 private:
  void look_at(const backup::Row& row);
  void damaged(const std::string& what);

  const backup::Archive& archive_;
  Walk walk_;
  base::BlockNo looked_at_;
  std::uint64_t blocks_ = 0;
  bool readable_ = true;  // the file
  std::vector<std::string> damaged_;
  bool compared_ = false;
  Faults manifest_;
  Faults digests_;
};

}  // namespace cli
