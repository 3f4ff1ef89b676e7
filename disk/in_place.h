// InPlace: checks that the files of an open database are still the files at its paths.
//
// If a file is removed or replaced while it is open, it still takes every write and every sync, but it disappears when
// it is closed. So everything written after the removal is lost. The same holds for the write-ahead log beside it. So
// the owner checks after each commit, before it reports the commit to anybody.
//
// Cost: one stat for each file. Threads: none. Tests: tests/disk/in_place_test.cpp.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/file_id.h"

namespace disk {

class InPlace {
 public:
  static constexpr std::chrono::seconds kLook{1};  // between two checks of an owner that writes nothing

  // Notes the files of an open SQLite database, its log and its index. A file that does not exist is skipped.
  explicit InPlace(const std::filesystem::path& database);
  // Names the first file that is no longer in its place, and says why.
  std::optional<std::string> fault() const;

 private:
  struct File {
    std::string path;
    base::FileId id;
  };
  std::vector<File> files_;
};

}  // namespace disk
