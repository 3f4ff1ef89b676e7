// FileLock: makes sure that only one process uses a directory.
//
// It holds an flock on a file until it is destroyed or the process ends in any way. The file stays. It has the pid of
// its last owner, for the error of the next process that tries.
// Errors: std::runtime_error with a line that names the directory, the pid and what to do.
// Threads: any one. A fork shares the lock; an exec does not (the descriptor is closed on exec).
#pragma once

#include <string>

namespace base {

class FileLock {
 public:
  explicit FileLock(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace base
