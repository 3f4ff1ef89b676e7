// Whose directory it is: a command moves into one that is empty or that holds what a command of its kind has made
// before, and into no other. If it is refused, it leaves the directory as it found it.
//
// Errors: std::runtime_error with a line that says what to do. Threads: none.
// Tests: tests/cli/own_directory_test.cpp, tests/process/test_refusals.py.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cli {

// A directory is of a kind if one of these names is in it.
using Marks = std::vector<std::string>;
inline const Marks kStoreMarks{"up.lock", "broker-1", "etcd.json"};
inline const Marks kBackupMarks{"blocks.db", "manifest.json"};
inline const Marks kBrokerMarks{"journal.db", "archive.db", "broker.lock"};

// A file system may come with a directory for what fsck finds; it counts as nothing.
constexpr auto kLostAndFound = "lost+found";

// Refuses a directory that holds anything and none of the marks. A file to which this process's output goes is nothing.
// One that is not there yet is nobody's. `of`: what the marks stand for, like "a store".
void require_own(const std::filesystem::path& directory, const Marks& marks, const std::string& of);

// A broker that was started with another journal than its data are of would begin a new store beside the one there is.
// `journal` is that of the command line, `directory` the broker's.
void require_journal(const std::filesystem::path& directory, const std::string& journal);

// The files and directories that a command makes before it is known whether it can do its work. They are removed again,
// unless the command calls keep().
class Traces {
 public:
  Traces() = default;
  ~Traces();
  Traces(const Traces&) = delete;
  Traces& operator=(const Traces&) = delete;

  // Before a file or a directory is made, if it is not there. A directory goes only if it is empty by then.
  void will_make(std::filesystem::path path);
  void keep() { made_.clear(); }

 private:
  std::vector<std::filesystem::path> made_;
};

}  // namespace cli
