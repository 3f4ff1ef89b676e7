#include "disk/durable.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace disk {
namespace {

constexpr std::size_t kPageBytes = 4096;  // one page of the page cache at a time
constexpr std::size_t kZeroBytes = 64 * 1024;
constexpr std::uintmax_t kRoomParts = 16;

class File {
 public:
  File(const std::filesystem::path& path, int flags) : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC)) {
    if (fd_ < 0) fail("opened");
  }
  ~File() { ::close(fd_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int fd() const { return fd_; }
  [[noreturn]] void fail(std::string_view what) const {
    throw std::runtime_error(fmt::format("{} cannot be {}: {}", path_.string(), what, std::strerror(errno)));
  }
  // Reads as many bytes as fit into the buffer; none at the end of the file.
  std::string_view read(std::string& buffer, off_t at) const {
    const auto size = ::pread(fd_, buffer.data(), buffer.size(), at);
    if (size < 0) fail("read");
    return {buffer.data(), static_cast<std::size_t>(size)};
  }
  void write(std::string_view bytes, off_t at) const {
    while (!bytes.empty()) {
      const auto size = ::pwrite(fd_, bytes.data(), bytes.size(), at);
      if (size < 0) fail("written");
      bytes.remove_prefix(static_cast<std::size_t>(size));
      at += size;
    }
  }

 private:
  const std::filesystem::path path_;
  const int fd_;
};

}  // namespace

void sync(const std::filesystem::path& path) {
  const File file(path, O_RDONLY);
  if (::fsync(file.fd()) == 0) return;
  const int why = errno;
  if (why == EINVAL && std::filesystem::is_directory(path)) return;
  errno = why;
  file.fail("synced");
}

void write_whole(const std::filesystem::path& path, std::string_view text, bool synced) {
  const auto beside = path.string() + ".new";
  const auto require = [](bool done, const std::string& file) {
    if (!done) throw std::runtime_error(fmt::format("{} cannot be written: {}", file, std::strerror(errno)));
  };
  std::ofstream file(beside, std::ios::binary | std::ios::trunc);
  file << text << std::flush;
  require(file.good(), beside);
  file.close();
  if (synced) sync(beside);
  if (synced) sync(path.parent_path());
  require(std::rename(beside.c_str(), path.c_str()) == 0, path.string());
  if (synced) sync(path.parent_path());
}

void write_again(const std::filesystem::path& path) {
  const File file(path, O_RDWR);
  std::string buffer(kPageBytes, '\0');
  off_t at = 0;
  for (auto bytes = file.read(buffer, at); !bytes.empty(); bytes = file.read(buffer, at)) {
    file.write(bytes, at);
    at += static_cast<off_t>(bytes.size());
  }
  if (::fdatasync(file.fd()) != 0) file.fail("synced");
}

void lengthen_log(const std::filesystem::path& database, std::size_t bytes) {
  const std::filesystem::path log = database.string() + "-wal";
  if (!std::filesystem::exists(log) || std::filesystem::file_size(log) >= bytes) return;
  if (std::filesystem::space(log).available / kRoomParts < bytes) return;
  const File file(log, O_RDWR);
  const std::string zeros(kZeroBytes, '\0');
  for (auto at = std::filesystem::file_size(log); at < bytes;) {
    const auto size = ::pwrite(file.fd(), zeros.data(), std::min(zeros.size(), bytes - at), static_cast<off_t>(at));
    if (size <= 0) break;  // there is no room after all
    at += static_cast<std::size_t>(size);
  }
  if (::fdatasync(file.fd()) != 0) file.fail("synced");
}

void write_database_again(const std::filesystem::path& database) {
  if (!std::filesystem::exists(database)) return;
  const auto log = database.string() + "-wal";
  if (std::filesystem::exists(log)) write_again(log);
  sync(database);
  sync(std::filesystem::absolute(database).parent_path());
}

}  // namespace disk
