#include "tests/support/medium.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <fstream>
#include <optional>
#include <utility>

namespace support {
namespace {

constexpr std::int64_t kPage = 4096;

std::atomic<Medium*> current{nullptr};

std::string read_page(const std::string& path, std::int64_t page) {
  std::string bytes(kPage, '\0');
  std::ifstream file(path, std::ios::binary);
  file.seekg(page * kPage);
  file.read(bytes.data(), kPage);
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

std::string name_of(const std::string& path) { return std::filesystem::path(path).filename(); }

std::string path_of(int fd) {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), error);
}

}  // namespace

Medium::Medium() { current = this; }
Medium::~Medium() { current = nullptr; }

void Medium::fail_next_sync(const std::string& name) {
  const std::lock_guard lock(mutex_);
  sync_fails_.insert(name);
}

void Medium::fail_writes(const std::string& name, int error) {
  const std::lock_guard lock(mutex_);
  write_error_[name] = error;
}

void Medium::shorten_writes(const std::string& name, std::size_t most) {
  const std::lock_guard lock(mutex_);
  write_most_[name] = most;
}

void Medium::hold_syncs(const std::string& name) {
  const std::lock_guard lock(mutex_);
  held_name_ = name;
}

void Medium::wait_for_sync() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return held_ > 0; });
}

void Medium::let_sync() {
  std::unique_lock lock(mutex_);
  ++let_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return let_ == 0; });
}

void Medium::let_syncs() {
  const std::lock_guard lock(mutex_);
  held_name_.clear();
  changed_.notify_all();
}

int Medium::syncs(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = syncs_.find(name);
  return found == syncs_.end() ? 0 : found->second;
}

bool Medium::removals_are_synced(const std::filesystem::path& directory) const {
  const std::lock_guard lock(mutex_);
  return !with_removals_.contains(directory);
}

std::size_t Medium::most_of(const std::string& path, std::size_t bytes) const {
  const std::lock_guard lock(mutex_);
  const auto most = write_most_.find(name_of(path));
  return most == write_most_.end() ? bytes : std::min(bytes, most->second);
}

int Medium::on_write(const std::string& path, std::int64_t at, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  const auto error = write_error_.find(name_of(path));
  if (error != write_error_.end() && error->second != 0) return error->second;
  auto& dirty = files_[path].dirty;
  for (auto page = at / kPage; page * kPage < at + static_cast<std::int64_t>(bytes); ++page) dirty.insert(page);
  return 0;
}

int Medium::on_sync(const std::string& path) {
  std::unique_lock lock(mutex_);
  if (name_of(path) == held_name_) {
    ++held_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return let_ > 0 || name_of(path) != held_name_; });
    --held_;
    let_ = std::max(0, let_ - 1);
    changed_.notify_all();
  }
  const bool fails = sync_fails_.erase(name_of(path)) > 0;
  if (!fails) ++syncs_[name_of(path)];
  if (!fails) with_removals_.erase(path);
  auto& file = files_[path];
  for (const auto page : std::exchange(file.dirty, {})) {
    if (!fails) file.pages[page] = read_page(path, page);
  }
  return fails ? EIO : 0;
}

void Medium::on_unlink(const std::string& path) {
  const std::lock_guard lock(mutex_);
  files_.erase(path);
  with_removals_.insert(std::filesystem::path(path).parent_path());
}

void Medium::power_cut(const std::filesystem::path& directory, const std::filesystem::path& to) const {
  const auto files = [this] {
    const std::lock_guard lock(mutex_);  // released before the writes below, because they come through this object, too
    return files_;
  }();
  std::filesystem::create_directories(to);
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    const auto copy = to / entry.path().filename();
    const auto found = files.find(entry.path());
    if (found == files.end()) {
      std::filesystem::copy_file(entry.path(), copy);
      continue;
    }
    std::ofstream file(copy, std::ios::binary);
    for (const auto& [page, bytes] : found->second.pages) {
      file.seekp(page * kPage);
      file << bytes;
    }
  }
}

}  // namespace support

namespace {

// `call` writes so many bytes.
template <class Call>
ssize_t written(int fd, std::size_t size, off_t at, Call call) {
  if (auto* medium = support::current.load()) {
    const auto path = support::path_of(fd);
    size = medium->most_of(path, size);
    const int error = medium->on_write(path, at, size);
    if (error != 0) {
      errno = error;
      return -1;
    }
  }
  return call(size);
}

// The offset of the next write(2); nothing if `fd` is not a regular file.
std::optional<off_t> position(int fd) {
  struct stat file {};
  if (::fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) return std::nullopt;
  return (::fcntl(fd, F_GETFL) & O_APPEND) != 0 ? file.st_size : ::lseek(fd, 0, SEEK_CUR);
}

template <class Call>
int synced(int fd, Call call) {
  if (auto* medium = support::current.load()) {
    const int error = medium->on_sync(support::path_of(fd));
    if (error != 0) {
      errno = error;
      return -1;
    }
  }
  return call();
}

}  // namespace

// These replace the functions of the C library, for SQLite and for our code.
extern "C" {
ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  return written(fd, size, at,
                 [&](size_t most) { return static_cast<ssize_t>(::syscall(SYS_pwrite64, fd, bytes, most, at)); });
}
ssize_t write(int fd, const void* bytes, size_t size) {
  const auto call = [&](size_t most) { return static_cast<ssize_t>(::syscall(SYS_write, fd, bytes, most)); };
  const auto at = support::current.load() ? position(fd) : std::nullopt;
  return at ? written(fd, size, *at, call) : call(size);
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) { return pwrite64(fd, bytes, size, at); }
int unlink(const char* path) {
  if (auto* medium = support::current.load()) medium->on_unlink(path);
  return static_cast<int>(::syscall(SYS_unlink, path));
}
int fsync(int fd) {
  return synced(fd, [&] { return static_cast<int>(::syscall(SYS_fsync, fd)); });
}
int fdatasync(int fd) {
  return synced(fd, [&] { return static_cast<int>(::syscall(SYS_fdatasync, fd)); });
}
}
