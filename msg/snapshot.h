// The messages between a new replica and a live one of its role, PROTOCOL 8.1 (docs/adr/0016-snapshots-from-a-peer.md).
#pragma once

#include <optional>
#include <string>

#include "msg/roles.h"
#include "msg/types.h"

namespace msg {

// A part of a copy of the peer's view at `seq`. Every answer describes the whole copy. If the answer's `id` is not the
// request's, it has no bytes, and the asker must begin anew with that copy.
struct SnapshotReply {
  std::string id;
  std::string maker;  // instance
  std::string store;
  std::uint32_t format = 0;  // of the view; a program cannot open another format
  Seq seq;
  std::uint64_t size = 0;  // bytes of the whole copy
  Blob sha256;             // of the whole copy
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
  static constexpr auto kFrom = kByReplicas;
  using Reply = SnapshotReply;
  std::string id;  // empty: any copy
  std::uint64_t offset = 0;
  std::uint32_t bytes = 0;
  std::optional<std::string> useless;  // the id of a copy that the asker cannot use: the peer must make another
  static constexpr auto fields() {
    return std::tuple(field("id", &Snapshot::id), field("offset", &Snapshot::offset), field("bytes", &Snapshot::bytes),
                      field("useless", &Snapshot::useless));
  }
};
constexpr std::uint32_t kSnapshotBytesMax = 256 * 1024;  // of one answer

}  // namespace msg
