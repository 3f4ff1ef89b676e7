#include "broker/etcd/members.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

#include "broker/etcd/rpc.pb.h"

namespace broker::etcd {
namespace {

namespace fs = std::filesystem;

constexpr std::streamsize kHeadBytes = 4096;
constexpr std::uint64_t kLengthBits = (std::uint64_t{1} << 56) - 1;  // the bits above hold the length of the padding

// The names of the log's files begin with ascending numbers, so the first name is that of the oldest file.
std::optional<fs::path> first_file(const fs::path& log, std::error_code& error) {
  std::optional<fs::path> first;
  for (fs::directory_iterator files(log, error), end; !error && files != end; files.increment(error)) {
    const auto& path = files->path();
    if (path.extension() == ".wal" && (!first || path < *first)) first = path;
  }
  return first;
}

// Every file of the log begins with a checksum record; the next record names the member. Eight bytes before each record
// hold its length.
std::optional<MemberIdentity> identity_in(const std::string& head) {
  for (std::size_t at = 0; at + sizeof(std::uint64_t) <= head.size();) {
    std::uint64_t length = 0;
    std::memcpy(&length, head.data() + at, sizeof length);  // little-endian, like this machine
    at += sizeof length;
    const auto padding = length >> 63 != 0 ? length >> 56 & 7 : 0;
    length &= kLengthBits;
    rpc::LogRecord record;
    if (length > head.size() - at || !record.ParseFromArray(head.data() + at, static_cast<int>(length))) return {};
    at += length + padding;
    if (record.type() != rpc::LogRecord::METADATA) continue;
    rpc::LogMetadata whose;
    if (!whose.ParseFromString(record.data()) || whose.member() == 0 || whose.cluster() == 0) return {};
    return MemberIdentity{whose.member(), whose.cluster()};
  }
  return {};
}

}  // namespace

base::Result<std::optional<MemberIdentity>> identity_of(const fs::path& directory) {
  const auto log = directory / "member" / "wal";
  std::error_code error;
  if (!fs::exists(log, error) && !error) return std::nullopt;
  const auto file = error ? std::nullopt : first_file(log, error);
  if (error) return base::fail(fmt::format("{} cannot be read: {}", log.string(), error.message()));
  if (!file) return std::nullopt;
  std::ifstream in(*file, std::ios::binary);
  std::string head(kHeadBytes, '\0');
  in.read(head.data(), kHeadBytes);
  head.resize(static_cast<std::size_t>(in.gcount()));
  if (auto identity = identity_in(head)) return identity;
  return base::fail(fmt::format("{} does not name the member to which the log belongs", file->string()));
}

base::Result<void> Members::replace(const std::string& name, const std::string& peer_url,
                                    const std::vector<std::string>& others) {
  const auto list = client_.members();
  if (!list) return base::fail(list.error().why);
  for (const auto& member : list->members()) {
    const bool added_before = member.name().empty() && member.peers_size() > 0 && member.peers(0) == peer_url;
    if (member.name() == name || added_before) {
      if (const auto removed = client_.remove_member(member.id()); !removed) return base::fail(removed.error().why);
    } else if (std::find(others.begin(), others.end(), member.name()) == others.end()) {
      return base::fail(
          fmt::format("the cluster has another member, '{}'; if it is gone for good: etcdctl member remove {:x}",
                      member.name(), member.id()));
    }
  }
  if (const auto added = client_.add_member(peer_url); !added) return base::fail(added.error().why);
  return {};
}

}  // namespace broker::etcd
