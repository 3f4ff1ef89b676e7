// What a new replica and a live one of its role say to each other, PROTOCOL 8.1
// (docs/adr/0016-snapshots-from-a-peer.md).
#pragma once

#include <optional>
#include <string>

#include "msg/types.h"

namespace msg {

// Part of a copy of the peer's view, as it was at `seq`. Every answer tells what the whole is; one whose `id` is not
// that of the request has no bytes, and is to begin anew with.
struct SnapshotReply {
  std::string id;
  std::string maker;  // instance
  std::string store;
  std::uint32_t format = 0;  // of the view; another cannot be opened
  Seq seq;
  std::uint64_t size = 0;  // bytes in all
  Blob sha256;             // of all
  std::uint64_t offset = 0;
  Blob bytes;
  static constexpr auto fields() {
    return std::tuple(field("id", &SnapshotReply::id), field("maker", &SnapshotReply::maker),
                      field("store", &SnapshotReply::store), field("format", &SnapshotReply::format),
                      field("seq", &SnapshotReply::seq), field("size", &SnapshotReply::size),
                      field("sha256", &SnapshotReply::sha256), field("offset", &SnapshotReply::offset),
                      field("bytes", &SnapshotReply::bytes));
  }
};
struct Snapshot {
  static constexpr std::string_view kType = "snapshot";
  using Reply = SnapshotReply;
  std::string id;  // empty: of whichever there is
  std::uint64_t offset = 0;
  std::uint32_t bytes = 0;
  std::optional<std::string> useless;  // of a copy that is of no use to who asks: another one is to be made
  static constexpr auto fields() {
    return std::tuple(field("id", &Snapshot::id), field("offset", &Snapshot::offset), field("bytes", &Snapshot::bytes),
                      field("useless", &Snapshot::useless));
  }
};
constexpr std::uint32_t kSnapshotBytesMax = 256 * 1024;  // of one answer

}  // namespace msg
