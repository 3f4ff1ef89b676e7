#include "books/new_directory.h"

#include <fmt/format.h>

#include <stdexcept>

#include "process/host.h"

namespace books {

namespace fs = std::filesystem;

NewDirectory::NewDirectory(const std::string& directory, const std::string& making)
    : directory_(directory), making_(directory_ / making) {
  traces_.will_make(directory_);
  process::make_directory(directory);
  for (const auto& entry : fs::directory_iterator(directory_)) {
    const auto name = entry.path().filename();
    if (name != making && name != process::kLostAndFound) {
      throw std::runtime_error(fmt::format("{} is not empty: choose a new directory", directory));
    }
  }
  fs::remove_all(making_);  // an earlier command that was killed may have left it
  fs::create_directory(making_);
}

NewDirectory::~NewDirectory() {
  std::error_code ignored;
  fs::remove_all(making_, ignored);
}

void NewDirectory::keep(const std::string& name) const { fs::rename(making_ / name, directory_ / name); }

}  // namespace books
