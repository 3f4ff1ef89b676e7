#include "process/own_directory.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "base/file_id.h"

namespace process {

namespace fs = std::filesystem;

namespace {

// A shell makes the file for this program's output before the program starts: `pygmy up --data d > d/log`.
bool is_own_output(const fs::path& path) {
  const auto file = base::file_id(path.string());
  return file && (file == base::file_id(STDOUT_FILENO) || file == base::file_id(STDERR_FILENO));
}

}  // namespace

void require_own(const fs::path& directory, const Marks& marks, const std::string& of) {
  std::error_code error;
  std::optional<std::string> other;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    const auto name = entry->path().filename().string();
    if (std::find(marks.begin(), marks.end(), name) != marks.end()) return;
    if (name != kLostAndFound && !is_own_output(entry->path())) other = name;
  }
  if (!other) return;  // other faults of the directory show when it is used
  throw std::runtime_error(
      fmt::format("{} holds other files ({}) and is not the directory of {}: choose a new directory, or an empty one",
                  directory.string(), *other, of));
}

void require_journal(const fs::path& directory, const std::string& journal) {
  const bool etcd = journal == "etcd";
  const auto file = directory / (etcd ? "journal.db" : "archive.db");
  if (!fs::exists(file)) return;
  throw std::runtime_error(fmt::format(
      "{} is of a broker with --journal {}: use that journal, or another directory; to move a store to the other "
      "journal, use `pygmy backup` and `pygmy restore`",
      file.string(), etcd ? "sqlite" : "etcd"));
}

Traces::~Traces() {
  for (auto path = made_.rbegin(); path != made_.rend(); ++path) {
    std::error_code ignored;
    fs::remove(*path, ignored);
  }
}

void Traces::will_make(fs::path path) {
  std::error_code error;
  const bool there = fs::exists(fs::symlink_status(path, error));
  if (!there) made_.push_back(std::move(path));
}

}  // namespace process
