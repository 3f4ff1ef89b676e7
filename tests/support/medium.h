// Medium: the disk behind the page cache, for files whose writes and syncs a test observes.
//
// In a program that links medium.cpp, all calls of write, pwrite, fsync, fdatasync and unlink come here, also those of
// SQLite. A write goes into the page cache, where reads see it. A sync brings the pages written since the last sync to
// the medium. A failed sync does as on Linux: it reports the error once, and the pages then count as written, although
// they are not. Directories and names survive a power cut, as on a journaling file system. Threads: any. At most one
// Medium exists at a time; without one, the calls go straight to the system.
#pragma once

#include <condition_variable>
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

  // Makes the next sync of the file with this name (its last component) fail with EIO.
  void fail_next_sync(const std::string& name);
  // Makes each write to the file fail with this error, until `error` is 0.
  void fail_writes(const std::string& name, int error);
  // Makes each write to the file take at most this many bytes, as when a signal interrupts it.
  void shorten_writes(const std::string& name, std::size_t most);
  // Lets each sync of the file wait until let_sync() or let_syncs().
  void hold_syncs(const std::string& name);
  void wait_for_sync();  // until one is held
  // Lets the sync that is held go on. Later ones are held.
  void let_sync();
  void let_syncs();
  // The number of successful syncs of the file.
  int syncs(const std::string& name) const;

  // True if a power cut cannot bring back any file that was removed from the directory.
  bool removals_are_synced(const std::filesystem::path& directory) const;

  // Copies to `to` the regular files of `directory` as a power cut would leave them. Of observed files only the pages
  // on the medium are copied, of other files everything.
  void power_cut(const std::filesystem::path& directory, const std::filesystem::path& to) const;

  // For medium.cpp.
  std::size_t most_of(const std::string& path, std::size_t bytes) const;      // that one write takes
  int on_write(const std::string& path, std::int64_t at, std::size_t bytes);  // an errno value, or 0
  int on_sync(const std::string& path);                                       // the same
  void on_unlink(const std::string& path);

 private:
  struct File {
    std::map<std::int64_t, std::string> pages;  // on the medium
    std::set<std::int64_t> dirty;               // only in the page cache
  };
  mutable std::mutex mutex_;
  std::map<std::string, File> files_;    // by path
  std::set<std::string> with_removals_;  // directories with removals since their last sync
  // By file name.
  std::set<std::string> sync_fails_;
  std::map<std::string, int> write_error_;
  std::map<std::string, std::size_t> write_most_;
  std::map<std::string, int> syncs_;
  std::string held_name_;
  int held_ = 0;  // syncs that wait
  int let_ = 0;   // syncs that may go on
  std::condition_variable changed_;
};

}  // namespace support
