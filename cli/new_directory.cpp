#include "cli/new_directory.h"

#include <fmt/format.h>

#include <stdexcept>

#include "cli/process_host.h"

namespace cli {

namespace fs = std::filesystem;

NewDirectory::NewDirectory(const std::string& directory, const std::string& making)
    : directory_(directory), making_(directory_ / making), was_there_(fs::exists(directory_)) {
  make_directory(directory);
  fs::remove_all(making_);  // of one that was killed
  if (!fs::is_empty(directory_)) {
    throw std::runtime_error(fmt::format("{} is not empty: choose a new directory", directory));
  }
  fs::create_directory(making_);
}

NewDirectory::~NewDirectory() {
  std::error_code ignored;
  fs::remove_all(making_, ignored);
  if (!was_there_) fs::remove(directory_, ignored);  // only if it is empty
}

void NewDirectory::keep(const std::string& name) const { fs::rename(making_ / name, directory_ / name); }

}  // namespace cli
