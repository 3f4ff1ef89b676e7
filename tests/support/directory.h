// A directory for one test. The destructor removes it.
#pragma once

#include <filesystem>
#include <string>

#include "base/random.h"

namespace support {

class Directory {
 public:
  Directory() : path_(std::filesystem::temp_directory_path() / ("pygmy-test-" + base::new_key())) {
    std::filesystem::create_directory(path_);
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  std::string operator/(const std::string& name) const { return path_ / name; }
  std::string string() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace support
