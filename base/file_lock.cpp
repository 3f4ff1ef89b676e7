#include "base/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "base/file_id.h"

namespace base {
namespace {

std::string owner(int fd) {
  char text[32] = {};
  const auto size = ::pread(fd, text, sizeof text - 1, 0);
  return size > 0 ? std::string(text, std::strcspn(text, "\n")) : "unknown";
}

// The process that had the lock may have removed the file before it let go of it.
bool is_still_there(int fd, const std::string& path) {
  const auto ours = file_id(fd);
  return ours && ours == file_id(path);
}

// The file, open and locked.
int locked(const std::string& path) {
  const auto directory = std::filesystem::path(path).parent_path().string();
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) {
    throw std::runtime_error(
        fmt::format("cannot write in {}: {}; choose a directory that this user may write", directory, strerror(errno)));
  }
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const auto pid = owner(fd);
    ::close(fd);
    throw std::runtime_error(
        fmt::format("another process (pid {}) uses {}; stop it or choose another directory", pid, directory));
  }
  return fd;
}

}  // namespace

FileLock::FileLock(const std::string& path) : fd_(locked(path)) {
  while (!is_still_there(fd_, path)) {
    ::close(fd_);
    fd_ = locked(path);
  }
  const auto pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd_, 0) != 0 || ::pwrite(fd_, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    const std::string why = strerror(errno);
    ::close(fd_);
    throw std::runtime_error(fmt::format("cannot write {}: {}", path, why));
  }
}

FileLock::~FileLock() { ::close(fd_); }

}  // namespace base
