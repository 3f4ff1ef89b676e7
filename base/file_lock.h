// FileLock: one process at a time uses a directory.
//
// Holds an flock on a file until it is destroyed or the process ends, however it ends; the file itself stays, with the
// pid of its last owner inside, for the message to whoever comes second.
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
