// Medium: the disk behind the page cache, for files whose writes and syncs a test follows.
//
// The program that links medium.cpp has its write, pwrite, fsync, fdatasync and unlink go through here, SQLite's too.
// What is written is in the page cache: reads show it. A sync brings the pages that were written since to the medium. A
// sync that fails does as Linux does: it tells so once, and the pages count as written though they are not. Directories
// and names are as they are: a journaling file system keeps those by itself. Threads: any. One at a time; without one,
// calls pass.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>

namespace support {

class Medium {
 public:
  Medium();
  ~Medium();
  Medium(const Medium&) = delete;
  Medium& operator=(const Medium&) = delete;

  // The next sync of the file with this name (its last component) fails with EIO.
  void fail_next_sync(const std::string& name);
  // Every write to the file fails with this error, until 0 is given.
  void fail_writes(const std::string& name, int error);
  // Syncs of the file that succeeded.
  int syncs(const std::string& name) const;

  // A power cut may bring back no file that was removed from the directory.
  bool removals_are_synced(const std::filesystem::path& directory) const;

  // What a power cut leaves of all regular files of `directory`, in `to`: of those that are followed, what has come to
  // the medium; of the others everything.
  void power_cut(const std::filesystem::path& directory, const std::filesystem::path& to) const;

  // For medium.cpp.
  int on_write(const std::string& path, std::int64_t at, std::size_t bytes);  // an error, or 0
  int on_sync(const std::string& path);                                       // likewise
  void on_unlink(const std::string& path);

 private:
  struct File {
    std::map<std::int64_t, std::string> pages;  // on the medium
    std::set<std::int64_t> dirty;               // in the page cache alone
  };
  mutable std::mutex mutex_;
  std::map<std::string, File> files_;    // by path
  std::set<std::string> with_removals_;  // directories that were not synced since
  // By name.
  std::set<std::string> sync_fails_;
  std::map<std::string, int> write_error_;
  std::map<std::string, int> syncs_;
};

}  // namespace support
