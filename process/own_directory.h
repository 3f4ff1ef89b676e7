// Guards directories: a command uses a directory only if it is empty, or if a command of its kind has used it before. A
// command that is refused leaves the directory as it found it.
//
// Errors: std::runtime_error with a line that says what to do. Threads: none.
// Tests: tests/process/own_directory_test.cpp, tests/process/test_refusals.py.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace process {

// A directory is of a kind if it holds one of the kind's marks.
using Marks = std::vector<std::string>;
inline const Marks kStoreMarks{"up.lock", "broker-1", "etcd.json"};
inline const Marks kBackupMarks{"blocks.db", "manifest.json"};
inline const Marks kBrokerMarks{"journal.db", "archive.db", "broker.lock"};

// A new file system may hold this directory, for files that fsck finds. It is ignored.
constexpr auto kLostAndFound = "lost+found";

// Throws if the directory holds anything, and none of the marks. Files to which this process's output goes are ignored.
// A directory that does not exist is accepted. `of`: the owner for the error, like "a store".
void require_own(const std::filesystem::path& directory, const Marks& marks, const std::string& of);

// Throws if the broker's directory holds data of the other journal: the broker would begin a new store beside the old
// one. `journal`: the value of --journal.
void require_journal(const std::filesystem::path& directory, const std::string& journal);

// The files and directories that a command creates before it knows whether it can do its work. The destructor removes
// them, unless the command has called keep().
class Traces {
 public:
  Traces() = default;
  ~Traces();
  Traces(const Traces&) = delete;
  Traces& operator=(const Traces&) = delete;

  // Call it before `path` is created. It notes the path if nothing is there yet. A directory is removed only if it is
  // empty by then.
  void will_make(std::filesystem::path path);
  void keep() { made_.clear(); }

 private:
  std::vector<std::filesystem::path> made_;
};

}  // namespace process
