#include "storage/snapshot_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "disk/durable.h"
#include "msg/codec.h"
#include "msg/sha256.h"

namespace storage {
namespace {

constexpr std::size_t kReadBytes = 1024 * 1024;

[[noreturn]] void fail(const std::string& path) {
  throw std::runtime_error(fmt::format("{}: {}", path, std::strerror(errno)));
}

// Removes a database with the files that SQLite leaves beside it.
void remove_database(const std::string& path) {
  for (const auto* end : {"", "-wal", "-shm"}) std::filesystem::remove(path + end);
}

}  // namespace

SnapshotFile::SnapshotFile(const std::string& directory)
    : directory_(directory), part_(directory + "/snapshot.part"), what_(directory + "/snapshot.what") {}

SnapshotFile::~SnapshotFile() { close(); }

void SnapshotFile::open(int flags) {
  close();
  fd_ = ::open(part_.c_str(), flags | O_RDWR | O_CLOEXEC, 0644);
  if (fd_ < 0) fail(part_);
}

void SnapshotFile::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

std::optional<stream::BegunSnapshot> SnapshotFile::begun() {
  std::ifstream file(what_, std::ios::binary);
  const auto what = msg::decode<msg::SnapshotReply>((std::ostringstream() << file.rdbuf()).str());
  std::error_code missing;
  const auto have = std::filesystem::file_size(part_, missing);
  if (!what || missing || have > what->size) return std::nullopt;
  disk::write_again(part_);  // the sync of an earlier process may have failed
  open(O_APPEND);
  return stream::BegunSnapshot{*what, have};
}

void SnapshotFile::begin(const msg::SnapshotReply& what) {
  discard();
  open(O_APPEND | O_CREAT | O_TRUNC);
  std::ofstream file(what_, std::ios::binary);
  file << msg::encoded(what);
  file.close();
  if (!file) fail(what_);
}

void SnapshotFile::append(base::BytesView bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) fail(part_);
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

bool SnapshotFile::whole(const msg::SnapshotReply& what) {
  if (::fsync(fd_) != 0) fail(part_);
  msg::Sha256 hash;
  std::string bytes(kReadBytes, '\0');
  std::uint64_t offset = 0;
  for (;;) {
    const auto size = ::pread(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (size < 0) fail(part_);
    if (size == 0) break;
    hash.add({bytes.data(), static_cast<std::size_t>(size)});
    offset += static_cast<std::uint64_t>(size);
  }
  return offset == what.size && hash.finish() == what.sha256.bytes;
}

void SnapshotFile::discard() {
  close();
  std::filesystem::remove(what_);
  remove_database(part_);
}

// The old view is removed first: its log must never meet the new file. After a crash in between, the replica has no
// view, and its next start uses the whole snapshot here.
void SnapshotFile::install(const std::string& view) {
  close();
  remove_database(view);
  disk::sync(directory_);
  std::filesystem::rename(part_, view);
  disk::sync(directory_);
}

}  // namespace storage
