// InPlace: are the files of an open database still those that its paths name?
//
// A file that is removed or replaced while it is open takes every write and every sync, and is gone when it is closed:
// nobody finds in it what was written after that. The same holds for the write-ahead log beside it. So its owner looks
// after each commit, before anybody is told of it.
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
  static constexpr std::chrono::seconds kLook{1};  // an owner that writes nothing looks so often

  // A SQLite database that is open, with its log and its index. A file that is not there is left out.
  explicit InPlace(const std::filesystem::path& database);
  // The first file that is not in its place any more, and why.
  std::optional<std::string> fault() const;

 private:
  struct File {
    std::string path;
    base::FileId id;
  };
  std::vector<File> files_;
};

}  // namespace disk
